"""Files that grow: read on when they do, through rotation (a new file of the same name) and truncation.

Between two looks a log may be rotated twice, and while nothing runs as often as it likes: what was written to the generations between stands
beside it under other names, and is read from there."""

import io
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from varde.collect.identity import Chain
from varde.collect.importer import Importer, sensor_of
from varde.collect.rotated import Seen
from varde.collect.summary import Summary
from varde.collect.text import Text
from varde.decode import LINE_MAX, Lines
from varde.decode.reader import Reader
from varde.intel import Geography
from varde.live import Writer
from varde.model import VardeError
from varde.store import OvertakenError, Progress

PIECE = 4 * 1024 * 1024
"""Octets taken from one file at a time, so that one busy file does not starve the others."""


@dataclass(slots=True)
class _Open:
    """A file being followed: what was read of it, and of the line that is not yet ended."""

    stream: BinaryIO
    seen: Seen
    summary: Summary
    chain: Chain
    writer: Writer
    reader: Reader
    begin: int
    "How far it was committed."
    end: int
    held: bytes = b""

    def text_from(self, offset: int) -> Text:
        """What was read of the file behind an offset; under its name another one may stand by now."""
        return Text(io.BytesIO(os.pread(self.stream.fileno(), self.end - offset, offset)))


@dataclass(slots=True)
class Follower:
    """Follows one path. Call `poll` a few times a second; it never blocks."""

    importer: Importer
    path: str
    last_error: str = ""
    totals: list[Summary] = field(default_factory=list)
    _open: _Open | None = None
    _left: tuple[int, int, int] | None = None
    "A file that could not be followed as it was."
    _seen: Seen | None = None
    "How far the path was read when a file was let go; None until one was begun."
    _unread: str = ""
    "What is wrong with generations that were missed."

    def poll(self) -> int:
        """Take what is new. Returns the number of lines; an error is kept in `last_error` and tried again later."""
        try:
            lines = self._poll()
        except (OSError, VardeError) as error:
            self.last_error = f"{self.path}: {error}"
            return 0
        self.last_error = self._unread
        return lines

    def place(self, geography: Geography) -> None:
        """Records from now on are placed by this."""
        self.importer = replace(self.importer, geography=geography)
        if self._open is not None:
            self._open.writer.geography = geography

    def close(self) -> None:
        """Commit what waits and let go of the file."""
        if self._open is not None:
            self._commit(self._open)
            self._open.stream.close()
            self._seen, self._open = self._open.seen, None

    def _poll(self) -> int:
        if self._open is None:
            if not Path(self.path).is_file():
                raise VardeError("no such file yet; it is followed when it appears")
            if _signature(self.path) == self._left or not _has_first_line(self.path):
                return 0
            self._open = self._start()
        opened = self._open
        if opened is None:
            return 0
        if opened.writer.is_due():
            self._commit(opened)  # before more is read: while the disk refuses, no more than this waits in memory
        lines = self._read(opened)
        if lines == 0 and self._is_replaced(opened):
            lines = self._finish(opened)
            self.close()
        return lines

    def _finish(self, opened: _Open) -> int:
        """Take what was written before the file was replaced, and the line that nobody will end any more."""
        lines = 0
        while opened.stream.tell() < os.fstat(opened.stream.fileno()).st_size:
            lines += self._read(opened)
        is_cut = Path(self.path).stat().st_ino == opened.seen.inode
        if not (is_cut and opened.seen.missed(self.path, opened.seen.inode)):  # else the copy has the whole of it
            lines += self._take(opened, opened.held)
        opened.held = b""
        return lines

    def _start(self) -> _Open | None:
        """Import what is there, then stand at its end; None where it was rotated away meanwhile. Generations that were missed come first."""
        stream = Path(self.path).open("rb")  # noqa: SIM115 - stays open for as long as the file is followed
        try:
            opened = self._begun(stream)
        except (OSError, VardeError):
            stream.close()
            raise
        if opened is None:
            stream.close()
        return opened

    def _begun(self, stream: BinaryIO) -> _Open | None:
        there = Seen.of(os.fstat(stream.fileno()))
        self._seen = self._seen or Seen.noted(self.importer.store.facts, self.path) or there
        self._take_missed(self._seen.missed(self.path, there.inode))
        summary = self.importer.read(self.path)
        self.totals.append(summary)
        if Path(self.path).stat().st_ino != there.inode:
            return None  # perhaps another file was read than was opened; that one is missed by now
        fact = self.importer.store.facts.get(f"sources/{summary.source}")
        begin = fact["chain"]["length"] if fact else 0
        chain = Chain()
        while chain.length < begin and (piece := stream.read(min(PIECE, begin - chain.length))):
            chain.update(piece)
        if fact and chain.state() != fact["chain"]:
            self._left = _signature(self.path)
            raise VardeError("is compressed, a shorter copy of what was read before, or changed meanwhile; read again when it changes")
        writer = Writer(self.importer.store, self.importer.geography, list(self.importer.watchers))
        there.note(self.importer.store.facts, self.path)
        return _Open(stream, there, summary, chain, writer, Reader(self.importer.dialects), chain.length, chain.length)

    def _take_missed(self, generations: list[str]) -> None:
        """Read what was written to other generations. One that must not be read does not keep the rest from being followed."""
        generation = replace(self.importer, sensor=self.importer.sensor or sensor_of(self.path), is_final=True)
        closed = [name for name in generations if not os.access(name, os.R_OK)]
        self._unread = f"{', '.join(closed)}: may not be read, and may hold lines that nobody has read" if closed else ""
        for name in generations:
            if name not in closed:
                self.totals.append(generation.read(name))

    def _read(self, opened: _Open) -> int:
        seen = Seen.of(os.fstat(opened.stream.fileno()))
        piece = opened.stream.read(PIECE)
        if not piece:
            return 0
        opened.seen = seen
        text = opened.held + piece
        cut = text.rfind(b"\n") + 1
        opened.held = text[cut:]
        if len(opened.held) > LINE_MAX:
            # an endless line: its beginning goes to the decoder, which rejects it for its length
            cut, opened.held = len(text), b""
        return self._take(opened, text[:cut])

    def _take(self, opened: _Open, text: bytes) -> int:
        """Decode whole lines. Returns their number."""
        if not text:
            return 0
        opened.summary.reference = time.time_ns() // 1000
        lines = Lines.of(text, opened.end)
        origin = self.importer.origin(opened.summary)
        decoded = opened.reader.read(lines, origin)
        opened.chain.update(text)
        opened.end += len(text)
        opened.writer.add(decoded, origin)
        opened.summary.add(decoded)
        return len(lines)

    def _commit(self, opened: _Open) -> None:
        try:
            opened.writer.commit(Progress(opened.summary.source, opened.end, opened.begin))
        except OvertakenError as other:
            opened.writer.committed()
            self.importer.recount(opened.text_from).write(self.importer.origin(opened.summary), other.done, opened.end)
        opened.begin = opened.end
        fact = {"path": self.path, "sensor": opened.summary.sensor, "chain": opened.chain.state()}
        self.importer.store.facts.put(f"sources/{opened.summary.source}", fact)
        opened.seen.note(self.importer.store.facts, self.path)

    def _is_replaced(self, opened: _Open) -> bool:
        """Whether the name now belongs to another file, or the file was cut short."""
        try:
            now = Path(self.path).stat()
        except FileNotFoundError:
            return False  # renamed away, and the new one is not there yet
        return now.st_ino != opened.seen.inode or now.st_size < opened.stream.tell()


def _has_first_line(path: str) -> bool:
    """A text is known by its first line, so nothing is begun before that is whole."""
    with Path(path).open("rb") as file:
        head = file.read(LINE_MAX)
    return b"\n" in head or len(head) == LINE_MAX


def _signature(path: str) -> tuple[int, int, int]:
    """Changes when a file does."""
    now = Path(path).stat()
    return now.st_ino, now.st_size, now.st_mtime_ns
