"""What one source did, by the shape of its cells: many ports of a target, many targets, both; at once, or slowly, in order or not.

Windows of different length are looked through for what is least likely by chance: how many ports that hardly anybody tries, or targets;
their order, how near they are to each other, and how evenly in time they came."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from varde.detect.campaign import Campaign
from varde.detect.evidence import log_even, log_near, together
from varde.detect.habits import HOUR_US, SPANS, Tail
from varde.detect.knocked import Numbers
from varde.detect.popularity import EXTENT, Floats, Popularity
from varde.detect.probing import TCP, UDP
from varde.detect.ranks import tau
from varde.detect.shape import Array, Cells, campaign

PORTS_MIN = TARGETS_MIN = 8
"""Ports, or targets, below which nothing is a scan: so many are tried by chance, and by clients that look for a service."""

CLOCK_MIN = 6
"""Ports from which on it may be a scan all the same, if each packet came when it was due: no client keeps five minutes for an hour."""

PACKETS_MIN = 8
"""Fewer accuse nobody."""

LOG_P_CLOCK = float(np.log(1e-4))
"""ln of how seldom chance keeps time so well."""

CLOCK_WEIGHT_MIN = 2.5
"""What ports tried by the clock must weigh together."""

WEIGHT_MIN = 4.0
"""What the ports must weigh together: four that hardly anybody tries, or more that some do."""

COMMON_WEIGHT = 0.15
"""What a port that everybody tries weighs all the same: forty of them are a scan."""

RARE_WEIGHT = 0.5
"""Of such ports the order and the distance are looked at: what everybody tries is tried in between."""

LOG_P_SCAN = float(np.log(0.01))
"""ln of how often a site at which nothing happens may have a finding in a week, of all sources together."""

FEW_PORTS = 5
"""Ports of a sweep at most: of more it is a block."""

COVERED = 1.5
"""Times the ports, or targets, that the cells of a block are at least."""

BLOCK_MIN = 128
"""Addresses of a block within which neighbours say something."""

AT_ONCE, MOST = SPANS[0], 0.9
"""A fast scan has so large a share of its cells in a window of half an hour; another one is slow."""

TAU_MIN = 0.5
TAU_ODDS, TAU_ODDS_NEAR, NEAR_ODDS = 1e-3, 0.05, 1e-6
"""An order that chance has so seldom is one; more often where the ports are neighbours, which a shuffled scan's are not."""

ENOUGH = 0.8
"""Share of the most that is found in any window from which on a shorter window is the better one."""

PAUSE_US, PAUSES = HOUR_US // 6, 5.0
"""A scan goes on after so long a pause, and after one so many times as long as nine of ten that it had."""

GOES_MAX = 3
"""Scans of one source in a week that are told apart."""

_PORTED = (TCP, UDP)


@dataclass(frozen=True, slots=True)
class Site:
    """What is usual here: popularity of ports, tails of ports and targets for each of SPANS, groups of cells that were looked at, and the
    site's targets in order."""

    popularity: Popularity
    ports: tuple[Tail, ...]
    targets: tuple[Tail, ...]
    groups: int
    known_targets: Numbers

    @property
    def log_limit(self) -> float:
        return float(LOG_P_SCAN - np.log(max(1, self.groups) * len(SPANS)))


@dataclass(frozen=True, slots=True)
class Trait:
    """What speaks for a scan along one axis: how much there was, ln of how likely by chance, its order, and how near the ports are."""

    amount: float
    log_p: float
    tau: float
    log_order: float
    log_near: float


def port_weights(cells: Cells, popularity: Popularity) -> Floats:
    return np.maximum(popularity.weight(cells.what), COMMON_WEIGHT)


def judged(cells: Cells, site: Site, scale: int = 1) -> Iterator[Campaign]:
    """Campaigns of one source and protocol; cells in order of time, those alone that were refused."""
    for _ in range(GOES_MAX):
        found = _best(cells, site, scale)
        if found is None:
            return
        which, trait = found
        yield _named(cells.take(which), trait, scale)
        cells = cells.take(~which)


def _best(cells: Cells, site: Site, scale: int) -> tuple[NDArray[np.bool_], Trait] | None:
    """Which cells are a scan: those of the shortest window that has nearly the most of all windows that are unlikely enough."""
    passed = []
    for place, span in enumerate(SPANS):
        window = _fullest(cells, span)
        trait = _trait(cells.take(window), site, place, scale)
        if trait is not None and trait.log_p < site.log_limit:
            # a window tells that it is a scan, and what goes on before and after it belongs to it
            which = _gone_on(cells, window)
            passed.append((which, replace(_trait(cells.take(which), site, -1, scale) or trait, log_p=trait.log_p)))
    most = max((int(which.sum()) for which, _ in passed), default=0)
    return next(((which, trait) for which, trait in passed if which.sum() >= ENOUGH * most), None)


def _fullest(cells: Cells, span: int) -> NDArray[np.bool_]:
    """The window of so long that has the most ports or targets that were not tried before."""
    places = np.arange(len(cells))
    new = np.zeros(len(cells), dtype=bool)
    new[np.unique(cells.port, return_index=True)[1]] = True
    new[np.unique(cells.target, return_index=True)[1]] = True
    ends = np.searchsorted(cells.first, cells.first + span, side="right")
    counted = np.concatenate([[0], np.cumsum(new)])
    begin = int(np.argmax(counted[ends] - counted[:-1])) if len(cells) else 0
    return (places >= begin) & (places < (ends[begin] if len(cells) else 0))


