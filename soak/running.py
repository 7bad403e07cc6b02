"""Varde's processes, started, listened to and killed by the soak."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from material import ROOT, environment


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of the loopback that nobody has now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child and what it says, which goes to a file."""

    def __init__(self, home: Path, *arguments: str, **more: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        surroundings = environment(home, **more)
        surroundings["PYTHONPATH"] += f":{ROOT}"
        self._log = home / f"said-{time.monotonic_ns()}"
        self.began = time.monotonic()
        with self._log.open("wb") as log:
            self._child = subprocess.Popen([sys.executable, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, env=surroundings)
        atexit.register(self._child.kill)  # however the soak ends, nothing of it goes on; of a child that has ended it does nothing

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def runs(self) -> bool:
        return self._child.poll() is None

    def wait_for(self, words: str, seconds: float = 60.0) -> float:
        """Seconds from the start until it said these words. Raises RuntimeError where it does not."""
        while words not in self.said:
            if not self.runs or time.monotonic() > self.began + seconds:
                raise RuntimeError(f"{words!r} was not said in {time.monotonic() - self.began:.1f} s: {self.said[-2000:]}")
            time.sleep(0.01)
        return time.monotonic() - self.began

    def wait(self, seconds: float) -> int | None:
        """Its exit status; None where it still runs after that time."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self, number: int = signal.SIGTERM, seconds: float = 60.0) -> int:
        """Signal it and wait; what does not end is killed."""
        if self.runs:
            self._child.send_signal(number)
        status = self.wait(seconds)
        if status is None:
            self._child.kill()
            status = self._child.wait()
        return status

    def children(self) -> list[int]:
        found: list[int] = []
        for task in Path(f"/proc/{self.pid}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
        return found

    def processor(self) -> float:
        """Seconds of processor time so far (proc(5))."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def own(self) -> float:
        """MB of memory in use, without pages of files, which the system takes back when it likes; 0.0 where it is gone."""
        return _resident(self.pid)

    def resident(self) -> float:
        """The same with that of its children."""
        return sum(_resident(pid) for pid in (self.pid, *self.children()))


def _resident(pid: int) -> float:
    """Anonymous and shared memory of a process (proc(5), status)."""
    try:
        told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return sum(int(told[name].split()[0]) for name in ("RssAnon", "RssShmem")) * 1024 / 1e6
    except (OSError, KeyError, ValueError):
        return 0.0
