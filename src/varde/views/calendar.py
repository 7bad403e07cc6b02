"""A year of Fireplots: a thumbnail for each day."""

import csv
import html
import io
import json
import textwrap
from calendar import day_abbr, month_name, monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from importlib.resources import files
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from varde.model import PLANES, counted
from varde.query import Answer, Engine, Window, day_counts, fireplot
from varde.query.fireplot import PORT_TOP
from varde.views.axes import day_window
from varde.views.captions import Style, kind_of_probes
from varde.views.density import Pixels, picture, png_of
from varde.views.emptiness import why_empty
from varde.views.fireplot_html import data_address
from varde.views.palette import rgb

THUMB = (64, 46)
"""Pixels of one day: 22 minutes a column."""

_LEFT, _TOP, _GAP, _DPI = 44, 64, 4, 100
_DAYS, _MONTHS = 31, 12
_LINE = 90  # characters of the words in an empty picture


@dataclass(frozen=True, slots=True)
class Calendar:
    """The local days of a year that have probes, as `day_counts` tells them. `window`: the year, and the filters."""

    year: int
    window: Window
    days: list[dict[str, Any]]

    @property
    def events(self) -> int:
        return sum(int(row["events"]) for row in self.days)


def ask_calendar(engine: Engine, year: int, zone: ZoneInfo, **filters: Any) -> Calendar:
    """Count the days of a local year; `filters` as a Window has them."""
    window = Window(day_window(date(year, 1, 1), zone)[0], day_window(date(year + 1, 1, 1), zone)[0], **filters)
    return Calendar(year, window, day_counts(engine, window, zone))


def draw_calendar(engine: Engine, year: int, style: Style) -> bytes:
    """A PNG of the local year, unfiltered. Days without probes are empty frames."""
    return render_calendar(engine, ask_calendar(engine, year, style.zone), "png", style)


def render_calendar(engine: Engine, calendar: Calendar, kind: str, style: Style) -> bytes:
    """Draw or write as one of CALENDAR_FORMATS."""
    return CALENDAR_FORMATS[kind](engine, calendar, style)


def thumbnail(engine: Engine, day: date, style: Style, width: int, height: int) -> bytes:
    """One day without axes, as PNG."""
    answer = fireplot(engine, Window(*day_window(day, style.zone)), width=width, height=height)
    return png_of(picture(answer, style.scheme))


def calendar_totals(calendar: Calendar) -> str:
    """`45,615 refused probes on 1 day of 2026`."""
    days = len(calendar.days)
    return f"{kind_of_probes(calendar.events, calendar.window)} on {counted(days, 'day')} of {calendar.year}"


def year_answer(engine: Engine, calendar: Calendar) -> Answer:
    """The year as one small picture: it knows why it is empty."""
    low, high = _ports(calendar.window)
    return fireplot(engine, calendar.window, width=1, height=2, port_min=low, port_max=high, explain=True)


def _title(calendar: Calendar, style: Style) -> str:
    low, high = _ports(calendar.window)
    return f"{calendar.year} ({style.zone.key})" + (f", only ports {low} to {high}" if (low, high) != (1, PORT_TOP) else "")


def _ports(window: Window) -> tuple[int, int]:
    return window.port_min or 1, PORT_TOP if window.port_max is None else window.port_max


def _place(day: date) -> tuple[int, int]:
    return _LEFT + (day.day - 1) * (THUMB[0] + _GAP), _TOP + (day.month - 1) * (THUMB[1] + _GAP)


def _thumb(engine: Engine, calendar: Calendar, day: date, style: Style) -> Pixels:
    first, last = day_window(day, style.zone)
    low, high = _ports(calendar.window)
    answer = fireplot(engine, replace(calendar.window, first=first, last=last), width=THUMB[0], height=THUMB[1], port_min=low, port_max=high)
    return picture(answer, style.scheme)


def _sheet(engine: Engine, calendar: Calendar, style: Style) -> Pixels:
    """All thumbnails in their places: a row for each month; frames without probes are empty."""
    width = _LEFT + _DAYS * (THUMB[0] + _GAP) + _GAP
    height = _TOP + _MONTHS * (THUMB[1] + _GAP) + _GAP + 16
    canvas = np.empty((height, width, 3), dtype=np.uint8)
    canvas[:] = rgb(style.scheme.panel)
    known = {str(row["day"]) for row in calendar.days}
    for month in range(1, _MONTHS + 1):
        for number in range(1, monthrange(calendar.year, month)[1] + 1):
            day = date(calendar.year, month, number)
            left, top = _place(day)
            seen = _thumb(engine, calendar, day, style) if day.isoformat() in known else rgb(style.scheme.ground)
            canvas[top : top + THUMB[1], left : left + THUMB[0]] = seen
    return canvas


