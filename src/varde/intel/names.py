"""Domain names that are listed, found on label boundaries: `example.com` holds `a.example.com`, not `badexample.com`."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NAME_MAX = 253
"""Characters of a name (RFC 1035 section 2.3.4, without the length octets); longer ones are nobody's."""

Ids = NDArray[np.int32]


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
    def of(cls, names: Sequence[str], value: Ids, below: Ids) -> "NameTable":
        """From distinct names as `plain` gives them."""
        hashed = hashes(names)
        order = np.argsort(hashed, kind="stable")
        ordered = [names[at].encode() for at in order.tolist()]
        lengths = np.fromiter(map(len, ordered), dtype=np.int64, count=len(ordered))
        begin = np.concatenate([[0], np.cumsum(lengths)])
        return cls(hashed[order], value[order], below[order], begin, np.frombuffer(b"".join(ordered), dtype=np.uint8))

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
        wanted = hashes([part for _, part in candidates])
        first = np.searchsorted(self.hashed, wanted)
        there = (first < len(self)) & (self.hashed[np.minimum(first, len(self) - 1)] == wanted)
        settled: set[int] = set()
        for at in np.flatnonzero(there).tolist():  # from the longest part of a name to the shortest
            row, part = candidates[at]
            place = -1 if row in settled else self._place(int(first[at]), part)
            if place >= 0:
                settled.add(row)
                result[row] = (self.value if part == asked[row] else self.below)[place]
        return result

    def _place(self, at: int, name: str) -> int:
        """Where a name stands among those of its hash; -1 where it only shares the hash."""
        hashed = self.hashed[at]
        while at < len(self) and self.hashed[at] == hashed:
            if self.letters[self.begin[at] : self.begin[at + 1]].tobytes() == name.encode():
                return at
            at += 1
        return -1


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


def parents(names: Sequence[str]) -> NDArray[np.int64]:
    """The longest of the names above each one, or -1."""
    place = {name: at for at, name in enumerate(names)}
    nearest = (next((place[part] for part in suffixes(name.partition(".")[2]) if part in place), -1) for name in names)
    return np.fromiter(nearest, dtype=np.int64, count=len(names))
