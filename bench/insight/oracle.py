"""What anybody could tell: how much likelier each campaign's packets are as a campaign than as the background's, to one who knows both.

He knows the family (cells, strides, ranges, jitter, how sources are dealt and where they are) and the background: how many sources of how many
cells (a port of an address) and ports come in so long a while, which ports strangers want, at how many addresses, and where tools' headers are from.
He tells every group of packets that is likelier a campaign, at some moment of a month and of some cell of the site's, than chance. By
Markov's argument he tells less than one group of the background a month: the sum over all groups of what chance has, where it is less than what a
campaign has, is at most 1. Nobody who takes groups by themselves and keeps that rate does much better.

Assumed: background sources come independently of each other and of the hour, which makes them look less alike than they are, and so is in
the oracle's favour; only the first packet of each source to each cell counts; what is in order but for noise costs one choice of places each; nmap's
headers, which nobody of the background has, are taken to be as rare as the rarest there. Surveys count for nothing: no alarm about them is false."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from bench.insight.background import OFFICE_TARGETS, PUBLIC, popularity
from bench.insight.grid import BLOCK_WIDTH, GRID, Cell
from bench.insight.injected import JITTER, NEAR, SWAPPED_BY, Injected, span_of
from bench.insight.months import Month
from bench.insight.packets import DAY, SYN, TCP, UDP, Packets

KINDS = ("vertical", "horizontal", "block", "diagonal", "random", "coordinated")
"""That are told by which ports and addresses were tried, when and by whom."""

MONTH = 30 * DAY
FLOOR = 0.5
"""Sources in a month, of what the background has none."""

ADDRESSES = len(PUBLIC) * 2.0**24
SWEPT_PORTS = 6
"""That a sweep is of one of."""

STRIDES = {1: 2 / 6, 2: 1 / 6, 5: 1 / 6, 10: 1 / 6, 100: 1 / 6}
RAREST_TOOL = 0.2
"""Share of the background's sources that have headers like those of a campaign's tool: two in ten, of Linux four."""

_ranks, _shares = popularity()
SHARE = np.full(65_536, float(_shares.min()))
SHARE[_ranks] = _shares


@dataclass(frozen=True, slots=True)
class Usual:
    """Of a site's background: the mean number of sources that try so many cells, of so many ports, in a window of so long."""

    windows: float
    counts: dict[tuple[int, int, int], float]

    def mean(self, proto: int, cells: int, ports: int) -> float:
        return max(self.counts.get((proto, cells, ports), 0.0), FLOOR / self.windows)


def touches(packets: Packets) -> pl.DataFrame:
    """The first packet of each source to each cell, in order of time."""
    columns = {name: packets[name].astype(np.int64) for name in ("time", "src", "proto", "dst_port", "dst")}
    return pl.DataFrame(columns).unique(["src", "proto", "dst_port", "dst"], keep="first", maintain_order=True)


def usual(whole: Month, span: int) -> Usual:
    """Of all that could be part of a scan, in windows one after the other."""
    packets = whole.packets[whole.packets["origin"] == 0]
    asked = np.where(packets["proto"] == TCP, packets["flags"] == SYN, (packets["proto"] == UDP) & ~np.isin(packets["src_port"], (53, 123, 443)))
    refused = packets[asked & ~packets["allowed"]]
    windows = pl.DataFrame({"window": refused["time"] // span, "src": refused["src"].astype(np.int64), "proto": refused["proto"].astype(np.int64),
                            "port": refused["dst_port"].astype(np.int64), "dst": refused["dst"].astype(np.int64)}).unique()  # fmt: skip
    each = windows.group_by("window", "src", "proto").agg(cells=pl.len(), ports=pl.col("port").n_unique())
    number = whole.site.days * DAY / span
    counted = each.group_by("proto", "cells", "ports").len()
    return Usual(MONTH / span, {(proto, cells, ports): count / number for proto, cells, ports, count in counted.iter_rows()})


def odds(whole: Month) -> dict[int, float]:
    """By number of a campaign: ln of how many times likelier it is than chance, one false group a month being 0. Of KINDS, those that count."""
    known: dict[int, Usual] = {}
    mine = sum(cell.site == whole.site for cell in GRID)
    answer = {}
    order = np.argsort(whole.packets["origin"], kind="stable")
    origin = whole.packets["origin"][order]
    for number, truth in whole.injected.items():
        if truth.cell.kind in KINDS and truth.cell.counts:
            begin, end = np.searchsorted(origin, (number, number + 1))
            span = span_of(truth.cell)
            if span not in known:
                known[span] = usual(whole, span)
            answer[number] = log_odds(truth, whole.packets[order[begin:end]], known[span]) - math.log(mine)
    return answer


