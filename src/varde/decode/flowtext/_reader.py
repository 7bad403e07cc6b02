"""Runs dialects of printed flows over blocks of lines: a header begins, what it names follows."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import Decoded, Origin, reject
from varde.decode.flowtext._dialect import ROW, SCHEMA, Dialect, Layout
from varde.decode.flowtext._values import converted, rows_of
from varde.decode.lines import LINE_MAX, Lines
from varde.model import FLOWS

CHANGES_MAX = 100
"""Times that a block may change what its columns are: files that were put together have a header each, and no more."""

RECORD_LINES_MAX = 200
"""Lines of a record of several: nfdump prints 60 at most."""

_Rows = NDArray[np.intp]


class FlowTextReader:
    """Reads blocks of lines of one text in their order; remembers the header. Not shared between threads."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self.dialects = tuple(dialects)
        self._layout: Layout | None = None
        self._begun: list[str] = []
        "Lines of a record of several that the next block ends."

    @property
    def is_within(self) -> bool:
        """Whether a header was read, so that other lines may be of what it names."""
        return self._layout is not None

    def read(self, lines: Lines, origin: Origin) -> tuple[Decoded, _Rows]:
        """What became of the lines that are flows or their headers, and the rows of all others. Raises nothing."""
        decoded, left = Decoded(), np.ones(len(lines), dtype=bool)
        for layout, rows, header in self._parts(lines):
            self._layout = layout
            if header is not None:
                left[header] = False
                decoded.tell(layout.dialect.name if layout else "", "ignored", lines.offset[header])
            if layout is not None and layout.dialect.join is not None:
                self._begun = _joined(layout.dialect, lines, rows, self._begun, origin, decoded)
                left[rows] = False
            elif layout is not None and len(rows):
                left[_taken(layout, lines, rows, origin, decoded)] = False
        decoded.counts["", "lines"] += len(lines) - int(left.sum())
        return decoded, np.flatnonzero(left)

    def _parts(self, lines: Lines) -> Iterator[tuple[Layout | None, _Rows, _Rows | None]]:
        """Stretches of lines of one layout: what it is, their rows, and the rows of the headers in them."""
        begins, layout, start = self._changes(lines), self._layout, 0
        for at, following in [*begins, (len(lines), None)]:
            if at > start or layout is not self._layout:
                yield layout, *_apart(layout, lines, np.arange(start, at, dtype=np.intp))
            layout, start = following, at

    def _changes(self, lines: Lines) -> list[tuple[int, Layout | None]]:
        """Where the layout changes, and to what."""
        found: list[tuple[int, Layout | None]] = []
        for dialect in self.dialects:
            rows = np.flatnonzero(lines.text.str.contains(dialect.header).to_numpy())
            if dialect.join is not None:
                found += [(max(0, int(row)), Layout(dialect, ())) for row in rows[:1]]
                continue
            texts = lines.take(rows).text
            fresh = rows[texts.ne_missing(texts.shift()).to_numpy()][:CHANGES_MAX]
            found += [(int(row), layout) for row in fresh if (layout := dialect.layout(lines.text[int(row)]))]
            found += self._ends(dialect, lines)
        now, changes = self._layout, []
        for at, layout in sorted(found, key=lambda change: change[0])[:CHANGES_MAX]:
            if layout != now:
                changes.append((at, layout))
                now = layout
        return changes

    def _ends(self, dialect: Dialect, lines: Lines) -> list[tuple[int, Layout | None]]:
        if not dialect.end:
            return []
        ended = np.flatnonzero(lines.text.str.starts_with(dialect.end).to_numpy())
        return [(int(row), None) for row in ended[:CHANGES_MAX]]


def _apart(layout: Layout | None, lines: Lines, rows: _Rows) -> tuple[_Rows, _Rows | None]:
    """Rows of a stretch without those of headers, and those of headers."""
    if layout is None or layout.dialect.join is not None or len(rows) == 0:
        return rows, None
    header = lines.take(rows).text.str.contains(layout.dialect.header).to_numpy()
    return rows[~header], rows[header]


