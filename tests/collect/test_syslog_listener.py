"""The listener on real loopback sockets."""

import asyncio
import contextlib
import errno
import os
import resource
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from varde.collect import Address, SyslogListener, bound_socket, syslog
from varde.collect.syslog import MESSAGE_MAX
from varde.model import VardeError


class Received:
    """A sink that keeps what comes, by sender."""

    def __init__(self) -> None:
        self.lines: dict[str, list[bytes]] = {}
        self.batches = 0

    def __call__(self, sender: str, text: bytes) -> None:
        assert text.endswith(b"\n")
        self.batches += 1
        self.lines.setdefault(sender, []).extend(text[:-1].split(b"\n"))

    @property
    def total(self) -> int:
        return sum(map(len, self.lines.values()))


@contextlib.asynccontextmanager
async def listening(*addresses: str, **options: Any) -> AsyncIterator[tuple[Received, SyslogListener, list[Address]]]:
    sink = Received()
    listener = SyslogListener(sink, **options)
    bound = [await listener.listen(Address.parse(address)) for address in addresses]
    try:
        yield sink, listener, bound
    finally:
        await listener.close()


async def until(condition: Callable[[], object]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not within 20 s")


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def send_udp(host: str, port: int, *messages: bytes) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for message in messages:
            udp.sendto(message, (host, port))


async def send_tcp(port: int, *pieces: bytes, pause: bool = False, host: str = "127.0.0.1", **options: Any) -> None:
    _, writer = await asyncio.open_connection(host, port, **options)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        if pause:
            await asyncio.sleep(0.002)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def test_one_socket_takes_datagrams_of_both_families_and_names_their_senders() -> None:
    async def work() -> None:
        async with listening("udp://[::]:0") as (sink, listener, [bound]):
            send_udp("127.0.0.1", bound.port, b"<134>over v4\n", b"<134>two\r\n")
            send_udp("::1", bound.port, b"<134>over v6")
            await until(lambda: sink.total == 3)
            assert sink.lines == {"127.0.0.1": [b"<134>over v4", b"<134>two"], "::1": [b"<134>over v6"]}
            assert listener.counters["messages"] == 3

    run(work())


def test_a_line_feed_inside_a_datagram_does_not_make_two_messages() -> None:
    async def work() -> None:
        async with listening("udp://127.0.0.1:0") as (sink, _, [bound]):
            send_udp("127.0.0.1", bound.port, b"<134>one\nstill one\n\n", b"", b"\x00")
            await until(lambda: sink.total == 3)
            assert sink.lines["127.0.0.1"] == [b"<134>one still one", b"", b""]

    run(work())


def test_what_has_arrived_is_handed_over_when_the_listener_closes() -> None:
    async def work() -> None:
        async with listening("udp://127.0.0.1:0") as (sink, _, [bound]):
            send_udp("127.0.0.1", bound.port, *[b"<134>%d" % number for number in range(100)])
        assert sink.total == 100

    run(work())


def test_frames_by_line_feed_count_and_nul_may_mix_on_one_connection_cut_anywhere() -> None:
    wire = b"<134>feed\n9 <134>coun<134>nul\x00<134>crlf\r\n10 <134>again\n<134>last without end"
    meant = [b"<134>feed", b"<134>coun", b"<134>nul", b"<134>crlf", b"<134>again", b"<134>last without end"]

    async def work() -> None:
        async with listening("tcp://[::]:0") as (sink, _, [bound]):
            await send_tcp(bound.port, wire)
            await until(lambda: sink.total == 6)
            assert sink.lines["127.0.0.1"] == meant
            await send_tcp(bound.port, *[wire[at : at + 1] for at in range(len(wire))], pause=True, host="::1")
            await until(lambda: sink.total == 12)
            assert sink.lines["::1"] == meant

    run(work())


def test_a_message_too_long_is_counted_and_the_next_one_is_whole() -> None:
    async def work() -> None:
        async with listening("tcp://127.0.0.1:0") as (sink, listener, [bound]):
            await send_tcp(bound.port, b"<134>" + b"x" * (5 * MESSAGE_MAX), b"\n<134>after\n")
            await until(lambda: sink.lines.get("127.0.0.1", [b""])[-1] == b"<134>after")
            assert listener.counters["too_long"] == 1
            assert len(sink.lines["127.0.0.1"]) == 2
            assert len(sink.lines["127.0.0.1"][0]) <= MESSAGE_MAX

    run(work())


def test_a_counted_message_of_the_largest_size_arrives_whole() -> None:
    message = b"<134>" + b"y" * (MESSAGE_MAX - 5)

    async def work() -> None:
        async with listening("tcp://127.0.0.1:0") as (sink, listener, [bound]):
            for cut in (1, 5, MESSAGE_MAX - 1, MESSAGE_MAX + 3):
                wire = b"%d %s<134>next\n" % (len(message), message)
                await send_tcp(bound.port, wire[:cut], wire[cut:], pause=True)
            await until(lambda: sink.total == 8)
            assert sink.lines["127.0.0.1"] == [message, b"<134>next"] * 4
            assert listener.counters["too_long"] == 0

    run(work())


def test_senders_that_are_not_accepted_are_counted_and_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "_PRIVATE", ())

    async def work() -> None:
        async with listening("udp://[::]:0", "tcp://[::]:0") as (sink, listener, [udp, tcp]):
            send_udp("127.0.0.1", udp.port, b"<134>a", b"<134>b")
            await send_tcp(tcp.port, b"<134>c\n")
            await until(lambda: listener.counters["refused_sender"] == 3)
            assert (sink.total, listener.refused) == (0, {"127.0.0.1": 3})

    run(work())


