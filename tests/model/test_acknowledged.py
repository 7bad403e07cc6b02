"""What is acknowledged or muted, and what of a warning it is about."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.model import ACK, MUTE, Acknowledgement, VardeError, acknowledgements
from varde.model.acknowledged import check_what

ROW: dict[str, Any] = {
    "time": "2026-11-20T12:00:00Z", "end_time": "2026-11-20T12:05:00Z", "src_addr": "10.0.0.5", "dst_addr": "2001:db8:bad::1", "name": "Evil.example",
    "lists": [{"source": "otx", "id": "5F0C", "name": "Mirai", "url": None, "first_seen": None}, {"source": "drop", "id": None}],
}  # fmt: skip
BEFORE, WITHIN, AFTER = "2026-11-20T11:00:00Z", "2026-11-20T12:02:00Z", "2026-11-20T13:00:00Z"


@pytest.mark.parametrize(("what", "expected"), [
    ("all", True), ("10.0.0.5", True), ("10.0.0.0/8", True), ("10.0.0.6", False), ("2001:db8::/32", True), ("192.0.2.0/24", False),
    ("otx", True), ("OTX:5f0c", True), ("5f0c", True), ("otx:other", False), ("drop", True), ("evil.example", True), ("example", False),
])  # fmt: skip
def test_what_it_is_about(what: str, expected: bool) -> None:
    assert Acknowledgement(ACK, what, AFTER).is_about(ROW) == expected


@pytest.mark.parametrize(("kind", "made", "until", "expected"), [
    (ACK, AFTER, "", True), (ACK, WITHIN, "", False), (ACK, BEFORE, "", False), (ACK, BEFORE, AFTER, True), (ACK, BEFORE, WITHIN, False),
    (MUTE, BEFORE, AFTER, True), (MUTE, AFTER, "2026-11-21T00:00:00Z", False), (MUTE, BEFORE, WITHIN, False),
])  # fmt: skip
def test_an_ack_is_of_what_ended_before_it_and_a_mute_of_what_ends_while_it_lasts(kind: str, made: str, until: str, expected: bool) -> None:
    assert Acknowledgement(kind, "otx", made, until).covers(ROW) == expected


@pytest.mark.parametrize(("what", "expected"), [("tcp/7547", True), ("TCP/7547", True), ("udp/7547", False), ("tcp/754", False), ("all", True), ("7547", False)])
def test_a_surge_is_named_by_its_port(what: str, expected: bool) -> None:
    row = {"kind": "surge", "time": BEFORE, "proto": 6, "dst_port": 7547, "lists": []}
    assert Acknowledgement(MUTE, check_what(what), AFTER).is_about(row) == expected
    assert not Acknowledgement(MUTE, "tcp/7547", AFTER).is_about(row | {"kind": "flow"})


def test_moments_are_compared_as_moments_and_not_as_text() -> None:
    assert Acknowledgement(ACK, "all", "2026-11-20T12:05:00.000001Z").covers(ROW)
    assert Acknowledgement(ACK, "all", "2026-11-20T14:05:00+02:00").covers(ROW)


def test_what_stands_in_the_fact_comes_back_and_damage_is_left_out() -> None:
    said = [Acknowledgement(ACK, "otx", BEFORE, "", "why"), Acknowledgement(MUTE, "10.0.0.5", BEFORE, AFTER)]
    damaged: list[Any] = ["x", None, {}, {"kind": "ack"}, {"kind": "shout", "what": "a", "made": BEFORE}, {"kind": "ack", "what": "a", "made": "then"}]
    assert acknowledgements({"entries": [*damaged, *(each.as_fact() for each in said)]}) == said
    assert acknowledgements(None) == acknowledgements({"entries": 5}) == []


def test_networks_are_written_one_way() -> None:
    assert [check_what(text) for text in (" 10.0.0.5 ", "10.0.0.9/24", "2001:DB8::1", "otx:5f0c")] == ["10.0.0.5", "10.0.0.0/24", "2001:db8::1", "otx:5f0c"]
    for wrong in ("", " ", "two words", "x" * 400, "a\nb", "\x1b[31m"):
        with pytest.raises(VardeError, match="name an address"):
            check_what(wrong)


@given(st.text(max_size=40))
def test_any_word_is_an_answer_or_a_sentence(text: str) -> None:
    try:
        what = check_what(text)
    except VardeError:
        return
    assert Acknowledgement(ACK, what, AFTER).is_about(ROW) in (True, False)
