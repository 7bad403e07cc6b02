"""Domain names that are listed, found on label boundaries: `example.com` holds `a.example.com`, not `badexample.com`."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.intel.arrays import contiguous

NAME_MAX = 253
"""Characters of a name (RFC 1035 section 2.3.4, without the length octets); longer ones are nobody's."""

_PART = 1 << 14
"""Names that are texts of Python at once: a million of them take a hundred MB."""

Ids = NDArray[np.int32]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Distinct names in the order of their hashes."""

    names: pl.Series
    hashed: Hashes

    @classmethod
    def of(cls, names: pl.Series, hashed: Hashes) -> tuple["Ordered", Places]:
        """From names as `plain` gives them and the hash of each; and the place of each."""
        order = np.argsort(hashed, kind="stable")
        if _is_mixed(names, hashed, order):
            both = pl.DataFrame({"hashed": hashed, "name": names})
            order = both.select(pl.arg_sort_by("hashed", "name")).to_series().to_numpy().astype(np.int64)
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = hashed[order[1:]] != hashed[order[:-1]]
        same = np.flatnonzero(~fresh)
        fresh[same] = (names.gather(order[same]) != names.gather(order[same - 1])).to_numpy()
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.cumsum(fresh) - 1
        first = order[fresh]
        return cls(names.gather(first), hashed[first]), place

    def parents(self) -> Places:
        """The longest of the names above each one, or -1."""
        found = np.full(len(self.hashed), -1, dtype=np.int64)
        for begin in range(0, len(found), _PART):
            part = enumerate(self.names[begin : begin + _PART].to_list(), begin)
            above = [(row, up) for row, name in part for up in suffixes(name.partition(".")[2])]
            for row, _, at in _nearest(self.hashed, above, lambda at: str(self.names[at])):
                found[row] = at
        return found


@dataclass(frozen=True, slots=True)
class NameTable:
    """Names in the order of their hashes. `value` is the set of the name itself, `below` that of the names under it."""

    hashed: NDArray[np.uint64]
    value: Ids
    below: Ids
    begin: NDArray[np.int64]
    letters: NDArray[np.uint8]
    "All names, one behind the other: name i is letters[begin[i]:begin[i + 1]]."

    @classmethod
    def of(cls, ordered: Ordered, value: Ids, below: Ids) -> "NameTable":
        return cls(ordered.hashed, value, below, *contiguous(ordered.names))

    def __len__(self) -> int:
        return len(self.hashed)

    @property
    def listed(self) -> int:
        """How many of the names are listed; the others are allowed ones."""
        return int((self.value >= 0).sum())

    def lookup(self, names: Iterable[str]) -> Ids:
        """The set of the longest listed name at or above each; -1 where there is none."""
        asked = [plain(name) for name in names]
        result = np.full(len(asked), -1, dtype=np.int32)
        if not len(self):
            return result
        candidates = [(row, part) for row, name in enumerate(asked) for part in suffixes(name)]
        for row, part, at in _nearest(self.hashed, candidates, self._name):
            result[row] = (self.value if part == asked[row] else self.below)[at]
        return result

    def _name(self, at: int) -> str:
        return self.letters[self.begin[at] : self.begin[at + 1]].tobytes().decode()


def plain(name: str) -> str:
    """As names are kept: lower case, without the root's dot; empty for what is too long to be one."""
    short = name.rstrip(".").lower() if len(name) <= NAME_MAX + 1 else ""
    return short if short.isascii() else ""


def suffixes(name: str) -> Iterator[str]:
    """`a.b.c`, `b.c`, `c`."""
    while name:
        yield name
        name = name.partition(".")[2]


def hashes(names: Iterable[str]) -> NDArray[np.uint64]:
    """Eight octets of BLAKE2b each: the same in every process and release."""
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _nearest(hashed: Hashes, candidates: list[tuple[int, str]], name: Callable[[int], str]) -> Iterator[tuple[int, str, int]]:
    """Of each row the first candidate that there is, and its place. Candidates of a row go from the longest to the shortest."""
    wanted = hashes(part for _, part in candidates)
    first = np.searchsorted(hashed, wanted)
    there = hashed[np.minimum(first, len(hashed) - 1)] == wanted
    settled: set[int] = set()
    for candidate in np.flatnonzero(there).tolist():
        row, part = candidates[candidate]
        at = -1 if row in settled else _place(hashed, int(first[candidate]), part, name)
        if at >= 0:
            settled.add(row)
            yield row, part, at


def _place(hashed: Hashes, at: int, wanted: str, name: Callable[[int], str]) -> int:
    """Where a name stands among those of its hash; -1 where it only shares the hash."""
    shared = hashed[at]
    while at < len(hashed) and hashed[at] == shared:
        if name(at) == wanted:
            return at
        at += 1
    return -1


def _is_mixed(names: pl.Series, hashed: Hashes, order: Places) -> bool:
    """Whether two names share a hash, which takes somebody who wants it."""
    same = np.flatnonzero(hashed[order[1:]] == hashed[order[:-1]])
    return bool((names.gather(order[same]) != names.gather(order[same + 1])).any())
