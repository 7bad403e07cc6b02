"""Writes faces.db while a station runs: what monitoring reads, without asking the station or the store."""

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from varde import __version__
from varde.app.metrics import FAMILIES, metrics_of
from varde.app.station import Station
from varde.faces import STEP_SECONDS, Labels, Ring, board_of, read_board, write_board
from varde.model import VardeError

_LOCK = "faces.lock"


@dataclass(slots=True)
class Faces:
    """A thread of a station. Of several stations of one store the first tells; another takes over when it has ended."""

    station: Station
    error: str = ""
    "Why the last try to write failed, said when it was new."
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _lock: IO[bytes] | None = None
    _ring: Ring = field(default_factory=Ring)
    _started: float = field(default_factory=time.time)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="faces", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write once more what was counted last."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=STEP_SECONDS)
        if self._lock is not None:
            self._lock.close()

    def _run(self) -> None:
        path = board_of(self.station.context.store.path)
        while True:
            self._tell(path)
            if self._stop.is_set():
                return
            self._stop.wait(STEP_SECONDS - time.time() % STEP_SECONDS)

    def _tell(self, path: Path) -> None:
        try:
            if self._is_mine(path.with_name(_LOCK)):
                self._write(path)
            said = ""
        except (OSError, sqlite3.Error, VardeError) as error:
            # without the name of the file beside it, which is another each time: what stays wrong is said once
            why = error.strerror if isinstance(error, OSError) else error
            said = f"{path} cannot be written: {why}. Munin, checks and SNMP show what was before."
        if said and said != self.error:
            self.station.tell_people(said)
        self.error = said

    def _is_mine(self, path: Path) -> bool:
        """Whether this station is the one that tells; the past of the curves is taken over with it."""
        if self._lock is not None:
            return True
        lock = path.open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        with contextlib.suppress(VardeError):  # there is none yet, or a damaged one
            self._ring = Ring.of(read_board(path.with_name(board_of(Path()).name)), time.time())
        return True

    def _write(self, path: Path) -> None:
        now = time.time()
        samples: dict[str, dict[Labels, float]] = {}
        for family, found in metrics_of(self.station):
            samples[family.name] = {tuple(zip(family.labels, values, strict=True)): value for values, value in found.items()}
        self.station.knocks.fade(STEP_SECONDS / 60)
        self._ring.put(now, samples)
        about = {
            "written": f"{now:.3f}", "started": f"{self._started:.3f}", "version": __version__, "pid": str(os.getpid()), "host": os.uname().nodename,
            "page": next((one["address"] for one in self.station.ports.listening() if one["name"] == "page"), ""),
        }  # fmt: skip
        write_board(path, about, {family.name: (family.kind, family.meaning) for family in FAMILIES}, samples, self._ring)
