"""What a small machine bears: a station on one core with 1 GB, that takes log lines and flows at home rates: `python -m bench.sizing`.

The limit of memory is a cgroup's (root is needed; version 1 or 2), that of the processor is `taskset`. It is this machine's core, no board's.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.flow_family import v5, v5_record
from tests.material import environment, firewall_line

LIMIT = 1_000_000_000
"""Octets: a board of 1 GB."""
SECONDS = 60
LINES = 50
"""Log lines a second: a busy home's firewall has a few."""
DATAGRAMS = 50
RECORDS = 30
"""Flows in a datagram of NetFlow v5: 1,500 flows a second in all."""


@contextmanager
def limited() -> Iterator[Path]:
    """A cgroup with the limit; the folder that takes process ids."""
    old = Path("/sys/fs/cgroup/memory")
    group = (old if old.is_dir() else Path("/sys/fs/cgroup")) / f"varde-sizing-{os.getpid()}"
    group.mkdir()
    try:
        (group / ("memory.limit_in_bytes" if old.is_dir() else "memory.max")).write_text(str(LIMIT))
        yield group
    finally:
        for _ in range(50):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)


def _resident(pid: int) -> int:
    """Octets of the process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in (str(pid), *children))
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processor(pid: int) -> float:
    """Seconds of the process and its children, living or ended."""
    living = [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    ticks = 0
    for one in living:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _send(lines_to: int, flows_to: int) -> tuple[int, int]:
    """At an even pace; how many lines and flows were sent."""
    lines = flows = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        began = time.monotonic()
        for step in range(SECONDS * 10):
            for _ in range(LINES // 10):
                sender.sendto(firewall_line(lines), ("127.0.0.1", lines_to))
                lines += 1
            for _ in range(DATAGRAMS // 10):
                payload = v5(*(v5_record(number) for number in range(RECORDS)), sequence=flows, seconds=int(time.time()))
                sender.sendto(payload, ("127.0.0.1", flows_to))
                flows += RECORDS
            time.sleep(max(0.0, began + (step + 1) / 10 - time.monotonic()))
    return lines, flows


def main() -> int:
    """Start it under the limits, send, and say what it took."""
    with tempfile.TemporaryDirectory() as scratch, limited() as group:
        home = Path(scratch)
        inside = f'echo $$ > {group}/cgroup.procs; exec taskset -c 0 {sys.executable} -m varde "$@"'
        command = ["sh", "-c", inside, "sh", "up", "--web", "127.0.0.1:0", "--listen", "udp://127.0.0.1:0", "--flows", "udp://127.0.0.1:0"]
        began = time.monotonic()
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(home), cwd=home)
        assert process.stderr
        ports: dict[str, int] = {}
        for line in process.stderr:
            if found := re.search(r"listening for (syslog|flows) on \S+:(\d+)", line):
                ports[found[1]] = int(found[2])
            if "page at" in line:
                break
        start, idle = time.monotonic() - began, _resident(process.pid)
        used = _processor(process.pid)
        lines, flows = _send(ports["syslog"], ports["flows"])
        most = _resident(process.pid)
        share = (_processor(process.pid) - used) / SECONDS
        time.sleep(15)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        told = subprocess.run([sys.executable, "-m", "varde", "status"], env=environment(home), cwd=home, capture_output=True, text=True, check=False).stdout
    print(f"page after {start:.1f} s; {idle / 1e6:.0f} MB resident at rest, {most / 1e6:.0f} MB after {SECONDS} s of {LINES} lines and {DATAGRAMS * RECORDS:,} flows a second, {share:.0%} of one core")
    print(f"sent {lines:,} lines and {flows:,} flows; the store says:\n{told}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
