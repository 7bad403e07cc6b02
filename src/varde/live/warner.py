"""From batches of flows to what is told: matched, joined with what came before, repeats summed."""

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.live.answers import Answers
from varde.live.repeats import Repeats
from varde.live.warn import Lists, Matcher, warnings_of

REPEAT_SECONDS = 300.0
"""How often repeats are told: often enough to see that it goes on, seldom enough to be read."""


class ListMatcher(Matcher, Lists, Protocol):
    """A matcher that knows names too, and what its set ids stand for."""

    def lookup_names(self, names: list[str], /) -> NDArray[np.int32]: ...


class CurrentLists(Protocol):
    """Lists with the matcher of their present generation, which another thread may exchange."""

    @property
    def matcher(self) -> ListMatcher: ...


@dataclass(slots=True)
class Warner:
    """Keeps what must be remembered between batches. All answers are frames of WARNINGS to tell now, their `line` empty."""

    lists: CurrentLists
    seconds: float = REPEAT_SECONDS
    by_address: bool = False
    "Repeats are of one host and one listed address, not of one host and one list."
    found: int = 0
    "Flows that matched."
    _answers: Answers = field(default_factory=Answers)
    _repeats: Repeats = field(init=False)

    def __post_init__(self) -> None:
        self._repeats = Repeats(self.seconds, by_address=self.by_address)

    def take(self, flows: pl.DataFrame, clock: float | None = None) -> pl.DataFrame:
        """What a batch of flows gives to tell at once. `clock`: seconds of the monotonic clock."""
        matcher = self.lists.matcher  # taken once: set ids are its own
        return self.tell(warnings_of(flows, matcher, matcher, answers=self._answers), clock)

    def tell(self, warnings: pl.DataFrame, clock: float | None = None) -> pl.DataFrame:
        """The same for warnings that were found by others: names, logins, scans, surges."""
        self.found += len(warnings)
        return self._repeats.take(warnings, time.monotonic() if clock is None else clock)

    def due(self, clock: float | None = None) -> pl.DataFrame:
        """Sums of repeats whose time has come; ask about once a second."""
        return self._repeats.due(time.monotonic() if clock is None else clock)

    def rest(self) -> pl.DataFrame:
        """What still waits, when everything ends."""
        return self._repeats.rest()
