"""Any line of any panel, by the name that Munin, Prometheus's textfile and badges call it too."""

from varde.faces.board import panel_named
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, seconds_known, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, figure, judged
from varde.model.panels import Curve, Panel


def check_metric(asked: Asked) -> Result:
    """Raises VardeError (UNKNOWN) for a name that is none."""
    wanted, _, line = asked["line"].partition(".")
    panel = panel_named(wanted)
    board = asked.board()
    curves = board.panel(panel)
    curve = next((one for one in curves if one.name == line), None)
    if curve is None:
        raise UnwellError(asked["absent"], _absent(panel, line, curves))
    value = board.rate(panel, line, int(asked["over"])) if panel.rate else curve.value
    if value is None:
        raise UnwellError(State.UNKNOWN, f"{panel.id}.{line} is not known now: `varde up` began a moment ago, or does not count it")
    text = f"{panel.title}, {curve.title}: {figure(round(value, 3))} {panel.unit}" + (f" a minute over {lasting(seconds_known(board, panel, line, asked['over']))}" if panel.rate else "")
    unit = "s" if panel.unit == "seconds" else ""
    number = Number(f"{panel.id}.{line}", value, unit, asked["warning"], asked["critical"])
    return Result(judged(value, asked["warning"], asked["critical"]), text, (number,), (panel.about,), (), page_of(board, panel))


def _absent(panel: Panel, line: str, curves: list[Curve]) -> str:
    there = ", ".join(f"{panel.id}.{one.name}" for one in curves) or "none"
    return f"there is no line {line!r} in panel {panel.id} now. There is: {there}."


CHECK = Check(
    "metric", "Any line of a panel: what it grows by a minute, or its value where it does not grow.", check_metric, (
        Option("line", "PANEL.LINE", "For example probes.tcp4, logins.failed, feeds.spamhaus.", placed=True, required=True),
        *thresholds("range of seconds", "the value"),
        Option("over", "PERIOD", "What the minute is a mean of.", kind="seconds", default="5m"),
        Option("absent", "STATE", "State where a panel has no such line now, as of a port nobody knocked at.", kind="state", default="unknown"),
    ), (
        ("OK", "within the thresholds, or there are none"), ("WARNING", "outside `-w`"), ("CRITICAL", "outside `-c`"),
        ("UNKNOWN", "the station does not run or has just begun, or there is no such panel; also no such line, unless `--absent` says otherwise"),
    ), (("PANEL.LINE", "the value, in the panel's unit, a minute where it grows"),), ("probes.tcp4", "-w", "1000", "-c", "10000"),
)  # fmt: skip
