"""Which share of flows is lost between exporters and us, by their sequence numbers."""

import itertools

from varde.faces.board import Board, Point
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, figure, judged
from varde.model.panels import BY_ID

_FLOWS = BY_ID["flows"]
_SHORT = "`varde up` began a moment ago and has counted no period yet"
_SILENT = "no flow has come yet to `varde up`, which listens for them: see docs/how-to/flows.md for the router's side"
_DEAF = "`varde up` takes no flows: see docs/how-to/flows.md"


def check_loss(asked: Asked) -> Result:
    """Raises UnwellError(UNKNOWN) where flows are not counted."""
    board = asked.board()
    last = {name: board.lately(_FLOWS, name, asked["over"]) for name in ("received", "lost", "lost_datagrams")}
    if len(last["received"]) < 2:
        listens = board.points(_FLOWS, "dropped")  # of the receiver's socket, so it is there before the first datagram
        raise UnwellError(State.UNKNOWN, _SHORT if board.points(_FLOWS, "received") else _SILENT if listens else _DEAF)
    received, lost, datagrams = grown(last["received"], last["received"]), grown(last["lost"], last["received"]), grown(last["lost_datagrams"], last["received"])
    missing = lost + datagrams * _flows_a_datagram(board)
    share = 100 * missing / (received + missing) if received + missing else 0.0
    warning, critical = asked["warning"], asked["critical"]
    seconds = last["received"][-1][0] - last["received"][0][0]
    text = f"{share:.2g} % of flows lost in {lasting(seconds)}: {received:.0f} came, {_about(missing, datagrams)} did not"
    numbers = (Number("loss", round(share, 4), "%", warning, critical, 0, 100), Number("received", received), Number("lost", round(missing)))
    more = (f"lost: {figure(lost)} flows by exporters that number flows, {figure(datagrams)} datagrams by those that number datagrams",)
    nothing = f"no flow came in {lasting(seconds)}, and none is missing"
    return Result(judged(share, warning, critical), text if received + missing else nothing, numbers, more, (), page_of(board, _FLOWS))


def _about(missing: float, datagrams: float) -> str:
    return f"{'about ' if datagrams else ''}{missing:.0f}"


def grown(points: list[Point], clock: list[Point]) -> float:
    """What a count grew by, at least nothing. What comes late after all makes a loss smaller; only where what came (`clock`) began
    again, the count did too."""
    began = {after[0] for before, after in itertools.pairwise(clock) if after[1] < before[1]}
    return max(0.0, sum(after if at in began else after - before for (_, before), (at, after) in itertools.pairwise(points)))


def _flows_a_datagram(board: Board) -> float:
    """Of all that came: exporters of NetFlow 9 number datagrams, and what was in a lost one is not known."""
    flows, datagrams = (sum(board.samples.get(family, {}).values()) for family in ("varde_flow_flows_total", "varde_flow_datagrams_total"))
    return flows / datagrams if datagrams else 1.0


CHECK = Check(
    "loss", "The share of flows that were sent and did not come.", check_loss, (
        *thresholds("range of shares", "the share, in percent,", "1", "5"),
        Option("over", "PERIOD", "How long ago they count.", kind="seconds", default="10m"),
    ), (
        ("OK", "the share is within the thresholds; also where no flow came, which `check collector` is for"),
        ("WARNING", "it is outside `-w`"), ("CRITICAL", "it is outside `-c`"),
        ("UNKNOWN", "the station does not run, takes no flows, or has just begun"),
    ), (("loss", "percent of flows"), ("received", "flows that came"), ("lost", "flows that did not; estimated where exporters number datagrams")),
)  # fmt: skip
