"""Distinct sets of indicators, shared: a set is what a node itself has, and the set of the node around it.

So a network with a thousand pulses around a million listed addresses costs a thousand entries, not a milliard."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.intel.arrays import distinct

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sets:
    """`around` is the set that a set adds to (-1: none), `group` what it adds; `members[begin[g]:begin[g + 1]]` are a group's."""

    around: Ids
    group: Ids
    begin: NDArray[np.int64]
    members: Ids

    def __len__(self) -> int:
        return len(self.around)

    def of(self, number: int) -> list[int]:
        """Distinct members of a set, those of the smallest prefix first."""
        found: dict[int, None] = {}
        while number >= 0:
            group = int(self.group[number])
            found.update(dict.fromkeys(self.members[self.begin[group] : self.begin[group + 1]].tolist()))
            number = int(self.around[number])
        return list(found)


def gather(nodes: int, node: NDArray[np.int64], member: Ids) -> tuple[Ids, NDArray[np.int64], Ids]:
    """The group of each node (-1: nothing), and the distinct groups. `node` and `member` are pairs in any order."""
    pairs = distinct(node << np.int64(32) | member.astype(np.int64))
    owner, members = pairs >> np.int64(32), (pairs & np.int64(0xFFFFFFFF)).astype(np.int32)
    first = np.searchsorted(owner, np.arange(nodes + 1))
    known: dict[bytes, int] = {}
    group = np.full(nodes, -1, dtype=np.int32)
    _number_single(first, members, group, known)
    for at in np.flatnonzero(np.diff(first) > 1).tolist():
        group[at] = known.setdefault(members[first[at] : first[at + 1]].tobytes(), len(known))
    lengths = np.fromiter((len(key) // 4 for key in known), dtype=np.int64, count=len(known))
    return group, np.concatenate([[0], np.cumsum(lengths)]), np.frombuffer(b"".join(known), dtype=np.int32)


def _number_single(first: NDArray[np.int64], members: Ids, group: Ids, known: dict[bytes, int]) -> None:
    """Nodes with one member, which are nearly all, without a step of Python for each."""
    single = np.flatnonzero(np.diff(first) == 1)
    mine = members[first[single]]
    present = np.zeros(int(mine.max(initial=-1)) + 1, dtype=bool)
    present[mine] = True
    known.update((value.tobytes(), at) for at, value in enumerate(np.flatnonzero(present).astype(np.int32)))
    group[single] = (np.cumsum(present, dtype=np.int32) - np.int32(1))[mine]


def chain(parent: NDArray[np.int64], group: Ids, dead: NDArray[np.bool_]) -> tuple[Ids, Ids, Ids]:
    """The set of each node (-1: nothing), and what each set adds to and adds.

    A dead node and all within it have nothing. A node without a group has what is around it."""
    of_node = np.full(len(parent), -1, dtype=np.int32)
    dead = dead.copy()
    around: list[Ids] = []
    adds: list[Ids] = []
    count = 0
    for level in _levels(parent):
        up = parent[level]
        outer = np.where(up >= 0, of_node[up], -1).astype(np.int64)
        dead[level] |= (up >= 0) & dead[up]
        new = ~dead[level] & (group[level] >= 0)
        key, number = np.unique((outer[new] + 1) << np.int64(32) | group[level][new], return_inverse=True)
        of_node[level] = np.where(dead[level], -1, outer)
        of_node[level[new]] = number.ravel() + count
        around.append(((key >> np.int64(32)) - 1).astype(np.int32))
        adds.append((key & np.int64(0xFFFFFFFF)).astype(np.int32))
        count += len(key)
    empty = np.zeros(0, dtype=np.int32)
    return of_node, np.concatenate([empty, *around]), np.concatenate([empty, *adds])


def _levels(parent: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Nodes by how deep they lie, the outermost first."""
    depth = np.zeros(len(parent), dtype=np.int16)
    up = parent
    while (inside := up >= 0).any():
        depth[inside] += 1
        up = np.where(inside, parent[up], -1)
    return [np.flatnonzero(depth == at) for at in range(int(depth.max(initial=-1)) + 1)]
