"""Catching on real loopback sockets: what is kept, how it ends, and that strangers cannot take more than their share."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.collect.catch import Catcher, room_for_files
from varde.collect.certificate import welcoming_context
from varde.collect.doorkeeper import CAPTURE_MAX, Bounds
from varde.collect.ports import Port, bind
from varde.collect.tls_ear import TlsEar
from varde.decode.payload.capture import Capture
from varde.model import VardeError

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextlib.asynccontextmanager
async def catching(proto: str = "tcp", address: str = "127.0.0.1", **options: Any) -> AsyncIterator[tuple[list[Capture], Catcher, int]]:
    caught: list[Capture] = []
    catcher = Catcher(caught.append, **options)
    bound = bind([Port(proto, 0)], address)
    await catcher.listen(bound)
    try:
        yield caught, catcher, bound[0].port.number
    finally:
        await catcher.close()


async def until(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not within 20 s")


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def send(port: int, data: bytes, source: str = "127.0.0.1") -> None:
    """Send and close."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    writer.write(data)
    writer.close()
    await writer.wait_closed()


# ---- TCP ----


def test_what_is_sent_is_kept_with_both_ends() -> None:
    async def work() -> None:
        async with catching(address="::") as (caught, _, port):
            await send(port, b"GET / HTTP/1.0\r\n\r\n", "127.0.0.9")
            _, writer = await asyncio.open_connection("::1", port)
            writer.write(b"six")
            writer.close()
            await until(lambda: len(caught) == 2)
        four, six = (next(c for c in caught if c.src_addr == address) for address in ("127.0.0.9", "::1"))
        assert (four.data, four.dst_addr, four.dst_port, four.proto, four.ended, four.tls) == (b"GET / HTTP/1.0\r\n\r\n", "127.0.0.1", port, 6, "closed", False)
        assert (six.data, six.dst_addr, six.length) == (b"six", "::1", 3)
        assert four.began <= four.until
        assert four.place != six.place

    run(work())


