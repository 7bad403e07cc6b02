"""Formats of block lists and of threat intelligence: one file each; a text in, rows of INDICATORS and the rejects out.

To add one: write `NAME.py` with a `ListFormat`, add it to FORMATS, and put a list and its golden into `tests/data/intel/`."""

from collections.abc import Mapping

from varde.decode.intel._items import REFUSALS
from varde.decode.intel._read import SAMPLES_MAX, SCHEMA, ListFormat, ListOrigin, ListRead, ListText, Rejected
from varde.decode.intel.abusech import ABUSECH
from varde.decode.intel.columns import CSV
from varde.decode.intel.crowdsec import CROWDSEC
from varde.decode.intel.drop import DROP, DROP_JSON
from varde.decode.intel.dshield import DSHIELD
from varde.decode.intel.entries import ENTRIES
from varde.decode.intel.ipsum import IPSUM
from varde.decode.intel.mapped import COLUMNS, MAPPED, PATH, read_mapped
from varde.decode.intel.misp import MISP
from varde.decode.intel.otx import OTX
from varde.decode.intel.plain import PLAIN
from varde.decode.intel.stix import STIX
from varde.decode.intel.warninglist import WARNINGLIST
from varde.decode.intel.zeek import ZEEK
from varde.model import VardeError

FORMATS: dict[str, ListFormat] = {
    form.name: form
    for form in (ZEEK, STIX, MISP, ABUSECH, CROWDSEC, WARNINGLIST, OTX, DROP_JSON, IPSUM, DSHIELD, DROP, ENTRIES, CSV, PLAIN)
}
"""By name, in the order in which they are asked whether a list is theirs; plain text takes what nobody else does."""


def read_list(data: bytes, origin: ListOrigin, form: str | None = None, columns: Mapping[str, str] | None = None) -> ListRead:
    """Read a whole list. `form` names its format; None: it is recognised by its first lines. `columns`: the owner's mapping.

    Raises VardeError for a format that there is not."""
    if form is not None and form not in FORMATS:
        raise VardeError(f"no such list format: {form}. There are {', '.join(FORMATS)}.")
    text = ListText(data)
    if columns:
        return read_mapped(text, origin, columns)
    return (FORMATS[form] if form else recognise(text)).read(text, origin)


def recognise(text: ListText) -> ListFormat:
    """The format of a list."""
    return next((form for form in FORMATS.values() if form.claims(text.head)), PLAIN)


__all__ = [
    "COLUMNS", "FORMATS", "MAPPED", "PATH", "REFUSALS", "SAMPLES_MAX", "SCHEMA", "ListFormat", "ListOrigin", "ListRead", "ListText", "Rejected",
    "read_list", "recognise",
]  # fmt: skip
