"""faces.db: what is written is what is read; curves go on, begin anew and are bounded; damage is a sentence."""

import os
import sqlite3
from pathlib import Path

import pytest

from varde.faces import STEP_SECONDS, Board, Ring, board_of, panel_named, read_board, write_board
from varde.faces.writing import CURVES_MAX, RING_SECONDS
from varde.model import VardeError

NOW = 1_795_345_290.0
FAMILIES = {"varde_logins_total": ("counter", "Logins."), "varde_port_probes_total": ("counter", "Ports.")}
LOGINS = panel_named("logins")


def samples(failed: float) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    return {"varde_logins_total": {(("outcome", "failed"),): failed}}


def written(path: Path, ring: Ring, failed: float = 7.0, at: float = NOW) -> Board:
    write_board(path, {"written": str(at), "page": "http://127.0.0.1:8420"}, FAMILIES, samples(failed), ring)
    return read_board(path)


def ring_of(*values: float, begin: float = NOW) -> Ring:
    ring = Ring()
    for number, value in enumerate(values):
        ring.put(begin + STEP_SECONDS * number, samples(value))
    return ring


def test_what_is_written_is_read(tmp_path: Path) -> None:
    board = written(board_of(tmp_path), ring_of(5.0, 7.0))
    assert board.families == FAMILIES
    assert board.samples == samples(7.0)
    assert [curve.value for curve in board.panel(LOGINS)] == [7.0, 0]
    assert board.points(LOGINS, "failed") == [(1_795_345_290, 5.0), (1_795_345_300, 7.0)]
    assert board.about["page"] == "http://127.0.0.1:8420"
    assert (board.age(NOW + 5), board.is_stale(NOW + 5), board.is_stale(NOW + 61), board.is_stale(NOW - 61)) == (5.0, False, True, True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["faces.db"]
    assert board_of(tmp_path).stat().st_mode & 0o777 == 0o640


def test_a_rate_is_of_a_minute_and_survives_a_restart(tmp_path: Path) -> None:
    board = written(board_of(tmp_path), ring_of(100.0, 110.0, 3.0, 4.0))
    assert board.rate(LOGINS, "failed", 300) == pytest.approx((10 + 3 + 1) * 60 / 30)
    assert board.rate(LOGINS, "failed", 10) == pytest.approx(6.0)
    assert board.rate(LOGINS, "nothing", 300) is None


def test_a_curve_that_is_not_told_any_more_has_no_rate_of_now(tmp_path: Path) -> None:
    ring = ring_of(100.0, 110.0, 120.0)
    assert written(board_of(tmp_path), ring, at=NOW + 20 + 60).rate(LOGINS, "failed", 300) == pytest.approx(60.0)
    later = written(board_of(tmp_path), ring, at=NOW + 20 + 61)
    assert later.rate(LOGINS, "failed", 300) is None and later.lately(LOGINS, "failed", 300) == []
    assert len(later.points(LOGINS, "failed")) == 3, "it is still drawn"


def test_curves_go_on_after_a_restart_with_a_gap(tmp_path: Path) -> None:
    board = written(board_of(tmp_path), ring_of(1.0, 2.0))
    ring = Ring.of(board, NOW + 60)
    ring.put(NOW + 60, samples(9.0))
    assert written(board_of(tmp_path), ring).points(LOGINS, "failed") == [(1_795_345_290, 1.0), (1_795_345_300, 2.0), (1_795_345_350, 9.0)]
    assert list(Ring.of(board, NOW + RING_SECONDS + 20).rows()) == []


def test_a_clock_that_was_set_back_begins_anew_and_one_step_has_one_value(tmp_path: Path) -> None:
    ring = ring_of(1.0, 2.0)
    ring.put(NOW + 15, samples(3.0))
    assert written(board_of(tmp_path), ring).points(LOGINS, "failed")[-1] == (1_795_345_300, 2.0)
    ring.put(NOW - 3600, samples(4.0))
    assert written(board_of(tmp_path), ring).points(LOGINS, "failed") == [(1_795_341_690, 4.0)]


def test_the_past_and_the_number_of_curves_are_bounded() -> None:
    ring = ring_of(*(float(n) for n in range(RING_SECONDS // STEP_SECONDS + 5)))
    for round_ in range(CURVES_MAX // 10):
        ring.put(NOW + 10**6 + 20 * round_, {"varde_port_probes_total": {(("port", f"tcp/{round_ * 20 + n}"),): 1.0 for n in range(20)}})
    rows = list(ring.rows())
    assert len(rows) == CURVES_MAX
    assert max(len(octets) for _, _, octets in rows) <= RING_SECONDS // STEP_SECONDS * 8


@pytest.mark.parametrize("content", [b"", b"\x00" * 5000, b"SQLite format 3\x00" + os.urandom(3000), b"<html>"])
def test_another_file_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    board_of(tmp_path).write_bytes(content)
    with pytest.raises(VardeError, match=r"faces\.db"):
        read_board(board_of(tmp_path))


def test_a_cut_file_is_a_sentence_or_what_it_was(tmp_path: Path) -> None:
    whole = written(board_of(tmp_path), ring_of(1.0, 2.0))
    content = board_of(tmp_path).read_bytes()
    for length in range(0, len(content), 511):
        board_of(tmp_path).write_bytes(content[:length])
        try:
            assert read_board(board_of(tmp_path)) == whole
        except VardeError as error:
            assert "faces.db" in str(error)  # noqa: PT017 - either may happen


def test_absent_huge_and_newer_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="Does it run"):
        read_board(board_of(tmp_path))
    with board_of(tmp_path).open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(VardeError, match="larger"):
        read_board(board_of(tmp_path))
    board_of(tmp_path).unlink()
    written(board_of(tmp_path), Ring())
    with sqlite3.connect(board_of(tmp_path)) as db:
        db.execute("pragma user_version = 2")
    with pytest.raises(VardeError, match="form 2"):
        read_board(board_of(tmp_path))


@pytest.mark.parametrize("spoil", [
    "delete from about where key = 'written'", "update about set value = 'nan' where key = 'written'", "update about set value = 'inf' where key = 'written'",
    "update curves set last = 9e999", "insert into samples values ('x', '" + "[" * 50_000 + "', 1)", "insert into samples values ('x', '[1]', 1)",
])  # fmt: skip
def test_damage_that_sqlite_does_not_see_is_a_sentence(tmp_path: Path, spoil: str) -> None:
    written(board_of(tmp_path), ring_of(1.0, 2.0))
    with sqlite3.connect(board_of(tmp_path)) as db:
        db.execute(spoil)
    with pytest.raises(VardeError, match=r"faces\.db cannot be read"):
        read_board(board_of(tmp_path))


def test_a_curve_that_was_cut_goes_on_with_what_is_whole(tmp_path: Path) -> None:
    written(board_of(tmp_path), ring_of(1.0, 2.0))
    with sqlite3.connect(board_of(tmp_path)) as db:
        db.execute("update curves set points = substr(points, 1, 11) where length(points) > 0")
    ((name, last, octets),) = [row for row in Ring.of(read_board(board_of(tmp_path)), NOW + 10).rows() if row[0] == "logins.failed"]
    assert (name, last, len(octets)) == ("logins.failed", 1_795_345_300, 8)


def test_a_panel_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(VardeError, match="logins, tunnels"):
        panel_named("nope")
