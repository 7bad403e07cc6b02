"""Whether addresses are in a set, as an expression that engines answer quickly for one network and for a million addresses.

Single addresses are a list, which engines hash. Networks are a tree of comparisons while they are few, so that each row is
compared some ten times; more IPv4 networks are lists of the /24s that they fill, which flows have as a column of few values,
and of what is left of them."""

import operator
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from varde.intel.ipset import IPSet
from varde.intel.space import Range
from varde.model import VardeError

TREE_MAX = 256
"""IPv4 networks of a tree of comparisons: a larger expression takes longer to be understood than answered (2,000: 7 s)."""

TREE_V6_MAX = 2048
"""IPv6 networks of the tree, for which there is no other way."""

SMALL = 8
"""Addresses of a range that are cheaper in the list than in the tree."""

LIST_MAX = 8_000_000
"""Entries of the lists: 128 MB of addresses."""

INLINE_MAX = 64
"""Addresses that are part of the question; more are a table beside it."""

_MAPPED = bytes(10) + b"\xff\xff"
_MAPPED_NUMBER = 0xFFFF << 32


def is_member(table: ir.Table, name: str, members: IPSet) -> Any:
    """Whether the addresses of a column are in a set. Raises VardeError for sets of too many IPv6 networks."""
    few = [space for space in members.v4 if space[1] - space[0] < SMALL]
    wide = [space for space in members.v4 if space[1] - space[0] >= SMALL]
    single6 = [first for first, last in members.v6 if first == last]
    wide6 = [space for space in members.v6 if space[0] < space[1]]
    if len(wide6) > TREE_V6_MAX:
        raise VardeError(f"the set has {len(wide6):,} IPv6 networks, and {TREE_V6_MAX:,} is the most that can be asked about")
    found, octets = [], _expanded(few)
    if len(wide) <= TREE_MAX:
        tree = [(_MAPPED_NUMBER | first, _MAPPED_NUMBER | last) for first, last in wide] + wide6
    else:
        nets, rest = _as_24s(wide)
        octets, tree = np.concatenate([octets, rest]), wide6
        found.append(_listed(table[name.replace("_addr", "_net")] if name.endswith("_addr") else table[name], _mapped(nets)))
    addresses = _mapped(octets) + [number.to_bytes(16, "big") for number in single6]
    if len(addresses) > LIST_MAX:
        raise VardeError(f"the set has {len(addresses):,} addresses and networks, and {LIST_MAX:,} is the most that can be asked about")
    found += [_listed(table[name], addresses)] if addresses else []
    found += [_tree(table[name], sorted(tree))] if tree else []
    return reduce(operator.or_, found) if found else ibis.literal(False)


def _expanded(ranges: list[Range]) -> NDArray[np.uint32]:
    return np.array([number for first, last in ranges for number in range(first, last + 1)], dtype=np.uint32)


def _as_24s(ranges: list[Range]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The /24s that ranges fill, and the addresses of those that they fill in part."""
    whole, parts, total = [], [], 0
    for first, last in ranges:
        begin, end = -(-first // 256), (last + 1) // 256
        total += max(0, end - begin)
        if total > LIST_MAX:
            raise VardeError(f"the set has more than {LIST_MAX:,} networks of 256 addresses beside {len(ranges):,} ranges: ask about a smaller one")
        if begin >= end:
            parts.append(np.arange(first, last + 1, dtype=np.uint32))
            continue
        whole.append(np.arange(begin, end, dtype=np.uint32) << np.uint32(8))
        parts += [np.arange(first, begin * 256, dtype=np.uint32), np.arange(end * 256, last + 1, dtype=np.uint32)]
    nothing = [np.zeros(0, dtype=np.uint32)]
    return np.concatenate(whole or nothing), np.concatenate(parts or nothing)


def _mapped(numbers: NDArray[np.uint32]) -> list[bytes]:
    return [_MAPPED + int(number).to_bytes(4, "big") for number in numbers.tolist()]


def _listed(column: Any, addresses: list[bytes]) -> Any:
    if len(addresses) <= INLINE_MAX:
        return column.isin([ibis.literal(address, "binary") for address in addresses])
    return column.isin(ibis.memtable(pa.table({"listed": pa.array(addresses, pa.binary())})).listed)


def _tree(column: Any, ranges: list[Range]) -> Any:
    """Comparisons that halve the ranges each time."""
    if len(ranges) == 1:
        first, last = (ibis.literal(number.to_bytes(16, "big"), "binary") for number in ranges[0])
        return (column >= first) & (column <= last)
    middle = len(ranges) // 2
    wall = ibis.literal(ranges[middle][0].to_bytes(16, "big"), "binary")
    return ibis.ifelse(column < wall, _tree(column, ranges[:middle]), _tree(column, ranges[middle:]))
