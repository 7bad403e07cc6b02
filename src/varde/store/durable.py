"""What of a table is on the disk, whatever becomes of the power.

The tables' library leaves it to the operating system when its files reach the disk, and in which order. A commit may so have its name and
no content, or name files that are empty. Therefore everything that a commit brought is synced before it is said to be made, and a mark
beside the table tells up to which commit that was done:

    durable/probes            version of the last commit that is on the disk, of the last checkpoint, and of which start of the machine
    durable/probes.commits    locked, shared, from before a commit until its mark

After a machine started anew, commits behind the mark are cut off: nobody was told of them, and their files may be anything. Where a
process was killed and the machine ran on, nothing is lost and nothing is cut."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from varde.store.facts import sync, write_atomically

FOLDER = "durable"
NONE = -1
"""Version of a table that has no commit, or no checkpoint."""

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Linux says in it which start of the machine this is. Where it is absent nothing is ever cut."""

LOG = "_delta_log"
LAST_CHECKPOINT = "_last_checkpoint"
_MARK_OCTETS = 128
"""A mark is of one length and within one sector, which a disk writes whole or not at all."""

WAIT_SECONDS = 10.0
"""For another process that looks after the same table."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Versions up to which commits and checkpoints are on the disk, and the start of the machine at which that was said."""

    version: int = NONE
    checkpoint: int = NONE
    boot: str = ""

    def text(self) -> bytes:
        return f"{self.version} {self.checkpoint} {self.boot}".ljust(_MARK_OCTETS - 1).encode() + b"\n"


