"""The addresses outside that most hosts of one's own talk to: the sites that nobody should block unawares."""

from dataclasses import dataclass

import ibis

from varde.decode.addresses import text_of
from varde.model import FLOWS
from varde.query.engine import Engine, Window

HOME = "--"


@dataclass(frozen=True, slots=True)
class Busy:
    """An address, how many flows go there, and from how many hosts."""

    address: str
    flows: int
    hosts: int


def busiest(engine: Engine, window: Window, most: int) -> list[Busy]:
    """The destinations outside that most hosts sent flows to in a window, those with most hosts first."""
    rows = engine.ask(window, lambda table: engine.execute(
        table.filter(table.dst_addr.notnull(), (table.dst_cc != HOME).fill_null(True))
        .group_by("dst_addr").aggregate(flows=ibis._.count(), hosts=ibis._.src_addr.nunique())
        .order_by(ibis.desc("hosts"), ibis.desc("flows"), "dst_addr").limit(most)
    ), FLOWS.name)  # fmt: skip
    return [Busy(text_of(row["dst_addr"]), int(row["flows"]), int(row["hosts"])) for row in rows]
