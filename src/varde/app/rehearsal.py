"""What an export would have hit, had it been in force: stored flows, own hosts, the sites that most of them talk to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.replayed import replayed
from varde.decode.addresses import octets_of, text_of
from varde.export.intel import Selection
from varde.intel import Matcher, build
from varde.intel.names import plain
from varde.model import VardeError
from varde.query import Window
from varde.query.busiest import Busy, busiest

BUSIEST = 100
"""Sites of one's own that are looked at: what most hosts talk to."""

SITES_MAX = 10_000_000
"""Lines of a file of top sites: the longest public one has a million."""

HOSTS_TOLD = 1000
"""Own hosts that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Host:
    """An own host that had an answer from a listed address, or gave one: with how many of them, in how many flows."""

    address: str
    listed: int
    flows: int
    octets: int
    lists: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would have been hit in a period."""

    first: str
    last: str
    flows: int
    "That were looked at."
    hits: int
    "Flows with a listed end, answered or not."
    conversations: int
    "Pairs of a host and a listed address that answered each other: what a block would have ended."
    host_count: int
    hosts: list[Host]
    sites: list[Busy]
    "Of the BUSIEST sites of one's own, those that are listed."
    listed_names: int
    "Names on the lists: flows have none, so only top sites tell of them."
    names: list[str]
    "Of the top sites that were given, those that are listed."


def rehearse(context: Context, selection: Selection, window: Window, top_sites: Sequence[str] = ()) -> Rehearsed:
    """Run a selection over the stored flows of a window. Raises VardeError where a file cannot be read."""
    matcher = build(selection.rows, context.lists.guards, now=0)
    found = replayed(context.store, matcher, window.first, window.last, by_address=True)
    pairs = found.warnings.filter(pl.col("one_way") == 0).with_columns(host=pl.when(pl.col("side") == "src").then("dst_addr").otherwise("src_addr"))
    hosts = (
        pairs.filter(pl.col("host").is_not_null()).group_by("host")
        .agg(pl.len().alias("listed"), pl.col("count").sum(), pl.col("octets").sum(), pl.col("lists").first())
        .sort("count", "host", descending=[True, False])
    )  # fmt: skip
    told = [Host(text_of(row["host"]), row["listed"], row["count"], row["octets"] or 0, row["lists"] or "[]") for row in hosts.head(HOSTS_TOLD).iter_rows(named=True)]
    return Rehearsed(
        _iso(window.first), _iso(window.last), found.flows, found.hits, len(pairs), len(hosts), told,
        _sites(matcher, context, window), len(selection.names), _names(matcher, top_sites),
    )  # fmt: skip


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sites(matcher: Matcher, context: Context, window: Window) -> list[Busy]:
    sites = busiest(engine_of(context), window, BUSIEST)
    if not sites:
        return []
    octets = np.frombuffer(b"".join(octets_of(site.address) or b"" for site in sites), dtype=np.uint8).reshape(-1, 16)
    return [site for site, number in zip(sites, matcher.lookup(octets).tolist(), strict=True) if number >= 0]


def _names(matcher: Matcher, names: Sequence[str]) -> list[str]:
    numbers = matcher.lookup_names(list(names)).tolist()
    return [name for name, number in zip(names, numbers, strict=True) if number >= 0]


def top_sites(path: str) -> list[str]:
    """Names of a file of top sites: `rank,name` or a name a line. Raises VardeError where it cannot be read."""
    try:
        with Path(path).open(encoding="utf-8", errors="backslashreplace") as file:
            names = [plain(line.strip().rpartition(",")[2]) for _, line in zip(range(SITES_MAX), file, strict=False)]
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    return [name for name in names if name]


def document(found: Rehearsed) -> dict[str, Any]:
    """A rehearsal, for programs."""
    return asdict(found)
