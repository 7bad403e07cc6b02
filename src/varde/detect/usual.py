"""How many different sources usually want a port at this hour of the week, and how much that varies. Robust: nobody moves it in a week.

A port's level is what the middle half of its days had, drawn up towards that of other ports where little is known of it. A busy port has a
memory of each hour of the week besides. What is learnt of an hour is at most what would have been noticed: a flood teaches little."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.detect.crowds import HOURS, KEYS
from varde.detect.likelihood import Floats

Rows = NDArray[np.int64]

DAYS = 35
"""How far back is looked: five weeks, so that each hour of the week was seen five times and the month before is forgotten."""

WEEKS = DAYS // 7
WEEK = 168
DAY_HOURS = 24

BUSY = 2.0
"""Sources an hour from which on a median of five hours says something; of fewer it is 0 or 1 by chance."""

BUSY_MAX = 4_096
"""Ports with a memory of each hour of the week, 7 MB; the others have one of each day."""

PRIOR_SOURCES = 0.5
"""What other ports tell of a port weighs as much as half a source seen: enough that none is expected to have no one at all."""

SEASON_WEIGHT = 3.0
"""Weeks that a port's level times the hour's season weigh against its own memory of this hour of the week."""

POOL = 0.95
"""Share of ports, the quietest, that tell what another port is like: telnet does not."""

DISPERSION = 2.0
"""k where no port is busy enough to estimate it: more spread than was seen on networks that had some."""

DISPERSION_RANGE = (0.3, 10.0)
"""Beyond it nobody's counts are: who has seen few weeks would take a calm month for a law."""

DISPERSION_PORTS = 5
"""Busy ports that it takes to estimate it."""

DISPERSION_HOURS = 48
"""Hours of each of them."""

SETTLED_HOURS = 7 * DAY_HOURS
"""From then on levels are put in order once a day, not each hour."""

FACTOR_RANGE = (1.0, 20.0)
"""How many times as much as usual may come to all busy ports at once, before that is news of each of them."""

DAY_HOURS_MIN = 6
"""Hours of a day that must have been seen for it to count."""

_UNKNOWN = 65_535


@dataclass(frozen=True, slots=True)
class Known:
    """What expectations rest on."""

    hours: int
    "Hours that were seen, of the last five weeks."
    ports: int
    busy: int
    dispersion: float
    longer_dispersion: float
    estimated: bool
    "Whether the dispersion was estimated from busy ports, or is the one for who has none."


@dataclass(frozen=True, slots=True)
class Expected:
    """Of some ports: sources of this hour, and k of both windows."""

    mean: Floats
    dispersion: Floats
    longer: Floats
    "Sources of this hour and the five before it, at most."
    longer_dispersion: Floats


