"""The cells of one source and protocol, in order of first touch, and a Campaign made of some of them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.detect.campaign import PORTS_MAX, SOURCES_MAX, TARGETS_MAX, Campaign
from varde.detect.knocked import source_of, target_of
from varde.detect.marks import TOOLS, tool_of
from varde.detect.probing import ICMP, ICMP6, TCP, UDP
from varde.model.researchers import researcher_of

TOOL_MIN = 0.05
"""Share of sources from which on a tool is named."""

Array = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of cells, place by place."""

    src: NDArray[np.uint64]
    dst_high: NDArray[np.uint64]
    dst_low: NDArray[np.uint64]
    what: Array
    first: Array
    last: Array
    count: Array
    allowed: Array
    mark: Array

    def __len__(self) -> int:
        return len(self.src)

    def take(self, which: Any) -> "Cells":
        return Cells(*(getattr(self, name)[which] for name in self.__slots__))

    @property
    def port(self) -> Array:
        return self.what & 0xFFFF

    @property
    def proto(self) -> Array:
        return (self.what >> 16) & 0xFF

    @property
    def odd(self) -> Array:
        return self.what >> 24

    @property
    def target(self) -> NDArray[np.uint64]:
        """A number for each target; equal where they are."""
        return self.dst_low ^ (self.dst_high * np.uint64(0x9E3779B97F4A7C15))


def cells_of(frame: pl.DataFrame) -> Cells:
    """Rows of knocked.SCHEMA as columns."""
    wide = {"what", "count", "allowed"}
    columns: list[Any] = [frame[name].to_numpy().astype(np.int64) if name in wide else frame[name].to_numpy() for name in Cells.__slots__]
    return Cells(*columns)


def plane_of(src: int, proto: int) -> str:
    """The key in model.PLANES."""
    family = "4" if src >> 48 == 0xFFFF else "6"
    return {TCP: f"tcp{family}", UDP: f"udp{family}", ICMP: "icmp", ICMP6: "icmp"}.get(proto, "other")


def campaign(kind: str, cells: Cells, scale: int = 1, **more: Any) -> Campaign:
    """What some cells, in order of time, are together. `scale`: how many cells each stands for."""
    sources, packets = _by_count(cells.src, cells.count)
    plane = plane_of(int(sources[0]), int(np.bincount(cells.proto).argmax()))
    ports, targets = (_in_order(cells.port), _in_order(cells.target))
    first_of_targets = [target_of(int(cells.dst_high[at]), int(cells.dst_low[at])) for at in targets[:TARGETS_MAX]]
    known = np.isin(cells.proto, (TCP, UDP)).any()
    port_count, target_count = (len(ports) if known else 0, len(targets))
    if scale > 1:
        port_count, target_count = scaled(port_count, target_count, len(cells), scale)
    more = {"tools": tools_of(cells), "outline": outline(cells.first, cells.port)} | more
    made = Campaign(
        kind, plane, int(cells.first.min()), int(cells.last.max()), int(packets.sum()) * scale,
        tuple(source_of(int(src)) for src in sources[:SOURCES_MAX]), len(sources), tuple(cells.port[ports[:PORTS_MAX]].tolist()) if known else (), port_count,
        tuple(first_of_targets), target_count, allowed=int(cells.allowed.sum()) * scale, researcher=_researcher(sources),
    )  # fmt: skip
    return replace(made, **more)


def _researcher(sources: NDArray[np.uint64]) -> str:
    """The name of the researcher that all sources belong to."""
    if len(sources) > SOURCES_MAX:
        return ""
    known = [researcher_of(source_of(int(src))) for src in sources]
    return known[0].name if known[0] is not None and all(one is known[0] for one in known) else ""


def tools_of(cells: Cells) -> dict[str, float]:
    """Share of sources most of whose cells bear the mark of each tool."""
    _, which = np.unique(cells.src, return_inverse=True)
    tool, count = tool_of(cells.mark), np.bincount(which)
    shares = {name: float((np.bincount(which, tool == number) > count / 2).mean()) for number, name in enumerate(TOOLS) if number}
    return {name: share for name, share in shares.items() if share >= TOOL_MIN}


def scaled(ports: int, targets: int, cells: int, scale: int) -> tuple[int, int]:
    """Ports and targets of all cells, from those of a sample: exact where one of them is few, else what the sample saw."""
    if targets * 8 <= cells:
        return min(65_536, max(ports, cells * scale // max(1, targets))), targets
    if ports * 8 <= cells:
        return ports, max(targets, cells * scale // max(1, ports))
    return ports, targets


def _by_count(values: NDArray[np.uint64], counts: Array) -> tuple[NDArray[np.uint64], Array]:
    each, which = np.unique(values, return_inverse=True)
    sums = np.bincount(which, counts).astype(np.int64)
    order = np.lexsort((each, -sums))
    return each[order], sums[order]


def _in_order(values: NDArray[Any]) -> NDArray[np.intp]:
    """Places where each value comes first, in order."""
    return np.sort(np.unique(values, return_index=True)[1])


def outline(times: Array, ports: Array) -> tuple[tuple[int, int], ...]:
    """Corners of the convex polygon around points as a Fireplot shows them, ports by logarithm, upwards in time along the low side."""
    points = sorted(set(zip(times.tolist(), ports.tolist(), strict=True)))
    if len(points) < 3:
        return tuple(points)
    heights = dict(zip({port for _, port in points}, np.log([max(1, port) for port in {port for _, port in points}]).tolist(), strict=True))
    low, high = _chain(points, heights), _chain(points[::-1], heights)
    return tuple(low[:-1] + high[:-1])


def _chain(points: list[tuple[int, int]], heights: dict[int, float]) -> list[tuple[int, int]]:
    """One side of a convex polygon (A. M. Andrew's chain, 1979)."""
    side: list[tuple[int, int]] = []
    for point in points:
        while len(side) >= 2 and _turn(side[-2], side[-1], point, heights) <= 0:
            side.pop()
        side.append(point)
    return side


def _turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], heights: dict[int, float]) -> float:
    return (b[0] - a[0]) * (heights[c[1]] - heights[a[1]]) - (heights[b[1]] - heights[a[1]]) * (c[0] - a[0])
