"""What an address or network had a part in: the scans that it is a source of, and the surges that it knocked in."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone

from varde.detect import Campaign, Surge, open_keys
from varde.query.campaigns import campaigns
from varde.query.engine import Engine, Window, network_range
from varde.query.surges import alone, span

DAYS_MAX = 7
"""Up to its last packet: as long as the detectors remember a scan, and no question about an address looks through a year."""

SURGES_MAX = 200
"""Surges that are asked about, the surest: of each one question."""

_DAY = timedelta(days=1)
_V6_HOST = bytes(8)
_V4_BEGIN = bytes(10) + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Knocked:
    """A surge, and how many of its packets were of who is asked about."""

    surge: Surge
    packets: int


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in the whole days of UTC of a window, the least likely first."""

    window: Window
    campaigns: list[Campaign]
    surges: list[Knocked]


def took_part(engine: Engine, network: str, first: datetime, last: datetime, open_ports: Collection[str] = ()) -> Part:
    """Of an address or network whose packets came between two moments. Raises VardeError for what is neither."""
    end = _midnight(last) + _DAY
    window = Window(max(_midnight(first), end - DAYS_MAX * _DAY), end)
    low, high = _acting(*network_range(network))
    found = [one for one in campaigns(engine, window, open_ports).campaigns if any(low <= source <= high for source in one.sources)]
    _, surges = alone(engine, window, open_keys(open_ports))
    counted = [Knocked(surge, _packets(engine, replace(span(surge, window), src=network))) for surge in surges[:SURGES_MAX]]
    return Part(window, found, [each for each in counted if each.packets])


def _acting(low: bytes, high: bytes) -> tuple[bytes, bytes]:
    """As detectors know sources: of IPv6 the whole /64."""
    return (low, high) if low.startswith(_V4_BEGIN) else (low[:8] + _V6_HOST, high)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(timezone.utc).date(), time(), timezone.utc)


def _packets(engine: Engine, window: Window) -> int:
    return engine.ask(window, lambda t: int(engine.execute(t.aggregate(n=t.count()))[0]["n"]))
