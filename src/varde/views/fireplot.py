"""What a Fireplot can be written as."""

from collections.abc import Callable, Sequence
from importlib import import_module

from varde.query import Answer
from varde.views.captions import Style
from varde.views.fireplot_html import html_text
from varde.views.outlines import Mark
from varde.views.tables import csv_text, json_text

LISTS_PORTS = ("html", "json")
"""Formats that list the busiest ports: for the others nobody need count them."""

_DRAWN_WITH = {"png": "varde.views.fireplot_figure", "svg": "varde.views.fireplot_figure", "html": "matplotlib.image"}


SHOWS_FINDINGS = ("png", "svg", "html")
"""Formats in which findings are outlined."""


def draw_fireplot(answer: Answer, kind: str, style: Style, marks: Sequence[Mark] = ()) -> bytes:
    """Draw as one of FORMATS; the same answer, style and findings give the same octets."""
    return FORMATS[kind](answer, style, marks)


def prepare(kind: str) -> None:
    """Load what a format is drawn with, which takes as long as counting a few million probes: do it meanwhile."""
    if kind in _DRAWN_WITH:
        import_module(_DRAWN_WITH[kind])


def _png(answer: Answer, style: Style, marks: Sequence[Mark]) -> bytes:
    from varde.views.fireplot_figure import png

    return png(answer, style, marks)


def _svg(answer: Answer, style: Style, marks: Sequence[Mark]) -> bytes:
    from varde.views.fireplot_figure import svg

    return svg(answer, style, marks)


def _csv(answer: Answer, style: Style, marks: Sequence[Mark]) -> bytes:
    """Cells alone: findings are no column of them."""
    return csv_text(answer, style)


FORMATS: dict[str, Callable[[Answer, Style, Sequence[Mark]], bytes]] = {"png": _png, "svg": _svg, "html": html_text, "json": json_text, "csv": _csv}
"""What a Fireplot can be written as, by suffix."""
