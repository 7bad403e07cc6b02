"""Processes that stage blocks, one for each core: in one process the interpreter lets one thread at a time do what is not
in Polars, which with blocks of this size is a third of the work.

A process that dies takes nothing with it: what it had is staged here. All of them end when this one does, however that comes
about, because their pipes do."""

import os
import pickle
import select
import signal
import struct
import subprocess
import sys
from collections import deque
from typing import IO, Any

from varde.collect.stage import Staged, Stager, Task
from varde.model import VardeError

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

WORTHWHILE = 4
"""Cores from which on processes are begun. On two they were measured no faster than threads (10 s for two million lines), and took 1.4 GB
where those took 0.9."""

MOST = 8
"""Processes at most: each takes 370 MB."""

_LENGTH = struct.Struct("<Q")

_PROGRAM = "from varde.collect.crew import main; main()"

_BEGUN = b"\0"
"""What a process says when it has loaded what it needs, which takes a good half second."""


class Crew:
    """Stages tasks, in order, as many at once as there are processes. Close it."""

    def __init__(self, stager: Stager, size: int | None = None) -> None:
        self._stager = stager
        self._idle = [_Hand(stager) for _ in range(size or min(MOST, CORES))]
        self._busy: deque[tuple[_Hand, Task]] = deque()

    @property
    def ready(self) -> bool:
        """Whether some process has nothing to do: none has in the first moments."""
        return any(hand.ready for hand in self._idle)

    def give(self, task: Task) -> None:
        """Give a task to an idle process."""
        hand = next(hand for hand in self._idle if hand.ready)
        self._idle.remove(hand)
        hand.give(task)
        self._busy.append((hand, task))

    def take(self) -> Staged:
        """The result of the oldest task. Raises the VardeError it raised."""
        hand, task = self._busy.popleft()
        self._idle.append(hand)
        found = hand.take()
        if found is None:
            return self._stager.stage(task)
        if isinstance(found, VardeError):
            raise found
        return found

    def close(self) -> None:
        """End the processes; what they had staged and nobody took is removed."""
        while self._busy:
            hand, _ = self._busy.popleft()
            self._idle.append(hand)
            if isinstance(found := hand.take(), Staged):
                for parts in found.parts.values():
                    parts.remove()
        for hand in self._idle:
            hand.close()


class _Hand:
    """One process and the pipes to it."""

    def __init__(self, stager: Stager) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and words of ours
            [sys.executable, "-P", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._stager: Stager | None = stager

    @property
    def ready(self) -> bool:
        """Whether it has begun. One that died at that is as ready as any: `take` finds out."""
        if self._stager and select.select([self._from], [], [], 0)[0]:
            self._from.read(len(_BEGUN))
            self.give(self._stager)
            self._stager = None
        return self._stager is None

    def give(self, what: "Stager | Task") -> None:
        try:
            _write(self._to, what)
        except OSError:  # it died, which `take` finds out
            return

    def take(self) -> Staged | VardeError | None:
        """What it made of the oldest task; None where it died."""
        found: Staged | VardeError | None = _read(self._from)
        return found

    def close(self) -> None:
        for pipe in (self._to, self._from):
            try:
                pipe.close()
            except OSError:  # what was still to be written to one that died
                continue
        self._process.wait()


def _write(pipe: IO[bytes], what: object) -> None:
    data = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> Any:
    """The next object, of a process of ours; None at the end."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    data = pipe.read(_LENGTH.unpack(head)[0])
    return pickle.loads(data) if len(data) == _LENGTH.unpack(head)[0] else None  # noqa: S301 - between processes of ours


def main() -> None:
    """A process of the crew: the stager first, then tasks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: who started us ends us
    tasks, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    results.write(_BEGUN)
    results.flush()
    stager: Stager = _read(tasks)
    while (task := _read(tasks)) is not None:
        found: Staged | VardeError
        try:
            found = stager.stage(task)
        except VardeError as error:
            found = error
        try:
            _write(results, found)
        except BrokenPipeError:
            if isinstance(found, Staged):
                for parts in found.parts.values():
                    parts.remove()
            return

