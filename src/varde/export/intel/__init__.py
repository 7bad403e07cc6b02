"""Lists as the files that other programs block and watch by: one file a format.

    rows of the lists --select--> Selection (nothing allowed in it) --Format.write--> Written (parts, what was left out)

To add one: `NAME.py` with a `Format`, a line in FORMATS; the tests of the family take it from there."""

from varde.export.intel.rpz import RPZ
from varde.export.intel.selection import Selection, select
from varde.export.intel.written import ExportOptions, Format, Part, Written

FORMATS: dict[str, Format] = {
    "rpz": RPZ,
}
"""By the word that is written on the command line."""

__all__ = ["FORMATS", "ExportOptions", "Format", "Part", "Selection", "Written", "select"]
