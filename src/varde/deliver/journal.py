"""What is to be delivered, on disk before anything is sent: one file that grows, read by each sink at its own pace.

    journal/  lock                        one process writes
              00000000000000000001.jsonl  segments, named by the number of their first warning; one warning a line
              NAME.cursor                 the number of the last warning that sink NAME has delivered

An append is on disk (fsync) before it returns; what a killed process had not delivered is delivered by the next. A cursor is
moved after delivery, so after a crash the last warnings may come twice and never not at all. When the disk is full they
wait in memory. The oldest are dropped, and counted, when there is too much of them.
"""

import fcntl
import json
import os
import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from varde.model import VardeError

Row = dict[str, Any]

SEGMENT_OCTETS = 1024 * 1024
"""Of a file of the journal: what is delivered goes a file at a time."""

JOURNAL_OCTETS = 64 * 1024 * 1024
"""Of all files: more than an hour of ten warnings a second, of a kilobyte each."""

MEMORY_ROWS = 10_000
"""Warnings kept in memory too: sinks that keep up never read the disk, and these wait there while it is full."""

BUSY_MAX = 16
"""Processes that may deliver from one store at once, each with a journal of its own."""


@dataclass(slots=True)
class _Segment:
    path: Path
    first: int
    after: int
    "One more than the number of its last warning."
    octets: int


