"""Findings looked for in a process beside the station are those that it would find itself."""

from pathlib import Path

import pytest
from material import NOON, probe_batch
from tests.app.test_web import station_in

from varde.app import aside
from varde.app.engine import engine_of
from varde.app.station import Station
from varde.model import VardeError
from varde.query import Window

WINDOW = Window(NOON.replace(hour=0), NOON.replace(hour=23))


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    station = station_in(tmp_path, monkeypatch)
    station.context.store.append("probes", probe_batch([{"time": NOON.replace(minute=n // 10, second=n % 10), "port": 1000 + n, "src": "198.51.100.7"} for n in range(300)]))
    return station


@pytest.mark.parametrize("what", ["findings", "gallery"])
def test_both_ways_find_the_same(station: Station, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    engine = engine_of(station.context)
    here = aside.look(what, station.context, engine, WINDOW)
    monkeypatch.setattr(aside, "ASIDE_FROM", 0)
    asked: list[object] = []
    real = aside.ask_child
    monkeypatch.setattr(aside, "ask_child", lambda *given: asked.append(given) or real(*given))
    assert aside.look(what, station.context, engine, WINDOW) == here
    assert len(asked) == 1
    if what == "findings":
        assert {one.port_count for one in here.campaigns} == {300}


def test_a_station_that_ends_does_not_wait(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "ASIDE_FROM", 0)
    station.context.ending.set()
    with pytest.raises(VardeError, match="the station ends"):
        aside.look("findings", station.context, engine_of(station.context), WINDOW)


def test_where_there_can_be_no_process_it_is_done_here(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "ASIDE_FROM", 0)
    monkeypatch.setattr(aside, "ask_child", lambda *given: None)
    assert aside.look("findings", station.context, engine_of(station.context), WINDOW).campaigns