def _taken(layout: Layout, lines: Lines, rows: _Rows, origin: Origin, decoded: Decoded) -> _Rows:
    """Rows that are the layout's; what they say is in `decoded`."""
    dialect = layout.dialect
    rows = rows[lines.length[rows] <= LINE_MAX]
    text = lines.take(rows).text
    bare = text.str.strip_chars_end(f"{dialect.delimiter} ") if dialect.delimiter == "|" else text
    mine = text.str.contains(dialect.delimiter, literal=True).to_numpy()
    # a last column that is empty goes with the delimiter behind it
    apart = bare.str.count_matches(dialect.delimiter, literal=True).to_numpy()
    whole = apart <= len(layout.columns) - 1 if dialect.delimiter == "|" else apart == len(layout.columns) - 1
    whole &= text.str.count_matches(dialect.delimiter, literal=True).to_numpy() >= len(layout.columns) - 1
    good, odd = mine & whole, mine & ~whole
    if odd.any():
        reject(decoded, lines, rows[odd], dialect.name, "columns", origin)
    found = _columns(layout, text.filter(pl.Series(good)), rows[good])
    _keep(found, dialect, lines, origin, decoded)
    taken: _Rows = rows[mine]
    return taken


def _columns(layout: Layout, text: pl.Series, rows: _Rows) -> pl.DataFrame:
    """A column of SCHEMA for each that the header names."""
    parts = text.str.splitn(layout.dialect.delimiter, len(layout.columns) + 1).struct.unnest()
    named = {column: parts[f"field_{at}"] for at, column in enumerate(layout.columns) if column}
    frame = pl.DataFrame({ROW: rows, **named})
    return frame.select((pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in SCHEMA.items())


def _joined(dialect: Dialect, lines: Lines, rows: _Rows, begun: list[str], origin: Origin, decoded: Decoded) -> list[str]:
    """Keep records of several lines; answers the lines of one that this block does not end. `begun`: those of the block before."""
    assert dialect.join is not None
    rows = rows[lines.length[rows] <= LINE_MAX]
    text = pl.concat([pl.Series("text", begun, dtype=pl.String), lines.take(rows).text.alias("text")])
    found = dialect.join(text)
    ends = found[ROW].to_numpy()
    _keep(found.with_columns(pl.Series(ROW, rows[ends - len(begun)])), dialect, lines, origin, decoded)
    decoded.tell(dialect.name, "ignored", lines.offset[np.setdiff1d(rows, rows[ends - len(begun)])])
    last = int(ends[-1]) + 1 if len(ends) else 0
    return text[last:].head(RECORD_LINES_MAX).to_list()


def _keep(found: pl.DataFrame, dialect: Dialect, lines: Lines, origin: Origin, decoded: Decoded) -> None:
    if found.is_empty():
        return
    known = converted(found, dialect, origin)
    for (reason,), part in known.filter(pl.col("reason").is_not_null()).partition_by("reason", as_dict=True).items():
        reject(decoded, lines, part[ROW].to_numpy().astype(np.intp), dialect.name, str(reason), origin)
    good = known.filter(pl.col("reason").is_null())
    rows = good[ROW].to_numpy().astype(np.intp)
    if not len(rows):
        return
    decoded.tell(dialect.name, "records", lines.offset[rows])
    decoded.stamps.update({("slashes" if not dialect.utc else "epoch"): len(good)})
    batch = rows_of(good.with_columns(
        pl.Series("offset", lines.offset[rows]), pl.from_epoch("time", "us").dt.date().alias("day"), dialect=pl.lit(dialect.name),
        received=pl.lit(origin.received), sensor=pl.lit(origin.sensor), source=pl.lit(origin.source), file=pl.lit(origin.file), late=pl.lit(0),
    ))  # fmt: skip
    earlier = decoded.others.get(FLOWS.name)
    decoded.others[FLOWS.name] = batch if earlier is None else pl.concat([earlier, batch])