def this_boot() -> str:
    """Which start of the machine this is; empty where the system does not say."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


@dataclass(slots=True)
class Durable:
    """Of one table, whose folder may not exist yet. `store` is the store's folder."""

    store: Path
    table: str
    _known: bool = False
    "Whether the folders above the table are on the disk."

    @property
    def _mark(self) -> Path:
        return self.store / FOLDER / self.table

    @property
    def _log(self) -> Path:
        return self.store / self.table / LOG

    def read(self) -> Mark | None:
        """The mark; None for a table of a Varde that kept none, and for one that is damaged."""
        try:
            version, checkpoint, *boot = self._mark.read_text().split()
            return Mark(int(version), int(checkpoint), "".join(boot))
        except (OSError, ValueError):
            return None

    @contextlib.contextmanager
    def committing(self) -> Iterator[None]:
        """While a commit is made and settled. Another machine that shares the folder does not take it for a rest then. Raises OSError."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self._mark.with_name(f"{self.table}.commits"), fcntl.LOCK_SH):
            yield

    def begin(self) -> None:
        """Say, before a table is made, that nothing of it is on the disk. Raises OSError."""
        with self._settling():
            if not _versions(self._log, ".json"):  # another process may have made it meanwhile
                write_atomically(self._mark, Mark(boot=this_boot()).text())
                sync(self.store, self.store.parent)

    def settle(self) -> Mark:
        """Bring every commit that was made so far to the disk, and say so in the mark. Raises OSError where the disk refuses."""
        with self._settling() as (mark, found):
            versions = self._since(mark.version) if found else _versions(self._log, ".json")
            checkpoint = mark.checkpoint if found else max(_versions(self._log, ".parquet"), default=NONE)
            if not versions:
                return mark
            self._sync(versions)
            return self._put(Mark(versions[-1], checkpoint, this_boot()))

    def settle_checkpoint(self, version: int) -> None:
        """Bring a checkpoint to the disk, so that what is older may be removed. Raises OSError."""
        with self._settling() as (mark, _):
            names = (*self._log.glob(f"{version:020}.checkpoint*"), self._log / LAST_CHECKPOINT)
            sync(*(path for path in names if path.exists()), self._log)
            self._put(Mark(max(mark.version, version), max(mark.checkpoint, version), this_boot()))

    def recover(self) -> int:
        """Cut off what a loss of power left behind the mark. Returns how many commits. Raises OSError where that cannot be done."""
        end = time.monotonic() + WAIT_SECONDS
        while (mark := self.read()) and mark.boot != this_boot() and self._rest(mark):
            with contextlib.suppress(BlockingIOError), _locked(self._mark.with_name(f"{self.table}.commits"), fcntl.LOCK_EX | fcntl.LOCK_NB):
                if self.read() == mark:
                    return self._cut(mark)
            if time.monotonic() > end:  # another machine commits without end; what it does is whole
                return 0
            time.sleep(0.05)
        return 0

    def whole(self) -> int | None:
        """The last version that one who may not write should read; None where that is the newest."""
        mark = self.read()
        return mark.version if mark and mark.boot != this_boot() and self._since(mark.version) else None

    def _rest(self, mark: Mark) -> bool:
        """Whether anything stands behind the mark."""
        return bool(self._since(mark.version)) or any(version > mark.checkpoint for version in _versions(self._log, ".parquet"))

    def _cut(self, mark: Mark) -> int:
        """The newest first: however far this comes, no version is missing between others."""
        versions = [version for version in _versions(self._log, ".json") if version > mark.version]
        for version in reversed(versions):
            _commit_file(self._log, version).unlink()
        for version in _versions(self._log, ".parquet"):
            if version > mark.checkpoint:
                for path in self._log.glob(f"{version:020}.checkpoint*"):
                    path.unlink(missing_ok=True)
        (self._log / LAST_CHECKPOINT).unlink(missing_ok=True)  # a hint where to begin, which may be empty; without it the folder is read
        sync(self._log)
        self._put(Mark(mark.version, mark.checkpoint, this_boot()))
        return len(versions)

    @contextlib.contextmanager
    def _settling(self) -> Iterator[tuple[Mark, bool]]:
        """The mark, which nobody else changes meanwhile, and whether there was one."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self._mark.with_name(f"{self.table}.settling"), fcntl.LOCK_EX):
            mark = self.read()
            yield mark or Mark(), mark is not None

    def _since(self, version: int) -> list[int]:
        """Versions behind one, in order. They have no gaps, so thousands that are older are not looked at."""
        found = []
        while _commit_file(self._log, version + 1).exists():
            version += 1
            found.append(version)
        return found

    def _sync(self, versions: list[int]) -> None:
        """All that these commits brought: their files, the names of these, and last the commits."""
        folder, commits = self._log.parent, [_commit_file(self._log, version) for version in versions]
        files = [folder / path for commit in commits for path in _added(commit)]
        there = [file for file in dict.fromkeys(files) if file.exists()]  # merged and removed meanwhile otherwise
        sync(*there, *dict.fromkeys(file.parent for file in there), folder, *commits, self._log)
        if not self._known:
            sync(self.store, self.store.parent)
            self._known = True

    def _put(self, mark: Mark) -> Mark:
        """In place, where there is one: two operations less than to replace it."""
        if not self._mark.exists():
            write_atomically(self._mark, mark.text())
            return mark
        descriptor = os.open(self._mark, os.O_WRONLY)
        try:
            os.pwrite(descriptor, mark.text(), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return mark


def _commit_file(log: Path, version: int) -> Path:
    return log / f"{version:020}.json"


def _versions(log: Path, ending: str) -> list[int]:
    """Versions that have a commit (`.json`) or a checkpoint (`.parquet`), in order."""
    try:
        names = [entry.name for entry in os.scandir(log)]
    except FileNotFoundError:
        return []
    return sorted({int(name[:20]) for name in names if name.endswith(ending) and name[:20].isdecimal() and name[20:21] == "."})


def _added(commit: Path) -> Iterable[str]:
    """Paths of the files that a commit brought, below the table's folder."""
    try:
        text = commit.read_text(encoding="utf-8")
    except FileNotFoundError:  # past its time, and removed
        return []
    return [unquote(added["path"]) for line in text.splitlines() if (added := json.loads(line).get("add"))]


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    """Hold a lock of a file that has no content. Raises BlockingIOError with LOCK_NB where another has it."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)  # as the umask says
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
