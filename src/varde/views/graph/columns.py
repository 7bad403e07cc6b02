"""Columns: how large each object is, in which order they stand, and where.

Sources stand on the left, ports in the middle, targets on the right. Every object has a row of its own that is as high
as the object and its label, so nothing can cover anything; what is left of the height makes the objects larger.
"""

import math
from dataclasses import dataclass

import numpy as np

from varde.query.graph import Graph, Node
from varde.views.graph.letters import LINE
from varde.views.graph.shapes import extent
from varde.views.graph.style import NODE_MIN, GraphStyle

_FOR_ROWS = 0.74
"""Share of the height that smallest rows may fill: the rest goes to the frequent ones, whose area shows how frequent."""

_PORTS = 0.55  # ports' labels stand on top of them, so a row of theirs is higher
_LARGEST_HIGH, _LARGEST_WIDE = 0.2, 0.1  # of the height and width; a single object would else fill the picture
_SPREAD = 0.14  # of the height; few objects stand together rather than far apart
_SWEEPS = 8
_HALVINGS = 48


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the picture that objects stand in."""

    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Item:
    """A node that is to be placed: its weight in requests, its shape, and whether its label stands above it."""

    node: Node
    weight: float
    shape: str
    above: bool


def head_height(style: GraphStyle) -> float:
    return style.letters * (4.6 if style.head else 0.6)


def foot_height(style: GraphStyle) -> float:
    return style.letters * 4.2


def frame_of(style: GraphStyle) -> Frame:
    return Frame(head_height(style), style.height - foot_height(style))


def row_height(style: GraphStyle) -> float:
    """The lowest row: a label, or the smallest object, and a gap."""
    return max(style.letters * LINE, math.sqrt(smallest_area(style)) * extent("triangle")[1]) + gap(style)


def gap(style: GraphStyle) -> float:
    return style.letters * 0.18


def rim(style: GraphStyle) -> float:
    """Clear space between an object and the label above it, as wide as the rim around the letters."""
    return style.letters * 0.16


_ROUNDING = 1e-6
"""Pixels that a box keeps when its edges are added to its place and rounded."""


def smallest_area(style: GraphStyle) -> float:
    """Square pixels; a box of that area is NODE_MIN wide or wider, and every other shape is wider than a box."""
    return max(NODE_MIN + _ROUNDING, style.letters * 0.75) ** 2


def rows_for(style: GraphStyle) -> dict[str, int]:
    """How many nodes of each role a picture of that size has room for."""
    rows = int(frame_of(style).height * _FOR_ROWS / row_height(style))
    return {"source": rows, "port": max(2, int(rows * _PORTS)), "target": rows}


def areas(columns: list[list[Item]], style: GraphStyle) -> tuple[dict[int, float], float]:
    """Square pixels of each node, by number, and square pixels a request: as many as the fullest column allows."""
    height = frame_of(style).height
    heaviest = max((item.weight for column in columns for item in column), default=1.0)
    widest = max(max(extent(item.shape)) for column in columns for item in column) if any(columns) else 1.0
    low, high = 0.0, (min(height * _LARGEST_HIGH, style.width * _LARGEST_WIDE) / widest) ** 2 / heaviest
    if not _fits(columns, style, high):
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(columns, style, middle) else (low, middle)
        high = low
    return {item.node.number: max(smallest_area(style), high * item.weight) for column in columns for item in column}, high


def _fits(columns: list[list[Item]], style: GraphStyle, scale: float) -> bool:
    smallest = smallest_area(style)
    return all(
        sum(needed(item, max(smallest, scale * item.weight), style) for item in column) <= frame_of(style).height for column in columns
    )


def needed(item: Item, area: float, style: GraphStyle) -> float:
    """Height of a row in pixels."""
    high = math.sqrt(area) * extent(item.shape)[1]
    line = style.letters * LINE
    return (high + line + rim(style) if item.above else max(high, line)) + gap(style)


def least_height(columns: list[list[Item]], style: GraphStyle) -> float:
    """Pixels that the fullest column needs when every object is as small as it may be."""
    return max((sum(needed(item, smallest_area(style), style) for item in column) for column in columns), default=0.0)


def middles(column: list[Item], size: dict[int, float], style: GraphStyle) -> list[tuple[float, float]]:
    """Top and bottom of each row, from the top: what is left over lies evenly between them."""
    frame = frame_of(style)
    heights = [needed(item, size[item.node.number], style) for item in column]
    spare = (frame.height - sum(heights)) / max(1, len(column))
    extra = max(0.0, min(spare, _SPREAD * frame.height))
    y = frame.top + (frame.height - sum(heights) - extra * len(column)) / 2
    places = []
    for height in heights:
        places.append((y + extra / 2, y + extra / 2 + height))
        y += height + extra
    return places


def ordered(graph: Graph, columns: list[list[Item]]) -> list[list[Item]]:
    """Each column in the order of its neighbours' middle, weighted by requests, which leaves few crossings."""
    links = {role: _links(graph, role) for role in graph.roles}
    orders = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        turn = range(len(orders)) if sweep % 2 else reversed(range(len(orders)))
        for place in turn:
            ranks = _ranks(orders)
            role = graph.roles[place]
            orders[place] = sorted(orders[place], key=lambda item: _key(item, links[role], ranks))
    return orders


def _key(item: Item, links: dict[int, list[tuple[int, int]]], ranks: dict[int, float]) -> tuple[float, float, int]:
    near = links.get(item.node.number, [])
    weight = sum(count for _, count in near)
    middle = sum(ranks[other] * count for other, count in near) / weight if weight else 0.5
    return round(middle, 6), -item.weight, item.node.number


def _ranks(orders: list[list[Item]]) -> dict[int, float]:
    """Place of each node in its column by weight, 0 at the top and 1 at the bottom."""
    ranks: dict[int, float] = {}
    for column in orders:
        weights = np.array([item.weight for item in column]) ** 0.5
        ends = np.cumsum(weights)
        ranks |= {item.node.number: float((end - weight / 2) / ends[-1]) for item, end, weight in zip(column, ends, weights, strict=True)}
    return ranks


def _links(graph: Graph, role: str) -> dict[int, list[tuple[int, int]]]:
    mine = {node.number for node in graph.of(role)}
    links: dict[int, list[tuple[int, int]]] = {}
    for edge in graph.edges:
        for here, there in ((edge.start, edge.end), (edge.end, edge.start)):
            if here in mine:
                links.setdefault(here, []).append((there, edge.count))
    return links
