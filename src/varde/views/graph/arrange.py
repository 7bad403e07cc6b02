"""From a graph and a style to the final geometry."""

import math

from varde.model import VardeError
from varde.query.graph import Graph, Node
from varde.views.graph.captions import caption
from varde.views.graph.columns import (
    Item,
    areas,
    foot_height,
    frame_of,
    head_height,
    least_height,
    middles,
    ordered,
    rim,
    smallest_area,
)
from varde.views.graph.flows import flows
from varde.views.graph.geometry import Box, Label, Picture, Placed, Text
from varde.views.graph.letters import ASCENT, LINE, elided, plain, width_of
from varde.views.graph.shapes import ALIASES, OF_ROLE, SHAPES, extent, outline
from varde.views.graph.style import LARGEST, SMALLEST, GraphStyle, Look

_LABEL_ROOM = (0.27, 0.31)  # of the width: what a label beside a column may have, and where the picture is narrow
_NARROW = 700
_PORT_LABEL = 0.25
_SIZE_MAX = 1e12  # a property file may compute anything, and infinity is no size
_CLEAR = 0.4  # letters' heights between an object and its label
_BLANK = 0.4  # letters' heights between a name and its count
_PAD = 1.0  # letters' heights between the frame of the picture and what stands in it

Words = tuple[tuple[str, str], ...]
"""Runs of a label: text and colour."""


def arrange(graph: Graph, style: GraphStyle) -> Picture:
    """Place every node and its label so that nothing covers anything.

    Raises VardeError where the size is out of bounds, or the nodes do not fit into it.
    """
    _check_size(style)
    columns = ordered(graph, [_items(graph, role, style) for role in graph.roles])
    _check_room(columns, style)
    size, scale = areas(columns, style)
    beside = style.width * _LABEL_ROOM[style.width < _NARROW]
    labels = {item.node.number: _words(item, beside, style) for column in columns for item in column if not item.above}
    xs, middle = _column_places(columns, size, labels, style)
    labels |= {item.node.number: _words(item, middle, style) for column in columns for item in column if item.above}
    placed: list[Placed] = []
    shown: list[Label] = []
    for x, column, role in zip(xs, columns, graph.roles, strict=True):
        for item, (top, bottom) in zip(column, middles(column, size, style), strict=True):
            one = _place(item, x, top, bottom, size[item.node.number], style)
            placed.append(one)
            if labels[item.node.number]:
                shown.append(_label(one, role, labels[item.node.number], style))
    marks, captions = caption(graph, style, scale)
    return Picture(style.width, style.height, style.letters, tuple(placed), tuple(shown), flows(graph, placed, style), marks, captions, scale,
                   smallest_area(style) / scale if scale else 0.0)  # fmt: skip


def height_for(graph: Graph, style: GraphStyle) -> int:
    """Pixels of height that a picture of that width should have for this graph."""
    columns = [_items(graph, role, style) for role in graph.roles]
    wanted = least_height(columns, style) / 0.8 + head_height(style) + foot_height(style)
    return min(LARGEST[1], max(int(style.width * 1.2), math.ceil(wanted * 1.1)))


def _check_size(style: GraphStyle) -> None:
    if not (SMALLEST[0] <= style.width <= LARGEST[0] and SMALLEST[1] <= style.height <= LARGEST[1]):
        raise VardeError(f"a link graph is {SMALLEST[0]} x {SMALLEST[1]} to {LARGEST[0]} x {LARGEST[1]} pixels, not {style.width} x {style.height}")


def _check_room(columns: list[list[Item]], style: GraphStyle) -> None:
    missing = least_height(columns, style) - frame_of(style).height
    if missing > 0:
        count = sum(len(column) for column in columns)
        raise VardeError(f"{count:,} objects do not fit into {style.width} x {style.height} pixels: make it {math.ceil(style.height + missing)} high")


def look_of(node: Node, style: GraphStyle) -> Look:
    """What the property file says of a node; of a fold what it says of its most frequent member."""
    return style.looks.get((node.role, node.members[0].name), Look()) if style.looks else Look()


def _items(graph: Graph, role: str, style: GraphStyle) -> list[Item]:
    nodes = graph.of(role)
    return [Item(node, weight, _shape(node, style), role == "port") for node, weight in zip(nodes, _weights(nodes, style), strict=True)]


def _shape(node: Node, style: GraphStyle) -> str:
    wanted = look_of(node, style).shape or ""
    shape = ALIASES.get(wanted, wanted)
    return shape if shape in SHAPES else OF_ROLE[node.role]


