"""`python -m soak kill [--times N] [--seed N]`: processes killed with SIGKILL at random moments, and what that cost.

Importers, their working processes, publishers and stations. What was in files must be there once; of what sockets sent, at most that since
the last commit may be gone, and the next station says so."""

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from material import firewall_line, firewall_lines, stored, write_old

from soak.running import Process, free_port
from varde.live.ingest import COMMIT_SECONDS
from varde.store import Store

SEED = 20261122
SHARES = {"importer": 35, "worker": 10, "publisher": 20, "station": 35}
"""Of a hundred kills."""

RESTART_SECONDS = 2.0
SLACK_SECONDS = 10.0
"""For a commit that was being made, on a machine that is busy with other things."""

STAMP = len("2026-11-20T12:00:00+00:00")
LINES = 40_000
RATE = 500
"""Lines a second to each of a station's port and file: enough for a count, and nothing that two cores are busy with."""

IMPORTER = """
import sys
from pathlib import Path
from material import import_file, make_small
from varde.store import Store
from varde.collect import importer
importer.WORTHWHILE = int(sys.argv[3])
make_small(1500, 200_000)
print("ready", flush=True)
import_file(Store(Path(sys.argv[1])), Path(sys.argv[2]))
print("done", flush=True)
"""

PUBLISHER = """
import sys
from pathlib import Path
from varde.deliver.publisher import Output, Publisher
folder, number = Path(sys.argv[1]), int(sys.argv[2])
publisher = Publisher(folder / "published", 3)
print("ready", flush=True)
while True:
    number += 1
    content = f"list {number}\\n".encode() * 20_000
    done = publisher.publish([Output(n, "pf", ((folder / n, content),), 20_000, digest=f"{n}{number}") for n in "abc"], "2026-11-22T12:00:00Z")
    assert not done.failures, done.failures
"""


@dataclass(slots=True)
class Kills:
    """What was done and found. `restarts` in seconds, `lost` in seconds of what was sent before a kill."""

    done: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    "Of each restart: seconds that it had a processor."
    lost: list[float] = field(default_factory=list)
    lost_lines: int = 0
    sent: int = 0
    checked: Counter[str] = field(default_factory=Counter)

    def wrong(self, what: str) -> None:
        self.failures.append(what)
        print(f"  WRONG {what}", flush=True)


def importers(folder: Path, times: int, luck: random.Random, kills: Kills, victim: str) -> None:
    """Imports that are killed, or lose a working process, again and again until they are through; then the next begins."""
    text = folder / f"{victim}.log"
    lines = firewall_lines(0, LINES).splitlines()
    write_old(text, b"\n".join(lines) + b"\n")
    fresh, number = True, 0
    while times > 0 or not fresh:
        number += fresh
        store = folder / f"store-{victim}-{number}"
        child = Process(folder / "home", "-c", IMPORTER, str(store), str(text), "1" if victim == "worker" else "99")
        child.wait_for("ready")
        if times > 0:
            times -= _kill(child, victim, luck, kills)
        status = child.wait(120)
        if status is None or (status > 0):
            kills.wrong(f"{victim}: an import ended with {status}: {child.said[-500:]}")
            child.end(signal.SIGKILL)
            return
        fresh = _check_import(store, lines, kills, victim, ended=status == 0)
        if fresh:
            shutil.rmtree(store)


def _kill(child: Process, victim: str, luck: random.Random, kills: Kills) -> int:
    """Wait a random moment and kill it, or one of its processes. Whether something was killed."""
    time.sleep(luck.uniform(0.02, 1.2))
    if victim == "worker":
        end = time.monotonic() + 10
        while not (workers := child.children()) and child.runs and time.monotonic() < end:
            time.sleep(0.005)
        if not workers:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(luck.choice(workers), signal.SIGKILL)
    elif child.runs:
        child.end(signal.SIGKILL)
    else:
        return 0
    kills.done[victim] += 1
    return 1


