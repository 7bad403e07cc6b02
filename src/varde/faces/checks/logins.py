"""How many logins a minute honeypots report, and how many they let in."""

from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, seconds_known, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, judged, worst
from varde.model.panels import BY_ID

_LOGINS = BY_ID["logins"]


def check_logins(asked: Asked) -> Result:
    """Raises UnwellError(UNKNOWN) where too little is known."""
    board = asked.board()
    failed, accepted = (board.rate(_LOGINS, name, int(asked["over"])) for name in ("failed", "accepted"))
    if failed is None or accepted is None:
        raise UnwellError(State.UNKNOWN, "`varde up` began a moment ago and has counted no period yet")
    attempts, known = failed + accepted, seconds_known(board, _LOGINS, "failed", asked["over"])
    state = worst((judged(attempts, asked["warning"], asked["critical"]), judged(accepted, asked["accepted-warning"], asked["accepted-critical"])))
    text = f"{attempts:.1f} login attempts a minute, {accepted:.1f} let in, over {lasting(known)}"
    numbers = (
        Number("attempts", attempts, "", asked["warning"], asked["critical"]),
        Number("accepted", accepted, "", asked["accepted-warning"], asked["accepted-critical"]),
    )
    return Result(state, text, numbers, (f"failed: {failed:.1f} a minute",), (), page_of(board, _LOGINS))


CHECK = Check(
    "logins", "Login attempts a minute at honeypots, and those let in.", check_logins, (
        *thresholds("range", "the number of attempts a minute"),
        Option("accepted-warning", "RANGE", "WARNING where the number let in a minute is outside.", kind="range"),
        Option("accepted-critical", "RANGE", "CRITICAL where the number let in a minute is outside.", kind="range"),
        Option("over", "PERIOD", "What the minute is a mean of.", kind="seconds", default="5m"),
    ), (
        ("OK", "within the thresholds; there are none unless they are given, because usual is another thing everywhere"),
        ("WARNING", "outside `-w` or `--accepted-warning`"), ("CRITICAL", "outside `-c` or `--accepted-critical`"),
        ("UNKNOWN", "the station does not run, or has just begun"),
    ), (("attempts", "attempts a minute"), ("accepted", "of them those let in")), ("-w", "100", "-c", "1000"),
)  # fmt: skip
