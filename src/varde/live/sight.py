"""What other programs found on lists becomes warnings, with what our own lists know of it."""

import json
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import polars as pl

from varde.decode import empty_batch, schema_of
from varde.decode.addresses import octets_of
from varde.live.warn import LISTS_MAX, NOTHING, entry
from varde.live.warner import ListMatcher
from varde.model import DNS, WARNINGS

RECENT_SECONDS = 86_400
"""A sighting older than this is stored and not told: who gives us a log of last year does not want to be woken by it."""

ALLOWED = ("passthru", "disabled")
"""Outcomes by which an administrator let a name pass: told only where a list of ours has it and nothing allows it."""


def warnings_of_sightings(sightings: pl.DataFrame, matcher: ListMatcher, *, retro: bool = False) -> pl.DataFrame:
    """One row of WARNINGS for each row of DNS; `line` is left empty. `retro`: they were stored before our lists had it, so only what ours
    have is told; what others said of them was told then."""
    if sightings.is_empty():
        return empty_batch(WARNINGS)
    sets = _sets(sightings["indicator"].to_list(), matcher)
    told = sightings.with_columns(pl.Series("_set", sets, dtype=pl.Int64))
    others = pl.lit(value=not retro) & ~pl.col("outcome").is_in(ALLOWED).fill_null(value=False)
    told = told.filter(others | (pl.col("_set") != NOTHING))
    lists = [_lists(row, matcher) for row in told.select("_set", "lists", "seen").iter_rows(named=True)]
    full = told.with_columns(
        end_time=pl.col("time"), received=pl.coalesce("received", "time"), kind=pl.when(_is_flow()).then(pl.lit("flow")).otherwise(pl.lit("dns")), name=pl.coalesce("name", "indicator"),
        side=pl.when(_is_flow()).then(pl.lit("dst")), lists=pl.Series(lists, dtype=pl.String),
        count=pl.lit(1), retro=pl.lit(int(retro)),
    )  # fmt: skip
    return full.select((pl.col(name) if name in full.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema_of(WARNINGS).items())


def _is_flow() -> pl.Expr:
    """An alert about a flow whose ends and protocol are known is of a flow; all else is of a name, or what stands for it."""
    return pl.col("name").is_null() & pl.col("dst_addr").is_not_null() & pl.col("proto").is_not_null()


def _sets(indicators: list[str | None], matcher: ListMatcher) -> list[int]:
    """The set of our lists that holds each indicator, NOTHING for none; each is asked for once."""
    distinct = [text for text in dict.fromkeys(indicators) if text]
    octets = {text: packed for text in distinct if (packed := octets_of(text.partition("/")[0]))}
    names = [text for text in distinct if text not in octets]
    known: dict[str | None, int] = dict(zip(names, matcher.lookup_names(names).tolist(), strict=True)) if names else {}
    if octets:
        table = np.frombuffer(b"".join(octets.values()), dtype=np.uint8).reshape(-1, 16)
        known |= dict(zip(octets, matcher.lookup(table).tolist(), strict=True))
    return [known.get(text, NOTHING) for text in indicators]


def _lists(row: dict[str, Any], matcher: ListMatcher) -> str:
    """JSON of the entries of our lists; where they have none, of what the program calls its own."""
    entries = [entry(each) for each in matcher.rows(row["_set"])[:LISTS_MAX]] if row["_set"] != NOTHING else []
    if not entries:
        entries = [entry({"source": name}) for name in (row["lists"] or "").split(",")[:LISTS_MAX] if name]
    return json.dumps([{**each, "seen": row["seen"]} for each in entries])


class Sighted:
    """A watcher of what is taken in by any thread, for another that tells of it."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[pl.DataFrame] = SimpleQueue()

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        if table == DNS.name:
            fresh = batch.filter(pl.col("time") >= int((time.time() - RECENT_SECONDS) * 1e6))
            if not fresh.is_empty():
                self._waiting.put(fresh)

    def stored(self) -> None:
        """What was shown is shown."""

    def take(self) -> Iterator[pl.DataFrame]:
        """What was shown since the last time."""
        while True:
            try:
                yield self._waiting.get_nowait()
            except Empty:
                return
