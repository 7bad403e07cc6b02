"""How many probes were refused since the start: by plane, and by port for those that are knocked at most."""

import threading
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.live.planes import plane
from varde.model import REFUSED
from varde.model.panels import OTHER

PORTS_TOLD = 10
"""Ports with a count of their own: a curve each. The rest is one number."""

_PORTS = 65_536
_PROTOS = {6: "tcp", 17: "udp"}
_FADE = 0.5 ** (1 / 1440)
"""Of the weight by which ports are chosen, each minute: what was a day ago counts half. Those chosen change slowly, and follow."""


def _zeros() -> NDArray[np.int64]:
    return np.zeros((len(_PROTOS), _PORTS), np.int64)


@dataclass(slots=True)
class Knocks:
    """A watcher of several threads' batches. Its memory is two numbers a port, whoever knocks."""

    _planes: "Counter[str]" = field(default_factory=Counter)
    _ports: NDArray[np.int64] = field(default_factory=_zeros)
    _weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(_PROTOS), _PORTS)))
    _seen: NDArray[np.int64] = field(default_factory=_zeros)
    "What was counted when ports were told last."
    _other: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Count the refused probes of a batch."""
        if table != "probes":
            return
        refused = batch.filter(pl.col("action").is_in(REFUSED)).select("proto", "src_addr", "dst_port")
        planes = refused.group_by(plane().alias("plane")).len().rows()
        ports = refused.drop_nulls(["proto", "dst_port"]).group_by("proto", "dst_port").len().rows()
        numbers = {proto: row for row, proto in enumerate(_PROTOS)}
        with self._lock:
            for name, count in planes:
                self._planes[name] += count
            for proto, port, count in ports:
                if proto in numbers and 0 <= port < _PORTS:
                    self._ports[numbers[proto], port] += count
                    self._weights[numbers[proto], port] += count

    def stored(self) -> None:
        """It counts what arrives, stored or not."""

    def fade(self, minutes: float) -> None:
        """Let the past weigh less in what is chosen."""
        with self._lock:
            self._weights *= _FADE**minutes

    def planes(self) -> dict[str, int]:
        """By key of the plane."""
        with self._lock:
            return dict(self._planes)

    def ports(self) -> dict[str, int]:
        """Since the start, of the PORTS_TOLD ports knocked at most of late, as in `tcp/23`, and of all `other` together.

        `other` has what came to ports while they were not told, and only grows: a smaller one would be taken for a counter that began
        again, and all it has for what came in a moment."""
        with self._lock:
            flat = self._weights.ravel()
            best = np.argpartition(flat, -PORTS_TOLD)[-PORTS_TOLD:]
            counts = self._ports.ravel()
            told = {_name(int(place)): int(counts[place]) for place in best[np.argsort(-flat[best])] if counts[place]}
            new = counts - self._seen.ravel()
            self._other += int(new.sum()) - int(new[best].sum())
            self._seen = self._ports.copy()
            return told | {OTHER: self._other}


def _name(place: int) -> str:
    return f"{list(_PROTOS.values())[place // _PORTS]}/{place % _PORTS}"
