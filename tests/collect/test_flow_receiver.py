"""The receiving process: every datagram once, in order, with its sender; what the kernel dropped is counted; it comes back when killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from material import wait_until

from varde.collect import receiver
from varde.collect.flows import FlowReceiver, Taken
from varde.collect.receiver import OCTETS, Burst
from varde.collect.syslog import Address
from varde.model import VardeError


@pytest.fixture
def inlet() -> Iterator[tuple[FlowReceiver, int]]:
    """A receiver on the loopback, and its port."""
    made = FlowReceiver()
    port = made.open(Address("udp", "127.0.0.1", 0)).port
    made.start()
    yield made, port
    made.close()


def read(made: FlowReceiver, count: int) -> list[Taken]:
    batches: list[Taken] = []

    def enough() -> bool:
        batch = made.read()
        batches.extend([batch] if batch else [])
        return sum(map(len, batches)) >= count

    wait_until(enough)
    return batches


def texts(batches: list[Taken]) -> list[bytes]:
    return [
        batch.octets[start : start + length].tobytes()
        for batch in batches
        for start, length in zip(batch.start.tolist(), batch.length.tolist(), strict=True)
    ]


def test_datagrams_of_every_length_come_once_and_in_order(inlet: tuple[FlowReceiver, int]) -> None:
    made, port = inlet
    sent = [os.urandom(length) for length in (0, 1, 24, 1464, 9000, 65_507, 48)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        before = time.time_ns() // 1000
        for text in sent:
            sender.sendto(text, ("127.0.0.1", port))
        batches = read(made, len(sent))
        assert texts(batches) == sent
        assert {batch.address[0].tobytes() for batch in batches} == {b"\0" * 10 + b"\xff\xff\x7f\0\0\x01"}
        assert {int(value) for batch in batches for value in batch.port} == {sender.getsockname()[1]}
        received = np.concatenate([batch.received for batch in batches])
        assert before <= received.min() <= received.max() <= time.time_ns() // 1000
    assert made.dropped() == [0]


def test_the_ring_goes_round(inlet: tuple[FlowReceiver, int]) -> None:
    made, port = inlet
    length, rounds, each = 60_000, 24, 50
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(rounds):
            for index in range(each):
                sender.sendto((number * each + index).to_bytes(4, "big") * (length // 4), ("127.0.0.1", port))
            found = texts(read(made, each))
            assert [int.from_bytes(text[:4], "big") for text in found] == list(range(number * each, (number + 1) * each))
            assert all(text == text[:4] * (length // 4) for text in found)
    assert rounds * each * length > OCTETS


def test_both_families_at_one_address_and_several_addresses() -> None:
    made = FlowReceiver()
    ports = [made.open(Address("udp", host, 0)).port for host in ("::", "127.0.0.1")]
    made.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as v4, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as v6:
            v4.sendto(b"four", ("127.0.0.1", ports[0]))
            v6.sendto(b"six", ("::1", ports[0]))
            v4.sendto(b"other", ("127.0.0.1", ports[1]))
            batches = read(made, 3)
        mapped, loopback = b"\0" * 10 + b"\xff\xff\x7f\0\0\x01", b"\0" * 15 + b"\x01"
        rows = [(row[0].tobytes(), int(row[1])) for batch in batches for row in zip(batch.address, batch.socket, strict=True)]
        assert sorted(zip(texts(batches), rows, strict=True)) == [(b"four", (mapped, 0)), (b"other", (mapped, 1)), (b"six", (loopback, 0))]
    finally:
        made.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells only on Linux")
def test_what_the_kernel_dropped_is_counted_exactly(inlet: tuple[FlowReceiver, int]) -> None:
    made, port = inlet
    made._process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
    made._sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(2000):
            sender.sendto(bytes(1400), ("127.0.0.1", port))
    made._process.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
    came = sum(map(len, read(made, 1)))

    def settled() -> bool:
        nonlocal came
        came += len(made.read() or ())
        return came + (made.dropped()[0] or 0) >= 2000

    wait_until(settled)
    assert made.dropped()[0] == 2000 - came > 0


def test_a_receiver_that_was_killed_is_started_again_and_misses_nothing(inlet: tuple[FlowReceiver, int]) -> None:
    made, port = inlet
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"before", ("127.0.0.1", port))
        assert texts(read(made, 1)) == [b"before"]
        made._process.kill()  # type: ignore[union-attr]
        made._process.wait()  # type: ignore[union-attr]
        sender.sendto(b"meanwhile", ("127.0.0.1", port))
        assert texts(read(made, 1)) == [b"meanwhile"]
    assert made.restarts == 1


def test_an_address_may_be_added_later(inlet: tuple[FlowReceiver, int]) -> None:
    made, first = inlet
    second = made.open(Address("udp", "127.0.0.1", 0)).port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for port in (first, second):
            sender.sendto(b"x", ("127.0.0.1", port))
        assert sorted(int(number) for batch in read(made, 2) for number in batch.socket) == [0, 1]
    assert made.restarts == 0


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom varde.collect.flows import FlowReceiver\nfrom varde.collect.syslog import Address\n"
        "made = FlowReceiver()\nmade.open(Address('udp', '127.0.0.1', 0))\nmade.start()\nprint(made._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    wait_until(lambda: not Path(f"/proc/{child}").exists() or "Z (zombie)" in Path(f"/proc/{child}/status").read_text())


def test_where_the_kernel_has_no_call_for_many_they_are_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as inlet, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        inlet.bind(("::1", 0))
        inlet.setblocking(False)
        sender.bind(("::1", 0))
        for text in (b"one", b"", b"three"):
            sender.sendto(text, inlet.getsockname()[:2])
        burst = Burst()
        monkeypatch.setattr(burst, "_recvmmsg", None)
        assert (burst.take(inlet), burst.take(inlet)) == (3, 0)
        assert burst.octets[2, :5].tobytes() == b"three"
        burst.count = 3
        address, port = burst.senders()
        assert (address[0].tobytes(), int(port[0])) == (b"\0" * 15 + b"\x01", sender.getsockname()[1])
        assert burst.lengths().tolist() == [3, 0, 5]


def test_a_port_that_is_taken_is_said(inlet: tuple[FlowReceiver, int]) -> None:
    with pytest.raises(VardeError, match="the port is taken"):
        FlowReceiver().open(Address("udp", "127.0.0.1", inlet[1]))


def test_the_process_needs_numpy_and_the_standard_library_alone() -> None:
    code = f"import sys, runpy; runpy.run_path({receiver.__file__!r}); print(sorted(m for m in sys.modules if m.split('.')[0] in ('varde', 'polars', 'pyarrow')))"
    assert subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
