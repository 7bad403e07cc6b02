"""A real nfcapd that takes exports, and what nfdump says of them."""

import contextlib
import csv
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import find_peer
from tests.peers.running import wait_for
from tests.peers.traffic import Sums

ROTATE_SECONDS = 3600
BUFFER = 8 * 1024 * 1024


@dataclass(frozen=True)
class Collector:
    """Where nfcapd listens, and the folder that it writes."""

    port: int
    folder: Path
    said: Path

    def flows(self) -> list[dict[str, str]]:
        """All records, by nfdump's short names; once nfcapd has ended."""
        command = [str(find_peer("nfdump")), "-R", str(self.folder), "-o", "csv"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line for line in text.splitlines() if line.count(",") > 20]
        return list(csv.DictReader(lines))

    def sums(self) -> Sums:
        """Of both directions, where a record has both."""
        return sums_of(self.flows())


def sums_of(flows: list[dict[str, str]]) -> Sums:
    return Sums(len(flows), *(sum(int(flow[f"i{what}"]) + int(flow[f"o{what}"]) for flow in flows) for what in ("pkt", "byt")))


@contextlib.contextmanager
def nfcapd(folder: Path, host: str = "127.0.0.1", *, options: tuple[str, ...] = ()) -> Iterator[Collector]:
    """nfcapd on a free port; it has ended, and written everything, when this is over."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        port = int(probe.getsockname()[1])
    collector = Collector(port, folder / "nfcapd", folder / "nfcapd.said")
    collector.folder.mkdir()
    command = [str(find_peer("nfcapd")), "-w", str(collector.folder), "-b", host, "-p", str(port), "-t", str(ROTATE_SECONDS), "-B", str(BUFFER)]
    command += [*options, *(["-6"] if family == socket.AF_INET6 else [])]
    with collector.said.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        wait_for(lambda: process.poll() is not None or b"Startup" in collector.said.read_bytes())
        assert process.poll() is None, collector.said.read_text()
        yield collector
    finally:
        wait_for(lambda: not _waiting(port))
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _waiting(port: int) -> int:
    """Octets that the kernel holds for a UDP port: the second half of the fifth field (proc_net_udp(5))."""
    rows = [line.split() for name in ("udp", "udp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return sum(int(row[4].partition(":")[2], 16) for row in rows if row[1].endswith(f":{port:04X}"))
