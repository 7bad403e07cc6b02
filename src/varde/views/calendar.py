"""A year of Fireplots: a thumbnail for each day, a row for each month."""

import io
from calendar import monthrange
from datetime import date, datetime, timezone

import numpy as np
from matplotlib.figure import Figure

from varde.query import Engine, Window, day_counts, fireplot
from varde.views.axes import day_window
from varde.views.density import Pixels, picture
from varde.views.fireplot import Style
from varde.views.palette import rgb

THUMB = (64, 46)
"""Pixels of one day: 22 minutes a column."""

_LEFT, _TOP, _GAP, _DPI = 44, 64, 4, 100
_DAYS, _MONTHS = 31, 12


def draw_calendar(engine: Engine, year: int, style: Style) -> bytes:
    """A PNG of the local year. Days without probes are empty frames."""
    first = day_window(date(year, 1, 1), style.zone)[0]
    last = day_window(date(year + 1, 1, 1), style.zone)[0]
    counts = {str(row["day"]): int(row["events"]) for row in day_counts(engine, Window(first, last), style.zone)}
    width = _LEFT + _DAYS * (THUMB[0] + _GAP) + _GAP
    height = _TOP + _MONTHS * (THUMB[1] + _GAP) + _GAP + 16
    canvas = np.empty((height, width, 3), dtype=np.uint8)
    canvas[:] = rgb(style.scheme.panel)
    for month in range(1, _MONTHS + 1):
        for day in range(1, monthrange(year, month)[1] + 1):
            when = date(year, month, day)
            left, top = _place(when)
            canvas[top : top + THUMB[1], left : left + THUMB[0]] = _thumb(engine, when, style, counts.get(when.isoformat(), 0))
    return _labelled(canvas, year, sum(counts.values()), len(counts), style)


def thumbnail(engine: Engine, day: date, style: Style, width: int, height: int) -> bytes:
    """One day without axes, as PNG."""
    answer = fireplot(engine, Window(*day_window(day, style.zone)), width=width, height=height)
    out = io.BytesIO()
    from matplotlib.image import imsave

    imsave(out, picture(answer, style.scheme), format="png")
    return out.getvalue()


def _place(day: date) -> tuple[int, int]:
    return _LEFT + (day.day - 1) * (THUMB[0] + _GAP), _TOP + (day.month - 1) * (THUMB[1] + _GAP)


def _thumb(engine: Engine, day: date, style: Style, events: int) -> Pixels:
    if events == 0:
        empty = np.empty((THUMB[1], THUMB[0], 3), dtype=np.uint8)
        empty[:] = rgb(style.scheme.ground)
        return empty
    answer = fireplot(engine, Window(*day_window(day, style.zone)), width=THUMB[0], height=THUMB[1])
    return picture(answer, style.scheme)


def _labelled(canvas: Pixels, year: int, events: int, days: int, style: Style) -> bytes:
    height, width = canvas.shape[:2]
    made = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
    made.figimage(canvas)
    scheme = style.scheme
    made.text(_LEFT / width, 1 - 26 / height, f"{year} ({style.zone.key})", color=scheme.ink, fontsize=13, fontweight="bold")
    made.text(_LEFT / width, 1 - 44 / height, f"{events:,} refused probes on {days} {'day' if days == 1 else 'days'}", color=scheme.quiet, fontsize=9)
    for month in range(1, _MONTHS + 1):
        top = _place(date(year, month, 1))[1]
        name = datetime(year, month, 1, tzinfo=timezone.utc).strftime("%b")
        made.text(8 / width, 1 - (top + THUMB[1] / 2 + 4) / height, name, color=scheme.ink, fontsize=9)
    for day in range(1, _DAYS + 1):
        left = _LEFT + (day - 1) * (THUMB[0] + _GAP) + THUMB[0] / 2
        made.text(left / width, 1 - (_TOP - 6) / height, str(day), color=scheme.quiet, fontsize=7, ha="center")
    out = io.BytesIO()
    made.savefig(out, format="png", dpi=_DPI, metadata={"Software": "Varde"})
    return out.getvalue()
