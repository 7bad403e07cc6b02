"""Where in a line its captured texts stand, which the engine of expressions does not tell.

Lines are matched thrice, with each digit replaced by the hundreds, tens and ones of its place. That changes nothing else as
long as no expression tells those digits apart; what is captured then says where it comes from."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from varde.decode.addresses import V4_PARTS
from varde.decode.firewall._dialect import GROUPS, Dialect
from varde.decode.firewall._digits import told
from varde.decode.firewall._match import ROW, captures
from varde.decode.lines import Lines

PLACES_MAX = 1000
"""Octets of a line: places are written with three digits."""

KEPT_MAX = 64
"""Digits in texts of a line: a router's two names, addresses of hardware and interfaces have half as many."""

NUMBERS = ("src_port", "dst_port", "icmp_type", "icmp_code", "length", "ttl", "ip_id", "tcp_window", "tcp_seq")
ADDRESSES = ("src", "dst")
STAMPS = ("stamp", "event_stamp")
FIELDS = (*(f"{name} {part}" for name in ADDRESSES for part in range(4)), *NUMBERS, *STAMPS)
"""What varies from line to line: the four numbers of each address, numbers, stamps."""

_UNITS = (100, 10, 1)
_ZERO = 48

DIGITS_MAX = 16
"""Of a number: they are read eight at a time."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """Of some lines, a row each: where what varies stands, counted in octets from the beginning of the line."""

    begin: Ints
    "(n, FIELDS)"
    length: Ints
    "(n, FIELDS), 0 where the line has no such field."
    kept: Ints
    "(n, KEPT_MAX) places of digits in other texts; behind `kept_count` of them a place that is no digit."
    kept_count: Ints
    kinds: pl.DataFrame
    "Columns `kind` and `event_kind` of stamps."

    def __len__(self) -> int:
        return len(self.begin)

    def take(self, which: NDArray[np.bool_]) -> "Places":
        return Places(
            self.begin[which], self.length[which], self.kept[which], self.kept_count[which], self.kinds.filter(pl.Series(which))
        )

    def followed(self, by: "Places") -> "Places":
        return Places(
            np.concatenate([self.begin, by.begin]), np.concatenate([self.length, by.length]), np.concatenate([self.kept, by.kept]),
            np.concatenate([self.kept_count, by.kept_count]), pl.concat([self.kinds, by.kinds]),
        )  # fmt: skip

    @classmethod
    def none(cls) -> "Places":
        empty = np.zeros((0, len(FIELDS)), dtype=np.int64)
        kinds = pl.DataFrame(schema={"kind": pl.String, "event_kind": pl.String})
        return cls(empty, empty, np.zeros((0, KEPT_MAX), dtype=np.int64), np.zeros(0, dtype=np.int64), kinds)


def find(
    dialect: Dialect, lines: Lines, rows: NDArray[np.intp], texts: tuple[bytes, ...]
) -> tuple[Places, NDArray[np.bool_]]:
    """Places of those lines that the dialect matches and that have IPv4 addresses and plain numbers, and which they are.

    `texts` are those in which the dialect tells digits apart. Lines must be shorter than PLACES_MAX."""
    coded, sound, fixed = _coded(lines, rows, texts)
    frames = list(captures(dialect, coded, np.arange(len(coded))))
    frame = pl.concat(frames).sort(ROW) if frames else pl.DataFrame({ROW: []}, schema={ROW: pl.Int64})
    which = frame[ROW].to_numpy() % max(1, len(rows))
    whole = (np.bincount(which, minlength=len(rows)) == len(_UNITS)) & sound
    if not whole.any():
        return Places.none(), whole
    frame = frame.filter(pl.Series(whole[which]))
    captured = {name: _Captured.of(frame[name]) for name in GROUPS}
    found, good = _places(captured, frame.head(int(whole.sum())), fixed[whole], lines.length[rows[whole]])
    whole[whole] = good
    return found.take(good), whole


def _coded(
    lines: Lines, rows: NDArray[np.intp], texts: tuple[bytes, ...]
) -> tuple[Lines, NDArray[np.bool_], NDArray[np.bool_]]:
    """The lines once for each of _UNITS, digits replaced by that of their place unless an expression tells them apart;
    which lines that made no such text of, and which have one."""
    length = lines.length[rows]
    begin = np.cumsum(length) - length
    place = np.arange(length.sum()) - np.repeat(begin, length)
    octets = lines.octets[place + np.repeat(lines.start[rows], length)]
    fixed = told(octets, texts)
    free = (octets - _ZERO <= 9) & ~fixed  # unsigned: what is below "0" wraps around
    rounds = [np.where(free, _ZERO + place // unit % 10, octets).astype(np.uint8) for unit in _UNITS]
    odd = np.logical_or.reduce([told(coded, texts) != fixed for coded in rounds])
    owner = np.repeat(np.arange(len(rows)), length)
    sound = np.bincount(owner[odd], minlength=len(rows)) == 0
    has_fixed = np.bincount(owner[fixed], minlength=len(rows)) > 0
    begins = np.concatenate([begin + number * len(octets) for number in range(len(_UNITS))])
    return Lines(np.concatenate(rounds).tobytes(), begins, np.tile(length, len(_UNITS)), begins), sound, has_fixed


@dataclass(frozen=True, slots=True)
class _Captured:
    """One group of several lines. Of each: how long its text is, how many digits that has, and where it begins, if its
    digits stand as in the line, else -1; of each digit: its line and its place."""

    text: pl.Series
    length: Ints
    digits: Ints
    begin: Ints
    owner: Ints
    place: Ints

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """Lines with a digit that may be its own and not that of a place: it is the same in all rounds."""
        return np.bincount(self.owner[self.place % 111 == 0], minlength=len(self.length)) > 0

    @classmethod
    def of(cls, texts: pl.Series) -> "_Captured":
        """Of the texts of all rounds, one round behind the other."""
        count = len(texts) // len(_UNITS)
        octets, lengths = _flat(texts)
        length = lengths[:count]
        if not np.array_equal(lengths, np.tile(length, len(_UNITS))):  # against what was said of the dialect: believe nothing
            octets, length = octets[:0], np.zeros(count, dtype=np.int64)
        digits = octets.reshape(len(_UNITS), -1) - _ZERO
        is_digit = digits[-1] <= 9
        within = np.arange(len(is_digit)) - np.repeat(np.cumsum(length) - length, length)
        owner = np.repeat(np.arange(count), length)[is_digit]
        place = np.array(_UNITS) @ digits[:, is_digit].astype(np.int64)
        begin = np.full(count, -1)
        begin[owner] = place - within[is_digit]
        begin[owner[place - within[is_digit] != begin[owner]]] = -1
        return cls(texts.head(count), length, np.bincount(owner, minlength=count), begin, owner, place)


def _flat(texts: pl.Series) -> tuple[NDArray[np.uint8], Ints]:
    """All octets of a column of texts, and the length of each; null is empty."""
    if texts.null_count() == len(texts):
        return np.zeros(0, dtype=np.uint8), np.zeros(len(texts), dtype=np.int64)
    array = texts.to_arrow().cast(pa.large_string())
    ends = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset :][: len(array) + 1]
    octets = np.frombuffer(array.buffers()[2] or b"", dtype=np.uint8)[ends[0] : ends[-1]]
    return octets, np.diff(ends)


def _places(
    captured: dict[str, _Captured], kinds: pl.DataFrame, fixed: NDArray[np.bool_], length: Ints
) -> tuple[Places, NDArray[np.bool_]]:
    """The places, and of which lines they can be believed; `fixed` are lines with digits that were not coded."""
    varying = {name: captured[name] for name in (*ADDRESSES, *NUMBERS, *STAMPS)}
    good = np.ones(len(length), dtype=bool)
    for one in varying.values():
        good &= ((one.length == 0) | (one.begin >= 0)) & ~(one.doubtful & fixed)
    for name in NUMBERS:
        good &= (captured[name].digits == captured[name].length) & (captured[name].length <= DIGITS_MAX)
    good &= (kinds["kind"] != "uptime").fill_null(value=True).to_numpy()  # counts from a moment that the engine finds out
    parts = [_part_lengths(captured[name].text) for name in ADDRESSES]
    starts = [captured[name].begin[:, None] + np.cumsum(p + 1, axis=1) - p - 1 for name, p in zip(ADDRESSES, parts, strict=True)]
    good &= (np.concatenate(parts, axis=1) > 0).all(axis=1)
    others = [varying[name] for name in (*NUMBERS, *STAMPS)]
    begins = np.concatenate([*starts, np.stack([one.begin for one in others], axis=1)], axis=1)
    lengths = np.concatenate([*parts, np.stack([one.length for one in others], axis=1)], axis=1)
    first_dot = starts[0][:, 1] - 1
    texts = [one for name, one in captured.items() if name not in varying]
    kept, count = _kept(texts, first_dot, length)
    return Places(begins, lengths, kept, count, kinds.select("kind", "event_kind")), good & (count <= KEPT_MAX)


def _part_lengths(addresses: pl.Series) -> Ints:
    """(n, 4) digits of the numbers of IPv4 addresses, 0 in others."""
    parts = addresses.str.extract_groups(V4_PARTS).struct.unnest()
    return parts.select(pl.all().str.len_bytes().fill_null(0).cast(pl.Int64)).to_numpy()


def _kept(texts: list[_Captured], no_digit: Ints, length: Ints) -> tuple[Ints, Ints]:
    """(n, KEPT_MAX) places of the digits of texts, and how many there are."""
    owner = np.concatenate([one.owner for one in texts])
    place = np.concatenate([one.place for one in texts])
    place = np.where(place < length[owner], place, no_digit[owner])  # a digit that was not coded
    count = np.bincount(owner, minlength=len(length))
    order = np.argsort(owner, kind="stable")
    column = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    order, column = order[column < KEPT_MAX], column[column < KEPT_MAX]
    kept = np.repeat(no_digit[:, None], KEPT_MAX, axis=1)
    kept[owner[order], column] = place[order]
    return kept, count
