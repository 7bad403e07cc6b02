"""nfcapd and Varde take the same datagrams of real exporters: the same flows, packets and octets come out."""

import json
import os
import socket
import struct
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import find_peer
from tests.peers.how_to import COLLECTOR, lines, ours
from tests.peers.nfdump import nfcapd, sums_of
from tests.peers.relay import send
from tests.peers.running import PATIENCE, ROOT
from tests.peers.watching import accounted, collecting, stored, sums

pytestmark = pytest.mark.peer("nfcapd", "nfdump", "nfreplay")
PDU = 1464
"""Octets of a datagram of small.pdu."""

REPLAY_SECONDS = 120
"""Reading a file and sending it, on a busy small machine."""


def _sources(shared: Path) -> dict[str, list[bytes]]:
    """Recorded datagrams of each exporter, as they came."""
    lab = {path.stem: [bytes.fromhex(json.loads(line)["hex"]) for line in path.read_text().splitlines()] for path in sorted((shared / "data" / "lab" / "netflow").glob("*.jsonl"))}
    telegraf = sorted({path.parent for path in (shared / "data" / "netflow" / "telegraf").glob("*/*.bin") if "sflow" not in path.parent.name})
    others = {folder.name: [path.read_bytes() for path in sorted(folder.glob("*.bin"))] for folder in telegraf}
    return lab | others


def _pdu(shared: Path) -> list[bytes]:
    data = (shared / "data" / "silk" / "small.pdu").read_bytes()
    return [data[at : at + PDU] for at in range(0, len(data), PDU)]


def test_every_recorded_exporter_is_understood_as_nfcapd_does(tmp_path: Path, shared: Path) -> None:
    sources = _sources(shared)
    with collecting(tmp_path) as varde, nfcapd(tmp_path) as peer:
        for number, datagrams in enumerate(sources.values()):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outlet:
                outlet.bind((f"127.0.9.{number + 1}", 0))
                send(outlet, datagrams, varde.flow_port(), peer.port)
    theirs, ours = peer.flows(), stored(tmp_path)
    hosts = {name: f"127.0.9.{number + 1}" for number, name in enumerate(sources)}
    seen = {name: sums(ours.filter(pl.col("sensor") == host)) for name, host in hosts.items()}
    assert seen == {name: sums_of([flow for flow in theirs if flow["ra"].strip() == host]) for name, host in hosts.items()}
    assert {name for name, found in seen.items() if not found.flows} == {"ipfix_options", "netflow_v9_options"}, "these tell of no flow"


@pytest.mark.parametrize("version", [5, 9])
def test_flows_of_a_router_are_those_of_nfcapd_and_nfreplay_sends_them_again(tmp_path: Path, shared: Path, version: int) -> None:
    names = ("first", "again")
    for name in names:
        (tmp_path / name).mkdir()
    with collecting(tmp_path / "first") as varde, nfcapd(tmp_path) as peer, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outlet:
        send(outlet, _pdu(shared), varde.flow_port(), peer.port)
    with collecting(tmp_path / "again") as varde:
        (file,) = peer.folder.glob("nfcapd.2*")
        places = {"nfreplay": str(find_peer("nfreplay")), "nfcapd.202611210000": str(file), "-v 9": f"-v {version}", "2055": str(varde.flow_port()), COLLECTOR: "127.0.0.1"}
        subprocess.run(ours(lines("nfdump")[1], places).split(), check=True, capture_output=True, timeout=PATIENCE / 1000)
    for name in names:
        assert sums(stored(tmp_path / name)) == peer.sums(), name
        assert accounted(tmp_path / name) == dict.fromkeys(accounted(tmp_path / name), 0) | {"flows": 50_000}


def test_nfcapd_passes_on_what_it_takes(tmp_path: Path, shared: Path) -> None:
    with collecting(tmp_path) as varde:
        options = ours(lines("nfdump")[0], {COLLECTOR: "127.0.0.1", "2055": str(varde.flow_port())}).split()[-2:]
        assert options[0] == "-R"
        with nfcapd(tmp_path, options=(options[0], options[1])) as peer, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outlet:
            send(outlet, _sources(shared)["softflowd_v9"], peer.port)
    assert sums(stored(tmp_path)) == peer.sums()
    assert sums(stored(tmp_path)).flows == 535


@pytest.mark.parametrize("version", ["10", "9"])
def test_nfcapd_takes_what_varde_replays(tmp_path: Path, shared: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flows that a store has, of a router's own datagrams, come out of nfdump with the same fields."""
    monkeypatch.setenv("TZ", "UTC")  # nfdump prints local time
    (tmp_path / "small.pdu").write_bytes(b"".join(_pdu(shared)[:200]))
    with nfcapd(tmp_path) as peer:
        command = [sys.executable, "-m", "varde", "flow", "replay", "--from", "small.pdu", "--to", f"127.0.0.1:{peer.port}", "--version", version, "--rate", "20000"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "TZ": "UTC"}
        said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=REPLAY_SECONDS)
    assert "6,000 flows sent" in said.stderr
    assert "Sequence Errors: 0, Bad Packets: 0" in peer.said.read_text()
    theirs = peer.flows()
    assert sorted(map(_told, theirs)) == sorted(_expected(b"".join(_pdu(shared)[:200])))


def _told(flow: dict[str, str]) -> tuple[str, ...]:
    """What nfdump prints of a flow, each as it is written."""
    icmp = flow["pr"] == "ICMP"
    ports = ("", "") if icmp else (flow["sp"], flow["dp"])
    names = ("ts", "te", "sa", "da", "pr", "ipkt", "ibyt", "in", "out", "stos")
    return (*(flow[name].strip() for name in names), *ports)


def _expected(pdu: bytes) -> list[tuple[str, ...]]:
    """The same of NetFlow v5 datagrams, read by hand."""
    found = []
    for at in range(0, len(pdu), PDU):
        count, uptime, seconds, nanoseconds = struct.unpack_from(">HIII", pdu, at + 2)
        boot = seconds * 1000 + nanoseconds // 1_000_000 - uptime
        for number in range(count):
            record = struct.unpack_from(">4s4s4sHHIIIIHHBBBBHHBBH", pdu, at + 24 + 48 * number)
            first, last = ((boot + record[place]) // 1000 for place in (7, 8))
            times = [datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S") for moment in (first, last)]
            proto = {1: "ICMP", 6: "TCP", 17: "UDP"}[record[13]]
            ports = ("", "") if proto == "ICMP" else (str(record[9]), str(record[10]))
            ends = [socket.inet_ntoa(record[place]) for place in (0, 1)]
            found.append((*times, *ends, proto, str(record[5]), str(record[6]), str(record[3]), str(record[4]), str(record[14]), *ports))
    return found
