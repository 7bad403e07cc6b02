"""Publishing: files of all outputs checked and put in place together, generations of them kept, programs told to read them again.

    outputs -> guard -> generation on disk -> staged beside the old files, checked -> renamed, all of them -> reload -> serial asked

Whatever fails before the renames leaves every old file as it was."""

import contextlib
import fcntl
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from varde.deliver.generations import Generation, Generations, Stored, checksum, sync_folder, write_through
from varde.deliver.soa import serial_at
from varde.model import VardeError, counted

COMMAND_SECONDS = 120.0
"""For a check or a reload: named-checkzone takes a minute for ten million names."""

SERIAL_SECONDS = 20.0
"""Waited for a name server to have the new serial: it loads half a million names in seven."""

SAID_MAX = 500
"""Characters of what a command that failed says."""

_UNSETTLED = "unsettled"
"""A file that is there while some program may not have taken what is in place."""

FILE = "{}"
"""Stands for the file in the words of a check."""


@dataclass(frozen=True, slots=True)
class Output:
    """What is published in one place."""

    name: str
    format: str
    files: tuple[tuple[Path, bytes], ...]
    entries: int
    digest: str
    serial: int | None = None
    check: tuple[str, ...] = ()
    "Words of a command that says whether a file is good; `{}` is its path."
    reload: tuple[str, ...] = ()
    ask: tuple[str, int, str] | None = None
    "Host, port and zone: which serial the name server has afterwards."
    shrink: float = 1.0
    "Share of its entries that it may lose from one generation to the next."
    shared: bool = False
    "Made for others: lists that may not be passed on are not in it."

    def stored(self) -> Stored:
        """What a generation remembers of it."""
        return Stored(
            self.name, self.format, self.entries, self.digest, tuple(str(path) for path, _ in self.files),
            tuple(checksum(data) for _, data in self.files), self.serial, self.shared,
        )  # fmt: skip


@dataclass(slots=True)
class Published:
    """What was done: the generation, names of the outputs that changed, and what failed after the files were in place."""

    generation: Generation | None
    changed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    retold: bool = False
    "Nothing was other than before, and the programs were told again, because some had failed to take it."


