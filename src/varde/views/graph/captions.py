"""The words around the picture: what it is, how much it shows, and what sizes and shapes mean."""

from varde.query.graph import Graph
from varde.views.graph.columns import foot_height, smallest_area
from varde.views.graph.geometry import Mark, Text
from varde.views.graph.letters import elided, plain, width_of
from varde.views.graph.shapes import OF_ROLE, extent, outline
from varde.views.graph.style import GraphStyle

_TITLE = 1.5  # letters' heights
_SIZES = 3  # objects that show what a size means


def caption(graph: Graph, style: GraphStyle, scale: float) -> tuple[tuple[Mark, ...], tuple[Text, ...]]:
    """Head and legend."""
    marks, texts = _legend(graph, style, scale)
    return tuple(marks), (*(_head(graph, style) if style.head else ()), *texts)


def totals(graph: Graph) -> str:
    """One sentence: how many requests of how many sources, ports and targets."""
    if not graph.requests:
        return "No requests"
    parts = [f"{graph.totals[role]:,} {role}{'' if graph.totals[role] == 1 else 's'}" for role in graph.roles]
    return f"{graph.requests:,} request{'' if graph.requests == 1 else 's'}: " + ", ".join(parts)


def shown(graph: Graph) -> str:
    """What of it is drawn, and what was folded."""
    if not graph.requests:
        return "There is nothing to draw"
    folded = sum(len(node.members) for node in graph.folded)
    words = f"{len(graph.nodes):,} objects show {graph.share:.0%} of them"
    return words + (f"; {folded:,} sources, ports and targets are folded into {len(graph.folded):,}" if folded else "; nothing is folded")


def _head(graph: Graph, style: GraphStyle) -> list[Text]:
    size, room = style.letters, style.width - 2 * style.letters
    title = _text(plain(style.title), size, size * 1.9, style.scheme.ink, size * _TITLE, room, bold=True)
    note = _text(plain(style.note), 0.0, size * 1.9, style.scheme.quiet, size, max(0.0, room - title.width - size))
    lines = [title] + ([Text(style.width - size - note.width, note.baseline, size, note.text, note.colour, note.width)] if note.text else [])
    sentences = (f"{totals(graph)}. {shown(graph)}.", totals(graph), f"{graph.requests:,} requests")
    fitting = next((words for words in sentences if width_of(words, size) <= room), "")
    return [*lines, _text(fitting, size, size * 3.6, style.scheme.quiet, size, room)]


def _text(text: str, x: float, baseline: float, colour: str, size: float, room: float, *, bold: bool = False) -> Text:
    fitting = elided(text, size, room, bold=bold) if room > 0 else ""
    return Text(x, baseline, size, fitting, colour, width_of(fitting, size, bold=bold), bold)


def _legend(graph: Graph, style: GraphStyle, scale: float) -> tuple[list[Mark], list[Text]]:
    """From left to right as far as there is room: shapes, a fold, what is new, sizes."""
    size = style.letters
    middle = style.height - foot_height(style) / 2
    marks: list[Mark] = []
    texts: list[Text] = []
    x = size
    for shape, fill, area, words, hollow in _entries(graph, style, scale):
        wide = area**0.5 * extent(shape)[0]
        room = style.width - size - x - wide - size * 0.5
        if width_of(words, size) > room or area**0.5 * extent(shape)[1] > foot_height(style) - size * 0.4:
            continue
        points = outline(shape, x + wide / 2, middle, area)
        marks.append(Mark(points, "" if hollow else fill, fill if hollow else style.colours.edge))
        texts.append(_text(words, x + wide + size * 0.5, middle + size * 0.35, style.scheme.quiet, size, room))
        x += wide + size * 0.5 + texts[-1].width + size * 1.2
    return marks, texts


def _entries(graph: Graph, style: GraphStyle, scale: float) -> list[tuple[str, str, float, str, bool]]:
    """(shape, fill, area, words, hollow) of each entry."""
    area = style.letters**2 * 0.8
    made = [(OF_ROLE[role], getattr(style.colours, role), area, role, False) for role in graph.roles]
    if graph.compared:
        made.append(("circle", style.colours.new, area, "new", True))
    if graph.folded:
        made.append(("circle", style.scheme.quiet, area, "hollow, +n: several folded", True))
    if any(look.size is not None for look in style.looks.values()):
        return [*made, ("circle", style.scheme.quiet, area, "size: as the property file says", False)]
    made += [("circle", style.scheme.quiet, count * scale, f"{count:,} requests", False) for count in _counts(graph, style, scale)]
    if (least := round(smallest_area(style) / scale)) > 1 and graph.nodes:
        made.append(("circle", style.scheme.quiet, smallest_area(style), f"{least:,} or fewer", False))
    return made


def _counts(graph: Graph, style: GraphStyle, scale: float) -> list[int]:
    """Round numbers of requests, the largest first, that a circle in the foot can show."""
    if not graph.nodes:
        return []
    largest = min(max(node.count for node in graph.nodes), ((foot_height(style) - style.letters) / extent("circle")[0]) ** 2 / scale)
    least = smallest_area(style) / scale
    steps = [unit * 10**power for power in range(12, -1, -1) for unit in (5, 2, 1)]
    return [count for count in steps if least * 1.5 < count <= largest][:: 2][:_SIZES]
