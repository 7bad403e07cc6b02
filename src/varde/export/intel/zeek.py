"""An intelligence file for Zeek: https://docs.zeek.org/en/master/frameworks/intel.html. Tabs between columns, `-` for what is not set."""

import ipaddress
from typing import Any

from varde.export.intel.clean import remark
from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written

_FIELDS = ("indicator", "indicator_type", "meta.source", "meta.desc", "meta.url", "meta.do_notice")
_KINDS = {"ipv4": "Intel::ADDR", "ipv6": "Intel::ADDR", "cidr": "Intel::SUBNET", "domain": "Intel::DOMAIN", "url": "Intel::URL", "hash": "Intel::FILE_HASH"}
_UNSET = "-"


def _write(selection: Selection, options: ExportOptions) -> Written:
    rows = selection.entries.filter(selection.entries["type"].is_in(list(_KINDS))).sort("type", "value", "source", "id", maintain_order=True)
    lines = [_line(row) for row in rows.iter_rows(named=True)]
    # the first line is the header whatever else would like to stand there, so nothing is said of who made it
    head = "#fields\t" + "\t".join(_FIELDS) + "\n"
    written = Written([Part("".join([head, *lines]))], len(lines), restricted(selection, ZEEK.types))
    if not rows.filter(rows["type"] == "domain").is_empty():
        written.notes.append("Zeek compares whole names: those under a listed one are not seen")
    return written


def _line(row: dict[str, Any]) -> str:
    # an indicator that two entries have is kept once for each source, so an entry is a source
    source = f"{row['source']}:{row['id']}" if row["id"] else row["source"]
    cells = (_indicator(row), _KINDS[row["type"]], source, row["name"] or row["description"], row["url"], "T")
    return "\t".join(map(_cell, cells)) + "\n"


def _indicator(row: dict[str, Any]) -> str:
    value = str(row["value"])
    if row["type"] == "url":
        return value.partition("://")[2] or value
    return str(ipaddress.ip_network(value)) if row["type"] == "cidr" else value


def _cell(text: str | None) -> str:
    """Zeek reads `\\x09` as the octet: what is written as an escape stays what it was."""
    clean = remark(text).replace("\\", "\\x5c")
    return _UNSET if clean in ("", _UNSET, "(empty)") else clean


ZEEK = Format(
    title="an intelligence file for Zeek",
    write=_write,
    manual="Zeek, Intelligence Framework and ASCII input reader",
    types=tuple(_KINDS),
    never_loaded_by="Zeek: there is no package of it; the grammar of every line is held, and Varde's own reader of such files reads them",
)
