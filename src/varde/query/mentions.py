"""Where an address, network, name, port, autonomous system or country occurs in the store: each table, in each part it plays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import RECORDS, WARNINGS, Table
from varde.query.engine import Engine, network_range

TABLES_ASKED = (*RECORDS, WARNINGS)

_ADDRESSES = {
    "src_addr": "source", "dst_addr": "destination", "target_addr": "target", "nat_src_addr": "translated source",
    "nat_dst_addr": "translated destination", "next_hop": "next hop",
}  # fmt: skip
_NAMES = {"name": "name", "target": "target", "indicator": "indicator", "host": "host", "sni": "server name", "ehlo": "EHLO"}
_PORTS = {"dst_port": "destination", "target_port": "target"}
_SYSTEMS = {"src_as": "source", "dst_as": "destination", "target_as": "target"}
_COUNTRIES = {"src_cc": "source", "dst_cc": "destination", "target_cc": "target"}
"""Columns in which each may stand, and the part that it plays there."""

_NOT_NAMES = {("downloads", "name"), ("mails", "name")}
"""Columns of that name that hold something else: a file's."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Records of a table in which the subject plays a part: how many, and when the first and the last happened."""

    table: str
    part: str
    records: int
    first: datetime
    last: datetime


def of_network(engine: Engine, text: str) -> list[Mention]:
    """Of an address or a network. Raises VardeError for anything else."""
    low, high = (ibis.literal(end, type="binary") for end in network_range(text))
    return _mentions(engine, _ADDRESSES, lambda column: (column >= low) & (column <= high))


def of_name(engine: Engine, name: str) -> list[Mention]:
    """Of a name and all under it."""
    plain = name.strip(".").lower()

    def holds(column: Any) -> Any:
        written = column.lower()
        return (written == plain) | written.endswith(f".{plain}")

    return _mentions(engine, _NAMES, holds)


def of_port(engine: Engine, number: int, protocols: tuple[int, ...] = ()) -> list[Mention]:
    """Of a port as what was wanted; `protocols`: IP protocol numbers, all where there are none."""
    return _mentions(engine, _PORTS, lambda column: column == number, lambda table: table.proto.isin(protocols) if protocols else None)


def of_system(engine: Engine, number: int) -> list[Mention]:
    """Of an autonomous system."""
    return _mentions(engine, _SYSTEMS, lambda column: column == number)


def of_country(engine: Engine, code: str) -> list[Mention]:
    """Of a country: ISO 3166 alpha-2, -- for home."""
    return _mentions(engine, _COUNTRIES, lambda column: column == code)


def _mentions(
    engine: Engine, columns: dict[str, str], holds: Callable[[Any], Any], also: Callable[[ir.Table], Any] = lambda table: None
) -> list[Mention]:
    """One question for each table, for all columns of it at once."""
    return [mention for table in TABLES_ASKED for mention in _of_table(engine, table, columns, holds, also)]


def _of_table(
    engine: Engine, table: Table, columns: dict[str, str], holds: Callable[[Any], Any], also: Callable[[ir.Table], Any]
) -> Iterator[Mention]:
    mine = [name for name in columns if name in table.names and (table.name, name) not in _NOT_NAMES]
    if not mine:
        return

    def question(rows: ir.Table) -> dict[str, Any]:
        more = also(rows) if "proto" in table.names else None
        sums: dict[str, Any] = {}
        for name in mine:
            mask = holds(rows[name]) if more is None else holds(rows[name]) & more
            sums |= {f"{name}_n": rows.count(where=mask), f"{name}_first": rows.time.min(where=mask), f"{name}_last": rows.time.max(where=mask)}
        return engine.execute(rows.aggregate(**sums))[0]

    found = engine.ask_all(table.name, question)
    for name in mine:
        if found[f"{name}_n"]:
            yield Mention(table.name, columns[name], int(found[f"{name}_n"]), found[f"{name}_first"], found[f"{name}_last"])
