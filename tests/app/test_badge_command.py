"""`varde badge`: files of both kinds, values in words, silence told as silence, and names that are not there."""

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli_run import refused, varde
from PIL import Image

from varde.app.panels import lasting, short
from varde.faces import STEP_SECONDS, Ring, board_of, write_board


def store(folder: Path, age: float = 0.0) -> str:
    """Thirty failed logins a minute for ten minutes, two lists."""
    place, ring, now = folder / "store", Ring(), time.time() - age
    place.mkdir(exist_ok=True)
    for step in range(60):
        told = {"varde_logins_total": {(("outcome", "failed"),): 5.0 * step}, "varde_list_age_seconds": {(("list", "a"),): 90_000.0, (("list", "b"),): 60.0}}
        ring.put(now - STEP_SECONDS * (59 - step), told)
    write_board(board_of(place), {"written": str(now)}, {}, told, ring)
    return str(place)


def words(text: str) -> str:
    return "".join(ElementTree.fromstring(text).itertext())


def test_a_badge_is_written_by_its_suffix(tmp_path: Path) -> None:
    place = store(tmp_path)
    assert "Login attempts: 30 a minute" in words(varde(tmp_path, "badge", "logins", "--store", place).out)
    assert "Age of lists: 1 d the oldest" in words(varde(tmp_path, "badge", "feeds", "--store", place).out)
    assert varde(tmp_path, "badge", "logins.failed", "--store", place, "-o", "x.png", "--scale", "2", "--scheme", "light").status == 0
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (480, 96)
    assert varde(tmp_path, "badge", "logins.failed", "--store", place, "-o", "x.svg").status == 0
    assert "Login attempts: failed: 30 a minute" in words((tmp_path / "x.svg").read_text())


def test_silence_is_drawn_as_silence(tmp_path: Path) -> None:
    run = varde(tmp_path, "badge", "logins", "--store", store(tmp_path, age=7300))
    assert run.status == 1 and "silent" in words(run.out) and "2 h ago" in words(run.out) and "30" not in words(run.out)


def test_names_that_are_not_there_list_those_that_are(tmp_path: Path) -> None:
    place = store(tmp_path)
    assert "logins, tunnels" in refused(tmp_path, "badge", "nope", "--store", place)
    assert "failed, accepted" in refused(tmp_path, "badge", "logins.nope", "--store", place)
    assert "suffix" in refused(tmp_path, "badge", "logins", "--store", place, "-o", "x.gif")
    assert "dark or light" in refused(tmp_path, "badge", "logins", "--store", place, "--scheme", "pink")
    assert "Does it run" in refused(tmp_path, "badge", "logins", "--store", str(tmp_path))


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.25, "0.2"), (9.96, "10.0"), (12.4, "12"), (9999, "9,999"), (12_345, "12.3 k"), (3.2e6, "3.2 M"), (5e9, "5 G")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7300, "2 h"), (200_000, "2 d")])
def test_durations_are_in_their_largest_unit(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
