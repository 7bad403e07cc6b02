"""The Fireplot's question: how many probes in each cell of time x log10(port), by plane."""

import math
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from varde.model import PLANES, proto_name, service_name
from varde.query.engine import Engine, Window, distinct_sources, epoch_us, microseconds, plane, plane_number

PORT_TOP = 65535

Cells = NDArray[np.int64]
"""(n, 3): column from the left, row from the bottom, events."""


@dataclass(frozen=True, slots=True)
class PortCount:
    """One destination port: `service` is empty where none is well known."""

    plane: str
    proto: str
    port: int
    service: str
    events: int
    sources: int


@dataclass(slots=True)
class Answer:
    """Cells of the picture. `port0` and `bare` (protocols without ports) have rows of their own: column, events."""

    window: Window
    width: int
    height: int
    port_min: int
    port_max: int
    events: dict[str, int]
    "Per plane, all of the window whatever its port."
    sources: int
    cells: dict[str, Cells]
    port0: dict[str, NDArray[np.int64]]
    bare: dict[str, NDArray[np.int64]]
    ports: list[PortCount] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.events.values())


def fireplot(
    engine: Engine, window: Window, *, width: int = 1040, height: int = 417,
    port_min: int = 1, port_max: int = PORT_TOP, ports: int = 0,
) -> Answer:  # fmt: skip
    """Count the probes of a window into width x height cells between two ports; `ports`: how many to list by events."""
    wide = window.without_ports()
    cells = engine.ask(wide, lambda t: engine.arrow(_cells(t, window, width, height, port_min, port_max)))
    sources = engine.ask(wide, lambda t: engine.execute(t.aggregate(n=distinct_sources(t))))
    answer = _answer(cells, window, width, height, port_min, port_max)
    answer.sources = int(sources[0]["n"])
    if ports:
        answer.ports = port_counts(engine, window, ports)
    return answer


def port_counts(engine: Engine, window: Window, limit: int) -> list[PortCount]:
    """Destination ports by events, ties by plane and port."""
    rows = engine.ask(window, lambda t: engine.execute(_by_port(t).order_by(ibis.desc("events"), "plane", "dst_port").limit(limit)))
    return [_port_count(row) for row in rows]


def port_total(engine: Engine, window: Window) -> int:
    return int(engine.ask(window, lambda t: engine.execute(_by_port(t).aggregate(n=ibis._.count())))[0]["n"])


def _by_port(table: ir.Table) -> ir.Table:
    known = table.filter(table.dst_port.notnull()).mutate(plane=plane())
    return known.group_by("plane", "proto", "dst_port").aggregate(events=known.count(), sources=distinct_sources(known))


def _port_count(row: dict[str, Any]) -> PortCount:
    proto, port = proto_name(int(row["proto"])), int(row["dst_port"])
    return PortCount(str(row["plane"]), proto, port, service_name(proto, port), int(row["events"]), int(row["sources"]))


_INT64 = 2**62
_PORT0, _BARE, _OUTSIDE = -1, -2, -3  # rows that are no row of the picture


def _cells(table: ir.Table, window: Window, width: int, height: int, low: int, high: int) -> ir.Table:
    first, last = microseconds(window.first), microseconds(window.last)
    moment = epoch_us(table.time)
    # the quotient is a float, which over centuries rounds the last microsecond up
    unit = 1 if (last - first) * width < _INT64 else 1_000_000  # centuries of microseconds times columns are too many
    elapsed = moment - first if unit == 1 else (moment - first) // unit
    x = ibis.least((elapsed * width // ((last - first) // unit)).cast("int32"), width - 1)
    port = table.dst_port
    bottom, top = math.log10(low), math.log10(high)
    scale = (height - 1) / (top - bottom) if top > bottom else 0.0
    y = ((ibis.greatest(port, 1).log10() - bottom) * scale + 0.5).floor().cast("int32")
    row = ibis.cases(
        (port.isnull(), _BARE), (port == 0, _PORT0), ((port < low) | (port > high), _OUTSIDE), else_=y
    ).cast("int32")  # fmt: skip
    marked = table.mutate(x=x, y=row, plane=plane_number())
    return marked.group_by("plane", "x", "y").aggregate(n=marked.count()).order_by("plane", "x", "y")


def _answer(cells: Any, window: Window, width: int, height: int, low: int, high: int) -> Answer:
    keys, x, y, n = (cells[name].to_numpy().astype(np.int64) for name in ("plane", "x", "y", "n"))
    answer = Answer(window, width, height, low, high, {}, 0, {}, {}, {})
    for number, key in enumerate(entry.key for entry in PLANES):
        mine = keys == number
        answer.events[key] = int(n[mine].sum())
        for row, where in ((_PORT0, answer.port0), (_BARE, answer.bare)):
            at = mine & (y == row)
            where[key] = np.stack([x[at], n[at]], axis=1)
        at = mine & (y >= 0)
        answer.cells[key] = np.stack([x[at], y[at], n[at]], axis=1)
    return answer