def test_nothing_is_answered() -> None:
    async def work() -> None:
        async with catching() as (caught, _, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HELP\r\n")
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            await until(lambda: caught)

    run(work())


def test_a_banner_is_sent_first_and_once() -> None:
    async def work() -> None:
        async with catching(banner=b"login: ") as (caught, _, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.readexactly(7) == b"login: "
            writer.write(b"root\r\n")
            writer.write_eof()
            assert await reader.read() == b""
            await until(lambda: caught)
            assert caught[0].data == b"root\r\n"

    run(work())


def test_a_connection_that_sends_nothing_is_counted_and_not_kept() -> None:
    async def work() -> None:
        async with catching() as (caught, catcher, port):
            await send(port, b"")
            await until(lambda: catcher.counters["silent"] == 1)
            assert caught == []

    run(work())


def test_a_reset_is_told_from_a_close() -> None:
    async def work() -> None:
        async with catching() as (caught, catcher, port):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(b"bye")
            await until(lambda: catcher.doorkeeper.connections == 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await asyncio.sleep(0)  # what was sent is read before the reset throws it away
            await until(lambda: any(talk._kept for talk in catcher._talking))
            connection.close()
            await until(lambda: caught)
            assert (caught[0].data, caught[0].ended) == (b"bye", "reset")

    run(work())


def test_silence_ends_a_connection() -> None:
    async def work() -> None:
        clock = Clock()
        async with catching(clock=clock) as (caught, catcher, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"half")
            await until(lambda: any(talk._kept for talk in catcher._talking))
            clock.now += 9.9
            catcher.sweep()
            assert not caught
            clock.now += 0.1
            catcher.sweep()
            assert [(capture.data, capture.ended) for capture in caught] == [(b"half", "timeout")]
            assert catcher.doorkeeper.connections == 0
            writer.close()

    run(work())


def test_a_slow_talker_is_ended_after_all() -> None:
    async def work() -> None:
        clock = Clock()
        async with catching(clock=clock) as (caught, catcher, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            sent = 0
            while not caught:
                writer.write(b"x")
                sent += 1
                await until(lambda n=sent: caught or any(len(talk._kept) == n for talk in catcher._talking))
                clock.now += 9
                catcher.sweep()
                assert sent < 20
            assert (caught[0].ended, sent) == ("timeout", 7)  # 63 s at an octet every nine
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()

    run(work())


def test_a_client_that_vanished_is_let_go() -> None:
    async def work() -> None:
        clock = Clock()
        async with catching(clock=clock) as (caught, catcher, port):
            connection = socket.create_connection(("127.0.0.1", port))  # says nothing, and never closes: a half-open connection
            await until(lambda: catcher.doorkeeper.connections == 1)
            clock.now += 10
            catcher.sweep()
            assert (catcher.doorkeeper.connections, catcher.counters["silent"], caught) == (0, 1, [])
            connection.close()

    run(work())


def test_of_giant_data_the_first_64_kib_are_kept_and_the_connection_is_ended() -> None:
    async def work() -> None:
        async with catching() as (caught, catcher, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.suppress(ConnectionError):
                for number in range(400):
                    writer.write(bytes([number % 251]) * 50_000)
                    await writer.drain()
            writer.close()
            await until(lambda: caught)
            assert (len(caught[0].data), caught[0].ended) == (CAPTURE_MAX, "full")
            assert CAPTURE_MAX <= caught[0].length < 2_000_000
            assert catcher.doorkeeper.connections == 0

    run(work())


def test_what_is_open_at_the_end_is_kept_as_stopped() -> None:
    async def work() -> None:
        async with catching() as (caught, catcher, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"late")
            await until(lambda: any(talk._kept for talk in catcher._talking))
        assert [(capture.data, capture.ended) for capture in caught] == [(b"late", "stopped")]
        writer.close()

    run(work())


def test_two_thousand_connections_take_no_more_than_their_places() -> None:
    async def work() -> None:
        assert room_for_files(4200, 1) == 4200
        most = 0
        async with catching() as (caught, catcher, port):
            waiting: list[asyncio.StreamWriter] = []
            for number in range(2000):
                source = f"127.0.{number // 250}.{1 + number % 125}"  # 16 of each source
                with contextlib.suppress(ConnectionError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
                    writer.write(b"A" * 100)
                    waiting.append(writer)
                most = max(most, catcher.doorkeeper.connections)
            refused = catcher.doorkeeper.refused
            await until(lambda: catcher.doorkeeper.connections + sum(refused.values()) + catcher.counters["gone"] == 2000)
            assert most == 1000 == catcher.doorkeeper.connections
            assert refused["too_many_connections"] + catcher.counters["gone"] == 1000
            for writer in waiting:
                writer.close()
            await until(lambda: catcher.doorkeeper.connections == 0)
            assert len(caught) == 1000
            assert {len(capture.data) for capture in caught} == {100}
            assert len({capture.place for capture in caught}) == 1000

    run(work())


def test_one_source_takes_twenty_places_and_two_hundred_captures_an_hour() -> None:
    async def work() -> None:
        async with catching() as (caught, catcher, port):
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
            await until(lambda: catcher.doorkeeper.connections + catcher.doorkeeper.refused["too_many_of_source"] == 30)
            assert catcher.doorkeeper.connections == 20
            for _, writer in held:
                writer.close()
            await until(lambda: catcher.doorkeeper.connections == 0)
            for number in range(250):
                with contextlib.suppress(ConnectionError):
                    await send(port, b"again %d" % number)
            await until(lambda: len(caught) + catcher.doorkeeper.refused["too_many_in_hour"] + catcher.counters["gone"] == 250)
            assert len(caught) == 200
            await send(port, b"another source", "127.0.0.2")
            await until(lambda: len(caught) == 201)

    run(work())


# ---- TLS ----


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def welcoming() -> ssl.SSLContext:
    return welcoming_context()


@needs_openssl
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_said_inside_tls_is_kept(welcoming: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    async def work() -> None:
        context = client_context()
        context.maximum_version = version
        async with catching(tls=welcoming, banner=b"220 hello\r\n") as (caught, _, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="mail.example.org")
            assert await reader.readexactly(11) == b"220 hello\r\n"
            writer.write(b"EHLO secret\r\n" * 3000)
            await writer.drain()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            await until(lambda: caught)
            assert (caught[0].data, caught[0].tls, caught[0].length) == (b"EHLO secret\r\n" * 3000, True, 39_000)

    run(work())


@needs_openssl
def test_inside_tls_giant_data_is_bounded_too(welcoming: ssl.SSLContext) -> None:
    async def work() -> None:
        async with catching(tls=welcoming) as (caught, _, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context())
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                for _ in range(200):
                    writer.write(b"B" * 50_000)
                    await writer.drain()
            writer.close()
            await until(lambda: caught)
            assert (caught[0].data, caught[0].ended, caught[0].tls) == (b"B" * CAPTURE_MAX, "full", True)

    run(work())


@needs_openssl
@pytest.mark.parametrize("data", [b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x00\x05hello and more", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)])
def test_with_tls_those_who_speak_something_else_are_kept_as_they_came(welcoming: ssl.SSLContext, data: bytes) -> None:
    async def work() -> None:
        async with catching(tls=welcoming) as (caught, _, port):
            await send(port, data)
            await until(lambda: caught)
            assert (caught[0].data, caught[0].tls, caught[0].length) == (data, False, len(data))

    run(work())


@needs_openssl
def test_a_handshake_with_nothing_inside_is_kept_as_the_hello(welcoming: ssl.SSLContext) -> None:
    from varde.decode.payload import recognise

    async def work() -> None:
        async with catching(tls=welcoming) as (caught, _, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context(), server_hostname="probe.example.org")
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            await until(lambda: caught)
            seen = recognise(caught[0].data)
            assert (seen.form, seen.sni, caught[0].tls) == ("tls", "probe.example.org", False)

    run(work())


@needs_openssl
@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(0, 80))
@settings(max_examples=200)
def test_an_ear_takes_any_octets_keeps_no_more_than_it_may_and_raises_nothing(welcoming: ssl.SSLContext, pieces: list[bytes], keep: int) -> None:
    hello = b"\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x03\x03"
    for begin in (b"", hello):
        ear = TlsEar(welcoming, keep)
        for piece in (begin, *pieces):
            assert isinstance(ear.hear(piece), bytes)
        assert bytes(ear.wire) == (begin + b"".join(pieces))[:keep]
        assert not ear.inside


def test_without_openssl_it_is_said_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(VardeError, match="Install openssl, or leave out --tls"):
        welcoming_context()


# ---- UDP ----


def test_datagrams_are_kept_with_the_address_they_were_sent_to_and_never_answered() -> None:
    async def work() -> None:
        async with catching("udp", "::") as (caught, _, port):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
                four.sendto(b"\x17\x00\x03\x2a", ("127.0.0.5", port))
                six.sendto(b"six", ("::1", port))
                six.sendto(b"", ("::1", port))
                await until(lambda: len(caught) == 2)
                four.setblocking(False)
                with pytest.raises(BlockingIOError):
                    four.recv(1)
        by_data = {capture.data: capture for capture in caught}
        assert (by_data[b"\x17\x00\x03\x2a"].dst_addr, by_data[b"\x17\x00\x03\x2a"].src_addr) == ("127.0.0.5", "127.0.0.1")
        assert (by_data[b"six"].dst_addr, by_data[b"six"].proto, by_data[b"six"].ended) == ("::1", 17, None)

    run(work())


def test_datagrams_to_an_ipv4_socket_have_their_address_too() -> None:
    async def work() -> None:
        async with catching("udp", "0.0.0.0") as (caught, _, port):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"x", ("127.0.0.6", port))
                await until(lambda: caught)
        assert caught[0].dst_addr == "127.0.0.6"

    run(work())


def test_the_largest_datagram_is_kept_whole() -> None:
    async def work() -> None:
        async with catching("udp") as (caught, _, port):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"L" * 65_507, ("127.0.0.1", port))
                await until(lambda: caught)
        assert (caught[0].length, len(caught[0].data)) == (65_507, 65_507)

    run(work())


def test_of_a_flood_every_datagram_is_kept_refused_or_counted_as_dropped_by_the_kernel() -> None:
    async def work() -> None:
        sent = 0
        async with catching("udp", bounds=Bounds(source_hour=50)) as (caught, catcher, port):
            for number in range(30):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    sender.bind((f"127.0.1.{number + 1}", 0))
                    for _ in range(200):
                        sender.sendto(b"F" * 1000, ("127.0.0.1", port))
                        sent += 1
                if number % 10 == 9:
                    await asyncio.sleep(0)
        assert len(caught) <= 30 * 50
        assert len(caught) + sum(catcher.refused().values()) == sent == 6000
        assert catcher.refused()["too_many_in_hour"] > 0

    run(work())


def test_a_flood_stops_at_what_a_day_may_store() -> None:
    async def work() -> None:
        async with catching("udp", bounds=Bounds(day=20 * 1512)) as (caught, catcher, port):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for _ in range(50):
                    sender.sendto(b"F" * 1000, ("127.0.0.1", port))
                await until(lambda: len(caught) + catcher.doorkeeper.refused["day_full"] == 50)
        assert len(caught) == 10

    run(work())
