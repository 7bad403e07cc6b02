"""Findings for the page: each period is looked through once, by one thread after the other, and nobody waits long for it."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from varde.model import VardeError

KEPT_MAX = 16
"""Answers that are kept: the days that somebody steps through."""

WAITING_MAX = 8
"""Periods that wait to be looked through; a page that asks for more is told to come back."""

PATIENCE_SECONDS = 4.0
"""A question waits so long for its answer; then the page asks again, and shows the picture meanwhile."""

FRESH_SECONDS, SETTLED_SECONDS = 60.0, 600.0
"""How long an answer about a period that goes on is as good as new, and one about a period that is over: a log may be read late."""

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class _Job(Generic[_Answer]):
    """One look. `answer` and `error` are there when `done` is set."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: _Answer | None = None
    error: VardeError | None = None
    ended: float = float("-inf")


class Finder(Generic[_Answer]):
    """Answers by key. What was found stays while it is looked for again, so that nothing on the page goes and comes."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._known: OrderedDict[Hashable, _Job[_Answer]] = OrderedDict()
        self._running: dict[Hashable, _Job[_Answer]] = {}
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def ask(self, key: Hashable, look: Callable[[], _Answer], *, goes_on: bool, patience: float = PATIENCE_SECONDS) -> _Answer | None:
        """The answer; None where it takes longer than one waits. Raises VardeError as `look` does, and where too many wait."""
        with self._lock:
            known = self._known.get(key)
            if known and self._steady() - known.ended <= (FRESH_SECONDS if goes_on else SETTLED_SECONDS):
                self._known.move_to_end(key)
                return _answer_of(known)
            job = self._running.get(key) or self._started(key, look)
        if known and known.answer is not None:
            return known.answer
        return _answer_of(job) if job.done.wait(patience) else None

    def _started(self, key: Hashable, look: Callable[[], _Answer]) -> _Job[_Answer]:
        if len(self._running) >= WAITING_MAX:
            raise VardeError("findings of other periods are still being looked for; ask again in a moment")
        job = self._running[key] = _Job()
        threading.Thread(target=self._look, args=(key, job, look), name="findings", daemon=True).start()
        return job

    def _look(self, key: Hashable, job: _Job[_Answer], look: Callable[[], _Answer]) -> None:
        try:
            with self._turn:  # one after the other: two would take the memory of two
                job.answer = look()
        except VardeError as error:
            job.error = error
        except Exception as error:  # noqa: BLE001 - nobody else hears of what fails in this thread
            job.error = VardeError(f"findings could not be looked for: {type(error).__name__}: {error}")
        finally:
            with self._lock:
                job.ended = self._steady()
                self._running.pop(key, None)
                self._known[key] = job
                self._known.move_to_end(key)
                while len(self._known) > KEPT_MAX:
                    self._known.popitem(last=False)
            job.done.set()


def _answer_of(job: _Job[_Answer]) -> _Answer | None:
    if job.error is not None:
        raise job.error
    return job.answer
