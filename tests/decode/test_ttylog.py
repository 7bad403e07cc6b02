"""Recorded terminals: what was shown, in order of time, from whatever octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode import ttylog
from varde.decode.ttylog import CLOSE, COMMAND, HEAD, INPUT, OPEN, OUTPUT, TEXT_MAX, WRITE, read_ttylog
from varde.model import VardeError

BEGAN = 1_795_176_000


def record(operation: int, data: bytes = b"", direction: int = 0, after: float = 0.0) -> bytes:
    """A record as Cowrie writes it."""
    moment = BEGAN + after
    return HEAD.pack(operation, 0, len(data), direction, int(moment), round(moment % 1 * 1e6)) + data


def test_what_was_shown_and_when() -> None:
    data = (
        record(OPEN) + record(WRITE, b"uname -a", COMMAND, 0.25) + record(WRITE, b"$ ", OUTPUT, 0.5) + record(WRITE, b"secret\r", INPUT, 1)
        + record(WRITE, b"ok\r\n", OUTPUT, 2.5) + record(CLOSE, after=3) + record(WRITE, b"never", OUTPUT, 4)
    )  # fmt: skip
    found = read_ttylog(data)
    assert (found.began, found.lasted_ms, found.is_cut) == (BEGAN * 1_000_000, 3000, False)
    assert found.events == [(250, "uname -a"), (500, "$ "), (2500, "ok\r\n")]


def test_what_comes_within_a_frame_is_one_and_a_character_may_be_cut_in_two() -> None:
    data = record(OPEN) + record(WRITE, "bjø".encode()[:-1], OUTPUT, 1) + record(WRITE, "ø".encode()[1:] + b"\xff\n", OUTPUT, 1.01)
    assert read_ttylog(data).events == [(1000, "bjø\\xff\n")]


def test_a_clock_that_is_set_back_does_not_turn_the_story_around() -> None:
    data = record(OPEN) + record(WRITE, b"a", OUTPUT, 5) + record(WRITE, b"b", OUTPUT, -60) + record(WRITE, b"c", OUTPUT, 6)
    assert read_ttylog(data).events == [(5000, "ab"), (6000, "c")]


def test_a_recording_that_is_being_written_is_read_so_far() -> None:
    whole = record(OPEN) + record(WRITE, b"abc", OUTPUT, 1) + record(WRITE, b"def", OUTPUT, 2)
    assert read_ttylog(whole[:-1]).events == [(1000, "abc"), (2000, "de")]
    assert read_ttylog(whole[: -len(b"def") - 1]).events == [(1000, "abc")]


def test_a_long_one_is_cut_and_says_so() -> None:
    chunk = b"x" * (TEXT_MAX // 2)
    found = read_ttylog(record(OPEN) + b"".join(record(WRITE, chunk, OUTPUT, second) for second in range(4)))
    assert found.is_cut and sum(len(text) for _, text in found.events) == TEXT_MAX


def test_more_events_than_are_told_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ttylog, "EVENTS_MAX", 3)
    found = read_ttylog(record(OPEN) + b"".join(record(WRITE, b"x", OUTPUT, second) for second in range(9)))
    assert found.is_cut and len(found.events) == 3


@pytest.mark.parametrize("data", [b"", b"[honeypot]\nhostname = svr04\nsensor = a very long configuration\n", b"\x7fELF" + bytes(60), record(WRITE, b"x", OUTPUT), HEAD.pack(OPEN, 0, 9, 0, 0, 0)])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(VardeError, match="no recording"):
        read_ttylog(data)


@given(st.lists(st.tuples(st.integers(-2, 6), st.binary(max_size=40), st.integers(-1, 4))), st.binary(max_size=60))
def test_any_octets_give_a_recording_or_a_sentence(records: list[tuple[int, bytes, int]], tail: bytes) -> None:
    data = b"".join(record(operation, chunk, direction) for operation, chunk, direction in records) + tail
    try:
        found = read_ttylog(data)
    except VardeError:
        return
    moments = [moment for moment, _ in found.events]
    assert moments == sorted(moments)
