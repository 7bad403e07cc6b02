"""Rows of an answer as a table for a terminal, as CSV and as JSON-ready values; what attackers wrote is made harmless for each."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""

CELL_MAX = 60
"""Characters of a cell on a terminal; files have all of it."""

_NUMBERS_AS_NAMES = ("target_port", "port", "as", "src_as")

BARS = " ▁▂▃▄▅▆▇█"


def csv_of(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """RFC 4180 CSV with a header; a text that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(row.get(column)) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _harmless(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def text_of(rows: Sequence[Row], columns: Sequence[str], visible: Callable[[str], str]) -> str:
    """Columns side by side, numbers to the right; `visible` escapes what a terminal would obey."""
    cells = [[_cell(column, row.get(column), visible) for column in columns] for row in rows]
    numeric = [all(isinstance(row.get(column), (int, float, type(None))) for row in rows) for column in columns]
    widths = [max(len(column), *(len(line[place]) for line in cells)) if cells else len(column) for place, column in enumerate(columns)]
    lines = [list(columns), *cells]
    return "\n".join(_line(line, widths, numeric) for line in lines)


def _line(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    return "  ".join(
        text.rjust(width) if number else text.ljust(width) for text, width, number in zip(line, widths, numeric, strict=True)
    ).rstrip()


def _cell(column: str, value: Any, visible: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "new" if value else ""
    if isinstance(value, int):
        return str(value) if column in _NUMBERS_AS_NAMES else f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    text = visible(str(value)) or "(empty)"
    return text if len(text) <= CELL_MAX else text[: CELL_MAX - 1] + "…"


def bars(counts: Sequence[int]) -> str:
    """A curve of one character a value, the highest full."""
    most = max(counts, default=0) or 1
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in counts)
