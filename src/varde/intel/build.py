"""From indicators and guards to a matcher."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.intel.arrays import matrix
from varde.intel.bitmaps import bits_of
from varde.intel.directory import Directory
from varde.intel.families import IPV4, IPV6, Family, Keys, sixteen_octets, split
from varde.intel.guards import Guards
from varde.intel.matcher import Matcher
from varde.intel.members import members_of
from varde.intel.names import NameTable, parents
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


def build(indicators: pl.DataFrame, guards: Guards, *, now: int, key: str = "") -> Matcher:
    """A matcher of the rows (columns of INDICATORS) that have not expired at `now` (us since 1970 UTC) and are not guarded.

    Guarded space is cut out exactly; `guards.judge` tells what was cut."""
    live = indicators.filter(pl.col("expires").is_null() | (pl.col("expires") > now))
    members, member = members_of(live)
    v4_tree, v4 = _addresses(IPV4, live, member, guards)
    v6_tree, v6 = _addresses(IPV6, live, member, guards)
    names, name_part = _names(live, member, guards)
    (v4_set, v6_set, name_set), sets = _sets([v4, v6, name_part])
    v6_start, v6_value = _intervals(v6_tree, v6_set)
    listed = v6_set >= 0
    expires = live["expires"].min()
    return Matcher(
        key, int(expires) if isinstance(expires, int) else None, len(live),
        Directory.of(*_intervals(v4_tree, v4_set)), v6_start, v6_value, *bits_of(v6_tree.start[listed], v6_tree.length[listed]),
        _name_table(names, name_set, guards), sets, members,
    )  # fmt: skip


def _addresses(family: Family, live: pl.DataFrame, member: Ids, guards: Guards) -> tuple[Tree, _Part]:
    """The tree of one family's prefixes; guarded ones are nodes too, so that they cut what lies around them."""
    rows = np.flatnonzero(live["address"].is_not_null().to_numpy())
    octets = matrix(live["address"].drop_nulls())
    is_v4, numbers = split(octets)
    mine = is_v4 if family is IPV4 else ~is_v4
    length = live["prefix"].gather(rows[mine]).to_numpy().astype(np.uint8)
    start: Keys = numbers[mine].astype(np.uint64) if family is IPV4 else sixteen_octets(octets[mine])
    guard_start, guard_length = guards.prefixes(family)
    tree, node = grow(family, np.concatenate([start, guard_start]), np.concatenate([length, guard_length]))
    dead = np.zeros(len(tree), dtype=bool)
    dead[node[len(start) :]] = True
    return tree, _Part(tree.parent, dead, node[: len(start)], member[rows[mine]])


def _names(live: pl.DataFrame, member: Ids, guards: Guards) -> tuple[list[str], _Part]:
    rows = np.flatnonzero((live["type"] == "domain").to_numpy())
    listed = live["value"].gather(rows).to_list()
    names = list(dict.fromkeys([*listed, *guards.names, *guards.exact_names]))
    place = {name: at for at, name in enumerate(names)}
    node = np.fromiter((place[name] for name in listed), dtype=np.int64, count=len(listed))
    dead = np.zeros(len(names), dtype=bool)
    dead[[place[name] for name in guards.names]] = True
    return names, _Part(parents(names), dead, node, member[rows])


def _name_table(names: list[str], of_node: Ids, guards: Guards) -> NameTable:
    value = of_node.copy()
    exact = set(guards.exact_names)
    value[[at for at, name in enumerate(names) if name in exact] if exact else []] = -1
    return NameTable.of(names, value, of_node)


def _sets(parts: list[_Part]) -> tuple[list[Ids], Sets]:
    """The set of each node of each part; sets are shared between them."""
    offsets = np.cumsum([0, *(len(part.parent) for part in parts)])
    shifted = list(zip(parts, offsets[:-1], strict=True))
    parent = np.concatenate([np.where(part.parent >= 0, part.parent + at, -1) for part, at in shifted])
    node = np.concatenate([part.node + at for part, at in shifted])
    group, begin, members = gather(len(parent), node, np.concatenate([part.member for part in parts]))
    of_node, around, adds = chain(parent, group, np.concatenate([part.dead for part in parts]))
    return [of_node[first:last] for first, last in pairwise(offsets)], Sets(around, adds, begin, members)


def _intervals(tree: Tree, of_node: Ids) -> tuple[Keys, Ids]:
    """Pieces and their sets; neighbours with the same set are one."""
    start, node = pieces(tree)
    value = np.where(node >= 0, of_node[np.maximum(node, 0)], -1).astype(np.int32) if len(of_node) else node.astype(np.int32)
    kept = np.ones(len(value), dtype=bool)
    kept[1:] = value[1:] != value[:-1]
    return start[kept], value[kept]
