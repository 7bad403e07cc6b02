"""GraphSON, which AfterGlow and the programs of TinkerPop write and read."""

from varde.export.graphson import EVENT_TARGET, SOURCE_EVENT, SOURCE_TARGET, document, edge, vertex
from varde.model import visible
from varde.query.graph import Graph, Node

_NAMED = 100  # members written out of a fold; the count is of all, and JSON has all
_RELATIONS = {("source", "port"): SOURCE_EVENT, ("port", "target"): EVENT_TARGET, ("source", "target"): SOURCE_TARGET}


def graphson(graph: Graph) -> bytes:
    """Every node as a vertex with its requests, the first members of a fold, every edge with its requests."""
    roles = {node.number: node.role for node in graph.nodes}
    return document(
        (
            vertex(
                f"n{node.number}", visible(node.label), kind=node.kind, role=node.role, occurrences=node.count,
                members=len(node.members), names=_names(node), new=node.new if graph.compared else None,
            )
            for node in graph.nodes
        ),
        (
            edge(
                f"e{at}", f"n{one.start}", f"n{one.end}", _RELATIONS[roles[one.start], roles[one.end]], occurrences=one.count,
                new=one.new if graph.compared else None,
            )
            for at, one in enumerate(graph.edges)
        ),
    )  # fmt: skip


def _names(node: Node) -> list[str]:
    return [visible(member.name) for member in node.members[:_NAMED]]
