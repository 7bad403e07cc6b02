"""From decoded blocks to committed tables: enrich at once, show to watchers at once, commit in larger batches."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import polars as pl

from varde.decode import Decoded, Origin, empty_batch, schema_of
from varde.intel import Geography
from varde.live.enrich import enrich
from varde.live.pairs import Pairs
from varde.model import COUNTERS, REJECTS
from varde.store import Parts, Progress, Store

COMMIT_ROWS = 100_000
"""Rows of a bulk import that wait for a commit: larger costs memory, smaller costs commits."""

COMMIT_SECONDS = 10.0
"""What a crash may cost a socket, and how old an answer may be."""


class Watcher(Protocol):
    """Is shown each batch when it arrives, with the name of its table, and told when batches have been committed."""

    def watch(self, table: str, batch: pl.DataFrame) -> None: ...
    def stored(self) -> None: ...


@dataclass(slots=True)
class Writer:
    """Collects what was decoded and commits it. One per file (with progress), one for all sockets (without)."""

    store: Store
    geography: Geography
    watchers: list[Watcher] = field(default_factory=list)
    commit_rows: int = COMMIT_ROWS
    written: Counter[tuple[str, str]] = field(default_factory=Counter)
    "Totals of everything added, by (dialect, outcome)."
    _batches: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    _parts: dict[str, Parts] = field(default_factory=dict)
    _pairs: Pairs = field(default_factory=Pairs)
    _rejects: list[pl.DataFrame] = field(default_factory=list)
    _counts: dict[Origin, Counter[tuple[str, str]]] = field(default_factory=dict)
    _rows: int = 0
    _since: float = 0.0
    _unfinished: "Commit | None" = None
    "Of sockets: some of its tables may be written."

    def add(self, decoded: Decoded, origin: Origin) -> None:
        """Take one decoded block: it is enriched and shown to the watchers now, and committed later."""
        self.add_all(decoded, {origin: decoded.counts})

    def add_all(self, decoded: Decoded, counts: dict[Origin, Counter[tuple[str, str]]]) -> None:
        """As `add`, of a block with lines of several origins."""
        if self._rows == 0 and not self._counts:
            self._since = time.monotonic()
        for table, found in decoded.tables():
            batch = enrich(found, self.geography, self._pairs)
            for watcher in self.watchers:
                watcher.watch(table, batch)
            self._batches.setdefault(table, []).append(batch)
            self._rows += len(batch)
        self._rejects.append(decoded.rejects)
        for origin, outcomes in counts.items():
            self._counts.setdefault(origin, Counter()).update(outcomes)
        self.written.update(decoded.counts)
        self._rows += decoded.counts["", "ignored"]

    def add_staged(self, parts: dict[str, Parts], decoded: Decoded, origin: Origin) -> None:
        """Take what another process decoded, enriched and staged: files by the name of their table, and all but their records."""
        for table, staged in parts.items():
            self._parts[table] = self._parts[table] + staged if table in self._parts else staged
            self._rows += staged.rows
        self.add(decoded, origin)

    def add_rows(self, table: str, rows: pl.DataFrame) -> None:
        """Take rows that are about the collecting itself: they are neither placed nor shown."""
        if self._rows == 0 and not self._counts:
            self._since = time.monotonic()
        self._batches.setdefault(table, []).append(rows)
        self._rows += len(rows)

    @property
    def waiting(self) -> int:
        """Records that a crash would lose (sockets) or read again (files)."""
        unfinished = sum(map(len, self._unfinished.records.values())) if self._unfinished else 0
        return unfinished + sum(len(batch) for batches in self._batches.values() for batch in batches)

    def is_due(self) -> bool:
        """Whether enough rows or time have gathered for a commit."""
        old = bool(self._counts or self._batches) and time.monotonic() - self._since >= COMMIT_SECONDS
        return old or self._rows >= self.commit_rows or self._unfinished is not None

    def commit(self, progress: Progress | None = None) -> None:
        """Write what was added. Where that fails it stays here and is tried again by the next call.

        Rows of a file that were written before the failure are known by their progress; those of sockets have none, so the
        commit itself is kept, which knows the tables it has written."""
        while progress is None and (work := self.hand_over()):
            work()
        if commit := self.detach():
            commit.write(self.store, progress)
            self.committed()
            self._tell()

    def hand_over(self) -> Callable[[], None] | None:
        """What there is to write of what sockets sent, as work for any thread; None where there is nothing. One at a time: what
        fails comes first the next time."""
        if self._unfinished is None:
            self._unfinished = self.detach()
            self.committed()
        return self._finish if self._unfinished else None

    def _finish(self) -> None:
        assert self._unfinished is not None
        self._unfinished.write(self.store, None)
        self._unfinished = None
        self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher.stored()

    def detach(self) -> "Commit | None":
        """What was added, to be written by another thread; None where there is nothing. Call `committed` afterwards."""
        if not self._counts and not self._batches:
            return None
        records = {table: pl.concat(batches) for table, batches in self._batches.items()}
        rejects = pl.concat(self._rejects) if self._rejects else empty_batch(REJECTS)
        return Commit(rejects, records, _counter_rows(self._counts), self._parts)

    def committed(self) -> None:
        """What was added is written, or is another's to write."""
        self._batches, self._parts, self._rejects, self._counts, self._rows = {}, {}, [], {}, 0


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit's worth of each table."""

    rejects: pl.DataFrame
    records: dict[str, pl.DataFrame]
    "By the name of their table."
    counters: pl.DataFrame
    parts: dict[str, Parts] = field(default_factory=dict)
    "Records whose files are written, by the name of their table. Of text only, which has progress."
    _written: set[str] = field(default_factory=set)
    "Tables of it that a failed try wrote."

    def write(self, store: Store, progress: Progress | None) -> None:
        """Write rejects, records and, last, counters: their progress is the one that a restart continues from.

        Raises OvertakenError where only the counters, which cannot be cut, are left to be written."""
        each = progress and replace(progress, begin=None)
        if each:
            self._write_parts(store, each)
        for table, batch in {"rejects": self.rejects, **self.records}.items():
            if table not in self._written and not (table == "rejects" and batch.is_empty()):
                store.append(table, batch, each)
                self._written.add(table)
        if progress or not self.counters.is_empty():
            store.append("counters", self.counters, progress)

    def _write_parts(self, store: Store, progress: Progress) -> None:
        """Commit what is staged, with what else there is of its table: a table takes the progress of a source once."""
        try:
            for table in tuple(self.parts):
                if table in self.records:
                    self.parts[table] += store.stage(table, self.records.pop(table))
                store.append_parts(table, self.parts[table], progress)
                del self.parts[table]
        finally:
            for parts in self.parts.values():  # of those from one that failed on
                parts.remove()


def _counter_rows(counts: dict[Origin, Counter[tuple[str, str]]]) -> pl.DataFrame:
    # batches of a socket differ in when they came, and count as one
    sums: dict[tuple[str, str, str, str, str], int] = {}
    latest: dict[tuple[str, str, str], int] = {}
    for origin, counter in counts.items():
        place = (origin.sensor, origin.source, origin.file)
        latest[place] = max(latest.get(place, 0), origin.received)
        for outcome, count in counter.items():
            sums[*place, *outcome] = sums.get((*place, *outcome), 0) + count
    rows = [
        {
            "time": latest[sensor, source, file], "sensor": sensor, "dialect": dialect, "outcome": outcome, "count": count,
            "source": source, "file": file, "offset": NEWEST,
        }
        for (sensor, source, file, dialect, outcome), count in sums.items() if count
    ]  # fmt: skip
    schema = {name: dtype for name, dtype in schema_of(COUNTERS).items() if name != "day"}
    return pl.DataFrame(rows, schema=schema).with_columns(pl.from_epoch("time", "us").dt.date().alias("day"))


NEWEST = 2**62
"""Offset of counter rows: they describe the whole commit, so no earlier progress covers them."""
