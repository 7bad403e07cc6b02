"""A store, and a station on it that looks for findings in what arrives and whose clock is turned by hand.

All probes here are synthetic."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from material import environment, firewall_line, wait_until

from varde.app import station as station_module
from varde.app.context import Context
from varde.app.metrics import metrics_of
from varde.app.search import Search
from varde.app.station import Station

DAY = datetime(2026, 10, 20, tzinfo=timezone.utc)
NOW = DAY + timedelta(hours=14)
"""When stations start here: an hour begins."""

CONFIG = '[[sink]]\nname = "f"\nkind = "file"\npath = "{}/w.log"\nformat = "json"\n'


def address(number: int) -> str:
    """Each number a network of its own."""
    return f"{20 + number // 65536}.{number // 256 % 256}.{number % 256}.7"


def background(first: datetime, hours: int, seed: int = 1) -> Iterator[dict[str, object]]:
    """Some busy ports and some that somebody looks at now and then."""
    rng = np.random.default_rng(seed)
    for hour in range(hours):
        ports = [*np.repeat([22, 23, 80, 443], rng.poisson(6, 4)), *rng.integers(6000, 6100, rng.poisson(4))]
        for port in ports:
            yield {"time": first + timedelta(hours=hour, seconds=int(rng.integers(0, 3600))), "src": address(int(rng.integers(0, 40_000))), "port": int(port)}


class Desk:
    """`which`: the attribute of the station that searches."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, which: str, configuration: str = "") -> None:
        for name, value in environment(folder).items():
            monkeypatch.setenv(name, value)
        self.folder, self.which, self.now, self.steady = folder, which, NOW, 0.0
        # lines are received by the same clock
        clock = SimpleNamespace(time_ns=lambda: int(self.now.timestamp() * 1e9), time=lambda: self.now.timestamp(), monotonic=time.monotonic, sleep=time.sleep)
        monkeypatch.setattr(station_module, "time", clock)
        (folder / "varde.toml").write_text(CONFIG.format(folder) + configuration)

    def start(self) -> None:
        """A station that begins, or begins again."""
        self.station = Station(Context(self.folder / "store", self.folder / "varde.toml", tz="UTC"))
        self.search: Search = getattr(self.station, self.which)
        self.search.clock, self.search.steady = lambda: self.now.timestamp(), lambda: self.steady
        self.station.beacon.delivery.start()
        self.runs = True
        self.search.turn()

    def stop(self) -> None:
        self.station.beacon.end()
        self.station.flows.writer.commit()
        self.station._writer.commit()
        self.station.beacon.delivery.stop()
        self.runs = False

    def receive(self, lines: bytes) -> None:
        """Lines over a socket, as it were."""
        self.station._decode({"192.0.2.1": lines})

    def line(self, when: datetime, source: str, port: int, verdict: str = "BLOCK") -> None:
        self.receive(firewall_line(1, when=when, source=source, port=port, verdict=verdict))

    def pass_(self, *, turn: bool = True, **time: float) -> None:
        self.now += timedelta(**time)
        self.steady += timedelta(**time).total_seconds()
        if turn:
            self.search.turn()

    def told(self) -> list[dict[str, Any]]:
        """What the file sink was given, after all that waits is delivered."""
        self.station.beacon._tell_past()
        wait_until(lambda: all(not status.waiting for status in self.station.beacon.delivery.status()))
        path = self.folder / "w.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def samples(self, name: str) -> dict[str, float]:
        return next({labels[0]: value for labels, value in samples.items()} for family, samples in metrics_of(self.station) if family.name == name)

    def mute(self, what: str) -> None:
        """Until long after."""
        entry = {"kind": "mute", "what": what, "made": "2026-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z", "why": ""}
        self.station.context.store.facts.put("acknowledged", {"entries": [entry]})
        self.station.beacon._read_mutes()
