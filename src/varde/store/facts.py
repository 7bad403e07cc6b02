"""Small slowly changing facts: JSON files under `facts/`, replaced atomically."""

import json
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from varde.model import VardeError


class Facts:
    """Named JSON documents in one folder. Names may hold one slash: `sources/ab12`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> dict[str, Any] | None:
        """The document, or None where there is none or it is damaged (it is then as if never written)."""
        try:
            value = json.loads((self.folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def put(self, name: str, value: dict[str, Any]) -> None:
        """Replace a document. Raises VardeError when the disk refuses."""
        path = self.folder / f"{name}.json"
        try:
            make_folder(path.parent)
            write_atomically(path, json.dumps(value, indent=1, sort_keys=True).encode())
        except OSError as error:
            raise VardeError(cannot(path.parent, error)) from error

    def remove(self, name: str) -> None:
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def names(self, group: str) -> list[str]:
        return sorted(f"{group}/{path.stem}" for path in (self.folder / group).glob("*.json"))


def write_atomically(path: Path, content: bytes | Iterable[bytes | memoryview]) -> None:
    """Write beside, fsync, rename, fsync the folder: readers see the old file or the new one, never a part."""
    # readable as the umask says: those who may read the tables may read what is told about them
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with beside.open("xb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(*paths: Path) -> None:
    """Bring files, and names in folders, to the disk. Raises OSError."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder whose name is on the disk, with those above it. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def is_full(error: Exception) -> bool:
    """Whether the disk had no room; libraries say so in words of their own."""
    return "No space left" in str(error) or "os error 28" in str(error)


def cannot(path: Path, error: Exception) -> str:
    """The sentence for a place that cannot be written or used."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror.lower()
    if is_full(error):
        return f"cannot write to {path}: the disk is full. Free some space or name another place with --store."
    if "ermission denied" in str(error):
        return f"cannot write to {path}: permission denied. Name a folder of your own with --store or VARDE_STORE."
    return f"cannot use {path} as a store: {text}. Name another place with --store or VARDE_STORE."
