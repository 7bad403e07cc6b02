"""One synthetic day at three firewalls: each writes what it saw in its own line form."""

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from varde.simulate._background import background
from varde.simulate._campaigns import campaigns as all_campaigns
from varde.simulate._clock import Clock, stamps
from varde.simulate._forms import SENSORS, rows
from varde.simulate._packets import Packets, concatenate, count_planes
from varde.simulate._row import Form
from varde.simulate._tools import Headers, dress

NOTICES_PER_LINE = 0.004  # lines of other programs in the same file
NOTICES_LEAST = 3


@dataclass(frozen=True)
class SyntheticLog:
    """The log file of one sensor for one day."""

    name: str
    """File name, such as fw1-mikrotik.log."""
    sensor: str
    text: bytes = field(repr=False)
    """ASCII lines in time order, each ended by LF."""
    records: int
    """Lines that tell of a packet, refused or let through."""
    ignored: int
    """Lines of other programs; records + ignored = all lines."""
    planes: dict[str, int]
    """Refused packets by plane: tcp4 udp4 tcp6 udp6 icmp other; records less their sum were let through."""


def synthetic_day(
    day: date, *, zone: ZoneInfo, seed: int = 1, probes: int = 40_000, campaigns: bool = True
) -> list[SyntheticLog]:
    """The logs of three sensors for one local calendar day.

    `probes` is the number of refused probes of the background; campaigns come on top of it (some 6,500,
    whatever `probes` is), so a day has the same background with and without them. Same arguments, same bytes.
    Raises ValueError if `probes` or `seed` is negative.
    """
    if probes < 0 or seed < 0:
        raise ValueError(f"synthetic day: probes {probes} and seed {seed} must not be negative")
    clock = Clock(day, zone)
    parts = [background(clock, seed, probes)] + ([all_campaigns(clock, seed)] if campaigns else [])
    found = concatenate(parts)
    rng = np.random.default_rng([seed, day.toordinal(), len(SENSORS), int(campaigns)])
    return [_log(form, clock, found.take(found.sensor == number), rng) for number, form in enumerate(SENSORS)]


def _log(form: Form, clock: Clock, found: Packets, rng: np.random.Generator) -> SyntheticLog:
    lines = _lines(form, clock, found, dress(rng, found))
    notices = _notices(form, clock, rng, max(NOTICES_LEAST, round(len(found) * NOTICES_PER_LINE)))
    # a stable sort by time keeps packets of one microsecond in the order they came
    text = "\n".join(line for _, line in sorted(lines + notices, key=lambda entry: entry[0])) + "\n"
    return SyntheticLog(
        form.file, form.sensor, text.encode("ascii"), len(lines), len(notices), count_planes(found)
    )


def _lines(form: Form, clock: Clock, found: Packets, headers: Headers) -> list[tuple[int, str]]:
    times = found.time.tolist()
    heads = map(form.head, stamps(times, clock.zone), times)
    return [
        (time, head + body)
        for time, head, body in zip(times, heads, map(form.body, rows(found, headers)), strict=True)
    ]


def _notices(form: Form, clock: Clock, rng: np.random.Generator, count: int) -> list[tuple[int, str]]:
    times = np.sort(rng.integers(clock.start, clock.end, count)).tolist()
    kinds, hosts, pids = (
        rng.integers(low, high, count).tolist()
        for low, high in ((0, len(form.notices)), (2, 200), (800, 32000))
    )
    return [
        (time, form.notices[kind].format(stamp=stamp, host=host, pid=pid))
        for time, stamp, kind, host, pid in zip(
            times, stamps(times, clock.zone), kinds, hosts, pids, strict=True
        )
    ]
