"""The thread of one sink: reads the journal, delivers, tries again, and says what goes wrong once."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from varde.deliver.journal import Journal
from varde.deliver.sink import Row, Sink, SinkError, because
from varde.model import counted

RETRY_FIRST = 1.0
RETRY_LAST = 60.0
"""Seconds between tries: doubled each time, so that a sink that is back is found within a minute."""

IDLE_SECONDS = 1.0
"""How long a sink that has nothing to do sleeps: digests look at the clock that often."""

WAIT_LAST = 3600.0
"""Seconds that another end may ask us to wait: an hour of warnings fits the journal."""


@dataclass(frozen=True, slots=True)
class Status:
    """What one sink has done and what keeps it from more."""

    name: str
    kind: str
    sent: int
    waiting: int
    dropped: int
    refused: int
    error: str
    answer: str
    failures: int = 0
    "Tries that failed."
    since: int = 0
    "When what goes wrong now began, in us since 1970 UTC; 0 where nothing does."


@dataclass(slots=True)
class Worker:
    """Delivers to one sink until stopped. `say` is told when it fails first and when it works again."""

    name: str
    kind: str
    sink: Sink
    journal: Journal
    say: Callable[[str], None]
    sent: int = 0
    refused: int = 0
    "Warnings that the other end will never take."
    error: str = ""
    answer: str = ""
    failures: int = 0
    since: int = 0
    _wait: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self.journal.join(self.name)
        self._thread = threading.Thread(target=self._run, name=f"sink {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; what is not delivered by then stays in the journal."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(max(seconds, 0))
            if not self._thread.is_alive():
                self.sink.close()

    def status(self) -> Status:
        return Status(
            self.name, self.kind, self.sent, self.journal.waiting(self.name), self.journal.dropped[self.name], self.refused, self.error, self.answer, self.failures, self.since,
        )

    def is_busy(self) -> bool:
        """Whether it would deliver now, if it were given the time."""
        waiting = self.journal.waiting(self.name)
        return bool(waiting) and not self.error and self.sink.ready(waiting, time.monotonic())

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self.journal.wait(self.name, IDLE_SECONDS):
                continue
            if not self.sink.ready(self.journal.waiting(self.name), time.monotonic()):
                self._stop.wait(IDLE_SECONDS)
                continue
            self.turn()
            if self.error:
                self._stop.wait(self._wait)

    def turn(self) -> None:
        """Deliver what is next, if anything."""
        try:
            rows, number = self.journal.read(self.name, self.sink.batch)
            self._deliver(rows)
            self.journal.delivered(self.name, number)
        except SinkError as error:
            self._failed(str(error), error.after)
        except OSError as error:  # the journal's disk
            self._failed(f"cannot read {self.journal.folder}: {because(error)}.", 0)
        else:
            self._worked()

    def _deliver(self, rows: list[Row]) -> None:
        if not rows:
            return
        try:
            self.answer = self.sink.send(rows)
            self.sent += len(rows)
        except SinkError as error:
            if not error.final:
                raise
            self._refuse(rows, str(error))
        except OSError as error:
            raise SinkError(because(error)) from error
        except Exception as error:  # noqa: BLE001 - one warning that cannot be written must not keep back those behind it
            for row in rows if len(rows) > 1 else ():
                self._deliver([row])
            if len(rows) == 1:
                self._refuse(rows, f"{type(error).__name__}: {error}.")

    def _refuse(self, rows: list[Row], why: str) -> None:
        self.refused += len(rows)
        self.say(f"sink {self.name}: {why} {counted(len(rows), 'warning')} left out.")

    def _failed(self, error: str, after: float) -> None:
        if not self.error:
            self.since = time.time_ns() // 1000
            self.say(f"sink {self.name}: {error} Warnings wait in {self.journal.folder} and are tried again.")
        self.error = error
        self.failures += 1
        self._wait = min(max(self._wait * 2, RETRY_FIRST), RETRY_LAST)
        self._wait = min(max(self._wait, after), WAIT_LAST)

    def _worked(self) -> None:
        if self.error:
            self.say(f"sink {self.name}: it works again; {counted(self.journal.waiting(self.name), 'warning')} still to deliver")
        self.error, self.since, self._wait = "", 0, 0.0
