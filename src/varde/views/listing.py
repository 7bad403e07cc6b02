"""Rows of an answer as a table for a terminal, as CSV and as JSON-ready values; what attackers wrote is made harmless for each."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from varde.model import no_formula, visible

Row = dict[str, Any]

CELL_MAX = 60
"""Characters of a cell on a terminal; files have all of it."""

_NUMBERS_AS_NAMES = ("target_port", "port", "as", "src_as")

BARS = " ▁▂▃▄▅▆▇█"


def csv_of(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """RFC 4180 CSV with a header; a text that a spreadsheet would run gets an apostrophe before it, and what a terminal would
    obey is written as an escape. JSON has every text as it was."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(row.get(column)) for column in columns] for row in rows)
    return out.getvalue().encode()


def _harmless(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    return no_formula(visible(value))


def text_of(rows: Sequence[Row], columns: Sequence[str], visible: Callable[[str], str]) -> str:
    """Columns side by side, numbers to the right; `visible` escapes what a terminal would obey."""
    return fitted(rows, columns, visible, 0)[0]


def fitted(rows: Sequence[Row], columns: Sequence[str], visible: Callable[[str], str], room: int) -> tuple[str, list[str]]:
    """A table no wider than `room` characters (0: as wide as it is), and the columns that it leaves out for that.

    Those of LEAST_TELLING go first, then long texts are cut, then columns go from the right.
    """
    cells = {column: [column, *(_cell(column, row.get(column), visible) for row in rows)] for column in columns}
    left_out: list[str] = []
    for column in (name for name in LEAST_TELLING if name in columns):
        if room and _width(cells) > room:
            left_out.append(column)
            del cells[column]
    if room:
        _cut(cells, room)
    while room and _width(cells) > room and len(cells) > 2:
        left_out.append(cells.popitem()[0])
    numeric = [all(isinstance(row.get(column), (int, float, type(None))) for row in rows) for column in cells]
    widths = [max(map(len, texts)) for texts in cells.values()]
    return "\n".join(_line(line, widths, numeric) for line in zip(*cells.values(), strict=True)), left_out


LEAST_TELLING = (
    "first", "hassh", "ja4h", "ja4", "kept", "sensor", "service", "version", "passwords", "users", "sessions", "duration", "last",
)  # fmt: skip
"""Columns that a narrow table does without."""

_GAP = 2  # between two columns
_CUT_MIN = 12  # characters that a cut text keeps


def _width(cells: dict[str, list[str]]) -> int:
    return sum(max(map(len, texts)) + _GAP for texts in cells.values()) - _GAP


def _cut(cells: dict[str, list[str]], room: int) -> None:
    """Cut the texts of the widest columns, one after another, as far as it helps."""
    for column in sorted(cells, key=lambda name: -max(map(len, cells[name]))):
        wide = max(map(len, cells[column]))
        most = max(_CUT_MIN, len(column), wide - (_width(cells) - room))
        if most < wide and column not in WHOLE:
            cells[column] = [text if len(text) <= most else text[: most - 1] + "…" for text in cells[column]]


WHOLE = ("time", "first", "last", "src_addr", "session", "by day")
"""Columns of which a part says nothing, or something else."""


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
    if text.isspace():  # somebody typed it, and nothing is what an empty cell says
        text = "\\x20" * len(text)
    return text if len(text) <= CELL_MAX else text[: CELL_MAX - 1] + "…"


def bars(counts: Sequence[int]) -> str:
    """A curve of one character a value, the highest full."""
    most = max(counts, default=0) or 1
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in counts)
