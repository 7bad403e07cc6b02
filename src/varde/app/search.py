"""What looks for findings in what a station receives: a thread of its own learns from the store first, so that nothing waits for it, and then
judges turn after turn.

Where the clock jumps, all is learnt anew: what was taken for an hour was another one."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from varde.app.config import InsightSection
from varde.model import VardeError
from varde.store import Facts

if TYPE_CHECKING:
    # what asks the store takes a second to load, which a station's thread does when all is open
    from varde.query import Engine
    from varde.query.hold import Hold

TURN_SECONDS = 10.0
"""Between two looks at the clock: an hour is told a minute after its end, and this much."""

JUMP_SECONDS = 1_800.0
"""By which the clock may differ from what passed of it: the wheel of an hour. Beyond that it was wrong, or the machine slept."""

LEARN_SECONDS = 1_800.0
"""For all that is asked of the store before the first judgement: a large store on a small machine takes minutes."""

MEMORY = "640MB"
"""Of questions to the store, as a page's question may take."""

AGAIN_SECONDS = 600.0
"""Between two tries to learn, where the store could not be read or the clock jumps again and again."""

_ONE_LEARNS = threading.Lock()
"""Held by who asks the store: two that learn at once would take MEMORY twice."""

_END_SECONDS = 10.0  # for the question that is being put


@dataclass(slots=True)
class Search(ABC):
    """`tell` takes frames of WARNINGS whose `line` is empty, and never waits. `clock` is seconds since 1970 UTC, `steady` of a clock that never jumps."""

    engine: "Callable[[], Engine]"
    facts: Facts
    settings: InsightSection
    tell: Callable[[pl.DataFrame], None]
    note: Callable[[str], None]
    clock: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    _is_learnt: bool = False
    _offset: float = 0.0
    "By how much `clock` was ahead of `steady` when it was learnt."
    _next_try: float = float("-inf")
    _hold: "Hold | None" = None
    "On what is asked of the store."
    _failure: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _again: bool = False

    @property
    @abstractmethod
    def what(self) -> str:
        """What is looked for, which is also the name of the setting that switches it off."""

    @abstractmethod
    def forget(self) -> None:
        """What was learnt is no longer true, and nothing is judged until it is learnt anew."""

    @abstractmethod
    def learn(self, engine: "Engine", now: float) -> None:
        """Ask the store, and tell what is news of it. What arrives meanwhile waits. Raises VardeError where the store cannot be read."""

    @abstractmethod
    def judge(self, now: float) -> None:
        """Take what came since the last turn, and tell what is news."""

    def start(self) -> None:
        if getattr(self.settings, self.what):
            self._thread = threading.Thread(target=self._run, name=self.what, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._hold is not None:
            self._hold.stop()
        if self._thread is not None:
            self._thread.join(timeout=_END_SECONDS)

    def configure(self, settings: InsightSection) -> None:
        """Take other settings: open ports change what is found. Whether it is looked for at all stays until a restart."""
        if settings != self.settings:
            self.settings, self._again = settings, True

    def problems(self) -> list[str]:
        """What keeps findings from being seen."""
        return [self._failure] if self._failure else []

    def _run(self) -> None:
        """Turn after turn. What fails unforeseen ends this and nothing else, and is said for as long as the station runs."""
        try:
            while not self._stop.is_set():
                self._try_turn()
                self._stop.wait(TURN_SECONDS)
        except Exception as error:  # noqa: BLE001 - all else that a station does goes on without it
            self.forget()
            self._failure = f"{self.what} are not looked for any more, because that failed: {type(error).__name__}: {error}"
            self.note(self._failure)

    def _try_turn(self) -> None:
        try:
            self.turn()
        except VardeError as error:
            if not self._stop.is_set():
                self.note(f"{self.what}: {error}")

    def turn(self) -> None:
        """Learn where that is due, else judge. Raises VardeError where the store cannot be read."""
        if not self._is_learnt or self._again or abs(self.clock() - self.steady() - self._offset) > JUMP_SECONDS:
            self._learn()
        else:
            self.judge(self.clock())

    def _learn(self) -> None:
        """Begin anew with what the store has, not more often than that can be borne."""
        if self.steady() < self._next_try:
            return
        self._next_try = self.steady() + AGAIN_SECONDS
        self._is_learnt = self._again = False
        self.forget()
        with _ONE_LEARNS:
            if not self._stop.is_set():
                self._ask_the_store()

    def _ask_the_store(self) -> None:
        from varde.query.hold import Hold

        self._hold = Hold(LEARN_SECONDS, f"set [insight] {self.what} = false where this machine is too small for it")
        now, self._offset = self.clock(), self.clock() - self.steady()
        engine = self.engine()
        with engine.held(self._hold, MEMORY):
            self.learn(engine, now)
        self._is_learnt = True
