"""A list read in a process of its own: what reading a million lines takes is given back when that ends, which no allocator does by itself.

    station --task--> process: fetch, parse, judge, put rows and state on disk --what is to be said--> station builds its matcher

The process ends when its work is done, when it takes too long, and when the station does, however that comes about."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from varde.collect.feed_terms import Limits
from varde.collect.list_source import ListSource
from varde.intel import Guards
from varde.model import VardeError

RUN_SECONDS = 1800.0
"""For one list: twice what a harvest of many pages may take."""

_LOOK_SECONDS = 0.1

_PROGRAM = "from varde.collect.apart import main; main()"

Said = list[tuple[str, str]]
"""What people are to be told: about what, and the sentence (empty: it is well again)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One list to be read. `now` is in seconds since 1970."""

    folder: Path
    sources: tuple[ListSource, ...]
    guards: Guards
    name: str
    force: bool
    now: float
    limits: Limits | None


def read_apart(task: Task, stop: threading.Event, seconds: float = RUN_SECONDS) -> Said | None:
    """Do it. None where there can be no process now, or where it was broken off by `stop`. Raises VardeError where it died."""
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and words of ours
            [sys.executable, "-P", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
    except OSError:
        return None
    with process:
        try:
            return _told(process, task, stop, time.monotonic() + seconds)
        finally:
            process.kill()  # what ended is not touched; what was half done is as if it had not begun


def _told(process: "subprocess.Popen[bytes]", task: Task, stop: threading.Event, ends: float) -> Said | None:
    assert process.stdin is not None and process.stdout is not None
    try:
        pickle.dump(task, process.stdin)
        process.stdin.flush()  # and stays open: its end tells that we are gone
    except OSError:
        pass  # it died, which its status tells
    while process.poll() is None:
        if stop.wait(_LOOK_SECONDS):
            return None
        if time.monotonic() > ends:
            raise VardeError(f"reading it took more than {RUN_SECONDS / 60:.0f} minutes and was ended")
    if process.returncode:
        how = f"signal {-process.returncode}" if process.returncode < 0 else f"status {process.returncode}"
        raise VardeError(f"the process that read it died ({how}): is there memory enough?")
    return [(str(about), str(text)) for about, text in json.load(process.stdout)]


def main() -> None:
    """The process: a task comes in, what is to be said goes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: who started us ends us
    tasks, out = sys.stdin.buffer, os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    task: Task = pickle.load(tasks)  # noqa: S301 - between processes of ours
    threading.Thread(target=_end_with, args=(tasks.fileno(),), daemon=True).start()
    from varde.collect.lists import Lists  # which begins us

    json.dump(Lists(task.folder, task.sources, task.guards, clock=lambda: task.now, limits=task.limits).read_here(task.name, force=task.force), out)
    out.flush()
    os._exit(0)  # the thread waits for a pipe that stays open


def _end_with(pipe: int) -> None:
    """End when who began us has: his end of the pipe closes. Read past Python's own buffer, which an end would find locked."""
    os.read(pipe, 1)
    os._exit(1)
