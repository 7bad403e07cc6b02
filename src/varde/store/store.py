"""The store: a folder with a Delta table for each kind of record."""

import errno
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from uuid import uuid4

import polars as pl
import pyarrow as pa
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Schema,
    Transaction,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError

from varde.model import FLOWS, RECORDS, TABLES, VardeError, counted
from varde.store.columns import arrow_schema, polars_schema
from varde.store.durable import NONE, Durable
from varde.store.facts import Facts, cannot, is_full, make_folder, write_atomically
from varde.store.forgetting import Forgotten
from varde.store.parts import Parts, write_parts
from varde.store.rollups import Rollups

STORE_VERSION = 1
MARKER = "store.json"
LOST_AND_FOUND = ("lost+found",)
"""What stands in an empty file system of its own."""

VACUUM_AFTER_HOURS = 2
"""A file that a merge replaced stays for the longest question (one hour) and one hour more."""

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")

ROLLED_UP_MIN = 1_000_000
"""Rows of a data file: fewer are read as quickly as their sums."""

_RECORDS = {table.name for table in RECORDS}
_FROM_TEXT = tuple(table for table in RECORDS if "raw" in table.names)
_COMMIT_TRIES = 8

_REBASES = 15
"""Times that an append goes behind a commit that came first. The library refuses where both carry the progress of one source."""

_NO_REBASE = 0
"""For the commit that makes a table. The library would put one that came second behind the first, with the table's description."""

_NOTHING_MORE = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
"""The library would make a checkpoint after each hundredth commit and remove what is older, before any of it is on the disk."""

CHECKPOINT_AFTER = 100
"""Commits: each is a file that whoever opens the table reads."""

_MARK = "varde.commit"
"""Key of a commit's description under which its own mark stands, to find out whether it was made."""

DENSER_THAN = 30
"""A record takes 33 to 50 octets on disk and 600 to 900 in memory. What cannot fit is refused before it is tried: where the disk
ends in the midst of a file, delta-rs writes of its own trouble to standard error."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source was read: its identity and the offset behind the last line of this append."""

    source: str
    offset: int
    begin: int | None = None
    "Where this append must begin for rows that describe all of it and cannot be cut; None where each row has an offset."


class OvertakenError(VardeError):
    """Another process committed a part of what an append describes as a whole; `done` is how far it came."""

    def __init__(self, progress: Progress, done: int) -> None:
        super().__init__(f"{progress.source} was stored up to {done} meanwhile, by another process. Try again.")
        self.done = done


@dataclass(frozen=True, slots=True)
class TableSize:
    name: str
    rows: int
    files: int
    octets: int


def _said_in_words(work: Callable[Concatenate["Store", _Given], _Answer]) -> Callable[Concatenate["Store", _Given], _Answer]:
    """What the tables refuse, while another process changes them or where a file is gone, becomes a VardeError."""

    @wraps(work)
    def said(self: "Store", /, *given: _Given.args, **named: _Given.kwargs) -> _Answer:
        self.require_writable()
        try:
            return work(self, *given, **named)
        except (DeltaError, OSError) as error:
            if is_full(error) or "ermission denied" in str(error):
                raise VardeError(cannot(self.path, error)) from error
            text = str(error).partition("\n")[0]
            raise VardeError(f"cannot change the store {self.path}: {text}. Another process may be at it: try again.") from error

    return said


def check_location(path: Path) -> None:
    """Whether a store is, or could be made, in `path`, and may be written. Makes nothing. Raises VardeError."""
    _check_name(path)
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    try:
        if there == path:
            _version_of(path)
    except OSError as error:
        raise VardeError(cannot(path, error)) from error
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise VardeError(f"cannot write to {path}: {there} {'may not be written' if there.is_dir() else 'is no folder'}. "
                         "Name a folder of your own with --store or VARDE_STORE.")  # fmt: skip


def _check_name(path: Path) -> None:
    """Raises VardeError for a path that delta-rs would take for another, or refuse in its own words."""
    if wrong := _NOT_IN_PATHS.search(str(path.absolute())):
        raise VardeError(f"cannot use {path} as a store: its name has {wrong[0]!r}, which the tables' library cannot handle. "
                         "Name another place with --store or VARDE_STORE.")  # fmt: skip


