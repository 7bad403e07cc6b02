"""Runs the program as a person would, in a home of its own."""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from material import environment


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    status: int
    out: str
    err: str


def varde(home: Path, *arguments: str | bytes, stdin: bytes = b"", timeout: float = 60, runner: Sequence[str] = (), **more: str) -> Done:
    """Run to the end. No run may ever show a traceback."""
    if runner:
        run = subprocess.run([*runner, sys.executable, "-B", "-m", "varde", *arguments], input=stdin, capture_output=True, cwd=home,
                             env=environment(home, **more), timeout=timeout)  # fmt: skip
        status, output, errors = run.returncode, run.stdout, run.stderr
    else:
        status, output, errors = _warm(home, arguments, stdin, timeout, environment(home, **more))
    out, err = output.decode(errors="surrogateescape"), errors.decode(errors="surrogateescape")
    assert "Traceback" not in err, err
    return Done(status, out, err)


_NURSERY = """
import importlib, json, os, runpy, sys, time
sys.argv = ["varde"]
for name in ("polars", "deltalake", "ibis", "duckdb", "matplotlib.backends.backend_agg", "matplotlib.figure", "pydantic", "zstandard",
             "varde.app.context", "varde.app.commands.files", "varde.app.commands.fireplot", "varde.app.commands.store"):
    importlib.import_module(name)
print("ready", flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if not os.fork():
        os.chdir(job["cwd"])
        os.environ.clear()
        os.environ.update(job["environment"])
        time.tzset()
        for number, (path, flags) in enumerate(zip(job["files"], (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY))):
            os.dup2(os.open(path, flags), number)
        sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")
        sys.stdout = open(1, "w", encoding="utf-8")
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace")
        sys.argv = ["varde", *(os.fsdecode(bytes.fromhex(word)) for word in job["words"])]
        from varde.app.cli import main
        main()
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""A child that has imported the heavy libraries and used none of them: each run is a fork of it, a process of its own like any
other but ready in a hundredth of the time. How long a cold start takes is for benchmarks."""

_nursery: list["subprocess.Popen[bytes]"] = []


def _warm(home: Path, words: Sequence[str | bytes], stdin: bytes, timeout: float, surroundings: dict[str, str]) -> tuple[int, bytes, bytes]:
    if not _nursery:
        child = subprocess.Popen([sys.executable, "-B", "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(home))
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        atexit.register(child.kill)
        _nursery.append(child)
    child = _nursery[0]
    assert child.stdin is not None
    assert child.stdout is not None
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("in", "out", "err")]
        for file, content in zip(files, (stdin, b"", b""), strict=True):
            file.write_bytes(content)
        job = {"cwd": str(home), "environment": surroundings, "files": [str(file) for file in files], "words": [os.fsencode(word).hex() for word in words]}
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.flush()
        ready, _, _ = select.select([child.stdout], [], [], timeout)
        if not ready:
            child.kill()
            _nursery.clear()
            raise AssertionError(f"varde {words!r} did not end in {timeout} s")
        return int(child.stdout.readline()), files[1].read_bytes(), files[2].read_bytes()


def refused(home: Path, *arguments: str | bytes, **more: object) -> str:
    """Run what must be refused with status 2; answers the one sentence on standard error."""
    done = varde(home, *arguments, **more)  # type: ignore[arg-type]
    assert done.status == 2, (done.status, done.err)
    assert done.out == ""
    sentences = [line for line in done.err.splitlines() if line.startswith(("varde: ", "Error: "))]
    assert len(sentences) == 1, done.err
    return sentences[0]


class Up:
    """A running `varde up` (or `listen`), and what it says."""

    def __init__(self, home: Path, *arguments: str, command: str = "up", **more: str) -> None:
        self._log = home / f"said-{time.monotonic_ns()}"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-B", "-m", "varde", command, *arguments], stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                                            cwd=home, env=environment(home, **more))  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float = 30) -> str:
        """The line that has these words, as soon as it is said."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = next((line for line in self.said.splitlines() if words in line), None)
            if found is not None:
                return found
            assert self.process.poll() is None, self.said
            time.sleep(0.03)
        raise AssertionError(f"{words!r} was not said in {seconds} s: {self.said}")

    def port(self, words: str) -> int:
        return int(self.wait_for(words).split()[-1].split("/?")[0].rpartition(":")[2])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; answers its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(40)
        finally:
            if self.process.poll() is None:
                self.process.kill()

    def __enter__(self) -> "Up":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def as_nobody(*folders: Path) -> list[str]:
    """How to run without root's rights; opens the way to the folders. Empty where we have none."""
    if os.geteuid():
        return []
    for folder in folders:
        for parent in (folder, *folder.parents[:-2]):
            parent.chmod(parent.stat().st_mode | 0o055)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
