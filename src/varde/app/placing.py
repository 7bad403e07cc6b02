"""Files that Varde puts among those of other programs: all looked at first, then written; what is another's is left alone."""

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from varde.app.output import say
from varde.model import VardeError

HEAD_OCTETS = 4096
"""Of a file, in which its mark is looked for."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A file with its text, or a link to `target`. `mark`: a line that only a file of ours has."""

    path: Path
    text: str = ""
    mode: int = 0o644
    mark: str = ""
    target: Path | None = None

    def is_as_wanted(self) -> bool:
        if self.target is not None:
            return self.path.is_symlink() and self.path.readlink() == self.target
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return not self.path.is_symlink() and self.path.read_text(encoding="utf-8") == self.text
        return False

    def is_anothers(self) -> bool:
        """Whether something stands there that we did not put there; what we may not read was not ours."""
        if not os.path.lexists(self.path):
            return False
        if self.target is not None:
            return not (self.path.is_symlink() and self.path.readlink().name == self.target.name)
        try:
            with self.path.open("rb") as file:
                return self.path.is_symlink() or self.mark.encode() not in file.read(HEAD_OCTETS)
        except OSError:
            return True

    def put(self) -> None:
        """Write it beside, then in its place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}~")
        try:
            if self.target is not None:
                beside.symlink_to(self.target)
            else:
                beside.write_text(self.text, encoding="utf-8")
                beside.chmod(self.mode)
            beside.replace(self.path)
        finally:
            beside.unlink(missing_ok=True)

    def told(self) -> str:
        return f"{self.path} -> {self.target}" if self.target is not None else str(self.path)


def place(wanted: Sequence[Placed], away: Sequence[Path], command: str, *, is_dry: bool) -> None:
    """Put all in place and take `away` what was ours, saying each. Raises VardeError, before anything is changed, where something is
    another's or may not be written."""
    if anothers := [str(one.path) for one in wanted if one.is_anothers()]:
        raise VardeError(f"{', '.join(anothers)}: not of Varde, left alone. Move it away, then call `{command}` again. Nothing was written.")
    todo = [one for one in wanted if not one.is_as_wanted()]
    if not is_dry:
        _check_rights([*(one.path for one in todo), *away], command)
    for one in wanted:
        say(f"{'would write' if is_dry else 'written'}: {one.told()}" if one in todo else f"as it should be: {one.told()}")
        if is_dry and one in todo and one.text:
            sys.stdout.write(f"{one.text}\n")
        if not is_dry and one in todo:
            _put(one)
    for path in away:
        say(f"{'would be taken' if is_dry else 'taken'} away: {path}")
        if not is_dry:
            path.unlink(missing_ok=True)


def _check_rights(paths: Sequence[Path], command: str) -> None:
    for path in paths:
        folder = next(parent for parent in path.parents if parent.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise VardeError(f"{path} may not be written by this user: sudo {command} (or see what it would do with --dry-run). Nothing was written.")


def _put(one: Placed) -> None:
    try:
        one.put()
    except OSError as error:
        raise VardeError(f"cannot write {one.path}: {(error.strerror or str(error)).lower()}") from error


def under(prefix: Path | None, path: Path) -> Path:
    """A whole path, below a folder that stands for the root."""
    return path if prefix is None else prefix / path.relative_to(path.anchor)
