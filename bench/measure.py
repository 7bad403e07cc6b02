"""CPU time and memory of a child process, and where the test data comes from."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src"), "POLARS_MAX_THREADS": os.environ.get("POLARS_MAX_THREADS", "2")}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is not compiled anew at each start


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the page."""

    job: str
    what: str
    figure: str
    ratio: str = ""

    def line(self) -> str:
        return f"{self.job}: {self.what}: {self.figure} {self.ratio}"


@dataclass(frozen=True, slots=True)
class Run:
    """What a child process used: CPU and wall seconds, largest resident size in octets, and what it printed."""

    cpu: float
    wall: float
    memory: int
    output: str


_WATCH = """
import json, os, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(int(sys.argv[1]), json.dumps([code, used.ru_utime + used.ru_stime, time.monotonic() - started, used.ru_maxrss * 1024]).encode())
"""
"""A small process between: Linux counts to a child what the process had that it was made by, and a benchmark has much."""


def child(command: list[str], **environment: str) -> Run:
    """Run a command to its end. Raises CalledProcessError when it fails."""
    told, tells = os.pipe()
    watched = [sys.executable, "-I", "-S", "-c", _WATCH, str(tells), *command]
    with subprocess.Popen(watched, stdout=subprocess.PIPE, env=ENVIRONMENT | environment, cwd=ROOT, pass_fds=[tells]) as process:
        os.close(tells)
        assert process.stdout is not None
        output = process.stdout.read().decode()
        with os.fdopen(told, "rb") as file:
            code, cpu, wall, memory = json.loads(file.read())
    if code:
        raise subprocess.CalledProcessError(code, command, output)
    return Run(cpu, wall, memory, output)


def python(code: str, *arguments: str, **environment: str) -> Run:
    return child([sys.executable, "-c", code, *arguments], **environment)


def synthetic_file(folder: Path, form: str, lines: int) -> Path:
    """A file of synthetic lines of one form; all of one day."""
    from varde.simulate import synthetic_lines

    path = folder / f"{form}-{lines}.log"
    with path.open("wb") as file:
        for block in synthetic_lines(form, lines, seed=1, start=datetime(2026, 11, 20, tzinfo=timezone.utc)):
            file.write(block)
    return path
