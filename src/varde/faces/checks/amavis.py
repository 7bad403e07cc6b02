"""What a mail filter does, as `varde up` reads it over SNMP: messages by what was found in them, processes, queues, and whether it answers."""

from collections.abc import Callable

from varde.faces.board import Board
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, seconds_known, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, judged
from varde.model.panels import BY_ID, Panel

_MESSAGES, _PROCESSES, _QUEUES = (BY_ID[name] for name in ("amavis", "amavis_processes", "postfix_queues"))
_UP = "varde_amavis_up"
Look = Callable[[Asked, Board, Panel, str], tuple[float | None, str, str]]
"""The value, its unit, and a sentence."""


def _rate(asked: Asked, board: Board, panel: Panel, line: str) -> tuple[float | None, str, str]:
    value = board.rate(panel, line, int(asked["over"]))
    return value, "", f"{value or 0:.1f} messages a minute over {lasting(seconds_known(board, panel, line, asked['over']))}: {_title(board, panel, line)}"


def _share(asked: Asked, board: Board, panel: Panel, line: str) -> tuple[float | None, str, str]:
    rates = {curve.name: board.rate(panel, curve.name, int(asked["over"])) for curve in board.panel(panel)}
    known = [rate for rate in rates.values() if rate is not None]
    wanted = rates.get(line)
    if wanted is None:
        return None, "%", ""
    share = 100 * wanted / sum(known) if sum(known) else 0.0
    return share, "%", f"{share:.1f} % of the messages of {lasting(seconds_known(board, panel, line, asked['over']))}: {_title(board, panel, line)}"


def _value(asked: Asked, board: Board, panel: Panel, line: str) -> tuple[float | None, str, str]:
    value = next((curve.value for curve in board.panel(panel) if curve.name == line), None)
    return value, "", f"{value or 0:.0f} {panel.unit}: {_title(board, panel, line)}"


def _title(board: Board, panel: Panel, line: str) -> str:
    return next(curve.title for curve in board.panel(panel) if curve.name == line)


def _metrics() -> dict[str, tuple[Look, Panel, str]]:
    """What can be asked about, by its name."""
    named = [(panel, line.name) for panel in (_MESSAGES, _PROCESSES, _QUEUES) if isinstance(panel.lines, tuple) for line in panel.lines]
    messages = {name: (_rate, panel, name) for panel, name in named if panel is _MESSAGES}
    shares = {f"{name}-share": (_share, _MESSAGES, name) for name in messages}
    return {
        **messages, **shares, **{f"processes-{name}": (_value, panel, name) for panel, name in named if panel is _PROCESSES},
        **{f"queue-{name}": (_value, panel, name) for panel, name in named if panel is _QUEUES},
    }  # fmt: skip


METRICS: dict[str, tuple[Look, Panel, str]] = _metrics()


def check_amavis(asked: Asked) -> Result:
    """Raises UnwellError: CRITICAL where an agent does not answer, UNKNOWN where none is read or too little is known."""
    board = asked.board()
    answers = {dict(labels).get("host", ""): value for labels, value in board.samples.get(_UP, {}).items()}
    if not answers:
        raise UnwellError(State.UNKNOWN, "`varde up` reads no mail filter: name it in [amavis] hosts, or it began a moment ago")
    if silent := sorted(host for host, value in answers.items() if not value):
        raise UnwellError(State.CRITICAL, f"the SNMP agent of {', '.join(silent)} does not answer as it should: `varde amavis {silent[0]}` says why")
    look, panel, line = METRICS[asked["metric"]]
    value, unit, said = look(asked, board, panel, line)
    if value is None:
        raise UnwellError(State.UNKNOWN, f"{asked['metric']} is not known now: two readings are needed first, or the agent does not tell it")
    number = Number(asked["metric"], value, unit, asked["warning"], asked["critical"])
    return Result(judged(value, asked["warning"], asked["critical"]), said, (number,), (panel.about,), (), page_of(board, panel))


CHECK = Check(
    "amavis", "A mail filter that `varde up` reads over SNMP: messages, shares, processes, Postfix's queues.", check_amavis, (
        Option("metric", "METRIC", f"One of {', '.join(METRICS)}.", placed=True, required=True, choices=tuple(METRICS)),
        *thresholds("range", "the value"),
        Option("over", "PERIOD", "What minutes and shares are taken over.", kind="seconds", default="15m"),
    ), (
        ("OK", "within the thresholds, or there are none, and all agents answer"), ("WARNING", "outside `-w`"),
        ("CRITICAL", "outside `-c`, or an agent does not answer as it should"),
        ("UNKNOWN", "the station does not run, reads no mail filter, or has read it once only"),
    ), (("METRIC", "messages a minute, a share in %, or a number of processes or files"),), ("spam-share", "-w", "80", "-c", "95"), is_usual=False,
)  # fmt: skip
