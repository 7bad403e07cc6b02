"""GraphML (http://graphml.graphdrawing.org/specification.html)."""

from xml.sax.saxutils import escape

from varde.model import visible
from varde.query.graph import Edge, Graph, Node

_NAMED = 100  # members written out of a fold; the count is of all, and JSON has all

_KEYS = (
    ("label", "node", "string"), ("kind", "node", "string"), ("role", "node", "string"), ("requests", "node", "long"), ("members", "node", "long"),
    ("names", "node", "string"), ("new", "node", "boolean"), ("weight", "edge", "long"), ("new_edge", "edge", "boolean"),
)  # fmt: skip


def graphml(graph: Graph) -> bytes:
    """Every node with label, kind and requests, the first members of a fold one a line, every edge with its requests."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *(f'<key id="{name}" for="{kind}" attr.name="{name.removesuffix("_edge")}" attr.type="{form}"/>' for name, kind, form in _KEYS),
        '<graph id="linkgraph" edgedefault="directed">',
        *(_node(node, graph.compared) for node in graph.nodes),
        *(_edge(edge, graph.compared) for edge in graph.edges),
        "</graph>",
        "</graphml>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _data(values: dict[str, object]) -> str:
    return "".join(f'<data key="{key}">{escape(str(value))}</data>' for key, value in values.items())


def _node(node: Node, compared: bool) -> str:
    names = "\n".join(visible(member.name) for member in node.members[:_NAMED])
    values: dict[str, object] = {
        "label": visible(node.label), "kind": node.kind, "role": node.role, "requests": node.count, "members": len(node.members), "names": names,
    }  # fmt: skip
    return f'<node id="n{node.number}">{_data(values | ({"new": str(node.new).lower()} if compared else {}))}</node>'


def _edge(edge: Edge, compared: bool) -> str:
    values: dict[str, object] = {"weight": edge.count}
    return f'<edge source="n{edge.start}" target="n{edge.end}">{_data(values | ({"new_edge": str(edge.new).lower()} if compared else {}))}</edge>'
