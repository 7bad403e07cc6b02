"""Flows from sockets into the store: real exporters' datagrams, losses, restarts, refusals, and a disk that refuses."""

import asyncio
import json
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bench.exporter import Exporter
from material import nowhere, stored, wait_until

from varde.collect import flow_address
from varde.collect import flows as flows_module
from varde.collect.flow_intake import STATE, FlowIntake
from varde.collect.syslog import Guard
from varde.decode.flow import Settings
from varde.model import VardeError
from varde.store import Store


def record5(number: int) -> bytes:
    """A flow of NetFlow v5 (Cisco's table B-4): 198.18.0.0/16 port 40000 to 192.0.2.1 port 443; synthetic."""
    src, dst = 0xC6120000 + number % 65536, 0xC0000201
    return struct.pack(">IIIHHIIIIHHBBBBHHBBH", src, dst, 0, 1, 2, 10, 1000, 1000, 2000, 40_000, 443, 0, 27, 6, 0, 0, 0, 24, 24, 0)


def datagram5(sequence: int, count: int, sampling: int = 0) -> bytes:
    head = struct.pack(">HHIIIIBBH", 5, count, 3_600_000, 1_700_000_000, 0, sequence, 0, 0, sampling)
    return head + b"".join(record5(sequence + n) for n in range(count))


@contextmanager
def running(store: Store, **more: Any) -> Iterator[tuple[FlowIntake, int, Callable[[], None]]]:
    """An intake on a loopback port; the function stops it and waits for its last commit."""
    intake = FlowIntake(store, nowhere(), Guard(), **more)
    port = asyncio.run(intake.open(flow_address("127.0.0.1:0"))).port
    stop = threading.Event()
    thread = threading.Thread(target=intake.run, args=(stop,))
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()

    try:
        yield intake, port, end
    finally:
        end()


