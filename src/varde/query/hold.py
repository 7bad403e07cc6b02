"""A hold on a question: how far it is, a limit of time, and a way to end it from another thread."""

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import duckdb

from varde.model import VardeError

TICK_SECONDS = 0.05
"""How soon a question that should end does: DuckDB forgets an interrupt that comes between two of its steps, so it is said again."""


class Interruptible(Protocol):
    """What answers one question of one thread."""

    def interrupt(self) -> None:
        """End the question, from another thread."""

    def query_progress(self) -> float:
        """Per cent; less than 0 where it cannot tell."""


_answering: "weakref.WeakSet[Interruptible]" = weakref.WeakSet()

INSIST_SECONDS = 5.0
"""How long questions of a program that was told to end are told so."""


def answering(connection: Interruptible) -> None:
    """Let `end_all` know a connection."""
    _answering.add(connection)


def end_all() -> None:
    """End all questions of this process, from the handler of a signal: what that raises, DuckDB may forget as it does an interrupt."""
    threading.Thread(target=_insist, daemon=True).start()


def _insist() -> None:
    end = time.monotonic() + INSIST_SECONDS
    while time.monotonic() < end:
        for connection in list(_answering):
            with suppress(duckdb.Error):  # it was closed meanwhile
                connection.interrupt()
        time.sleep(TICK_SECONDS)


def progress_of(connection: Interruptible) -> float | None:
    """Per cent of the step that a connection is at; None where it cannot tell."""
    try:
        share = connection.query_progress()
    except duckdb.Error:  # it ended meanwhile
        return None
    return round(share, 1) if 0 <= share <= 100 else None


class Hold:
    """One question, put by one thread; `stop` and `progress` are for any other."""

    def __init__(self, seconds: float, advice: str = "ask about fewer days") -> None:
        self.seconds, self.advice = seconds, advice
        self._stopped = threading.Event()
        self._late = threading.Event()
        self._connection: Interruptible | None = None

    def stop(self) -> None:
        """End the question at once, and any that would be put under this hold."""
        self._stopped.set()

    @property
    def progress(self) -> float | None:
        """Per cent of the step that the engine is at; None where it cannot tell."""
        return None if self._connection is None else progress_of(self._connection)

    @contextmanager
    def on(self, connection: Interruptible) -> Iterator[None]:
        """Put questions to a connection under this hold. Raises VardeError where it was stopped or took too long."""
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(connection, done), daemon=True)
        self._connection = connection
        watch.start()
        try:
            self._require_wanted()
            yield
            self._require_wanted()
        except (duckdb.InterruptException, VardeError, OSError) as error:
            # who reads an answer in batches is told of the interrupt by Arrow, which knows it as an error of input
            if not (isinstance(error, duckdb.InterruptException) or self._stopped.is_set() or self._late.is_set()):
                raise
            raise VardeError(self._why()) from error
        finally:
            self._connection = None
            done.set()
            watch.join()

    def _watch(self, connection: Interruptible, done: threading.Event) -> None:
        end = time.monotonic() + self.seconds
        while not done.wait(TICK_SECONDS):
            if time.monotonic() > end:
                self._late.set()
            if self._late.is_set() or self._stopped.is_set():
                connection.interrupt()

    def _require_wanted(self) -> None:
        if self._stopped.is_set():
            raise VardeError(self._why())

    def _why(self) -> str:
        if self._late.is_set() and not self._stopped.is_set():
            return f"the question took longer than {self.seconds:g} s and was stopped: {self.advice}"
        return "the question was stopped"