_NOT_IN_PATHS = re.compile(r"[\[\]\\^|\x00-\x1f\x7f\ud800-\udfff]|%[0-9A-Fa-f]{2}")


def _version_of(path: Path) -> int:
    """The version of the store in a folder, 0 where none was made yet. Raises VardeError for what this Varde cannot use."""
    marker = path / MARKER
    if not marker.exists():
        strangers = [entry.name for entry in path.iterdir() if not entry.name.startswith(".")]
        if not set(strangers) <= {*TABLES, "facts", "rollups", marker.name, *LOST_AND_FOUND}:  # another process may be making the store too
            raise VardeError(f"{path} is not a Varde store: it holds {', '.join(sorted(strangers)[:3])}. "
                             "Name another folder with --store.")  # fmt: skip
        return 0
    try:
        version = int(json.loads(marker.read_text())["version"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise VardeError(f"{marker} is damaged: {error}. It should hold {{\"version\": {STORE_VERSION}}}.") from error
    if version > STORE_VERSION:
        raise VardeError(f"the store {path} was written by a newer Varde (store version {version}, this one "
                         f"reads up to {STORE_VERSION}). Update Varde or name another folder with --store.")  # fmt: skip
    return version


class _Batch:
    """Rows of an append, whose files are written for the commit."""

    def __init__(self, folder: Path, table: str, batch: pl.DataFrame) -> None:
        self._folder, self._table, self._batch = folder, table, batch
        self._rows = batch

    def __len__(self) -> int:
        return len(self._rows)

    def leave_out(self, done: int) -> None:
        """Leave out rows of lines before an offset."""
        self._rows = self._batch.filter(pl.col("offset") >= done)

    def add_to(self, delta: DeltaTable, tries: CommitProperties) -> None:
        parts = write_parts(self._folder, self._table, self._rows)
        try:
            _name(parts, delta, tries)
        except CommitFailedError:  # after any other error the commit may stand nevertheless, and name them
            parts.remove()
            raise


class _Staged:
    """Rows of an append, whose files are written."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return self.parts.rows

    def leave_out(self, done: int) -> None:
        if done > self.parts.first:
            self.parts = self.parts.since(done)

    def add_to(self, delta: DeltaTable, tries: CommitProperties) -> None:
        _name(self.parts, delta, tries)


def _name(parts: Parts, delta: DeltaTable, tries: CommitProperties) -> None:
    delta.create_write_transaction(list(parts.adds), "append", delta.schema(), ["day"], commit_properties=tries, post_commithook_properties=_NOTHING_MORE)


class Store:
    """Opens or makes the store in `path`. Raises VardeError where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _check_name(path)
        try:
            make_folder(path)
            if not _version_of(path):
                write_atomically(path / MARKER, json.dumps({"version": STORE_VERSION}).encode())
        except OSError as error:
            raise VardeError(cannot(path, error)) from error
        self.facts = Facts(path / "facts")
        self.rollups = Rollups(path / "rollups", FLOWS.name)
        self._durable = {table: Durable(path, table) for table in TABLES}
        self._looked: dict[str, int | None] = {}

    def require_writable(self) -> None:
        """Raises VardeError for a store that may only be read, as one of another user or on a disk mounted so."""
        if not self.path.is_dir():
            raise VardeError(f"there is no folder {self.path} any more: it was removed or renamed. Start Varde again, or name another folder with --store.")
        if not os.access(self.path, os.W_OK | os.X_OK):
            why = "its disk is mounted so" if os.statvfs(self.path).f_flag & os.ST_RDONLY else "permission denied"
            raise VardeError(f"cannot write to {self.path}: it may only be read ({why}). Use the account that owns it, or name another "
                             "folder with --store.")  # fmt: skip

    def append(self, table: str, batch: pl.DataFrame, progress: Progress | None = None) -> int:
        """Commit a batch with the progress of its source; rows that another commit already covers are left out.

        Returns the number of rows written. Raises VardeError when the disk refuses, OvertakenError where the progress has a
        beginning that another commit went beyond."""
        self._require_room(table, batch)
        return self._append(table, _Batch(self.path / table, table, batch), progress)

    def stage(self, table: str, batch: pl.DataFrame) -> Parts:
        """Write the files of an append and leave it to `append_parts`, of any process, to commit them. Raises VardeError."""
        self._require_room(table, batch)
        try:
            return write_parts(self.path / table, table, batch)
        except OSError as error:
            raise VardeError(cannot(self.path / table, error)) from error

    def append_parts(self, table: str, parts: Parts, progress: Progress) -> int:
        """As `append`, of what was staged. Where nothing of it is to be committed, or it cannot be, its files are gone."""
        staged = _Staged(parts)
        try:
            written = self._append(table, staged, progress)
        except VardeError:
            staged.parts.remove()
            raise
        if not written:
            staged.parts.remove()
        return written

    def _require_room(self, table: str, batch: pl.DataFrame) -> None:
        self.require_writable()
        if self.free() < batch.estimated_size() // DENSER_THAN:
            raise VardeError(cannot(self.path / table, OSError(errno.ENOSPC, "No space left on device")))

    def _append(self, table: str, rows: "_Batch | _Staged", progress: Progress | None) -> int:
        try:
            with self._durable[table].committing():
                written = self._append_once(table, rows, progress)
                self._settle_appended(table, progress)
        except OSError as error:
            raise VardeError(cannot(self.path / table, error)) from error
        return written

    def _settle_appended(self, table: str, progress: Progress | None) -> None:
        """A commit of a socket stands where the disk refuses to sync it: to make it again would double it. The next one brings both there."""
        try:
            self._settle(table)
        except OSError:
            if progress is not None:
                raise

    def _settle(self, table: str) -> None:
        """Bring what was committed to the disk; every so many commits with a checkpoint. Raises OSError."""
        mark = self._durable[table].settle()
        if mark.version - mark.checkpoint >= CHECKPOINT_AFTER and (delta := self._table(table)):
            self._checkpoint(table, delta)

    def _checkpoint(self, table: str, delta: DeltaTable) -> None:
        """What is older than a checkpoint may be removed, so it must be on the disk before."""
        try:
            delta.create_checkpoint()
        except DeltaError:
            return  # it saves time and nothing else: the next commit tries again
        self._durable[table].settle_checkpoint(delta.version())

    @contextmanager
    def _changing(self, table: str) -> Iterator[DeltaTable | None]:
        """A table for a change that the library makes, all of which is on the disk afterwards. Raises OSError, DeltaError."""
        if not _has_commits(self.path / table / "_delta_log"):
            yield None
            return
        with self._durable[table].committing():
            self._settle(table)
            yield self._table(table)
            self._settle(table)

    def _append_once(self, table: str, rows: "_Batch | _Staged", progress: Progress | None) -> int:
        for _ in range(_COMMIT_TRIES):
            delta = self._table(table)
            if progress is not None:
                done = (delta.transaction_version(progress.source) if delta else None) or 0
                if done >= progress.offset:
                    return 0
                if progress.begin is not None and done > progress.begin:
                    raise OvertakenError(progress, done)
                if done:
                    rows.leave_out(done)
            if len(rows) == 0 and progress is None:
                return 0
            if self._commit(table, delta, rows, progress):
                return len(rows)
        raise VardeError(f"cannot append to {self.path / table}: other writers came first {_COMMIT_TRIES} times. Try again.")

    def _commit(self, table: str, delta: DeltaTable | None, rows: "_Batch | _Staged", progress: Progress | None) -> bool:
        transactions = [Transaction(progress.source, progress.offset)] if progress else []
        mark = uuid4().hex
        tries = CommitProperties({_MARK: mark}, _REBASES, transactions)
        try:
            if delta is None:
                self._make(table)
                return False  # to be added to
            _grow(table, delta)
            if len(rows) == 0:
                write_deltalake(delta, arrow_schema(TABLES[table].fields).empty_table(), mode="append", commit_properties=tries, post_commithook_properties=_NOTHING_MORE)
            else:
                rows.add_to(delta, tries)
        except CommitFailedError:
            return False
        except (DeltaError, OSError) as error:
            now = self._table(table)
            if now and any(commit.get(_MARK) == mark for commit in now.history(_REBASES)):
                return True  # what failed came after the commit
            if delta is None and now is not None:
                return False  # another process made the table first
            raise VardeError(cannot(self.path / table, error)) from error
        return True

    def _make(self, table: str) -> None:
        """Make a table without rows: those of an append are written in half the time that the library takes."""
        self._durable[table].begin()
        schema = arrow_schema(TABLES[table].fields)
        DeltaTable.create(
            self._uri(table), Schema.from_arrow(schema), mode="error", partition_by=["day"], configuration=_CONFIGURATION,
            commit_properties=CommitProperties(max_commit_retries=_NO_REBASE), post_commithook_properties=_NOTHING_MORE,
        )  # fmt: skip

    def offset(self, table: str, source: str) -> int:
        """How far a source has been committed to a table, in octets of uncompressed text."""
        delta = self._table(table)
        return (delta.transaction_version(source) if delta else None) or 0

    def lines_of(self, source: str, first: int, last: int) -> list[tuple[int, str]]:
        """(offset, raw line) of the records of a source whose lines begin from `first` up to, not including, `last`."""
        wanted = (pl.col("source") == source) & (pl.col("offset") >= first) & (pl.col("offset") < last) & pl.col("raw").is_not_null()
        rows: list[tuple[int, str]] = []
        for table in _FROM_TEXT:
            if files := self.files(table.name):
                found = pl.scan_parquet(files, hive_partitioning=False, glob=False).filter(wanted).select("offset", "raw")
                rows += found.collect().rows()
        return rows

    def rows_of(self, table: str, source: str, last: int, columns: list[str]) -> pl.DataFrame:
        """Columns of the records of a source that begin before an offset; times are in us since 1970 UTC."""
        if not (files := self.files(table)):
            return pl.DataFrame(schema=dict.fromkeys(columns))
        wanted = (pl.col("source") == source) & (pl.col("offset") < last)
        scanned = pl.scan_parquet(files, hive_partitioning=False, glob=False, schema=polars_schema(table), missing_columns="insert")
        rows = scanned.filter(wanted).select(columns).collect()
        return rows.with_columns(pl.col(pl.Datetime).dt.epoch("us"))

    def files(self, table: str, first: date | None = None, last: date | None = None) -> list[str]:
        """Parquet files of the current snapshot whose day lies in first..last (UTC, inclusive)."""
        delta = self._table(table)
        if delta is None:
            return []
        days = [("day", ">=", first.isoformat())] if first else []
        days += [("day", "<=", last.isoformat())] if last else []
        # the answer is escaped as a URI; what stands behind the table's folder, day=.../part..., never needs it
        uris = delta.file_uris(file_pruning_predicate=days or None)
        return [str(self._file(table, uri)) for uri in uris]

    def _file(self, table: str, uri: str) -> Path:
        return self.path.absolute().joinpath(table, *uri.split("/")[-2:])

    @_said_in_words
    def forget(self, source: str) -> int:
        """Take back everything that came from a source. Returns the number of rows removed."""
        removed = 0
        for table in TABLES:
            quoted = source.replace("'", "''")
            gone = self._delete(table, f"source = '{quoted}'", Transaction(source, 0))
            removed += gone if table in _RECORDS else 0
        return removed

    @_said_in_words
    def forget_sensor(self, sensor: str, since: datetime) -> int:
        """Take back what a sensor told, received since a moment of today or yesterday. Returns the number of rows removed."""
        removed, quoted = 0, sensor.replace("'", "''")
        day = since.astimezone(timezone.utc).date() - timedelta(days=1)  # its own clock may be behind
        for name, table in TABLES.items():
            column = "received" if "received" in table.names else "time"
            # by day and by moment first: files of before are not even opened
            gone = self._delete(name, f"day >= '{day.isoformat()}' and {column} >= {_moment(since)} and sensor = '{quoted}'")
            removed += gone if name in _RECORDS else 0
        return removed

    @_said_in_words
    def forget_address(self, forgotten: Forgotten) -> dict[str, int]:
        """Delete all rows that say something of an address or network, and the files they stood in. Returns how many, by table."""
        removed = {}
        for name, table in TABLES.items():
            if (rows := forgotten.rows(table)) and _has_commits(self.path / name / "_delta_log"):
                removed[name] = self._delete(name, rows)
        for name in (name for name, count in removed.items() if count):
            with self._changing(name) as delta:
                assert delta is not None
                self._checkpoint(name, delta)
                _vacuum(delta, 0)
        self.rollups.retain(self.files(FLOWS.name))  # sums of what was written anew have addresses too
        return removed

    @_said_in_words
    def compact(self, keep_hours: int = VACUUM_AFTER_HOURS) -> list[str]:
        """Merge small files and drop what merges and deletions replaced `keep_hours` ago; says what was done."""
        done = []
        for table in TABLES:
            with self._changing(table) as delta:
                if delta is None:
                    continue
                gone = _vacuum(delta, keep_hours)  # first: on a full disk it makes the room that the others need
                merged = delta.optimize.compact(post_commithook_properties=_NOTHING_MORE)
            with self._changing(table) as delta:  # what takes the place of others is on the disk before they go
                assert delta is not None
                self._checkpoint(table, delta)
                delta.cleanup_metadata()
                gone += _vacuum(delta, keep_hours)
            if merged["numFilesRemoved"] or gone:
                done.append(f"{table}: {counted(merged['numFilesRemoved'], 'file')} merged into {merged['numFilesAdded']}, {len(gone)} removed")
        return done

    @_said_in_words
    def roll_up(self, today: date, smallest: int = ROLLED_UP_MIN) -> str:
        """Sum up the large files of flows of days before a day (of UTC), which nothing is merged into any more; says what was done."""
        delta = self._table(FLOWS.name)
        if delta is None:
            return ""
        adds = pa.table(delta.get_add_actions(flatten=True)).to_pydict()
        rows = {str(self._file(FLOWS.name, path)): count or 0 for path, count in zip(adds["path"], adds["num_records"], strict=True)}
        ended = [file for file, count in rows.items() if count >= smallest and _day_of(file) < today and not self.rollups.made(file)]
        for file in ended:
            self.rollups.make(file)
        self.rollups.retain(rows)
        return f"{FLOWS.name}: {counted(len(ended), 'file')} summed up by the hour and by the day" if ended else ""

    @_said_in_words
    def sweep(self) -> int:
        """Remove all files that merges and deletions replaced, also those that a question may be reading. Returns how many."""
        gone = 0
        for table in TABLES:
            with self._changing(table) as delta:
                gone += len(_vacuum(delta, 0)) if delta else 0
        return gone

    @_said_in_words
    def expire(self, table: str, received_before: datetime) -> int:
        """Delete rows that were received before a moment. Returns how many."""
        column = "received" if "received" in TABLES[table].names else "time"
        return self._delete(table, f"{column} < {_moment(received_before)}")

    def _delete(self, table: str, rows: str, progress: Transaction | None = None) -> int:
        """Delete rows; where somebody appends in the meantime, once more. Returns how many. Raises DeltaError, OSError."""
        for tries_left in reversed(range(_COMMIT_TRIES)):
            try:
                return self._delete_once(table, rows, CommitProperties(app_transactions=[progress] if progress else []))
            except CommitFailedError:
                if not tries_left:
                    raise
        return 0

    def _delete_once(self, table: str, rows: str, properties: CommitProperties) -> int:
        with self._changing(table) as delta:
            if delta is None:
                return 0
            _grow(table, delta)  # a condition may name columns that an older store lacks
            metrics = delta.delete(rows, commit_properties=properties, post_commithook_properties=_NOTHING_MORE)
            return int(metrics.get("num_deleted_rows") or 0)

    @_said_in_words
    def drop_raw(self, received_before: datetime) -> int:
        """Empty the original lines of records received before a moment, which are most of their size. Returns how many."""
        old, updated = f"raw is not null and received < {_moment(received_before)}", 0
        for table in _FROM_TEXT:
            with self._changing(table.name) as delta:
                if delta is not None:
                    metrics = delta.update(predicate=old, updates={"raw": "null"}, post_commithook_properties=_NOTHING_MORE)
                    updated += int(metrics.get("num_updated_rows") or 0)
        return updated

    @_said_in_words
    def drop_day(self, table: str, day: date) -> int:
        """Delete one UTC day of a table. Returns how many rows."""
        return self._delete(table, f"day = '{day.isoformat()}'")

    def sizes(self) -> list[TableSize]:
        """Rows, files and octets of each table that exists."""
        out = []
        for table in TABLES:
            delta = self._table(table)
            if delta is not None:
                adds = pa.table(delta.get_add_actions(flatten=True)).to_pydict()
                rows, octets = sum(filter(None, adds["num_records"])), sum(adds["size_bytes"])
                out.append(TableSize(table, rows, len(adds["size_bytes"]), octets))
        return out

    def days(self, table: str) -> list[date]:
        """Days that have records, in order."""
        delta = self._table(table)
        return sorted({date.fromisoformat(str(p["day"])) for p in delta.partitions()}) if delta else []

    def disk(self) -> tuple[int, int]:
        """Octets of the store's disk: all, and free."""
        usage = shutil.disk_usage(self.path)
        return usage.total, usage.free

    def free(self) -> int:
        return self.disk()[1]

    def version(self, table: str) -> int:
        """Grows with every commit to a table; -1 where it does not exist."""
        delta = self._table(table)
        return delta.version() if delta else -1

    def _uri(self, table: str) -> str:
        """Where a table is, as delta-rs takes it: a bare path with a blank or a # would be read as a URI, and cut."""
        return (self.path.absolute() / table).as_uri()

    def _table(self, table: str) -> DeltaTable | None:
        path = self.path / table
        newest = self._looked_after(table)
        if newest == NONE or not _has_commits(path / "_delta_log"):
            return None
        try:
            return DeltaTable(self._uri(table), version=newest)
        except DeltaError as error:
            text = str(error).partition("\n")[0]  # behind it are places in the library
            raise VardeError(f"cannot read the table {path}: {text}") from error


    def _looked_after(self, table: str) -> int | None:
        """The newest version that may be read; None where that is the newest there is. What a loss of power left is cut off before."""
        if table not in self._looked:
            durable = self._durable[table]
            try:
                cut = durable.recover()
                if cut:
                    self.facts.put(f"cut/{table}", {"commits": cut, "when": int(time.time())})
                self._looked[table] = None
            except OSError:  # one who may only read, or a full disk: it is left for others, or for the next time
                return durable.whole()
        return self._looked[table]


def _grow(table: str, delta: DeltaTable) -> None:
    """Give a table of an older store the columns that have come since; rows from before have nulls there."""
    known = {field.name for field in delta.schema().fields}
    schema = Schema.from_arrow(arrow_schema(TABLES[table].fields))
    if missing := [field for field in schema.fields if field.name not in known]:
        delta.alter.add_columns(missing, post_commithook_properties=_NOTHING_MORE)
        delta.update_incremental()


def _vacuum(delta: DeltaTable, keep_hours: int) -> list[str]:
    """Remove files that were replaced that long ago. After hours also those that killed writers left: no commit takes so long."""
    settled = keep_hours >= VACUUM_AFTER_HOURS
    return delta.vacuum(retention_hours=keep_hours, enforce_retention_duration=False, dry_run=False, full=settled, post_commithook_properties=_NOTHING_MORE)


def _has_commits(log: Path) -> bool:
    """Whether a table was made. The folder of its log alone says no more than that somebody is making it, or was killed at that."""
    if not log.is_dir():
        return False
    with os.scandir(log) as entries:  # looks at a few of thousands
        return any(entry.name.endswith(_COMMITTED) for entry in entries)


_COMMITTED = (".json", ".parquet")
"""Commits and checkpoints; `.json#1` is one that is being written."""


_CONFIGURATION = {
    "delta.checkpointInterval": "100",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 2 hours",
}


def _day_of(file: str) -> date:
    return date.fromisoformat(Path(file).parent.name.removeprefix("day="))


def _moment(moment: datetime) -> str:
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    return f"arrow_cast('{text}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
