"""What owners say of their networks is dated; between two of these dates, in an epoch, nothing changes.

The times of a batch mostly lie in one epoch, so its tables are made once, and each batch asks only those of the epochs it touches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from varde.intel.intervals import IntervalTable, Network

_BEFORE_ALL = -(2**63)


class Dated(Protocol):
    """A network of which something is true from `first` until just before `last`; None is without end."""

    @property
    def network(self) -> Network: ...
    @property
    def first(self) -> datetime | None: ...
    @property
    def last(self) -> datetime | None: ...


def is_dated(fact: Dated) -> bool:
    return fact.first is not None or fact.last is not None


def micros(moment: datetime) -> int:
    """us since 1970 UTC."""
    return int(moment.timestamp() * 1e6)


def holds(fact: Dated, moment: int) -> bool:
    """Whether it is true at a moment, in us."""
    return (fact.first is None or micros(fact.first) <= moment) and (fact.last is None or moment < micros(fact.last))


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is true in one: home by date; all overrides, by their place; and where overrides are true by date."""

    homes: IntervalTable
    overrides: IntervalTable
    dated: IntervalTable


@dataclass(slots=True)
class Epochs:
    """All of them."""

    homes: Sequence[Dated]
    overrides: Sequence[Dated]
    _edges: NDArray[np.int64] = field(init=False)
    _made: dict[int, Epoch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = (*self.homes, *self.overrides)
        self._edges = np.unique(np.array([micros(moment) for fact in facts for moment in (fact.first, fact.last) if moment], dtype=np.int64))

    def of(self, times: NDArray[np.int64]) -> Iterator[tuple[Epoch, NDArray[np.intp]]]:
        """Each epoch in which some of the moments (us) lie, with their rows; nothing where all is without dates."""
        if not len(self._edges) or not len(times):
            return
        which = np.searchsorted(self._edges, times, side="right")
        for number in np.unique(which).tolist():
            yield self._epoch(number), np.flatnonzero(which == number)

    def _epoch(self, number: int) -> Epoch:
        """That which begins with the edge before `number`."""
        if number not in self._made:
            moment = int(self._edges[number - 1]) if number else _BEFORE_ALL
            placed = [(place, fact) for place, fact in enumerate(self.overrides) if holds(fact, moment)]
            self._made[number] = Epoch(
                _table((0, home) for home in self.homes if is_dated(home) and holds(home, moment)), _table(placed),
                _table((place, fact) for place, fact in placed if is_dated(fact)),
            )  # fmt: skip
        return self._made[number]


def _table(facts: Iterable[tuple[int, Dated]]) -> IntervalTable:
    return IntervalTable.of_networks((fact.network, value) for value, fact in facts)
