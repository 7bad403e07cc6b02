"""GDF, as Gephi reads it (https://gephi.org/users/supported-graph-formats/gdf-format/)."""

from varde.model import visible
from varde.query.graph import Graph, Node

_COLOURS = {"source": "255,90,79", "port": "173,216,230", "target": "255,216,77"}
_QUOTES = str.maketrans({'"': "\N{RIGHT DOUBLE QUOTATION MARK}", "'": "\N{RIGHT SINGLE QUOTATION MARK}"})


def quoted(text: str) -> str:
    """The format has quotes but nothing that escapes them: those inside become typographic ones."""
    return '"' + visible(text).translate(_QUOTES) + '"'


def gdf(graph: Graph) -> bytes:
    """Nodes with label, size and colour; edges with their requests as weight."""
    busiest = max((node.count for node in graph.nodes), default=1)
    lines = ["nodedef>name VARCHAR,label VARCHAR,kind VARCHAR,requests INTEGER,members INTEGER,width DOUBLE,height DOUBLE,color VARCHAR"]
    lines += [_node(node, busiest) for node in graph.nodes]
    lines.append("edgedef>node1 VARCHAR,node2 VARCHAR,directed BOOLEAN,weight DOUBLE")
    lines += [f"n{edge.start},n{edge.end},true,{edge.count}" for edge in graph.edges]
    return ("\n".join(lines) + "\n").encode()


def _node(node: Node, busiest: int) -> str:
    wide = max(4.0, 60 * (node.count / busiest) ** 0.5)
    return f"n{node.number},{quoted(node.label)},{node.kind},{node.count},{len(node.members)},{wide:.1f},{wide:.1f},'{_COLOURS[node.role]}'"
