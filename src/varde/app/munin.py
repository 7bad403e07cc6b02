"""`varde munin config|fetch|autoconf|suggest`: what the plugin `varde_` answers to a Munin node."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path

from varde.app.thin import store_of
from varde.faces import Board, board_of, read_board
from varde.faces.munin import Situation, config, has_something, told_after, values
from varde.faces.told import read_told, state_file, write_told
from varde.model.errors import VardeError
from varde.model.panels import BY_ID, PANELS, Panel

ALL = "all"
"""The graph that stands for all of them, in one call."""

FIRST_SECONDS = 3600
"""Of the past that a new master is told; one that was away is told all that it missed and that is known, six hours."""

UNREMEMBERED_SECONDS = 600
"""What is told where nobody remembers what was told before: two rounds of a master, which leaves out what it has."""

ASKED = ("config", "fetch", "autoconf", "suggest")


def answer(words: Sequence[str]) -> int | None:
    """The quick calls; None for `install`, `--help` and what is none."""
    if not words or words[0] not in ASKED:
        return None
    asked, *rest = words
    store, rest = _store_named(rest)
    if len(rest) > 1 or any(word.startswith("-") for word in rest):
        return None
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    return munin(asked, rest[0] if rest else "", store_of(store), os.environ)


def _store_named(words: Sequence[str]) -> tuple[str | None, list[str]]:
    if "--store" in words[:-1]:
        at = words.index("--store")
        return words[at + 1], [*words[:at], *words[at + 2 :]]
    return None, list(words)


def munin(asked: str, graph: str, store: Path, environment: Mapping[str, str]) -> int:
    """Answer one call on standard output. A graph that is not there is a sentence, and status 2."""
    board, problem = _board(board_of(store))
    if asked == "autoconf":
        _say(["yes" if board is not None else f"no ({problem})"])
        return 0
    if asked == "suggest":
        _say(panel.id for panel in PANELS if board is not None and has_something(panel, board))
        return 0
    _tell(asked, graph, board, problem, environment)
    return 0


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _board(path: Path) -> tuple[Board | None, str]:
    try:
        return read_board(path), ""
    except VardeError as error:
        return None, str(error)


def _tell(asked: str, graph: str, board: Board | None, problem: str, environment: Mapping[str, str]) -> None:
    panels = _panels(graph)
    is_multigraph = len(panels) > 1
    if is_multigraph and not environment.get("MUNIN_CAP_MULTIGRAPH"):
        return  # the master takes one graph a plugin
    now = time.time()
    state = state_file(environment, graph or ALL)
    told = read_told(state, now) if state else {}
    at = Situation(board, problem, now, environment, told, int(now) - (FIRST_SECONDS if state else UNREMEMBERED_SECONDS))
    has_values = asked == "fetch" or environment.get("MUNIN_CAP_DIRTYCONFIG") == "1"
    for panel in panels:
        _say(_lines(panel, at, asked, is_multigraph=is_multigraph, has_values=has_values))
    if has_values and state:
        sys.stdout.flush()  # what did not get out was not told
        write_told(state, {panel.id: told_after(panel, at) for panel in panels})


def _panels(graph: str) -> Sequence[Panel]:
    if graph in ("", ALL):
        return PANELS
    if graph not in BY_ID:
        raise VardeError(f"there is no graph {graph!r}. Known: {', '.join(panel.id for panel in PANELS)}, and {ALL} for all in one call.")
    return (BY_ID[graph],)


def _lines(panel: Panel, at: Situation, asked: str, *, is_multigraph: bool, has_values: bool) -> Iterator[str]:
    if is_multigraph:
        yield f"multigraph varde_{panel.id}"
    if asked == "config":
        yield from config(panel, at)
    if has_values:
        yield from values(panel, at)