class Journal:
    """Warnings numbered from 1, and how far each reader is. Safe for one writer and any number of readers in threads.

    Raises VardeError where the folder cannot be made or is another process's."""

    def __init__(self, folder: Path, *, octets: int = JOURNAL_OCTETS, segment: int = SEGMENT_OCTETS, memory: int = MEMORY_ROWS) -> None:
        self.folder = folder
        self.dropped: Counter[str] = Counter()
        "By reader: warnings that it never saw because there were too many."
        self.error = ""
        "Why the last append is in memory only."
        self._octets, self._segment_octets, self._memory = octets, segment, memory
        self._changed = threading.Condition()
        self._lock = _locked(folder)
        self._cursors = {path.stem: _number_in(path) for path in folder.glob("*.cursor")}
        self._readers: set[str] = set()
        found = [_opened(path) for path in sorted(folder.glob("*.jsonl"))]
        self._segments = [segment for segment in found if segment.octets]
        self._end = max([1, *(segment.after for segment in self._segments), *(number + 1 for number in self._cursors.values())])
        self._recent: deque[tuple[int, bytes]] = deque()
        self._stored = self._end
        "One more than the number of the last warning that is on disk."
        self._file: IO[bytes] | None = None

    def join(self, reader: str) -> None:
        """Begin to read, where this reader ended last; a new one begins with what comes next."""
        with self._changed:
            self._readers.add(reader)
            if reader not in self._cursors:
                self._cursors[reader] = self._end - 1
                self._keep(reader)

    def append(self, rows: Sequence[Row]) -> None:
        """Add warnings; they are on disk when this returns, or `error` says why not and they wait in memory."""
        with self._changed:
            for row in rows:
                self._recent.append((self._end, json.dumps(row, default=str).encode() + b"\n"))
                self._end += 1
            self._store()
            self._forget()
            self._changed.notify_all()

    def read(self, reader: str, most: int) -> tuple[list[Row], int]:
        """At most so many warnings that the reader has not delivered, and the number to say when they are.

        Raises OSError where the disk cannot be read."""
        with self._changed:
            begin = self._next(self._cursors[reader] + 1)
            self.dropped[reader] += begin - 1 - self._cursors[reader]
            self._cursors[reader] = begin - 1
            lines = self._remembered(begin, most) if self._recent and self._recent[0][0] <= begin else self._read(begin, most)
        rows = [row for _, line in lines if (row := _row(line)) is not None]
        return rows, lines[-1][0] if lines else begin - 1

    def delivered(self, reader: str, number: int) -> None:
        """All up to this number were delivered. Where that cannot be written it counts until the next start."""
        with self._changed:
            self._cursors[reader] = max(number, self._cursors[reader])
            self._tidy()
            self._keep(reader)

    def waiting(self, reader: str) -> int:
        """How many warnings a reader has before it; none before it has joined for the first time."""
        return self._end - 1 - self._cursors.get(reader, self._end - 1)

    def wait(self, reader: str, seconds: float) -> bool:
        """Wait until there is something to read, at most so long."""
        with self._changed:
            return self._changed.wait_for(lambda: self.waiting(reader) > 0, seconds)

    def wake(self) -> None:
        """End the waiting of all readers."""
        with self._changed:
            self._changed.notify_all()

    @property
    def room(self) -> int:
        """Octets that it may take; the oldest are dropped before it takes more."""
        return self._octets

    def octets(self) -> int:
        """On disk."""
        return sum(segment.octets for segment in self._segments)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        os.close(self._lock)

    def _keep(self, reader: str) -> None:
        try:
            _write_number(self.folder / f"{reader}.cursor", self._cursors[reader])
        except OSError as error:
            self.error = _cannot(self.folder, error)

    def _next(self, number: int) -> int:
        """The first number from this one on that is still there: too much of what is before it was waiting."""
        kept = [segment.first for segment in self._segments if segment.after > max(number, segment.first)]
        kept += [self._recent[0][0]] if self._recent else []
        there = [max(first, number) for first in kept]
        return min(there, default=self._end)

    def _remembered(self, begin: int, most: int) -> list[tuple[int, bytes]]:
        return list(islice(self._recent, begin - self._recent[0][0], begin - self._recent[0][0] + most))

    def _read(self, begin: int, most: int) -> list[tuple[int, bytes]]:
        """From the one segment that has it. Raises OSError where it cannot be read."""
        segment = next((each for each in self._segments if each.first <= begin < each.after), None)
        if segment is None:
            return []
        with segment.path.open("rb") as file:
            return list(enumerate(islice(file, begin - segment.first, begin - segment.first + most), begin))

    def _store(self) -> None:
        """Write what is only in memory. A part that was written when the disk filled up is taken back."""
        new = [(number, line) for number, line in self._recent if number >= self._stored]
        if not new:
            return
        try:
            segment = self._open_segment(new[0][0])
            assert self._file is not None
            text = b"".join(line for _, line in new)
            _write_all(self._file.fileno(), text, segment.octets)
            segment.octets += len(text)
            segment.after = self._stored = new[-1][0] + 1
            self.error = ""
        except OSError as error:
            self.error = _cannot(self.folder, error)

    def _open_segment(self, number: int) -> _Segment:
        """The segment that takes this number, a new one where the last is full or ends before it."""
        last = self._segments[-1] if self._segments else None
        if last and self._file and last.after == number and last.octets < self._segment_octets:
            return last
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{number:020d}.jsonl"
        file = path.open("ab", buffering=0)  # open for as long as it grows
        if self._file is not None:
            self._file.close()
        self._file = file
        _sync_folder(self.folder)
        self._segments.append(_Segment(path, number, number, 0))
        return self._segments[-1]

    def _forget(self) -> None:
        """Keep memory and disk bounded; a reader that had not read what goes finds out when it reads."""
        while len(self._recent) > self._memory:
            self._recent.popleft()
        while len(self._segments) > 1 and self.octets() > self._octets:
            self._segments.pop(0).path.unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove segments that all readers have read."""
        least = min((self._cursors[reader] for reader in self._readers), default=0)
        while self._segments and self._segments[0].after <= least + 1 and (len(self._segments) > 1 or self._is_full(self._segments[0])):
            if len(self._segments) == 1 and self._file is not None:
                self._file.close()
                self._file = None
            self._segments.pop(0).path.unlink(missing_ok=True)

    def _is_full(self, segment: _Segment) -> bool:
        return segment.octets >= self._segment_octets


def open_journal(folder: Path, **bounds: int) -> Journal:
    """The first journal in a folder that no other process has. Raises VardeError where all are taken."""
    for number in range(BUSY_MAX):
        try:
            return Journal(folder / str(number), **bounds)
        except BlockingIOError:
            continue
    raise VardeError(f"{BUSY_MAX} processes deliver warnings from {folder} already. Stop one of them.")


def _locked(folder: Path) -> int:
    """Raises BlockingIOError where another process has it, VardeError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise VardeError(f"cannot keep warnings in {folder}: {(error.strerror or str(error)).lower()}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


def _opened(path: Path) -> _Segment:
    """A segment as a process before left it: what follows its last line feed was never said to be stored, and is cut off."""
    with path.open("r+b") as file:
        text = file.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            file.truncate(whole)
    first = int(path.stem) if path.stem.isdecimal() else 0
    return _Segment(path, first, first + text.count(b"\n"), whole)


def _write_all(descriptor: int, text: bytes, begin: int) -> None:
    """Write and sync; what a full disk cut is taken back. Raises OSError."""
    try:
        view = memoryview(text)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, begin)
        raise


def _row(line: bytes) -> Row | None:
    """None for a line that a damaged disk changed."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _number_in(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _write_number(path: Path, number: int) -> None:
    """Always as many digits, in place: a full disk takes it. Not synced: an older number only means that some come again."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.pwrite(descriptor, f"{number:020d}".encode(), 0)
    finally:
        os.close(descriptor)


def _cannot(folder: Path, error: OSError) -> str:
    return f"cannot write to {folder}: {(error.strerror or str(error)).lower()}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
