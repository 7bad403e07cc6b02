"""Findings of a period looked for beside the station: packets by the hundred thousand take seconds of a core and half a gigabyte, which flows
and lines that arrive meanwhile must not miss."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.finding import find
from varde.collect.child import ask_child, serve
from varde.model import VardeError
from varde.query import Engine, Window, event_total
from varde.query.drawings import Gallery, gallery

ASIDE_FROM = 50_000
"""Packets of a period; fewer are looked through sooner than a process starts."""

SECONDS = 600.0
"""For one period."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be found in which period of which store."""

    what: str
    store: Path
    config: Path | None
    tz: str | None
    window: Window


def look(what: str, context: Context, engine: Engine, window: Window) -> Any:
    """A Findings or a Gallery: the `findings` or the `gallery` of a period: here, or where it is much, in a process of its own. Raises VardeError."""
    if event_total(engine, window) >= ASIDE_FROM:
        answer = ask_child(__name__, Task(what, context.location, context.config_path, context.tz, window), context.ending, SECONDS)
        if answer is not None:
            return answer.value
        if context.ending.is_set():
            raise VardeError("the station ends", status=1)
    return _FOUND[what](context, engine, window)


def main() -> None:
    serve(_look)


def _look(task: Task) -> Any:
    context = Context(task.store, task.config, task.tz, quiet=True)
    return _FOUND[task.what](context, engine_of(context), task.window)


def _gallery(context: Context, engine: Engine, window: Window) -> Gallery:
    return gallery(engine, window, context.config.insight.open_ports)


_FOUND: dict[str, Callable[[Context, Engine, Window], Any]] = {"findings": find, "gallery": _gallery}
