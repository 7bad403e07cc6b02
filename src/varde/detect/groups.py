"""Cells as points of a range of ports, or of addresses, that several sources may have shared out; and groups of them as campaigns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from varde.detect.campaign import Campaign
from varde.detect.knocked import is_v4
from varde.detect.marks import as_of, tool_of, ttl_of, window_of
from varde.detect.popularity import EXTENT
from varde.detect.shape import Array, Cells, campaign, cells_of
from varde.detect.shared import CELLS_EACH, Group, Points, apart, groups
from varde.detect.single import RARE_WEIGHT, Site, confidence, port_weights
from varde.detect.spaced import spaced

TARGETS_MIN = 16
"""Addresses of a site from which on sources can share them out."""

PORT_STEP_MAX, TARGET_STEP_MAX = 8_192, 4
"""Distance of ports, and of addresses, that may be a program's: addresses are gone through one by one, and what one stranger finds of a site may lie at
distances of its own."""

LOG_P_SHARED = float(np.log(1e-6))
"""ln of how often chance may have a group: less often than a scan of one source, because strangers keep company in ways that are not known."""

NET_BITS, NET_BITS_V6 = 12, 16
"""Bits of a source that are not its network's, where two are to be of one owner: a /20 of IPv4, a /48 of IPv6."""

_TTL_BEGINS = np.array([64, 128, 255])
"""What times to live begin with; hardly anything begins with 32, and nmap with any from 37 to 59."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A campaign of several sources, which they are, and from when to when."""

    campaign: Campaign
    members: frozenset[int]


def coordinated(grouped: pl.DataFrame, site: Site, since: int = 0) -> Iterator[Shared]:
    """Campaigns that several sources shared out, first of ports and then of addresses. `grouped`: cells in order of group and time."""
    cells = cells_of(grouped)
    group = grouped["group"].to_numpy()
    taken: set[int] = set()
    known = int(cells.first.min()), int(cells.last.max())
    for rows, points in _axes(cells, group, site, known):
        for each in apart([*groups(points, LOG_P_SHARED, since), *spaced(points, LOG_P_SHARED, since)], points):
            own = _all_cells(cells, rows[each.rows])
            members = frozenset(cells.src[own].tolist())
            if not members & taken:
                taken |= members
                yield Shared(_named(cells.take(own), each), members)


def _all_cells(cells: Cells, own: Array) -> Array:
    """Rows of all that members tried between the first and the last of some of their cells, in order of time: what everybody tries too."""
    begin, end = cells.first[own].min(), cells.first[own].max()
    rows = np.flatnonzero(np.isin(cells.src, cells.src[own]) & (cells.proto == cells.proto[own[0]]) & (cells.first >= begin) & (cells.first <= end))
    return rows[np.argsort(cells.first[rows], kind="stable")]


def _axes(cells: Cells, group: Array, site: Site, known: tuple[int, int]) -> Iterator[tuple[Array, Points]]:
    """Rows of cells and their points: ports that hardly anybody tries, then addresses by port."""
    rare = np.flatnonzero((port_weights(cells, site.popularity) >= RARE_WEIGHT) & (cells.port > 0))
    yield _of_several(cells, rare, group, cells.what & 0xFF0000, site.popularity.place(cells.what), EXTENT, cells.port, PORT_STEP_MAX, known)
    if len(site.known_targets) >= TARGETS_MIN:
        place = np.searchsorted(site.known_targets, cells.dst_low)
        yield _of_several(cells, np.arange(len(cells)), group, cells.what, place, len(site.known_targets), place, TARGET_STEP_MAX, known)


def _of_several(cells: Cells, rows: Array, group: Array, unit: Array, place: Array, extent: int, number: Array, step_max: int, known: tuple[int, int]) -> tuple[Array, Points]:
    """Points of sources that have at least CELLS_EACH, each place of a source once."""
    order = rows[np.lexsort((cells.first[rows], place[rows], unit[rows], group[rows]))]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(group[order]) != 0) | (np.diff(unit[order]) != 0) | (np.diff(place[order]) != 0)
    order = order[new]
    many = np.bincount(group[order], minlength=1)[group[order]] >= CELLS_EACH
    order = order[many]
    order = order[np.argsort(cells.first[order], kind="stable")]
    mark = cells.mark[order]
    signature = (tool_of(mark) << 20 | window_of(mark) << 4 | np.searchsorted(_TTL_BEGINS, ttl_of(mark))) * (ttl_of(mark) > 0)
    src = cells.src[order]
    net = np.where(is_v4(src), src >> np.uint64(NET_BITS), src >> np.uint64(NET_BITS_V6)).astype(np.int64)
    traits = (np.where(as_of(mark) > 0, as_of(mark), net << 32), signature)
    cell = (cells.target[order] ^ (cells.port[order].astype(np.uint64) << np.uint64(40))).astype(np.int64)
    return order, Points(
        group[order], unit[order], cells.first[order], place[order], extent, number[order], step_max, traits, cell, cells.target[order].astype(np.int64), known
    )  # fmt: skip


def _named(cells: Cells, group: Group) -> Campaign:
    ordered = abs(group.tau) > 0.5 and group.log_order < np.log(1e-3)
    more: dict[str, Any] = {"tau": group.tau, "order": "up" if group.tau > 0 else "down"} if ordered else {}
    return campaign("coordinated", cells, log_p=group.log_p, confidence=confidence(cells, group.log_p), **more)


def without(grouped: pl.DataFrame, together: list[Shared]) -> pl.DataFrame:
    """Cells that are no part of what several did: those of members, between its first and last moment, are."""
    if not together:
        return grouped
    spans = pl.DataFrame(
        [(src, each.campaign.first, each.campaign.last) for each in together for src in each.members], schema={"src": pl.UInt64, "begin": pl.Int64, "end": pl.Int64}, orient="row"
    ).group_by("src").agg(pl.col("begin").min(), pl.col("end").max())  # fmt: skip
    marked = grouped.join(spans, on="src", how="left", maintain_order="left")
    return marked.filter(~pl.col("first").is_between(pl.col("begin"), pl.col("end")).fill_null(value=False)).drop("begin", "end")
