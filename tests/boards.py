"""Synthetic boards: a faces.db as a station writes it, with curves of our choice."""

from collections.abc import Callable, Mapping
from pathlib import Path

from varde.faces import STEP_SECONDS, Board, Labels, Ring, board_of, read_board, write_board

Samples = Mapping[str, Mapping[Labels, float]]


def labelled(**labels: str) -> Labels:
    return tuple(labels.items())


def board_at(store: Path, now: float, samples: Callable[[int], Samples], steps: int = 360) -> Board:
    """Write a board of `now` whose curves had `samples(second)` at every step before, and read it."""
    store.mkdir(parents=True, exist_ok=True)
    ring, latest = Ring(), int(now) // STEP_SECONDS * STEP_SECONDS
    for second in range(latest - STEP_SECONDS * (steps - 1), latest + 1, STEP_SECONDS):
        ring.put(second, samples(second))
    about = {"written": f"{now:.3f}", "started": f"{now - 90:.3f}", "version": "0.1.0", "pid": "1", "host": "edge", "page": "http://127.0.0.1:8420"}
    write_board(board_of(store), about, {}, samples(latest), ring)
    return read_board(board_of(store))
