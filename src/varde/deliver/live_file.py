"""The newest warnings as JSON lines in the store, for `varde warn` to follow: small, immediate, and no record of anything."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from varde.deliver.sink import Row

LIVE_OCTETS = 4 * 1024 * 1024
"""Of the file before it is set aside: some thousand warnings to begin with."""


class LiveFile:
    """Appended to by any number of processes; whoever finds it large begins a new one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, rows: Sequence[Row]) -> None:
        """Add a line for each. Raises OSError when the disk refuses."""
        text = "".join(json.dumps(row, default=str) + "\n" for row in rows).encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            os.write(descriptor, text)
            large = os.fstat(descriptor).st_size > LIVE_OCTETS
        finally:
            os.close(descriptor)
        if large:
            self._path.replace(self._path.with_suffix(".old"))
