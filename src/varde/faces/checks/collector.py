"""Whether the station lives and hears: the age of what it wrote, its exporters, and what the kernel dropped."""

from collections.abc import Callable

from varde.faces.board import STALE_SECONDS, Board, board_of, read_board
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, seconds_known, stale, thresholds
from varde.faces.nagios import Number, Range, Result, State, UnwellError, judged, worst
from varde.model.panels import BY_ID
from varde.model.words import counted

HEARD = "varde_flow_last_heard_timestamp_seconds"
_FLOWS = BY_ID["flows"]
Finding = tuple[State, str, Number]


def check_collector(asked: Asked) -> Result:
    """Raises UnwellError: CRITICAL where nothing shows that the station lives, UNKNOWN where a deep look has no time to see anything."""
    if asked["deep"] and asked["timeout"] < _DEEP_LEAST:
        raise UnwellError(State.UNKNOWN, f"--deep waits for a commit and for what is written after it: give it -t 90, {_DEEP_LEAST:g} at least")
    board = _board(asked)
    age = Number("age", round(board.age(asked.now), 1), "s", Range(end=STALE_SECONDS), Range(end=STALE_SECONDS))
    found = [finding for look in LOOKS for finding in look(board, asked)]
    state = worst(finding[0] for finding in found)
    wrong = [text for at, text, _ in found if at is not State.OK]
    version = board.about.get("version", "")
    well = "; ".join((f"Varde {version} wrote {lasting(max(0.0, board.age(asked.now)))} ago", *(text for _, text, _ in found)))
    evidence = tuple(f"{name} was heard {lasting(max(0.0, asked.now - at))} ago" for name, at in sorted(_exporters(board).items()))
    return Result(state, "; ".join(wrong) or well, (age, *(number for _, _, number in found)), (well,) if wrong else (), evidence, page_of(board, _FLOWS))


def _board(asked: Asked) -> Board:
    path = board_of(asked.store)
    try:
        path.stat()
    except FileNotFoundError:
        raise UnwellError(State.CRITICAL, f"there is no {path}: `varde up` does not run with this store. Start it, or name its store with --store.") from None
    except OSError:
        pass  # reading it says why
    board = read_board(path)
    if board.is_stale(asked.now):
        raise UnwellError(State.CRITICAL, stale(board.age(asked.now)))
    return board


def _exporters(board: Board) -> dict[str, float]:
    """When each address was heard last, of all its domains; forged senders are in it too where all senders are accepted."""
    heard: dict[str, float] = {}
    for labels, at in board.samples.get(HEARD, {}).items():
        name = dict(labels).get("exporter", "") or dict(labels).get("sensor", "")
        heard[name] = max(at, heard.get(name, 0.0))
    return heard


def _heard(board: Board, asked: Asked) -> list[Finding]:
    known = _exporters(board)
    wanted: list[str] = asked["exporter"]
    if not wanted:
        return [_silence("the last exporter", max(known.values()), asked, "heard")] if known else []
    return [_silence(f"exporter {name}", known.get(name), asked, f"heard_{name}") for name in wanted]


def _silence(who: str, at: float | None, asked: Asked, label: str) -> Finding:
    if at is None:
        return State.CRITICAL, f"{who} was never heard: see `varde flow exporters`", Number(label, None, "s", asked["warning"], asked["critical"])
    silent = max(0.0, asked.now - at)
    state = judged(silent, asked["warning"], asked["critical"])
    return state, f"{who} was heard {lasting(silent)} ago", Number(label, round(silent, 1), "s", asked["warning"], asked["critical"])


def _dropped(board: Board, asked: Asked) -> list[Finding]:
    rate = board.rate(_FLOWS, "dropped", int(asked["over"]))
    if rate is None:
        return []
    seconds = seconds_known(board, _FLOWS, "dropped", asked["over"])
    count = rate * seconds / 60
    state = judged(count, asked["drops"], None)
    what = f"the kernel dropped {count:.0f} datagrams in {lasting(seconds)}"
    more = "" if state is State.OK else ": see the buffer of `varde up` in docs/how-to/flows.md"
    return [(state, what + more, Number("dropped", round(count), "", asked["drops"]))]


def _tried(board: Board, asked: Asked) -> list[Finding]:
    """What marked records and a marked warning met on their way, where it is asked for."""
    if not asked["deep"]:
        return []
    found = asked.trial(asked.store, max(1.0, asked["timeout"] - _TRIAL_ENDS))
    wrong = [f"{name}: {said}" for name, state, said in found if state == "failed"]
    tried = sum(state != "skipped" for _, state, _ in found)
    said = "; ".join(wrong) or f"{counted(tried, 'part')} from the ports to the sinks, tried just now, {'works' if tried == 1 else 'work'}"
    return [(State.CRITICAL if wrong else State.OK, said, Number("failed", len(wrong), "", None, Range(end=0), 0, tried))]


_TRIAL_ENDS = 3.0
"""Seconds that are left of the time of a check when a trial must have ended."""

_DEEP_LEAST = 40.0
"""Seconds: a commit is due after ten, faces.db after ten more, and what is marked is taken back then."""

LOOKS: tuple[Callable[[Board, Asked], list[Finding]], ...] = (_heard, _dropped, _tried)
"""What is looked at of a station that writes; the worst is the state."""

CHECK = Check(
    "collector", "Whether `varde up` runs, hears its exporters, and the kernel drops nothing.", check_collector, (
        *thresholds("range of seconds", "the silence of exporters", "10m", "1h"),
        Option("exporter", "ADDRESS", "One that must be heard, each; else any of them is enough.", repeated=True),
        Option("drops", "RANGE", "WARNING where the number of datagrams that the kernel dropped is outside.", kind="range", default="0"),
        Option("over", "PERIOD", "How long ago drops count.", kind="seconds", default="10m"),
        Option("deep", "", "Send marked flows and lines to its ports too, and look for them at every end, as `varde selftest` does: give it -t 90.", kind="flag"),
    ), (
        ("OK", "it wrote within a minute, exporters are heard, nothing is dropped; also where no exporter is known and none is named"),
        ("WARNING", "exporters are silent beyond `-w`, or the kernel drops datagrams"),
        ("CRITICAL", "it does not run, hangs, or wrote ahead of the clock; exporters are silent beyond `-c`, or one that is named was never heard; with --deep, something that was sent did not come through"),
        ("UNKNOWN", "what it wrote is damaged or may not be read; --deep has too little time"),
    ), (("age", "seconds since it wrote"), ("heard, heard_ADDRESS", "seconds since the exporter was heard"), ("dropped", "datagrams dropped in the period"), ("failed", "with --deep: parts that failed, of those that were tried")),
)  # fmt: skip
