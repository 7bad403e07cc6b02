"""A child program, run quietly: a line that shows life while it works, the tail of its output when it fails."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL_LINES = 12
"""How much of a failed program's output is shown: enough for the reason, little enough to read."""
BEAT = 0.4
"""Seconds between two updates of the line on a terminal."""
SLOW_BEAT = 15.0
"""Seconds between two lines where nobody can rewrite one (a log file, a pipe)."""
LINE_WIDTH = 78


class SetupError(Exception):
    """The set-up cannot go on. The text is one sentence; `tail` is the end of the program's output."""

    def __init__(self, sentence: str, tail: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.tail = list(tail)


class MissingError(SetupError):
    """The program is not there."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path],
    title: str,
    *,
    env: Mapping[str, str],
    folder: Path | None = None,
    held: Sequence[int] = (),
) -> None:
    """Run `command` to its end. Raises MissingError, or SetupError with the tail of its output.

    `held` are open files the child keeps too: a lock stays locked until the last of them has ended.
    """
    lines: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        child = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=tuple(held),
        )
    except OSError as error:
        raise MissingError(f"{title}: {command[0]} cannot be started: {error.strerror}") from error
    with child:
        reader = threading.Thread(target=_read, args=(child, lines), daemon=True)
        reader.start()
        _watch(child, title, lines)
        reader.join()
    if child.returncode:
        raise SetupError(f"{title}: {Path(command[0]).name} ended with status {child.returncode}", lines)


def _read(child: subprocess.Popen[str], lines: deque[str]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        clean = "".join(c if c.isprintable() else " " for c in line).strip()
        if clean:
            lines.append(clean)


def _watch(child: subprocess.Popen[str], title: str, lines: deque[str]) -> None:
    terminal = sys.stderr.isatty()
    began = time.monotonic()
    try:
        while True:
            try:
                child.wait(BEAT if terminal else SLOW_BEAT)
                break
            except subprocess.TimeoutExpired:
                _beat(f"  {title}, {time.monotonic() - began:.0f} s", lines[-1] if lines else "", terminal)
    except BaseException:  # whatever ends us, Ctrl-C above all, ends the child too
        child.terminate()
        raise
    finally:
        if terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if not child.returncode:
        say(f"  {title}: done in {time.monotonic() - began:.0f} s")


def _beat(start: str, last: str, terminal: bool) -> None:
    line = f"{start}: {last}"[:LINE_WIDTH]
    if terminal:
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
    else:
        say(line)
