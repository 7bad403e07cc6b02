"""What is listed today against what was stored before: when lists change, their new addresses are looked for in the past.

    matcher before, matcher now -> addresses that only the new one has -> stored flows, probes, logins, tunnels and names that resolvers
    and sensors found -> one warning for each pair that was not told before: first contact, how many, octets"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.app.replayed import rows_of_file
from varde.decode import empty_batch, schema_of
from varde.decode.addresses import matrix
from varde.live import (
    COMMIT_SECONDS,
    Answers,
    ListMatcher,
    listed_in,
    together,
    warnings_of,
    warnings_of_sightings,
)
from varde.model import DNS, FLOWS, LOGINS, PROBES, TUNNELS, WARNINGS, Table, VardeError, counted
from varde.store import Store

SETTLE_SECONDS = COMMIT_SECONDS + 5
"""Between a change and the look at the past: what arrived before it is in the store by then."""

RUN_SECONDS = 600.0
"""For one look; the newest days come first, and it is said how far it came."""

TOLD_MAX = 1_000
"""Warnings of one look: a first list over a month of stored flows must not bury everything else. The rest is counted and said."""

PAIRS_MAX = 1_000_000
"""Directions of pairs remembered within a day, as a replay has them."""

_NOTHING = -1
_DAY = timedelta(days=1)


class Fresh:
    """Addresses that a matcher has and the one before had not. Its set ids are those of the new one."""

    def __init__(self, old: ListMatcher, new: ListMatcher) -> None:
        self._old, self._new = old, new

    def lookup(self, octets: NDArray[np.uint8]) -> NDArray[np.int32]:
        found = np.array(self._new.lookup(octets))
        found[self._old.lookup(octets) != _NOTHING] = _NOTHING
        return found

    def lookup_names(self, names: list[str]) -> NDArray[np.int32]:
        found = np.array(self._new.lookup_names(names))
        found[self._old.lookup_names(names) != _NOTHING] = _NOTHING
        return found

    def rows(self, number: int, /) -> Sequence[Mapping[str, Any]]:
        return self._new.rows(number)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table of the past beside flows: which ends may be listed, and how its rows are told."""

    table: Table
    kind: str
    ends: tuple[str, ...]
    columns: dict[str, pl.Expr]


_KINDS = (
    _Kind(PROBES, "scan", ("src",), {"name": pl.lit("probes"), "octets": pl.col("length").fill_null(0)}),
    _Kind(LOGINS, "login", ("src",), {"name": pl.col("user"), "octets": pl.lit(0)}),
    # who asks a honeypot to connect on: from the client to where he wants to go
    _Kind(TUNNELS, "flow", ("src", "dst"), {
        "name": pl.lit("tunnel"), "octets": pl.lit(0), "proto": pl.lit(6), "dst_addr": pl.col("target_addr"), "dst_port": pl.col("target_port"),
        "dst_cc": pl.col("target_cc"), "dst_as": pl.col("target_as"),
    }),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Past:
    """What is looked at: what was received before a moment (us), and was not told before (host, listed, until)."""

    store: Store
    before: int
    told: pl.DataFrame

    def contacts(self, fresh: ListMatcher, day: date) -> pl.DataFrame:
        """Warnings of one stored day (UTC): one for each pair of a host and a fresh address. Raises VardeError where a file cannot be read."""
        found = [self._of_flows(fresh, day), *(self._of_kind(kind, fresh, day) for kind in _KINDS), self._of_names(fresh, day)]
        return together(pl.concat(found), by_address=True)

    def _of_flows(self, fresh: ListMatcher, day: date) -> pl.DataFrame:
        answers, found = Answers(PAIRS_MAX, window=float("inf")), empty_batch(WARNINGS)
        for path in self.store.files(FLOWS.name, day, day + _DAY):
            hits = warnings_of(self._of_day(rows_of_file(path, FLOWS), day), fresh, fresh, answers=answers, retro=True)
            found = together(pl.concat([found, untold(hits, self.told)]), by_address=True)
        return found

    def _of_kind(self, kind: _Kind, fresh: ListMatcher, day: date) -> pl.DataFrame:
        found = empty_batch(WARNINGS)
        for path in self.store.files(kind.table.name, day, day + _DAY):
            rows = self._of_day(rows_of_file(path, kind.table), day).with_columns(**kind.columns)
            for side in kind.ends:
                found = together(pl.concat([found, untold(_warnings(rows, kind, side, fresh), self.told)]), by_address=True)
        return found

    def _of_names(self, fresh: ListMatcher, day: date) -> pl.DataFrame:
        """Names alone: the flow that an alert is about is among the flows."""
        found = empty_batch(WARNINGS)
        for path in self.store.files(DNS.name, day, day + _DAY):
            rows = self._of_day(rows_of_file(path, DNS), day).filter(pl.col("name").is_not_null()).with_columns(day=pl.lit(day))
            found = together(pl.concat([found, untold(warnings_of_sightings(rows, fresh, retro=True), self.told)]), by_address=True)
        return found

    def _of_day(self, rows: pl.DataFrame, day: date) -> pl.DataFrame:
        return rows.filter((pl.col("received").fill_null(0) < self.before) & (pl.from_epoch("time", "us").dt.date() == day))


def _warnings(rows: pl.DataFrame, kind: _Kind, side: str, fresh: ListMatcher) -> pl.DataFrame:
    known = rows.filter(pl.col(f"{side}_addr").is_not_null())
    sets = fresh.lookup(matrix(known[f"{side}_addr"])) if len(known) else np.empty(0, dtype=np.int32)
    at = np.flatnonzero(sets != _NOTHING)
    hits = known[at].with_columns(
        side=pl.lit(side), kind=pl.lit(kind.kind), lists=listed_in(pl.Series(sets[at]), fresh), end_time=pl.col("time"), packets=pl.lit(1), count=pl.lit(1),
        one_way=pl.lit(1), sampled=pl.lit(0), late=pl.lit(0), retro=pl.lit(1), day=pl.from_epoch("time", "us").dt.date(),
    )  # fmt: skip
    absent = [pl.lit(None).alias(field.name) for field in WARNINGS.fields if field.name not in hits.columns]
    return hits.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in schema_of(WARNINGS).items())


