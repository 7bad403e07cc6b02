"""The cells: every kind by how many ports, how long, how much noise, how many sources and in which order, as far as a kind has them."""

import itertools
from dataclasses import dataclass

from bench.insight.packets import HOME, OFFICE, Site

SIZES, HOURS, NOISES, SOURCES = (8, 50, 400), (1, 6, 24), (0, 20), (1, 4, 20)
ORDERS = ("up", "down", "random")
ANY = "any"
EACH_MIN = 2
"""Packets of a source below which nobody is accused: cells where sources have less are told, and count for no goal."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of campaign. `size`: ports, of sweeps addresses; `noise`: %; `right`: names that are right for it."""

    kind: str
    size: int
    hours: int
    noise: int
    sources: int
    order: str
    site: Site
    right: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether it can be asked for: every source gives itself away by two packets at least."""
        return self.kind in ("new", "tool") or self.size * self.site_factor >= EACH_MIN * self.sources

    @property
    def site_factor(self) -> int:
        return BLOCK_WIDTH if self.kind == "block" else 1

    def label(self) -> str:
        span = f"{self.hours} min" if self.kind in FAST else f"{self.hours} h"
        if self.kind == "new":
            return f"new, {self.size} sources, {span}"
        what = "addresses" if self.kind == "horizontal" else "ports"
        return f"{self.kind}, {self.size} {what}, {span}, noise {self.noise} %, {self.sources} source{'s' * (self.sources > 1)}, {self.order}"


BLOCK_WIDTH = 8
"""Addresses at which a block scan tries each of its ports."""

FAST = ("vertical", "flags", "nmap -T2", "nmap -T3", "nmap -T4")
"""The hours of a cell are minutes: what takes hours is a slow scan."""

RIGHT: dict[str, tuple[str, ...]] = {
    "vertical": ("vertical", "coordinated"), "horizontal": ("horizontal", "coordinated"), "block": ("block", "coordinated"),
    "diagonal": ("diagonal", "coordinated"), "random": ("random", "coordinated"), "coordinated": ("coordinated",), "flags": ("flags",),
    "tool": ("tool",), "new": ("new", "coordinated"), "art": ("art",), "diagonal, IPv6": ("diagonal",),
}  # fmt: skip
"""What a campaign of a kind may be called: several who share out a scan are one shared scan, whatever each of them does."""


def _cells(kind: str, site: Site, orders: tuple[str, ...], sources: tuple[int, ...] = SOURCES, sizes: tuple[int, ...] = SIZES, noises: tuple[int, ...] = NOISES) -> list[Cell]:
    return [Cell(kind, *axes, site, RIGHT[kind]) for axes in itertools.product(sizes, HOURS, noises, sources, orders)]


def nmap_cells() -> list[Cell]:
    """nmap's own order and pace; its hours are what the template makes of them."""
    right = ("vertical", "random", "diagonal")
    return [Cell(f"nmap -T{template}", size, 1, 0, 1, "nmap", HOME, right) for template in range(5) for size in ((8, 50) if template == 0 else (50, 400))]


GRID: tuple[Cell, ...] = (
    *_cells("vertical", HOME, ORDERS), *_cells("horizontal", OFFICE, ORDERS), *_cells("block", OFFICE, ORDERS), *_cells("diagonal", HOME, ("up", "down")),
    *_cells("diagonal, IPv6", HOME, ("up", "down"), sources=(1,)), *_cells("random", HOME, ("random",)), *_cells("coordinated", HOME, ORDERS, sources=SOURCES[1:]), *_cells("flags", HOME, ("random",)),
    *_cells("tool", HOME, ("random",), sources=(1,)), *_cells("new", HOME, (ANY,), sources=(1,), noises=(0,)),
    *_cells("art", HOME, (ANY,), sources=(1, 4), sizes=(50, 400), noises=(0,)), *nmap_cells(),
)  # fmt: skip
