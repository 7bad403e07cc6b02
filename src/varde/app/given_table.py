"""A table on standard input or in a file, told from a log before anything of it is lost to whoever reads the log."""

import io
import sys
from collections.abc import Callable
from typing import BinaryIO

from varde.model import VardeError

HEAD = 4096
"""Octets that tell a table from a log: its titles stand in the first lines."""


class _Again(io.RawIOBase):
    """A stream from its beginning, of which the head was read."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is wider than what io gives
        if self._head:
            piece, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            piece = self._rest.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def text_if(is_table: Callable[[bytes], bool], path: str, most: int) -> str | None:
    """The text of a table, of at most `most` octets; None for what is none, of which nothing is missing then. Raises VardeError."""
    return _of_input(is_table, most) if path == "-" else _of_file(is_table, path, most)


def _of_input(is_table: Callable[[bytes], bool], most: int) -> str | None:
    stream = sys.stdin.buffer
    head = stream.read(HEAD)  # all of it: the command before writes its lines when it has them
    if is_table(head):
        return (head + stream.read(most)).decode("utf-8", "replace")
    sys.stdin = io.TextIOWrapper(io.BufferedReader(_Again(head, stream)), "utf-8", "backslashreplace")
    return None


def _of_file(is_table: Callable[[bytes], bool], path: str, most: int) -> str | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a path as it was written
            if not file.seekable():
                return None
            head = file.read(HEAD)
            return (head + file.read(most)).decode("utf-8", "replace") if is_table(head) else None
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
