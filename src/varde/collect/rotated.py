"""The other generations of a log: what logrotate, newsyslog and their like name beside it, and which of them a follower has missed."""

import glob
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from varde.collect.text import COMPRESSED
from varde.store import Facts

FORMS = ("{path}[.-][0-9]*", "{path}.old*", "{stem}[.-]" + 4 * "[0-9]" + "*{suffix}*")
"""fw.log.1, fw.log.2.gz, fw.log-20261122; fw.log.old; fw-20261122.log.gz, as logrotate's `extension` has it, but not fw-2.log, which may be
that of another firewall."""


def rotated(path: str) -> list[str]:
    """The older files of a rotated log, those that changed longest ago first."""
    suffix = Path(path).suffix
    names = {"path": glob.escape(path), "stem": glob.escape(path.removesuffix(suffix)), "suffix": glob.escape(suffix)}
    forms = FORMS if suffix else FORMS[:2]
    found = {name for form in forms for name in glob.glob(form.format(**names))} - {path}
    dated = [(_changed(name), name) for name in found]
    return [name for changed, name in sorted((changed, name) for changed, name in dated if changed is not None)]


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a path was read: the file that stood there, and when that had changed last, in ns since 1970."""

    inode: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Seen":
        return cls(status.st_ino, status.st_mtime_ns)

    @classmethod
    def noted(cls, facts: Facts, path: str) -> "Seen | None":
        """What an earlier run noted of a path."""
        fact = facts.get(_fact(path)) or {}
        inode, changed = fact.get("inode"), fact.get("changed")
        return cls(inode, changed) if isinstance(inode, int) and isinstance(changed, int) else None

    def note(self, facts: Facts, path: str) -> None:
        facts.put(_fact(path), {"path": path, "inode": self.inode, "changed": self.changed})

    def missed(self, path: str, current: int) -> list[str]:
        """Generations of the path that hold what was written since, beside the file that stands there now (its inode)."""
        return [name for name in rotated(path) if self._is_behind(name, current)]

    def _is_behind(self, name: str, current: int) -> bool:
        try:
            now = Path(name).stat()
        except OSError:
            return False  # renamed meanwhile, and found the next time
        if now.st_ino == current:
            return False
        # two generations of one tick of the clock; a compressed copy bears the date of what it is made of
        twin = now.st_mtime_ns == self.changed and now.st_ino != self.inode and not name.endswith(COMPRESSED)
        return now.st_mtime_ns > self.changed or twin


def _changed(name: str) -> int | None:
    path = Path(name)
    try:
        return path.stat().st_mtime_ns if path.is_file() else None
    except OSError:
        return None


def _fact(path: str) -> str:
    return f"followed/{hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]}"
