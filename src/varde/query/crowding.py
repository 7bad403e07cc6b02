"""Whether nearly all records of a picture stand in one narrow stretch of it: then a stray line has stretched the axis."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from varde.query.engine import Engine
from varde.query.fireplot import Answer

MOST = 0.99
"""More than this share of the records ..."""

NARROW = 0.05
"""... in less than this share of the period is a crowd."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Nearly all records stand from `first` to `last`, the times of two of them."""

    first: datetime
    last: datetime


def crowd(engine: Engine, answer: Answer) -> Crowd | None:
    """The NARROW stretch of most records, if these are more than MOST of all and yet not all."""
    events = _by_column(answer)
    columns = max(1, int(NARROW * answer.width))
    begin, inside = _fullest(events, columns)
    if not MOST * answer.total < inside < answer.total:
        return None
    first, span = answer.window.first, answer.window.last - answer.window.first
    ends = first + span * begin / answer.width, first + span * (begin + columns) / answer.width
    stretch = replace(answer.shown(), first=ends[0], last=ends[1])
    times = engine.ask(stretch, lambda t: engine.execute(t.aggregate(first=t.time.min(), last=t.time.max())))[0]
    return Crowd(times["first"], times["last"])


def outside(engine: Engine, answer: Answer, first: datetime, last: datetime) -> int:
    """How many of the answer's records are not from `first` up to `last`."""
    inside = replace(answer.shown(), first=first, last=last)
    return answer.total - int(engine.ask(inside, lambda t: engine.execute(t.aggregate(n=t.count())))[0]["n"])


def _by_column(answer: Answer) -> NDArray[np.int64]:
    """Events of each column, of all that is counted."""
    parts = [cells[:, [0, 2]] for cells in answer.cells.values()]
    if not answer.narrowed:
        parts += [values for planes in answer.strips().values() for values in planes.values()]
    column, n = np.concatenate(parts).T
    return np.bincount(column, weights=n, minlength=answer.width).astype(np.int64)


def _fullest(events: NDArray[np.int64], columns: int) -> tuple[int, int]:
    """Where the so many columns in a row begin that hold the most events, and how many they hold."""
    before = np.concatenate([[0], np.cumsum(events)])
    held = before[columns:] - before[:-columns]
    return int(held.argmax()), int(held.max())
