"""The Fireplot as a picture: time to the right, log10(port) upwards, one colour a plane."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Polygon
from matplotlib.textpath import text_to_path

from varde.query import Answer
from varde.views.axes import TimeAxis, port_ticks, time_axis
from varde.views.captions import STRIPS, Entry, Style, finding_entries, heading, legend, totals
from varde.views.density import picture, strip
from varde.views.emptiness import why_empty
from varde.views.outlines import Mark
from varde.views.palette import Scheme
from varde.views.placing import Letters, Marked, Placed, mark_out

_LEFT, _RIGHT, _TOP, _BOTTOM = 128, 24, 74, 46
_STRIP, _GAP, _CLEAR = 10, 5, 6  # pixels; the lowest port label needs clear space below it
_ROW = 15  # pixels from one row of the legend or the small print to the next
_TICK = 40  # pixels; what the words below the time axis need each
_EDGE = 8  # pixels; where words begin that are too long to begin above the axis
_DPI = 100
_LEGEND, _SMALL = 8.5, 7.0  # points
_BESIDE = 16  # pixels between entries of the legend
_SQUARE = 13  # pixels
_CAPTION = 8.0  # points
_CAPTION_LINE = 14  # pixels
_ABOVE = 12  # pixels between legend and picture for numbers
_HINTED = RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]
_DASHES = (0, (4, 2.5))
_COMPRESSION = 3  # a picture full of dots takes 0.14 s and 707 kB; with 6, which is usual, 0.31 s and 802 kB


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Sizes of one picture in pixels."""

    width: int
    height: int
    top: int
    "Above the port area."


