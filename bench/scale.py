"""Several collectors on one store: how many flows they commit together, and how often two of them commit at the same moment.

Each is a process that commits batches as a collector does, of as many flows as it holds at most, one after another without a pause:
the store is what is measured, not the decoding before it. Processes share this machine's cores and disk."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from deltalake import DeltaTable

import varde.store.store as store_module
from bench.measure import ENVIRONMENT, ROOT, Result
from bench.questions import _made
from varde.model import FLOWS
from varde.store import Store

COLLECTORS = (1, 2, 4)
SECONDS = 30.0
BATCH = 100_000
"""Flows at which a collector commits."""

BEYOND = (8, 16)
"""Numbers of collectors that the fitted line is drawn on to; nobody measured them."""

JOB = "collectors on one store"


@dataclass(frozen=True, slots=True)
class Point:
    """What so many collectors did together. `behind` is how often a commit found that others had come first and went behind them,
    `refused` how often it had to begin anew."""

    collectors: int
    seconds: float
    commits: int
    behind: int
    refused: int

    @property
    def rate(self) -> float:
        """Flows a second."""
        return self.commits * BATCH / self.seconds

    @property
    def conflicts(self) -> float:
        """For each commit."""
        return (self.behind + self.refused) / self.commits if self.commits else 0.0


class _Telling(Store):
    """A store whose commits have marks of their own, NUMBER-TRY, and that remembers which version of the table each was made for."""

    def __init__(self, path: Path, number: int) -> None:
        super().__init__(path)
        self.seen: dict[str, int] = {}
        self.refused = 0
        self._number = number

    def _commit(self, table: str, delta: DeltaTable | None, rows: Any, progress: Any) -> bool:
        mark = f"{self._number}-{len(self.seen)}"
        self.seen[mark] = delta.version() if delta else -1
        store_module.uuid4 = lambda: SimpleNamespace(hex=mark)  # type: ignore[assignment, return-value]
        done = super()._commit(table, delta, rows, progress)
        self.refused += not done
        return done


def _behind(folder: Path, seen: dict[str, int]) -> int:
    """How many commits of others stand between what each commit was made for and its own place in the log."""
    places: dict[str, int] = {}
    for path in (folder / FLOWS.name / "_delta_log").glob("*.json"):
        told = [json.loads(line).get("commitInfo", {}).get("varde.commit") for line in path.read_text().splitlines()]
        places |= {mark: int(path.stem) for mark in told if mark}
    return sum(places[mark] - version - 1 for mark, version in seen.items() if mark in places)


def run(*, small: bool) -> list[Result]:
    """Rates of flows committed by one, two and four processes, and a line through them."""
    points = [measured(number, SECONDS / 10 if small else SECONDS) for number in COLLECTORS]
    rows = [Result(JOB, f"{p.collectors} committing {BATCH:,} flows at a time", f"{p.rate / 1e6:.2f} M flows/s",
                   f"{p.conflicts:.2f} conflicts a commit ({p.commits} commits, {p.refused} begun anew)") for p in points]  # fmt: skip
    return [*rows, _line(points)]


def _line(points: list[Point]) -> Result:
    slope, base, error = fitted([(p.collectors, p.rate) for p in points])
    told = ", ".join(f"{number}: {(base + slope * number) / 1e6:.2f} M" for number in BEYOND)
    return Result(JOB, "line through the three", f"{base / 1e6:.2f} M + {slope / 1e6:.2f} M for each; off by {error / 1e6:.2f} M flows/s (root mean square)",
                  f"extrapolated, not measured: {told} flows/s")  # fmt: skip


def fitted(points: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Slope and base of the line of least squares, and how far the points are off it (root mean square)."""
    x, y = np.array(points, dtype=np.float64).T
    slope, base = np.polyfit(x, y, 1)
    return float(slope), float(base), float(np.sqrt(np.mean((y - (base + slope * x)) ** 2)))


def measured(collectors: int, seconds: float) -> Point:
    """Let so many processes commit to a new store for some time."""
    with tempfile.TemporaryDirectory() as folder:
        Store(Path(folder)).append(FLOWS.name, _made(1000, 0))
        words = [sys.executable, "-m", "bench.scale", folder, str(seconds)]
        all_ = [subprocess.Popen([*words, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=ROOT) for number in range(collectors)]
        try:
            for process in all_:
                _told(process)  # it has made its flows
            for process in all_:
                _go(process)
            done = [json.loads(_told(process)) for process in all_]
        finally:
            for process in all_:
                process.kill()
                process.wait()
        behind = _behind(Path(folder), {mark: version for one in done for mark, version in one["seen"].items()})
    return Point(collectors, max(one["seconds"] for one in done), sum(one["commits"] for one in done), behind, sum(one["refused"] for one in done))


def _told(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None
    if not (line := process.stdout.readline()):
        raise RuntimeError("a collector ended before it had told what it did")
    return line


def _go(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def _collect(folder: str, seconds: float, number: int) -> None:
    """One of the processes."""
    store, batch, commits = _Telling(Path(folder), number), _made(BATCH, number * BATCH), 0
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    while (lasted := time.monotonic() - began) < seconds:
        store.append(FLOWS.name, batch)
        commits += 1
    print(json.dumps({"seconds": lasted, "commits": commits, "seen": store.seen, "refused": store.refused}), flush=True)


if __name__ == "__main__":
    _collect(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