class Usual:
    """Learns hour by hour, and says what the next one should be like. 30 MB are kept at most, whatever comes."""

    def __init__(self) -> None:
        self._row_of = np.full(KEYS, -1, dtype=np.int32)
        self._keys = np.zeros(1024, dtype=np.int64)
        self._rows = 0
        self._days = np.zeros((1024, DAYS), dtype=np.uint16)
        self._day_hours = np.zeros(DAYS, dtype=np.int64)
        self._busy_of = np.full(1024, -1, dtype=np.int32)
        self._busy_rows = np.zeros(0, dtype=np.int64)
        self._weeks = np.full((BUSY_MAX, WEEKS, WEEK), _UNKNOWN, dtype=np.uint16)
        self._totals = np.full((WEEKS, WEEK), np.nan)
        self._season = np.ones(WEEK)
        self._level = np.zeros(1024)
        self._certainty = np.full(1024, PRIOR_SOURCES)
        self._prior = 0.0
        self._k = (DISPERSION, DISPERSION)
        self._estimated = False
        self._last: int | None = None
        self._fitted = -1

    @property
    def known(self) -> Known:
        return Known(int(self._day_hours.sum()), self._rows, len(self._busy_rows), *self._k, self._estimated)

    def rows(self, keys: NDArray[np.int64]) -> Rows:
        """The places of keys, new ones made for those that were never seen."""
        new = keys[self._row_of[keys] < 0]
        if len(new):
            self._grow(self._rows + len(new))
            self._row_of[new] = np.arange(self._rows, self._rows + len(new))
            self._keys[self._rows : self._rows + len(new)] = new
            self._level[self._rows : self._rows + len(new)] = self._prior
            self._rows += len(new)
        return self._row_of[keys].astype(np.int64)

    def expect(self, hour: int, rows: Rows, now: Floats) -> Expected:
        """What these ports should have in an hour. `now`: what they have, for what comes to all of them alike."""
        self._fit(hour, DAY_HOURS if self.known.hours >= SETTLED_HOURS else 1)
        mean = self._mean(rows, hour)
        mean = mean * self._factor(rows, mean, now)
        longer = mean + sum(self._mean(rows, hour - before) for before in range(1, HOURS))
        spread = 1 / self._certainty[rows]  # of a gamma: what is known of the level is uncertain, besides what varies
        return Expected(mean, 1 / (1 / self._k[0] + spread), longer, 1 / (1 / self._k[1] + spread))

    def learn(self, hour: int, rows: Rows, sources: Floats) -> None:
        """What an hour had; ports that are not among these had nobody."""
        self._fit(hour, DAY_HOURS)
        self._turn(hour)
        sources = np.minimum(np.rint(sources), _UNKNOWN - 1).astype(np.uint16)
        day = hour // DAY_HOURS % DAYS
        self._days[rows, day] = np.minimum(self._days[rows, day].astype(np.int64) + sources, 65_535)
        self._day_hours[day] += 1
        week, slot = hour // WEEK % WEEKS, hour % WEEK
        self._weeks[: len(self._busy_rows), week, slot] = 0
        busy = self._busy_of[rows]
        self._weeks[busy[busy >= 0], week, slot] = sources[busy >= 0]
        self._totals[week, slot] = float(sources.sum())
        self._last = hour

    def _turn(self, hour: int) -> None:
        """Forget what this hour's places had five weeks ago; hours that were not seen in between are unknown, not empty."""
        if self._last is not None and hour - self._last >= DAYS * DAY_HOURS:
            self._last = None
        begin = hour - DAYS * DAY_HOURS + 1 if self._last is None else self._last + 1
        for passed in range(begin, hour + 1):
            if passed % DAY_HOURS == 0 or (passed == begin and self._last is None):
                day = passed // DAY_HOURS % DAYS
                self._days[:, day], self._day_hours[day] = 0, 0
            self._weeks[: len(self._busy_rows), passed // WEEK % WEEKS, passed % WEEK] = _UNKNOWN
            self._totals[passed // WEEK % WEEKS, passed % WEEK] = np.nan

    def _grow(self, rows: int) -> None:
        size = len(self._keys)
        if rows <= size:
            return
        more = min(max(rows, 2 * size), KEYS) - size
        self._keys = np.concatenate([self._keys, np.zeros(more, dtype=np.int64)])
        self._days = np.concatenate([self._days, np.zeros((more, DAYS), dtype=np.uint16)])
        self._busy_of = np.concatenate([self._busy_of, np.full(more, -1, dtype=np.int32)])
        self._level = np.concatenate([self._level, np.full(more, self._prior)])
        self._certainty = np.concatenate([self._certainty, np.full(more, PRIOR_SOURCES)])

    def _mean(self, rows: Rows, hour: int) -> Floats:
        """By level and season; of busy ports drawn towards the median of what they had at this hour of the week."""
        mean: Floats = np.maximum(self._level[rows] * self._season[hour % WEEK], 1e-9)
        busy = self._busy_of[rows]
        at = np.flatnonzero(busy >= 0)
        if len(at):
            weeks, middle = _medians(self._weeks[busy[at], :, hour % WEEK])
            mean[at] = (weeks * middle + SEASON_WEIGHT * mean[at]) / (weeks + SEASON_WEIGHT)
        return mean

    def _factor(self, rows: Rows, mean: Floats, now: Floats) -> float:
        """What came to busy ports alike in this hour, against what they should have had."""
        busy = np.flatnonzero(self._busy_of[rows] >= 0)
        if len(busy) < DISPERSION_PORTS:
            return 1.0
        return float(np.clip(np.median(now[busy] / mean[busy]), *FACTOR_RANGE))

    def _fit(self, hour: int, every: int) -> None:
        """Put levels, season and dispersion in order, where that was not done for so many hours."""
        if self._fitted >= 0 and hour - self._fitted < every:
            return
        self._fitted = hour
        self._fit_levels()
        self._fit_season()
        self._choose_busy()
        self._fit_dispersion()

    def _fit_levels(self) -> None:
        whole = np.flatnonzero(self._day_hours >= DAY_HOURS_MIN)
        whole = whole if len(whole) else np.flatnonzero(self._day_hours)
        hours = int(self._day_hours[whole].sum())
        if not hours:
            return
        rates = np.sort(self._days[: self._rows, whole] / self._day_hours[whole], axis=1)
        cut = len(whole) // 4
        rate = rates[:, cut : len(whole) - cut].mean(axis=1)
        quiet = np.sort(rate)[: max(1, int(POOL * len(rate)))]
        self._prior = max(float(quiet.mean()) if len(quiet) else 0.0, 1e-6)
        certainty = rate * hours + PRIOR_SOURCES
        self._certainty[: self._rows], self._certainty[self._rows :] = certainty, PRIOR_SOURCES
        # drawn up to what others are like, never down: that telnet is not like the others is what makes it busy
        self._level[: self._rows] = np.maximum(rate, certainty / (hours + PRIOR_SOURCES / self._prior))
        self._level[self._rows :] = self._prior

    def _fit_season(self) -> None:
        """Of each hour of the week its share: drawn towards that of the hour of the day, and this towards 1, where few were seen."""
        known = ~np.isnan(self._totals)
        usual = float(np.median(self._totals[known])) if known.any() else 0.0
        if usual <= 0:
            return
        shares = np.where(known, self._totals, 0.0) / usual
        seen, sums = known.sum(axis=0), shares.sum(axis=0)
        of_day = (sums.reshape(7, DAY_HOURS).sum(axis=0) + 2) / (seen.reshape(7, DAY_HOURS).sum(axis=0) + 2)
        season = (sums + 2 * np.tile(of_day, 7)) / (seen + 2)
        self._season = np.clip(season / season.mean(), 0.2, 5.0)

    def _choose_busy(self) -> None:
        busy = np.flatnonzero((self._level[: self._rows] >= BUSY) & (self._busy_of[: self._rows] < 0))
        room = BUSY_MAX - len(self._busy_rows)
        chosen = busy[np.argsort(-self._level[busy], kind="stable")][:room]
        self._busy_of[chosen] = np.arange(len(self._busy_rows), len(self._busy_rows) + len(chosen))
        self._busy_rows = np.concatenate([self._busy_rows, chosen])

    def _fit_dispersion(self) -> None:
        """1 / k of each busy port, by moments; the median of them, which a port that somebody floods does not move."""
        count = len(self._busy_rows)
        had = self._weeks[:count].astype(np.float64)
        known = had != _UNKNOWN
        enough = known.sum(axis=(1, 2)) >= DISPERSION_HOURS
        self._estimated = int(enough.sum()) >= DISPERSION_PORTS
        if not self._estimated:
            self._k = (DISPERSION, DISPERSION)
            return
        had, known = had[enough], known[enough]
        season = self._level[self._busy_rows[enough], None] * self._season
        mean = np.broadcast_to(np.maximum(season, 1e-9)[:, None, :], had.shape)
        # by level and season alone: a median of five hours follows these five, and would seem to vary less than it does
        one = _dispersion(had, mean, known)
        six = (len(had), WEEKS, WEEK // HOURS, HOURS)
        longer = _dispersion(had.reshape(six).sum(axis=3), mean.reshape(six).sum(axis=3), known.reshape(six).all(axis=3))
        self._k = (one, min(max(longer, one), HOURS * one))


def _dispersion(had: Floats, mean: Floats, known: NDArray[np.bool_]) -> float:
    over = np.where(known, (had - mean) ** 2 - mean, 0.0).sum(axis=(1, 2))
    square = np.where(known, mean**2, 0.0).sum(axis=(1, 2))
    inverse = float(np.median(over[square > 0] / square[square > 0])) if (square > 0).any() else 1 / DISPERSION
    return float(np.clip(1 / max(inverse, 1e-9), *DISPERSION_RANGE))


def _medians(had: NDArray[np.uint16]) -> tuple[Floats, Floats]:
    """Of each row how many weeks are known, and the median of them; 0 where none is."""
    known = had != _UNKNOWN
    ordered = np.sort(had, axis=1)  # what is unknown is the largest number
    weeks = known.sum(axis=1)
    at = np.arange(len(had))
    low, high = ordered[at, np.maximum(weeks - 1, 0) // 2], ordered[at, weeks // 2]  # WEEKS is odd: both are the same in a full row
    middle = np.where(weeks > 0, (low.astype(np.float64) + high) / 2, 0.0)
    return weeks.astype(np.float64), middle