def figure(answer: Answer, style: Style, marks: Sequence[Mark] = ()) -> Figure:
    """A Figure whose port area is exactly answer.width x answer.height pixels, with findings outlined in it."""
    rows, note = _rows(answer, legend(answer, style.scheme)), _note_lines(answer, style)
    marked = mark_out(marks, answer, _LETTERS)
    key = _rows(answer, finding_entries(marked)) if marked.untold or marked.left_out else []
    strips = 0 if answer.narrowed else _CLEAR + len(STRIPS) * (_STRIP + _GAP)
    top = _TOP + _ROW * (len(rows) - 1 + len(key)) + (_ABOVE if marked.placed else 0)
    sheet = _Sheet(_LEFT + answer.width + _RIGHT, top + answer.height + strips + _BOTTOM + _ROW * max(0, len(note) - 1), top)
    made = Figure(figsize=(sheet.width / _DPI, sheet.height / _DPI), dpi=_DPI, facecolor=style.scheme.ground)
    axis = time_axis(answer.window.first, answer.window.last, style.zone, min(max(4, answer.width // _TICK), 26))
    _outlines(_ports(made, answer, style, axis, sheet), marked, answer.height, style.scheme)
    if not answer.narrowed:
        _strips(made, answer, style, axis, sheet)
    _captions(made, answer, style, sheet)
    _legend(made, [*rows, *key], style.scheme, sheet)
    _small_print(made, note, f"{axis.unit} in {style.zone.key}", style.scheme, sheet)
    return made


def _axes(made: Figure, top: int, size: tuple[int, int], sheet: _Sheet) -> "mpl.axes.Axes":
    width, height = size
    place = (_LEFT / sheet.width, 1 - (top + height) / sheet.height, width / sheet.width, height / sheet.height)
    axes = made.add_axes(place)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def _ports(made: Figure, answer: Answer, style: Style, time: TimeAxis, sheet: _Sheet) -> "mpl.axes.Axes":
    axes = _axes(made, sheet.top, (answer.width, answer.height), sheet)
    axes.imshow(
        picture(answer, style.scheme), extent=(0, answer.width, 0, answer.height), interpolation="nearest", aspect="auto"
    )
    ticks = port_ticks(answer.port_min, answer.port_max, gap=13 / answer.height)
    axes.set_yticks([share * (answer.height - 1) + 0.5 for share, _ in ticks], [label for _, label in ticks])
    for share, _ in time.ticks:
        axes.axvline(share * answer.width, color=style.scheme.line, linewidth=0.6, alpha=0.5)
    _time_labels(axes, answer, time, label=answer.narrowed)
    axes.set_axisbelow(True)
    _dress(axes, style.scheme)
    if not answer.total:
        words = "\n".join(_wrapped(why_empty(answer, style.zone), 10, 0.9 * answer.width))
        axes.text(answer.width / 2, answer.height / 2, words, color=style.scheme.ink, fontsize=10, ha="center", va="center", parse_math=False)
    return axes


def _outlines(axes: "mpl.axes.Axes", marked: Marked, height: int, scheme: Scheme) -> None:
    """Dashed around what was found, with its caption or number where there is no data."""
    for placed in marked.placed:
        corners = [(x, height - y) for x, y in placed.outline]
        axes.add_patch(Polygon(corners, fill=False, edgecolor=scheme.ink, linewidth=0.8, linestyle=_DASHES, clip_on=False, zorder=3))
        if placed.leader:
            (x0, y0), (x1, y1) = placed.leader
            axes.plot((x0, x1), (height - y0, height - y1), color=scheme.ink, linewidth=0.6, clip_on=False, zorder=3)
        _words(axes, placed, height, scheme)


def _words(axes: "mpl.axes.Axes", placed: Placed, height: int, scheme: Scheme) -> None:
    number = str(placed.number)
    indent = _wide(f"{number} ", _CAPTION, "bold") + 2
    for row, words in enumerate(placed.words):
        y = height - placed.box.top - (row + 0.5) * _CAPTION_LINE
        mine = words.removeprefix(number).lstrip() if row == 0 else words
        if row == 0:
            frame = {"boxstyle": "round,pad=0.15", "facecolor": scheme.ground, "edgecolor": scheme.ink, "linewidth": 0.6}
            axes.text(placed.box.left, y, number, color=scheme.ink, fontsize=_CAPTION, fontweight="bold", va="center_baseline", bbox=frame, zorder=4)
        axes.text(placed.box.left + (indent if row == 0 else 0), y, mine, color=scheme.ink, fontsize=_CAPTION, va="center_baseline", zorder=4, parse_math=False)


def _strips(made: Figure, answer: Answer, style: Style, time: TimeAxis, sheet: _Sheet) -> None:
    for number, (name, counts) in enumerate(answer.strips().items()):
        top = sheet.top + answer.height + _CLEAR + _GAP + number * (_STRIP + _GAP)
        axes = _axes(made, top, (answer.width, _STRIP), sheet)
        axes.imshow(strip(counts, answer.width, _STRIP, style.scheme), extent=(0, answer.width, 0, _STRIP),
                    interpolation="nearest", aspect="auto")  # fmt: skip
        axes.set_yticks([_STRIP / 2], [STRIPS[name]])
        if number == len(STRIPS) - 1:
            _time_labels(axes, answer, time, label=True)
        _dress(axes, style.scheme)


def _time_labels(axes: "mpl.axes.Axes", answer: Answer, time: TimeAxis, *, label: bool) -> None:
    axes.set_xticks([share * answer.width for share, _ in time.ticks], [text if label else "" for _, text in time.ticks])


def _dress(axes: "mpl.axes.Axes", scheme: Scheme) -> None:
    axes.tick_params(colors=scheme.quiet, labelsize=8, length=3, width=0.6)
    for spine in axes.spines.values():
        spine.set_color(scheme.line)
        spine.set_linewidth(0.6)
    axes.set_facecolor(scheme.ground)


def _wide(words: str, points: float, weight: str = "normal") -> float:
    """Pixels of a line of text: in outlines as SVG has it, or in pixels as PNG has it, whichever is more."""
    font = FontProperties(size=points, weight=weight)
    drawn: float = text_to_path.get_text_width_height_descent(words, font, ismath=False)[0] * _DPI / 72
    hinted: float = _HINTED.get_text_width_height_descent(words, font, ismath=False)[0]  # type: ignore[no-untyped-call]
    return max(drawn, hinted)


_LETTERS = Letters(lambda words: _wide(words, _CAPTION, "bold") + 2, _CAPTION_LINE, beside=_RIGHT - 4, above=_ABOVE + 6)
"""A number may stand right of the picture, and above it."""


def _wrapped(words: str, points: float, room: float) -> list[str]:
    """Lines that fit into so many pixels, about: an average character is taken for each."""
    return textwrap.wrap(words, max(12, int(room / _wide(words, points) * len(words)))) if words else []


def _captions(made: Figure, answer: Answer, style: Style, sheet: _Sheet) -> None:
    lines = (heading(answer, style), 24, 12.0, style.scheme.ink, "bold"), (totals(answer), 44, 9.0, style.scheme.quiet, "normal")
    for words, y, points, colour, weight in lines:
        wide = _wide(words, points, weight)
        left = _LEFT if wide <= sheet.width - _LEFT - _EDGE else _EDGE
        fitting = min(points, points * (sheet.width - left - _EDGE) / wide)
        made.text(left / sheet.width, 1 - y / sheet.height, words, color=colour, fontsize=fitting, fontweight=weight, parse_math=False)


def _rows(answer: Answer, entries: Sequence[Entry]) -> list[list[tuple[float, Entry]]]:
    """(pixels from the left, entry) in as many rows as they need, at least one."""
    rows: list[list[tuple[float, Entry]]] = [[]]
    place = float(_LEFT)
    for entry in entries:
        wide = _wide(entry.words, _LEGEND) + _indent(entry) + _BESIDE
        if rows[-1] and place + wide - _BESIDE > _LEFT + answer.width + _RIGHT:
            rows.append([])
            place = float(_LEFT)
        rows[-1].append((place, entry))
        place += wide
    return rows


def _indent(entry: Entry) -> float:
    """Pixels of what stands before the words."""
    if entry.number:
        return _wide(f"{entry.number} ", _LEGEND, "bold")
    return _SQUARE if entry.colour else 0


def _legend(made: Figure, rows: list[list[tuple[float, Entry]]], scheme: Scheme, sheet: _Sheet) -> None:
    """Counts per plane, in their colours; what captions found no place for, by the numbers in the picture."""
    for number, row in enumerate(rows):
        y = 1 - (62 + _ROW * number) / sheet.height
        for place, entry in row:
            if entry.colour:
                made.text(place / sheet.width, y, "\N{BLACK SQUARE}", color=entry.colour, fontsize=9)
            elif entry.number:
                made.text(place / sheet.width, y, str(entry.number), color=scheme.ink, fontsize=_LEGEND, fontweight="bold")
            ink = scheme.ink if entry.colour or entry.number else scheme.quiet
            made.text((place + _indent(entry)) / sheet.width, y, entry.words, color=ink, fontsize=_LEGEND, parse_math=False)


def _note_lines(answer: Answer, style: Style) -> list[str]:
    """The small print in lines that leave room for the words about the axis at the right."""
    return _wrapped(style.note, _SMALL, answer.width - _LEFT)


def _small_print(made: Figure, note: list[str], unit: str, scheme: Scheme, sheet: _Sheet) -> None:
    made.text(1 - _RIGHT / sheet.width, 6 / sheet.height, unit, color=scheme.quiet, fontsize=_SMALL, ha="right")
    for number, line in enumerate(reversed(note)):
        made.text(_EDGE / sheet.width, (6 + _ROW * number) / sheet.height, line, color=scheme.quiet, fontsize=_SMALL, parse_math=False)


def png(answer: Answer, style: Style, marks: Sequence[Mark] = ()) -> bytes:
    out = io.BytesIO()
    made = figure(answer, style, marks)
    made.savefig(out, format="png", dpi=_DPI, facecolor=style.scheme.ground, metadata={"Software": "Varde"},
                 pil_kwargs={"compress_level": _COMPRESSION})  # fmt: skip
    return out.getvalue()


def svg(answer: Answer, style: Style, marks: Sequence[Mark] = ()) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "varde", "svg.fonttype": "none"}):
        figure(answer, style, marks).savefig(out, format="svg", metadata={"Date": None, "Creator": "Varde"}, facecolor=style.scheme.ground)
    return out.getvalue()
