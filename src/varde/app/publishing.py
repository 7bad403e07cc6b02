"""Publishing while a station runs: after lists changed and came to rest, and now and then, in a thread of its own.

    lists change --settle--> publish_now, as the command does it --> generation, reload
                                 |  fails: said once, tried again after a pause that grows
                                 |  rolled back by a person: left alone until a person publishes"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from varde.app.context import Context
from varde.decode.rows import iso
from varde.model import VardeError

if TYPE_CHECKING:
    from varde.app.commands.intel_publish import Outcome

RETRY_FIRST = 10.0
RETRY_LAST = 3600.0
"""Seconds between tries: doubled each time, so that a name server that restarts is found soon, and one that is gone is not pestered."""

SETTLE_MAX = 10
"""Times `settle_seconds` that lists which go on changing put publishing off."""

LOOK_SECONDS = 60.0
"""Between looks at whether anything is to be done, for the sake of clocks that jump."""

STOP_SECONDS = 10.0
"""Waited at the end; files are put in place in one go, so one that is broken off is as if it had not begun."""

Publish = Callable[[Context, bool], "Outcome"]
"""Publishes, or, where it is said, only tells what would be."""


def _publish(context: Context, dry: bool) -> "Outcome":
    from varde.app.commands.intel_publish import publish_now  # not loaded where nothing is published

    return publish_now(context, dry=dry, force=False)


@dataclass(frozen=True, slots=True)
class Result:
    """How it went last."""

    generation: int | None = None
    changed: tuple[str, ...] = ()
    "Outputs that were other than before."
    error: str = ""
    since: int = 0
    "When what goes wrong now began (us)."
    held: str = ""
    "Why nothing is published, where that is somebody's wish."
    tried: int = 0
    "us since 1970 UTC; 0 before the first try."


@dataclass(slots=True)
class Publishing:
    """`context` is asked anew each time: a station reads its configuration again. `say` is told what is published, and what fails, once."""

    context: Callable[[], Context]
    say: Callable[[str], None]
    publish: Publish = _publish
    clock: Callable[[], float] = time.monotonic
    result: Result = field(default_factory=Result)
    published: int = 0
    "Generations that this station made."
    failures: int = 0
    "Tries that failed."
    _in_a_row: int = 0
    _due: float = 0.0
    _first: float | None = None
    "When the first change came that was not published."
    _agreed: int | None = None
    "The generation of a way back that the lists were found to say as well."
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _any: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def is_wanted(self) -> bool:
        config = self.context().config
        return config.publishing.automatic and bool(config.publish)

    def changed(self) -> None:
        """Lists, or what is to be published, changed. Never waits."""
        with self._lock:
            now, settle = self.clock(), self.context().config.publishing.settle_seconds
            self._first = now if self._first is None else self._first
            self._due = min(now + settle, self._first + SETTLE_MAX * settle)
        self._any.set()

    def start(self) -> None:
        self.changed()  # they may have while nothing ran
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._any.set()
        if self._thread is not None:
            self._thread.join(timeout=STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._any.clear()
            self._any.wait(self.step())

    def step(self) -> float:
        """Publish where it is time. Seconds until there may be something to do."""
        if not self.is_wanted:
            return LOOK_SECONDS
        if self.clock() >= self._due:
            with self._lock:
                self._first = None
            self._settle_up(self._try())
        return max(0.0, min(LOOK_SECONDS, self._due - self.clock()))

    def _settle_up(self, pause: float) -> None:
        """When it is time again, unless lists changed meanwhile."""
        with self._lock:
            if self._first is None:
                self._due = self.clock() + pause

    def _try(self) -> float:
        """Publish, and remember how that went. Seconds until the next time."""
        context = self.context()
        every = context.config.publishing.every_minutes * 60.0
        try:
            if held := self._held(context):
                self._remember(Result(held=held), f"nothing is published: {held}" if held != self.result.held else "")
                return every
            outcome = self.publish(context, False)
        except VardeError as error:
            return self._fail(str(error), None)
        if outcome.done.failures:
            return self._fail(f"the files are in place, but {'; '.join(outcome.done.failures)}", outcome)
        self._in_a_row = 0
        self._remember(Result(*self._made(outcome)), f"published {', '.join(outcome.done.changed)}: {outcome.ending}" if outcome.done.changed else "")
        return every

    def _held(self, context: Context) -> str:
        """A person who rolled back did not want what the lists say: not until he publishes, or they say what is in place."""
        from varde.app.commands.intel_publish import publisher_of

        newest = publisher_of(context).generations.newest()
        if newest is None or newest.of == newest.number or newest.number == self._agreed:
            return ""
        if not self.publish(context, True).done.changed:
            self._agreed = newest.number
            return ""
        return f"rolled back to generation {newest.of}: `varde intel publish` publishes the lists as they are, and goes on"

    def _fail(self, error: str, outcome: "Outcome | None") -> float:
        pause = min(RETRY_LAST, RETRY_FIRST * 2.0 ** min(self._in_a_row, 20))
        self._in_a_row += 1
        self.failures += 1
        said = f"publishing: {error}" if error != self.result.error else ""
        generation, changed = self._made(outcome) if outcome else (self.result.generation, ())
        self._remember(Result(generation, changed, error, self.result.since or _now()), said)
        return pause

    def _made(self, outcome: "Outcome") -> tuple[int | None, tuple[str, ...]]:
        """The generation in place, and the outputs that are other than before."""
        self.published += bool(outcome.done.changed)
        generation = outcome.done.generation
        return generation.number if generation else None, tuple(outcome.done.changed)

    def _remember(self, result: Result, said: str) -> None:
        if self.result.error and not result.error and not result.held:
            self.say("publishing works again")
        self.result = replace(result, tried=_now())
        if said:
            self.say(said)

    def problems(self) -> list[str]:
        """What is wrong, or waits for a person, now."""
        if not self.is_wanted:
            return []
        if self.result.held:
            return [f"nothing is published: {self.result.held}"]
        if not self.result.error:
            return []
        return [f"publishing fails since {iso(self.result.since)[:16]}Z and is tried again: {self.result.error}"]

    def document(self) -> dict[str, Any] | None:
        """What `status` and the page tell; None where nothing is published by itself. Moments are ISO 8601 UTC."""
        if not self.is_wanted:
            return None
        last = self.result
        return {
            "tried": iso(last.tried) if last.tried else None, "generation": last.generation, "changed": list(last.changed), "published": self.published,
            "failures": self.failures, "error": last.error or None, "since": iso(last.since) if last.since else None, "held": last.held or None,
        }  # fmt: skip


def _now() -> int:
    return time.time_ns() // 1000