def send(port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", port))


def test_what_was_sent_is_stored_and_what_was_not_is_in_the_ledger(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with running(store) as (_, port, end):
        send(port, datagram5(0, 30), datagram5(30, 30), datagram5(150, 10))
        end()
    flows, losses = stored(store, "flows"), stored(store, "losses")
    assert len(flows) == 70
    assert set(flows["dst_port"]) == {443}
    assert set(flows["initiator"]) == {"src"}
    assert set(flows["sensor"]) == {"127.0.0.1"}
    assert (losses["flows"].sum(), losses["lost"].sum(), losses["dropped"].sum()) == (70, 90, 0)


def test_sensors_are_named_and_sampling_is_set_by_the_configuration(tmp_path: Path) -> None:
    store, router = Store(tmp_path / "store"), b"\0" * 10 + b"\xff\xff\x7f\0\0\x01"
    with running(store, settings=Settings({router: "edge"}, {router: 100})) as (_, port, end):
        send(port, datagram5(0, 2, sampling=7))
        end()
    flows = stored(store, "flows")
    assert (set(flows["sensor"]), set(flows["sampling"]), set(flows["packets"]), set(flows["packets_scaled"])) == ({"edge"}, {100}, {10}, {1000})


def test_an_exporter_that_is_not_welcome_is_refused_and_counted(tmp_path: Path) -> None:
    store, guard = Store(tmp_path / "store"), Guard()
    guard._allowed = ()
    intake = FlowIntake(store, nowhere(), guard)
    port = asyncio.run(intake.open(flow_address("127.0.0.1:0"))).port
    stop = threading.Event()
    thread = threading.Thread(target=intake.run, args=(stop,))
    thread.start()
    send(port, datagram5(0, 1), datagram5(1, 1))
    wait_until(lambda: guard.counters["refused_sender"] == 2)
    stop.set()
    thread.join(30)
    assert (guard.refused, store.files("flows")) == ({"127.0.0.1": 2}, [])
    assert intake.problems() == ["2 datagrams of flows refused, as of 127.0.0.1: name exporters in [flows] accept"]


def test_templates_are_known_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    template = bytes.fromhex("0000001401000003000800040001000400070002")
    head = struct.pack(">HHIIII", 9, 1, 3_600_000, 1_700_000_000, 1, 5)
    data = struct.pack(">HH", 256, 16) + bytes([198, 18, 0, 9]) + (1234).to_bytes(4, "big") + (53).to_bytes(2, "big") + b"\0\0"
    with running(store) as (_, port, end):
        send(port, head + template)
        end()
    assert store.facts.get(STATE)
    with running(store) as (_, port, end):
        send(port, struct.pack(">HHIIII", 9, 1, 3_600_000, 1_700_000_000, 2, 5) + data)
        end()
    flows = stored(store, "flows")
    assert (flows["octets"].to_list(), flows["src_port"].to_list(), flows["late"].to_list()) == ([1234], [53], [0])
    assert stored(store, "losses")["lost"].sum() == 0


def test_while_the_disk_refuses_flows_wait_and_are_stored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, said, append = Store(tmp_path / "store"), list[str](), Store.append
    refuses = threading.Event()
    refuses.set()

    def refusing(store: Store, table: str, *rest: Any) -> int:
        if refuses.is_set() and table == "counters":
            raise VardeError("the disk is full.")
        return append(store, table, *rest)

    monkeypatch.setattr(Store, "append", refusing)
    monkeypatch.setattr("varde.live.ingest.COMMIT_SECONDS", 0.1)
    with running(store, note=said.append) as (_, port, end):
        send(port, datagram5(0, 30))
        wait_until(lambda: said)
        send(port, datagram5(30, 30))
        refuses.clear()
        end()
    assert "the disk is full" in said[0]
    assert len(stored(store, "flows")) == 60
    assert stored(store, "losses")["lost"].sum() == 0


def test_at_the_end_what_a_failed_commit_left_is_stored_and_what_came_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, append, failed = Store(tmp_path / "store"), Store.append, threading.Event()

    def failing_once(store: Store, table: str, *rest: Any) -> int:
        if table == "counters" and not failed.is_set():
            failed.set()
            raise VardeError("the disk is full.")
        return append(store, table, *rest)

    monkeypatch.setattr(Store, "append", failing_once)
    monkeypatch.setattr("varde.collect.flow_intake.RETRY_SECONDS", 0.0)
    monkeypatch.setattr("varde.live.ingest.COMMIT_SECONDS", 0.0)
    with running(store, note=lambda text: None) as (_, port, end):
        send(port, datagram5(0, 30))
        wait_until(failed.is_set)
        monkeypatch.setattr("varde.live.ingest.COMMIT_SECONDS", 60.0)
        send(port, datagram5(30, 30))
        end()
    assert len(stored(store, "flows")) == 60


def test_what_real_exporters_sent_is_stored_flow_by_flow(tmp_path: Path, shared: Path) -> None:
    """softflowd and pmacct; their own texts beside the datagrams say how many flows there are."""
    store, lab = Store(tmp_path / "store"), shared / "data" / "lab" / "netflow"
    files = ("softflowd_v5", "softflowd_v9", "softflowd_v10")
    datagrams = [bytes.fromhex(json.loads(line)["hex"]) for name in files for line in (lab / f"{name}.jsonl").read_text().splitlines()]
    with running(store) as (_, port, end):
        send(port, *datagrams)
        end()
    flows = stored(store, "flows")
    assert set(flows["dialect"]) == {"netflow5", "netflow9", "ipfix"}
    assert stored(store, "losses")["lost"].sum() == 0
    per = dict(flows.group_by("dialect").agg(pl.len()).rows())
    assert per["netflow5"] == sum(int.from_bytes(d[2:4], "big") for d in datagrams if d[:2] == b"\0\x05")


def test_any_datagrams_leave_it_listening(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    bad = [b"", b"\0", b"\0\x05", b"\0\x09" + b"\xff" * 200, b"\0\x0a\0\x10" + bytes(12), bytes(65_507), datagram5(0, 30)[:-7], b"GET / HTTP/1.0\r\n\r\n"]
    with running(store) as (_, port, end):
        send(port, *bad, datagram5(100, 1))
        end()
    assert len(stored(store, "flows").filter(pl.col("src_port") == 40_000)) >= 1
    counters = stored(store, "counters")
    assert sum(counters.filter(pl.col("outcome") == "lines")["count"]) == len(bad) + 1
    assert sum(counters.filter(pl.col("outcome").str.starts_with("reject:"))["count"]) >= 5


@pytest.mark.parametrize("protocol", ["v5", "v9"])
def test_what_a_burst_loses_is_in_the_ledger_to_the_flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    monkeypatch.setattr(flows_module, "RECEIVE_BUFFER", 64 * 1024)
    store = Store(tmp_path / "store")
    with running(store) as (intake, port, end):
        exporter, receiver = Exporter(port, protocol), intake.receiver
        exporter.burst(10)
        assert receiver._ring is not None and receiver._process is not None
        templates, ring = int(protocol == "v9"), receiver._ring
        wait_until(lambda: ring.header["written"][0] == templates + exporter.sent)
        receiver._process.send_signal(signal.SIGSTOP)  # nobody takes what comes now
        exporter.burst(1000)
        receiver._process.send_signal(signal.SIGCONT)
        wait_until(lambda: ring.header["written"][0] + receiver.dropped()[0] == templates + exporter.sent)
        exporter.burst(10)  # only what comes after a loss tells of it
        end()
    losses, kept = stored(store, "losses"), stored(store, "flows")
    missing = exporter.sent * exporter.flows - len(kept)
    assert missing > exporter.flows * 100
    assert losses["lost"].sum() == (missing if protocol == "v5" else missing // exporter.flows)
    assert losses["dropped"].sum() * exporter.flows == missing
