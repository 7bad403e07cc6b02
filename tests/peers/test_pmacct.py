"""A real pmacctd with its nfprobe, configured as the how-to says, watches real traffic."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import find_peer
from tests.peers.how_to import COLLECTOR, lines, ours
from tests.peers.isolated import INSIDE, INSIDE6, LISTED, LISTED6, WATCHED, Network, network
from tests.peers.nfdump import nfcapd
from tests.peers.relay import Relay, relay
from tests.peers.running import PATIENCE, wait_for
from tests.peers.test_rsyslog_sink import lines as lines_of
from tests.peers.traffic import converse, datagrams
from tests.peers.watching import FILE_SINK, PULSE, accounted, collecting, import_pulses, stored, sums

pytestmark = [
    pytest.mark.peer("pmacctd", "nfcapd", "ip"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
SECONDS = PATIENCE / 1000
VERSIONS = {"NetFlow v5": 5, "NetFlow v9": 9, "IPFIX": 10}
AT_ONCE = ":".join(f"{name}=1" for name in ("udp", "tcp", "tcp.fin", "tcp.rst", "general", "maxlife", "expint"))
"""Timeouts: all flows are exported as soon as it can be."""


def _configuration(port: int, version: int) -> str:
    """The how-to's lines, for the loopback, this collector and this version."""
    places = {"eth0": "lo", f"{COLLECTOR}:2055": f"127.0.0.1:{port}", "version: 10": f"version: {version}", "maxlife=60:expint=10": AT_ONCE}
    text = ours("\n".join(lines("pmacct")), places)
    return f"{text}\ndaemonize: false\npcap_filter: {WATCHED}\n"


@contextlib.contextmanager
def pmacctd(folder: Path, version: int, *ports: int) -> Iterator[tuple[Network, Relay]]:
    """pmacctd in a network of its own that exports to all ports of this machine's loopback."""
    with network() as net, relay(net.socket(socket.SOCK_DGRAM, "127.0.0.1"), *ports) as between:
        (folder / "pmacctd.conf").write_text(_configuration(between.port, version))
        said = folder / "pmacctd.said"
        with said.open("wb") as log:
            process = subprocess.Popen(net.inside(str(find_peer("pmacctd")), "-f", str(folder / "pmacctd.conf")), stderr=log, stdout=log)
        try:
            wait_for(lambda: process.poll() is not None or b"Exporting flows to" in said.read_bytes(), SECONDS)
            assert process.poll() is None, said.read_text()
            yield net, between
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_what_pmacctd_exports_is_stored_and_a_listed_address_is_told(tmp_path: Path, version: int) -> None:
    import_pulses(tmp_path)
    with collecting(tmp_path, FILE_SINK.format(path=tmp_path / "w.log")) as varde, nfcapd(tmp_path) as peer:
        with pmacctd(tmp_path, version, varde.flow_port(), peer.port) as (net, between):
            sent = [datagrams(net, INSIDE, LISTED, flows=70, packets=3)]
            sent += [datagrams(net, INSIDE6, LISTED6, flows=30, packets=2)] if version != 5 else []
            client = converse(net, INSIDE, LISTED)  # the last: what has told of it has told of all
            wait_for(lambda: _has_told(between, client), SECONDS)
        wait_for(lambda: len(lines_of(tmp_path / "w.log")) == len(sent), SECONDS)
    flows = stored(tmp_path)
    assert sums(flows) == peer.sums()
    assert sums(flows.filter(pl.col("dst_port") == 9999)) == tuple(map(sum, zip(*sent, strict=True)))
    assert accounted(tmp_path) == dict.fromkeys(accounted(tmp_path), 0) | {"flows": len(flows)}
    talked = flows.filter(pl.col("dst_port") == 443)
    assert talked["octets"].item() > 5000 and talked["tcp_flags"].item() & 2 and set(talked["initiator"]) == {"src"}
    for line in lines_of(tmp_path / "w.log"):
        assert f" (UDP) {PULSE} side=dst list=otx:5f0c1b2a3d4e5f6071829304 " in line and " direction=outbound " in line


def _has_told(between: Relay, client: int) -> bool:
    """Whether some datagram has the ports of the conversation beside each other."""
    ports = client.to_bytes(2, "big") + (443).to_bytes(2, "big")
    return any(ports in datagram for datagram in list(between.taken))
