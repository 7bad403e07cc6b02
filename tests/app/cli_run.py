"""Runs the program as a person would, in a home of its own."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tests.material import environment


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    status: int
    out: str
    err: str


def varde(home: Path, *arguments: str | bytes, stdin: bytes = b"", runner: Sequence[str] = (), **more: str) -> Done:
    """Run to the end: as a process of its own behind a runner such as setpriv, else in this process, which has the libraries
    loaded already. No run may ever show a traceback."""
    if runner:
        run = subprocess.run([*runner, sys.executable, "-B", "-m", "varde", *arguments], input=stdin, capture_output=True, cwd=home,
                             env=environment(home, **more), timeout=60)  # fmt: skip
        status, output, errors = run.returncode, run.stdout, run.stderr
    else:
        status, output, errors = _run_here(home, arguments, stdin, environment(home, **more))
    out, err = output.decode(errors="surrogateescape"), errors.decode(errors="surrogateescape")
    assert "Traceback" not in err, err
    return Done(status, out, err)


def _run_here(home: Path, arguments: Sequence[str | bytes], stdin: bytes, surroundings: dict[str, str]) -> tuple[int, bytes, bytes]:
    """The program's main function with an environment, a folder and streams of its own."""
    from varde.app import main

    streams = [io.TextIOWrapper(io.BytesIO(stdin)), io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")]
    argv = ["varde", *map(os.fsdecode, arguments)]
    surrounded = mock.patch.dict(os.environ, surroundings, clear=True)
    with contextlib.chdir(home), surrounded, mock.patch.multiple(sys, argv=argv, stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        try:
            main()
        except SystemExit as asked:
            status = asked.code
    for stream in streams[1:]:
        stream.flush()
    assert isinstance(status, int)
    return status, *(stream.buffer.getvalue() for stream in streams[1:])  # type: ignore[attr-defined, return-value]


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
