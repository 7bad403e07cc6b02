"""Whether suddenly many strangers want a port: what `varde surges` finds in the last hours of the store."""

import contextlib

from varde.faces.checks.terms import Asked, Check, Option, lasting
from varde.faces.nagios import Number, Result, State, UnwellError, worst
from varde.model.errors import VardeError

ENDS = 1.0
"""Seconds that are left of the time of a check when the question must have ended."""


def check_surge(asked: Asked) -> Result:
    """Raises UnwellError(UNKNOWN) where there is too little to compare with."""
    found = asked.surges(asked.store, asked["over"], max(1.0, asked["timeout"] - ENDS))
    if not found.is_judged:
        raise UnwellError(State.UNKNOWN, found.basis)
    if not found.is_fed and not _is_run(asked):
        raise UnwellError(State.UNKNOWN, f"nothing of the last {lasting(asked['over'])} is stored, and no `varde up` runs on this store: nobody knows what was wanted")
    states = {"alarm": asked["alarm"], "notice": asked["notice"]}
    state = worst(states[level] for level, _ in found.surges)
    said = [text for level, text in found.surges if states[level] is not State.OK]
    alarms = sum(level == "alarm" for level, _ in found.surges)
    text = "; ".join(said[:2]) + (f"; and {len(said) - 2} more" if len(said) > 2 else "")
    text = text or f"no port was wanted by more strangers than usual in {lasting(asked['over'])}"
    numbers = (Number("alarms", alarms), Number("notices", len(found.surges) - alarms))
    return Result(state, text, numbers, (found.basis,), tuple(text for _, text in found.surges))


def _is_run(asked: Asked) -> bool:
    """Whether a station would have stored what came."""
    with contextlib.suppress(VardeError):
        asked.board()
        return True
    return False


CHECK = Check(
    "surge", "Whether suddenly many strangers want a port, beside what is usual there at this hour.", check_surge, (
        Option("over", "PERIOD", "How far back is looked.", kind="seconds", default="2h"),
        Option("alarm", "STATE", "State where a surge is sure: ok, warning, critical or unknown.", kind="state", default="critical"),
        Option("notice", "STATE", "State where one is likely.", kind="state", default="warning"),
    ), (
        ("OK", "no port was wanted by more strangers than usual"), ("WARNING", "a surge is likely"), ("CRITICAL", "a surge is sure"),
        ("UNKNOWN", "the store cannot be asked, or holds too few hours to say what is usual, or nothing of these hours while no station runs"),
    ), (("alarms", "surges that are sure"), ("notices", "surges that are likely")), ("-t", "50"),  # Nagios and NRPE end a check after 60 s
    minutes=10,  # weeks of the store are asked, and surges are told by the hour
)  # fmt: skip
