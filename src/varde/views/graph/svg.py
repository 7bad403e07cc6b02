"""A picture as SVG: the letters keep their measured width in whatever font the reader has."""

from html import escape

from varde.query.graph import Graph, Node
from varde.views.graph.captions import shown, totals
from varde.views.graph.geometry import Flow, Picture, Placed, Text
from varde.views.graph.letters import FAMILY, plain
from varde.views.graph.png import HALO
from varde.views.graph.shapes import Points
from varde.views.graph.style import GraphStyle

_TIP = 6  # members that a tip names


def svg(graph: Graph, picture: Picture, style: GraphStyle, ident: str = "graph") -> bytes:
    """The same picture gives the same octets. Everything has a class, so that a page can colour it; `ident` begins the ids."""
    paint = words_of(style)
    line = style.letters * 0.09
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width}" height="{picture.height}" viewBox="0 0 {picture.width} {picture.height}" '
        f'font-family="{FAMILY}, Verdana, sans-serif" class="linkgraph" role="group" aria-label="{_safe(style.title)}">',
        f"<desc>{_safe(totals(graph))}. {_safe(shown(graph))}.</desc>",
        f'<rect width="{picture.width}" height="{picture.height}" fill="{style.scheme.ground}" class="ground"/>',
        '<g class="flows">', *(_flow(flow, paint) for flow in picture.flows), "</g>",
        f'<g class="objects" stroke-width="{line:.2f}">', *(_object(placed, paint, style, line, ident) for placed in picture.objects), "</g>",
        f'<g class="legend" stroke-width="{line:.2f}">',
        *(f'<path d="{closed(mark.points)}" fill="{mark.fill or "none"}" stroke="{mark.edge}"{_class(paint, mark.fill, "edge" if mark.fill else paint.get(mark.edge, ""))}/>' for mark in picture.marks),
        "</g>", '<g class="labels">',
        *(f'<g data-node="{label.node}">' + "".join(_text(run, paint) for run in label.runs) + "</g>" for label in picture.labels),
        "</g>", '<g class="captions">', *(_text(run, paint) for run in picture.captions), "</g>", "</svg>",
    ]  # fmt: skip
    return "\n".join(parts).encode()


def words_of(style: GraphStyle) -> dict[str, str]:
    """Colour -> the word a page's style sheet knows it by. A colour of the user's own has none."""
    scheme, colours = style.scheme, style.colours
    return {
        colours.source: "source", colours.port: "port", colours.target: "target", colours.edge: "edge", colours.new: "new",
        scheme.ink: "ink", scheme.quiet: "quiet", scheme.ground: "ground",
    }  # fmt: skip


def _class(paint: dict[str, str], fill: str, line: str = "", hollow: bool = False) -> str:
    """The words for a fill and for a line; the line is a word already, since an edge may have the colour of the ground."""
    words = ["hollow"] if hollow else []
    words += [f"fill-{paint[fill]}"] if fill in paint else []
    words += [f"line-{line}"] if line else []
    return f' class="{" ".join(words)}"' if words else ""


def _safe(text: str) -> str:
    return escape(plain(text))


def _point(x: float, y: float) -> str:
    return f"{x:.1f} {y:.1f}"


def closed(points: Points) -> str:
    """Path data of an outline."""
    return "M" + "L".join(_point(x, y) for x, y in points) + "Z"


def band(flow: Flow) -> str:
    """Path data of a bundle of requests."""
    first, *upper = flow.upper
    last, *lower = reversed(flow.lower)
    return f"M{_point(*first)}C{' '.join(_point(*p) for p in upper)}L{_point(*last)}C{' '.join(_point(*p) for p in lower)}Z"


def _flow(flow: Flow, paint: dict[str, str]) -> str:
    words = "flow" + (f" fill-{paint[flow.colour]}" if flow.colour in paint else "") + (" is-new" if flow.edge.new else "")
    return f'<path class="{words}" data-edge="{flow.edge.start}-{flow.edge.end}" fill="{flow.colour}" fill-opacity="{flow.opacity}" d="{band(flow)}"/>'


def _object(placed: Placed, paint: dict[str, str], style: GraphStyle, line: float, ident: str) -> str:
    node, shape = placed.node, closed(placed.points)
    under = f'<path d="{shape}" fill="{style.scheme.ground}" class="fill-ground"/>' if placed.hollow else ""
    more = ' fill-opacity="0.25"' if placed.hollow else ""
    more += f' stroke-width="{line * (2.5 if node.new else 1.6):.2f}"' if node.new or placed.hollow else ""
    line_word = "new" if node.new else paint.get(placed.fill, "") if placed.hollow else "edge"
    over = f'<path d="{shape}" fill="{placed.fill}" stroke="{placed.edge}"{more}{_class(paint, placed.fill, line_word, placed.hollow and not node.new)}/>'
    return f'<g class="object" id="{ident}-{node.number}" data-node="{node.number}"><title>{_safe(_tip(node))}</title>{under}{over}</g>'


def _tip(node: Node) -> str:
    """What a node is, in one line."""
    words = f"{node.role} {node.label}: {node.count:,} requests" + (", new" if node.new else "")
    if not node.folded:
        return words
    named = ", ".join(member.name for member in node.members[:_TIP])
    return f"{words}; {named}" + (f" and {len(node.members) - _TIP:,} more" if len(node.members) > _TIP else "")


def _text(run: Text, paint: dict[str, str]) -> str:
    if not run.text:
        return ""
    weight = ' font-weight="bold"' if run.bold else ""
    if run.halo:
        weight += f' stroke="{run.halo}" stroke-width="{run.size * HALO:.2f}" paint-order="stroke" stroke-linejoin="round"'
    return (f'<text x="{run.x:.1f}" y="{run.baseline:.1f}" font-size="{run.size:.2f}" textLength="{max(run.width - 1, 1):.1f}" '
            f'lengthAdjust="spacingAndGlyphs" fill="{run.colour}"{_class(paint, run.colour, "ground" if run.halo else "")}{weight}>{escape(run.text)}</text>')  # fmt: skip
