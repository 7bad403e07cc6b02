"""Hours that end by this machine's clock: each is judged once, whatever the stamps and the clock do."""

import numpy as np
import polars as pl
import pytest

from varde.detect import Counts, Crowds, Surge, Surges
from varde.detect.crowds import SCHEMA
from varde.live import hourly as module
from varde.live.hourly import GRACE_SECONDS, LATE_MIN, Hourly, open_hour

BEGIN = 480_000


class Spy(Surges):
    """Surges that remember which hours they were asked about, and how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self.hours: list[tuple[int, dict[int, float]]] = []

    def hour(self, counts: Counts) -> list[Surge]:
        self.hours.append((counts.hour, dict(zip(counts.keys.tolist(), counts.sources.tolist(), strict=True))))
        return super().hour(counts)


class Desk:
    def __init__(self) -> None:
        self.spy = Spy()
        self.hourly = Hourly(self.spy, Crowds(7), BEGIN - 1)

    def at(self, hours: float, *rows: tuple[float, int, int]) -> list[Surge]:
        """What comes at a moment: rows of hour (after BEGIN), key and source."""
        made = pl.DataFrame([(BEGIN + int(hour), key, source) for hour, key, source in rows], schema=SCHEMA, orient="row")
        return self.hourly.advance(made, (BEGIN + hours) * 3600)


def test_an_hour_is_judged_when_it_has_ended_and_a_minute() -> None:
    desk = Desk()
    desk.at(0.5, (0, 22, 1), (0, 22, 2), (0, 22, 2))
    desk.at(1.005, (1, 22, 3), (0, 22, 4))  # 18 s later: both hours are under way
    assert desk.spy.hours == []
    desk.at(1 + (GRACE_SECONDS + 1) / 3600)
    assert desk.spy.hours == [(BEGIN, {22: 3.0})]
    desk.at(1.5, (0, 22, 5))
    desk.at(2.1)
    assert desk.spy.hours[1:] == [(BEGIN + 1, {22: 1.0})], "late ones count nowhere"
    assert desk.hourly.late == 1


def test_hours_without_anybody_are_not_judged() -> None:
    desk = Desk()
    desk.at(0.5, (0, 22, 1))
    for hours in (3.1, 4.1, 5.1):
        desk.at(hours)
    desk.at(7.1, (7, 22, 1))
    desk.at(8.1)
    assert [hour - BEGIN for hour, _ in desk.spy.hours] == [0, 7]


def test_a_stamp_far_ahead_makes_no_other_late() -> None:
    desk = Desk()
    desk.at(0.5, (900, 22, 1), (1, 22, 2))
    desk.at(0.6, (0, 22, 3))
    desk.at(1.1, (1, 22, 4))
    desk.at(2.1)
    assert [(hour - BEGIN, counts) for hour, counts in desk.spy.hours] == [(0, {22: 3.0}), (1, {22: 1.0})]
    assert desk.hourly.late == 0


def test_a_clock_that_is_set_back_judges_no_hour_twice() -> None:
    desk = Desk()
    desk.at(0.5, (0, 22, 1))
    desk.at(1.1, (1, 22, 1))
    desk.at(0.7, (0, 22, 2))
    desk.at(1.2, (1, 22, 2))
    desk.at(2.1)
    assert [(hour - BEGIN, counts) for hour, counts in desk.spy.hours] == [(0, {22: 1.0}), (1, {22: 2.0})]


def test_a_sleep_over_hours_judges_what_came_before_it() -> None:
    desk = Desk()
    desk.at(0.5, (0, 22, 1))
    desk.at(30.5, (30, 22, 1), (29, 22, 1), (12, 22, 1))
    desk.at(31.1)
    assert [hour - BEGIN for hour, _ in desk.spy.hours] == [0, 12, 29, 30]


def test_what_the_store_has_fills_the_hour_and_is_counted_once() -> None:
    desk = Desk()
    rows = pl.DataFrame([(BEGIN + hour, 22, source) for hour, source in ((-3, 9), (-1, 8), (0, 1), (0, 2), (1, 5))], schema=SCHEMA, orient="row")
    desk.hourly.fill(rows, (BEGIN + 1.005) * 3600)  # in the minute after an hour
    desk.at(1.01, (0, 22, 2), (0, 22, 3), (1, 22, 5))
    desk.at(1.1)
    desk.at(2.1)
    assert [(hour - BEGIN, counts) for hour, counts in desk.spy.hours] == [(0, {22: 3.0}), (1, {22: 1.0})]


@pytest.mark.parametrize(("late", "fine", "said"), [(LATE_MIN, 10, True), (LATE_MIN - 1, 10, False), (LATE_MIN, 3 * LATE_MIN, False)])
def test_a_clock_that_is_wrong_is_known_by_what_comes_late(late: int, fine: int, said: bool) -> None:
    desk = Desk()
    desk.at(0.5, (0, 1, 1))
    desk.at(1.5, *((-1, 22, number) for number in range(late)), *((1, 22, number) for number in range(fine)))
    assert not desk.hourly.is_late
    desk.at(2.1)
    assert desk.hourly.is_late is said
    desk.at(3.1)
    assert not desk.hourly.is_late, "of the last hour alone"


def test_the_open_hour() -> None:
    assert [open_hour(BEGIN * 3600 + second) - BEGIN for second in (-1, 0, GRACE_SECONDS - 1, GRACE_SECONDS, 3600, 3660)] == [-1, -1, -1, 0, 0, 1]


def test_a_flood_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    crowds = Crowds(7, rows_max=20_000)
    hourly = Hourly(Surges(), crowds, BEGIN - 1)
    rng = np.random.default_rng(3)
    for _ in range(10):
        size = 60_000
        flood = pl.DataFrame({"hour": np.full(size, BEGIN), "key": rng.integers(0, 500, size), "source": rng.integers(0, 2**62, size).astype(np.uint64) * np.uint64(4)}, schema=SCHEMA)
        hourly.advance(flood, (BEGIN + 0.5) * 3600)
    monkeypatch.setattr(module, "HELD_MAX", 1_000)
    early = pl.DataFrame({"hour": np.full(3_000, BEGIN + 1), "key": 22, "source": np.arange(3_000)}).cast(SCHEMA)  # type: ignore[arg-type]
    for _ in range(2):
        hourly.advance(early, (BEGIN + 1.005) * 3600)
    assert (len(hourly._held), hourly.lost) == (1_000, 4_000), "before the hour that it follows is judged"
    hourly.advance(pl.DataFrame(schema=SCHEMA), (BEGIN + 1.1) * 3600)
    assert len(crowds) <= 20_000 and len(hourly._held) == 0
