"""Panels for the page, its API and badges: what the board has of them, and by which names others know them."""

import time
from typing import Any

from varde.decode.rows import iso
from varde.export.promql import curve_expression
from varde.faces import SPAN_SECONDS, Board, Drawn, drawn, summed
from varde.model import VardeError
from varde.model.panels import PANELS, Panel
from varde.views.badge import Badge

_BADGE_STEPS = 72
"""Of five minutes each: as many as can be told apart on a badge."""

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_THOUSANDS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_WHOLE = 10_000
"""From which on a number is told in thousands."""

SCHEMES = ("dark", "light")


def panels_document(board: Board, steps: int, panels: tuple[Panel, ...] = PANELS) -> dict[str, Any]:
    """Age of the board, the period that is drawn, and each panel with its lines; `points` of so many steps, where any are asked for."""
    now = time.time()
    return {
        "written": iso(int(board.written * 1e6)), "age_seconds": round(board.age(now), 1), "stale": board.is_stale(now),
        "from": iso(int((now - SPAN_SECONDS) * 1e6)), "to": iso(int(now * 1e6)), "panels": [_panel(board, panel, now, steps) for panel in panels],
    }  # fmt: skip


def _panel(board: Board, panel: Panel, now: float, steps: int) -> dict[str, Any]:
    return {
        "id": panel.id, "title": panel.title, "about": panel.about, "unit": panel.unit, "rate": panel.rate, "stacked": panel.stacked, "page": panel.page,
        "lines": [_line(panel, line, steps) for line in drawn(board, panel, now, steps or 1)],
    }  # fmt: skip


def _line(panel: Panel, line: Drawn, steps: int) -> dict[str, Any]:
    """`now`: its value, or what came a minute in the last minute."""
    names = {"munin": f"varde_{panel.id}.{line.name}", "check": f"{panel.id}.{line.name}", "prometheus": curve_expression(panel, line.name, line.title)}
    points = {"points": [None if value is None else round(value, 3) for value in line.points]} if steps else {}
    return {"name": line.name, "title": line.title, "now": None if line.now is None else round(line.now, 3), **names, **points}


def badge_of(board: Board, name: str) -> Badge:
    """The badge of a panel, or of one of its lines as in `flows.lost`. Raises VardeError that lists what there is."""
    panel_id, _, line_name = name.partition(".")
    panel = next((panel for panel in PANELS if panel.id == panel_id), None)
    if panel is None:
        raise VardeError(f"there is no panel {panel_id!r}. Known: {', '.join(panel.id for panel in PANELS)}.")
    now = time.time()
    lines = drawn(board, panel, now, _BADGE_STEPS)
    if not line_name:
        line, title = summed(panel, lines), panel.title
    else:
        found = next((line for line in lines if line.name == line_name), None)
        if found is None:
            raise VardeError(f"panel {panel.id} has no line {line_name!r} now. It has: {', '.join(line.name for line in lines) or 'none'}.")
        line, title = found, _named(panel, found)
    value, unit = ("silent", "") if board.is_stale(now) else _words(panel, line.now, oldest=not line_name)
    return Badge(_shortened(title), value, unit, f"{lasting(abs(board.age(now)))} ago", line.points)


_TITLE_MOST = 28
"""Letters beside which an age has its place."""


def _named(panel: Panel, line: Drawn) -> str:
    """Panel and line, or the line alone where both are too long."""
    whole = f"{panel.title}: {line.title}"
    return whole if len(whole) <= _TITLE_MOST else line.title[:1].upper() + line.title[1:]


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE_MOST else f"{title[: _TITLE_MOST - 1]}…"


def _words(panel: Panel, value: float | None, *, oldest: bool) -> tuple[str, str]:
    if value is None:
        return "?", "not known yet"
    if panel.unit == "seconds":
        return lasting(value), "the oldest" if oldest else ""
    return short(value), "a minute" if panel.rate else panel.unit


def lasting(seconds: float) -> str:
    """A duration in its largest unit."""
    size, name = next(((size, name) for size, name in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds // size:,.0f} {name}"


def short(value: float) -> str:
    """A number of at most five letters or so."""
    if value >= _WHOLE:
        size, name = next((size, name) for size, name in _THOUSANDS if value >= size)
        return f"{value / size:.3g} {name}"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
