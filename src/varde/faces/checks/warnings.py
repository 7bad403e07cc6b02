"""How many records touched something listed of late."""

import itertools

from varde.faces.board import STALE_SECONDS, Board, grown
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, judged
from varde.faces.writing import RING_SECONDS
from varde.model.panels import BY_ID, OTHER
from varde.model.words import counted

_WARNINGS = BY_ID["warnings"]


def check_warnings(asked: Asked) -> Result:
    """Of one list, or of all. Raises UnwellError(UNKNOWN) for a list that nothing is told of."""
    board, over = asked.board(), min(asked["over"], RING_SECONDS)
    wanted = asked["list"]
    lines = board.panel(_WARNINGS)
    if wanted is not None:
        _require_list(wanted, board, [line.title for line in lines])
    counts = {line.title: _count(board, line.name, over) for line in lines if wanted in (None, line.title)}
    total = sum(counts.values())
    by_list = [f"{name} {count:.0f}" for name, count in sorted(counts.items(), key=lambda one: -one[1]) if count]
    text = f"{counted(round(total), 'record')} touched {f'list {wanted}' if wanted else 'something listed'} in {lasting(over)}" + (f": {', '.join(by_list)}" if by_list else "")
    text += "; what is on several lists counts for each" if len(by_list) > 1 else ""
    number = Number("warnings", round(total), "", asked["warning"], asked["critical"])
    return Result(judged(round(total), asked["warning"], asked["critical"]), text, (number,), tuple(by_list), (), page_of(board, _WARNINGS))


def _require_list(name: str, board: Board, told: list[str]) -> None:
    """A list has a line from its first record on; before that it must be one that is read, and not one of those that are told together."""
    read = {dict(labels).get("list", "") for labels in board.samples.get("varde_list_up", {})}
    if name in told or (name in read and OTHER not in told):
        return
    why = f"records of {name!r} are told together with others'" if name in read else f"`varde up` has no list {name!r}"
    raise UnwellError(State.UNKNOWN, f"{why}. Told are: {', '.join(sorted({*told} | ({*read} if OTHER not in told else set()))) or 'none'}.")


def _count(board: Board, name: str, seconds: float) -> float:
    """What came in the period. Counts begin with the station, and a list has a line from its first record on: all of its first value is growth."""
    line = board.points(_WARNINGS, name)
    begin, started = board.written - seconds, float(board.about.get("started", 0))
    total = sum(
        after if before_at < started <= at else grown(before, after) for (before_at, before), (at, after) in itertools.pairwise(line) if at >= begin
    )  # fmt: skip
    is_new = bool(line) and begin <= line[0][0] and line[0][0] > board.written - RING_SECONDS + STALE_SECONDS
    return total + (line[0][1] if is_new else 0.0)


CHECK = Check(
    "warnings", "Records of late that touched something listed.", check_warnings, (
        *thresholds("range", "their number", "0"),
        Option("list", "NAME", "Those of one list; else of all."),
        Option("over", "PERIOD", "How long ago they count; six hours are known.", kind="seconds", default="10m"),
    ), (
        ("OK", "within the thresholds: none came"), ("WARNING", "outside `-w`: any came"), ("CRITICAL", "outside `-c`, where it is given"),
        ("UNKNOWN", "the station does not run, or tells of no such list"),
    ), (("warnings", "records in the period"),),
)  # fmt: skip
