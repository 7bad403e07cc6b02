"""The real nmap on a loopback of its own: in which order and at which pace it asks, beside the generator of the benchmark, and that it is found."""

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from bench.insight import nmap

from tests.conftest import find_peer
from tests.peers.isolated import INSIDE, LISTED, Network, network
from varde.detect.campaigns import Campaigns

pytestmark = [
    pytest.mark.peer("nmap", "ip", "nft"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

PATIENCE = 60
POPULAR = (22, 80, 443, 3389)
PORTS = (*POPULAR, *range(6000, 6036))

LISTEN = """
import json, socket, struct, sys, time
raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
raw.bind(("lo", 0x800))
wanted = socket.inet_aton(sys.argv[1])
print("ready", flush=True)
while True:
    packet, where = raw.recvfrom(2048)
    if where[2] == 4 or packet[9] != 6 or packet[16:20] != wanted:
        continue
    start = 4 * (packet[0] & 15)
    src_port, dst_port, seq = struct.unpack("!HHI", packet[start : start + 8])
    row = {"time": time.time_ns() // 1000, "src_port": src_port, "dst_port": dst_port, "tcp_seq": seq, "tcp_flags": packet[start + 13],
           "ttl": packet[8], "ip_id": struct.unpack("!H", packet[4:6])[0], "tcp_window": struct.unpack("!H", packet[start + 14 : start + 16])[0]}
    print(json.dumps(row), flush=True)
"""


@pytest.fixture(scope="module")
def dropping() -> Iterator[Network]:
    """A network whose firewall answers nothing that comes to INSIDE."""
    nft = str(find_peer("nft"))
    with network() as made:
        for command in ("add table inet t", "add chain inet t in { type filter hook input priority 0; }", f"add rule inet t in ip daddr {INSIDE} drop"):
            subprocess.run(made.inside(nft, command), check=True)
        yield made


def scanned(where: Network, *options: str, cut_off: float | None = None) -> pl.DataFrame:
    """Packets of a scan of INSIDE that claims to come from LISTED, in the order they came: of all of it, or of its first seconds."""
    listening = subprocess.Popen(where.inside(sys.executable, "-c", LISTEN, INSIDE), stdout=subprocess.PIPE, text=True)
    try:
        assert listening.stdout is not None
        assert listening.stdout.readline() == "ready\n"
        command = [str(find_peer("nmap")), "-n", "-Pn", "-sS", "--send-ip", "-S", LISTED, "-e", "lo", *options, INSIDE]
        with pytest.raises(subprocess.TimeoutExpired) if cut_off else contextlib.nullcontext():
            subprocess.run(where.inside(*command), check=True, capture_output=True, timeout=cut_off or PATIENCE)
    finally:
        listening.terminate()
    rows = [json.loads(line) for line in listening.communicate(timeout=PATIENCE)[0].splitlines()]
    assert rows, "nmap sent nothing that was seen"
    return pl.DataFrame(rows)


def ports(*wanted: int) -> str:
    return ",".join(map(str, wanted))


def first_asked(packets: pl.DataFrame) -> list[int]:
    return packets["dst_port"].unique(maintain_order=True).to_list()


@pytest.fixture(scope="module")
def fast(dropping: Network) -> pl.DataFrame:
    return scanned(dropping, "-T4", "-p", ports(*PORTS))


def test_common_ports_come_first_and_the_rest_is_shuffled_as_the_generator_has_it(fast: pl.DataFrame) -> None:
    asked = first_asked(fast)
    made = nmap.order(np.random.default_rng(1), np.array(PORTS)).tolist()
    for order in (asked, made):
        assert sorted(order) == sorted(PORTS)
        assert set(order[: len(POPULAR)]) == set(POPULAR)
        assert order[len(POPULAR) :] != sorted(order[len(POPULAR) :])


def test_what_does_not_answer_is_asked_twice_within_seconds(fast: pl.DataFrame) -> None:
    times = Counter(fast["dst_port"].to_list())
    made, seconds = nmap.probes(np.random.default_rng(1), np.array(PORTS), nmap.TEMPLATES[4])
    assert min(times.values()) >= 2 == min(Counter(made.tolist()).values())
    took = (fast["time"].max() - fast["time"].min()) / 1e6  # type: ignore[operator]
    assert took < 30
    assert seconds[-1] < 30


def test_the_marks_of_its_packets_are_those_the_generator_leaves(fast: pl.DataFrame) -> None:
    assert set(fast["tcp_window"]) == {1024}
    assert set(fast["tcp_flags"]) == {2}
    assert all(nmap.TTLS[0] <= ttl < nmap.TTLS[1] for ttl in fast["ttl"])
    assert fast["ttl"].n_unique() > 5


def test_a_polite_scan_asks_each_port_twice_running_a_second_apart(dropping: Network) -> None:
    polite = scanned(dropping, "-T2", "-r", "-p", ports(80, 6000, 6001, 6002))
    assert polite["dst_port"].to_list()[:8] == [80, 80, 6000, 6000, 6001, 6001, 6002, 6002]
    assert polite["time"].diff().median() == pytest.approx(nmap.TEMPLATES[2].pause * 1e6, rel=0.25)


def test_a_sneaky_scan_waits_a_quarter_of_a_minute_after_each_packet(dropping: Network) -> None:
    sneaky = scanned(dropping, "-T1", "-p", "80", cut_off=33)
    assert sneaky["dst_port"].to_list() == [80, 80]
    assert sneaky["time"].diff()[1] == pytest.approx(nmap.TEMPLATES[1].pause * 1e6, rel=0.1)


def test_it_is_found_as_a_port_scan_of_its_one_source(fast: pl.DataFrame) -> None:
    octets = [bytes(10) + b"\xff\xff" + bytes(map(int, address.split("."))) for address in (LISTED, INSIDE)]
    columns = {"src_addr": pl.lit(octets[0]), "dst_addr": pl.lit(octets[1]), "proto": pl.lit(6), "action": pl.lit("block")}
    detectors = Campaigns(seed=1)
    detectors.add(fast.with_columns(**columns))
    (found,) = detectors.judge(int(fast["time"].max()) + 1)  # type: ignore[arg-type]
    assert (found.kind, found.sources, found.port_count) == ("vertical", (octets[0],), len(PORTS))
