"""Campaigns that are put into a month: what each cell of the grid sends, and who."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.insight import nmap
from bench.insight.background import Floats, public
from bench.insight.grid import BLOCK_WIDTH, FAST, Cell
from bench.insight.packets import (
    BEGIN,
    DAY,
    FIN,
    HOUR,
    LINUX,
    MASSCAN,
    NMAP,
    PSH,
    SYN,
    TCP,
    UDP,
    URG,
    V6,
    ZMAP,
    Ints,
    Packets,
    marked,
    rows,
)

QUIET_DAYS = 2
"""At the begin of a month without campaigns: nothing is known then."""

SILENT_DAYS = 31
"""Before a port is new."""

JITTER = 0.3
"""Of the pause between two packets, each way."""

SWAPPED_BY = 5
"""Places by which a packet that is out of order is early or late."""

MARKS = {ZMAP: "zmap", MASSCAN: "masscan"}
ODD_FLAGS = {"xmas": FIN | PSH | URG, "null": 0, "fin": FIN, "syn+fin": SYN | FIN}
NEAR = 0xFFFFF000
"""Sources of one owner, in every second campaign of several: one /20. The others are all over the Internet."""


@dataclass(frozen=True, slots=True)
class Injected:
    """What is true of a campaign."""

    number: int
    cell: Cell
    seed: int
    sources: frozenset[int]
    first: int
    last: int
    packets: int
    tool: str = ""
    "Whose mark its packets bear, if anybody's."


@dataclass(frozen=True, slots=True)
class Steps:
    """What a campaign does, in order: places from 0 to 1 in its time, ports, addresses, and which of its sources."""

    at: Floats
    port: Ints
    target: Ints
    source: Ints


def range_of(rng: np.random.Generator, size: int, order: str) -> Ints:
    """Ports of a scan: a run of neighbours, or at even distances over a part of the port space; shuffled ones from all of it."""
    if order == "random":
        return np.asarray(rng.choice(65_535, size, replace=False) + 1)
    stride = int(rng.choice([1, 1, 2, 5, 10, 100]))
    stride = min(stride, 65_000 // size)
    low = int(rng.integers(1, 65_535 - stride * size))
    ports = low + stride * np.arange(size)
    return ports if order == "up" else ports[::-1].copy()


def noisy(rng: np.random.Generator, size: int, noise: int) -> tuple[Ints, Ints]:
    """Which step each packet is, and which packets are strays: a third of the noise are repeats, a third out of order, a third strays."""
    steps = np.arange(size)
    number = round(size * noise / 100)
    swapped, repeated, strays = number // 3 + (number % 3 > 0), number // 3 + (number % 3 > 1), number // 3
    keys = steps.astype(np.float64)
    keys[rng.choice(size, swapped, replace=False)] += rng.uniform(-SWAPPED_BY, SWAPPED_BY, swapped)
    again = rng.integers(0, size, repeated)
    astray = rng.integers(0, size, strays)
    every = np.concatenate([steps, again, astray])
    late = np.concatenate([keys, again + rng.uniform(0.5, SWAPPED_BY, repeated), astray + rng.uniform(0, 1, strays)])
    is_stray = np.arange(len(every)) >= size + repeated
    rank = np.argsort(late, kind="stable")
    return every[rank], is_stray[rank].astype(np.int64)


def dealt(rng: np.random.Generator, cell: Cell) -> Ints:
    """Whose each step is: parts one after the other for slow scans in order, cards dealt in turn for shared ones, lots for shuffled ones."""
    steps = np.arange(cell.size)
    if cell.kind == "coordinated" and cell.order != "random":
        return steps % cell.sources
    if cell.kind == "diagonal":
        return steps * cell.sources // cell.size
    return np.asarray(rng.permutation(steps % cell.sources))


def _ports(rng: np.random.Generator, cell: Cell) -> Steps:
    step, stray = noisy(rng, cell.size, cell.noise)
    port = range_of(rng, cell.size, cell.order)[step]
    port = np.where(stray == 1, rng.choice([80, 443, 22, 8080], len(port)), port)
    return Steps(np.arange(len(step)) / len(step), port, np.zeros(len(step), np.int64), dealt(rng, cell)[step])


def _addresses(rng: np.random.Generator, cell: Cell) -> Steps:
    step, stray = noisy(rng, cell.size, cell.noise)
    low = int(rng.integers(0, cell.site.addresses - cell.size + 1))
    targets = low + (rng.permutation(cell.size) if cell.order == "random" else np.arange(cell.size)[:: 1 if cell.order == "up" else -1])
    port = np.where(stray == 1, 80, int(rng.choice([23, 445, 3389, 5984, 8291, 18_789])))
    return Steps(np.arange(len(step)) / len(step), port, targets[step], dealt(rng, cell)[step])


def _block(rng: np.random.Generator, cell: Cell) -> Steps:
    """Address by address, each with all ports; shuffled both ways where the order is random."""
    step, stray = noisy(rng, cell.size * BLOCK_WIDTH, cell.noise)
    ports = range_of(rng, cell.size, cell.order)
    low = int(rng.integers(0, cell.site.addresses - BLOCK_WIDTH))
    cells = rng.permutation(cell.size * BLOCK_WIDTH) if cell.order == "random" else np.arange(cell.size * BLOCK_WIDTH)
    port = np.where(stray == 1, 80, ports[cells[step] % cell.size])
    owner = rng.permutation(np.arange(cell.size * BLOCK_WIDTH) % cell.sources)
    return Steps(np.arange(len(step)) / len(step), port, low + cells[step] // cell.size, owner[step])


def _new(rng: np.random.Generator, cell: Cell) -> Steps:
    """One port, once of each of so many sources; which one is chosen when it is known what nobody wants."""
    return Steps(np.sort(rng.random(cell.size)), np.zeros(cell.size, np.int64), np.zeros(cell.size, np.int64), np.arange(cell.size))


def _art(rng: np.random.Generator, cell: Cell) -> Steps:
    """Strokes up and down between two ports: a saw, the teeth of which are as wide as they are high on the plot."""
    at = np.arange(cell.size) / cell.size
    teeth = max(2, cell.size // 25)
    height = np.abs(2 * (at * teeth % 1) - 1)
    low = float(rng.uniform(1_000, 5_000))
    return Steps(at, (low * 8**height).astype(np.int64), np.zeros(cell.size, np.int64), dealt(rng, cell))


def _nmap(rng: np.random.Generator, cell: Cell) -> Steps:
    popular = np.asarray(nmap.FIRST)
    others = rng.choice(np.setdiff1d(np.arange(1, 10_000), popular), cell.size - min(cell.size // 2, len(popular)), replace=False)
    ports = np.concatenate([popular[: cell.size // 2], others])
    asked, seconds = nmap.probes(rng, ports, nmap.TEMPLATES[int(cell.kind[-1])])
    return Steps(seconds, asked, np.zeros(len(asked), np.int64), np.zeros(len(asked), np.int64))


MADE: dict[str, Callable[[np.random.Generator, Cell], Steps]] = {"horizontal": _addresses, "block": _block, "new": _new, "art": _art}
"""By kind; the others try ports of one address."""


def steps_of(rng: np.random.Generator, cell: Cell) -> Steps:
    return _nmap(rng, cell) if cell.order == "nmap" else MADE.get(cell.kind, _ports)(rng, cell)


def span_of(cell: Cell) -> int:
    """us from the first packet to the last, about."""
    return cell.hours * (HOUR // 60 if cell.kind in FAST else HOUR)


def _begin(rng: np.random.Generator, cell: Cell, span: int) -> int:
    quiet = SILENT_DAYS if cell.kind == "new" else QUIET_DAYS
    return BEGIN + int(rng.integers(quiet * DAY, cell.site.days * DAY - span - DAY))


def _moments(rng: np.random.Generator, cell: Cell, steps: Steps) -> Ints:
    if cell.order == "nmap":
        return np.asarray(_begin(rng, cell, int(steps.at[-1] * 1_000_000)) + (steps.at * 1_000_000).astype(np.int64))
    span = span_of(cell)
    pause = span / max(1, len(steps.at))
    shaken = steps.at * span + rng.uniform(0, JITTER * pause, len(steps.at))
    return np.asarray(_begin(rng, cell, span) + np.sort(shaken).astype(np.int64))


def _senders(rng: np.random.Generator, number: int, taken: frozenset[int]) -> Ints:
    """So many addresses that nobody else has."""
    near = rng.random() < 0.5
    while True:
        sources = public(rng, number)
        if near:
            sources = (sources[0] & NEAR) + rng.choice(4_096, number, replace=False)
        if len(set(sources.tolist())) == number and not taken & set(sources.tolist()):
            return np.asarray(sources)


def networks6(rng: np.random.Generator, number: int) -> Ints:
    """So many /64 of IPv6."""
    return np.asarray(0x2400_0000_0000_0000 + rng.integers(0, 1 << 57, number))


def _tool(rng: np.random.Generator, cell: Cell) -> int:
    return int(rng.choice([ZMAP, MASSCAN])) if cell.kind == "tool" else NMAP if cell.order == "nmap" else int(rng.choice([NMAP, LINUX, MASSCAN]))


def silent_port(rng: np.random.Generator, wanted: Ints) -> int:
    """A high port that is none of those."""
    return int(rng.choice(np.setdiff1d(np.arange(20_000, 60_000), wanted)))


def inject(rng: np.random.Generator, cell: Cell, number: int, seed: int, taken: frozenset[int], wanted: Ints) -> tuple[Packets, Injected]:
    """A campaign of a cell at some moment of its month. `taken`: sources that others have; `wanted`: ports that somebody tries in it. Over IPv6 each packet is of another address of a /64."""
    steps = steps_of(rng, cell)
    is_v6 = cell.kind.endswith("IPv6")
    senders = networks6(rng, cell.sources) if is_v6 else _senders(rng, int(steps.source.max()) + 1, taken)
    ports_from = rng.integers(32_768, 61_000, len(steps.at)) if rng.random() < 0.5 else 40_000
    made = rows(len(steps.at), time=_moments(rng, cell, steps), src=senders[steps.source], dst=steps.target, dst_port=steps.port, src_port=ports_from, origin=number,
                proto=UDP if cell.kind in ("diagonal", "random") and rng.random() < 0.25 else TCP)  # fmt: skip
    tool = _tool(rng, cell)
    made = marked(rng, made, tool, rng.integers(8, 24, len(senders))[steps.source], cell.site)
    if is_v6:
        made["host"], made["dst"], made["ip_id"] = rng.integers(1, 1 << 62, len(made)), V6, -1
    if cell.kind == "new":
        made["dst_port"] = silent_port(rng, wanted)
    if cell.kind == "flags":
        made["flags"] = int(rng.choice(list(ODD_FLAGS.values())))
    used = frozenset(np.unique(made["src"]).tolist())
    return made, Injected(number, cell, seed, used, int(made["time"].min()), int(made["time"].max()), len(made), MARKS.get(tool, ""))
