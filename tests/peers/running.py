"""A `varde up` in a process of its own, as a person starts it, on free ports of the loopback."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0  # imports on a busy small machine
PATIENCE = 20_000
"""Milliseconds that a browser waits for what should come at once: a busy small machine takes its time. How soon it comes is
measured by the benchmark `senders`."""


@dataclass
class Running:
    """The process, what it said, and where it listens."""

    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self._address(r"page at (\S+)")

    def port(self, scheme: str) -> int:
        return int(self._address(rf"listening for syslog on {scheme}://\S+:([0-9]+)"))

    def _address(self, pattern: str) -> str:
        found = next((m for line in self.said if (m := re.search(pattern, line))), None)
        assert found, f"no {pattern} in {self.said}"
        return found[1]

    def flow_port(self, scheme: str = "udp") -> int:
        return int(self._address(rf"listening for flows on {scheme}://\S+:([0-9]+)"))

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/api/{path}", timeout=20) as answer:
            return json.load(answer)

    def live(self) -> "Live":
        return Live(f"{self.url}/api/live")


class Live:
    """Server-sent events, with the moment at which each came."""

    def __init__(self, url: str) -> None:
        self.points: list[tuple[float, list[Any]]] = []
        self.warnings: list[dict[str, Any]] = []
        self._ready = threading.Event()
        threading.Thread(target=self._read, args=(url,), daemon=True).start()
        assert self._ready.wait(20), "the stream did not open"

    def _read(self, url: str) -> None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=60) as answer:
            self._ready.set()
            for line in answer:
                if line.startswith(b"data: "):
                    now, data = time.monotonic(), json.loads(line[6:])
                    self.points += [(now, point) for point in data.get("points", [])]
                    self.warnings += [row for row in data.get("rows", []) if "line" in row]

    def ports(self) -> list[int]:
        return [port for _, (_, _, port, count) in self.points for _ in range(count)]


@contextlib.contextmanager
def up(folder: Path, *arguments: str, listen: tuple[str, ...] = ("udp://[::]:0", "tcp://[::]:0")) -> Iterator[Running]:
    """Start, wait until it serves, and stop it again."""
    switches = [word for address in listen for word in ("--listen", address)]
    command = [sys.executable, "-m", "varde", "up", *arguments, "--store", str(folder / "store"), "--web", "127.0.0.1:0", *switches]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(folder), "TZ": "UTC"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment, cwd=folder)
    running = Running(process)
    reader = threading.Thread(target=_listen_to, args=(process, running.said), daemon=True)
    reader.start()
    try:
        wait_for(lambda: any("page at" in line for line in running.said) or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, running.said
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _listen_to(process: "subprocess.Popen[str]", said: list[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)  # noqa: PERF402 - one at a time, because others read the list meanwhile


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Return when the condition holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.05)
