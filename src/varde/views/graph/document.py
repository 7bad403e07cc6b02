"""A link graph as JSON: counts, what is shown, how readable it is, and every node with all its members and its place."""

from typing import Any

from varde.query.graph import Graph
from varde.views.graph.geometry import Picture, Placed
from varde.views.graph.readability import measure


def document(graph: Graph, picture: Picture, seconds: float) -> dict[str, Any]:
    """The contract of `--json`. Times in seconds, places and areas in pixels."""
    readable = measure(picture)
    return {
        "requests": graph.requests, "sources": graph.totals["source"], "ports": graph.totals["port"], "targets": graph.totals["target"],
        "triples": graph.triples,
        "shown": {
            "nodes": len(graph.nodes), "edges": len(graph.edges), "folded_nodes": len(graph.folded),
            "folded_members": sum(len(node.members) for node in graph.folded),
            "share_of_requests": round(graph.share, 6), "share_named": round(graph.share_named, 6), "share_single": round(graph.share_single, 6),
        },
        "readability": {
            "node_overlaps": readable.node_overlaps, "label_overlaps": readable.label_overlaps, "labels_shown": readable.labels_shown,
            "letters": round(picture.letters, 2), "area_per_request": round(picture.area_per_request, 6),
            "smallest_drawn_to_scale": round(picture.smallest, 3),
        },
        "layout": "columns", "width": picture.width, "height": picture.height, "seconds": round(seconds, 3),
        "nodes": [_node(placed, graph) for placed in sorted(picture.objects, key=lambda placed: placed.node.number)],
        "edges": [{"from": e.start, "to": e.end, "count": e.count} | ({"new": e.new} if graph.compared else {}) for e in graph.edges],
        "paths": [list(path) for path in graph.paths],
    }  # fmt: skip


def _node(placed: Placed, graph: Graph) -> dict[str, Any]:
    node = placed.node
    made: dict[str, Any] = {"id": node.number, "kind": node.kind, "role": node.role, "label": node.label, "count": node.count}
    if node.folded:
        made["folded"] = node.folded
    if graph.compared:
        made["new"] = node.new
    made |= {"x": round(placed.x, 1), "y": round(placed.y, 1), "area": round(placed.area, 1), "width": round(placed.box.right - placed.box.left, 1)}
    return made | {"members": [{"name": member.name, "count": member.count} for member in node.members]}
