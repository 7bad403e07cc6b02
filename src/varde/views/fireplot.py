"""The Fireplot as a picture: time to the right, log10(port) upwards, one colour a plane."""

import base64
import csv
import html
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib.figure import Figure

from varde.decode.rows import iso
from varde.model import PLANES
from varde.query import Answer
from varde.views.axes import port_ticks, time_ticks
from varde.views.density import picture, strip
from varde.views.palette import SCHEMES, Scheme

_LEFT, _RIGHT, _TOP, _BOTTOM = 128, 24, 74, 34
_STRIP, _GAP, _CLEAR = 10, 5, 6  # pixels; the lowest port label needs clear space below it
_DPI = 100
_STRIPS = ("port 0", "ICMP", "other")


@dataclass(frozen=True, slots=True)
class Style:
    """How to draw: the scheme, the zone that the axis and title name, and what the title says beside the period."""

    scheme: Scheme = SCHEMES["dark"]
    zone: ZoneInfo = ZoneInfo("UTC")
    title: str = ""
    note: str = ""
    "Small print: for example that the data is synthetic."


def draw_fireplot(answer: Answer, kind: str, style: Style) -> bytes:
    """Draw as one of FORMATS; the same answer and style give the same octets."""
    return FORMATS[kind](answer, style)


def period_title(answer: Answer, zone: ZoneInfo) -> str:
    """`Friday 20 November 2026` for one local day, else both ends; always with the zone's name."""
    first, last = (moment.astimezone(zone) for moment in (answer.window.first, answer.window.last))
    a_day = (first.hour, first.minute, first.second) == (0, 0, 0) and last.date() - first.date() == timedelta(days=1)
    if a_day and (last.hour, last.minute) == (0, 0):
        return f"{first:%A} {first.day} {first:%B %Y} ({zone.key})"
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({zone.key})"


def figure(answer: Answer, style: Style) -> Figure:
    """A Figure whose port area is exactly answer.width x answer.height pixels."""
    strips = _CLEAR + len(_STRIPS) * (_STRIP + _GAP)
    width, height = _LEFT + answer.width + _RIGHT, _TOP + answer.height + strips + _BOTTOM
    made = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=style.scheme.ground)
    _ports(made, answer, style, width, height)
    _strips(made, answer, style, width, height)
    _captions(made, answer, style, width, height)
    return made


def _axes(made: Figure, left: int, top: int, size: tuple[int, int], page: tuple[int, int]) -> "mpl.axes.Axes":
    (width, height), (page_width, page_height) = size, page
    place = (left / page_width, 1 - (top + height) / page_height, width / page_width, height / page_height)
    axes = made.add_axes(place)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def _ports(made: Figure, answer: Answer, style: Style, width: int, height: int) -> None:
    axes = _axes(made, _LEFT, _TOP, (answer.width, answer.height), (width, height))
    axes.imshow(
        picture(answer, style.scheme), extent=(0, answer.width, 0, answer.height), interpolation="nearest", aspect="auto"
    )
    ticks = port_ticks(answer.port_min, answer.port_max, gap=13 / answer.height)
    axes.set_yticks([share * (answer.height - 1) + 0.5 for share, _ in ticks], [label for _, label in ticks])
    _time_grid(axes, answer, style, label=False)
    axes.set_axisbelow(True)
    _dress(axes, style.scheme)


def _strips(made: Figure, answer: Answer, style: Style, width: int, height: int) -> None:
    bare = {"ICMP": "icmp", "other": "other"}
    for number, name in enumerate(_STRIPS):
        top = _TOP + answer.height + _CLEAR + _GAP + number * (_STRIP + _GAP)
        axes = _axes(made, _LEFT, top, (answer.width, _STRIP), (width, height))
        counts = answer.port0 if name == "port 0" else {bare[name]: answer.bare[bare[name]]}
        axes.imshow(strip(counts, answer.width, _STRIP, style.scheme), extent=(0, answer.width, 0, _STRIP),
                    interpolation="nearest", aspect="auto")  # fmt: skip
        axes.set_yticks([_STRIP / 2], [name])
        if number == len(_STRIPS) - 1:
            _time_grid(axes, answer, style, label=True)
        _dress(axes, style.scheme)


