"""Files of signatures: looked at only where they are files, and never waited for."""

import hashlib
import os
import stat
from pathlib import Path
from typing import IO

from varde.faces.nagios import State, UnwellError

_PIECE = 1 << 20
_WHY = {FileNotFoundError: "is not there", PermissionError: "may not be read by this user", NotADirectoryError: "is no folder"}


def why(error: OSError) -> str:
    """What an error of a folder or file means, as the end of a sentence about it."""
    return next((words for kind, words in _WHY.items() if isinstance(error, kind)), f"cannot be read: {(error.strerror or str(error)).lower()}")


def require_folder(folder: Path) -> None:
    """Raises UnwellError(UNKNOWN) for one that is absent or may not be read."""
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as error:
        raise UnwellError(State.UNKNOWN, f"folder {folder} {why(error)}. Give the right one with --dir, to a user who may read it.") from None


def open_file(path: Path) -> IO[bytes]:
    """Raises FileNotFoundError; UnwellError(UNKNOWN) for what is no file or may not be read. A pipe or a device is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise UnwellError(State.UNKNOWN, f"{path} is no file")
        return open(handle, "rb")  # noqa: PTH123 - it is open already
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnwellError(State.UNKNOWN, f"{path} {why(error)}") from None


def md5_of(file: IO[bytes]) -> str:
    """Of what is left of a file; vendors publish no better checksum."""
    sum_ = hashlib.md5(usedforsecurity=False)
    while piece := file.read(_PIECE):
        sum_.update(piece)
    return sum_.hexdigest()