def untold(warnings: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Those that went on after the last warning of their pair."""
    return _paired(warnings).join(told, on=list(_PAIR), how="left", nulls_equal=True, maintain_order="left").filter(
        pl.col("until").is_null() | (pl.coalesce("end_time", "time") > pl.col("until"))
    ).drop(*_PAIR, "until")  # fmt: skip


def told_before(store: Store, first: date, last: date) -> pl.DataFrame:
    """Until when each pair of a host and a listed address or name was told of, in the warnings of some days."""
    frames = [_paired(rows_of_file(path, WARNINGS)) for path in store.files(WARNINGS.name, first, last)]
    empty = {"host": pl.Binary, "listed": pl.Binary, "listed_name": pl.String, "until": pl.Int64}
    if not frames:
        return pl.DataFrame(schema=empty)
    some = [frame.select(*_PAIR, pl.coalesce("end_time", "time").alias("until")) for frame in frames]
    return pl.concat(some).group_by(*_PAIR).agg(pl.col("until").max())


_PAIR = ("host", "listed", "listed_name")
"""Who, and with what: the name where neither end is listed, as a resolver's client and what it asked for."""


def _paired(warnings: pl.DataFrame) -> pl.DataFrame:
    is_source = pl.col("side") == "src"
    return warnings.with_columns(
        host=pl.when(is_source).then("dst_addr").otherwise("src_addr"), listed=pl.when(is_source).then("src_addr").otherwise("dst_addr"),
        listed_name=pl.when(pl.col("side").is_null()).then("name"),
    )  # fmt: skip


class Retro:
    """Looks at the past in a thread of its own, and hands over what was found."""

    def __init__(
        self, store: Store, days: int, tell: Callable[[pl.DataFrame], None], note: Callable[[str], None], stop: threading.Event,
        *, settle: float = SETTLE_SECONDS, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`days`: how far back; 0 looks at nothing. `tell` takes frames of WARNINGS whose `line` is empty, and never waits."""
        self._store, self._days, self._tell, self._note, self._stop = store, days, tell, note, stop
        self._settle, self._clock = settle, clock
        self._lock, self._any = threading.Lock(), threading.Event()
        self._change: tuple[ListMatcher, ListMatcher, int] | None = None
        self._thread: threading.Thread | None = None

    def changed(self, old: ListMatcher, new: ListMatcher) -> None:
        """Lists changed just now. Changes that come while the past is looked at are one. Never waits."""
        with self._lock:
            first = self._change[0] if self._change else old
            self._change = first, new, int(self._clock() * 1e6)
        self._any.set()

    def start(self) -> None:
        if self._days:
            self._thread = threading.Thread(target=self._run, name="retro", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._any.set()
        if self._thread is not None:
            self._thread.join(timeout=_END_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._any.wait()
            if self._stop.wait(self._settle):
                return
            self._any.clear()
            with self._lock:
                change, self._change = self._change, None
            if change is not None:
                try:
                    self.look(*change)
                except VardeError as error:
                    self._note(f"what is new on the lists could not be looked for in the past: {error}")

    def look(self, old: ListMatcher, new: ListMatcher, before: int) -> int:
        """Look for what only `new` has in what was received before a moment (us). How many warnings were told.

        Raises VardeError where a file cannot be read."""
        last = datetime.fromtimestamp(before / 1e6, timezone.utc).date()
        days = [last - n * _DAY for n in range(self._days)]
        past = Past(self._store, before, told_before(self._store, days[-1], last + _DAY))
        found, reached = empty_batch(WARNINGS), None
        for day, batch in self._days_back(past, Fresh(old, new), days):
            found, reached = together(pl.concat([found, batch]), by_address=True), day
        if not found.is_empty():
            self._tell(found.head(TOLD_MAX))
            self._say(len(found), days[-1], reached)
        return min(len(found), TOLD_MAX)

    def _days_back(self, past: Past, fresh: ListMatcher, days: list[date]) -> Iterator[tuple[date, pl.DataFrame]]:
        """The newest day first, for as long as there is time."""
        deadline = time.monotonic() + RUN_SECONDS
        for day in days:
            if self._stop.is_set() or time.monotonic() > deadline:
                return
            yield day, past.contacts(fresh, day)

    def _say(self, number: int, asked: date, reached: date | None) -> None:
        more = f"; the first {TOLD_MAX:,} are told, `varde warn --replay` shows all" if number > TOLD_MAX else ""
        early = f"; time was up at {reached}" if reached is not None and reached > asked else ""
        self._note(f"{counted(number, 'contact')} in the past with what is new on the lists{more}{early}")


_END_SECONDS = 10.0  # for the day that is being looked at
