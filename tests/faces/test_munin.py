"""What a Munin node is told: each second once, U where nothing is known, and no word of a stranger as he wrote it."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.boards import Samples, board_at, labelled

from varde.faces import (
    STALE_SECONDS,
    STEP_SECONDS,
    Board,
    Ring,
    board_of,
    panel_named,
    read_board,
    write_board,
)
from varde.faces.munin import LABEL_MAX, Situation, config, has_something, label, told_after, values
from varde.model.panels import PANELS, Panel

NOW = 1_795_345_290.0
LOGINS, PORTS, FLOWS, FEEDS = (panel_named(name) for name in ("logins", "ports", "flows", "feeds"))
LINE = re.compile(r"(#.*|[a-z_]+ [^\x00-\x1f]+|[a-z_][a-z0-9_]*\.[a-z]+ [^\x00-\x1f]+)")


def samples(second: int) -> Samples:
    steps = (second - NOW) / STEP_SECONDS
    return {
        "varde_logins_total": {labelled(outcome="failed"): 500 + steps, labelled(outcome="accepted"): 0.0},
        "varde_port_probes_total": {labelled(port="tcp/23"): 9.0, labelled(port="x\nfailed.critical 0"): 1.0},
        "varde_list_age_seconds": {labelled(list="drop"): 12.25},
    }


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return board_at(tmp_path, NOW, samples)


def at(board: Board | None, now: float = NOW + 1, told: Mapping[str, int] | None = None, **environment: str) -> Situation:
    return Situation(board, "" if board else "it does not run", now, environment, told or {}, int(now) - 60)


def test_each_second_is_told_once_and_as_a_whole_number(board: Board) -> None:
    first = list(values(LOGINS, at(board)))
    assert first[:2] == ["failed.value 1795345240:495", "failed.value 1795345250:496"]
    assert first[5:7] == ["failed.value 1795345290:500", "accepted.value 1795345240:0"]
    told = {"logins": told_after(LOGINS, at(board))}
    assert told == {"logins": 1795345290}
    again = list(values(LOGINS, at(board, told=told)))
    assert [line[0] for line in again] == ["#", "#"]
    missed = list(values(LOGINS, at(board, told={"logins": 1795343000})))
    assert len(missed) == 2 * 229


def test_a_gauge_keeps_its_fraction(board: Board) -> None:
    assert list(values(FEEDS, at(board)))[-1] == "drop.value 1795345290:12.25"
    assert "drop.type GAUGE" in list(config(FEEDS, at(board)))


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_every_panel_is_a_graph_with_a_label_for_each_of_its_lines(board: Board, panel: Panel) -> None:
    described = list(config(panel, at(board)))
    assert all(LINE.fullmatch(line) for line in described)
    assert {"graph_title", "graph_category", "graph_vlabel", "graph_info", "update_rate"} <= {line.split()[0] for line in described}
    labels = {line.partition(".label ")[0] for line in described if ".label " in line}
    assert labels == {curve.name for curve in board.panel(panel)}
    assert any("1 seconds ago" in line for line in described)


def test_nothing_a_stranger_named_becomes_a_line_or_a_sign(board: Board) -> None:
    described = list(config(PORTS, at(board)))
    assert not any(".critical" in line.partition(" ")[0] for line in described)
    assert "tcp_23.label tcp/23" in described
    assert label('<b>"a\\b"\n$(id)#%&æ') == "?b??a?b???(id)????"
    assert len(label("x" * 999)) == LABEL_MAX


@given(st.text())
def test_a_label_is_one_line_of_plain_signs_and_never_empty(text: str) -> None:
    assert re.fullmatch(r"[ !'()*+,./0-9:;=?@A-Z\[\]^_a-z{|}~-]{1,40}", label(text))


def test_a_command_in_a_description_stays_in_marks() -> None:
    assert label("`varde up` writes it") == "'varde up' writes it"


def test_without_a_board_lines_that_are_always_there_are_unknown() -> None:
    assert list(values(LOGINS, at(None))) == ["failed.value U", "accepted.value U"]
    assert list(values(PORTS, at(None))) == []
    assert any("Nothing is known now: it does not run" in line for line in config(LOGINS, at(None)))
    assert told_after(LOGINS, at(None, told={"logins": 5})) == 5


def test_a_stale_board_tells_its_past_and_is_unknown_now(board: Board) -> None:
    late = at(board, NOW + STALE_SECONDS + 1, told={"logins": int(NOW) - 10})
    assert list(values(LOGINS, late)) == ["failed.value 1795345290:500", "failed.value U", "accepted.value 1795345290:0", "accepted.value U"]
    assert any("does varde up run?" in line for line in config(LOGINS, late))


def test_a_line_of_which_nothing_is_known_is_unknown_at_a_second(board: Board) -> None:
    assert next(values(FLOWS, at(board))) == f"received.value {NOW + 1:.0f}:U"


def test_a_clock_that_was_set_back_tells_nothing_of_the_future(board: Board) -> None:
    early = at(board, NOW - 3600)
    assert list(values(LOGINS, early)) == ["failed.value U", "accepted.value U"]


def test_what_no_number_can_be_is_left_out(tmp_path: Path) -> None:
    ring = Ring()
    ring.put(NOW - 10, {"varde_list_age_seconds": {labelled(list="a"): float("inf")}})
    ring.put(NOW, {"varde_list_age_seconds": {labelled(list="a"): 1.0}})
    write_board(board_of(tmp_path), {"written": str(NOW)}, {}, {"varde_list_age_seconds": {labelled(list="a"): 1.0}}, ring)
    assert list(values(FEEDS, at(read_board(board_of(tmp_path))))) == ["a.value 1795345290:1"]


def test_limits_come_from_the_environment_the_most_particular_first(board: Board) -> None:
    described = list(config(LOGINS, at(board, failed_warning="10", logins_failed_warning=" 1:5 ", critical="20:", accepted_critical="much;")))
    assert [line for line in described if "warning" in line or "critical" in line] == [
        "failed.warning 1:5", "failed.critical 20:", "# critical of accepted is no range such as 10 or 5:10: much;",
    ]  # fmt: skip


def test_only_what_has_something_is_suggested(board: Board) -> None:
    assert [panel.id for panel in PANELS if has_something(panel, board)] == ["logins", "ports", "feeds"]
