"""What of a period is outlined in its Fireplot: scans and surges, of all that the period has, then narrowed to what the picture shows."""

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from varde.app.context import Context
from varde.detect import Campaign, open_keys
from varde.model import counted
from varde.query import Engine, Window, event_total
from varde.query.campaigns import campaigns
from varde.query.engine import network_range
from varde.query.surges import Finding, surges
from varde.views.axes import day_window
from varde.views.marks import marks_of
from varde.views.origins import Origin, origins_of
from varde.views.outlines import Mark

SPAN_MAX = timedelta(days=31)
"""Of a period whose picture is outlined unasked: in a year of pixels a scan is a dot."""

EVENTS_MAX = 300_000
"""Packets of a period that is looked through unasked by who waits for a picture: ten seconds on a small busy machine."""

BEHIND_MAX = 1_000_000
"""Packets of a period that is looked through behind a page, which shows the picture meanwhile: half a minute, and 800 MB of a process of its own."""

TOLD_MAX = 200
"""Scans of a period that are kept, the least likely ones: a page of more is read by nobody."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Scans and surges of a period, whatever a picture of it shows. `left_out`: those beyond TOLD_MAX, and what the detectors left out."""

    campaigns: tuple[Campaign, ...] = ()
    surges: tuple[Finding, ...] = ()
    left_out: int = 0
    origins: dict[bytes, Origin] = field(default_factory=dict)


def plain(window: Window) -> Window:
    """The period of a window without the filters that hide a part of what a source does."""
    return Window(window.first, window.last, window.action, window.sensor)


def around(window: Window, zone: ZoneInfo) -> Window:
    """The local days that a window touches: what is slow is seen of a day, not of an hour."""
    first = day_window(window.first.astimezone(zone).date(), zone)[0]
    last = day_window((window.last - timedelta(microseconds=1)).astimezone(zone).date(), zone)[1]
    return replace(plain(window), first=first, last=last)


def too_much(engine: Engine, window: Window, most: int, at_least: int = 0) -> str:
    """Why a period is not looked through unasked; empty where it is. `at_least`: so many packets of it are known of already."""
    days = (window.last - window.first) / timedelta(days=1)
    if window.last - window.first > SPAN_MAX:
        return f"{counted(round(days), 'day')} are more than {SPAN_MAX.days}"
    events = at_least if at_least > most else event_total(engine, plain(window))
    return f"{events:,} packets are more than {most:,}" if events > most else ""


def find(context: Context, engine: Engine, window: Window) -> Findings:
    """Look through a period. Ports that are declared open never count."""
    whole, open_ports = plain(window), context.config.insight.open_ports
    found = campaigns(engine, whole, open_ports)
    surging = surges(engine, whole, open_keys(open_ports))
    kept = found.campaigns[:TOLD_MAX]
    origins = origins_of((source for one in kept for source in one.sources), int(context.now().timestamp() * 1e6), context.geography, context.world)
    return Findings(tuple(kept), tuple(surging.findings), len(found.campaigns) - len(kept) + surging.left_out, origins)


def marks(findings: Findings, window: Window, zone: ZoneInfo) -> list[Mark]:
    """Those that a picture of a window shows something of, in the order in which they are outlined."""
    scans = [one for one in findings.campaigns if _shows(one, window, findings.origins)]
    # of one source or target alone a port's crowd is not seen
    crowds = [] if window.src or window.dst or window.country else [one for one in findings.surges if _has_plane(one.surge.plane, window)]
    return marks_of(scans, crowds, zone, findings.origins)


def _has_plane(plane: str, window: Window) -> bool:
    return not window.planes or plane in window.planes


def _shows(campaign: Campaign, window: Window, origins: dict[bytes, Origin]) -> bool:
    """Whether some of its packets are in the window."""
    if not _has_plane(campaign.plane, window) or (window.action == "refused" and campaign.allowed >= campaign.events):
        return False
    if window.country and all(origins.get(source, Origin()).country != window.country.upper() for source in campaign.sources):
        return False
    return _touches(campaign.sources, window.src) and _touches(campaign.targets, window.dst)


def _touches(addresses: tuple[bytes, ...], asked: str | None) -> bool:
    """Whether one of the addresses, or of IPv6 its /64, lies in a network or holds it."""
    if asked is None:
        return True
    low, high = network_range(asked)
    return any(address <= high and _last_of(address) >= low for address in addresses)


def _last_of(address: bytes) -> bytes:
    """The last address that one stands for: itself, or the end of a /64 that is named by its first."""
    return address if ipaddress.IPv6Address(address).ipv4_mapped or any(address[8:]) else address[:8] + b"\xff" * 8
