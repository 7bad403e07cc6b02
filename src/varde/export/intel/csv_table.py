"""All that is known of every indicator as CSV (RFC 4180), for people and spreadsheets."""

import csv
import io

from varde.decode.rows import iso
from varde.export.intel.clean import remark
from varde.export.intel.selection import Selection
from varde.export.intel.written import ExportOptions, Format, Part, Written
from varde.model import no_formula

_COLUMNS = ("type", "value", "source", "id", "name", "url", "description", "first_seen", "last_seen", "expires", "confidence")
_MOMENTS = ("first_seen", "last_seen", "expires")


def _write(selection: Selection, options: ExportOptions) -> Written:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    rows = selection.entries.sort("type", "value", "source", "id", maintain_order=True)
    for row in rows.select(_COLUMNS).iter_rows(named=True):
        writer.writerow([_cell(iso(value) if name in _MOMENTS and value is not None else value) for name, value in row.items()])
    return Written([Part(text.getvalue())], len(rows))


def _cell(value: object) -> str:
    """On one line, and no formula."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    shown = remark(value) if len(value) < 4096 else value[:4096]
    return no_formula(shown)


CSV = Format(
    title="all columns as CSV",
    write=_write,
    manual="RFC 4180",
    types=("ipv4", "ipv6", "cidr", "domain", "url", "hash", "other"),
    shared=True,
    loaded_by="the csv module of Python",
    never_loaded_by="spreadsheets",
)
