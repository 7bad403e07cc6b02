"""Flow collectors under load: `varde listen` and nfcapd as processes of their own, what they took, and what they cost."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from bench.matching import SEED, list_of, unicast
from bench.measure import ENVIRONMENT, ROOT
from varde.store import Store

PATIENCE_SECONDS = 120.0
BUFFER = 64 * 1024 * 1024
"""Octets of receive buffer that both ask for."""

HOMES = '[[home]]\nnetwork = "10.0.0.0/8"\n'
MARKED = "203.0.113.5"
"""A listed address that no synthetic flow has."""


@dataclass(frozen=True)
class Sent:
    """What the exporter says of itself."""

    datagrams: int
    flows: int
    seconds: float


@dataclass
class Taken:
    """What a collector took, and what it told of what it did not."""

    sent: Sent
    flows: int = 0
    "In its files."
    told: int = 0
    "Varde: datagrams that the ledger says were lost. nfcapd: its sequence failures."
    dropped: int = 0
    "Varde: datagrams that the kernel dropped, by the ledger."
    octets: int = 0
    "Of its files."
    behind: float = 0.0
    "Seconds from its being told to stop to its end: what it had taken and not yet written."
    memory: list[int] = field(default_factory=list)
    "Octets, about once a second while it was sent to."
    cpu: float = 0.0
    "Seconds of processor time."

    @property
    def lost(self) -> int:
        return self.sent.flows - self.flows


@dataclass
class Running:
    """A collector's process, where it listens and writes, and how it ended."""

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    said: Path
    cpu: float = 0.0
    behind: float = 0.0

    def memory(self) -> int:
        """Resident octets of it and of its children, what they share counted once."""
        return sum(_resident(pid) for pid in (self.process.pid, *_children(self.process.pid)))

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        asked = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu, self.behind = usage.ru_utime + usage.ru_stime, time.monotonic() - asked


def store_with_list(folder: Path, addresses: int) -> Path:
    """A store that has a list of so many addresses and MARKED: what a run begins with."""
    rng = np.random.default_rng(SEED)
    (folder / "bad.txt").write_bytes(list_of(unicast(rng, addresses), rng, 0) + f"\n{MARKED}\n".encode())
    store = folder / "lists"
    command = [sys.executable, "-m", "varde", "intel", "import", str(folder / "bad.txt"), "--store", str(store)]
    subprocess.run(command, check=True, env=ENVIRONMENT | {"HOME": str(folder)}, cwd=ROOT, capture_output=True)
    return store


@contextlib.contextmanager
def varde(lists: Path) -> Iterator[Running]:
    """`varde listen` that prints its warnings, with a copy of a store that has lists."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(lists, folder / "store")
        (folder / "varde.toml").write_text(HOMES)
        command = [sys.executable, "-m", "varde", "listen", "--flows", "udp://127.0.0.1:0", "--store", str(folder / "store")]
        with _started([*command, "--config", str(folder / "varde.toml")], folder / "said", {"HOME": place}) as process:
            port = int(_said(folder / "said", rb"flows on udp://\S+:([0-9]+)"))
            yield Running(process, port, folder / "store", folder / "said")


@contextlib.contextmanager
def nfcapd(*options: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        folder = Path(place, "flows")
        folder.mkdir()
        command = ["nfcapd", "-w", str(folder), "-b", "127.0.0.1", "-p", str(port), "-t", "3600", "-B", str(BUFFER), *options]
        with _started(command, Path(place, "said"), {}) as process:
            _said(Path(place, "said"), rb"Startup")
            yield Running(process, port, folder, Path(place, "said"))


@contextlib.contextmanager
def _started(command: list[str], said: Path, variables: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    with said.open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT | variables, cwd=ROOT)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()


def _said(path: Path, pattern: bytes) -> bytes:
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := re.search(pattern, path.read_bytes())):
        if time.monotonic() > end:
            raise AssertionError(f"{pattern!r} was not said: {path.read_text()}")
        time.sleep(0.05)
    return bytes(found[found.lastindex or 0])


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]
    return []


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"^Pss:\s+([0-9]+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
    return 0


def exporter(port: int, rate: float, seconds: float, flows: int = 0) -> "subprocess.Popen[bytes]":
    """The synthetic exporter as a process of its own; prints what it sent."""
    words = [str(word) for word in ("--port", port, "--rate", rate, "--seconds", seconds, "--flows", flows)]
    return subprocess.Popen([sys.executable, "-m", "bench.exporter", *words], stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=ROOT)


def load(running: Running, rate: float, seconds: float, flows: int = 0) -> Taken:
    """Send synthetic flows to a collector until all is sent; stop it, and say what it had cost."""
    sending = exporter(running.port, rate, seconds, flows)
    threading.Thread(target=_drain, args=(running.process,), daemon=True).start()
    memory = []
    while sending.poll() is None:
        memory.append(running.memory())
        time.sleep(1)
    assert sending.stdout is not None
    taken = Taken(Sent(**json.loads(sending.stdout.read())), memory=memory)
    running.stop()
    taken.cpu, taken.behind = running.cpu, running.behind
    return taken


def _drain(process: "subprocess.Popen[bytes]") -> None:
    """Read what a process prints, so that it never waits for us."""
    assert process.stdout is not None
    while process.stdout.read(65_536):
        pass


def varde_takes(lists: Path, rate: float, seconds: float, flows: int = 0) -> Taken:
    """Of Varde, with its lists."""
    with varde(lists) as running:
        taken = load(running, rate, seconds, flows)
        store = Store(running.folder)
        files = store.files("flows")
        taken.flows = sum(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item() for file in files)
        taken.octets = sum(Path(file).stat().st_size for file in files)
        losses = pl.concat(pl.read_parquet(file, hive_partitioning=False, glob=False) for file in store.files("losses"))
        taken.told, taken.dropped = int(losses["lost"].sum()), int(losses["dropped"].fill_null(0).sum())
    return taken


def nfcapd_takes(rate: float, seconds: float, flows: int = 0, *options: str) -> Taken:
    """Of nfcapd, which writes its files and does nothing else."""
    with nfcapd(*options) as running:
        taken = load(running, rate, seconds, flows)
        found = re.search(rb"Flows: ([0-9]+), .*Sequence Errors: ([0-9]+)", running.said.read_bytes())
        assert found, running.said.read_text()
        taken.flows, taken.told = int(found[1]), int(found[2])
        taken.octets = sum(path.stat().st_size for path in running.folder.glob("nfcapd.*"))
    return taken
