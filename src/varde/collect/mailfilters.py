"""Mail filters, read over SNMP at a steady pace: what they count is summed up for monitoring and kept in table `readings`.

    timer -> agents, all at once -> names -> growth since the reading before -> sums, store
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from varde.collect.snmp import Agent, Value, walk
from varde.decode.amavis import BASE, KEPT, NAMED, RATIOS, Reading, grown, numbers_of, reading_of
from varde.decode.batch import schema_of
from varde.decode.rows import iso
from varde.model import READINGS, VardeError, at_port

COMMIT_SECONDS = 60.0
"""Between two commits: a question opens every file of the day that is not merged yet."""

END_SECONDS = 15.0
"""For the round that is under way."""

NOTHING = (
    "{name} answers SNMP and has no numbers of amavisd. Does amavisd-snmp-subagent run there, and does a view of its snmpd.conf include ." + BASE + "? "
    "`varde amavis doctor` on that machine says which."
)
WAITING_MAX = 50_000
"""Rows that wait for a disk: a day of one filter a minute."""

VALUE_MOST = 2**63 - 1
"""What a column holds: a Counter64 says more."""

GROWN_MOST = 2**44
"""Between two readings: 17 TB of mail are an agent that lies, and the sum of WAITING_MAX of them still fits a column."""

_DAY_ZERO = date(1970, 1, 1)

Walk = Callable[[Sequence[Agent], str], Mapping[Agent, dict[str, Value] | VardeError]]


def read(agents: Sequence[Agent], *, walk: Walk = walk, clock: Callable[[], float] = time.time) -> dict[Agent, Reading | VardeError]:
    """What each tells now, or a sentence why it does not."""
    told = walk(agents, BASE)
    at = clock()
    return {agent: _named(agent, values, at) for agent, values in told.items()}


def _named(agent: Agent, values: dict[str, Value] | VardeError, at: float) -> Reading | VardeError:
    if isinstance(values, VardeError):
        return values
    reading = reading_of(values, at)
    return reading if reading.values else VardeError(NOTHING.format(name=agent.name))


@dataclass(slots=True)
class Filter:
    """What is known of one mail filter."""

    agent: Agent
    reading: Reading | None = None
    "The last that came."
    totals: Counter[str] = field(default_factory=Counter)
    "By how much each counter has grown since the station started."
    error: str = ""
    "Why the last try failed."
    tried: float = 0.0

    def took(self, answer: Reading | VardeError, at: float) -> dict[str, int]:
        """Take an answer; by how much its counters grew."""
        self.tried = at
        if isinstance(answer, VardeError):
            self.error = str(answer)
            return {}
        before, self.reading, self.error = self.reading, answer, ""
        steps = grown(before, answer) if before is not None else {}
        self.totals.update(steps)
        return steps

    def document(self) -> dict[str, Any]:
        """For the page: its state, the last numbers, and ratios since the station started or, before anything came, since amavisd did."""
        numbers = numbers_of(self.reading) if self.reading else {}
        since = self.totals if self.totals["inMsgs"] else Counter(numbers)
        counts = {**numbers, **since}
        return {
            "host": self.agent.name, "error": self.error or None, "time": iso(int(self.reading.at * 1e6)) if self.reading else None,
            "uptime_seconds": self.reading.uptime if self.reading else None, "description": self.reading.values.get("sysDescr") if self.reading else None,
            "values": {name: numbers[name] for name in KEPT if name in numbers}, "ratios": {one.name: one.of(counts) for one in RATIOS},
        }  # fmt: skip


class MailFilters:
    """A thread that reads all of them. Without any it is never started."""

    def __init__(
        self, agents: Sequence[Agent], every: float, keep: Callable[[pl.DataFrame], object], note: Callable[[str], None],
        *, read: Callable[[Sequence[Agent]], Mapping[Agent, Reading | VardeError]] = read,
    ) -> None:  # fmt: skip
        """`keep` stores a frame of READINGS; `note` says a sentence to people."""
        self.filters = [Filter(agent) for agent in agents]
        self._every, self._keep, self._note, self._read = every, keep, note, read
        self._waiting: list[dict[str, Any]] = []
        self._kept_at = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self.filters:
            self._thread = threading.Thread(target=self._run, name="mailfilters", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=END_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.round()
            self._stop.wait(self._every - time.time() % self._every)
        self.commit()

    def round(self) -> None:
        """Read all once, sum up, keep."""
        answers = self._read([one.agent for one in self.filters])
        for one in self.filters:
            answer, before = answers[one.agent], one.error
            steps = one.took(answer, time.time())
            if one.error and one.error != before:
                self._note(one.error)
            if isinstance(answer, Reading):
                self._waiting += _rows(one.agent, answer, steps)
        if time.monotonic() - self._kept_at >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Store what waits; where the disk refuses, it waits on, up to WAITING_MAX."""
        self._kept_at = time.monotonic()
        try:
            if self._waiting:
                self._keep(pl.DataFrame(self._waiting, schema=schema_of(READINGS)))
            self._waiting = []
        except VardeError as error:
            self._note(f"readings of mail filters are not kept: {error}")
            self._waiting = self._waiting[-WAITING_MAX:]

    def documents(self) -> list[dict[str, Any]]:
        return [one.document() for one in self.filters]

    def problems(self) -> list[str]:
        return [one.error for one in self.filters if one.error]


def _rows(agent: Agent, reading: Reading, steps: Mapping[str, int]) -> list[dict[str, Any]]:
    at, numbers = int(reading.at * 1e6), numbers_of(reading)
    asked = f"udp://{at_port(agent.host, agent.port)}"
    common = {"time": at, "sensor": agent.name, "received": at, "source": f"snmp:{agent.name}", "file": asked, "offset": None, "day": _DAY_ZERO + timedelta(microseconds=at)}
    return [
        {**common, "name": name, "kind": "counter" if NAMED[name].is_counter else "gauge", "value": min(numbers[name], VALUE_MOST),
         "grown": min(steps[name], GROWN_MOST) if name in steps else None}
        for name in KEPT if name in numbers
    ]  # fmt: skip