class Publisher:
    """Keeps generations in `folder`. `serial` asks a name server; tests put another there."""

    def __init__(self, folder: Path, keep: int, *, serial: Callable[[str, int, str], int] = serial_at, clock: Callable[[], float] = time.monotonic) -> None:
        self.generations = Generations(folder)
        self._keep, self._serial, self._clock = keep, serial, clock

    def publish(self, outputs: Sequence[Output], made: str, *, force: bool = False, of: int | None = None, dry: bool = False) -> Published:
        """Put all outputs in place. `force` passes the guard; `dry` stops before anything is written.

        Raises VardeError where a guard, the disk or a check refuses; then everything is as it was."""
        with self._alone(dry=dry):
            before = self.generations.newest()
            changed = [output for output in outputs if of is not None or self._has_changed(output, before)]
            if not force:
                _guard(changed, before)
            _require_folders(changed)  # a dry run says it too
            # programs that have not taken what is in place: a generation for each try would push out those to roll back to
            untold = [] if dry or not self._unsettled.exists() else [_as_placed(output, before) for output in outputs if output not in changed]
            if not changed and untold:
                return Published(before, [], self._settled(untold), retold=True)
            if dry or not changed:
                return Published(before, [output.name for output in changed])
            generation = self.generations.add(made, self._whole(outputs, changed, before), of)
            try:
                self._place(changed)
            except BaseException:
                self.generations.remove(generation)
                raise
            self.generations.prune(self._keep)
            return Published(generation, [output.name for output in changed], self._settled([*changed, *untold]))

    def _settled(self, outputs: Sequence[Output]) -> list[str]:
        """Tell the programs. Until all of them have taken it, the next publishing tells them again, also after a crash."""
        with contextlib.suppress(OSError):
            self._unsettled.touch()
        failures = self._tell(outputs)
        if not failures:
            self._unsettled.unlink(missing_ok=True)
        return failures

    @property
    def _unsettled(self) -> Path:
        return self.generations.folder / _UNSETTLED

    @contextlib.contextmanager
    def _alone(self, *, dry: bool) -> Iterator[None]:
        """One at a time: two that publish at once would mix their files."""
        if dry:
            yield
            return
        folder = self.generations.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "lock").open("w")
        except OSError as error:
            raise VardeError(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise VardeError("another `varde intel publish` is at work: let it end first", status=1) from None
            yield

    def _has_changed(self, output: Output, before: Generation | None) -> bool:
        """Whether there is something new to say, or somebody else's file in its place."""
        known = _known(output.name, before)
        if known is None or (known.digest, known.shared) != (output.digest, output.shared) or known.paths != tuple(str(path) for path, _ in output.files):
            return True
        return any(_sum_at(Path(path)) != wanted for path, wanted in zip(known.paths, known.sums, strict=True))

    @staticmethod
    def _whole(outputs: Sequence[Output], changed: Sequence[Output], before: Generation | None) -> list[tuple[Stored, list[bytes]]]:
        """All outputs of the generation: those that did not change as they were."""
        made = []
        for output in outputs:
            known = _known(output.name, before)
            if output in changed or known is None or before is None:
                made.append((output.stored(), [data for _, data in output.files]))
            else:
                made.append((known, before.content(known)))
        return made

    def _place(self, outputs: Sequence[Output]) -> None:
        """Stage and check everything, then rename everything."""
        staged: list[tuple[Path, Path]] = []
        try:
            for output in outputs:
                first = len(staged)
                for path, data in output.files:
                    staged.append((_stage(path, data, output.name), Path(os.path.realpath(path))))
                _check(output, staged[first][0])
            _rename(staged)
        finally:
            for beside, _ in staged:
                beside.unlink(missing_ok=True)

    def _tell(self, outputs: Sequence[Output]) -> list[str]:
        """Reload commands, each once, and the serials that name servers have then; what went wrong, in sentences."""
        failures = [said for words in dict.fromkeys(output.reload for output in outputs if output.reload) if (said := _run(words))]
        return failures + [said for output in outputs if output.ask and output.serial is not None and (said := self._wait(output))]

    def _wait(self, output: Output) -> str:
        assert output.ask is not None
        host, port, zone = output.ask
        end = self._clock() + SERIAL_SECONDS
        while True:
            try:
                has: int | str = self._serial(host, port, zone)
                if has == output.serial:
                    return ""
                said = f"{host} port {port} still has serial {has} of {zone}, not {output.serial}: look into its log"
            except VardeError as error:
                said = str(error)
            if self._clock() >= end:
                return f"{output.name}: {said}"
            time.sleep(0.2)


def _as_placed(output: Output, generation: Generation | None) -> Output:
    """With the serial that it has where it is: one that did not change was not written with a new one."""
    known = _known(output.name, generation)
    return output if known is None else replace(output, serial=known.serial)


def _known(name: str, generation: Generation | None) -> Stored | None:
    return next((one for one in generation.outputs if one.name == name), None) if generation else None


def _sum_at(path: Path) -> str | None:
    try:
        return checksum(path.read_bytes())
    except OSError:
        return None


def _guard(outputs: Sequence[Output], before: Generation | None) -> None:
    """Raises VardeError where an output loses more than it may: mostly a list failed, and the world would be let in."""
    for output in outputs:
        known = _known(output.name, before)
        if known and known.entries and output.entries < known.entries * (1 - output.shrink):
            raise VardeError(
                f"{output.name} would go from {counted(known.entries, 'entry', 'entries')} to {output.entries:,}: nothing is published. "
                "Look at `varde intel status`; --force publishes it.", status=1,
            )  # fmt: skip


def _stage(path: Path, data: bytes, name: str) -> Path:
    """The file beside the one that it will replace, readable as that one is. Raises VardeError."""
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        write_through(beside, data)
        with contextlib.suppress(FileNotFoundError):
            old = target.stat()
            beside.chmod(old.st_mode & 0o7777)
            with contextlib.suppress(PermissionError):
                os.chown(beside, old.st_uid, old.st_gid)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise VardeError(f"{name}: cannot write beside {target}: {(error.strerror or str(error)).lower()}. Everything is as it was.") from error
    return beside


def _require_folders(outputs: Sequence[Output]) -> None:
    """Raises VardeError where a file would have no folder: publishing makes none, because a mistyped path would be hidden by it."""
    for output in outputs:
        for path, _ in output.files:
            if not (folder := Path(os.path.realpath(path)).parent).is_dir():
                raise VardeError(f"{output.name}: cannot write {path}: there is no folder {folder}. Make it, or mend the path. Everything is as it was.")


def _check(output: Output, file: Path) -> None:
    if output.check and (said := _run([word.replace(FILE, str(file)) for word in output.check])):
        raise VardeError(f"{output.name}: {said}. Nothing is published; everything is as it was.", status=1)


def _rename(staged: Sequence[tuple[Path, Path]]) -> None:
    """All of them, one right after the other. A rename of a file that was just written beside its place fails in no ordinary way."""
    try:
        for beside, target in staged:
            beside.replace(target)
        for folder in {target.parent for _, target in staged}:
            sync_folder(folder)
    except OSError as error:
        raise VardeError(f"cannot put {error.filename} in place: {(error.strerror or str(error)).lower()}. Publish again when it can be.") from error


def _run(words: Sequence[str]) -> str:
    """Run a command without a shell; what it said where it failed, else nothing."""
    try:
        done = subprocess.run(list(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False)  # noqa: S603 - the owner's own command
    except subprocess.TimeoutExpired:
        return f"{words[0]} did not end in {COMMAND_SECONDS:.0f} s"
    except OSError as error:
        return f"cannot run {words[0]}: {(error.strerror or str(error)).lower()}"
    said = " ".join((done.stderr or done.stdout).decode("utf-8", "backslashreplace").split())[:SAID_MAX]
    return f"{' '.join(words)} ended with status {done.returncode}: {said}" if done.returncode else ""
