"""Work done in a process of its own: what it takes is given back when that ends, which no allocator does by itself, and nothing else waits
for it.

    station --task--> process: does it --answer, or the sentence why not--> station

The process ends when its work is done, when it takes too long, and when the station does, however that comes about."""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from varde.model import VardeError

_LOOK_SECONDS = 0.1
_PROGRAM = "from {} import main; main()"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it."""

    value: Any


def ask_child(module: str, task: object, stop: threading.Event, seconds: float) -> Answer | None:
    """Give a task to `main` of a module, which hands it to `serve`. Both must be picklable. None where there can be no process now, or where it
    was broken off by `stop`. Raises VardeError as the work does, and where it died or took too long."""
    try:
        answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed below; a pipe would be full while we wait for the end
        process = subprocess.Popen(  # noqa: S603 - no shell, and words of ours
            [sys.executable, "-P", "-c", _PROGRAM.format(module)], stdin=subprocess.PIPE, stdout=answer,
            env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
    except OSError:
        return None
    with answer, process:
        try:
            return _told(answer) if _ended(process, task, stop, seconds) else None
        finally:
            process.kill()  # what ended is not touched; what was half done is as if it had not begun


def _ended(process: "subprocess.Popen[bytes]", task: object, stop: threading.Event, seconds: float) -> bool:
    """Whether it came to its end; False where it was broken off."""
    assert process.stdin is not None
    ends = time.monotonic() + seconds
    try:
        pickle.dump(task, process.stdin)
        process.stdin.flush()  # and stays open: its end tells that we are gone
    except OSError:
        pass  # it died, which its status tells
    while process.poll() is None:
        if stop.wait(_LOOK_SECONDS):
            return False
        if time.monotonic() > ends:
            raise VardeError(f"it took more than {seconds / 60:.0f} minutes and was ended")
    if process.returncode:
        how = f"signal {-process.returncode}" if process.returncode < 0 else f"status {process.returncode}"
        raise VardeError(f"the process that did it died ({how}): is there memory enough?")
    return True


def _told(answer: IO[bytes]) -> Answer:
    answer.seek(0)
    value = pickle.load(answer)  # noqa: S301 - between processes of ours
    if isinstance(value, VardeError):
        raise value
    return Answer(value)


def serve(work: Callable[[Any], object]) -> None:
    """The process: a task comes in, what `work` gives goes out, and it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: who started us ends us
    tasks, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    task = pickle.load(tasks)  # noqa: S301 - between processes of ours
    threading.Thread(target=_end_with, args=(tasks.fileno(),), daemon=True).start()
    try:
        answer = work(task)
    except VardeError as error:
        answer = error
    pickle.dump(answer, out)
    out.flush()
    os._exit(0)  # the thread waits for a pipe that stays open


def _end_with(pipe: int) -> None:
    """End when who began us has: his end of the pipe closes. Read past Python's own buffer, which an end would find locked."""
    os.read(pipe, 1)
    os._exit(1)