def log_odds(truth: Injected, packets: Packets, background: Usual) -> float:
    """ln of the campaign's density over that of the background, for one cell of the grid, at any moment of a month."""
    cell, span = truth.cell, span_of(truth.cell)
    made = touches(packets)
    made = made.filter(~((pl.col("dst_port").is_in((80, 443, 22, 8080))) & (pl.len().over("dst_port") < cell.size)))
    owners = made.group_by("src", "proto").agg(pl.col("dst_port"), pl.col("dst"), pl.len())
    own = [_log_source(cell, list(ports), list(targets), int(proto), background, span) for _, proto, ports, targets, _ in owners.iter_rows()]
    if not _on_time(packets, span):
        return -math.inf
    clock = -math.log(MONTH) + (1 - len(made)) * math.log(JITTER * span / len(packets))
    dealt = _log_dealt(cell, owners["len"].to_list())
    return clock + WHAT.get(cell.kind, _log_ports)(cell, made) + dealt + _log_senders(sorted(truth.sources)) + _log_headers(cell) - sum(own) - _log_noise(cell)


def _on_time(packets: Packets, span: int) -> bool:
    """Whether each packet came when it was due, but for what a campaign is late by."""
    pause = span / len(packets)
    late = np.sort(packets["time"]) - pause * np.arange(len(packets))
    return bool(np.ptp(late) <= JITTER * pause + len(packets))


def _log_source(cell: Cell, ports: list[int], targets: list[int], proto: int, background: Usual, span: int) -> float:
    """ln of how densely background sources lie that try these in a window, address of the source left out: all have the same."""
    each, site = len(ports), cell.site
    different, addresses = set(ports), len(set(targets))
    wanted = sum(math.log(SHARE[port]) for port in different) - (each - len(different)) * math.log(len(different))
    where = -addresses * math.log(site.addresses) - (each - addresses) * math.log(min(site.addresses, OFFICE_TARGETS))
    return math.log(background.mean(proto, each, len(different))) + wanted + where + math.lgamma(each + 1) - each * math.log(span)


def _log_range(cell: Cell) -> float:
    """ln of the density of a range of ports in order, on the average of strides."""
    return sum(share * math.log(share / (65_534 - min(stride, 65_000 // cell.size) * cell.size)) for stride, share in STRIDES.items())


def _log_ports(cell: Cell, made: pl.DataFrame) -> float:
    return -cell.size * math.log(65_535) if cell.order == "random" else _log_range(cell)


def _log_addresses(cell: Cell, made: pl.DataFrame) -> float:
    shuffled = math.lgamma(cell.size + 1) if cell.order == "random" else 0.0
    return -math.log(SWEPT_PORTS) - math.log(cell.site.addresses - cell.size + 1) - shuffled


def _log_block(cell: Cell, made: pl.DataFrame) -> float:
    """Ports as a scan of one address has them, and the cells in an order of their own where they are shuffled."""
    shuffled = math.lgamma(cell.size * BLOCK_WIDTH + 1) - math.lgamma(cell.size + 1) if cell.order == "random" else 0.0
    return _log_ports(cell, made) - shuffled - math.log(cell.site.addresses - BLOCK_WIDTH)


WHAT: dict[str, Callable[[Cell, pl.DataFrame], float]] = {"horizontal": _log_addresses, "block": _log_block}
"""By kind: ln of the density of what is tried in which order; of the others ports of one address."""


def _log_dealt(cell: Cell, sizes: list[int]) -> float:
    """ln of how likely sources are dealt so: by the order alone, or by lot, whichever of them is which."""
    if cell.sources == 1 or cell.kind == "diagonal" or (cell.kind == "coordinated" and cell.order != "random"):
        return 0.0
    return sum(math.lgamma(size + 1) for size in sizes) - math.lgamma(sum(sizes) + 1) + math.lgamma(len(sizes) + 1)


def _log_senders(sources: list[int]) -> float:
    """ln of how much likelier it is that a campaign's sources are where they are: half of the campaigns of several are of one /20."""
    near = len({source & NEAR for source in sources}) == 1
    if len(sources) == 1:
        return 0.0
    return math.log(0.5) + (len(sources) - 1) * math.log(ADDRESSES / 4_096) * near


def _log_headers(cell: Cell) -> float:
    """One tool of three, which all of its sources have."""
    return -math.log(3) - cell.sources * math.log(RAREST_TOOL)


def _log_noise(cell: Cell) -> float:
    """What a choice of places out of order costs."""
    number = cell.size * (BLOCK_WIDTH if cell.kind == "block" else 1)
    swapped = math.ceil(round(number * cell.noise / 100) / 3) if cell.order != "random" else 0
    return swapped * math.log(2 * SWAPPED_BY)
