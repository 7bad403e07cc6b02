"""Many busy senders at once: how long a line takes from a socket to the page, and what the station spends on it."""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from bench.measure import ENVIRONMENT, ROOT, Result

SENDERS = 100
LINES_A_SECOND = 20
SECONDS = 60.0
WARM_UP_SECONDS = 10.0
"""Expressions compile and senders become known; not counted."""

MARKED_EVERY = 0.25
"""Seconds between lines to a port that no other line has, by which they are found again on the page's stream."""

FIRST_MARK = 20_000
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_FORMS = (
    "<134>1 {stamp} router{sender} - - - firewall,info BLOCK input: in:ether1 out:(unknown 0), connection-state:new proto TCP (SYN), "
    "198.18.{high}.{low}:51022->192.0.2.2:{port}, len 40",
    "<4>1 {stamp} gw{sender} kernel - - - [UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:02:00:00:5e:00:53:01:08:00 SRC=198.18.{high}.{low} "
    "DST=192.0.2.2 LEN=40 TOS=0x00 PREC=0x00 TTL=241 ID=54321 PROTO=TCP SPT=51022 DPT={port} WINDOW=1024 RES=0x00 SYN URGP=0",
)


@dataclass
class Marks:
    """When marked lines were sent and seen, by port."""

    sent: dict[int, float] = field(default_factory=dict)
    seen: dict[int, float] = field(default_factory=dict)

    def delays(self, since: float) -> list[float]:
        return sorted(self.seen[port] - at for port, at in self.sent.items() if at >= since and port in self.seen)


def run(*, small: bool) -> list[Result]:
    """Start `varde up` with an empty store, send, watch the page's stream, and count what was stored."""
    seconds = SECONDS / 4 if small else SECONDS
    with tempfile.TemporaryDirectory() as folder, _station(Path(folder)) as (process, udp, page):
        marks = Marks()
        watcher = threading.Thread(target=_watch, args=(page, marks), daemon=True)
        watcher.start()
        _send(udp, marks, WARM_UP_SECONDS)
        began, spent = time.monotonic(), _cpu(process.pid)
        sent = _send(udp, marks, seconds)
        share = (_cpu(process.pid) - spent) / (time.monotonic() - began)
        time.sleep(5)
        delays = marks.delays(began)
        status = _ask(page, "status")
        missing = sum(1 for port, at in marks.sent.items() if at >= began and port not in marks.seen)
    what = f"{SENDERS} senders of two dialects, {LINES_A_SECOND} lines/s each"
    worst = f"{delays[-1]:.1f} s at worst" if delays else "nothing was seen"
    lost = f"{missing} of {missing + len(delays)} marked lines not seen, {'; '.join(status['notes']) or 'none lost'}"
    return [
        Result("line to page", what, f"{statistics.median(delays or [0]):.2f} s median, {worst}", lost),
        Result("line to page", f"{sent / seconds:,.0f} lines/s", f"{100 * share:.0f} % of one core"),
    ]


@contextlib.contextmanager
def _station(folder: Path):  # type: ignore[no-untyped-def]
    """A running station: its process, its port for datagrams, its page's port."""
    said = folder / "said"
    command = [sys.executable, "-m", "varde", "up", os.devnull, "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0", "--store", str(folder / "store")]
    with said.open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log, env=ENVIRONMENT | {"HOME": str(folder)}, cwd=ROOT)
    try:
        yield process, _port(said, "syslog on udp"), _port(said, "page at")
    finally:
        process.terminate()
        process.wait(60)


def _port(said: Path, words: str) -> int:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for line in said.read_text().splitlines():
            if words in line:
                return int(line.rpartition(":")[2])
        time.sleep(0.05)
    raise AssertionError(f"{words!r} was not said: {said.read_text()}")


def _send(port: int, marks: Marks, seconds: float) -> int:
    """Lines of all senders, spread over each second. Returns how many."""
    sockets = [_sender(number) for number in range(SENDERS)]
    gap = 1 / (SENDERS * LINES_A_SECOND)
    began, number, next_mark = time.monotonic(), 0, 0.0
    while (due := number * gap) < seconds:
        if (wait := began + due - time.monotonic()) > 0:
            time.sleep(max(wait, 0.002))
        destination = 22
        if due >= next_mark:
            destination, next_mark = FIRST_MARK + len(marks.sent), due + MARKED_EVERY
            marks.sent[destination] = time.monotonic()
        sender = number % SENDERS
        sockets[sender].sendto(_line(sender, number, destination), ("127.0.0.1", port))
        number += 1
    for one in sockets:
        one.close()
    return number


def _sender(number: int) -> socket.socket:
    """Every loopback address is this machine's, so each sender has one of its own."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((f"127.0.1.{number + 1}", 0))
    return made


def _line(sender: int, number: int, port: int) -> bytes:
    stamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return _FORMS[sender % len(_FORMS)].format(stamp=stamp, sender=sender, high=number >> 8 & 255, low=number & 255, port=port).encode()


def _watch(page: int, marks: Marks) -> None:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{page}/api/live") as stream:
        event = b""
        for line in stream:
            if line.startswith(b"event: "):
                event = line[7:].strip()
            elif event == b"probes" and line.startswith(b"data: "):
                now = time.monotonic()
                for _, _, port, _ in json.loads(line[6:])["points"]:
                    if port and port >= FIRST_MARK:
                        marks.seen.setdefault(port, now)


def _ask(page: int, name: str):  # type: ignore[no-untyped-def]
    with urllib.request.urlopen(f"http://127.0.0.1:{page}/api/{name}", timeout=30) as answer:
        return json.load(answer)


def _cpu(pid: int) -> float:
    """Seconds of processor time of a process, user and system (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
