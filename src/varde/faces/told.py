"""What a master was told already, kept beside Munin's own states: a plugin lives for one call."""

import contextlib
import json
import os
import stat
import uuid
from collections.abc import Mapping
from pathlib import Path

from varde.model.panels import BY_ID

OCTETS_MAX = 64 * 1024
"""A state is a number a panel; whatever is larger is not ours."""


def state_file(environment: Mapping[str, str], graph: str) -> Path | None:
    """Where munin-node wants it: of each plugin and each master one. None where it names no place that can be written."""
    named = environment.get("MUNIN_STATEFILE")
    folder = environment.get("MUNIN_PLUGSTATE")
    if named:
        path = Path(named)
    elif folder:
        path = Path(folder) / f"varde_{graph}-{environment.get('MUNIN_MASTER_IP', '')}"
    else:
        return None
    return path if os.access(path.parent, os.W_OK | os.X_OK) else None


def read_told(path: Path, now: float) -> dict[str, int]:
    """The last second told of each panel. A state that is absent, damaged, or of the future says nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return {}
            document = json.loads(file.read(OCTETS_MAX))
    except (OSError, ValueError, RecursionError):
        return {}
    told = document.items() if isinstance(document, dict) else ()
    return {panel: second for panel, second in told if panel in BY_ID and type(second) is int and 0 < second <= now}


def write_told(path: Path, told: Mapping[str, int]) -> None:
    """Replace it whole. Where the disk refuses, what was told is told again, and the master leaves it out."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with contextlib.suppress(OSError):
        try:
            descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o644)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(told, file)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
