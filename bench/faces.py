"""Calls that monitoring makes every few seconds: wall clock of the whole process, beside one that does nothing."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Result, Run, child, python
from varde.faces import STEP_SECONDS, Labels, Ring, board_of, write_board
from varde.faces.told import write_told
from varde.faces.writing import RING_SECONDS
from varde.model.panels import LINES_MAX, PANELS

JOB = "calls of monitoring"
TIMES = 15
CALLS = ("munin config logins", "munin fetch logins", "munin fetch all")

ROUND_SECONDS = 300
"""Between two rounds of a Munin master: what a call has to tell."""


def run(*, small: bool) -> list[Result]:
    """Median of the calls, of a board that is as full as it gets: six hours of curves, forty lines of each panel that has so many."""
    with tempfile.TemporaryDirectory() as folder:
        _board(Path(folder))
        times = 3 if small else TIMES
        nothing = _median([python("pass") for _ in range(times)])
        told = [Result(JOB, "`python -c pass`", f"{nothing:.0f} ms wall clock")]
        for words in CALLS:
            runs = [_call(words, folder) for _ in range(times + 1)][1:]
            taken = _median(runs)
            told.append(Result(JOB, f"`varde {words}`, {runs[-1].output.count('.value ')} values", f"{taken:.0f} ms wall clock", f"{taken - nothing:.0f} ms beside it"))
        return told


def _call(words: str, folder: str) -> Run:
    begin = int(time.time()) - ROUND_SECONDS
    write_told(Path(folder, f"varde_{words.split()[-1]}-"), {panel.id: begin for panel in PANELS})
    command = [sys.executable, "-P", "-m", "varde", *words.split(), "--store", folder]
    return child(command, MUNIN_PLUGSTATE=folder, MUNIN_CAP_MULTIGRAPH="1")


def _median(runs: list[Run]) -> float:
    return statistics.median(run.wall for run in runs) * 1000


def _board(store: Path) -> None:
    now, ring = time.time(), Ring()
    for second in range(int(now) - RING_SECONDS, int(now) + 1, STEP_SECONDS):
        ring.put(second, samples := _samples(second))
    write_board(board_of(store), {"written": f"{now:.3f}", "version": "0", "host": "bench"}, {}, samples, ring)


def _samples(second: int) -> dict[str, dict[Labels, float]]:
    """Synthetic."""
    names = [f"n{number}" for number in range(LINES_MAX)]
    return {
        "varde_logins_total": {(("outcome", "failed"),): float(second), (("outcome", "accepted"),): 1.0},
        "varde_port_probes_total": {(("port", name),): float(second) for name in names},
        "varde_alerts_total": {(("feed", name),): float(second) for name in names},
        "varde_list_age_seconds": {(("list", name),): float(second % 600) for name in names},
    }
