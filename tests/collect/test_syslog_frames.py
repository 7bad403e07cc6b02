"""Frames of syslog over TCP: RFC 6587, told apart frame by frame, wherever the stream is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.collect import Address
from varde.collect.syslog import MESSAGE_MAX, split_frames
from varde.model import VardeError

MESSAGES = st.lists(
    st.tuples(st.sampled_from(["counted", "feed", "nul", "crlf"]), st.binary(max_size=30).map(lambda b: b.translate(None, b"\n\x00\r"))), max_size=8
)


def stream_of(messages: list[tuple[str, bytes]]) -> tuple[bytes, list[bytes]]:
    """Octets on the wire, and the messages that were meant."""
    wire, meant = b"", []
    for framing, text in messages:
        message = b"<134>" + text
        if framing == "counted":
            wire += b"%d %s" % (len(message), message)
        else:
            wire += message + {"feed": b"\n", "nul": b"\x00", "crlf": b"\r\n"}[framing]
        meant.append(message + (b"\r" if framing == "crlf" else b""))
    return wire, meant


def feed(pieces: list[bytes]) -> tuple[list[bytes], bytes]:
    found, held = [], b""
    for piece in pieces:
        messages, held = split_frames(held + piece)
        found += messages
    return found, held


@given(messages=MESSAGES)
def test_frames_of_all_kinds_on_one_connection_give_the_messages_that_were_sent(messages: list[tuple[str, bytes]]) -> None:
    wire, meant = stream_of(messages)
    assert split_frames(wire) == (meant, b"")


@given(messages=MESSAGES)
def test_a_stream_cut_at_every_octet_gives_the_same_messages(messages: list[tuple[str, bytes]]) -> None:
    wire, meant = stream_of(messages)
    assert feed([wire[at : at + 1] for at in range(len(wire))]) == (meant, b"")


@given(wire=st.lists(st.sampled_from([b"<1>", b"12 ", b"3 <", b"\n", b"\x00", b" ", b"9", b"0 ", b"ab", b"123456", b"-"]), max_size=24).map(b"".join),
       cuts=st.lists(st.integers(0, 60)))  # fmt: skip
def test_wherever_any_stream_is_cut_it_gives_the_same(wire: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    pieces = [wire[a:b] for a, b in pairwise(places)]
    assert feed(pieces) == split_frames(wire)


@given(wire=st.binary(max_size=200))
def test_any_octets_are_split_without_loss(wire: bytes) -> None:
    messages, held = split_frames(wire)
    assert wire.endswith(held)
    rest = iter(wire)
    assert all(octet in rest for message in messages for octet in message)  # in order, nothing invented


def test_a_line_that_begins_with_a_number_is_no_count() -> None:
    assert split_frames(b"2026-11-20T10:00:00Z fw x\n12 monkeys\n7\n") == ([b"2026-11-20T10:00:00Z fw x", b"12 monkeys", b"7"], b"")


def test_a_count_beyond_the_largest_message_is_no_count() -> None:
    wire = b"%d <134>x\n" % (MESSAGE_MAX + 1)
    assert split_frames(wire) == ([wire.rstrip(b"\n")], b"")
    assert split_frames(b"99999999 <134>x\n")[0] == [b"99999999 <134>x"]


def test_line_feeds_behind_counted_frames_are_no_messages() -> None:
    assert split_frames(b"5 <1>ab\n5 <1>cd\n") == ([b"<1>ab", b"<1>cd"], b"")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("udp://[::]:5514", ("udp", "::", 5514)), ("tcp://0.0.0.0:514/", ("tcp", "0.0.0.0", 514)), ("tls://:6514", ("tls", "::", 6514)),
     ("udp://[::1]:0", ("udp", "::1", 0))],
)  # fmt: skip
def test_addresses_are_read_and_written(text: str, meant: tuple[str, str, int]) -> None:
    address = Address.parse(text)
    assert (address.scheme, address.host, address.port) == meant
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["", "5514", "udp://", "udp://[::]", "http://[::]:1", "udp://[::]:70000", "udp://[::]:x", "udp://[::", "udp://a:1/b", "udp://[::]:-1"])
def test_what_is_no_address_is_refused_in_words(text: str) -> None:
    with pytest.raises(VardeError, match="no address to listen on"):
        Address.parse(text)
