"""How many records touched something listed of late."""

from varde.faces.board import STALE_SECONDS, Board
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, thresholds
from varde.faces.nagios import Number, Result, judged
from varde.faces.writing import RING_SECONDS
from varde.model.panels import BY_ID

_WARNINGS = BY_ID["warnings"]


def check_warnings(asked: Asked) -> Result:
    """Of one list, or of all."""
    board = asked.board()
    wanted = asked["list"]
    counts = {curve.title: _count(board, curve.name, int(asked["over"])) for curve in board.panel(_WARNINGS) if wanted in (None, curve.title)}
    total = sum(counts.values())
    by_list = [f"{name} {count:.0f}" for name, count in sorted(counts.items(), key=lambda one: -one[1]) if count]
    text = f"{total:.0f} records touched something listed in {lasting(asked['over'])}" + (f": {', '.join(by_list)}" if by_list else "")
    number = Number("warnings", round(total), "", asked["warning"], asked["critical"])
    return Result(judged(round(total), asked["warning"], asked["critical"]), text, (number,), tuple(by_list), (), page_of(board, _WARNINGS))


def _count(board: Board, name: str, seconds: int) -> float:
    """What came in the period. A list has a line from its first record on, which is none of a growth."""
    line = board.points(_WARNINGS, name)
    points = [point for point in line if point[0] >= board.written - seconds]
    if not points:
        return 0.0
    is_new = line[0] == points[0] and line[0][0] > board.written - RING_SECONDS + STALE_SECONDS
    rate = board.rate(_WARNINGS, name, points[-1][0] - points[0][0])
    return (points[0][1] if is_new else 0.0) + (rate or 0.0) * (points[-1][0] - points[0][0]) / 60


CHECK = Check(
    "warnings", "Records of late that touched something listed.", check_warnings, (
        *thresholds("range", "their number", "0"),
        Option("list", "NAME", "Those of one list; else of all."),
        Option("over", "PERIOD", "How long ago they count.", kind="seconds", default="10m"),
    ), (
        ("OK", "within the thresholds: none came"), ("WARNING", "outside `-w`: any came"), ("CRITICAL", "outside `-c`, where it is given"),
        ("UNKNOWN", "the station does not run"),
    ), (("warnings", "records in the period"),),
)  # fmt: skip