def test_senders_of_an_accepted_network_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    import ipaddress

    monkeypatch.setattr(syslog, "_PRIVATE", ())

    async def work() -> None:
        async with listening("udp://[::]:0", accept=(ipaddress.ip_network("127.0.0.0/8"),)) as (sink, listener, [bound]):
            send_udp("::1", bound.port, b"<134>refused")
            send_udp("127.0.0.1", bound.port, b"<134>taken")
            await until(lambda: sink.total == 1 and listener.counters["refused_sender"] == 1)

    run(work())


@pytest.fixture
def many_files() -> Iterator[None]:
    """Leave to hold both ends of 600 connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1500:
        pytest.skip(f"this machine lets a process hold {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1500), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_of_six_hundred_connections_those_over_the_bound_are_refused_and_counted() -> None:
    async def work() -> None:
        async with listening("tcp://127.0.0.1:0") as (sink, listener, [bound]):
            open_ = [await asyncio.open_connection("127.0.0.1", bound.port) for _ in range(600)]
            await until(lambda: listener.counters["too_many_connections"] == 600 - syslog.CONNECTIONS_MAX)
            for _, writer in open_:
                with contextlib.suppress(OSError):
                    writer.write(b"<134>hello\n")
            await until(lambda: sink.total == syslog.CONNECTIONS_MAX)
            for _, writer in open_:
                writer.close()
            await until(lambda: not listener._connections)
            await send_tcp(bound.port, b"<134>room again\n")
            await until(lambda: sink.lines["127.0.0.1"][-1] == b"<134>room again")

    run(work())


def test_a_thousand_senders_messages_come_in_few_batches() -> None:
    async def work() -> None:
        async with listening("udp://127.0.0.1:0") as (sink, _, [bound]):
            for first in range(0, 2000, 100):
                send_udp("127.0.0.1", bound.port, *[b"<134>%d" % number for number in range(first, first + 100)])
                await asyncio.sleep(0)
            await until(lambda: sink.total == 2000)
            assert sink.batches < 100
            assert sink.lines["127.0.0.1"] == [b"<134>%d" % number for number in range(2000)]

    run(work())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cert.pem and key.pem, made for this test."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def test_tls_carries_frames_and_a_plain_client_breaks_nothing(certificate: Path) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    client = ssl.create_default_context(cafile=str(certificate / "cert.pem"))

    async def work() -> None:
        async with listening("tls://127.0.0.1:0", tls=server) as (sink, _, [bound]):
            await send_tcp(bound.port, b"<134>in the clear\n")
            await send_tcp(bound.port, b"14 <134>encrypted", b"<134>feed\n", ssl=client, server_hostname="localhost")
            await until(lambda: sink.total == 2)
            assert sink.lines["127.0.0.1"] == [b"<134>encrypted", b"<134>feed"]

    run(work())


def test_tls_without_a_certificate_says_which_settings_are_missing() -> None:
    async def work() -> None:
        with pytest.raises(VardeError, match="set certificate and key"):
            await SyslogListener(Received()).listen(Address.parse("tls://127.0.0.1:0"))

    run(work())


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
def test_a_port_that_is_taken_is_said_with_what_may_hold_it(scheme: str) -> None:
    async def work() -> None:
        async with listening(f"{scheme}://127.0.0.1:0") as (_, _, [bound]):
            with pytest.raises(VardeError, match=f"port is taken; `ss -l{scheme[0]}np .* says by whom. Often it is rsyslog"):
                await SyslogListener(Received()).listen(bound)

    run(work())


@pytest.mark.parametrize("address", ["udp://192.0.2.1:5514", "udp://no.such.name.invalid:5514", "tcp://999.1.1.1:5514", f"udp://{'a' * 70}.example:5514"])
def test_an_address_that_is_not_ours_is_an_error_in_words(address: str) -> None:
    async def work() -> None:
        with pytest.raises(VardeError, match="cannot listen on"):
            await SyslogListener(Received()).listen(Address.parse(address))

    run(work())


def test_a_port_below_1024_without_root_says_what_to_do(tmp_path: Path) -> None:
    import sys

    from material import environment

    code = """
import asyncio
from varde.collect import Address, SyslogListener
from varde.model import VardeError
async def work():
    try: await SyslogListener(print).listen(Address.parse("tcp://127.0.0.1:1"))
    except VardeError as error: print(error)
asyncio.run(work())
"""
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 1:
        pytest.skip("this machine lets everybody bind port 1")
    runner = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--"] if os.geteuid() == 0 else []
    if runner and not shutil.which("setpriv"):
        pytest.skip("root needs setpriv to try without root's rights")
    done = subprocess.run([*runner, sys.executable, "-B", "-c", code], capture_output=True, text=True, env=environment(tmp_path), timeout=60)
    assert "permission denied. Ports below 1024 need root or CAP_NET_BIND_SERVICE; try port 5514." in done.stdout, done.stderr


def test_where_the_kernel_knows_no_ipv6_all_of_ipv4_is_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = socket.socket

    def no_ipv6(family: int, *more: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return made(family, *more)

    monkeypatch.setattr(socket, "socket", no_ipv6)
    with bound_socket(Address("udp", "::", 0)) as bound:
        assert bound.getsockname()[0] == "0.0.0.0"
    with pytest.raises(VardeError, match=r"cannot listen on udp://\[::1\]:0: address family not supported"):
        bound_socket(Address("udp", "::1", 0))
