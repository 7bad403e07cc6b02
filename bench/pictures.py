"""Stored probes to a Fireplot."""

import tempfile
from pathlib import Path

from bench.measure import Result, python, synthetic_file

PROBES = 10_000_000

_MAIN = "from varde.app import main; main()"


def run(*, small: bool) -> list[Result]:
    """Import once, then draw the day through the command line, start-up included."""
    count = PROBES // 10 if small else PROBES
    with tempfile.TemporaryDirectory() as folder:
        path = synthetic_file(Path(folder), "mikrotik", count)
        python(_MAIN, "read", "--quiet", "--store", f"{folder}/store", str(path), "--tz", "UTC")
        drawn = python(_MAIN, "fireplot", "--quiet", "--store", f"{folder}/store", "--since", "2026-11-20", "--until", "2027-01-01", "--tz", "UTC",
                       "-o", f"{folder}/plot.png")  # fmt: skip
        helped = python(_MAIN, "--help")
    return [
        Result("store to PNG", f"{count / 1e6:g} M stored probes, whole command", f"{drawn.wall:.1f} s wall clock", f"{drawn.memory / 1e6:,.0f} MB"),
        Result("start-up", "varde --help", f"{helped.wall:.2f} s wall clock"),
    ]
