"""Records of one layout, from many sets, as fields: a column of numbers or octets each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._layout import VARIABLE, Layout
from varde.decode.flow._octets import numbers
from varde.decode.flow._pieces import Pieces

_LONG = 255  # a length octet that announces two more (RFC 7011 section 7)


class Records(Protocol):
    """What columns are made of."""

    @property
    def layout(self) -> Layout: ...
    def __len__(self) -> int: ...
    def octets(self, place: int) -> NDArray[np.uint8]:
        """(n, length) of a field of fixed length."""
        ...

    def pieces(self, place: int) -> list[bytes]:
        """The octets of a field of any length."""
        ...


@dataclass(frozen=True, slots=True)
class FixedRecords:
    """Records that are all of one size, one behind another."""

    layout: Layout
    matrix: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.matrix)

    def octets(self, place: int) -> NDArray[np.uint8]:
        begin = self.layout.offsets[place]
        return self.matrix[:, begin : begin + self.layout.fields[place].length]

    def pieces(self, place: int) -> list[bytes]:
        return _split(self.octets(place))


@dataclass(frozen=True, slots=True)
class VariableRecords:
    """Records of which each says how long some of its fields are. `begin` and `length` are (n, fields of variable length)."""

    layout: Layout
    data: bytes
    start: NDArray[np.int64]
    begin: NDArray[np.int64]
    length: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    def octets(self, place: int) -> NDArray[np.uint8]:
        width = self.layout.fields[place].length
        at = self._behind(place) + self.layout.offsets[place]
        if not len(at):
            return np.zeros((0, width), np.uint8)
        found: NDArray[np.uint8] = np.frombuffer(self.data, np.uint8)[at[:, None] + np.arange(width)]
        return found

    def pieces(self, place: int) -> list[bytes]:
        if self.layout.fields[place].length != VARIABLE:
            return _split(self.octets(place))
        rank = self._rank(place)
        spans = zip(self.begin[:, rank].tolist(), self.length[:, rank].tolist(), strict=True)
        return [self.data[at : at + size] for at, size in spans]

    def _rank(self, place: int) -> int:
        return sum(spec.length == VARIABLE for spec in self.layout.fields[:place])

    def _behind(self, place: int) -> NDArray[np.int64]:
        """Where the last field of variable length before this one ends."""
        rank = self._rank(place)
        return self.begin[:, rank - 1] + self.length[:, rank - 1] if rank else self.start


def values(records: Records, place: int) -> NDArray[np.int64]:
    """The numbers of a field."""
    return numbers(records.octets(place))


def fixed_records(layout: Layout, sets: Sequence["bytes | memoryview"], sizes: NDArray[np.int64]) -> tuple[FixedRecords, NDArray[np.int64]]:
    """Records of sets without their headers, of so many octets each, and how many each set has. What is left behind the last one is
    padding."""
    counts = sizes // layout.size
    ends = counts * layout.size
    if isinstance(sets, Pieces):
        whole = sets.joined(ends)
    else:
        whole = np.frombuffer(b"".join(piece[:end] for piece, end in zip(sets, ends.tolist(), strict=True)), np.uint8)
    return FixedRecords(layout, whole.reshape(-1, layout.size)), counts


def variable_records(layout: Layout, sets: Sequence["bytes | memoryview"]) -> tuple[VariableRecords, NDArray[np.int64], list[int]]:
    """As `fixed_records`; also the sets whose last record ends outside of them, which are read up to there, and those too short for any."""
    starts: list[int] = []
    spans: list[int] = []
    counts, damaged = [], []
    base = 0
    steps = _steps(layout)
    for number, piece in enumerate(sets):
        before = len(starts)
        whole = _walk(bytes(piece), base, layout.size, steps, starts, spans)
        counts.append(len(starts) - before)
        if not whole or (len(piece) and not counts[-1]):
            damaged.append(number)
        base += len(piece)
    found = np.array(spans, np.int64).reshape(len(starts), len(steps[0]), 2)
    made = VariableRecords(layout, b"".join(sets), np.array(starts, np.int64), found[:, :, 0], found[:, :, 1])
    return made, np.array(counts, np.int64), damaged


def _steps(layout: Layout) -> tuple[list[int], int]:
    """Octets of fixed length before each field of variable length, and behind the last."""
    before, here = [], 0
    for spec in layout.fields:
        if spec.length == VARIABLE:
            before.append(here)
            here = 0
        else:
            here += spec.length
    return before, here


def _walk(data: bytes, base: int, least: int, steps: tuple[list[int], int], starts: list[int], spans: list[int]) -> bool:
    """Find the records of one set; False where the last one does not end in it. Linear: each octet is passed once."""
    before, tail = steps
    at, end = 0, len(data)
    while end - at >= least:
        begun, mark = at, len(spans)
        for skip in before:
            at += skip
            size = data[at] if at < end else end
            at += 1
            if size == _LONG:
                size = int.from_bytes(data[at : at + 2], "big")
                at += 2
            spans += (base + at, size)
            at += size
            if at > end:
                break
        at += tail
        if at > end:
            del spans[mark:]
            return False
        starts.append(base + begun)
    return True


def _split(octets: NDArray[np.uint8]) -> list[bytes]:
    count, width = octets.shape
    data = octets.tobytes()
    return [data[at * width : (at + 1) * width] for at in range(count)]
