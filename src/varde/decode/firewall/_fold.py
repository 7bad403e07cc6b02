"""A block of which some lines stand for others, or have sentences that earlier blocks had: the rest is read, and the numbers,
addresses and stamps of all put in."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import matrix, series
from varde.decode.batch import RAW_MAX, Origin
from varde.decode.firewall._places import ADDRESSES, Ints
from varde.decode.firewall._sentences import Sentences
from varde.decode.lines import Lines

_MAPPED = np.frombuffer(10 * b"\x00" + b"\xff\xff" + 4 * b"\x00", dtype="<u4")
"""The octets of an IPv4 address before its numbers are put in."""


@dataclass(slots=True)
class Fold:
    """Which line of a block stands for which, and what is known of those that another one stands for."""

    owner: NDArray[np.intp]
    "Of each line the one that stands for it; itself where no other does; from as many as there are lines, a sentence."
    known: NDArray[np.bool_]
    "Which lines have been read as `values`; their owners among them."
    values: dict[str, Ints]
    "Columns of `probes` and the numbers of addresses, an entry for each line; 0 where they are not known."
    spoken: "Spoken"
    "What the lines say."

    @classmethod
    def of(cls, count: int, rows: NDArray[np.intp], values: dict[str, Ints], spoken: "Spoken") -> "Fold":
        """Of so many lines, of which `rows` are known: `values` have an entry for each of these."""
        known = np.zeros(count, dtype=bool)
        known[rows] = True
        return cls(spoken.owners(count), known, {name: _spread(value, rows, count) for name, value in values.items()}, spoken)

    def asked(self, pending: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those that must be read of the lines that wait for it."""
        asked: NDArray[np.intp] = pending[self.owner[pending] == pending]
        return asked

    def dissolve(self, records: NDArray[np.intp]) -> bool:
        """Let each line stand for itself whose owner is not among these; whether there were any."""
        stands = np.ones(len(self.owner) + len(self.spoken.before), dtype=bool)
        stands[: len(self.owner)] = False
        stands[records] = True
        alone = self.known & ~stands[self.owner]
        self.owner[alone] = np.flatnonzero(alone)
        self.known[alone] = False
        return bool(alone.any())

    def unfold(
        self, read: pl.DataFrame, rows: NDArray[np.intp], lines: Lines, origin: Origin
    ) -> tuple[pl.DataFrame, NDArray[np.intp]]:
        """A record for each line whose owner is a sentence or one of `rows`, of which `read` are records, in order of the
        lines; and which lines they are. Sentences that were read are remembered."""
        before = self.spoken.before.records(origin)
        at = np.full(len(self.owner) + len(before), -1)
        at[rows] = np.arange(len(rows))
        at[len(self.owner) :] = np.arange(len(rows), len(rows) + len(before))
        records = pl.concat([some for some in (read, before) if len(some)] or [read], rechunk=True)
        self._remember(read, rows)
        told = np.flatnonzero(at[self.owner] >= 0)
        of = at[self.owner][told]
        text = lines.text if len(told) == len(lines) else lines.text.gather(told)
        if lines.length.max() > RAW_MAX:
            text = text.str.slice(0, RAW_MAX)
        own = [text.alias("raw"), pl.Series("offset", lines.offset[told]), *self._numbers(records, told, of), *self._addresses(records, told, of)]
        whole = {one.name for one in own if records[one.name].null_count() == 0}
        made = _gathered(records.drop(*whole, "day"), of)
        known = pl.Series(self.known[told])
        made = made.with_columns(one if one.name in whole else _either(known, one) for one in own)
        day = pl.from_epoch("time", "us").dt.date().alias("day")
        return made.with_columns(day).select(records.columns), told

    def _remember(self, records: pl.DataFrame, rows: NDArray[np.intp]) -> None:
        mine = np.flatnonzero(self.known[rows])
        self.spoken.remember(rows[mine], records[mine])

    def _numbers(self, records: pl.DataFrame, told: NDArray[np.intp], of: Ints) -> Iterator[pl.Series]:
        """Number columns of some lines; `of` are the rows of `records` that stand for them."""
        unknown = np.flatnonzero(~self.known[told])
        for name in self.values:
            if name in records.columns:
                value = self._of(name, told)
                value[unknown] = records[name].fill_null(0).to_numpy()[of[unknown]]
                yield pl.Series(name, value)

    def _of(self, name: str, told: NDArray[np.intp]) -> Ints:
        """Values of some lines, to be changed by nobody else: each is asked for once."""
        values = self.values[name]
        return values if len(told) == len(values) else values[told]

    def _addresses(self, records: pl.DataFrame, told: NDArray[np.intp], of: Ints) -> Iterator[pl.Series]:
        """Likewise addresses and their networks."""
        unknown = np.flatnonzero(~self.known[told])
        for end in ADDRESSES:
            octets = np.empty((len(told), 4), dtype="<u4")
            octets[:] = _MAPPED
            for part in range(4):
                octets[:, 3] |= self._of(f"{end} {part}", told).astype(np.uint32) << 8 * part
            octets = octets.view(np.uint8)
            network = octets.copy()
            network[:, 15] = 0
            for name, value in ((f"{end}_addr", octets), (f"{end}_net", network)):
                if records[name].null_count() == 0:
                    value[unknown] = matrix(records[name])[of[unknown]]
                yield series(value).alias(name)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The sentences of some lines of a block."""

    rows: NDArray[np.intp]
    "Which lines."
    sentence: Ints
    "A number for each: the same where they are the same but for their numbers, addresses and stamps."
    names: list[bytes]
    "For each number what its sentence is remembered by."
    before: Sentences
    "Those of earlier blocks."

    def owners(self, count: int) -> Ints:
        """Who stands for each of all lines: for one of `rows` its sentence, if there was one before, else the first of them
        that says the same; all others stand for themselves."""
        first = np.zeros(len(self.names), dtype=np.int64)
        first[self.sentence[::-1]] = self.rows[::-1]
        before = self.before.rows(self.names)
        owner = np.arange(count)
        owner[self.rows] = np.where(before >= 0, count + before, first)[self.sentence]
        return owner

    def remember(self, lines: NDArray[np.intp], records: pl.DataFrame) -> None:
        """Keep records of the sentences of some of `rows`."""
        said = self.sentence[np.searchsorted(self.rows, lines)].tolist()
        self.before.remember([self.names[number] for number in said], records)


def _spread(value: Ints, rows: NDArray[np.intp], count: int) -> Ints:
    """An entry for each of so many lines: those of `rows`, 0 for the others."""
    if len(rows) == count:
        return value
    spread = np.zeros(count, dtype=np.int64)
    spread[rows] = value
    return spread


def _gathered(records: pl.DataFrame, rows: NDArray[np.intp]) -> pl.DataFrame:
    """Records at some rows; columns of one value are not copied."""
    same = {one.name: one.first() for one in records.get_columns()[1:] if one.n_unique() == 1}
    varying = records.drop(same.keys())[rows]
    return varying.with_columns(pl.lit(value, dtype=records.schema[name]).alias(name) for name, value in same.items())


def _either(known: pl.Series, own: pl.Series) -> pl.Expr:
    """A line's own value where it is known and its owner has one, else the owner's."""
    owners = pl.col(own.name)
    return pl.when(known & owners.is_not_null()).then(own).otherwise(owners).alias(own.name)
