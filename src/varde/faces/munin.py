"""What a Munin node is told: a graph a panel, its lines the fields, every ten seconds of the last hours.

    config   titles, labels, limits
    values   `failed.value 1795345290:17`, each second once, U where nothing is known
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from varde.faces.board import STEP_SECONDS, Board, Point
from varde.model.panels import Curve, Each, Panel

CATEGORY = "security"
"""One of Munin's well-known categories."""

DATA_SIZE = "custom 1d, 1m for 3d, 5m for 9d, 30m for 45d, 1d for 450d"
"""As long as Munin's usual, but every ten seconds of the first day; `normal` would keep averages of five minutes. 480 kB a line."""

LABEL_MAX = 40
"""Characters: a longer label moves the numbers beside it out of the picture."""

_RANGE = re.compile(r"-?[0-9]*\.?[0-9]*(:-?[0-9]*\.?[0-9]*)?")
_LIMITS = ("warning", "critical")
_NOT_OF_A_LABEL = re.compile(r"[^ !'()*+,./0-9:;=?@A-Z\[\]^_a-z{|}~-]")
"""Letters of other scripts, and what is a sign to Munin, RRDtool, a shell or HTML."""

Told = Mapping[str, int]
"""By panel: the last second that was told; what is not in it was never told."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a call knows. `problem` says why there is no board; `since`: where to begin with a graph of which nothing was told."""

    board: Board | None
    problem: str
    now: float
    environment: Mapping[str, str]
    told: Told
    since: int

    @property
    def is_live(self) -> bool:
        return self.board is not None and not self.board.is_stale(self.now)


def fields(panel: Panel, board: Board | None) -> list[Curve]:
    """Its lines; without a board those that are always there."""
    if board is not None:
        return board.panel(panel)
    return [] if isinstance(panel.lines, Each) else [Curve(line.name, line.title, None) for line in panel.lines]


def config(panel: Panel, at: Situation) -> Iterator[str]:
    """The lines that describe a graph."""
    yield f"graph_title {panel.title}"
    yield f"graph_category {CATEGORY}"
    yield "graph_args --base 1000 -l 0"
    yield "graph_scale no"
    yield f"graph_vlabel {panel.unit} / ${{graph_period}}" if panel.rate else f"graph_vlabel {panel.unit}"
    if panel.rate:
        yield "graph_period minute"
    yield f"graph_info {label(' '.join(_information(panel, at)), most=1000)}"
    yield f"update_rate {STEP_SECONDS}"
    yield f"graph_data_size {DATA_SIZE}"
    for curve in fields(panel, at.board):
        yield from _field(panel, curve, at.environment)


def _information(panel: Panel, at: Situation) -> Iterator[str]:
    yield panel.about
    if at.board is None:
        yield f"Nothing is known now: {at.problem}"
        return
    age = at.board.age(at.now)
    known = "." if at.is_live else ", which is too long: does varde up run?"
    yield f"Varde {at.board.about.get('version', '')} on {at.board.about.get('host', '')} said this {age:.0f} seconds ago{known}"
    if page := at.board.about.get("page"):
        yield f"More at {page.rstrip('/')}/{panel.page}"


def _field(panel: Panel, curve: Curve, environment: Mapping[str, str]) -> Iterator[str]:
    yield f"{curve.name}.label {label(curve.title)}"
    yield f"{curve.name}.type {'DERIVE' if panel.rate else 'GAUGE'}"
    yield f"{curve.name}.min 0"
    yield f"{curve.name}.draw {'AREASTACK' if panel.stacked else 'LINE1'}"
    for limit in _LIMITS:
        if given := _limit(panel, curve, limit, environment):
            yield f"{curve.name}.{limit} {given}" if _RANGE.fullmatch(given) else f"# {limit} of {curve.name} is no range such as 10 or 5:10: {label(given)}"


def _limit(panel: Panel, curve: Curve, limit: str, environment: Mapping[str, str]) -> str:
    """As Munin's own plugins look for it, the most particular first: for one line of one graph, one line, one graph, all."""
    names = (f"{panel.id}_{curve.name}_{limit}", f"{curve.name}_{limit}", f"{panel.id}_{limit}", limit)
    return next((environment[name].strip() for name in names if environment.get(name, "").strip()), "")


def label(text: str, most: int = LABEL_MAX) -> str:
    """Words that strangers may have chosen, as Munin, RRDtool and a page may have them."""
    plain = _NOT_OF_A_LABEL.sub("?", text.replace("`", "'")).strip() or "?"
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def values(panel: Panel, at: Situation) -> Iterator[str]:
    """What each line was at each second that was not told yet; U where nothing is known, nothing where nothing is new."""
    told = at.told.get(panel.id, 0)
    for curve in fields(panel, at.board):
        points = _untold(panel, curve, at, told)
        yield from (f"{curve.name}.value {second}:{_number(panel, value)}" for second, value in points)
        if not at.is_live:
            yield f"{curve.name}.value U"
        elif curve.value is None:
            # of now: a master puts what has no time at the last it was told of another line, and refuses that for a line that is new
            yield f"{curve.name}.value {at.now:.0f}:U"
        elif not points:
            yield f"# {curve.name}: nothing new yet, it is told every {STEP_SECONDS} seconds"


def _untold(panel: Panel, curve: Curve, at: Situation, told: int) -> list[Point]:
    if at.board is None:
        return []
    points = at.board.points(panel, curve.name, told + 1 if told else at.since)
    return [(second, value) for second, value in points if 0 < second <= at.now and math.isfinite(value)]


def _number(panel: Panel, value: float) -> str:
    # a DERIVE takes integers only
    return str(round(value)) if panel.rate else f"{value:.6f}".rstrip("0").rstrip(".")


def told_after(panel: Panel, at: Situation) -> int:
    """The last second that `values` told of a panel."""
    before = at.told.get(panel.id, 0)
    if at.board is None:
        return before
    return max([before, *(second for curve in fields(panel, at.board) for second, _ in _untold(panel, curve, at, before)[-1:])])


def has_something(panel: Panel, board: Board) -> bool:
    """Whether any line of it is known and not nothing: what `suggest` lists."""
    return any(curve.value for curve in board.panel(panel))
