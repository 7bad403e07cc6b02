"""Lines as they are drawn: rates in steps, gaps, restarts, what is taken back, and one curve for a panel."""

from pathlib import Path

import pytest

from varde.faces import (
    SPAN_SECONDS,
    STEP_SECONDS,
    Board,
    Ring,
    board_of,
    drawn,
    panel_named,
    read_board,
    summed,
    write_board,
)

NOW = 1_795_345_290.0
LOGINS, FEEDS, FLOWS, WAITING = map(panel_named, ("logins", "feeds", "flows", "waiting"))
Told = dict[str, dict[tuple[tuple[str, str], ...], float]]


def failed(value: float) -> Told:
    return {"varde_logins_total": {(("outcome", "failed"),): value}}


def board(folder: Path, *told: Told, begin: float = NOW) -> Board:
    ring = Ring()
    for number, samples in enumerate(told):
        ring.put(begin + STEP_SECONDS * number, samples)
    write_board(board_of(folder), {"written": str(begin + STEP_SECONDS * (len(told) - 1))}, {}, told[-1], ring)
    return read_board(board_of(folder))


def test_a_counter_is_drawn_as_what_comes_a_minute(tmp_path: Path) -> None:
    told = board(tmp_path, *(failed(5.0 * n) for n in range(361)))
    line, accepted = drawn(told, LOGINS, NOW + 3600, 360)
    assert (line.name, line.now, accepted.now) == ("failed", 30, 0)
    assert len(line.points) == 360 and line.points[:299] == [None] * 299 and line.points[-59:] == [30.0] * 59


def test_what_began_again_and_what_was_taken_back_are_no_peaks(tmp_path: Path) -> None:
    told = board(tmp_path, *(failed(value) for value in (10_000, 10_006, 6, 12)))
    assert drawn(told, LOGINS, NOW + 30, 1)[0].points == [(6 + 6 + 6) * 2]
    lost: list[Told] = [{"varde_flow_lost": {(("unit", "flows"),): value}} for value in (10_000, 10_060, 10_030, 10_030)]
    assert drawn(board(tmp_path, *lost), FLOWS, NOW + 30, 1)[1].points == [60 * 2]


def test_over_a_gap_nobody_knows(tmp_path: Path) -> None:
    ring = Ring()
    for at, value in ((0, 0.0), (10, 1.0), (3600, 9000.0), (3610, 9001.0)):
        ring.put(NOW + at, failed(value))
    write_board(board_of(tmp_path), {"written": str(NOW + 3610)}, {}, failed(9001.0), ring)
    points = drawn(read_board(board_of(tmp_path)), LOGINS, NOW + 3610, 72)[0].points
    assert [value for value in points if value is not None] == [6.0, 6.0]


def test_of_a_stale_board_and_of_a_curve_that_ended_nothing_is_of_now(tmp_path: Path) -> None:
    told = board(tmp_path, failed(1), failed(2))
    assert drawn(told, LOGINS, NOW + 10, 4)[0].now == 6
    assert [line.now for line in drawn(told, LOGINS, NOW + 200, 4)] == [None, None]
    ring = Ring()
    for at in (0, 10, 20):
        ring.put(NOW + at, failed(at))
    write_board(board_of(tmp_path), {"written": str(NOW + 500)}, {}, {}, ring)
    assert drawn(read_board(board_of(tmp_path)), LOGINS, NOW + 500, 4)[0].now is None


def test_a_value_is_drawn_as_its_largest_and_lists_together_as_the_oldest(tmp_path: Path) -> None:
    told = board(tmp_path, *({"varde_list_age_seconds": {(("list", "a"),): 10.0 * n, (("list", "b"),): 5.0}} for n in range(4)))
    lines = drawn(told, FEEDS, NOW + 30, 1)
    assert [(line.title, line.now, line.points) for line in lines] == [("a", 30, [30]), ("b", 5, [5])]
    assert summed(FEEDS, lines).now == 30 and summed(FEEDS, lines).points == [30]


def test_one_curve_of_a_panel_sums_what_is_alike(tmp_path: Path) -> None:
    flows: list[Told] = [{"varde_flow_flows_total": {(): 100.0 * n}, "varde_flow_lost": {(("unit", "flows"),): 7.0 * n}} for n in range(3)]
    assert summed(FLOWS, drawn(board(tmp_path, *flows), FLOWS, NOW + 20, 1)).now == 600, "of what came, not of what was lost"
    waiting: list[Told] = [{"varde_waiting_records": {(("of", "syslog"),): 3.0, (("of", "flows"),): 4.0}}] * 2
    assert summed(WAITING, drawn(board(tmp_path, *waiting), WAITING, NOW + 10, 1)).now == 7
    assert summed(FEEDS, []).now is None and summed(FEEDS, []).points == []


@pytest.mark.parametrize("steps", [1, 7, 360, SPAN_SECONDS // STEP_SECONDS])
def test_whatever_the_steps_all_growth_is_somewhere(tmp_path: Path, steps: int) -> None:
    told = board(tmp_path, *(failed(2.0 * n) for n in range(100)), begin=NOW - 990)
    known = [value for value in drawn(told, LOGINS, NOW, steps)[0].points if value is not None]
    assert known and all(value == pytest.approx(12) for value in known)