def _weights(nodes: tuple[Node, ...], style: GraphStyle) -> list[float]:
    """Requests; or the sizes of a property file, on a scale on which the largest weighs as much as the busiest."""
    sizes = [sum(_size(node.role, member.name, style) for member in node.members) if style.looks else 0.0 for node in nodes]
    largest = max(sizes, default=0.0)
    if largest <= 0:
        return [float(node.count) for node in nodes]
    busiest = max(node.count for node in nodes)
    return [max(1.0, size / largest * busiest) for size in sizes]


def _size(role: str, name: str, style: GraphStyle) -> float:
    size = style.looks.get((role, name), Look()).size
    return size if size is not None and 0 < size < _SIZE_MAX else 0.0


def _words(item: Item, room: float, style: GraphStyle) -> Words:
    """Runs of (text, colour) that fit into so many pixels. Where there is little room the count goes first, then a port's service."""
    node = item.node
    own = look_of(node, style).label
    name = plain(own if own is not None and not node.folded else node.label.removesuffix(node.tail))
    before: Words = (("new", style.colours.new),) if node.new else ()
    tail: Words = ((plain(node.tail.strip()), style.scheme.ink),) if node.tail else ()
    number: Words = ((f"{node.count:,}", style.scheme.quiet),)
    tries = [(name, (*tail, *number)), (name, tail)]
    if node.role == "port" and not node.folded:
        tries.append((plain(node.members[0].name), tail))
    wide = [width_of(text, style.letters) + _wide((*before, ("", ""), *after), style) for text, after in tries]
    narrow = node.role == "port" or style.width < _NARROW
    text, after = next((one for one, needed in zip(tries, wide, strict=True) if needed <= room), tries[-1 if narrow else 0])
    shown = elided(text, style.letters, room - _wide((*before, ("", ""), *after), style))
    return (*before, (shown, style.scheme.ink), *after) if shown else (*before, *after)


def _wide(runs: Words, style: GraphStyle) -> float:
    """Width of a label in pixels: its runs and the blanks between them."""
    return sum(width_of(text, style.letters) for text, _ in runs if text) + (len(runs) - 1) * style.letters * _BLANK


def _column_places(columns: list[list[Item]], size: dict[int, float], labels: dict[int, Words], style: GraphStyle) -> tuple[list[float], float]:
    """The x of each column, and how wide a label between the outer ones may be. Theirs need room outside."""
    pad = style.letters * _PAD
    outer = []
    widest = []
    for column in (columns[0], columns[-1]):
        label = max((_wide(labels[item.node.number], style) for item in column), default=0.0)
        widest.append(max((size[item.node.number] ** 0.5 * extent(item.shape)[0] for item in column), default=0.0))
        outer.append(pad + label + style.letters * _CLEAR + widest[-1] / 2)
    left, right = outer[0], style.width - outer[1]
    room = right - left - max(widest) - 2 * style.letters
    return ([left, (left + right) / 2, right] if len(columns) == 3 else [left, right]), min(room, style.width * _PORT_LABEL)


def _place(item: Item, x: float, top: float, bottom: float, area: float, style: GraphStyle) -> Placed:
    wide, high = (side * area**0.5 for side in extent(item.shape))
    y = (top + style.letters * LINE + rim(style) + bottom) / 2 if item.above else (top + bottom) / 2
    fill = look_of(item.node, style).fill or getattr(style.colours, item.node.role)
    box = Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
    return Placed(item.node, x, y, area, box, outline(item.shape, x, y, area), fill, _edge(item.node, fill, style), bool(item.node.folded))


def _edge(node: Node, fill: str, style: GraphStyle) -> str:
    """Outline of an object: what is new has its own colour, what is folded that of its kind."""
    if node.new:
        return style.colours.new
    return (style.colours.hollow or fill) if node.folded else style.colours.edge


def _label(placed: Placed, role: str, words: Words, style: GraphStyle) -> Label:
    letters, wide = style.letters, _wide(words, style)
    clear = letters * _CLEAR
    if role == "port":
        left, middle = placed.x - wide / 2, placed.box.top - rim(style) - letters * LINE / 2
    else:
        left = placed.box.left - clear - wide if role == "source" else placed.box.right + clear
        middle = placed.y
    top = middle - letters * LINE / 2
    runs, x = [], left
    halo = style.scheme.ground if role == "port" else ""
    for text, colour in words:
        width = width_of(text, letters)
        runs.append(Text(x, top + letters * ASCENT, letters, text, colour, width, halo=halo))
        x += width + letters * _BLANK
    return Label(placed.node.number, Box(left, top, left + wide, top + letters * LINE), tuple(runs))
