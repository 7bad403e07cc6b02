"""The words of a Fireplot: how it is to be drawn, its title, its totals, its legend."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from varde.model import PLANES, counted
from varde.query import Answer, Window
from varde.views.palette import SCHEMES, Scheme
from varde.views.placing import Marked

STRIPS = {"port0": "port 0", "no_port": "no port", "icmp": "ICMP", "other": "other"}
"""What has no place on the port axis, from top to bottom: the answer's names and ours."""


@dataclass(frozen=True, slots=True)
class Style:
    """How to draw: the scheme, the zone that the axis and title name, and what the title says beside the period."""

    scheme: Scheme = SCHEMES["dark"]
    zone: ZoneInfo = ZoneInfo("UTC")
    title: str = ""
    note: str = ""
    "Small print: for example that the data is synthetic."


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of the legend; without a colour where it is part of others."""

    words: str
    colour: str = ""
    number: int = 0
    "Of a finding, as it stands in the picture."


def finding_entries(marked: Marked) -> list[Entry]:
    """Findings whose captions found no place in the picture, by their numbers; and how many it does not show at all."""
    entries = [Entry(one.group.caption, number=one.number) for one in marked.untold]
    more = f"and {marked.left_out} more" if marked.placed else counted(marked.left_out, "finding") + " not shown"
    return [*entries, Entry(more)] if marked.left_out else entries


def heading(answer: Answer, style: Style) -> str:
    """The title, and that the picture shows only some ports where it does."""
    title = style.title or period_title(answer, style.zone)
    return f"{title}, only ports {answer.port_min} to {answer.port_max}" if answer.narrowed else title


def period_title(answer: Answer, zone: ZoneInfo) -> str:
    """`Friday 20 November 2026` for one local day, else both ends; always with the zone's name."""
    first, last = (moment.astimezone(zone) for moment in (answer.window.first, answer.window.last))
    a_day = (first.hour, first.minute, first.second) == (0, 0, 0) and last.date() - first.date() == timedelta(days=1)
    if a_day and (last.hour, last.minute) == (0, 0):
        return f"{first:%A} {first.day} {first:%B %Y} ({zone.key})"
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({zone.key})"


def totals(answer: Answer) -> str:
    """One sentence: how many probes from how many addresses."""
    return probes_from(answer.total, answer.sources, answer.window)


def probes_from(events: int, sources: int, window: Window) -> str:
    return f"{kind_of_probes(events, window)} from {counted(sources, 'address', 'addresses')}"


def kind_of_probes(count: int, window: Window) -> str:
    """`1,024 refused probes`, `1 probe (allow)`."""
    return counted(count, "refused probe") if window.action == "refused" else f"{counted(count, 'probe')} ({window.action})"


def legend(answer: Answer, scheme: Scheme) -> list[Entry]:
    """Events per plane, planes without any left out; and how many of them are drawn in strips because they have no port."""
    entries = [Entry(f"{p.title} {answer.events[p.key]:,}", scheme.planes[p.key]) for p in PLANES if answer.events[p.key]]
    for name in ("port0", "no_port"):
        count = 0 if answer.narrowed else sum(int(values[:, 1].sum()) for values in answer.strips()[name].values())
        if count:
            entries.append(Entry(f"{STRIPS[name]}: {count:,} of these"))
    return entries
