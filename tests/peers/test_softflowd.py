"""A real softflowd watches real traffic: what it exports is stored as it says, and a listed address is told at once."""

import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import find_peer
from tests.peers import how_to
from tests.peers.isolated import INSIDE, INSIDE6, LISTED, LISTED6, WATCHED, Network, network
from tests.peers.nfdump import Collector, nfcapd
from tests.peers.relay import Relay, relay, send
from tests.peers.running import PATIENCE, wait_for
from tests.peers.test_rsyslog_sink import free_ports, lines, rsyslog
from tests.peers.traffic import PAYLOAD, converse, datagrams, push_out
from tests.peers.watching import (
    FILE_SINK,
    PULSE,
    SYSLOG_SINK,
    accounted,
    collecting,
    import_pulses,
    stored,
    sums,
)

pytestmark = [
    pytest.mark.peer("softflowd", "nfcapd", "ip", "rsyslogd"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
SECONDS = PATIENCE / 1000
VERSIONS = {"NetFlow v5": "5", "NetFlow v9": "9", "IPFIX": "10"}
HAS_V6 = ("9", "10")


@dataclass(frozen=True)
class Softflowd:
    """A running softflowd, spoken to through its control socket, and what stands between it and the collectors."""

    folder: Path
    network: Network
    between: Relay

    def ask(self, word: str) -> str:
        # by a relative name: the path of a socket may have 108 octets
        command = [str(find_peer("softflowd").with_name("softflowctl")), "-c", "ctl", word]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True, timeout=SECONDS).stdout

    def export(self) -> None:
        """Export all that was sent so far."""
        push_out(self.network, lambda port: f":{port} " in self.ask("dump-flows"))
        self.ask("expire-all")

    def end(self) -> dict[str, int]:
        """Export, and nothing after it. Returns the packets that it took account of, and the records that it exported, as it says."""
        self.export()
        told = self.ask("statistics")
        self.between.close()
        packets, records = re.search(r"Packets processed: ([0-9]+)", told), re.search(r"Flows exported: [0-9]+ \(([0-9]+) records\)", told)
        assert packets and records, told
        return {"packets": int(packets[1]), "flows": int(records[1])}


@contextlib.contextmanager
def softflowd(folder: Path, *ports: int, version: str, options: tuple[str, ...] = (), host: str = "127.0.0.1") -> Iterator[Softflowd]:
    """softflowd in a network of its own, started as the how-to says, that exports to all ports of this machine's loopback."""
    with network() as net, relay(net.socket(socket.SOCK_DGRAM, host), *ports) as between:
        target = f"[{host}]:{between.port}" if ":" in host else f"{host}:{between.port}"
        (line,) = how_to.lines("softflowd")
        places = {"softflowd": str(find_peer("softflowd")), "eth0": "lo", "-v 9": f"-v {version}", f"{how_to.COLLECTOR}:2055": target}
        command = how_to.ours(line, places).split()
        process = subprocess.Popen(net.inside(*command, "-d", "-p", "pid", "-c", "ctl", *options, WATCHED), cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_for(lambda: process.poll() is not None or (folder / "ctl").exists())
            assert process.poll() is None, "softflowd ended at once"
            yield Softflowd(folder, net, between)
        finally:
            process.terminate()
            process.wait(20)


def _is_one(said: str, told: Callable[[], list[str]]) -> bool:
    found = [line for line in told() if re.search(said, line)]
    assert len(found) <= 1, found
    return len(found) == 1


def _conversations(net: Network, version: str) -> list[str]:
    """Talk to the listed addresses that this version can tell of. Returns what is to be said of it, as an expression."""
    told = [f"{INSIDE}:{converse(net, INSIDE, LISTED)} -> {LISTED}:443 (TCP) {PULSE} "]
    if version in HAS_V6:
        told.append(f"[{INSIDE6}]:{converse(net, INSIDE6, LISTED6)} -> [{LISTED6}]:443 (TCP) {PULSE} ")
    return [re.escape(line) for line in told]


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_traffic_to_a_listed_address_is_a_line_in_a_file_at_rsyslog_and_on_the_page(tmp_path: Path, version: str) -> None:
    import_pulses(tmp_path)
    udp, tcp = free_ports()
    sinks = FILE_SINK.format(path=tmp_path / "w.log") + SYSLOG_SINK.format(port=udp)
    with rsyslog(tmp_path, udp, tcp) as seen, collecting(tmp_path, sinks) as varde:
        live = varde.live()
        with softflowd(tmp_path, varde.flow_port(), version=version) as exporter:
            expected = _conversations(exporter.network, version)
            exporter.export()
            places: list[tuple[str, Callable[[], list[str]]]] = [
                ("^[0-9]{4}-[0-9-]+ [0-9:]{8} : ", lambda: lines(tmp_path / "w.log")), ("FLOWHIT ", lambda: lines(seen)),
                ("", lambda: [row["line"] for row in live.warnings]), ("", lambda: [row["line"] for row in varde.get("beacon")["warnings"]]),
            ]  # fmt: skip
            for (head, told), said in product(places, expected):
                wait_for(partial(_is_one, head + said, told), SECONDS)
    for line in lines(tmp_path / "w.log"):
        assert " direction=outbound " in line and " one-way=0 " in line and " list=otx:5f0c1b2a3d4e5f6071829304 " in line


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_flows_packets_and_octets_are_those_of_softflowd_and_of_nfcapd(tmp_path: Path, version: str) -> None:
    with (
        collecting(tmp_path) as varde, nfcapd(tmp_path) as peer,
        softflowd(tmp_path, varde.flow_port(), peer.port, version=version) as exporter,
    ):  # fmt: skip
        sent = [datagrams(exporter.network, INSIDE, LISTED, flows=70, packets=3)]
        sent += [datagrams(exporter.network, INSIDE6, LISTED6, flows=30, packets=2)] if version in HAS_V6 else []
        _conversations(exporter.network, version)
        said = exporter.end()
    flows = stored(tmp_path)
    assert sums(flows) == peer.sums()
    assert (sums(flows).flows, sums(flows).packets) == (said["flows"], said["packets"])
    assert sums(flows.filter(pl.col("dst_port") == 9999)) == tuple(map(sum, zip(*sent, strict=True)))
    assert accounted(tmp_path) == dict.fromkeys(accounted(tmp_path), 0) | {"flows": said["flows"]}


def test_softflowd_exports_over_ipv6(tmp_path: Path) -> None:
    with (
        collecting(tmp_path) as varde, nfcapd(tmp_path, "::1") as peer,
        softflowd(tmp_path, varde.flow_port(), peer.port, version="9", host="::1") as exporter,
    ):  # fmt: skip
        sent = datagrams(exporter.network, INSIDE6, LISTED6, flows=10, packets=2)
        exporter.end()
    flows = stored(tmp_path)
    assert sums(flows) == peer.sums()
    assert sums(flows.filter(pl.col("dst_port") == 9999)) == sent
    assert set(flows["sensor"]) == {"::1"}


def test_a_record_of_both_directions_is_one_flow(tmp_path: Path) -> None:
    with (
        collecting(tmp_path) as varde, nfcapd(tmp_path) as peer,
        softflowd(tmp_path, varde.flow_port(), peer.port, version="10", options=("-b",)) as exporter,
    ):  # fmt: skip
        _conversations(exporter.network, "10")
        said = exporter.end()
    flows = stored(tmp_path)
    assert sums(flows) == peer.sums()
    assert sums(flows).packets == said["packets"]
    talked = flows.filter((pl.col("dst_port") == 443) | (pl.col("src_port") == 443)).select("src_port", "octets", "rev_octets")
    assert len(talked) == 2
    for port, octets, reverse in talked.rows():  # softflowd's ends are in the order of their addresses, not as RFC 5103 has them
        asked, answered = (reverse, octets) if port == 443 else (octets, reverse)
        assert asked > 5000 > answered > 300


FIRST_PORT, FLOWS = 20_000, 600


def test_every_flow_is_kept_when_ten_datagrams_come_before_their_template(tmp_path: Path) -> None:
    with softflowd(tmp_path, version="9") as exporter:
        for number in range(FLOWS):
            datagrams(exporter.network, INSIDE, LISTED, flows=1, packets=2, port=FIRST_PORT + number)
        exporter.end()
        recorded = exporter.between.taken
    begins = [number for number, datagram in enumerate(recorded) if _has_template(datagram)]
    cut = begins[1] - 10
    assert begins[0] == 0 < cut, "softflowd sends its templates again after some datagrams"
    for name in ("early", "late"):
        (tmp_path / name).mkdir()
    outlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with outlet, nfcapd(tmp_path / "early") as early, nfcapd(tmp_path / "late") as deaf, collecting(tmp_path) as varde:
        send(outlet, recorded[:cut], early.port)
        send(outlet, recorded[cut:], deaf.port, varde.flow_port())
    flows = stored(tmp_path)
    ours = flows.filter(pl.col("dst_port") >= FIRST_PORT)
    assert sorted([*_ports(early), *ours["dst_port"]]) == list(range(FIRST_PORT, FIRST_PORT + FLOWS)), "each once"
    assert sorted([*_ports(deaf), *ours.filter(pl.col("late") == 1)["dst_port"]]) == sorted(ours["dst_port"]), "nfcapd has all but those"
    assert flows["late"].sum() > 10
    assert set(zip(ours["packets"], ours["octets"], strict=True)) == {(2, 2 * (28 + PAYLOAD))}
    assert accounted(tmp_path) == dict.fromkeys(accounted(tmp_path), 0) | {"flows": len(flows)}


def _ports(peer: Collector) -> list[int]:
    return [port for flow in peer.flows() if (port := int(float(flow["dp"]))) >= FIRST_PORT]


def _has_template(datagram: bytes) -> bool:
    """Whether a datagram of NetFlow v9 begins with a template set (RFC 3954 section 5.2)."""
    return datagram[20:22] == b"\0\0"
