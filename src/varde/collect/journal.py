"""The kernel's lines in the systemd journal, read through journalctl(1), each once.

journalctl gives everything after a cursor; the cursor is kept with the number of octets read so far, and that number is
committed with the records, so a crash between the two adds nothing twice.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from varde.collect.importer import Importer
from varde.collect.summary import Summary
from varde.collect.text import Text, blocks
from varde.decode import Lines
from varde.decode.reader import Reader
from varde.intel import Geography
from varde.live import Writer
from varde.model import VardeError
from varde.store import Progress

NAME = "journal"
FACT = "journal"
POLL_SECONDS = 2.0
"""A look starts a program, so it is not taken more often."""

_CURSOR = b"-- cursor: "
_COMMAND = ("journalctl", "_TRANSPORT=kernel", "--output=short-iso-precise", "--no-pager", "--quiet")
# "(kernel) of all boots": the switch -k would mean this boot only


@dataclass(slots=True)
class Journal:
    """Reads on whenever `poll` is called and it is time; the same calls as a Follower."""

    importer: Importer
    switches: tuple[str, ...] = ()
    "Further switches of journalctl, as --directory=/var/log/journal/remote."
    path: str = NAME
    last_error: str = ""
    totals: list[Summary] = field(default_factory=list)
    _next: float = 0.0

    def poll(self) -> int:
        """Take what is new, if it is time to look. Returns the number of lines."""
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + POLL_SECONDS
        try:
            return self._read()
        except (OSError, VardeError) as error:
            self.last_error = f"{NAME}: {error}"
            return 0

    def place(self, geography: Geography) -> None:
        """Records from now on are placed by this."""
        self.importer = replace(self.importer, geography=geography)

    def close(self) -> None:
        """Nothing waits: each look commits what it found."""

    def _read(self) -> int:
        fact = self.importer.store.facts.get(FACT) or {}
        summary = Summary(NAME, self.importer.sensor or NAME, NAME, self.importer.zone.key, time.time_ns() // 1000)
        writer = Writer(self.importer.store, self.importer.geography, list(self.importer.watchers))
        reader = Reader(self.importer.dialects)
        after = (f"--after-cursor={fact['cursor']}",) if fact else ()
        begin, cursor = int(fact.get("octets", 0)), str(fact.get("cursor", ""))
        for data, found in _text(("--show-cursor", *after, *self.switches)):
            cursor = found or cursor
            decoded = reader.read(Lines.of(data, begin), self.importer.origin(summary))
            writer.add(decoded, self.importer.origin(summary))
            summary.add(decoded)
            begin += len(data)
            if writer.is_due():
                writer.commit(Progress(NAME, begin))
        writer.commit(Progress(NAME, begin))
        if not fact and not summary.lines and not _may_be_read(self.switches):
            raise VardeError(f"there is no journal that may be read. {HINT}")
        if summary.lines:
            self.importer.store.facts.put(FACT, {"cursor": cursor, "octets": begin})
            self.totals.append(summary)
        self.last_error = ""
        return summary.lines


HINT = "Start as root or join its group (`usermod -aG systemd-journal $USER`); where journald keeps none, read /var/log/kern.log."


def _may_be_read(switches: tuple[str, ...]) -> bool:
    """Whether the journal shows a line of any program: without the right to read it journalctl says nothing and ends well."""
    return any(data for data, _ in _text((), ("journalctl", "--output=cat", "--no-pager", "--quiet", "--lines=1", *switches)))


def recent_kernel_lines(count: int) -> bytes:
    """The newest kernel lines; nothing where there is no journal or it may not be read."""
    if shutil.which(_COMMAND[0]) is None:
        return b""
    try:
        return b"".join(data for data, _ in _text((f"--lines={count}",)))
    except (OSError, VardeError):
        return b""


def _text(switches: tuple[str, ...], command: tuple[str, ...] = _COMMAND) -> Iterator[tuple[bytes, str]]:
    """Blocks of lines, and with the last the cursor behind them. Raises VardeError when journalctl fails."""
    process = subprocess.Popen([*command, *switches], stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - no shell, and words of ours
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        for block in blocks(Text(cast(BinaryIO, process.stdout))):
            lines, mark, cursor = block.data.rpartition(_CURSOR)
            if mark and b"\n" not in cursor.rstrip(b"\n"):
                yield lines, cursor.decode().strip()
            else:
                yield block.data, ""
        if process.wait():
            said = process.stderr.read(1000).decode("utf-8", "replace").strip()
            raise VardeError(f"journalctl ended with status {process.returncode}: {said or f'no journal that may be read. {HINT}'}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
