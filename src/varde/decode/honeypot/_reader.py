"""Runs honeypot dialects over a block of lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import Decoded, Origin, reject
from varde.decode.honeypot._dialect import ROW, Dialect, holds
from varde.decode.honeypot._memory import Memory
from varde.decode.honeypot._tables import reasons, tables
from varde.decode.lines import LINE_MAX, Lines

UNSAID = {"src": "source", "session": "session"}
"""Columns of events without which nobody knows who did it, and what the doctor calls them."""


@dataclass(frozen=True, slots=True)
class HoneypotReader:
    """Reads blocks of lines of one sender or file. Threads may share one that keeps nothing from block to block."""

    dialects: tuple[Dialect, ...]
    memories: dict[str, Memory[Any]]
    "By dialect; none where blocks do not come in order."

    @classmethod
    def of(cls, dialects: Iterable[Dialect], *, in_order: bool = False) -> "HoneypotReader":
        known = tuple(dialects)
        return cls(known, {dialect.name: Memory() for dialect in known if dialect.recalls} if in_order else {})

    def read(self, lines: Lines, origin: Origin) -> tuple[Decoded, NDArray[np.intp]]:
        """What became of the lines that a dialect claims, and the rows of those that none does. Raises nothing."""
        decoded = Decoded()
        left = np.ones(len(lines), dtype=bool)
        pending = self._with_pivot(lines, np.arange(len(lines)), tuple(pivot for dialect in self.dialects for pivot in dialect.pivots))
        for dialect in self._asked(lines, pending):
            if len(pending) == 0:
                break
            left[_ask(dialect, lines, self._with_pivot(lines, pending, dialect.pivots), origin, decoded, self.memories.get(dialect.name))] = False
            pending = pending[left[pending]]
        decoded.counts["", "lines"] += len(lines) - int(left.sum())
        return decoded, np.flatnonzero(left)

    def _asked(self, lines: Lines, pending: NDArray[np.intp]) -> tuple[Dialect, ...]:
        """Dialects that lines which hold a pivot may be of: a file is mostly of one, so those before the first line's are sought at once."""
        if len(pending) == 0:
            return ()
        text = lines.text.gather(pending) if len(pending) < len(lines) else lines.text
        usual = next(place for place, dialect in enumerate(self.dialects) if any(pivot in text[0] for pivot in dialect.pivots))
        earlier = [pivot for dialect in self.dialects[:usual] for pivot in dialect.pivots]
        return self.dialects[usual:] if earlier and not holds(text, earlier).any() else self.dialects

    def telling(self, lines: Lines, wanted: frozenset[str]) -> NDArray[np.intp]:
        """Rows of the lines that may have rows of the wanted tables: of all others it is certain that they have none."""
        words = dict.fromkeys(word for dialect in self.dialects for table in sorted(wanted) for word in dialect.tells.get(table, ()))
        return np.flatnonzero(holds(lines.text, words).to_numpy()) if words else np.zeros(0, dtype=np.intp)

    def _with_pivot(self, lines: Lines, rows: NDArray[np.intp], pivots: tuple[str, ...]) -> NDArray[np.intp]:
        """Rows of lines that hold one of the pivots and are no longer than a line may be."""
        if len(rows) == 0 or not pivots:
            return rows[:0]
        short = rows[lines.length[rows] <= LINE_MAX]
        text = lines.text if len(short) == len(lines) else lines.text.gather(short)
        return short[_held(text, pivots)]


def _held(text: pl.Series, pivots: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which lines hold one of the pivots. Most lines of a log hold the same, and one text is sought ten times as fast as many."""
    first = text[0] if len(text) else ""
    usual = next((pivot for pivot in pivots if pivot in first), None)
    held = np.zeros(len(text), dtype=bool) if usual is None else text.str.contains(usual, literal=True).to_numpy(writable=True)
    rest = np.flatnonzero(~held)
    held[rest] = holds(text.gather(rest) if usual else text, pivots).to_numpy()
    return held


def _ask(dialect: Dialect, lines: Lines, rows: NDArray[np.intp], origin: Origin, decoded: Decoded, memory: Memory[Any] | None) -> NDArray[np.intp]:
    """Rows of the block that a dialect took; what it made of them is in `decoded`."""
    if len(rows) == 0:
        return rows
    mine = lines.take(rows) if len(rows) < len(lines) else lines
    found = dialect.recalls(mine, memory) if dialect.recalls and memory is not None else dialect.read(mine)
    decoded.tell("", "ignored", mine.offset[found.silent])
    decoded.show(mine, found.silent)
    for reason, damaged in found.damaged.items():
        reject(decoded, mine, damaged, dialect.name, reason, origin)
    known = reasons(found.events, origin) if len(found.events) else found.events
    if len(known):
        _keep(dialect, mine, known, origin, decoded)
    taken = np.zeros(len(rows), dtype=bool)
    for part in (found.silent, *found.damaged.values(), found.events[ROW].to_numpy()):
        taken[part] = True
    return rows[taken]


def _keep(dialect: Dialect, lines: Lines, known: pl.DataFrame, origin: Origin, decoded: Decoded) -> None:
    good = known.filter(pl.col("reason").is_null()) if known["reason"].null_count() < len(known) else known
    rows = good[ROW].to_numpy()
    decoded.tell(dialect.name, "records", lines.offset[rows if (np.diff(rows) > 0).all() else np.unique(rows)])
    if len(good) < len(known):
        _refuse(dialect, lines, known, rows, origin, decoded)
    decoded.stamps.update(dict(good["kind"].value_counts().rows()))
    for column, what in UNSAID.items():
        decoded.unsaid[dialect.name, what] += good[column].null_count()
    raw, offset = lines.text.gather(rows), pl.Series(lines.offset[rows])
    for name, batch in tables(good, raw, offset, dialect.name, origin).items():
        earlier = decoded.others.get(name)
        decoded.others[name] = batch if earlier is None else pl.concat([earlier, batch])


def _refuse(dialect: Dialect, lines: Lines, known: pl.DataFrame, kept: NDArray[np.int64], origin: Origin, decoded: Decoded) -> None:
    """Lines of which no event can be kept, by the reason of the first."""
    bad = known.filter(pl.col("reason").is_not_null() & ~pl.col(ROW).is_in(kept)).unique(ROW, keep="first", maintain_order=True)
    for (reason,), part in bad.partition_by("reason", as_dict=True, maintain_order=True).items():
        reject(decoded, lines, part[ROW].sort().to_numpy(), dialect.name, str(reason), origin)
