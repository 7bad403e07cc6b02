"""How stations that run are doing: each says it in a fact of the store, so that `varde status`, another process, can tell it."""

import contextlib
import os
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from varde.decode.rows import iso
from varde.deliver import Status
from varde.model import VardeError
from varde.store import Facts

STATIONS = "stations"
"""The group of facts, one for each station."""

EVERY_SECONDS = 5.0
"""Between two looks at what has changed."""

STILL_SECONDS = 30.0
"""After which it is said again though nothing has changed."""

SILENT_SECONDS = 120.0
"""After which a station that said nothing has been killed, or hangs."""

Said = dict[str, Any]


@dataclass(slots=True)
class Standing:
    """What one station says of itself. Used by one thread."""

    facts: Facts
    started: int = field(default_factory=lambda: time.time_ns() // 1000)
    _name: str = field(default_factory=lambda: f"{STATIONS}/{uuid.uuid4().hex[:12]}")
    _next: float = 0.0
    _still: float = 0.0
    _last: Said = field(default_factory=dict)

    def is_due(self) -> bool:
        """Whether it is time for `tell`."""
        return time.monotonic() >= self._next

    def tell(self, problems: list[str], sinks: Iterable[Status], publishing: Said | None = None, listening: Sequence[Said] = ()) -> None:
        """Write it down where it is another than before, or was written long ago. `publishing` is None where it does not publish;
        `listening` has name and address of each open port."""
        now = time.monotonic()
        self._next = now + EVERY_SECONDS
        said: Said = {"problems": problems, "sinks": [asdict(status) for status in sinks], "publishing": publishing, "listening": [*listening]}
        if said == self._last and now < self._still:
            return
        who = {"pid": os.getpid(), "host": os.uname().nodename, "started": self.started, "written": time.time_ns() // 1000}
        with contextlib.suppress(VardeError, OSError):  # a full disk is said by those whose records it refuses
            if not self._last:
                self._sweep()
            self.facts.put(self._name, said | who)
        self._last, self._still = said, now + STILL_SECONDS

    def left(self) -> list[Said]:
        """What stations of this machine said last that were killed; the first `tell` takes it away."""
        told = [said for name in self.facts.names(STATIONS) if (said := self.facts.get(name)) is not None]
        return [said for said in told if said.get("host") == os.uname().nodename and isinstance(said.get("started"), int) and not _is_alive(said)]

    def end(self) -> None:
        """Say nothing more."""
        with contextlib.suppress(OSError):
            self.facts.remove(self._name)

    def _sweep(self) -> None:
        """Take away what stations left that were killed: this one has taken their place."""
        for name in self.facts.names(STATIONS):
            if (said := self.facts.get(name)) is not None and not _is_alive(said):
                self.facts.remove(name)


def standings(facts: Facts) -> list[Said]:
    """Of each station, the oldest first: pid, host, started and written (ISO 8601 UTC), runs, problems, sinks, publishing, listening."""
    found = [said for name in facts.names(STATIONS) if (said := facts.get(name)) is not None and isinstance(said.get("started"), int)]
    return [
        {"pid": said["pid"], "host": said["host"], "started": iso(said["started"]), "written": iso(said["written"]), "runs": _is_alive(said),
         "problems": said["problems"], "sinks": said["sinks"], "publishing": said.get("publishing"),
         "listening": said.get("listening", [])} for said in sorted(found, key=lambda one: int(one["started"]))
    ]  # fmt: skip


def _is_alive(said: Said) -> bool:
    """Whether it has said something lately, and, of a process of this machine, whether it is there."""
    if time.time() - said.get("written", 0) / 1e6 > SILENT_SECONDS:
        return False
    if said.get("host") != os.uname().nodename:
        return True
    try:
        os.kill(int(said["pid"]), 0)
    except PermissionError:
        return True  # of another user
    except (OSError, ValueError, KeyError):
        return False
    return True
