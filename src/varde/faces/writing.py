"""faces.db, written: beside, then put in place, so that readers see the old one or the new one."""

import contextlib
import json
import math
import os
import sqlite3
import sys
import uuid
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from varde.faces._schema import TABLES, VERSION
from varde.faces.board import STEP_SECONDS, Board, Labels
from varde.model.panels import PANELS, curves

RING_SECONDS = 6 * 3600
"""How much of the past a curve has."""

CURVES_MAX = 500
"""Curves that are kept: lists and ports come and go, and those not told for the longest give way."""

_STEPS = RING_SECONDS // STEP_SECONDS
Families = Mapping[str, tuple[str, str]]


@dataclass(slots=True)
class _Curve:
    last: int
    points: "array[float]" = field(default_factory=lambda: array("d"))

    def put(self, at: int, value: float) -> None:
        """Add a value; what was missed between is unknown, and what is past the ring is let go."""
        missed = min((at - self.last) // STEP_SECONDS - 1, _STEPS) if self.points else 0
        self.points.extend([math.nan] * missed)
        self.points.append(value)
        if len(self.points) > _STEPS:
            del self.points[: len(self.points) - _STEPS]
        self.last = at


@dataclass(slots=True)
class Ring:
    """The curves of all panels, a value every STEP_SECONDS."""

    _curves: dict[str, _Curve] = field(default_factory=dict)

    @classmethod
    def of(cls, board: Board, now: float) -> "Ring":
        """Go on with what a station wrote that ran before, where its past is not all over."""
        ring = cls()
        for name, (last, octets) in board.curves.items():
            points = array("d")
            points.frombytes(octets[: len(octets) // 8 * 8][-8 * _STEPS :])
            if sys.byteorder == "big":
                points.byteswap()
            if now - RING_SECONDS < last <= now:
                ring._curves[name] = _Curve(last, points)
        return ring

    def put(self, now: float, samples: Mapping[str, Mapping[Labels, float]]) -> None:
        """Add what all panels have now, once a step. A clock that was set back begins them anew."""
        at = int(now) // STEP_SECONDS * STEP_SECONDS
        for panel in PANELS:
            for line in curves(panel, samples):
                name = f"{panel.id}.{line.name}"
                if name not in self._curves or self._curves[name].last > at:
                    self._curves[name] = _Curve(0)
                if line.value is not None and at > self._curves[name].last:
                    self._curves[name].put(at, line.value)
        oldest = sorted(self._curves, key=lambda name: self._curves[name].last)
        for name in oldest[: max(0, len(oldest) - CURVES_MAX)]:
            del self._curves[name]

    def rows(self) -> Iterable[tuple[str, int, bytes]]:
        for name, curve in self._curves.items():
            points = curve.points
            if sys.byteorder == "big":
                points = points[:]
                points.byteswap()
            yield name, curve.last, points.tobytes()


def write_board(path: Path, about: Mapping[str, str], families: Families, samples: Mapping[str, Mapping[Labels, float]], ring: Ring) -> None:
    """Replace the file; its group may read it. Raises OSError or sqlite3.Error where the disk refuses."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
        with contextlib.closing(sqlite3.connect(beside, isolation_level=None)) as db:
            # what a crash spoils was never put in place
            for statement in ("pragma journal_mode = off", "pragma synchronous = off", f"pragma user_version = {VERSION}", "begin", *TABLES):
                db.execute(statement)
            db.executemany("insert into about values (?, ?)", about.items())
            db.executemany("insert into families values (?, ?, ?)", ((name, *told) for name, told in families.items()))
            rows = ((family, json.dumps(labels), value) for family, found in samples.items() for labels, value in found.items())
            db.executemany("insert into samples values (?, ?, ?)", rows)
            db.executemany("insert into curves values (?, ?, ?)", ring.rows())
            db.execute("commit")
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
