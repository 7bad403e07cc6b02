"""NetFlow v1, v5 and v7: records of one layout each, written here as if a template had announced it."""

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._layout import Layout, Spec
from varde.decode.flow._messages import NETFLOW1, NETFLOW5, NETFLOW7, Messages

_PADDING = 210


def _layout(*fields: tuple[int, int]) -> Layout:
    return Layout(tuple(Spec(*field) for field in fields))


_HEAD = ((8, 4), (12, 4), (15, 4), (10, 2), (14, 2), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2), (11, 2))
"""Addresses, next hop, interfaces, packets, octets, first, last, ports: the same in all three."""

_SYSTEMS = ((16, 2), (17, 2), (9, 1), (13, 1))
_V1 = (*_HEAD, (_PADDING, 2), (4, 1), (5, 1), (6, 1))

FIXED = {
    NETFLOW1: (_layout(*_V1, (_PADDING, 11)), _layout(*_V1, (_PADDING, 7))),
    NETFLOW5: (_layout(*_HEAD, (_PADDING, 1), (6, 1), (4, 1), (5, 1), *_SYSTEMS, (_PADDING, 2)),),
    NETFLOW7: (_layout(*_HEAD, (_PADDING, 1), (6, 1), (4, 1), (5, 1), *_SYSTEMS, (_PADDING, 2), (_PADDING, 4)),),
}
"""Layouts by protocol. Of v1 there are two sizes of the reserved octets at the end, told by the length of the datagram."""

Damage = tuple[int, str]
"""Message and reason."""


def fixed_sets(messages: Messages, protocol: int) -> tuple[list[tuple[Layout, NDArray[np.int64], NDArray[np.int64]]], list[Damage]]:
    """Messages of a protocol and how many records each has, by layout; and what is wrong with some.

    Where the header promises more than came, what came is read; where it promises less, what it promises."""
    found, damage = [], []
    rows = np.flatnonzero(messages["protocol"] == protocol)
    octets, promised = messages["end"][rows] - messages["begin"][rows], messages["count"][rows]
    left = np.ones(len(rows), bool)
    for layout in reversed(FIXED[protocol]):
        mine = left & ((octets == promised * layout.size) | (layout is FIXED[protocol][0]))
        left &= ~mine
        there = octets[mine] // layout.size
        found.append((layout, rows[mine], np.minimum(there, promised[mine])))
        damage += [(int(row), "truncated") for row in rows[mine][there < promised[mine]]]
        damage += [(int(row), "count") for row in rows[mine][(promised[mine] == 0) & (there > 0)]]
    return found, damage
