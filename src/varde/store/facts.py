"""Small slowly changing facts: JSON files under `facts/`, replaced atomically."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


class Facts:
    """Named JSON documents in one folder. Names may hold one slash: `sources/ab12`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> dict[str, Any] | None:
        """The document, or None where there is none or it is damaged (it is then as if never written)."""
        try:
            value = json.loads((self._folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def put(self, name: str, value: dict[str, Any]) -> None:
        path = self._folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(value, indent=1, sort_keys=True).encode())

    def remove(self, name: str) -> None:
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    def names(self, group: str) -> list[str]:
        return sorted(f"{group}/{path.stem}" for path in (self._folder / group).glob("*.json"))


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, fsync, rename, fsync the folder: readers see the old file or the new one, never a part."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
