"""What every topic of the page is given: the day, its words, and what makes a number worth a sentence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from varde.decode.rows import iso
from varde.model import counted
from varde.query.beside import Beside, Compared
from varde.query.brief import Brief
from varde.views.axes import whole_days
from varde.views.origins import Origins
from varde.views.said import Said
from varde.views.world import World

CHANGE = 1.5
"""Times more or less than its reference, from which on a number is worth a sentence: days differ by a third by themselves."""

SIGMAS = 3.0
"""And standard deviations of counts that chance alone makes, so that 4 instead of 2 is nothing."""

NAMED = 3
"""Of a kind that one sentence names: more is a list, which the page has."""

FEED_DAYS = 2.0
"""Days without news of a list, from which on it is old, whatever its interval."""

FEED_TURNS = 3
"""And fetches that were missed."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A list as it is kept: seconds since it was looked at last (None: never), what is wrong, and the seconds between fetches."""

    name: str
    age: float | None
    error: str | None
    every: float

    @property
    def is_old(self) -> bool:
        return self.error is not None or self.age is None or self.age > max(FEED_DAYS * 86_400, FEED_TURNS * self.every)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that is worth telling. `page`: path and query of the place in the page that shows it."""

    topic: str
    said: Said
    compared: Compared
    page: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a period and those beside it are called, and the part of an address that names the period."""

    title: str
    before: str
    usually: str
    place: Mapping[str, str]

    @classmethod
    def of(cls, times: Beside, zone: ZoneInfo) -> "Words":
        window, first = times.now, times.now.first.astimezone(zone)
        days = whole_days(window.first, window.last, zone)
        if days and days[0] == days[1]:
            place = {"day": days[0].isoformat(), "tz": zone.key}
            return cls(f"{first:%A} {first.day} {first:%B %Y} ({zone.key})", "on the day before", f"on a {first:%A}", place)
        last = window.last.astimezone(zone)
        before = f"in the {counted(times.days, 'day')} before" if times.days > 1 else "a day earlier"
        place = {"from": iso(_minute(window.first)), "to": iso(_minute(window.last, 1)), "tz": zone.key}
        return cls(f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({zone.key})", before, "at that time of the week", place)


@dataclass(frozen=True, slots=True)
class Telling:
    """What every topic is given."""

    found: Brief
    feeds: Sequence[Feed]
    world: World
    zone: ZoneInfo
    words: Words
    origins: Origins

    def page(self, **more: str) -> str:
        """The period in the page, with more words of its address."""
        return f"/?{urlencode({**self.words.place, **more}, safe='/:')}"

    def against(self, number: Compared) -> str:
        return against(number, self.words)

    @property
    def has_more(self) -> bool:
        """Whether the store has more than a honeypot, whose logins are else what is told first."""
        return self.found.probes is not None or self.found.flows is not None

    def country(self, code: str | None) -> str:
        return self.world.name(code) if code and code != "--" else ""


def stands_out(number: Compared) -> bool:
    """Whether it differs from what it is compared with by more than days do, and by more than chance."""
    reference = number.reference
    if reference is None:
        return False
    differs = not reference / CHANGE <= number.now <= reference * CHANGE
    return differs and abs(number.now - reference) >= SIGMAS * math.sqrt(max(reference, 1.0))


def against(number: Compared, words: Words, *, first: bool = True) -> str:
    """`, against 7 on the day before and usually 9 on a Friday`; nothing where nothing is known. The days are named where it is the `first`."""
    before = f"against {amount(number.before)}{f' {words.before}' if first else ''}" if number.before is not None else ""
    usual = f"usually {amount(number.usual)}{f' {words.usually}' if first else ''}" if number.usual is not None else ""
    both = " and ".join(filter(None, (before, usual)))
    return f", {both}" if both else ""


def first_of(count: int) -> str:
    """What stands between a number of things and those of them that are named."""
    return ", first of all " if count > NAMED else ": "


def amount(number: float | None) -> str:
    if number is None:
        return "?"
    if number == int(number) or number >= 10:
        return f"{number:,.0f}" if number else "none"
    return f"{number:.1f}" if number >= 0.1 else "fewer than 0.1"


def place_of(telling: Telling, code: str | None) -> str:
    name = telling.country(code)
    return f" ({name})" if name else ""


def clock(moment: datetime, telling: Telling) -> str:
    """The hour; with its date where the period has several."""
    local, window = moment.astimezone(telling.zone), telling.found.times.now
    is_within = window.first <= moment < window.last and telling.found.times.days == 1
    return f"{local:%H:%M}" if is_within else f"{local:%Y-%m-%d %H:%M}"


def _minute(moment: datetime, later: int = 0) -> datetime:
    """A whole minute: the page's addresses have no parts of one."""
    begin = moment.replace(second=0, microsecond=0)
    return begin if begin == moment else begin + timedelta(minutes=later)
