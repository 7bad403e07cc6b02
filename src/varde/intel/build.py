"""From indicators and guards to a matcher."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.intel.bitmaps import bits_of
from varde.intel.compact import Compact, Named, Prefixes
from varde.intel.directory import Directory
from varde.intel.families import IPV4, IPV6, Family, Keys
from varde.intel.give_back import give_back
from varde.intel.guards import Guards
from varde.intel.matcher import Matcher
from varde.intel.names import NameTable, Ordered, hashes
from varde.intel.sets import Sets, chain, gather
from varde.intel.tree import Tree, grow, pieces

Ids = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """Nodes of one kind: what lies around each, which are guarded, and pairs of node and member."""

    parent: Places
    dead: NDArray[np.bool_]
    node: Places
    member: Ids


def build(indicators: pl.DataFrame | Iterable[pl.DataFrame], guards: Guards, *, now: int, key: str = "") -> Matcher:
    """A matcher of the rows (columns MATCHED of INDICATORS) that have not expired at `now` (us since 1970 UTC) and are not guarded.

    Guarded space is cut out exactly; `guards.judge` tells what was cut. In parts they take a fraction of the memory."""
    found = Compact()
    for part in [indicators] if isinstance(indicators, pl.DataFrame) else indicators:
        found.add(part, now)
    give_back()
    members, number = found.gathering.members()
    v4_tree, v4 = _addresses(IPV4, found.v4.taken(number), guards)
    v6_tree, v6 = _addresses(IPV6, found.v6.taken(number), guards)
    give_back()
    names, exact, name_part = _names(found.names.taken(number), guards)
    (v4_set, v6_set, name_set), sets = _sets([v4, v6, name_part])
    del v4, v6, name_part  # what follows is as large again
    give_back()
    v4_intervals = _intervals(v4_tree, v4_set)
    del v4_tree, v4_set
    give_back()
    directory = Directory.of(*v4_intervals)
    v6_start, v6_value = _intervals(v6_tree, v6_set)
    listed = v6_set >= 0
    return Matcher(
        key, found.expires, found.count, directory, v6_start, v6_value, *bits_of(v6_tree.start[listed], v6_tree.length[listed]),
        _name_table(names, name_set, exact), sets, members,
    )  # fmt: skip


def _addresses(family: Family, listed: Prefixes, guards: Guards) -> tuple[Tree, _Part]:
    """The tree of one family's prefixes; guarded ones are nodes too, so that they cut what lies around them."""
    count = len(listed.start)
    guard_start, guard_length = guards.prefixes(family)
    tree, node = grow(family, np.concatenate([listed.start, guard_start]), np.concatenate([listed.length, guard_length]))
    dead = np.zeros(len(tree), dtype=bool)
    dead[node[count:]] = True
    return tree, _Part(tree.parent, dead, node[:count], listed.member)


def _names(listed: Named, guards: Guards) -> tuple[Ordered, Places, _Part]:
    """Names that are listed or guarded, the places of those that are allowed alone, and their nodes."""
    own = [*guards.names, *guards.exact_names]
    names, place = Ordered.of(pl.concat([listed.names, pl.Series(own, dtype=pl.String)]), np.concatenate([listed.hashed, hashes(own)]))
    node, allowed, exact = np.split(place, [len(listed.names), len(listed.names) + len(guards.names)])
    dead = np.zeros(len(names.hashed), dtype=bool)
    dead[allowed] = True
    return names, exact, _Part(names.parents(), dead, node, listed.member)


def _name_table(names: Ordered, of_node: Ids, exact: Places) -> NameTable:
    value = of_node.copy()
    value[exact] = -1
    return NameTable.of(names, value, of_node)


def _sets(parts: list[_Part]) -> tuple[list[Ids], Sets]:
    """The set of each node of each part; sets are shared between them."""
    offsets = np.cumsum([0, *(len(part.parent) for part in parts)])
    shifted = list(zip(parts, offsets[:-1], strict=True))
    parent = np.concatenate([np.where(part.parent >= 0, part.parent + at, -1) for part, at in shifted])
    node = np.concatenate([part.node + at for part, at in shifted])
    group, begin, members = gather(len(parent), node, np.concatenate([part.member for part in parts]))
    del node, shifted
    give_back()
    of_node, around, adds = chain(parent, group, np.concatenate([part.dead for part in parts]))
    return [of_node[first:last] for first, last in pairwise(offsets)], Sets(around, adds, begin, members)


def _intervals(tree: Tree, of_node: Ids) -> tuple[Keys, Ids]:
    """Pieces and their sets; neighbours with the same set are one."""
    start, node = pieces(tree)
    value = np.where(node >= 0, of_node[np.maximum(node, 0)], -1).astype(np.int32) if len(of_node) else node.astype(np.int32)
    kept = np.ones(len(value), dtype=bool)
    kept[1:] = value[1:] != value[:-1]
    return start[kept], value[kept]
