"""The own curve of a port beside the public one: whether something comes to everybody, or to you."""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from varde.decode.rows import iso
from varde.model import visible
from varde.views.listing import bars

EVERYWHERE, NOWHERE = 2.0, 1.3
"""Times its usual that the public count has, from which on it comes to everybody, and below which to hardly anybody else."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A port's sources by day of UTC, here and at others; `day` is the one on which most came here. `asked`: when others were, seconds since 1970."""

    port: int
    name: str
    first: date
    last: date
    here: Mapping[date, int]
    there: Mapping[date, int]
    asked: float | None
    error: str | None

    @property
    def day(self) -> date | None:
        return max(self.here, key=lambda day: (self.here[day], day), default=None)


@dataclass(frozen=True, slots=True)
class Growth:
    """A day's count beside the median of the other days; None where there are none."""

    now: int
    usual: float | None

    @property
    def times(self) -> float | None:
        return self.now / max(self.usual, 1.0) if self.usual is not None else None


def growth(counts: Mapping[date, int], day: date) -> Growth | None:
    """None where the day has no count."""
    others = [count for other, count in counts.items() if other != day]
    return Growth(counts[day], statistics.median(others) if others else None) if day in counts else None


def lines(beside: Beside) -> Iterator[str]:
    """For people: both curves, a line each, what that means, and what went wrong."""
    days = [beside.first + timedelta(days=number) for number in range((beside.last - beside.first).days + 1)]
    for name, counts in (("here", beside.here), ("DShield", beside.there)):
        if counts:
            yield f"{name:<8} {bars([counts.get(day, 0) for day in days])}  {_peak(counts, beside.day)}"
    if beside.there:
        yield verdict(beside)
    if beside.error:
        yield f"DShield could not be asked: {visible(beside.error)}{'; what is shown was kept' if beside.there else ''}"
    elif not beside.there:
        yield "DShield has nothing of these days"


def title(beside: Beside) -> str:
    return f"{beside.name}: addresses a day of UTC, TCP and UDP together, {beside.first} to {beside.last}"


def verdict(beside: Beside) -> str:
    """Whether others see it too."""
    here, there = (growth(counts, beside.day) if beside.day else None for counts in (beside.here, beside.there))
    if there is None or there.times is None:
        return "DShield has no count of that day, or of no other"
    times = f"DShield's sensors saw {there.times:,.1f} times their usual that day" + (f", yours {here.times:,.1f}" if here and here.times else "")
    if there.times >= EVERYWHERE:
        return f"{times}: it comes to everybody"
    return f"{times}: it came to you, or to you first" if there.times < NOWHERE else f"{times}: a little more everywhere"


def document(beside: Beside, attribution: str) -> dict[str, Any]:
    """All of it, for programs; with who is to be named."""
    def side(counts: Mapping[date, int]) -> dict[str, Any]:
        found = growth(counts, beside.day) if beside.day else None
        return {"sources": found.now if found else None, "usual": found.usual if found else None,
                "days": [{"day": str(day), "sources": count} for day, count in sorted(counts.items())]}  # fmt: skip

    asked = None if beside.asked is None else iso(datetime.fromtimestamp(int(beside.asked), timezone.utc))
    return {"with": "dshield", "dst_port": beside.port, "from": str(beside.first), "to": str(beside.last), "day": str(beside.day) if beside.day else None,
            "here": side(beside.here), "there": side(beside.there), "asked": asked, "error": beside.error, "attribution": attribution}  # fmt: skip


def _peak(counts: Mapping[date, int], day: date | None) -> str:
    found = growth(counts, day) if day else None
    if found is None:
        return f"nothing of {day}" if day else ""
    usual = f"; usually {found.usual:,.0f}" if found.usual is not None else ""
    return f"{found.now:,} on {day}{usual}"