def _figure(engine: Engine, calendar: Calendar, style: Style) -> Figure:
    canvas = _sheet(engine, calendar, style)
    height, width = canvas.shape[:2]
    scheme = style.scheme
    made = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=scheme.panel)
    axes = made.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(canvas, extent=(0, width, 0, height), interpolation="nearest", aspect="auto")
    made.text(_LEFT / width, 1 - 26 / height, _title(calendar, style), color=scheme.ink, fontsize=13, fontweight="bold")
    made.text(_LEFT / width, 1 - 44 / height, calendar_totals(calendar), color=scheme.quiet, fontsize=9)
    if style.note:
        made.text(1 - 8 / width, 1 - 26 / height, style.note, color=scheme.quiet, fontsize=8, ha="right", parse_math=False)
    _days_and_months(made, calendar.year, style, width, height)
    if not calendar.days:
        words = textwrap.fill(why_empty(year_answer(engine, calendar), style.zone), _LINE)
        made.text(0.5, 0.5, words, color=scheme.ink, fontsize=14, ha="center", va="center", parse_math=False)
    return made


def _days_and_months(made: Figure, year: int, style: Style, width: int, height: int) -> None:
    for month in range(1, _MONTHS + 1):
        top = _place(date(year, month, 1))[1]
        name = datetime(year, month, 1, tzinfo=timezone.utc).strftime("%b")
        made.text(8 / width, 1 - (top + THUMB[1] / 2 + 4) / height, name, color=style.scheme.ink, fontsize=9)
    for day in range(1, _DAYS + 1):
        left = _LEFT + (day - 1) * (THUMB[0] + _GAP) + THUMB[0] / 2
        made.text(left / width, 1 - (_TOP - 6) / height, str(day), color=style.scheme.quiet, fontsize=7, ha="center")


def _png(engine: Engine, calendar: Calendar, style: Style) -> bytes:
    out = io.BytesIO()
    _figure(engine, calendar, style).savefig(out, format="png", dpi=_DPI, metadata={"Software": "Varde"})
    return out.getvalue()


def _svg(engine: Engine, calendar: Calendar, style: Style) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "varde", "svg.fonttype": "none"}):
        _figure(engine, calendar, style).savefig(out, format="svg", metadata={"Date": None, "Creator": "Varde"})
    return out.getvalue()


def calendar_json(calendar: Calendar, zone: ZoneInfo) -> dict[str, object]:
    """The year, and the days that have probes: day, events, sources, planes."""
    return {"year": calendar.year, "tz": zone.key, "events": calendar.events, "days": calendar.days}


def _json(engine: Engine, calendar: Calendar, style: Style) -> bytes:
    return (json.dumps(calendar_json(calendar, style.zone), indent=1) + "\n").encode()


def _csv(engine: Engine, calendar: Calendar, style: Style) -> bytes:
    """One row for each day that has probes."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["day", "events", "sources", *(plane.key for plane in PLANES)])
    for row in calendar.days:
        rows.writerow([row["day"], row["events"], row["sources"], *(row["planes"].get(plane.key, 0) for plane in PLANES)])
    return out.getvalue().encode()


def _html(engine: Engine, calendar: Calendar, style: Style) -> bytes:
    """Twelve months of seven columns, as many beside each other as there is room for, and the table of days."""
    scheme = style.scheme
    counts = {str(row["day"]): row for row in calendar.days}
    months = "".join(_month(engine, calendar, month, counts, style) for month in range(1, _MONTHS + 1))
    rows = "".join(f"<tr><td>{row['day']}</td><td>{row['events']:,}</td><td>{row['sources']:,}</td></tr>" for row in calendar.days)
    empty = "" if calendar.days else f'<p class="empty">{html.escape(why_empty(year_answer(engine, calendar), style.zone))}</p>'
    page = Template((files("varde.views") / "calendar.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(_title(calendar, style)), totals=html.escape(calendar_totals(calendar)), months=months, rows=rows, empty=empty,
        note=html.escape(style.note), look="light" if scheme.name == "light" else "dark",
        ground=scheme.ground, panel=scheme.panel, line=scheme.line, ink=scheme.ink, quiet=scheme.quiet,
    )  # fmt: skip
    return page.encode()


def _month(engine: Engine, calendar: Calendar, month: int, counts: dict[str, dict[str, Any]], style: Style) -> str:
    weekday, days = monthrange(calendar.year, month)
    heads = "".join(f"<b>{name[:2]}</b>" for name in day_abbr)
    cells = []
    for number in range(1, days + 1):
        day = date(calendar.year, month, number)
        place = f' style="grid-column: {weekday + 1}"' if number == 1 else ""
        cells.append(_day(engine, calendar, day, counts.get(day.isoformat()), place, style))
    return f"<section><h2>{month_name[month]}</h2><div>{heads}{''.join(cells)}</div></section>"


def _day(engine: Engine, calendar: Calendar, day: date, row: dict[str, Any] | None, place: str, style: Style) -> str:
    if row is None:
        return f"<span{place}>{day.day}</span>"
    words = f"{day}: {kind_of_probes(row['events'], calendar.window)} from {counted(int(row['sources']), 'address', 'addresses')}"
    address = data_address(png_of(_thumb(engine, calendar, day, style)))
    return f'<span class="seen"{place} title="{words}">{day.day}<img alt="{words}" src="{address}"></span>'


CALENDAR_FORMATS: dict[str, Callable[[Engine, Calendar, Style], bytes]] = {"png": _png, "svg": _svg, "html": _html, "json": _json, "csv": _csv}
"""What a calendar can be written as, by suffix."""
