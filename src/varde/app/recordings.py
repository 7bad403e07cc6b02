"""Files that a honeypot on this machine keeps: opened below its own folder and nowhere else."""

import os
import stat
from pathlib import Path

from varde.app.config import Config
from varde.decode.ttylog import FILE_MAX, Recording, read_ttylog
from varde.model import VardeError


def recording(config: Config, sensor: str, path: str) -> Recording:
    """The recorded terminal of a session, found by the path that the honeypot's log names.

    Raises VardeError where the sensor has no `home`, and for what is not there, not below it, too large or no recording."""
    home = next((entry.home for entry in config.sensor if entry.name == sensor and entry.home), None)
    if home is None:
        raise VardeError(f"where {sensor!r} keeps its recordings is not known. If it runs on this machine, add to its [[sensor]] in the "
                         'configuration: home = "/home/cowrie/cowrie" (the folder that the paths in its log begin in).')  # fmt: skip
    return read_ttylog(read_below(home, path, FILE_MAX))


def read_below(home: Path, path: str, size_max: int) -> bytes:
    """A regular file below `home`, whole. Symbolic links may lead about below it and not out of it. Raises VardeError."""
    try:
        parts = _parts_below(home, path)
        descriptor = _opened(home.resolve(strict=True), parts)
    except (OSError, ValueError, RuntimeError) as error:
        raise VardeError(f"cannot read {path!r} below {home}: {_reason(error)}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise VardeError(f"{path!r} below {home} is no regular file")
        if found.st_size > size_max:
            raise VardeError(f"{path!r} below {home} has {found.st_size:,} octets, more than the {size_max:,} that are read")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(size_max)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _parts_below(home: Path, path: str) -> tuple[str, ...]:
    """The names that lead from `home` to the file, all links resolved. Raises VardeError where it lies elsewhere."""
    root = home.resolve(strict=True)
    target = (root / path).resolve(strict=True)
    if not target.is_relative_to(root) or target == root:
        raise VardeError(f"{path!r} is not below {home}, the `home` of its sensor, and is not read")
    return target.relative_to(root).parts


def _opened(root: Path, parts: tuple[str, ...]) -> int:
    """Go down one folder at a time without following links, so that none can be put in the way meanwhile."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in parts[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)  # a pipe must not block
    finally:
        os.close(folder)
