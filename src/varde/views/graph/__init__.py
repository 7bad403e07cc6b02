"""Link graphs as pictures and documents: sources left, ports in the middle, targets right, nothing covering anything.

`rows_for` says how many nodes a picture has room for; a graph that is folded to it can be drawn.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from varde.query.graph import Graph
from varde.views.graph.arrange import arrange
from varde.views.graph.captions import shown, totals
from varde.views.graph.columns import rows_for
from varde.views.graph.document import document
from varde.views.graph.drawing import drawing
from varde.views.graph.page import page
from varde.views.graph.png import png
from varde.views.graph.readability import Readability, measure
from varde.views.graph.shapes import ALIASES, SHAPES
from varde.views.graph.style import HEIGHT, LARGEST, SMALLEST, WIDTH, GraphStyle, Look
from varde.views.graph.svg import svg


def draw_graph(graph: Graph, kind: str, style: GraphStyle) -> bytes:
    """Draw as one of FORMATS; the same graph and style give the same octets (but for `seconds` of JSON)."""
    return FORMATS[kind](graph, style)


def as_document(graph: Graph, style: GraphStyle, started: float) -> dict[str, Any]:
    """The numbers behind the picture, with the keys of the command line's contract. `started`: of `time.perf_counter`."""
    picture = arrange(graph, style)
    return document(graph, picture, time.perf_counter() - started)


def as_page(graph: Graph, style: GraphStyle, started: float, members: int) -> dict[str, Any]:
    """The same with what a page needs to draw it (`drawing`), and at most so many `members` of a node, the most frequent."""
    picture = arrange(graph, style)
    whole = document(graph, picture, time.perf_counter() - started)
    nodes = [node | {"members": node["members"][:members], "total_members": len(node["members"])} for node in whole["nodes"]]
    return whole | {"nodes": nodes, "drawing": drawing(picture, style)}


def _json(graph: Graph, style: GraphStyle) -> bytes:
    return (json.dumps(as_document(graph, style, time.perf_counter()), indent=1) + "\n").encode()


FORMATS: dict[str, Callable[[Graph, GraphStyle], bytes]] = {
    "png": lambda graph, style: png(arrange(graph, style), style),
    "svg": lambda graph, style: svg(graph, arrange(graph, style), style),
    "html": page,
    "json": _json,
}
"""What a link graph can be drawn as, by suffix."""

__all__ = [
    "ALIASES", "FORMATS", "HEIGHT", "LARGEST", "SHAPES", "SMALLEST", "WIDTH", "GraphStyle", "Look", "Readability", "arrange", "as_document", "as_page",
    "draw_graph", "measure", "rows_for", "shown", "totals",
]  # fmt: skip
