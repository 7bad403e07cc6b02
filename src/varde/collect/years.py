"""Years of a file whose stamps have none and that covers more than one: found by the order of its lines.

Stamps without a year are taken as the last such day before a reference. For the end of a file that is the file's date. Lines
further up may be older than a year: going from the end upwards, each time the days of the year jump ahead, a year more.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import polars as pl

from varde.decode.stamps import MONTHS

SAMPLES = 128
"""Places of a file that are looked at: stretches of a year that lie between two of them are not seen."""

_PIECE = 4096
_STAMP = re.compile(rb"^(?:<[0-9]{1,3}>)?([A-Z][a-z]{2}) +([0-9]{1,2}) [0-9]{2}:[0-9]{2}:[0-9]{2}[. ]", re.MULTILINE)
_HALF_YEAR = 182
_AHEAD = 2  # days that lines may be newer than the file's date: its clock is another's
_HALF_YEAR_US = _HALF_YEAR * 86_400_000_000
_YEAR_US = 365 * 86_400_000_000 + 86_400_000_000 // 4


@dataclass(slots=True)
class Years:
    """How many years before the file's date the lines from an offset on are, at least."""

    steps: list[tuple[int, int]] = field(default_factory=list)
    "(offset, years) in order of the file; years fall to 0 at the end."

    @classmethod
    def of(cls, path: str, reference: int) -> "Years":
        """Look at a plain file. Pipes, compressed files and stamps with years give no steps."""
        file = Path(path)
        if path == "-" or not file.is_file():
            return cls()
        here = datetime.fromtimestamp(reference / 1e6, timezone.utc).timetuple().tm_yday
        days = [(offset, (here + _AHEAD - day) % 366) for offset, day in _samples(file)]
        steps: list[tuple[int, int]] = []
        years, younger = 0, 0
        for offset, age in reversed(days):
            if age < younger - _HALF_YEAR:
                years += 1
            younger = age
            steps.append((offset, years))
        return cls(steps[::-1]) if years else cls()

    @property
    def most(self) -> int:
        return self.steps[0][1] if self.steps else 0

    def reference(self, offset: int, latest: int) -> int:
        """The reference (us since 1970) for lines that end at an offset; `latest` is the file's own."""
        years = next((years for begin, years in self.steps if begin >= offset), 0)
        return latest - years * _YEAR_US


def in_order(batch: pl.DataFrame) -> pl.DataFrame:
    """Take a year from the records of a block that stand before one that seems half a year older or more."""
    # 29 February has been put into a leap year already, which the days around it have not
    moment = pl.from_epoch("time", "us")
    leap = batch.select((moment.dt.month() == 2) & (moment.dt.day() == 29)).to_series()
    rows = np.flatnonzero(~leap.to_numpy())
    drops = np.flatnonzero(np.diff(batch["time"].to_numpy()[rows]) < -_HALF_YEAR_US)
    for last in rows[drops].tolist():
        early = (pl.int_range(pl.len()) <= last) & ~leap
        batch = batch.with_columns(
            pl.when(early).then(moment.dt.offset_by("-1y").dt.epoch("us")).otherwise(pl.col("time")).alias("time")
        )
    return batch.with_columns(pl.from_epoch("time", "us").dt.date().alias("day"))


def _samples(file: Path) -> list[tuple[int, int]]:
    """(offset, day of the year) of yearless stamps at evenly spaced places."""
    found = []
    size = file.stat().st_size
    with file.open("rb") as stream:
        for place in range(SAMPLES + 1):
            offset = max(0, size * place // SAMPLES - (_PIECE if place == SAMPLES else 0))
            stream.seek(offset)
            matches = list(_STAMP.finditer(stream.read(_PIECE)))
            # the first match of a piece in the middle of a line is the next line's; at the end the last one counts
            match = matches[-1] if matches and place == SAMPLES else matches[0] if matches else None
            if match and (month := match[1].decode().lower()) in MONTHS:
                found.append((offset, MONTHS.index(month) * 30 + int(match[2])))
    return found
