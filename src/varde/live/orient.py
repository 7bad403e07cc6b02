"""Which way a flow went, and which end began it."""

import polars as pl

from varde.intel.geography import HOME
from varde.live.pairs import Pairs
from varde.model import NAMED_PORTS

PRIVILEGED = 1024
"""Ports below are for servers (RFC 6335 section 6: system ports)."""


def orient(flows: pl.DataFrame, *, has_home: bool, is_told: bool = True, pairs: Pairs | None = None) -> pl.DataFrame:
    """Fill `direction` and `initiator` of flows whose countries are filled in.

    Direction is told by the own networks, and is what the text said, else null, where none are known. Nothing is in transit
    unless the owner said which networks are his (`is_told`): those behind an outside address that was learnt are not known. Who began is told, first to last, by the exporter; by a
    flow of both directions (RFC 5103), which is exported by who began; by what the flow the other way says; by which of the two began
    first, where they have the beginning of a TCP connection; by the port that only a server has, which who sends may choose; and by which
    of the two began first, whatever they are. `pairs` remembers flows of earlier batches. Null where nothing tells."""
    direction = _direction(pl.lit("transit") if is_told else pl.col("direction")) if has_home else pl.col("direction")
    said = flows.with_columns(initiator=pl.coalesce("initiator", _both_ways()))
    other = (pairs or Pairs()).paired(said)
    first = pl.when(other["is_whole"]).then(other["first"])
    return said.with_columns(direction=direction, initiator=pl.coalesce("initiator", other["said"], first, _by_port(), other["first"]))


def _direction(otherwise: pl.Expr) -> pl.Expr:
    src, dst = (pl.col(f"{end}_cc").eq_missing(HOME) for end in ("src", "dst"))
    return (
        pl.when(src & dst).then(pl.lit("internal")).when(src).then(pl.lit("outbound")).when(dst).then(pl.lit("inbound"))
        .otherwise(otherwise)
    )  # fmt: skip


def _both_ways() -> pl.Expr:
    return pl.when(pl.col("rev_packets").fill_null(0) > 0).then(pl.lit("src"))


def _by_port() -> pl.Expr:
    src, dst = (_rank(f"{end}_port") for end in ("src", "dst"))
    return pl.when(src > dst).then(pl.lit("dst")).when(dst > src).then(pl.lit("src"))


def _rank(port: str) -> pl.Expr:
    """How much a port is one of a server: 2 below 1024, 1 where it has a name, else 0."""
    number = pl.col(port)
    return pl.when(number < PRIVILEGED).then(2).when(number.is_in(_REGISTERED)).then(1).otherwise(0).fill_null(0)


_REGISTERED = sorted(number for number in NAMED_PORTS if number >= PRIVILEGED)
