"""Sums beside the files of a table: for each data file a folder with what its rows add up to by the hour and by the day.

A data file is never changed, and a commit that replaces it names others; so sums of a file that is in the snapshot are right, and
those of one that is not are rubbish. Nothing has to be kept in step."""

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from varde.model import FLOWS
from varde.model.rollups import ROLLUPS, ROLLUPS_VERSION, SUMMED, WEIGHT, Rollup
from varde.store.columns import polars_schema

HOUR, DAY = "hour", "day"
_LENGTHS = {HOUR: "1h", DAY: "1d"}
_ROWS_A_GROUP = 1_000_000


class Rollups:
    """Sums of one table's files. `made` says of a data file whether it has them."""

    def __init__(self, folder: Path, table: str) -> None:
        self._root = folder
        self._table = folder / f"v{ROLLUPS_VERSION}" / table

    def made(self, file: str) -> bool:
        """Whether there are sums of a data file: all of them, or none."""
        return self._folder(file).is_dir()

    def path(self, file: str, rollup: Rollup, length: str) -> str:
        """Where sums of a data file are. `length`: HOUR or DAY."""
        return str(self._folder(file) / f"{rollup.name}.{length}.parquet")

    def make(self, file: str) -> None:
        """Make all sums of a data file. Raises OSError; nothing is left then."""
        folder = self._folder(file)
        beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        beside.mkdir(parents=True)
        try:
            for rollup in ROLLUPS:
                _sum(file, rollup, beside)
            _keep(beside, folder)
        except pl.exceptions.ComputeError as error:  # how Polars says that a disk is full
            raise OSError(str(error)) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def retain(self, files: Iterable[str]) -> int:
        """Remove sums of data files that are not among these, and those of another version. Returns of how many files."""
        kept = {self._folder(file) for file in files}
        gone = [folder for folder in self._folders() if folder not in kept]
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
        for other in self._root.glob("v*"):
            if other != self._table.parent:
                shutil.rmtree(other, ignore_errors=True)
        return len(gone)

    def octets(self) -> int:
        """Octets of all sums."""
        return sum(path.stat().st_size for folder in self._folders() for path in folder.glob("*.parquet"))

    def _folder(self, file: str) -> Path:
        day, name = Path(file).parts[-2:]
        return self._table / day / name.removesuffix(".parquet")

    def _folders(self) -> Iterator[Path]:
        return (folder for folder in self._table.glob("day=*/*") if not folder.name.startswith("."))


def _sum(file: str, rollup: Rollup, folder: Path) -> None:
    """Sums by the hour from rows, and by the day from these."""
    rows = pl.scan_parquet(file, hive_partitioning=False, glob=False, schema=polars_schema(FLOWS.name), missing_columns="insert")
    scaled = [pl.coalesce(f"{name}_scaled", name).alias(f"{name}_scaled") for name in ("packets", "octets")]
    table = rows.select("time", *rollup.columns, *(name for name in SUMMED if not name.endswith("_scaled")), *scaled, pl.lit(1, pl.Int64).alias(WEIGHT))
    for length in (HOUR, DAY):
        path = folder / f"{rollup.name}.{length}.parquet"
        table.group_by(pl.col("time").dt.truncate(_LENGTHS[length]), *map(pl.col, rollup.columns)).agg(pl.col(*SUMMED, WEIGHT).sum()).sink_parquet(path, compression="zstd", compression_level=1, row_group_size=_ROWS_A_GROUP)
        table = pl.scan_parquet(path, hive_partitioning=False, glob=False)


def _keep(beside: Path, folder: Path) -> None:
    """Give the folder its name when all that is in it is on the disk. Another process may have been first."""
    for path in (*beside.iterdir(), beside):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    try:
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
