"""varde flow replay: what a store has comes back from a collector as it was, at the pace that was asked for."""

import json
import re
import signal
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from cli_run import Up, refused, varde
from material import stored
from tests.flow_family import decode, v5, v5_record

from varde.store import Store

AGO = 3600
"""Seconds that the flows lie back: a collector takes those of long ago for damage."""

OWN = {"received", "sensor", "exporter", "domain", "dialect", "source", "file", "offset", "late", "packets_scaled", "octets_scaled", "src_cc", "dst_cc", "src_as", "dst_as"}
"""Columns that a collector says itself."""


def datagrams(count: int, seconds: int | None = None) -> bytes:
    """A file of NetFlow v5 datagrams of 20 flows each; synthetic."""
    start = int(time.time()) - AGO if seconds is None else seconds
    return b"".join(v5(*(v5_record(20 * n + k, octets=100 + 20 * n + k) for k in range(20)), sequence=20 * n, seconds=start + n) for n in range(count))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A home whose store has 1,000 flows."""
    (tmp_path / "flows.pdu").write_bytes(datagrams(50))
    assert varde(tmp_path, "read", "flows.pdu", "--store", "first").status == 0
    return tmp_path


def rows(folder: Path) -> list[tuple[object, ...]]:
    flows = stored(Store(folder), "flows")
    kept = [name for name in flows.columns if name not in OWN]
    return sorted(flows.select(kept).rows(), key=repr)


def ledger(home: Path) -> dict[str, int]:
    (told,) = json.loads(varde(home, "flow", "exporters", "--store", "second", "--json").out)["exporters"]
    return {name: told[name] for name in ("flows", "lost", "reordered", "duplicated", "late", "restarts")}


@pytest.mark.parametrize(("scheme", "version"), [("udp", "10"), ("udp", "9"), ("tcp", "10")])
def test_the_same_rows_come_back_and_none_is_lost(filled: Path, scheme: str, version: str) -> None:
    with Up(filled, "--flows", f"{scheme}://127.0.0.1:0", "--store", "second", command="listen") as up:
        port = up.port(f"flows on {scheme}")
        done = varde(filled, "flow", "replay", "--to", f"{scheme}://127.0.0.1:{port}", "--store", "first", "--version", version, "--rate", "5000")
        assert (done.status, done.out) == (0, "")
        assert re.search(rf"1,000 flows sent to {scheme}://127.0.0.1:{port} as {'IPFIX' if version == '10' else 'NetFlow v9'}, in [0-9]+ messages of ", done.err)
        assert up.stop() == 0
    assert rows(filled / "second") == rows(filled / "first")
    assert ledger(filled) == {"flows": 1000, "lost": 0, "reordered": 0, "duplicated": 0, "late": 0, "restarts": 0}


class Taken:
    """A collector that only keeps what comes, and when."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.5)
        self.to = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def all(self) -> list[bytes]:
        found = []
        try:
            while True:
                found.append(self.socket.recv(65_535))
        except TimeoutError:
            return found

    def __enter__(self) -> "Taken":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_datagrams_fit_and_follow_each_other(filled: Path) -> None:
    with Taken() as taken:
        assert varde(filled, "flow", "replay", "--to", taken.to, "--store", "first", "--mtu", "576", "--rate", "0").status == 0
        found = taken.all()
    assert max(map(len, found)) <= 576 - 28 and len(found) > 100
    assert struct.unpack_from(">HH", found[0], 16)[0] == 2, "the template comes first"
    sequence = [struct.unpack_from(">I", message, 8)[0] for message in found]
    assert sequence[0] == 0 and sequence == sorted(sequence)


@pytest.mark.parametrize("words", [["dst_port", "443", "and", "octets", ">", "1000"], ["--limit", "7"]])
def test_filters_choose_what_goes(filled: Path, words: list[str]) -> None:
    with Taken() as taken:
        switches = words if words[0].startswith("--") else [" ".join(words)]
        done = varde(filled, "flow", "replay", *[word.replace("dst_port", "dport") for word in switches], "--to", taken.to, "--store", "first")
        assert ("7 flows sent" if "--limit" in words else "99 flows sent") in done.err, done.err


@pytest.mark.parametrize("name", ["found.parquet", "found.arrow", "flows.pdu", "printed.txt"])
def test_files_are_sent_as_the_store_is(filled: Path, name: str) -> None:
    assert varde(filled, "filter", "--store", "first", "-o", "found.parquet").status == 0
    assert varde(filled, "filter", "--store", "first", "--pass", "found.arrow").status == 0
    (filled / "printed.txt").write_text(varde(filled, "cut", "--store", "first", "--delimited", "--fields", "sip,dip,sport,dport,proto,packets,bytes,flags,stime,etime").out)
    with Taken() as taken:
        done = varde(filled, "flow", "replay", "--from", name, "--to", taken.to)
        assert (done.status, "1,000 flows sent" in done.err) == (0, True), done.err
        assert sum(len(message) > 100 for message in taken.all()) > 10
    assert not (filled / ".local").exists() or not list((filled / ".local").rglob("flows")), "nothing is stored"


