"""Graphviz (https://graphviz.org/doc/info/lang.html): nodes by number, so no name can be more than a label."""

from varde.model import visible
from varde.query.graph import Edge, Graph, Node

_LOOKS = {"source": ("circle", "#ff5a4f"), "port": ("box", "#add8e6"), "target": ("triangle", "#ffd84d")}
_WIDEST, _NARROWEST = 1.2, 0.12  # inches


def quoted(text: str) -> str:
    """A double-quoted string. Backslashes are doubled too: in a label `\\N` and `\\l` have a meaning."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def dot(graph: Graph) -> bytes:
    """A directed graph that dot, sfdp and neato draw; area grows with requests."""
    busiest = max((node.count for node in graph.nodes), default=1)
    lines = [
        "digraph linkgraph {",
        'graph [rankdir=LR, overlap=prism, outputorder=edgesfirst, label="", fontname="DejaVu Sans"];',
        'node [style=filled, fixedsize=true, fontsize=10, penwidth=1, color="#333333", fontname="DejaVu Sans", label=""];',
        'edge [color="#8b9aa880", arrowsize=0.4];',
        *(_node(node, busiest) for node in graph.nodes),
        *(_edge(edge, graph) for edge in graph.edges),
        "}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _node(node: Node, busiest: int) -> str:
    shape, colour = _LOOKS[node.role]
    wide = max(_NARROWEST, _WIDEST * (node.count / busiest) ** 0.5)
    more = ", peripheries=2" if node.folded else ""
    more += ', color="#116329", penwidth=3' if node.new else ""
    words = f"{node.label} {node.count:,}"
    return f'n{node.number} [shape={shape}, fillcolor="{colour}", width={wide:.2f}, height={wide:.2f}, xlabel={quoted(words)}, tooltip={quoted(words)}{more}];'


def _edge(edge: Edge, graph: Graph) -> str:
    wide = max(0.5, 8 * edge.count / max(1, graph.requests))
    more = ', color="#116329"' if edge.new else ""
    return f"n{edge.start} -> n{edge.end} [weight={min(edge.count, 1000)}, penwidth={wide:.2f}{more}];"
