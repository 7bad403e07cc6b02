"""What a station last wrote for monitoring, as families of Prometheus: `varde metrics` and the textfile need no page and no store."""

from collections.abc import Iterator
from pathlib import Path

from varde.export.prometheus import GAUGE, Family, Samples, exposition
from varde.faces import Board, board_of, read_board
from varde.faces.checks.terms import stale
from varde.model.errors import VardeError
from varde.model.place import configured_store, default_location

UP = Family("varde_up", GAUGE, "1 where a station tells this, or wrote it within the last minute; else 0, and nothing else is told.")
WRITTEN = Family("varde_written_timestamp_seconds", GAUGE, "When the station wrote what is told here, in seconds since 1970 UTC; absent where it is asked itself.")
AGE = Family("varde_written_age_seconds", GAUGE, "How old that was when it was read here; absent where the station is asked itself.")
ABOUT = (UP, WRITTEN, AGE)


def told_live() -> Iterator[tuple[Family, Samples]]:
    """What goes before the families of a station that is asked itself."""
    yield UP, {(): 1}


def families_of(board: Board, now: float) -> Iterator[tuple[Family, Samples]]:
    """What the board has; of one that is stale no more than that it is, so that old values are not taken for new ones."""
    yield UP, {(): int(not board.is_stale(now))}
    yield WRITTEN, {(): board.written}
    yield AGE, {(): round(board.age(now), 3)}
    if board.is_stale(now):
        return
    for name, (kind, meaning) in board.families.items():
        if found := board.samples.get(name):
            labels = tuple(label for label, _ in next(iter(found)))
            yield Family(name, kind, meaning, labels), {tuple(value for _, value in pairs): number for pairs, number in found.items()}


def exposition_of(path: Path, now: float) -> tuple[str, str]:
    """The text, and what is wrong with the board in a sentence; empty where nothing is."""
    try:
        board = read_board(path)
    except VardeError as error:
        return exposition([(UP, {(): 0})]), str(error)
    text = exposition(families_of(board, now))
    if board.is_stale(now):
        return text, f"{path}: {stale(board.age(now))}"
    return text, ""


def board_path(store: Path | None, config: Path | None) -> Path:
    """Of the store that is named, else that of the configuration, of VARDE_STORE, or the usual one."""
    return board_of(store or configured_store(config) or default_location())
