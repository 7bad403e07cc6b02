"""Drawings in the Fireplot: campaigns of kind art, each counted again from its own probes alone."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from varde.detect import Campaign
from varde.query.campaigns import campaigns
from varde.query.engine import Engine, Window
from varde.query.fireplot import PORT_TOP, Answer, fireplot

ART = "art"

AIR = 0.04
"""Share of its width and height that is left free around a drawing."""

DRAWINGS_MAX = 60
"""Of a period that are drawn, the last ones: a wall of more is looked at by nobody."""

LEAST = timedelta(minutes=1)
"""What a drawing lasts at least in its picture."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Drawings of a period, the last first. `left_out` are those beyond DRAWINGS_MAX, `events` what was looked at."""

    window: Window
    campaigns: tuple[Campaign, ...]
    left_out: int
    events: int


def gallery(engine: Engine, window: Window, open_ports: Collection[str] = ()) -> Gallery:
    found = campaigns(engine, window, open_ports)
    art = sorted((one for one in found.campaigns if one.kind == ART), key=lambda one: (-one.first, one.sources))
    return Gallery(window, tuple(art[:DRAWINGS_MAX]), max(0, len(art) - DRAWINGS_MAX), found.events)


def frame_of(campaign: Campaign) -> tuple[Window, int, int]:
    """The period and the ports of a drawing's picture: its own, and some air. A port is as wide as it is tall at the foot of the axis."""
    first, last = (datetime.fromtimestamp(at / 1e6, timezone.utc) for at in (campaign.first, campaign.last))
    air = max(AIR * (last - first), LEAST / 2)
    low, high = math.log10(max(1, campaign.port_min or 1)), math.log10(campaign.port_max or PORT_TOP)
    beside = max(AIR * (high - low), 0.01)
    bottom, top = math.floor(10 ** (low - beside)), math.ceil(10 ** (high + beside))
    bottom = max(1, min(bottom, PORT_TOP - 1))
    return Window(first - air, last + air, action="all"), bottom, min(PORT_TOP, max(top, bottom + 1))


def drawing(engine: Engine, campaign: Campaign, width: int, height: int, sensor: str | None = None) -> Answer:
    """The picture that its sources made, without what others did meanwhile."""
    window, low, high = frame_of(campaign)
    return fireplot(engine, replace(window, sensor=sensor), width=width, height=height, port_min=low, port_max=high, sources=campaign.sources)
