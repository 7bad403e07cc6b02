"""The nouns of a link graph."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Member:
    """One source, port or target, and how many requests it had a part in."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Node:
    """What is drawn as one object: a source, port or target, or several of them folded."""

    number: int
    role: str
    "source, port or target: which column it stands in."
    label: str
    count: int
    members: tuple[Member, ...]
    "By count, then name; one for a node of its own."
    folded: str = ""
    "Why its members are one node, a word of `folding.REASONS`; empty for a node of its own."
    new: bool = False
    "None of its members was there in the graph it is compared with."
    tail: str = ""
    "End of the label that says how many are folded: it stays where the label must be shortened."

    @property
    def kind(self) -> str:
        """source, port, target, or group where members are folded."""
        return "group" if self.folded else self.role


@dataclass(frozen=True, slots=True)
class Edge:
    """Requests between two nodes, by number."""

    start: int
    end: int
    count: int
    new: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by role and falling count, the edges between neighbouring roles, and the paths that edges are made of."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    paths: tuple[tuple[int, ...], ...]
    "(source, port, target, count), or (source, target, count) where requests have no port: numbers of nodes."
    requests: int
    totals: dict[str, int]
    "How many distinct sources, ports and targets there are."
    triples: int
    compared: bool = False
    roles: tuple[str, ...] = field(default=("source", "port", "target"))

    @property
    def folded(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.folded)

    @property
    def share(self) -> float:
        """Share of the requests of which every end is drawn, on its own or in a fold."""
        shown = sum(path[-1] for path in self.paths)
        return shown / self.requests if self.requests else 1.0

    @property
    def share_single(self) -> float:
        """Share of the requests of which every end has a node of its own."""
        own = {node.number for node in self.nodes if not node.folded}
        single = sum(path[-1] for path in self.paths if own.issuperset(path[:-1]))
        return single / self.requests if self.requests else 1.0

    @property
    def share_named(self) -> float:
        """Share of the requests of which no end is among the others: every end has a name, or shares one with its like."""
        rest = {node.number for node in self.nodes if node.folded == "rest"}
        named = sum(path[-1] for path in self.paths if rest.isdisjoint(path[:-1]))
        return named / self.requests if self.requests else 1.0

    def of(self, role: str) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.role == role)
