"""A list read in a process of its own: what reading a million lines takes is given back when that ends.

    station --task--> process: fetch, parse, judge, put rows and state on disk --what is to be said--> station builds its matcher"""

import threading
from dataclasses import dataclass
from pathlib import Path

from varde.collect.child import ask_child, serve
from varde.collect.feed_terms import Limits
from varde.collect.list_source import ListSource
from varde.intel import Guards

RUN_SECONDS = 1800.0
"""For one list: twice what a harvest of many pages may take."""

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
    answer = ask_child(__name__, task, stop, seconds)
    return None if answer is None else answer.value


def main() -> None:
    serve(_read)


def _read(task: Task) -> Said:
    from varde.collect.lists import Lists  # which begins us

    return Lists(task.folder, task.sources, task.guards, clock=lambda: task.now, limits=task.limits).read_here(task.name, force=task.force)
