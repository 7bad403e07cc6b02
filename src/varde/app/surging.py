"""Surges of a station: the same detectors as `varde surges` has, fed with what arrives, hour by hour.

    probes -> Strangers -> Hourly (which the store has taught) -> levels for monitoring, warnings for sinks"""

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import polars as pl

from varde.app.search import Search
from varde.detect import Crowds, Surge, open_keys
from varde.detect.crowds import HOURS, SCHEMA
from varde.detect.surge import HOURS_MIN, LEVELS, QUIET_HOURS
from varde.live import Hourly, Strangers, warnings_of_surges
from varde.live.hourly import HOUR_SECONDS, ROWS_MAX, open_hour
from varde.live.strangers import hashed
from varde.live.surged import OVER, Told
from varde.model import VardeError

if TYPE_CHECKING:
    # what asks the store takes a second to load, which a station's thread does when all is open
    from varde.query import Engine

TOLD = "surges"
"""The fact that says which surges were told, so that a restart tells none of them again."""

_LATE = "most refused packets of the last hour bear stamps of hours before it, so surges of them are not seen: is the clock of a sender wrong, or its zone in [[sensor]]?"


@dataclass(slots=True)
class Surging(Search):
    """Judges an hour when it has ended."""

    strangers: Strangers = field(init=False)
    "Watches what arrives."
    levels: dict[str, int] | None = None
    "How many are in force by level; None while nothing is judged."
    _hourly: Hourly | None = None
    _seed: int = field(default_factory=lambda: secrets.randbits(63))

    def __post_init__(self) -> None:
        self.strangers = Strangers(self._seed, lambda: self.clock())

    @property
    def what(self) -> str:
        return "surges"

    def problems(self) -> list[str]:
        """What keeps surges from being seen."""
        is_late = self._hourly is not None and self._hourly.is_late
        lost = self.strangers.lost + (self._hourly.lost if self._hourly is not None else 0)
        return [*Search.problems(self), *([_LATE] if is_late else []), *([f"{lost:,} sources were too many to look for surges in them"] if lost else [])]

    def forget(self) -> None:
        self._hourly, self.levels = None, None

    def judge(self, now: float) -> None:
        assert self._hourly is not None
        changed = self._hourly.advance(self.strangers.take(), now)
        self._count()
        self._tell(changed, int(now * 1e6))

    def learn(self, engine: "Engine", now: float) -> None:
        """What was told once is not told again."""
        self._hourly, found = self._from_store(engine, now)
        self._count()
        latest = {surge.key: surge for surge in found}.values()  # a port may have had another one that day, which was told to be over
        self._tell([surge for surge in latest if surge.over or open_hour(now) - surge.last <= QUIET_HOURS], int(now * 1e6), is_past=True)

    def _from_store(self, engine: "Engine", now: float) -> tuple[Hourly, list[Surge]]:
        from varde.query import Window
        from varde.query.surges import each_network, learnt

        current = open_hour(now)
        surges, found = learnt(engine, _moment(current), open_keys(self.settings.open_ports))
        hourly = Hourly(surges, Crowds(self._seed, rows_max=ROWS_MAX), current - 1)

        def take(frame: pl.DataFrame) -> None:
            rows = frame.with_columns(source=hashed("src_net", self._seed))
            hourly.fill(rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()), now)

        each_network(engine, Window(_moment(current - HOURS + 1), datetime.fromtimestamp(now, timezone.utc)), take)
        return hourly, found

    def _count(self) -> None:
        assert self._hourly is not None
        surges = self._hourly.surges
        found = Counter(surge.level for surge in surges.in_force)
        self.levels = {level: found[level] for level in LEVELS} if surges.known.hours >= HOURS_MIN else None

    def _tell(self, surges: list[Surge], received: int, *, is_past: bool = False) -> None:
        """Tell what is news: a surge that is as grave as is wanted, when it becomes an alarm, and that what was told is over."""
        if not surges and not is_past:
            return
        told = self._told()
        news = []
        for surge in surges:
            level, before = OVER if surge.over else surge.level, told.get(surge.key)
            if surge.over and before is not None:
                del told[surge.key]
                news.append(self._said(surge, level))
            elif not surge.over and self._is_wanted(level, before):
                told[surge.key] = level
                news.append(self._said(surge, level))
        if is_past:  # what nobody knows of any more ended while nothing ran
            known = {surge.key for surge in surges}
            told = {key: level for key, level in told.items() if key in known}
        if news:
            self.tell(warnings_of_surges(news, received))
        if told != self._told():
            self.facts.put(TOLD, {"told": [{"key": key, "level": level} for key, level in told.items()]})

    def _is_wanted(self, level: str, before: str | None) -> bool:
        least = LEVELS.index(self.settings.tell)
        return LEVELS.index(level) >= least and (before is None or LEVELS.index(level) > LEVELS.index(before))

    def _said(self, surge: Surge, level: str) -> Told:
        """With all that is stored of it; where that cannot be asked, with what the detector saw."""
        from varde.query.surges import sums
        from varde.views.surges import name_of, reason

        why = f"{name_of(surge)}: {reason(surge)}"
        try:
            whole = sums(self.engine(), surge)
        except VardeError as error:
            self.note(f"surges: {error}")
            return Told(surge, level, why, round(surge.sources))
        # those whose clock is ahead are stored in another hour: of these no more is known than the detector saw
        networks = max(whole.networks, round(surge.peak.sources)) if level == OVER else round(surge.sources)
        return Told(surge, level, why, networks, whole.packets or None)

    def _told(self) -> dict[int, str]:
        """Level by key of the port; what is damaged in the fact is left out."""
        entries = (self.facts.get(TOLD) or {}).get("told", [])
        known = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        return {int(entry["key"]): entry["level"] for entry in known if isinstance(entry.get("key"), int) and entry.get("level") in LEVELS}


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR_SECONDS, timezone.utc)
