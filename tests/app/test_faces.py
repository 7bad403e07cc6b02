"""A running station writes what monitoring reads; of two stations of a store one does, and the other takes over."""

import time
from pathlib import Path

import polars as pl
import pytest

from varde.app import faces
from varde.app.context import Context
from varde.app.faces import Faces
from varde.app.station import Station
from varde.faces import board_of, panel_named, read_board
from varde.model import VardeError


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(Context(tmp_path / "store", None, "UTC"))


def waited(path: Path, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_station_writes_its_panels(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "STEP_SECONDS", 0.2)
    station.outcomes.watch("logins", pl.DataFrame({"success": [1, 0, 0]}))
    path = board_of(station.context.store.path)
    one = Faces(station)
    one.start()
    waited(path)
    board = read_board(path)
    assert [curve.value for curve in board.panel(panel_named("logins"))] == [2, 1]
    assert [curve.value for curve in board.panel(panel_named("tunnels"))] == [0]
    assert not board.is_stale()
    assert board.families["varde_logins_total"][0] == "counter"
    other = Faces(Station(Context(station.context.store.path, None, "UTC")))
    other.start()
    time.sleep(0.5)
    assert read_board(path).about["started"] == board.about["started"]
    one.stop()
    path.unlink()
    waited(path)
    other.stop()
    assert read_board(path).about["started"] != board.about["started"]


def test_a_disk_that_refuses_is_said_once_and_not_the_end(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(faces, "write_board", refuse)
    monkeypatch.setattr(faces, "STEP_SECONDS", 0.1)
    one = Faces(station)
    one.start()
    time.sleep(0.6)
    one.stop()
    assert [note for note in station.notes if "faces.db cannot be written" in note] == [note for note in station.notes if "No space" in note]
    assert len(station.notes) == 1
    with pytest.raises(VardeError):
        read_board(board_of(station.context.store.path))


def test_a_folder_of_that_name_is_said_once_although_the_file_beside_it_is_another_each_time(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    path = board_of(station.context.store.path)
    path.mkdir()
    monkeypatch.setattr(faces, "STEP_SECONDS", 0.1)
    one = Faces(station)
    one.start()
    time.sleep(0.6)
    one.stop()
    assert len(station.notes) == 1 and "Is a directory. Munin" in next(iter(station.notes))