def _check_import(store: Path, lines: list[bytes], kills: Kills, victim: str, *, ended: bool) -> bool:
    found = Counter(stored(Store(store))["raw"].to_list()) if store.exists() else Counter()
    if any(count > 1 for count in found.values()):
        kills.wrong(f"{victim}: {sum(count > 1 for count in found.values())} lines are there twice")
    if ended and set(found) != {line.decode() for line in lines}:
        kills.wrong(f"{victim}: {len(lines) - len(found)} lines are lost")
    kills.checked[f"{victim}: lines"] += len(found)
    return ended


def publishers(folder: Path, times: int, luck: random.Random, kills: Kills) -> None:
    """Lists that are replaced as fast as the disk allows; each must be whole whenever it is looked at."""
    out, number = folder / "out", 0
    out.mkdir()
    for _ in range(times):
        child = Process(folder / "home", "-c", PUBLISHER, str(out), str(number))
        child.wait_for("ready")
        time.sleep(luck.uniform(0.0, 0.6))
        if child.end(signal.SIGKILL) != -signal.SIGKILL:
            kills.wrong(f"publisher: {child.said[-500:]}")
        kills.done["publisher"] += 1
        for name in "abc":
            text = (out / name).read_bytes() if (out / name).exists() else b""
            head = text.partition(b"\n")[0] + b"\n"
            if text and text != head * 20_000:
                kills.wrong(f"publisher: list {name} is of {len(text)} octets, and not whole")
            number = max(number, int(head.split()[1]) if text else 0)
            kills.checked["publisher: lists"] += 1


class Sender(threading.Thread):
    """Lines at a steady rate to a port and into a file, each with its number; when each was sent to the port."""

    def __init__(self, port: int, path: Path) -> None:
        super().__init__(daemon=True)
        self.port, self.path = port, path
        self.times: list[float] = []
        "Of each line to the port, whose number is its place here; 0.0 where the port took none."
        self.written = 0
        self._ending = threading.Event()

    def run(self) -> None:
        peer: socket.socket | None = None
        with self.path.open("ab", buffering=0) as file:
            while not self._ending.wait(0.1):
                count, first = RATE // 10, len(self.times)
                file.write(b"".join(firewall_line(2_000_000 + self.written + n) for n in range(count)))
                self.written += count
                peer, taken = self._send(peer, b"".join(firewall_line(first + n) for n in range(count)))
                self.times += [time.monotonic() if taken else 0.0] * count

    def _send(self, peer: socket.socket | None, text: bytes) -> tuple[socket.socket | None, bool]:
        try:
            peer = peer or socket.create_connection(("127.0.0.1", self.port), 1.0)
            peer.sendall(text)
        except OSError:
            if peer:
                peer.close()
            return None, False
        return peer, True

    def stop(self) -> None:
        self._ending.set()
        self.join()


def stations(folder: Path, times: int, luck: random.Random, kills: Kills) -> None:
    """One store, one file that is followed and one port through all of it."""
    port, path, store = free_port(), folder / "followed.log", folder / "store-station"
    path.touch()
    sender = Sender(port, path)
    sender.start()
    # the sender has no numbers of sockets in common with the file
    arguments = ("-P", "-m", "varde", "up", str(path), "--listen", f"tcp://127.0.0.1:{port}", "--web", f"127.0.0.1:{free_port()}", "--store", str(store), "-q")
    before = 0
    for number in range(times + 1):
        station = Process(folder / "home", *arguments)
        kills.restarts.append(_reachable(station, port))
        kills.busy.append(station.processor())
        if number == times:
            break
        lived = luck.uniform(0.5, 1.6 * COMMIT_SECONDS)
        time.sleep(lived)
        if number and lived > COMMIT_SECONDS and "was killed or lost its power" not in station.said:
            kills.wrong(f"station: nothing was said of the one before: {station.said[-500:]}")
        station.end(signal.SIGKILL)
        killed, sent = time.monotonic(), len(sender.times)
        kills.done["station"] += 1
        _check_station(store, sender, range(before, sent), killed, kills)
        before = sent
    sender.stop()
    time.sleep(2)
    station.end()
    _check_files(store, sender, kills)
    kills.sent = sum(moment > 0 for moment in sender.times)


