"""Scores of answers that are made up, so that what they are worth is known."""

from dataclasses import replace

import numpy as np
import pytest
from bench.insight.grid import GRID
from bench.insight.injected import Injected
from bench.insight.months import Month
from bench.insight.packets import BEGIN, DAY, HOME, HOUR, SURVEY, rows
from bench.insight.score import Alert, score

SHARED = next(cell for cell in GRID if cell.kind == "coordinated" and cell.sources == 4 and cell.size == 50)
DRAWN = next(cell for cell in GRID if cell.kind == "art")
FIRST = BEGIN + DAY


@pytest.fixture
def month() -> Month:
    """A shared scan of 1 to 4, a drawing of 5, a research scanner 9, and innocents from 100 on."""
    shared = Injected(1, SHARED, 0, frozenset((1, 2, 3, 4)), FIRST, FIRST + HOUR, 50)
    drawn = Injected(2, DRAWN, 0, frozenset((5,)), FIRST, FIRST + HOUR, 50)
    packets = rows(4, src=np.array([1, 5, 9, 100]), origin=np.array([1, 2, SURVEY, 0]))
    return Month(HOME, packets, {1: shared, 2: drawn})


def alert(kind: str, *sources: int, at: int = FIRST + 2 * HOUR, tools: tuple[str, ...] = ()) -> Alert:
    return Alert(kind, frozenset(sources), at, -20.0, frozenset(tools))


def test_a_campaign_is_told_with_its_delay_and_the_share_of_its_sources(month: Month) -> None:
    made = score(month, [alert("coordinated", 1, 2, 3), alert("coordinated", 1, 2, 3, at=FIRST + 9 * HOUR)])
    told = made.told[1]
    assert (told.delay, told.share, told.named, told.log_p) == (2.0, 0.75, True, -20.0)
    assert made.false == []
    assert made.told[2].at is None


def test_another_name_is_told_and_not_called_what_it_is(month: Month) -> None:
    told = score(month, [alert("vertical", 1)]).told[1]
    assert told.at is not None
    assert not told.named


def test_what_other_programs_tell_has_no_name(month: Month) -> None:
    assert score(month, [alert("", 1)]).told[1].at is not None


@pytest.mark.parametrize("at", [FIRST - HOUR, FIRST + HOUR + DAY + 1])
def test_before_it_began_and_long_after_it_ended_nothing_is_told(month: Month, at: int) -> None:
    made = score(month, [alert("coordinated", 1, 2, at=at)])
    assert made.told[1].at is None


def test_who_accuses_everybody_finds_nobody(month: Month) -> None:
    made = score(month, [alert("coordinated", 1, *range(100, 110))])
    assert made.told[1].at is None
    assert len(made.false) == 1


def test_innocents_beside_a_campaign_are_counted(month: Month) -> None:
    made = score(month, [alert("coordinated", 1, 2, 3, 100)])
    assert made.told[1].at is not None
    assert (made.strangers, made.false) == (1, [])


def test_the_same_innocent_is_accused_once_a_day_and_kind(month: Month) -> None:
    again = [alert("random", 100), alert("random", 100, at=FIRST + 3 * HOUR), alert("vertical", 100), alert("random", 100, at=FIRST + 2 * DAY)]
    made = score(month, again)
    assert len(made.false) == 3
    assert made.false_a_day == 3 / HOME.days


def test_a_research_scanner_is_neither_right_nor_wrong(month: Month) -> None:
    made = score(month, [alert("random", 9)])
    assert (made.surveys, made.false) == (1, [])


def test_marks_of_tools_are_no_warning_and_no_detection(month: Month) -> None:
    made = score(month, [alert("tool", 100), alert("tool", 1, 2)])
    assert made.false == []
    assert made.told[1].at is None


@pytest.mark.parametrize(
    ("kind", "sources", "tools", "told"),
    [("random", (6,), ("zmap",), True), ("random", (6,), (), False), ("random", (6,), ("masscan",), False), ("tool", (6, *range(100, 150)), ("zmap",), True)],
)  # fmt: skip
def test_a_tool_is_told_by_its_name_alone(month: Month, kind: str, sources: tuple[int, ...], tools: tuple[str, ...], told: bool) -> None:
    cell = next(cell for cell in GRID if cell.kind == "tool")
    marked = Injected(3, cell, 0, frozenset((6,)), FIRST, FIRST + HOUR, 8, "zmap")
    made = score(replace(month, injected=month.injected | {3: marked}), [alert(kind, *sources, tools=tools)])
    assert made.told[3].named is told
    assert made.false == []


def test_a_drawing_is_told_as_a_drawing_alone(month: Month) -> None:
    assert score(month, [alert("vertical", 5)]).told[2].at is None
    assert score(month, [alert("art", 5)]).told[2].named


def test_a_campaign_of_the_past_does_not_count_for_one_of_now(month: Month) -> None:
    later = replace(month.injected[1], number=3, sources=frozenset((11, 12)), first=FIRST + 5 * DAY, last=FIRST + 6 * DAY)
    made = score(replace(month, injected=month.injected | {3: later}), [alert("coordinated", 1, 2)])
    assert made.told[3].at is None
