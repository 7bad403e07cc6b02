"""Prefixes that nest, as a tree, and the disjoint pieces of address space that they make."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.intel.arrays import distinct
from varde.intel.families import Family, Keys, Lengths

Nodes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tree:
    """Distinct prefixes in the order of (start, length); `parent` is the smallest one around each, or -1."""

    family: Family
    start: Keys
    length: Lengths
    parent: Nodes

    def __len__(self) -> int:
        return len(self.start)


def grow(family: Family, start: Keys, length: Lengths) -> tuple[Tree, Nodes]:
    """The tree of some prefixes, and the node of each of them."""
    _, first, node = np.unique(family.sortable(start, length), return_index=True, return_inverse=True)
    start, length = start[first], length[first]
    return Tree(family, start, length, _parents(family, start, length)), node.ravel().astype(np.int64)


def _parents(family: Family, start: Keys, length: Lengths) -> Nodes:
    """One search for each length that occurs; longer ones come later and win."""
    parent = np.full(len(start), -1, dtype=np.int64)
    for size in np.unique(length)[:-1].tolist():
        level = np.flatnonzero(length == size)
        below = np.flatnonzero(length > size)
        wanted = family.floor(start[below], size)
        at = np.minimum(np.searchsorted(start[level], wanted), len(level) - 1)
        inside = start[level][at] == wanted
        parent[below[inside]] = level[at[inside]]
    return parent


def pieces(tree: Tree) -> tuple[Keys, Nodes]:
    """Where each disjoint piece begins, in order, and the smallest prefix around it (-1: none). A piece ends where the next begins."""
    if not len(tree):
        return tree.start, np.zeros(0, dtype=np.int64)
    behind, there = tree.family.after(tree.start, tree.length)
    begins = distinct(np.concatenate([tree.start, behind[there]]))
    # nodes are in the order of (start, length), so the last of those that begin here is the smallest
    opened = np.searchsorted(tree.start, begins, side="right") - 1
    opens = (opened >= 0) & (tree.start[np.maximum(opened, 0)] == begins)
    return begins, np.where(opens, opened, _around(tree, behind, there, begins))


def _around(tree: Tree, behind: Keys, there: NDArray[np.bool_], begins: Keys) -> Nodes:
    """What lies around the largest prefix that ends just before each place."""
    ended = np.flatnonzero(there)
    # by where they end, the largest first: its parent is what goes on
    ended = ended[np.lexsort((tree.length[ended], _ranks(behind[ended])))]
    at = np.minimum(np.searchsorted(behind[ended], begins), max(len(ended) - 1, 0))
    return tree.parent[ended[at]] if len(ended) else np.full(len(begins), -1, dtype=np.int64)


def _ranks(keys: Keys) -> Nodes:
    return np.unique(keys, return_inverse=True)[1].ravel()