def _time_grid(axes: "mpl.axes.Axes", answer: Answer, style: Style, *, label: bool) -> None:
    room = max(4, answer.width // 40)
    ticks = time_ticks(answer.window.first, answer.window.last, style.zone, min(room, 26))
    places = [share * answer.width for share, _ in ticks]
    axes.set_xticks(places, [text for _, text in ticks] if label else [""] * len(places))
    if not label:
        for place in places:
            axes.axvline(place, color=style.scheme.line, linewidth=0.6, alpha=0.5)


def _dress(axes: "mpl.axes.Axes", scheme: Scheme) -> None:
    axes.tick_params(colors=scheme.quiet, labelsize=8, length=3, width=0.6)
    for spine in axes.spines.values():
        spine.set_color(scheme.line)
        spine.set_linewidth(0.6)
    axes.set_facecolor(scheme.ground)


def _captions(made: Figure, answer: Answer, style: Style, width: int, height: int) -> None:
    scheme = style.scheme
    left = _LEFT / width
    title = style.title or period_title(answer, style.zone)
    made.text(left, 1 - 24 / height, title, color=scheme.ink, fontsize=12, fontweight="bold", parse_math=False)
    if style.note:
        made.text(1 - _RIGHT / width, 1 - 24 / height, style.note, color=scheme.quiet, fontsize=8, ha="right", parse_math=False)
    made.text(left, 1 - 44 / height, totals(answer), color=scheme.quiet, fontsize=9, parse_math=False)
    _legend(made, answer, scheme, width, height)
    made.text(1 - _RIGHT / width, 6 / height, f"hours in {style.zone.key}", color=scheme.quiet, fontsize=7, ha="right")


def _legend(made: Figure, answer: Answer, scheme: Scheme, width: int, height: int) -> None:
    """Counts per plane, in their colours, in one row; planes without events are left out."""
    place = float(_LEFT)
    for plane in PLANES:
        count = answer.events.get(plane.key, 0)
        if not count:
            continue
        y = 1 - 62 / height
        made.text(place / width, y, "\N{BLACK SQUARE}", color=scheme.planes[plane.key], fontsize=9)
        words = f"{plane.title} {count:,}"
        made.text((place + 13) / width, y, words, color=scheme.ink, fontsize=8.5)
        place += 13 + 6.6 * len(words) + 14


def totals(answer: Answer) -> str:
    """One sentence: how many probes from how many addresses."""
    kind = "refused probes" if answer.window.action == "refused" else f"probes ({answer.window.action})"
    return f"{answer.total:,} {kind} from {answer.sources:,} addresses"


def _png(answer: Answer, style: Style) -> bytes:
    out = io.BytesIO()
    made = figure(answer, style)
    made.savefig(out, format="png", dpi=_DPI, facecolor=style.scheme.ground, metadata={"Software": "Varde"})
    return out.getvalue()


def _svg(answer: Answer, style: Style) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "varde", "svg.fonttype": "none"}):
        figure(answer, style).savefig(out, format="svg", metadata={"Date": None, "Creator": "Varde"}, facecolor=style.scheme.ground)
    return out.getvalue()


def as_json(answer: Answer, style: Style) -> dict[str, object]:
    """The numbers behind the picture, with the keys of the command line's contract."""
    ports = [{"proto": p.proto, "port": p.port, "service": p.service, "events": p.events, "sources": p.sources} for p in answer.ports]
    return {
        "from": iso(answer.window.first), "to": iso(answer.window.last), "tz": style.zone.key, "events": answer.total,
        "planes": answer.events, "sources": answer.sources, "ports": ports,
    }  # fmt: skip


def _json(answer: Answer, style: Style) -> bytes:
    return (json.dumps(as_json(answer, style), indent=1) + "\n").encode()


def _csv(answer: Answer, style: Style) -> bytes:
    """One row a cell: when it begins, its lowest and highest port, plane, events."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["time", "seconds", "port_from", "port_to", "plane", "events"])
    step = (answer.window.last - answer.window.first) / answer.width
    for plane in PLANES:
        for x, y, n in answer.cells[plane.key].tolist():
            low, high = cell_ports(answer, y)
            rows.writerow([iso(answer.window.first + x * step), f"{step.total_seconds():.3f}", low, high, plane.key, n])
        for x, n in answer.port0[plane.key].tolist():
            rows.writerow([iso(answer.window.first + x * step), f"{step.total_seconds():.3f}", 0, 0, plane.key, n])
        for x, n in answer.bare[plane.key].tolist():
            rows.writerow([iso(answer.window.first + x * step), f"{step.total_seconds():.3f}", "", "", plane.key, n])
    return out.getvalue().encode()


def cell_ports(answer: Answer, row: int) -> tuple[int, int]:
    """Lowest and highest port that fall into a row (as the question rounds them); low > high where none does."""
    ratio = (answer.port_max / answer.port_min) ** (1 / (answer.height - 1))
    low = answer.port_min * ratio ** (row - 0.5)
    high = answer.port_min * ratio ** (row + 0.5)
    return max(answer.port_min, -int(-low // 1)), min(answer.port_max, -int(-high // 1) - 1)


def _html(answer: Answer, style: Style) -> bytes:
    """One file: the picture, the hover, the table. Nothing is fetched, everything from outside is escaped."""
    scheme = style.scheme
    cells = {key: value.ravel().tolist() for key, value in answer.cells.items()}
    data = as_json(answer, style) | {
        "width": answer.width, "height": answer.height, "port_min": answer.port_min, "port_max": answer.port_max,
        "cells": cells, "left": _LEFT, "top": _TOP, "names": {plane.key: plane.title for plane in PLANES},
    }  # fmt: skip
    rows = "".join(
        f"<tr><td>{p.proto}</td><td>{p.port}</td><td>{html.escape(p.service)}</td><td>{p.events}</td><td>{p.sources}</td></tr>"
        for p in answer.ports
    )
    template = Template((files("varde.views") / "fireplot.html").read_text(encoding="utf-8"))
    page = template.substitute(
        title=html.escape(style.title or period_title(answer, style.zone)), totals=html.escape(totals(answer)),
        note=html.escape(style.note), picture=base64.b64encode(_png(answer, style)).decode(), rows=rows,
        data=json.dumps(data).replace("<", "\\u003c"), ground=scheme.ground, panel=scheme.panel, line=scheme.line,
        ink=scheme.ink, quiet=scheme.quiet,
    )  # fmt: skip
    return page.encode()


FORMATS: dict[str, Callable[[Answer, Style], bytes]] = {"png": _png, "svg": _svg, "html": _html, "json": _json, "csv": _csv}
"""What a Fireplot can be written as, by suffix."""
