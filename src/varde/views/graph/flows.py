"""The requests between two objects as a band: its width at either end is its share of that object."""

import math

from varde.query.graph import Edge, Graph
from varde.views.graph.geometry import Flow, Placed
from varde.views.graph.style import GraphStyle

_ON_OBJECT = 0.9  # of the object's height is taken by its bands
_THIN = 0.08  # letters' heights: the narrowest band
_FAINT, _CONTRAST = 0.25, 0.35
_BEND = 0.5  # of the way: where the curve turns


def flows(graph: Graph, objects: list[Placed], style: GraphStyle) -> tuple[Flow, ...]:
    """Bands in the order they are drawn: the narrow ones last, so that they are not hidden."""
    at = {placed.node.number: placed for placed in objects}
    starts = _ends(graph.edges, at, "start", style)
    ends = _ends(graph.edges, at, "end", style)
    busiest = max((edge.count for edge in graph.edges), default=1)
    made = []
    for edge in sorted(graph.edges, key=lambda edge: (-edge.count, edge.start, edge.end)):
        first, last = at[edge.start], at[edge.end]
        left = first.x if first.node.role == "source" else first.box.right
        right = last.x if last.node.role == "target" else last.box.left
        y0, w0 = starts[edge.start, edge.end]
        y1, w1 = ends[edge.start, edge.end]
        colour = style.colours.new if edge.new else first.fill if first.node.role == "source" else last.fill
        upper, lower = _curve(left, y0 - w0 / 2, right, y1 - w1 / 2), _curve(left, y0 + w0 / 2, right, y1 + w1 / 2)
        made.append(Flow(edge, upper, lower, colour, _opacity(edge, busiest, style)))
    return tuple(made)


def _opacity(edge: Edge, busiest: int, style: GraphStyle) -> float:
    """What is rare recedes, what is frequent stands out; a new one stands out in any case."""
    if edge.new:
        return style.colours.flow
    return round(style.colours.flow * (_FAINT + (1 - _FAINT) * math.pow(edge.count / busiest, _CONTRAST)), 3)


def _curve(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    turn = (x1 - x0) * _BEND
    return ((x0, y0), (x0 + turn, y0), (x1 - turn, y1), (x1, y1))


def _ends(edges: tuple[Edge, ...], at: dict[int, Placed], end: str, style: GraphStyle) -> dict[tuple[int, int], tuple[float, float]]:
    """(start, end) -> middle and width of the band where it meets its object: they lie in the order of the other ends."""
    by_object: dict[int, list[Edge]] = {}
    for edge in edges:
        by_object.setdefault(getattr(edge, end), []).append(edge)
    places = {}
    for number, mine in by_object.items():
        placed = at[number]
        other = "end" if end == "start" else "start"
        total = sum(edge.count for edge in mine)
        high = (placed.box.bottom - placed.box.top) * _ON_OBJECT
        y = placed.y - high / 2
        for edge in sorted(mine, key=lambda edge: (at[getattr(edge, other)].y, edge.start, edge.end)):
            width = high * edge.count / total
            places[edge.start, edge.end] = (y + width / 2, max(width, style.letters * _THIN))
            y += width
    return places