def test_another_filter_passes_flows_on(filled: Path) -> None:
    assert varde(filled, "filter", "--store", "first", "dport 443", "--pass", "found.arrow").status == 0
    with Taken() as taken:
        done = varde(filled, "flow", "replay", "-", "--to", taken.to, stdin=(filled / "found.arrow").read_bytes())
    assert "1,000 flows sent" in done.err, done.err


def test_times_move_to_now(filled: Path) -> None:
    (filled / "old.pdu").write_bytes(datagrams(3, seconds=1_234_396_800))
    with Taken() as taken:
        assert varde(filled, "flow", "replay", "--from", "old.pdu", "--now", "--to", taken.to).status == 0
        now = time.time_ns() // 1000
        times = decode(*taken.all(), received=now).flows["time"].cast(pl.Int64)
    first, last = int(times.min()), int(times.max())  # type: ignore[arg-type]
    assert now - 300_000_000 < first <= now and last - first == 2_000_000


def test_interrupted_it_says_how_many_went_out(filled: Path) -> None:
    with Taken() as taken, Up(filled, "replay", "--to", taken.to, "--store", "first", "--rate", "50", command="flow") as running:
        taken.socket.settimeout(120)
        taken.socket.recv(65_535)
        taken.socket.recv(65_535)
        assert running.stop(signal.SIGINT) == 130
        assert re.search(r"varde: stopped: [0-9]+ flows? sent to ", running.said), running.said
        assert "Traceback" not in running.said


def _nobody(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("to", "words"), [
    (lambda: f"127.0.0.1:{_nobody(socket.SOCK_DGRAM)}", "connection refused. Nobody listens there"),
    (lambda: f"tcp://127.0.0.1:{_nobody(socket.SOCK_STREAM)}", "connection refused. Nobody listens there"),
    (lambda: "224.0.0.1:2055", "a multicast address"), (lambda: "[ff02::1]:2055", "a multicast address"),
    (lambda: "255.255.255.255:2055", "the broadcast address"), (lambda: "0.0.0.0:2055", "no address of a host"), (lambda: "[::]:2055", "no address of a host"),
    (lambda: "127.0.0.1", "names no port"), (lambda: "127.0.0.1:0", "no port 0"), (lambda: "tls://127.0.0.1:1", "udp:// or tcp://"), (lambda: "127.0.0.1:x", "names no port"),
    (lambda: "127.0.0.1:99999", "is no host and port"), (lambda: "no-such-host.invalid:2055", "cannot find no-such-host.invalid"),
])  # fmt: skip
def test_what_cannot_be_sent_to_is_said(filled: Path, to: Callable[[], str], words: str) -> None:
    assert words in refused(filled, "flow", "replay", "--store", "first", "--to", to())


def test_wrong_switches_are_said(filled: Path) -> None:
    to = ("--to", "127.0.0.1:9")
    assert "two paces" in refused(filled, "flow", "replay", *to, "--rate", "1", "--speed", "1")
    assert "10 is IPFIX" in refused(filled, "flow", "replay", *to, "--version", "5")
    assert "what collectors take is flows" in refused(filled, "flow", "replay", *to, "--table", "probes")
    assert "leave out one of them" in refused(filled, "flow", "replay", "-", *to, "--from", "flows.pdu")


@pytest.mark.parametrize(("content", "words"), [
    (b"PAR1 and no more", "is damaged, or ends too early"), (b"\xff\xff\xff\xff\x10\x00\x00\x00", "is damaged, or ends too early"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"), (None, "no such file"),
])  # fmt: skip
def test_files_that_hold_no_flows_are_said(filled: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (filled / "odd").write_bytes(content)
    assert words in refused(filled, "flow", "replay", "--from", "odd", "--to", "127.0.0.1:9").lower() or words in refused(filled, "flow", "replay", "--from", "odd", "--to", "127.0.0.1:9")


def test_parquet_of_other_columns_is_refused_and_a_cut_one_too(filled: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(filled / "other.parquet")
    assert "other columns than records of Varde" in refused(filled, "flow", "replay", "--from", "other.parquet", "--to", "127.0.0.1:9")
    assert varde(filled, "filter", "--store", "first", "-o", "found.parquet").status == 0
    whole = (filled / "found.parquet").read_bytes()
    (filled / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    assert "is damaged, or ends too early" in refused(filled, "flow", "replay", "--from", "cut.parquet", "--to", "127.0.0.1:9")


def test_nothing_that_matches_is_said_and_nothing_sent(filled: Path) -> None:
    with Taken() as taken:
        done = varde(filled, "flow", "replay", "dport 1", "--store", "first", "--to", taken.to)
        assert (done.status, done.err.strip()) == (1, "varde: no flows match, and none were sent")
        assert taken.all() == []


def test_files_are_asked_without_a_store(filled: Path) -> None:
    """The same switch serves all who ask."""
    printed = varde(filled, "stats", "--from", "flows.pdu", "--fields", "dport", "--no-titles", "--delimited")
    assert printed.out.splitlines() == ["443|1000|100.000000|100.000000"]
    assert varde(filled, "cut", "--from", "flows.pdu", "-n", "1").status == 0
    assert "--from asks files about" in refused(filled, "cut", "--from", "flows.pdu", "--table", "warnings")
