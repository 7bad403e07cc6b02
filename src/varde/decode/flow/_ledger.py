"""The loss ledger: what is missing, late or doubled by an exporter's sequence numbers, exactly.

A message covers a span of numbers: from its sequence number on, as many as the units in it. Spans that were jumped over are
kept for a while; a message that fills one later was late, and what was counted as lost no longer is. What lies behind and
fills none came twice, unless the exporter began anew: then it was exported later than everything before it, though its
numbers are lower, or its uptime fell."""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 2**20
"""Units that a late message may be behind: a second of a very busy exporter. What is missing for longer stays lost."""

GAPS_MAX = 4096
"""Spans that are remembered as missing; the oldest is given up first."""

LATE_MAX = 60_000_000
"""us. What was exported this much later than the newest message is no late one, even if it fits a gap."""

BOOT_SLACK = 5_000
"""ms by which the start that a message computes may differ, because its clock has whole seconds and is adjusted."""

_WRAP = 2**32


@dataclass(slots=True)
class Losses:
    """What changed since it was last taken; `lost` shrinks when late ones come."""

    lost: int = 0
    reordered: int = 0
    duplicated: int = 0
    restarts: int = 0

    @property
    def happened(self) -> bool:
        return bool(self.lost or self.reordered or self.duplicated or self.restarts)


@dataclass(slots=True)
class Sequence:
    """Of one exporter, observation domain and protocol. Numbers are unwrapped: they go on beyond 2^32."""

    losses: Losses = field(default_factory=Losses)
    base: int | None = None
    "The lowest number seen since the exporter began."
    expected: int = 0
    slack: int = 0
    "Units that the last message may have had beyond those that could be counted, because its template is unknown."
    export: int = 0
    "us: the latest export seen."
    uptime: int = -1
    gaps: list[tuple[int, int]] = field(default_factory=list)
    "Missing spans in order."
    stray: int | None = None
    "What would follow a message far behind: two in a row mean that the exporter began anew."

    def take(self) -> Losses:
        """What changed, and begin to count anew."""
        taken, self.losses = self.losses, Losses()
        return taken

    def see_all(self, numbers: NDArray[np.int64], units: NDArray[np.int64], exports: NDArray[np.int64], uptimes: NDArray[np.int64], slacks: NDArray[np.int64]) -> None:
        """Messages in order of arrival. Those that follow each other without a break count as one."""
        if not len(numbers):
            return
        follows = (numbers[1:] - numbers[:-1] - units[:-1]) % _WRAP == 0
        follows &= (slacks[:-1] == 0) & ((exports[1:] - exports[:-1]) >= 0)
        edges = np.flatnonzero(~follows) + 1
        firsts = np.concatenate([[0], edges])
        lasts = np.concatenate([edges, [len(numbers)]]) - 1
        totals = np.add.reduceat(units, firsts)
        columns = (numbers[firsts], totals, lasts - firsts + 1, exports[firsts], uptimes[firsts], slacks[lasts], exports[lasts], uptimes[lasts])
        for row in zip(*(column.tolist() for column in columns), strict=True):
            self._see(*row)

    def _see(self, number: int, units: int, messages: int, export: int, uptime: int, slack: int, last_export: int, last_uptime: int) -> None:
        if self.base is None:
            self._begin(number, units)
        else:
            begin = self.expected + _signed(number - self.expected)
            if self._is_restart(begin, begin + units, export, uptime):
                self.losses.restarts += 1
                self._begin(number, units)
                self.export, self.uptime = 0, -1
            elif begin >= self.expected:
                self._ahead(begin, units)
            else:
                self._behind(begin, begin + units, number, messages)
        if last_export >= self.export:
            self.export, self.uptime = last_export, last_uptime
        self.slack = slack

    def _begin(self, number: int, units: int) -> None:
        self.base, self.expected = number, number + units
        self.gaps.clear()
        self.stray = None

    def _ahead(self, begin: int, units: int) -> None:
        self.stray = None
        jumped = max(0, begin - self.expected - self.slack)
        if jumped:
            self.losses.lost += jumped
            self.gaps.append((begin - jumped, begin))
            if len(self.gaps) > GAPS_MAX:
                del self.gaps[0]
        self.expected = begin + units

    def _behind(self, begin: int, end: int, number: int, messages: int) -> None:
        """A span that begins before what is expected: late, doubled, or the first of those before the first."""
        if begin < self.expected - WINDOW:
            self._far_behind(number, end - begin, messages)
            return
        assert self.base is not None
        if begin < self.base:
            before = min(end, self.base)
            missing = (before, self.base)
            self.losses.reordered += before - begin
            self.losses.lost += missing[1] - missing[0]
            if missing[0] < missing[1]:
                self.gaps.insert(0, missing)
            self.base, begin = begin, before
        late = self._fill(begin, end)
        self.losses.lost -= late
        self.losses.reordered += late
        self.losses.duplicated += max(0, min(end, self.expected) - begin - late)
        self.expected = max(self.expected, end)

    def _far_behind(self, number: int, units: int, messages: int) -> None:
        """Beyond the window it is nobody's late message; another that follows it says that the numbers began anew."""
        follows = self.stray is not None and 0 <= _signed(number - self.stray) <= WINDOW
        if follows or messages > 1:
            self.losses.restarts += 1
            self._begin(number, units)
            return
        self.losses.duplicated += units
        self.stray = (number + units) % _WRAP

    def _fill(self, begin: int, end: int) -> int:
        """Take a span out of what is missing. Returns how much of it was."""
        at = max(0, bisect_left(self.gaps, (begin, begin)) - 1)
        filled = 0
        while at < len(self.gaps) and self.gaps[at][0] < end:
            low, high = self.gaps[at]
            start, stop = max(low, begin), min(high, end)
            if start >= stop:
                at += 1
                continue
            filled += stop - start
            left = [(low, start)] if low < start else []
            left += [(stop, high)] if stop < high else []
            self.gaps[at : at + 1] = left
            at += len(left)
        return filled

    def _is_restart(self, begin: int, end: int, export: int, uptime: int) -> bool:
        """Whether the exporter began anew: its uptime fell though its clock did not go back as far, or it exported lower
        numbers later than higher ones."""
        if uptime >= 0 <= self.uptime:
            moved = _signed((export - self.export) // 1000 - (uptime - self.uptime))  # an uptime that wraps is the same start
            if abs(moved) > BOOT_SLACK and uptime < self.uptime and begin != self.expected:
                return True
        if begin >= self.expected or begin == end:
            return False
        later = export - self.export
        return later > LATE_MAX or (later > 0 and not self._may_fill(begin, end))

    def _may_fill(self, begin: int, end: int) -> bool:
        """Whether something of a span is missing."""
        at = max(0, bisect_left(self.gaps, (begin, begin)) - 1)
        return any(low < end and begin < high for low, high in self.gaps[at : at + 2])

    def state(self) -> dict[str, Any]:
        return {"base": self.base, "expected": self.expected, "export": self.export, "uptime": self.uptime}


def sequence_of(state: dict[str, Any]) -> Sequence:
    """From what `Sequence.state` gave."""
    base = state["base"]
    return Sequence(base=None if base is None else int(base), expected=int(state["expected"]), export=int(state["export"]), uptime=int(state["uptime"]))


def _signed(difference: int) -> int:
    return (difference + _WRAP // 2) % _WRAP - _WRAP // 2
