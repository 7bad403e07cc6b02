"""Lines of a panel as they are drawn: what they have now, and the last hours in equal steps."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from varde.faces.board import STALE_SECONDS, STEP_SECONDS, Board, Point, grown
from varde.model.panels import Curve, Each, Panel

SPAN_SECONDS = 6 * 3600
"""What is drawn, up to now."""

NOW_SECONDS = 60
"""What a rate of now is taken over."""

_GAP_SECONDS = 6 * STEP_SECONDS
"""Between two values; over a longer gap nobody knows when the growth was."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line. `now` and `points` are in what comes a minute where the panel is a rate; None is what nobody knows."""

    name: str
    title: str
    now: float | None
    points: list[float | None]


def drawn(board: Board, panel: Panel, now: float, steps: int) -> list[Drawn]:
    """The lines of a panel over SPAN_SECONDS in so many steps, the oldest first. Of a stale board nothing is of now."""
    return [_line(board, panel, line, now, steps) for line in board.panel(panel)]


def summed(panel: Panel, lines: list[Drawn]) -> Drawn:
    """A panel in one curve: what its lines of the first family are together; of ages, the largest."""
    families = _families(panel)
    alike = [line for line in lines if families.get(line.name) == families.get(lines[0].name)] if lines else []
    together: Callable[[list[float]], float] = max if panel.unit == "seconds" else sum
    return Drawn("", panel.title, _of(together, [line.now for line in alike]), [_of(together, column) for column in zip(*(line.points for line in alike), strict=True)])


def _families(panel: Panel) -> dict[str, str]:
    """By name of a line; an Each has one family, and needs no names."""
    return {} if isinstance(panel.lines, Each) else {line.name: line.family for line in panel.lines}


def _of(together: Callable[[list[float]], float], values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return together(known) if known else None


def _line(board: Board, panel: Panel, line: Curve, now: float, steps: int) -> Drawn:
    points = board.points(panel, line.name)
    wide = SPAN_SECONDS / steps
    found = _rates(points, now, wide, steps) if panel.rate else _values(points, now, wide, steps)
    last = (_rate_now(points, now) if panel.rate else line.value) if not board.is_stale(now) else None
    return Drawn(line.name, line.title, last, found)


def _steps(points: list[Point]) -> Iterable[tuple[int, int, float]]:
    """Time of the later of two points, seconds between them, and growth."""
    for (first, before), (last, after) in itertools.pairwise(points):
        if last - first <= _GAP_SECONDS:
            yield last, last - first, grown(before, after)


def _rates(points: list[Point], now: float, wide: float, steps: int) -> list[float | None]:
    grown, seconds = [0.0] * steps, [0] * steps
    for at, took, growth in _steps(points):
        if 0 <= (step := _step(at, now, wide, steps)) < steps:
            grown[step] += growth
            seconds[step] += took
    return [growth * 60 / took if took else None for growth, took in zip(grown, seconds, strict=True)]


def _values(points: list[Point], now: float, wide: float, steps: int) -> list[float | None]:
    """The largest of each step: what stood high for a moment is what one looks for."""
    found: list[float | None] = [None] * steps
    for at, value in points:
        if 0 <= (step := _step(at, now, wide, steps)) < steps:
            before = found[step]
            found[step] = value if before is None else max(before, value)
    return found


def _step(at: float, now: float, wide: float, steps: int) -> int:
    return steps - 1 - int((now - at) // wide) if at <= now else steps - 1


def _rate_now(points: list[Point], now: float) -> float | None:
    if not points or now - points[-1][0] > STALE_SECONDS:
        return None  # a curve that is not told any more
    recent = [(took, growth) for at, took, growth in _steps(points[-NOW_SECONDS // STEP_SECONDS - 1 :]) if at > points[-1][0] - NOW_SECONDS]
    seconds = sum(took for took, _ in recent)
    return sum(growth for _, growth in recent) * 60 / seconds if seconds else None
