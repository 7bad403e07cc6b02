"""Which scans are news: each when it is found, and once more when it has grown tenfold or is over; so many an hour, and of the rest their sum.

What the detectors answer grows packet by packet. Here is remembered what of it was told, bounded, and in a form that outlives a restart."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from varde.detect import Campaign

FOUND, GROWN, OVER, MORE = "found", "grown", "over", "more"
"""Levels of warnings of scans; MORE stands for those beyond what an hour has."""

TENFOLD = 10
"""Times the packets of what was told, from which on it is told again: what doubles is the same news."""

FOLLOWED_MAX = 2_000
"""Scans that are followed, 2 MB: those that were told and the largest stay, so that a flood of invented sources pushes out its own."""

KIND_SHARE = 0.6
"""Of an hour's warnings that one kind may take: who floods a station with loud scans, under invented addresses, hides no slow one by that."""

SOURCES_KEPT = 4
"""Sources by which a scan of several is known again: the busiest are busiest tomorrow too."""

HOUR_US = 3_600_000_000
QUIET_US = HOUR_US, 24 * HOUR_US
"""Without a packet it is over after ten times its usual pause, within these: a fast scan after an hour, one of a port every three hours after a day."""

PAUSES = 10

_FAMILIES = {"new": "new", "flags": "flags", "tool": "tool", "art": "art"}
_Key = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True)
class News:
    """What one warning says of a scan."""

    campaign: Campaign
    level: str


@dataclass(slots=True)
class Rest:
    """News beyond what an hour has, added up. Times in us since 1970 UTC."""

    kinds: Counter[str] = field(default_factory=Counter)
    sources: int = 0
    packets: int = 0
    first: int = 0
    last: int = 0

    def add(self, campaign: Campaign) -> None:
        self.first = min(self.first, campaign.first) if self.kinds else campaign.first
        self.last = max(self.last, campaign.last)
        self.kinds[campaign.kind] += 1
        self.sources += campaign.source_count
        self.packets += campaign.events


@dataclass(slots=True)
class _Followed:
    campaign: Campaign
    told: int = 0
    "Its packets when it was told; 0: nobody was told."
    is_done: bool = False
    "Nothing more is told of it."


