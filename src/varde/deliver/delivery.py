"""All sinks of a process: warnings in, each sink at its own pace, nothing waits for anything."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from varde.deliver.journal import JOURNAL_OCTETS, open_journal
from varde.deliver.sink import Row, Sink
from varde.deliver.worker import Status, Worker


class Delivery:
    """Sinks by name, each with its kind, and their journal in `folder`. Raises VardeError where that cannot be used.

    `say` takes sentences for people: a sink that fails, a disk that is full."""

    def __init__(self, sinks: Mapping[str, tuple[str, Sink]], folder: Path, say: Callable[[str], None], *, octets: int = JOURNAL_OCTETS) -> None:
        self.journal = open_journal(folder, octets=octets)
        self._say = say
        self._said = ""
        self._workers = [Worker(name, kind, sink, self.journal, say) for name, (kind, sink) in sinks.items()]

    def start(self) -> None:
        """Begin to deliver, first what a process before left."""
        for worker in self._workers:
            worker.start()

    def tell(self, rows: Sequence[Row]) -> None:
        """Take warnings: they are on disk when this returns, and delivered soon."""
        if not rows or not self._workers:
            return
        self.journal.append(rows)
        if self.journal.error and self.journal.error != self._said:
            self._say(f"{self.journal.error}. Warnings are delivered from memory, and lost with it. Free some space.")
        self._said = self.journal.error

    def stop(self, seconds: float = 5.0) -> None:
        """Give sinks that work some time for what they have, then end; the next start delivers the rest."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and any(worker.is_busy() for worker in self._workers):
            time.sleep(0.02)
        for worker in self._workers:
            worker.stop()
        self.journal.wake()
        for worker in self._workers:
            worker.join(end + 1 - time.monotonic())
        self.journal.close()

    def status(self) -> list[Status]:
        return [worker.status() for worker in self._workers]
