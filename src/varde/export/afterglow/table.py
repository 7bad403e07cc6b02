"""AfterGlow's CSV: source,event,target or source,target, then up to two columns that only expressions see."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from varde.model import FORMULA, VardeError, visible

COLUMNS = ("source", "event", "target", "meta1", "meta2")
LINES_MAX = 5_000_000
"""AfterGlow stops at 999,999; two weeks of a honeypot have a tenth of that."""
DISTINCT_MAX = 1_000_000
"""Different rows: those are kept in memory, repetitions are only counted."""
CELL_MAX = 1024  # characters; a host name has at most 253 octets
LINE_MAX = 65_536  # characters; a longer line is no row


@dataclass(frozen=True, slots=True)
class Rows:
    """Distinct rows in the order they first came: COLUMNS as text (event null in a two-column file), and `count`."""

    frame: pl.DataFrame
    two: bool
    read: int
    bad: Counter[str]
    "Lines left out, by reason: fields, empty, long, quote."


def read_rows(lines: Iterable[str], *, two: bool = False) -> Rows:
    """Read lines of CSV. As in AfterGlow two columns in the first line make all of the file two-column, and so does `two`.

    Lines that are no row are counted and left out. Raises VardeError beyond LINES_MAX lines or DISTINCT_MAX different ones.
    """
    bad: Counter[str] = Counter()
    counts: Counter[tuple[str, ...]] = Counter()
    read = 0
    for read, line in enumerate(lines, 1):
        if read > LINES_MAX:
            raise VardeError(f"more than {LINES_MAX:,} lines: draw a shorter period")
        row, reason = _row(line)
        if row is None:
            bad[reason] += bool(reason)
            continue
        two = two or (not counts and len(row) == 2)
        if len(row) < (2 if two else 3):
            bad["fields"] += 1
        else:
            counts[_placed(row, two)] += 1
            if len(counts) > DISTINCT_MAX:
                raise VardeError(f"more than {DISTINCT_MAX:,} different rows: draw a shorter period")
    return Rows(_frame(counts, two), two, read, +bad)


def _row(line: str) -> tuple[list[str] | None, str]:
    """The cells of a line, or None and why not; an empty line has no reason."""
    if len(line) > LINE_MAX:
        return None, "long"
    try:
        cells = next(csv.reader([line.rstrip("\r\n")], strict=True), [])
    except csv.Error:
        return None, "quote"
    if not cells:
        return None, ""
    if len(cells) < 2:
        return None, "fields"
    cells = [_bare(cell.strip())[:CELL_MAX] for cell in cells]
    return (cells, "") if cells[0] and cells[1] else (None, "empty")


def _bare(cell: str) -> str:
    """Without the apostrophe that `write_rows` puts before what a spreadsheet takes for a formula."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


def _placed(row: list[str], two: bool) -> tuple[str, ...]:
    cells = [row[0], "", *row[1:]] if two else row
    return tuple((cells + [""] * len(COLUMNS))[: len(COLUMNS)])


def _frame(counts: Counter[tuple[str, ...]], two: bool) -> pl.DataFrame:
    made = pl.DataFrame(list(counts), schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    made = made.with_columns(pl.Series("count", list(counts.values()), dtype=pl.Int64))
    return made.with_columns(event=pl.lit(None, dtype=pl.String)) if two else made


def rows_of(requests: pl.DataFrame) -> Rows:
    """Rows of a link graph's requests."""
    named = requests.select("source", pl.col("port").cast(pl.String).alias("event"), "target", pl.lit("").alias("meta1"), pl.lit("").alias("meta2"), "count")
    two = len(named) > 0 and named["event"].null_count() == len(named)
    return Rows(named, two, int(named["count"].sum()), Counter())


def requests_of(rows: Rows) -> pl.DataFrame:
    """A link graph's requests of the rows; the event is the port."""
    return rows.frame.select("source", pl.col("event").alias("port"), "target", "count")


def write_rows(requests: pl.DataFrame) -> Iterator[str]:
    """A line `source,port,target` for each request, in the order of the frame; cells are quoted as CSV needs it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for source, port, target, count in requests.select("source", pl.col("port").cast(pl.String), "target", "count").iter_rows():
        out.seek(0)
        out.truncate()
        writer.writerow([_cell(text) for text in ((source, target) if port is None else (source, port, target))])
        line = out.getvalue()
        for _ in range(count):
            yield line


def _cell(text: str) -> str:
    flat = visible(" ".join(text.split()) if not text.isprintable() else text)
    # also before apostrophes that are there, so that the reader takes off exactly what was put on
    return f"'{flat}" if flat.lstrip("'").startswith(FORMULA) else flat
