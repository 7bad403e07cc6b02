"""The Fireplot's question: how many probes in each cell of time x log10(port), by plane."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.model import PLANES, proto_name, service_name
from varde.query.absence import Absence, absence
from varde.query.engine import (
    PORTED,
    Engine,
    Window,
    distinct_sources,
    epoch_us,
    microseconds,
    plane,
    plane_number,
)

PORT_TOP = 65535

_MAPPED = bytes(10) + b"\xff\xff"  # what IPv4 addresses begin with

Cells = NDArray[np.int64]
"""(n, 3): column from the left, row from the bottom, events."""

Columns = NDArray[np.int64]
"""(n, 2): column from the left, events."""


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
    """Cells of the picture, and what has no place on the port axis: `port0`, and `bare` for records without a port."""

    window: Window
    width: int
    height: int
    port_min: int
    port_max: int
    events: dict[str, int]
    "Per plane: all of the window, or what lies between the two ports where they are `narrowed`; so are `sources` and `ports`."
    sources: int
    cells: dict[str, Cells]
    port0: dict[str, Columns]
    bare: dict[str, Columns]
    ports: list[PortCount] = field(default_factory=list)
    outside: int = 0
    "Records of the window that `narrowed` ports leave out."
    absence: Absence | None = None
    "What there is beside it, where nothing was found and somebody asked why."

    @property
    def total(self) -> int:
        return sum(self.events.values())

    @property
    def narrowed(self) -> bool:
        return self.port_min > 1 or self.port_max < PORT_TOP

    def shown(self) -> Window:
        """What is counted: a window without ports has those records too that have none."""
        wide = self.window.without_ports()
        return replace(wide, port_min=self.port_min, port_max=self.port_max) if self.narrowed else wide

    def strips(self) -> dict[str, dict[str, Columns]]:
        """By strip and plane, whatever the two ports are: port 0, TCP and UDP without a port (fragments), ICMP, other protocols."""
        ported = [plane.key for plane in PLANES if plane.has_ports]
        portless = {plane.key: {plane.key: self.bare[plane.key]} for plane in PLANES if not plane.has_ports}
        return {"port0": {key: self.port0[key] for key in ported}, "no_port": {key: self.bare[key] for key in ported}} | portless


def fireplot(
    engine: Engine, window: Window, *, width: int = 1040, height: int = 417,
    port_min: int = 1, port_max: int = PORT_TOP, ports: int = 0, explain: bool = False, sources: Collection[bytes] = (),
) -> Answer:  # fmt: skip
    """Count the probes of a window into width x height cells between two ports.

    `ports`: how many to list by events. `explain`: where nothing is found, look at what there is beside it. `sources`: only of these,
    16 octets each, of IPv6 the whole /64."""
    wide = window.without_ports()
    blank = Answer(window, width, height, port_min, port_max, {}, 0, {}, {}, {})
    answer = engine.ask(wide, lambda t: _counted(engine, _sent_by(t, sources), blank))
    if ports:
        answer.ports = port_counts(engine, answer.shown(), ports)
    if explain and not answer.total:
        answer.absence = absence(engine, wide)
    return answer


def _sent_by(table: ir.Table, sources: Collection[bytes]) -> ir.Table:
    """What some sources sent; all where none is named."""
    if not sources:
        return table
    single = [ibis.literal(source, "binary") for source in sources if source.startswith(_MAPPED)]
    wide = [ibis.literal(source[:8] + bytes(8), "binary") for source in sources if not source.startswith(_MAPPED)]
    return table.filter(table.src_addr.isin(single) | table.src_net.isin(wide))


def _counted(engine: Engine, table: ir.Table, blank: Answer) -> Answer:
    """The cells and sources of a blank answer, both of one snapshot of the store."""
    answer = _answer(engine.arrow(_cells(table, blank)), blank)
    shown = table.filter(table.dst_port.between(blank.port_min, blank.port_max)) if blank.narrowed else table
    answer.sources = int(engine.execute(shown.aggregate(n=distinct_sources(shown)))[0]["n"])
    return answer


def port_counts(engine: Engine, window: Window, limit: int) -> list[PortCount]:
    """Destination ports by events, ties by plane, port and protocol."""
    rows = engine.ask(window, lambda t: engine.execute(_by_port(t).order_by(ibis.desc("events"), "plane", "dst_port", "proto").limit(limit)))
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


def _cells(table: ir.Table, blank: Answer) -> ir.Table:
    width, height, low, high = blank.width, blank.height, blank.port_min, blank.port_max
    first, last = microseconds(blank.window.first), microseconds(blank.window.last)
    moment = epoch_us(table.time)
    # the quotient is a float, which over centuries rounds the last microsecond up
    unit = 1 if (last - first) * width < _INT64 else 1_000_000  # centuries of microseconds times columns are too many
    elapsed = moment - first if unit == 1 else (moment - first) // unit
    x = ibis.least((elapsed * width // ((last - first) // unit)).cast("int32"), width - 1)
    port = table.dst_port
    bottom, top = math.log10(low), math.log10(high)
    scale = (height - 1) / (top - bottom) if top > bottom else 0.0
    y = ((ibis.greatest(port, 1).log10() - bottom) * scale + 0.5).floor().cast("int32")
    # some firewalls write port 0 for protocols that have no ports
    portless = port.isnull() | ((port == 0) & ~table.proto.isin(PORTED))
    # what nearly all records are stands first, because a case is worked out for those alone that no case before it took
    row = ibis.cases((port.between(low, high), y), (portless, _BARE), (port == 0, _PORT0), else_=_OUTSIDE).cast("int32")
    marked = table.mutate(x=x, y=row, plane=plane_number())
    return marked.group_by("plane", "x", "y").aggregate(n=marked.count()).order_by("plane", "x", "y")


def _answer(cells: Any, blank: Answer) -> Answer:
    # through Polars, because pyarrow imports pandas to make an array, which takes 0.2 s
    keys, x, y, n = (pl.Series(cells[name]).cast(pl.Int64).to_numpy() for name in ("plane", "x", "y", "n"))
    answer = replace(blank, events={}, cells={}, port0={}, bare={})
    for number, key in enumerate(entry.key for entry in PLANES):
        mine = keys == number
        shown = mine & (y >= 0) if answer.narrowed else mine
        answer.events[key] = int(n[shown].sum())
        answer.outside += int(n[mine].sum()) - answer.events[key]
        for row, where in ((_PORT0, answer.port0), (_BARE, answer.bare)):
            at = mine & (y == row)
            where[key] = np.stack([x[at], n[at]], axis=1)
        at = mine & (y >= 0)
        answer.cells[key] = np.stack([x[at], y[at], n[at]], axis=1)
    return answer
