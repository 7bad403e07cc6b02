"""What a Fireplot can be written as."""

from collections.abc import Callable
from importlib import import_module

from varde.query import Answer
from varde.views.captions import Style
from varde.views.fireplot_html import html_text
from varde.views.tables import csv_text, json_text

LISTS_PORTS = ("html", "json")
"""Formats that list the busiest ports: for the others nobody need count them."""

_DRAWN_WITH = {"png": "varde.views.fireplot_figure", "svg": "varde.views.fireplot_figure", "html": "matplotlib.image"}


def draw_fireplot(answer: Answer, kind: str, style: Style) -> bytes:
    """Draw as one of FORMATS; the same answer and style give the same octets."""
    return FORMATS[kind](answer, style)


def prepare(kind: str) -> None:
    """Load what a format is drawn with, which takes as long as counting a few million probes: do it meanwhile."""
    if kind in _DRAWN_WITH:
        import_module(_DRAWN_WITH[kind])


def _png(answer: Answer, style: Style) -> bytes:
    from varde.views.fireplot_figure import png

    return png(answer, style)


def _svg(answer: Answer, style: Style) -> bytes:
    from varde.views.fireplot_figure import svg

    return svg(answer, style)


FORMATS: dict[str, Callable[[Answer, Style], bytes]] = {"png": _png, "svg": _svg, "html": html_text, "json": json_text, "csv": csv_text}
"""What a Fireplot can be written as, by suffix."""
