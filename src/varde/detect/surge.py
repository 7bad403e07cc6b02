"""Ports that suddenly many different sources want: counts of an hour against what is usual, hour by hour, live or of any stored period.

    sources --crowds--> counts of 1 h and 6 h --usual--> what they should be --likelihood--> how unlikely --> Surge

Sources are networks (/24 of IPv4, /64 of IPv6), so that one owner of many addresses is one. The spread of counts is a negative binomial
and not a bell: ports live in bursts, and mean + 3 sigma calls thousands of them a day. The p of an hour is multiplied by the ports and
windows that were looked at (Bonferroni)."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from varde.detect.crowds import HOURS, Counts
from varde.detect.likelihood import Floats, log_tail
from varde.detect.usual import SETTLED_HOURS, Known, Usual
from varde.model import PLANES

NOTICE, ALARM = "notice", "alarm"
LEVELS = (NOTICE, ALARM)

FLOOR = 5
"""Different sources below which nothing is a surge: that many strangers knock anywhere on any day."""

ALARM_FLOOR = 10
"""Below it nothing is more than a notice, however quiet the port was: six strangers wake nobody."""

NOTICE_ODDS, ALARM_ODDS = 0.01, 0.0001
"""How often an hour in which nothing happens may have a notice, or an alarm, on any port."""

NOTICE_P = 1e-6
"""And on a port by itself, where few ports are looked at."""

HOURS_MIN = 6
"""Seen before anything is judged: of less nobody knows what is usual."""

SIGMAS = 4.0
"""Standard deviations above the mean below which no p is as small as NOTICE_P, even of a bell: it need not be worked out."""

GOES_ON = 2.0
"""Times the usual that keep a surge in force once it is."""

QUIET_HOURS = 3
"""Without that it is over."""

TAUGHT = 3.0
"""Times the usual that an hour of a surge teaches at most, so that a flood does not become what is usual."""

ADOPT_HOURS = 72
"""In force so long, a surge is how the port is from now on, and is learnt as it is."""

CURVE_MAX = 24 * 7
"""Hours of a surge that are kept one by one."""

OPENED_MAX = 64
"""Surges that begin in one hour: more is something that comes to everybody, and the least likely of them stand for it."""

OPEN_MAX = 1_000
"""In force at once."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a surge: its number since 1970 UTC, sources, and how many were expected."""

    hour: int
    sources: float
    expected: float


@dataclass(slots=True)
class Surge:
    """A port that more sources wanted than chance explains. Numbers are of the window that was least likely."""

    key: int
    begin: int
    "Its first hour, since 1970 UTC."
    level: str
    known: Known
    "What was known when it began."
    tests: int
    last: int
    window: int = 1
    "Hours: 1 or 6."
    sources: float = 0.0
    expected: float = 0.0
    log_p: float = 0.0
    "ln of how likely so many were there by chance, on this port alone."
    curve: list[Hour] = field(default_factory=list)
    over: bool = False

    @property
    def plane(self) -> str:
        return PLANES[self.key >> 16].key

    @property
    def proto(self) -> int:
        return 6 if self.plane.startswith("tcp") else 17

    @property
    def port(self) -> int:
        return self.key & 0xFFFF

    @property
    def log_odds(self) -> float:
        """ln of how many of so many ports and windows would have that in an hour by chance."""
        return min(0.0, self.log_p + math.log(self.tests))

    @property
    def peak(self) -> Hour:
        return max(self.curve, key=lambda hour: hour.sources)

    @property
    def adopted(self) -> bool:
        return self.last - self.begin >= ADOPT_HOURS

    @property
    def confidence(self) -> str:
        """high: an alarm against a week and more with a spread of its own; low: a notice against less."""
        settled = self.known.hours >= SETTLED_HOURS and self.known.estimated
        return {(True, True): "high", (False, False): "low"}.get((self.level == ALARM, settled), "medium")


def key_of(plane: str, port: int) -> int:
    """The key of a port: its plane's place in PLANES, and the port."""
    return [entry.key for entry in PLANES].index(plane) << 16 | port


def open_keys(open_ports: Iterable[str]) -> frozenset[int]:
    """Keys of ports that are declared open: `tcp/443`, `udp/53`, of both address families."""
    parted = [name.partition("/") for name in open_ports]
    return frozenset(key_of(f"{proto}{family}", int(port)) for proto, _, port in parted for family in "46")


