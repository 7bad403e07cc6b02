"""A map as PNG and SVG."""

import io
import textwrap

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from varde.views.world import Ring
from varde.views.worldmap.drawing import ARC_OPACITY, HOME_RADIUS, Drawing, Mark, figure

_DPI = 100
_TOP, _LIST, _EDGE = 58, 300, 16  # pixels
_FOOT, _FOOT_LINE, _FOOT_SIGN = 26, 12, 5.5
"""Pixels below the map with one line of words, of each further line, and of a sign of them, which few are wider than."""

_TITLE, _TITLE_SIGN = 12, 10.6
"""Points of the title, and pixels of a sign of it."""

_MORE = 80
"""Pixels at the right of the last line, for how many countries the list leaves out."""

_ROW = 19
_LABEL = 7.5  # points


def _figure(drawing: Drawing, width: int) -> Figure:
    world, scheme = drawing.world, drawing.scheme
    map_width = width - _LIST - 2 * _EDGE
    map_height = round(map_width * world.height / world.width)
    words = _foot_lines(drawing.note, width)
    foot = _FOOT + _FOOT_LINE * max(0, len(words) - 1)
    height = _TOP + map_height + foot
    made = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=scheme.ground)
    axes = made.add_axes((_EDGE / width, foot / height, map_width / width, map_height / height))
    axes.set_xlim(0, world.width)
    axes.set_ylim(world.height, 0)
    axes.axis("off")
    _land(axes, drawing)
    _arcs(axes, drawing, 72 / _DPI * map_width / world.width)
    if drawing.style != "choropleth":
        _bubbles(axes, drawing)
    _labels(axes, drawing, world.width / map_width)
    _words(made, drawing, words, width, height)
    _list(made, drawing, width, height, foot)
    return made


def _land(axes: "mpl.axes.Axes", drawing: Drawing) -> None:
    world, colours = drawing.world, drawing.colours
    if world.outline:
        axes.add_patch(PathPatch(_path([world.outline]), facecolor=colours.sea, edgecolor="none"))
    shades = {mark.code: mark.colour for mark in drawing.marks if mark.value} if drawing.style != "bubbles" else {}
    for code, rings in world.shapes.items():
        axes.add_patch(PathPatch(_path(rings), facecolor=shades.get(code, colours.land), edgecolor=colours.border, linewidth=0.4))


def _arcs(axes: "mpl.axes.Axes", drawing: Drawing, points: float) -> None:
    """Curves from home. `points`: of a unit of the map."""
    for arc in drawing.arcs:
        path = Path([arc.start, arc.pull, arc.end], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        axes.add_patch(PathPatch(path, facecolor="none", edgecolor=drawing.colours.bubble, alpha=ARC_OPACITY, linewidth=arc.width * points, capstyle="round"))
    if drawing.arcs:
        axes.add_patch(Circle(drawing.arcs[0].start, HOME_RADIUS * drawing.world.height, facecolor=drawing.scheme.ink, edgecolor=drawing.colours.border, linewidth=0.8))


def _path(rings: list[Ring]) -> Path:
    points = [point for ring in rings for point in ring]
    codes = [code for ring in rings for code in (Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY)]
    return Path(points, codes)


def _bubbles(axes: "mpl.axes.Axes", drawing: Drawing) -> None:
    """The largest first, so that the small ones lie on top."""
    for mark in drawing.marks:
        if mark.x is not None and mark.y is not None:
            fill = drawing.colours.high if drawing.style == "bubbles" else drawing.colours.bubble
            axes.add_patch(Circle((mark.x, mark.y), mark.radius, facecolor=fill, alpha=0.55, edgecolor=drawing.colours.bubble, linewidth=0.8))


def _labels(axes: "mpl.axes.Axes", drawing: Drawing, unit: float) -> None:
    """Codes beside the largest, as far as there is room: none lies on another. `unit`: map units of a pixel."""
    taken: list[tuple[float, float, float, float]] = []
    for mark in drawing.marks:
        if mark.x is None or mark.y is None:
            continue
        box = _box(mark, drawing, unit)
        if any(box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken):
            continue
        taken.append(box)
        axes.text(box[0], (box[1] + box[3]) / 2, mark.code, fontsize=_LABEL, color=drawing.scheme.ink, va="center", ha="left")


def _box(mark: Mark, drawing: Drawing, unit: float) -> tuple[float, float, float, float]:
    """Where a label stands: right of its bubble, or in the middle of its country where there is none."""
    assert mark.x is not None and mark.y is not None
    wide, high = (size * unit * _DPI / 72 for size in text_to_path.get_text_width_height_descent(mark.code, FontProperties(size=_LABEL), ismath=False)[:2])
    left = mark.x + mark.radius + 2 * unit if drawing.style != "choropleth" else mark.x - wide / 2
    return left, mark.y - high, left + wide + 2 * unit, mark.y + high


def _foot_lines(note: str, width: int) -> list[str]:
    return textwrap.wrap(note, int((width - 2 * _EDGE - _MORE) / _FOOT_SIGN))


def _words(made: Figure, drawing: Drawing, foot: list[str], width: int, height: int) -> None:
    scheme = drawing.scheme
    size = min(_TITLE, _TITLE * (width - 2 * _EDGE) / (_TITLE_SIGN * max(1, len(drawing.title))))
    made.text(_EDGE / width, 1 - 24 / height, drawing.title, fontsize=size, fontweight="bold", color=scheme.ink, va="center")
    made.text(_EDGE / width, 1 - 45 / height, drawing.totals, fontsize=9, color=scheme.quiet, va="center")
    for at, line in enumerate(reversed(foot)):
        made.text(_EDGE / width, (12 + at * _FOOT_LINE) / height, line, fontsize=7, color=scheme.quiet, va="center", parse_math=False)


def _list(made: Figure, drawing: Drawing, width: int, height: int, foot: int) -> None:
    """The largest by rank, with amount and share: what a map alone does not say."""
    left, right, scheme = width - _LIST, width - _EDGE, drawing.scheme
    room = (height - _TOP - foot) // _ROW
    for at, mark in enumerate(drawing.marks[:room]):
        y = 1 - (_TOP + (at + 0.5) * _ROW) / height
        made.text(left / width, y, _short(mark.name), fontsize=8, color=scheme.ink, va="center")
        made.text((right - 52) / width, y, figure(mark.value, drawing.places.by), fontsize=8, color=scheme.quiet, va="center", ha="right")
        made.text(right / width, y, f"{mark.of_known:.1%}", fontsize=8, color=scheme.quiet, va="center", ha="right")
    if (more := drawing.places.keys - min(room, len(drawing.marks))) > 0:
        made.text(right / width, 12 / height, f"and {more} more", fontsize=7, color=scheme.quiet, va="center", ha="right")


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def png(drawing: Drawing, width: int) -> bytes:
    out = io.BytesIO()
    _figure(drawing, width).savefig(out, format="png", dpi=_DPI, facecolor=drawing.scheme.ground, metadata={"Software": "Varde"})
    return out.getvalue()


def svg(drawing: Drawing, width: int) -> bytes:
    """The same each time: ids by a fixed salt, no date."""
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "varde", "svg.fonttype": "none"}):
        _figure(drawing, width).savefig(out, format="svg", metadata={"Date": None, "Creator": "Varde"}, facecolor=drawing.scheme.ground)
    return out.getvalue()