def _gone_on(cells: Cells, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A window's cells, and those before and after it without a pause that is much longer than those within."""
    pauses = np.diff(cells.first[which])
    longest = max(PAUSE_US, PAUSES * float(np.quantile(pauses, MOST))) if len(pauses) else PAUSE_US
    part = np.cumsum(np.concatenate([[0], np.diff(cells.first) > longest]))
    return np.isin(part, part[which]) if len(cells) else which


def _trait(cells: Cells, site: Site, place: int, scale: int) -> Trait | None:
    """The axis along which the cells are a scan, and what speaks for it; None where they are too few along both."""
    ports, targets = len(np.unique(cells.port)), len(np.unique(cells.target))
    traits = []
    if ports >= CLOCK_MIN and cells.proto[0] in _PORTED:
        traits.append(_of_ports(cells, site, place, scale))
    if targets >= TARGETS_MIN and (ports <= FEW_PORTS or len(cells) >= COVERED * targets):
        traits.append(_of_targets(cells, site, place, scale))
    enough = [trait for trait in traits if trait is not None]
    return min(enough, key=lambda trait: trait.log_p, default=None)


def _of_ports(cells: Cells, site: Site, place: int, scale: int) -> Trait | None:
    firsts = cells.take(np.sort(np.unique(cells.port, return_index=True)[1]))
    weights = port_weights(firsts, site.popularity)
    amount = float(weights.sum()) * scale
    even = _log_clock(cells, firsts)
    many = len(firsts) >= PORTS_MIN and amount >= WEIGHT_MIN
    if not many and (even > LOG_P_CLOCK or amount < CLOCK_WEIGHT_MIN or cells.count.sum() < PACKETS_MIN):
        return None
    rare = firsts.take(weights >= RARE_WEIGHT)
    return _combined(site.ports[place], amount, rare.port, site.popularity.place(rare.what), EXTENT, even)


def _log_clock(cells: Cells, firsts: Cells) -> float:
    """ln of how likely ports came so evenly by chance, or else all that is known of packets: who asks each port again keeps time as well."""
    return min(0.0, min(log_even(firsts.first), log_even(np.unique(np.concatenate([cells.first, cells.last])))) + float(np.log(2)))


def _of_targets(cells: Cells, site: Site, place: int, scale: int) -> Trait:
    firsts = cells.take(np.sort(np.unique(cells.target, return_index=True)[1]))
    order, places, extent = _among_neighbours(firsts.dst_low, site.known_targets)
    return _combined(site.targets[place], float(len(firsts)) * scale, order, places, extent, log_even(firsts.first))


def _among_neighbours(targets: Numbers, known: Numbers) -> tuple[Array, Array, int]:
    """Places of targets among those known of the smallest block of addresses that has them all, and how many those are: who meets but one
    network of a site meets neighbours, and nothing follows from that."""
    size = np.uint64(max(BLOCK_MIN, 1 << (int(targets.min()) ^ int(targets.max())).bit_length()) - 1)
    low, high = targets.min() & ~size, targets.min() | size
    begin, end = np.searchsorted(known, low), np.searchsorted(known, high, side="right")
    places = np.searchsorted(known, targets) - begin
    return places, places, int(end - begin)


def _combined(tail: Tail, amount: float, order: Array, places: Array, extent: int, log_even_: float) -> Trait:
    found, log_order = tau(order)
    near = log_near(places, extent)
    return Trait(amount, together([tail.log_p(amount), log_order, near, log_even_]), found, log_order, near)


def _named(cells: Cells, trait: Trait, scale: int) -> Campaign:
    kind = _kind(cells, trait)
    ordered = kind == "diagonal"
    made = {"tau": trait.tau, "order": "up" if trait.tau > 0 else "down"} if ordered else {}
    return campaign(kind, cells, scale, log_p=trait.log_p, confidence=confidence(cells, trait.log_p), **made)


def _kind(cells: Cells, trait: Trait) -> str:
    ports, targets = len(np.unique(cells.port)), len(np.unique(cells.target))
    fast = _densest(cells) >= MOST * len(cells)
    if ports <= FEW_PORTS:
        return "horizontal"
    if targets >= TARGETS_MIN and (fast or len(cells) >= COVERED * max(ports, targets)):
        return "block"
    return "vertical" if fast else "diagonal" if ordered(trait) else "random"


def ordered(trait: Trait) -> bool:
    odds = TAU_ODDS_NEAR if trait.log_near < np.log(NEAR_ODDS) else TAU_ODDS
    return abs(trait.tau) > TAU_MIN and trait.log_order < np.log(odds)


def _densest(cells: Cells) -> int:
    """How many cells are in the fullest window of AT_ONCE."""
    return int((np.searchsorted(cells.first, cells.first + AT_ONCE, side="right") - np.arange(len(cells))).max())


SURE_LOG_P, SURE_CELLS, FEW_CELLS = float(np.log(1e-12)), 50, 16


def confidence(cells: Cells, log_p: float) -> str:
    """high: many TCP cells that chance does not have; low: few, or UDP and ICMP of which anybody can invent the sender of a few."""
    if len(cells) < FEW_CELLS:
        return "low"
    return "high" if len(cells) >= SURE_CELLS and log_p < SURE_LOG_P and cells.proto[0] == TCP else "medium"