def _reachable(station: Process, port: int) -> float:
    """Seconds from the start until the port takes connections."""
    end = station.began + 60
    while time.monotonic() < end and station.runs:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return time.monotonic() - station.began
        time.sleep(0.02)
    raise RuntimeError(f"the station does not listen: {station.said[-1000:]}")


def _numbers(store: Path, *, sockets: bool) -> Counter[int]:
    """Numbers of the lines that are stored, and how often each is."""
    probes = stored(Store(store))
    of_sockets = probes["source"].str.starts_with("syslog:")
    raw = probes.filter(of_sockets if sockets else ~of_sockets)["raw"]  # its own stamp: a clock that is wrong may have set the time
    return Counter(raw.str.slice(0, STAMP).str.to_datetime("%Y-%m-%dT%H:%M:%S%z").dt.epoch("s").to_list())


def _check_station(store: Path, sender: Sender, sent: range, killed: float, kills: Kills) -> None:
    """What was sent since the kill before, up to this one."""
    from material import NOON

    found, begin = _numbers(store, sockets=True), int(NOON.timestamp())
    if doubled := sum(count > 1 for count in found.values()):
        kills.wrong(f"station: {doubled} lines of a socket are there twice")
    lost = [n for n in sent if sender.times[n] and begin + n not in found]
    kills.lost_lines += len(lost)
    oldest = killed - min((sender.times[n] for n in lost), default=killed)
    kills.lost.append(oldest)
    there = [n for n in sent if begin + n in found]
    if lost and there and lost[0] < there[-1]:
        kills.wrong("station: a line is gone, and one that was sent later is there")
    if oldest > COMMIT_SECONDS + SLACK_SECONDS:
        kills.wrong(f"station: lines are gone that were sent {oldest:.1f} s before it was killed")


def _check_files(store: Path, sender: Sender, kills: Kills) -> None:
    found = _numbers(store, sockets=False)
    if len(found) != sender.written or any(count > 1 for count in found.values()):
        kills.wrong(f"station: of {sender.written} lines of the file {len(found)} are there, {sum(c > 1 for c in found.values())} of them twice")
    kills.checked["station: lines of the file"] += len(found)


PARTS: dict[str, Callable[[Path, int, random.Random, Kills], None]] = {
    "importer": lambda folder, times, luck, kills: importers(folder, times, luck, kills, "importer"),
    "worker": lambda folder, times, luck, kills: importers(folder, times, luck, kills, "worker"),
    "publisher": publishers,
    "station": stations,
}


def run(folder: Path, times: int, seed: int) -> Kills:
    """Kill so many times in all. What was found is in the answer, and said when it is found."""
    kills = Kills()
    for name, share in SHARES.items():
        began = time.monotonic()
        PARTS[name](folder, max(1, round(times * share / 100)), random.Random(f"{seed} {name}"), kills)
        print(f"  {name}: {kills.done[name]} kills in {time.monotonic() - began:.0f} s", flush=True)
    if median(kills.busy) > RESTART_SECONDS:  # which a busy machine makes no longer
        kills.wrong(f"a station takes {median(kills.busy):.1f} s of a processor until it listens")
    return kills


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak kill", description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    print(f"kill, seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="varde-kill-") as folder:
        kills = run(Path(folder), asked.times, asked.seed)
    print(f"{sum(kills.done.values())} kills: {len(kills.failures)} failures; checked {', '.join(f'{n:,} {what}' for what, n in kills.checked.items())}")
    print(f"sockets: of {kills.sent:,} lines sent {kills.lost_lines:,} lost, at most those of {max(kills.lost):.1f} s before a kill")
    print(f"restart: listening after {median(kills.restarts):.2f} s (median), {max(kills.restarts):.2f} s at most; {median(kills.busy):.2f} s of a processor; "
          f"load of the machine {os.getloadavg()[0]:.1f}")  # fmt: skip
    return 1 if kills.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
