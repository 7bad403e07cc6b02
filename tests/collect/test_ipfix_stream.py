"""IPFIX over TCP: messages however the stream is cut, each connection by itself, damage told."""

import asyncio
import contextlib
import ipaddress
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.collect.flows import Taken
from varde.collect.ipfix_stream import IpfixListener, split
from varde.collect.syslog import Address, Guard


def message(body: bytes, length: int | None = None) -> bytes:
    """A message whose sets are `body`; synthetic."""
    return struct.pack(">HHIII", 10, 16 + len(body) if length is None else length, 1_700_000_000, 7, 3) + body


async def after(*connections: list[bytes], guard: Guard | None = None) -> tuple[list[Taken], IpfixListener]:
    """What a listener hands on of connections that send these pieces, one connection after another."""
    taken: list[Taken] = []
    ended: list[int] = []
    listener = IpfixListener(taken.append, ended.append, guard or Guard(), first=5)
    bound = await listener.listen(Address("tcp", "127.0.0.1", 0))
    for pieces in connections:
        _, writer = await asyncio.open_connection("127.0.0.1", bound.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.close()
        with contextlib.suppress(ConnectionError):  # one that is refused is ended by the other side
            await writer.wait_closed()
    for _ in range(200):
        await asyncio.sleep(0.01)
        if not listener._connections:
            break
    await listener.close()
    assert ended == list(range(5, 5 + len(connections)))  # whatever became of them
    return taken, listener


def texts(taken: list[Taken]) -> list[bytes]:
    return [t.octets[a : a + n].tobytes() for t in taken for a, n in zip(t.start.tolist(), t.length.tolist(), strict=True)]


def test_messages_come_whole_however_the_stream_is_cut() -> None:
    sent = [message(b"x" * size) for size in (0, 4, 1400, 65_519)]
    stream = b"".join(sent)
    taken, listener = asyncio.run(after([stream[:3], stream[3:17], stream[17:500], stream[500:]]))
    assert texts(taken) == sent
    assert listener.counters == {"messages": 4, "octets": len(stream), "cut_off": 0}
    assert {bytes(row) for t in taken for row in t.address} == {b"\0" * 10 + b"\xff\xff\x7f\0\0\x01"}


def test_each_connection_has_a_number_of_its_own() -> None:
    taken, _ = asyncio.run(after([message(b"a")], [message(b"b")]))
    assert [(text[-1:], int(t.socket[0])) for t, text in zip(taken, texts(taken), strict=True)] == [(b"a", 5), (b"b", 6)]


@pytest.mark.parametrize(("damage", "counter"), [(b"\0\x09\0\x20" + bytes(28), "bad_frame"), (message(b"", 15), "bad_frame"), (message(b"abc")[:-1], "cut_off")])
def test_what_came_before_the_damage_is_taken_and_the_damage_counted(damage: bytes, counter: str) -> None:
    taken, listener = asyncio.run(after([message(b"good") + damage]))
    assert texts(taken) == [message(b"good")]
    assert listener.counters[counter] == 1


def test_a_sender_that_is_not_welcome_is_refused_and_counted() -> None:
    guard = Guard()
    guard._allowed = (ipaddress.ip_network("192.0.2.0/24"),)
    taken, _ = asyncio.run(after([message(b"x")], guard=guard))
    assert (taken, guard.counters["refused_sender"], guard.refused) == ([], 1, {"127.0.0.1": 1})


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_octets_are_split_within_their_bounds(held: bytes) -> None:
    lengths, _ = split(held)
    assert sum(lengths) <= len(held)
    assert all(length >= 16 for length in lengths)
