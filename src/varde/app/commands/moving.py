"""store export, store import: a store as one file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from varde.app.context import Context
from varde.app.output import octets, say, visible, written_whole
from varde.model import TABLES, VardeError, counted
from varde.store.archive import Moved, export_store, import_store


def export_command(context: Context, path: str, first: str | None, last: str | None) -> None:
    """Write an archive. Raises VardeError."""
    ends = (_day(first, "--since"), _day(last, "--until"))
    if ends[0] and ends[1] and ends[0] > ends[1]:
        raise VardeError(f"--since {first} is after --until {last}.")
    if path == "-" and sys.stdout.isatty():
        raise VardeError("an archive is nothing for a terminal. Send it to a file or a program: varde store export - | ssh other varde store import -")
    told = _Told(context)
    with written_whole(path) as out:
        moved = export_store(context.store, out, *ends, told=told)
    if not context.quiet:
        say(f"{visible(path)}: {_rows(moved)}, {octets(told.octets)}, and how far {counted(moved.sources, 'text')} were read")


def import_command(context: Context, path: str) -> None:
    """Add what is in an archive. Raises VardeError."""
    with _readable(path) as stream:
        moved = import_store(context.store, stream, _Told(context))
    if not context.quiet:
        left = f"; {counted(moved.known, 'row')} left out that the store has" if moved.known else ""
        say(f"{visible(path)}: {_rows(moved)} added{left}")


class _Told:
    """Says how far it is, at every gigabyte."""

    _STEP = 1_000_000_000

    def __init__(self, context: Context) -> None:
        self._quiet, self.octets, self._next = context.quiet, 0, self._STEP

    def __call__(self, name: str, octets_: int) -> None:
        self.octets += octets_
        if self.octets >= self._next and not self._quiet:
            say(f"{octets(self.octets)}, at {name}")
            self._next = self.octets + self._STEP


def _rows(moved: Moved) -> str:
    return ", ".join(counted(count, TABLES[table].one.replace("_", " "), table) for table, count in moved.rows.items()) or "no record"


def _day(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise VardeError(f"{option} {text}: write a day as 2026-11-20.") from error


@contextmanager
def _readable(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise VardeError(f"{path} cannot be read: {error.strerror}.") from error
