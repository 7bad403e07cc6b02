"""The Fireplot as one HTML file: nothing is fetched, everything from outside is escaped, and it reads well on a telephone."""

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from string import Template

from varde.model import PLANES
from varde.query import Answer
from varde.views.axes import TimeAxis, port_ticks, time_axis
from varde.views.captions import STRIPS, Style, heading, legend, totals
from varde.views.density import Pixels, coarser, picture, png_of, strip
from varde.views.emptiness import why_empty
from varde.views.findings_html import listing, overlay
from varde.views.outlines import Mark
from varde.views.tables import as_json

NARROW = (300, 280)
"""Cells of the picture for screens up to 640 pixels: a browser that scales the wide one down would lose lone points."""

_STRIP = 10  # pixels
_WIDE_PORTS, _NARROW_PORTS = 0.035, 0.07  # least distance between labels, in heights of the axis
_WIDE_TIMES, _NARROW_TIMES = 13, 5  # labels, each at most
_EDGE = 0.97  # from there on a label in the middle of its tick would leave the page
_LINE = 15  # pixels


def html_text(answer: Answer, style: Style, marks: Sequence[Mark] = ()) -> bytes:
    """The picture for wide and narrow screens, words as text, the hover, findings, the table of ports."""
    scheme, small = style.scheme, coarser(answer, *NARROW)
    template = Template((files("varde.views") / "fireplot.html").read_text(encoding="utf-8"))
    page = template.substitute(
        title=html.escape(heading(answer, style)), totals=html.escape(totals(answer)), legend=_legend(answer, style),
        plot=_image(picture(answer, scheme), picture(small, scheme)), ports=_port_labels(answer), times=_times(answer, style),
        marks=overlay(marks, answer), findings=listing(marks, answer),
        strips=_strips(answer, small, style), empty=_empty(answer, style), unit=_unit(answer, style), table=_table(answer),
        times_height=_times_height(answer, style), note=html.escape(style.note), data=json.dumps(_data(answer, style)).replace("<", "\\u003c"), height=answer.height,
        look="light" if scheme.name == "light" else "dark",
        ground=scheme.ground, panel=scheme.panel, line=scheme.line, ink=scheme.ink, quiet=scheme.quiet,
    )  # fmt: skip
    return page.encode()


def data_address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _image(wide: Pixels, narrow: Pixels) -> str:
    """For screen readers the figure has a label of its own."""
    return (
        f'<picture><source media="(max-width: 640px)" srcset="{data_address(png_of(narrow))}">'
        f'<img alt="" src="{data_address(png_of(wide))}"></picture>'
    )


def _legend(answer: Answer, style: Style) -> str:
    square = '<i style="background: {}"></i>'
    return "".join(f"<li>{square.format(e.colour) if e.colour else ''}{html.escape(e.words)}</li>" for e in legend(answer, style.scheme))


def _port_labels(answer: Answer) -> str:
    """Labels beside the picture; those marked `wide` are left out where the picture is small."""
    few = set(port_ticks(answer.port_min, answer.port_max, gap=_NARROW_PORTS))
    labels = []
    for share, words in port_ticks(answer.port_min, answer.port_max, gap=_WIDE_PORTS):
        mark = "" if (share, words) in few else ' class="wide"'
        labels.append(f'<span{mark} style="bottom: {100 * share:.2f}%">{html.escape(words)}</span>')
    return "".join(labels)


def _axis(answer: Answer, style: Style, room: int) -> TimeAxis:
    return time_axis(answer.window.first, answer.window.last, style.zone, room)


def _times(answer: Answer, style: Style) -> str:
    out = []
    for mark, room in (("wide", _WIDE_TIMES), ("narrow", _NARROW_TIMES)):
        for share, words in _axis(answer, style, room).ticks:
            edge = " last" if share > _EDGE else ""
            out.append(f'<span class="{mark}{edge}" style="left: {100 * share:.2f}%">{html.escape(words)}</span>')
    return "".join(out)


def _unit(answer: Answer, style: Style) -> str:
    wide, narrow = (_axis(answer, style, room).unit for room in (_WIDE_TIMES, _NARROW_TIMES))
    zone = html.escape(style.zone.key)
    return f"{wide} in {zone}" if wide == narrow else f'<span class="wide">{wide}</span><span class="narrow">{narrow}</span> in {zone}'


def _strips(answer: Answer, small: Answer, style: Style) -> str:
    if answer.narrowed:
        return ""
    narrow = small.strips()
    return "".join(
        f'<b>{STRIPS[name]}</b><div class="strip" data-strip="{name}">'
        f"{_image(strip(counts, answer.width, _STRIP, style.scheme), strip(narrow[name], small.width, _STRIP, style.scheme))}</div>"
        for name, counts in answer.strips().items()
    )


def _empty(answer: Answer, style: Style) -> str:
    return "" if answer.total else f'<p class="empty">{html.escape(why_empty(answer, style.zone))}</p>'


def _times_height(answer: Answer, style: Style) -> int:
    labels = [words for room in (_WIDE_TIMES, _NARROW_TIMES) for _, words in _axis(answer, style, room).ticks]
    return 4 + _LINE * (2 if any("\n" in words for words in labels) else 1)


def _table(answer: Answer) -> str:
    if not answer.ports:
        return ""
    titles = {plane.key: plane.title for plane in PLANES}
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Plane", "Port", "Service", "Events", "Sources"))
    rows = "".join(
        f"<tr><td>{html.escape(titles[p.plane])}</td><td>{p.port}</td><td>{html.escape(p.service)}</td><td>{p.events:,}</td><td>{p.sources:,}</td></tr>"
        for p in answer.ports
    )
    return f"<table><caption>Busiest ports</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _data(answer: Answer, style: Style) -> dict[str, object]:
    """What the hover needs."""
    strips = {} if answer.narrowed else answer.strips()
    return as_json(replace(answer, ports=[]), style) | {
        "width": answer.width, "height": answer.height, "port_min": answer.port_min, "port_max": answer.port_max,
        "cells": {key: value.ravel().tolist() for key, value in answer.cells.items()},
        "strips": {name: {key: value.ravel().tolist() for key, value in planes.items()} for name, planes in strips.items()},
        "names": {plane.key: plane.title for plane in PLANES}, "strip_names": STRIPS,
    }  # fmt: skip
