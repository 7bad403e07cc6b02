"""When nearly all records of a picture stand in a narrow stretch of it."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import NOON, probe_batch

from varde.query import Crowd, Engine, Window, crowd, fireplot, outside
from varde.query.crowding import _fullest
from varde.store import Store

LONG_AGO = datetime(2019, 2, 3, tzinfo=timezone.utc)
WHOLE = Window(LONG_AGO, NOON + timedelta(days=1))


def engine_of(folder: Path, crowded: int, stray: int) -> Engine:
    """So many records of one hour, and so many of years before, a day apart; among them fragments."""
    store = Store(folder)
    probes = [{"time": NOON + timedelta(seconds=3600 * n / crowded), "port": None if n % 2 else 22} for n in range(crowded)]
    probes += [{"time": LONG_AGO + timedelta(days=n), "port": 443} for n in range(stray)]
    store.append("probes", probe_batch(probes))
    return Engine(store)


def test_a_stray_line_leaves_a_crowd_whose_ends_are_records(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, 360, 2)
    answer = fireplot(engine, WHOLE)
    assert crowd(engine, answer) == Crowd(NOON, NOON + timedelta(seconds=3590))
    assert outside(engine, answer, NOON, NOON + timedelta(hours=1)) == 2
    assert outside(engine, answer, LONG_AGO, NOON + timedelta(seconds=3590)) == 1


@pytest.mark.parametrize(("crowded", "stray"), [(360, 0), (98, 2), (99, 1), (1, 1)])
def test_without_strays_or_with_more_than_a_hundredth_there_is_no_crowd(tmp_path: Path, crowded: int, stray: int) -> None:
    engine = engine_of(tmp_path, crowded, stray)
    assert crowd(engine, fireplot(engine, WHOLE)) is None


def test_what_ports_leave_out_is_no_part_of_the_crowd(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, 1000, 2)
    narrow = fireplot(engine, WHOLE, port_min=1, port_max=100)
    assert (narrow.total, crowd(engine, narrow)) == (500, None)


def test_an_hour_of_a_day_is_a_crowd_only_if_it_is_narrow(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, 360, 0)
    engine.store.append("probes", probe_batch([{"time": NOON - timedelta(hours=6), "port": 1, "offset": 9999}]))
    day = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
    assert crowd(engine, fireplot(engine, day)) == Crowd(NOON, NOON + timedelta(seconds=3590))
    half = Window(NOON - timedelta(hours=7), NOON + timedelta(hours=5))
    assert crowd(engine, fireplot(engine, half)) is None


def test_no_records_are_no_crowd(tmp_path: Path) -> None:
    engine = Engine(Store(tmp_path))
    assert crowd(engine, fireplot(engine, WHOLE)) is None


@given(events=st.lists(st.integers(0, 5), min_size=1, max_size=12), share=st.floats(0.01, 1))
def test_no_other_stretch_of_that_width_has_more(events: list[int], share: float) -> None:
    columns = max(1, int(share * len(events)))
    begin, inside = _fullest(np.array(events), columns)
    assert inside == sum(events[begin : begin + columns])
    assert inside == max(sum(events[at : at + columns]) for at in range(len(events) - columns + 1))
