"""Surges over 65,536 ports for a month: false alarms a day, how soon both articles' surges are told, and what it costs.

The background is synthetic: a negative binomial with a day's and a week's curve, of which few ports have much and most hardly anything.
Beside it stand the rules that people use instead, on the same counts."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.measure import Result
from varde.detect import Counts, Surges
from varde.detect.likelihood import log_tail
from varde.detect.surge import ALARM, FLOOR

JOB = "surges, 65,536 ports"
PORTS = 65_536
DAYS = 30
SPREAD = 3.0
SEED = 1
BEGIN = 480_000
WARM_DAYS = 2
"""Not counted of any rule: all of them are new then."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Injected:
    """A surge of the articles: port, its first hour, how many hours, sources in all."""

    port: int
    begin: int
    hours: int
    sources: int

    def at(self, hour: int) -> float:
        return self.sources / self.hours if self.begin <= hour < self.begin + self.hours else 0.0


INJECTED = (Injected(7547, 24 * 24 + 14, 12, 1000), Injected(37777, 27 * 24 + 9, 24, 200))


@dataclass
class Score:
    """What a rule said: false alarms by day, and the hour after its first in which each surge was told."""

    false: dict[int, int] = field(default_factory=dict)
    caught: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def take(self, hour: int, ports: list[int]) -> None:
        for port in ports:
            own = next((each for each in INJECTED if each.port == port and each.begin <= hour < each.begin + each.hours + 6), None)
            if own is not None:
                self.caught.setdefault(port, hour - own.begin)
            else:
                self.false[hour // 24] = self.false.get(hour // 24, 0) + 1

    def a_day(self, days: int) -> float:
        return sum(count for day, count in self.false.items() if day >= WARM_DAYS) / max(1, days - WARM_DAYS)

    def soon(self) -> str:
        return ", ".join(f"{each.port} {'not told' if each.port not in self.caught else f'told in hour {self.caught[each.port] + 1}'}" for each in INJECTED)


def counts(days: int, seed: int = SEED) -> Iterator[Array]:
    """Different sources of each port, hour by hour."""
    rng = np.random.default_rng(seed)
    level = np.minimum(0.02 * rng.pareto(1.0, PORTS) + 0.02, 400)
    level[7547], level[37777] = 1.5, 0.15
    for hour in range(24 * days):
        season = 1 + 0.3 * np.sin(2 * np.pi * hour / 24) + 0.15 * (hour // 24 % 7 < 5)
        drawn = rng.poisson(rng.gamma(SPREAD, level * season / SPREAD)).astype(np.float64)
        for each in INJECTED:
            drawn[each.port] += rng.poisson(each.at(hour))
        yield drawn


class Rolling:
    """Mean and spread of each port's hours so far, for the rules that have nothing else."""

    def __init__(self) -> None:
        self.hours: list[Array] = []
        self.mean = self.deviation = self.median = self.mad = np.zeros(PORTS)

    def learn(self, hour: int, drawn: Array) -> None:
        """The rules look at a week, and put it in order once a day."""
        self.hours = [*self.hours, drawn][-168:]
        if hour % 24 == 23:
            past = np.array(self.hours)
            self.mean, self.deviation = past.mean(axis=0), past.std(axis=0)
            self.median = np.median(past, axis=0)
            self.mad = np.median(np.abs(past - self.median), axis=0)


def _sigma(drawn: Array, past: Rolling) -> NDArray[np.bool_]:
    return np.asarray((drawn > past.mean + 3 * past.deviation) & (drawn > 0))


def _mad(drawn: Array, past: Rolling) -> NDArray[np.bool_]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(0.6745 * (drawn - past.median) / past.mad > 3.5)


def _mad_floored(drawn: Array, past: Rolling) -> NDArray[np.bool_]:
    return np.asarray((0.6745 * (drawn - past.median) / np.maximum(past.mad, 1) > 3.5) & (drawn >= FLOOR))


def _poisson(drawn: Array, past: Rolling) -> NDArray[np.bool_]:
    """With the same floor and correction as ours. A negative binomial of a large k is one."""
    mean = np.maximum(past.mean, 0.01)
    told = np.zeros(PORTS, dtype=bool)
    asked = np.flatnonzero((drawn >= FLOOR) & (drawn > mean))
    told[asked] = log_tail(drawn[asked], mean[asked], np.full(len(asked), 1e7)) < np.log(0.01 / PORTS)
    return told


RULES: dict[str, Callable[[Array, Rolling], NDArray[np.bool_]]] = {
    "mean + 3 sigma": _sigma, "modified z of MAD": _mad, "MAD of at least 1, 5 sources": _mad_floored, "Poisson, Bonferroni, 5 sources": _poisson,
}  # fmt: skip


def run(*, small: bool) -> list[Result]:
    days = 3 if small else DAYS
    others, past = {name: Score() for name in RULES}, Rolling()
    notices, alarms = Score(), Score()
    watch, before, sources = Surges(), [], 0.0
    for hour, drawn in enumerate(counts(days)):
        if hour >= 24:
            for name, rule in RULES.items():
                others[name].take(hour, np.flatnonzero(rule(drawn, past)).tolist())
        past.learn(hour, drawn)
        before = [*before, drawn][-6:]
        keys = np.flatnonzero(drawn)
        sources += float(drawn.sum())
        given = Counts(BEGIN + hour, keys.astype(np.int64), drawn[keys], np.sum(before, axis=0)[keys])
        began = time.process_time()
        told = [surge for surge in watch.hour(given) if not surge.over]
        notices.seconds += time.process_time() - began
        notices.take(hour, [surge.port for surge in told])
        alarms.take(hour, [surge.port for surge in told if surge.level == ALARM])
    return [*_ours(notices, alarms, days, watch, sources), *(Result(JOB, name, f"{score.a_day(days):,.1f} false alarms a day", score.soon()) for name, score in others.items())]


def _ours(notices: Score, alarms: Score, days: int, watch: Surges, sources: float) -> list[Result]:
    return [
        Result(JOB, "Varde, alarms", f"{alarms.a_day(days):.2f} false alarms a day", alarms.soon()),
        Result(JOB, "Varde, notices too", f"{notices.a_day(days):.2f} false ones a day", notices.soon()),
        Result(JOB, "the background's spread k, of which the true one is 3", f"{watch.known.dispersion:.2f}", f"from {watch.known.busy:,} busy ports"),
        Result(JOB, "judging and learning an hour", f"{1e3 * notices.seconds / (24 * days):.0f} ms", f"{1e6 * notices.seconds / max(1.0, sources):.1f} us a source"),
    ]  # fmt: skip
