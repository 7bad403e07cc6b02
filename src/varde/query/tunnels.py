"""Tunnel requests as triples: who asked which port of whom; how often, or one by one."""

import ipaddress
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
import polars as pl

from varde.decode.addresses import text_of
from varde.query.engine import Engine, Window
from varde.query.honeypot import with_sources
from varde.query.slices import slices

TRIPLES_MAX = 500_000
"""Distinct triples of a question, the most frequent of them: more fit no picture and no patience."""

V4_BITS, V6_BITS = 24, 64
_TEXTS = ("source", "source_net")


def triples(engine: Engine, window: Window) -> pl.DataFrame:
    """A row for each distinct (source, port, target): `count` and what is known of both ends, the most frequent first.

    `source` and `source_net` are text, `source` null where the log does not name it (see the doctor)."""
    return engine.ask(window, lambda t: _frame(engine, _triples(with_sources(engine, window, t))), "tunnels")


def in_order(engine: Engine, window: Window) -> Iterator[pl.DataFrame]:
    """Every request, in order of time and then of its log, a slice at a time: columns as in `triples`, `count` 1."""
    for part in slices(engine, window, ("tunnels",)):
        yield engine.ask(part, partial(_one_by_one, engine, window), "tunnels")


def _one_by_one(engine: Engine, window: Window, table: ir.Table) -> pl.DataFrame:
    known = with_sources(engine, window, table)  # a session's first line may lie before the slice
    return _frame(engine, known.order_by("time", "source", "offset").select(
        source=known.src_addr, port=known.target_port, target=known.target, count=ibis.literal(1, "int64"), source_net=known.src_net,
        source_cc=known.src_cc, source_as=known.src_as, target_cc=known.target_cc, target_as=known.target_as,
    ))  # fmt: skip


def _frame(engine: Engine, expression: ir.Table) -> pl.DataFrame:
    table: Any = engine.arrow(expression)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    whole = frame.with_columns(pl.col(name).cast(pl.Binary) for name in _TEXTS)
    return whole.with_columns(
        _named(whole["source"], text_of), _named(whole["source_net"], _network),
        pl.col("target_cc", "source_cc").cast(pl.String), pl.col("source_as", "target_as", "count", "port").cast(pl.Int64),
    )  # fmt: skip


def _named(addresses: pl.Series, name: Callable[[bytes], str]) -> pl.Series:
    """Addresses as text, each distinct one named once."""
    distinct = addresses.drop_nulls().unique().to_list()
    return addresses.replace_strict(distinct, [name(address) for address in distinct], default=None, return_dtype=pl.String)


def _network(address: bytes) -> str:
    text = text_of(address)
    return str(ipaddress.ip_network(f"{text}/{V6_BITS if ':' in text else V4_BITS}", strict=False))


def _triples(table: ir.Table) -> ir.Table:
    grouped = table.group_by(source=table.src_addr, port=table.target_port, target=table.target).aggregate(
        count=table.count(), source_net=table.src_net.max(), source_cc=table.src_cc.max(), source_as=table.src_as.max(),
        target_cc=table.target_cc.max(), target_as=table.target_as.max(), first=table.time.min(), last=table.time.max(),
    )  # fmt: skip
    return grouped.order_by(ibis.desc("count"), "source", "port", "target").limit(TRIPLES_MAX)