class Surges:
    """Judges hour by hour, and learns. The same for a live station and for what is stored."""

    def __init__(self, open_ports: Collection[int] = ()) -> None:
        self._usual = Usual()
        self._open = np.array(sorted(open_ports), dtype=np.int64)
        self._force: dict[int, Surge] = {}
        self._ended: dict[int, int] = {}
        self.left_out = 0
        "Surges beyond OPENED_MAX or OPEN_MAX."

    @property
    def known(self) -> Known:
        return self._usual.known

    @property
    def in_force(self) -> list[Surge]:
        return list(self._force.values())

    def learn(self, counts: Counts) -> None:
        """Take an hour of the past as usual, whatever it had."""
        keys, sources, _ = self._closed(counts)
        self._usual.learn(counts.hour, self._usual.rows(keys), sources)

    def hour(self, counts: Counts) -> list[Surge]:
        """Judge an hour and learn it. Answers surges that began, grew to an alarm or ended in it."""
        keys, sources, longer = self._closed(counts)
        rows = self._usual.rows(keys)
        if self.known.hours < HOURS_MIN:
            self._usual.learn(counts.hour, rows, sources)
            return []
        expected = self._usual.expect(counts.hour, rows, sources)
        judged = _Judged(counts.hour, keys, sources, longer, expected.mean, expected.longer,
                         *_log_p(sources, longer, expected.mean, expected.dispersion, expected.longer, expected.longer_dispersion))  # fmt: skip
        changed = [*self._gone_on(judged), *self._begun(judged)]
        self._usual.learn(counts.hour, rows, self._taught(judged))
        return changed

    def _closed(self, counts: Counts) -> tuple[NDArray[np.int64], Floats, Floats]:
        shut = ~np.isin(counts.keys, self._open)
        return counts.keys[shut], counts.sources[shut], counts.longer[shut]

    def _gone_on(self, judged: "_Judged") -> list[Surge]:
        place = {key: at for at, key in enumerate(judged.keys.tolist()) if key in self._force}
        changed = []
        for key, surge in list(self._force.items()):
            at = place.get(key)
            if at is not None and judged.sources[at] >= max(FLOOR, GOES_ON * judged.mean[at]):
                changed += [surge] if self._grow(surge, judged, at) else []
            elif judged.hour - surge.last >= QUIET_HOURS:
                surge.over = True
                self._ended[key] = surge.last
                changed.append(self._force.pop(key))
            elif at is not None and len(surge.curve) < CURVE_MAX:
                surge.curve.append(Hour(judged.hour, float(judged.sources[at]), float(judged.mean[at])))
        self._ended = {key: last for key, last in self._ended.items() if judged.hour - last < HOURS}
        return changed

    def _grow(self, surge: Surge, judged: "_Judged", at: int) -> bool:
        """Another hour of a surge; whether it is an alarm because of it."""
        surge.last = judged.hour
        if len(surge.curve) < CURVE_MAX:
            surge.curve.append(Hour(judged.hour, float(judged.sources[at]), float(judged.mean[at])))
        before = surge.level
        judged.tell(surge, at)
        surge.level = ALARM if surge.level == ALARM else self._level(surge.log_p, surge.sources)
        return surge.level != before

    def _begun(self, judged: "_Judged") -> list[Surge]:
        unlikely = np.flatnonzero(judged.log_p < min(math.log(NOTICE_P), math.log(NOTICE_ODDS / self._tests())))
        new = [(float(judged.log_p[at]), int(at)) for at in unlikely if self._may_begin(judged, int(at))]
        room = max(0, min(OPENED_MAX, OPEN_MAX - len(self._force)))
        self.left_out += max(0, len(new) - room)
        begun = []
        for _, at in sorted(new)[:room]:
            key = int(judged.keys[at])
            surge = Surge(key, judged.hour, NOTICE, self.known, self._tests(), judged.hour)
            self._grow(surge, judged, at)
            self._force[key] = surge
            begun.append(surge)
        return begun

    def _may_begin(self, judged: "_Judged", at: int) -> bool:
        """Not what is in force; and six hours that have a surge in them that is over are no second one."""
        key = int(judged.keys[at])
        return key not in self._force and not (key in self._ended and judged.by_longer[at])

    def _tests(self) -> int:
        return max(1, 2 * self.known.ports)

    def _level(self, log_p: float, sources: float) -> str:
        sure = log_p < min(math.log(NOTICE_P), math.log(ALARM_ODDS / self._tests()))
        return ALARM if sure and sources >= ALARM_FLOOR else NOTICE

    def _taught(self, judged: "_Judged") -> Floats:
        """What is learnt of an hour: of a surge no more than would not have been one."""
        adopted = [key for key, surge in self._force.items() if surge.adopted]
        noticed = (np.isin(judged.keys, list(self._force)) | (judged.log_p < math.log(NOTICE_P))) & ~np.isin(judged.keys, adopted)
        return np.where(noticed, np.minimum(judged.sources, np.maximum(FLOOR, TAUGHT * judged.mean)), judged.sources)


@dataclass(frozen=True, slots=True)
class _Judged:
    """An hour's ports, place by place."""

    hour: int
    keys: NDArray[np.int64]
    sources: Floats
    longer: Floats
    mean: Floats
    longer_mean: Floats
    log_p: Floats
    by_longer: NDArray[np.bool_]

    def tell(self, surge: Surge, at: int) -> None:
        """Give a surge the numbers of this hour, where they are less likely than those it has."""
        if self.log_p[at] >= surge.log_p:
            return
        surge.log_p = float(self.log_p[at])
        surge.window = HOURS if self.by_longer[at] else 1
        surge.sources = float((self.longer if self.by_longer[at] else self.sources)[at])
        surge.expected = float((self.longer_mean if self.by_longer[at] else self.mean)[at])


def _log_p(sources: Floats, longer: Floats, mean: Floats, k: Floats, longer_mean: Floats, longer_k: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """ln of the smaller p of both windows, and whether it is that of the longer one."""
    both = np.zeros((2, len(sources)))
    for place, (count, usual, spread) in enumerate(((sources, mean, k), (longer, longer_mean, longer_k))):
        asked = np.flatnonzero((count >= FLOOR) & (count > usual + SIGMAS * np.sqrt(usual + usual**2 / spread)))
        both[place, asked] = log_tail(np.floor(count[asked]), usual[asked], spread[asked])
    return both.min(axis=0), both[1] < both[0]