class ScanNews:
    """`wanted`: kinds that are told; `most`: warnings an hour. `kept` is what `as_fact` gave before a restart; what is damaged in it is left out."""

    def __init__(self, wanted: Collection[str], most: int, kept: Mapping[str, Any] | None = None) -> None:
        self._wanted = frozenset(wanted)
        self._most = most
        self._followed: dict[int, _Followed] = {}
        self._numbers: dict[_Key, int] = {}
        "By family, plane and source: which of `_followed`."
        self._next = 0
        self._remembered = dict(_entries(kept or {}))
        self._hour, self._said, self._rest = _hour_of(kept or {})

    def take(self, campaigns: Iterable[Campaign], now: int, *, is_learnt: bool = False) -> list[News | Rest]:
        """What is news at `now`, us since 1970 UTC, of campaigns that began or grew. `is_learnt`: they are all that there are; what is
        over and was never told is no news then, and what was told and is not among them is forgotten."""
        told: list[News | Rest] = [*self._turned(now // HOUR_US)]
        grown = [news for campaign in campaigns if (news := self._looked_at(campaign, now)) is not None]
        if is_learnt:
            self._remembered = {}
        told += self._within([*grown, *self._ended(now)])
        self._press_out()
        return told

    def counts(self) -> Counter[str]:
        """How many go on, by kind."""
        return Counter(one.campaign.kind for one in self._followed.values())

    def as_fact(self) -> dict[str, Any]:
        """What was told, for after a restart."""
        told = [_as_entry(one) for one in self._followed.values() if one.told]
        rest = {"kinds": dict(self._rest.kinds), "sources": self._rest.sources, "packets": self._rest.packets, "first": self._rest.first, "last": self._rest.last}
        return {"told": told, "hour": self._hour, "said": dict(self._said), "rest": rest}

    def _looked_at(self, campaign: Campaign, now: int) -> News | None:
        keys = _keys(campaign)
        number = next((self._numbers[key] for key in keys if key in self._numbers), None)
        if number is None:
            number = self._begin(campaign, keys)
        one = self._followed[number]
        one.campaign = _slim(campaign)
        self._numbers.update(dict.fromkeys(keys, number))
        if _is_over(campaign, now):
            return None  # which `_ended` tells, where it was told at all
        if not one.told:
            return self._news(one, FOUND) if self._is_wanted(campaign) else None
        return self._news(one, GROWN) if not one.is_done and campaign.events >= TENFOLD * one.told else None

    def _begin(self, campaign: Campaign, keys: list[_Key]) -> int:
        told, is_done = next((self._remembered[key] for key in keys if key in self._remembered), (0, False))
        self._next += 1
        self._followed[self._next] = _Followed(campaign, told, is_done)
        return self._next

    def _is_wanted(self, campaign: Campaign) -> bool:
        """Known researchers are counted and told nobody: they say themselves what they do."""
        return campaign.kind in self._wanted and not campaign.researcher

    def _news(self, one: _Followed, level: str) -> News:
        one.told, one.is_done = one.campaign.events, level != FOUND
        return News(one.campaign, level)

    def _ended(self, now: int) -> list[News]:
        over = [number for number, one in self._followed.items() if _is_over(one.campaign, now)]
        gone = [self._followed.pop(number) for number in over]
        self._forget(set(over))
        return [self._news(one, OVER) for one in gone if one.told and not one.is_done and one.campaign.events > one.told]

    def _press_out(self) -> None:
        if len(self._followed) <= FOLLOWED_MAX:
            return
        least = sorted(self._followed, key=lambda number: (self._followed[number].told > 0, self._followed[number].campaign.events))
        gone = set(least[: len(least) - FOLLOWED_MAX * 3 // 4])
        for number in gone:
            del self._followed[number]
        self._forget(gone)

    def _forget(self, gone: set[int]) -> None:
        if gone:
            self._numbers = {key: number for key, number in self._numbers.items() if number not in gone}

    # so many an hour

    def _turned(self, hour: int) -> list[Rest]:
        """The sum of the hour before, where this one is another."""
        if hour == self._hour:
            return []
        rest, self._hour, self._said, self._rest = self._rest, hour, Counter(), Rest()
        return [rest] if rest.kinds else []

    def _within(self, news: list[News]) -> list[News]:
        """Those that the hour has room for, the least likely first."""
        told = []
        for one in sorted(news, key=lambda one: (one.campaign.log_p, -one.campaign.events)):
            kind = one.campaign.kind
            if self._said.total() < self._most and self._said[kind] < math.ceil(KIND_SHARE * self._most):
                self._said[kind] += 1
                told.append(one)
            else:
                self._rest.add(one.campaign)
                self._done(one)
        return told

    def _done(self, held: News) -> None:
        """What stands in a sum alone is told no second time: nobody would know what grew."""
        number = next((self._numbers[key] for key in _keys(held.campaign) if key in self._numbers), None)
        if number is not None:
            self._followed[number].is_done = True


def _keys(campaign: Campaign) -> list[_Key]:
    """What it is known by: whatever shape it takes with more packets, it is the same scan of the same sources."""
    family = _FAMILIES.get(campaign.kind, "scan")
    return [(family, campaign.plane, source) for source in campaign.sources[:SOURCES_KEPT]]


def _is_over(campaign: Campaign, now: int) -> bool:
    pause = PAUSES * (campaign.last - campaign.first) // max(1, campaign.events)
    return now - campaign.last > min(max(pause, QUIET_US[0]), QUIET_US[1])


def _slim(campaign: Campaign) -> Campaign:
    """With all that words are made of: the ends of its ports, and one target."""
    ports = campaign.ports if len(campaign.ports) <= 2 else (min(campaign.ports), max(campaign.ports))
    return replace(campaign, ports=ports, targets=campaign.targets[:1], sources=campaign.sources[:20], outline=())


# the form that outlives a restart


def _as_entry(one: _Followed) -> dict[str, Any]:
    keys = _keys(one.campaign)
    return {"family": keys[0][0] if keys else "", "plane": one.campaign.plane, "sources": [key[2].hex() for key in keys], "packets": one.told, "done": one.is_done}


def _entries(kept: Mapping[str, Any]) -> Iterator[tuple[_Key, tuple[int, bool]]]:
    entries = kept.get("told")
    for entry in entries[:FOLLOWED_MAX] if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("sources"), list):
            continue
        packets = _number(entry.get("packets"))
        for source in entry["sources"][:SOURCES_KEPT]:
            octets = _octets(source)
            if packets and octets:
                yield (str(entry.get("family")), str(entry.get("plane")), octets), (packets, bool(entry.get("done")))


def _hour_of(kept: Mapping[str, Any]) -> tuple[int, Counter[str], Rest]:
    rest = kept.get("rest")
    rest = rest if isinstance(rest, dict) else {}
    numbers = [_number(rest.get(name)) for name in ("sources", "packets", "first", "last")]
    return _number(kept.get("hour")), _counts(kept.get("said")), Rest(_counts(rest.get("kinds")), *numbers)


def _counts(value: object) -> Counter[str]:
    return Counter({str(kind): _number(count) for kind, count in value.items() if _number(count)} if isinstance(value, dict) else {})


def _number(value: object) -> int:
    """What is no whole number that a moment or a count can be is 0."""
    return value if isinstance(value, int) and 0 <= value <= 2**62 and not isinstance(value, bool) else 0


def _octets(text: object) -> bytes:
    try:
        octets = bytes.fromhex(str(text))
    except ValueError:
        return b""
    return octets if len(octets) == 16 else b""
