"""Writing for people and programs: progress on a terminal, text without control characters, files replaced whole."""

import contextlib
import errno
import json
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO, Any

from varde.model import VardeError, octets, visible

__all__ = ["asking", "octets", "print_json", "reading", "say", "visible", "write_output"]


def say(text: str) -> None:
    """A message for the person, on standard error. File names and lines in it are made visible."""
    # the terminal may be closed under us, and collecting goes on without somebody to read
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(visible(text) + "\n")
        sys.stderr.flush()


def kind_of_output(output: str | None, as_json: bool, kinds: Collection[str], default: str) -> str:
    """The one of `kinds` that -o and --json ask for; `default` where they do not say. Raises VardeError where they contradict."""
    suffix = Path(output).suffix.removeprefix(".").lower() if output not in (None, "-") else ""
    if as_json and suffix in kinds and suffix != "json":
        raise VardeError(f"--json writes JSON, and {output} is named as {suffix.upper()}: leave out --json, or end the name in .json")
    if as_json or output in (None, "-"):
        return "json" if as_json else default
    if suffix not in kinds:
        raise VardeError(f"cannot tell what to write from {output!r}: use a suffix of {', '.join('.' + name for name in kinds)}")
    return suffix


def write_json(document: Any, output: str | None) -> None:
    """One JSON document to a file, or to standard output."""
    if output in (None, "-"):
        print_json(document)
    else:
        write_output(str(output), (json.dumps(document, indent=1, default=str) + "\n").encode())


def print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=True, default=str) + "\n")


def write_output(path: str, content: bytes) -> None:
    """Write a whole file by renaming, or standard output for `-`. Raises VardeError when it cannot be written."""
    with written_whole(path) as file:
        file.write(content)


@contextlib.contextmanager
def written_whole(path: str) -> Iterator[IO[bytes]]:
    """A file that is there when all of it is written, and not at all where that fails; standard output for `-`.

    Raises VardeError when it cannot be written.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with put_in_place(path) as beside, beside.open("wb") as file:
        yield file


@contextlib.contextmanager
def put_in_place(path: str) -> Iterator[Path]:
    """Where to write what `path` becomes when all of it is there; where the block fails, nothing is left.

    A device or a pipe is written to as it is: a file must not take its place. Raises VardeError when it cannot be written.
    """
    target = Path(os.path.realpath(path))  # /dev/stdout is a link
    beside = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        _check_place(target)  # before the work
        if Path(path).exists() and not Path(path).is_file():
            yield Path(path)
            return
        yield beside
        beside.replace(target)
    except OSError as error:
        raise VardeError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _check_place(target: Path) -> None:
    for is_wrong, number in ((target.is_dir(), errno.EISDIR), (not target.parent.is_dir(), errno.ENOENT)):
        if is_wrong:
            raise OSError(number, os.strerror(number))


@contextlib.contextmanager
def reading(total: int, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """A progress bar over octets of text read, on a terminal only. `total` octets, 0 where nobody knows."""
    if quiet or not sys.stderr.isatty():
        yield lambda path, octets: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=total or None)
        done: dict[str, int] = {}

        def told(path: str, octets: int) -> None:
            done[path] = octets
            bar.update(task, completed=sum(done.values()), description=visible(Path(path).name)[-30:])

        yield told


SOON_SECONDS = 1.0
"""A question that is answered sooner needs no bar."""


@contextlib.contextmanager
def asking(progress: Callable[[], float | None]) -> Iterator[None]:
    """A progress bar beside a question that takes its time, on a terminal only. Questions of other threads are those of the page."""
    if not sys.stderr.isatty() or threading.current_thread() is not threading.main_thread():
        yield
        return
    done = threading.Event()
    shown = threading.Thread(target=_show, args=(progress, done), daemon=True)
    shown.start()
    try:
        yield
    finally:
        done.set()
        shown.join()


_BAR = threading.Lock()  # a terminal has room for one, and a question may be put while another is answered


def _show(progress: Callable[[], float | None], done: threading.Event) -> None:
    if not done.wait(SOON_SECONDS) and _BAR.acquire(blocking=False):
        try:
            _show_until(progress, done)
        finally:
            _BAR.release()


def _show_until(progress: Callable[[], float | None], done: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking the store", total=None)
        while not done.wait(0.2):
            if (share := progress()) is not None:
                bar.update(task, total=100, completed=share)
