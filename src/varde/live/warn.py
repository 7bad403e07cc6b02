"""Flows to or from listed addresses become warnings: matched as columns, and only what matches becomes a row."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode import empty_batch, schema_of
from varde.decode.addresses import matrix
from varde.decode.community import community_id
from varde.decode.rows import iso
from varde.live.answers import Answers
from varde.model import WARNINGS

LISTS_MAX = 100
"""Entries of lists that a warning names: an address may stand in thousands of pulses, and a line must stay a line."""

NOTHING = -1
"""What a matcher answers for an address that no list has."""


class Matcher(Protocol):
    """Knows listed addresses: the id of the set of entries that holds each row of (n, 16) addresses, NOTHING for none."""

    def lookup(self, octets: NDArray[np.uint8]) -> NDArray[np.int32]: ...


class Lists(Protocol):
    """Says of a set's id which entries it is: source, id, name, url and first_seen (us since 1970 UTC) of each."""

    def rows(self, number: int, /) -> Sequence[Mapping[str, Any]]: ...


def warnings_of(
    flows: pl.DataFrame, matcher: Matcher, lists: Lists, *, answers: Answers | None = None, retro: bool = False
) -> pl.DataFrame:
    """One row of WARNINGS for each flow and each of its ends that is listed; `line` is left empty.

    `answers` remembers flows of earlier batches, so that an answer is known as one. `retro`: the flows were stored before
    their address was listed."""
    hits = _hits(flows, matcher)
    if hits.is_empty():
        return empty_batch(WARNINGS)
    answered = (answers or Answers()).answered(hits)
    told = hits.with_columns(
        end_time=pl.coalesce("end_time", "time"), received=pl.coalesce("received", "time"),
        packets=_both("packets"), octets=_both("octets"),
        sampled=(pl.col("sampling") > 1).fill_null(value=False).cast(pl.Int64), one_way=(~answered).cast(pl.Int64),
        late=pl.col("late").fill_null(0), retro=pl.lit(int(retro)), count=pl.lit(1), kind=pl.lit("flow"),
        name=pl.lit(None, pl.String), line=pl.lit(None, pl.String), level=pl.lit(None), networks=pl.lit(None), reason=pl.lit(None),
        lists=listed_in(hits["_set"], lists), community_id=_community_ids(hits),
        day=pl.from_epoch("time", "us").dt.date(),
    )  # fmt: skip
    return told.select(pl.col(name).cast(dtype) for name, dtype in schema_of(WARNINGS).items())


def _hits(flows: pl.DataFrame, matcher: Matcher) -> pl.DataFrame:
    """The flows with a listed end, which end, and the set that holds it; a flow between two listed ends is there twice."""
    found = [_of_side(flows, side, matcher) for side in ("dst", "src")]
    return pl.concat(found).sort("time", maintain_order=True)


def _of_side(flows: pl.DataFrame, side: str, matcher: Matcher) -> pl.DataFrame:
    addresses = flows[f"{side}_addr"]
    known = addresses.is_not_null().to_numpy()
    sets = np.full(len(flows), NOTHING, dtype=np.int32)
    sets[known] = matcher.lookup(matrix(addresses.drop_nulls()))
    rows = np.flatnonzero(sets != NOTHING)
    if not len(rows):  # mostly: to take no rows out of all columns costs as much as to take some
        return flows.clear().with_columns(side=pl.lit(side), _set=pl.lit(NOTHING, pl.Int32))
    return flows[rows].with_columns(side=pl.lit(side), _set=pl.Series(sets[rows]))


def _both(what: str) -> pl.Expr:
    """Of one direction, or of both where a record has both (RFC 5103)."""
    return pl.col(what).fill_null(0) + pl.col(f"rev_{what}").fill_null(0)


def listed_in(sets: pl.Series, lists: Lists) -> pl.Series:
    """JSON of the entries of each set; the same few sets come again and again."""
    distinct = sets.unique().to_list()
    text = [json.dumps([entry(row) for row in islice(lists.rows(number), LISTS_MAX)]) for number in distinct]
    return sets.replace_strict(distinct, text, return_dtype=pl.String)


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a list as it is told: since when as ISO 8601."""
    seen = row.get("first_seen")
    return {name: row.get(name) for name in ("source", "id", "name", "url")} | {"first_seen": None if seen is None else iso(seen)}


def _community_ids(hits: pl.DataFrame) -> pl.Series:
    columns = ("src_addr", "dst_addr", "proto", "src_port", "dst_port", "icmp_type", "icmp_code")
    rows = hits.select(columns).rows()
    ids = [_community_id(*row) for row in rows]
    return pl.Series(ids, dtype=pl.String)


def _community_id(
    src: bytes | None, dst: bytes | None, proto: int | None, sport: int | None, dport: int | None, kind: int | None, code: int | None
) -> str | None:
    if src is None or dst is None or proto is None:
        return None
    return community_id(src, dst, proto, (sport, dport), (kind, code)) or None
