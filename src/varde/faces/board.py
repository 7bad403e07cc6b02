"""faces.db, read: what a station counts now, and its curves of the last hours."""

import contextlib
import itertools
import json
import math
import sqlite3
import sys
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

from varde.faces._schema import VERSION
from varde.model.errors import VardeError
from varde.model.panels import PANELS, Curve, Panel
from varde.model.panels import curves as curves_of

FILE = "faces.db"
"""In the folder of the store."""

STEP_SECONDS = 10
"""Between two values of a curve."""

STALE_SECONDS = 60
"""After which what is read says nothing of now: the station ended, was killed, or hangs."""

OCTETS_MAX = 64 * 1024 * 1024
"""A file larger than that was not written by a station."""

Labels = tuple[tuple[str, str], ...]
Point = tuple[int, float]
"""Seconds since 1970 UTC and the value at that time."""


@dataclass(frozen=True, slots=True)
class Board:
    """What a station last wrote."""

    about: dict[str, str]
    "written (seconds), started (seconds), version, pid, host, page"
    families: dict[str, tuple[str, str]]
    "Kind and meaning by name."
    samples: dict[str, dict[Labels, float]]
    curves: dict[str, tuple[int, bytes]]
    "Of PANEL.LINE: the time of the last value, and all as little-endian doubles."

    @property
    def written(self) -> float:
        """Seconds since 1970 UTC."""
        return float(self.about.get("written", 0))

    def age(self, now: float | None = None) -> float:
        """Seconds since it was written; below nothing where the clock was set back."""
        return (time.time() if now is None else now) - self.written

    def is_stale(self, now: float | None = None) -> bool:
        """Whether it says nothing of now; a time ahead of the clock does not either."""
        return abs(self.age(now)) > STALE_SECONDS

    def panel(self, panel: Panel) -> list[Curve]:
        """Its lines and their values."""
        return curves_of(panel, self.samples)

    def points(self, panel: Panel, name: str, since: int = 0) -> list[Point]:
        """The curve of a line from a second on, the oldest first; without what is unknown."""
        last, octets = self.curves.get(f"{panel.id}.{name}", (0, b""))
        values = array("d")
        values.frombytes(octets[: len(octets) // 8 * 8])
        if sys.byteorder == "big":
            values.byteswap()
        first = last - STEP_SECONDS * (len(values) - 1)
        past = max(0, -(-(since - first) // STEP_SECONDS))
        return [(first + STEP_SECONDS * at, value) for at, value in enumerate(values[past:], past) if not math.isnan(value)]

    def lately(self, panel: Panel, name: str, seconds: float) -> list[Point]:
        """The curve of a line over the last `seconds`; nothing of one that is not told any more: what it was says nothing of now."""
        points = self.points(panel, name)
        if not points or self.written - points[-1][0] > STALE_SECONDS:
            return []
        return [point for point in points if point[0] >= points[-1][0] - seconds]

    def rate(self, panel: Panel, name: str, seconds: int) -> float | None:
        """How much a counter grew in a minute, over the last `seconds` or as long as is known; None where two points are missing."""
        chosen = self.lately(panel, name, seconds)
        if len(chosen) < 2:
            return None
        growth = sum(grown(before, after) for (_, before), (_, after) in itertools.pairwise(chosen))
        return growth * 60 / (chosen[-1][0] - chosen[0][0])


def grown(before: float, after: float) -> float:
    """How much a count grew. One far below what it was began again; one a little below was taken back, as what came late is."""
    if after >= before:
        return after - before
    return after if after < before / 2 else 0.0


def board_of(store: Path) -> Path:
    """Where the file of a store is."""
    return store / FILE


def read_board(path: Path) -> Board:
    """Read it whole. Raises VardeError where it is absent, not to be read, or not such a file."""
    try:
        if path.stat().st_size > OCTETS_MAX:
            raise VardeError(f"{path} is larger than any station writes it. Remove it; a running `varde up` writes it again.")
        path.open("rb").close()  # SQLite does not say why it cannot
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            return _read(db, path)
    except FileNotFoundError:
        raise VardeError(f"nothing to read at {path}: `varde up` writes it while it runs. Does it run, and is this its store (--store)?") from None
    except PermissionError:
        raise VardeError(f"{path} may not be read by this user: join the group of the user that runs `varde up`.") from None
    except IsADirectoryError:
        raise VardeError(f"{path} is a folder, and `varde up` writes a file of that name: remove it.") from None
    except (sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError, RecursionError, OSError) as error:
        raise VardeError(f"{path} cannot be read: {error}. A running `varde up` writes it again.") from None


def _read(db: sqlite3.Connection, path: Path) -> Board:
    version = db.execute("pragma user_version").fetchone()[0]
    if not version:  # written whole, and then the power went
        raise VardeError(f"{path} is empty. A running `varde up` writes it again.")
    if version != VERSION:
        raise VardeError(f"{path} is of form {version}, and this Varde reads form {VERSION}. Start `varde up` of the same version.")
    about = {str(key): str(value) for key, value in db.execute("select key, value from about")}
    if not math.isfinite(float(about["written"])):
        raise ValueError("it does not say when it was written")
    samples: dict[str, dict[Labels, float]] = {}
    for family, labels, value in db.execute("select family, labels, value from samples"):
        samples.setdefault(family, {})[tuple((str(k), str(v)) for k, v in json.loads(labels))] = float(value)
    families = {name: (kind, meaning) for name, kind, meaning in db.execute("select name, kind, meaning from families")}
    points = {name: (int(last), bytes(octets)) for name, last, octets in db.execute("select name, last, points from curves")}
    return Board(about, families, samples, points)


def panel_named(name: str) -> Panel:
    """The panel of that id. Raises VardeError that lists them."""
    for panel in PANELS:
        if panel.id == name:
            return panel
    raise VardeError(f"there is no panel {name!r}. Known: {', '.join(panel.id for panel in PANELS)}.")
