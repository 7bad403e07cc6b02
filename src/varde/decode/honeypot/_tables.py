"""Events to rows of the tables they belong to; what does not convert becomes a reject with its reason."""

import polars as pl

from varde.decode.addresses import packed_with_network
from varde.decode.batch import RAW_MAX, Origin, schema_of
from varde.decode.honeypot._dialect import EVENT_OF
from varde.decode.honeypot._escapes import each, literal
from varde.decode.moments import FIRST, LAST, moments
from varde.decode.payload import recognised
from varde.model import TABLES

PORT_MAX = 65535
DATA_MAX = 8192
"""Octets of a payload that are kept beside its record."""

_TCP = 6
_PORTS = ("src_port", "dst_port", "target_port")
_OCTETS = {"data": pl.Binary(), "length": pl.String()}
_CLAIMED = "claimed_src_port"  # a visitor may claim any number: one that is no port is nothing to refuse the line for


def reasons(events: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    """The events with `time`, addresses and ports as columns of the tables, `data` as octets, and `reason`: why an event
    cannot be kept, null where it can."""
    times = moments(events["stamp"], events["kind"], origin)
    ends = [packed_with_network(events[end]).rename({"octets": f"{end}_addr", "network": f"{end}_net"}) for end in ("src", "dst")]
    target = packed_with_network(events["target"])["octets"].alias("target_addr")
    octets = each(events["data"], literal, pl.Binary())
    damaged = events["data"].is_not_null() & octets.is_null()
    frame = events.with_columns(
        _or_received(times, events["kind"], origin).alias("time"), *ends[0].get_columns(), *ends[1].get_columns(), target, octets.alias("data"), damaged.alias("damaged"),
        *[pl.col(name).cast(pl.Int64, strict=False).alias(name + "#") for name in _PORTS],
    )  # fmt: skip
    claimed = pl.col(_CLAIMED).cast(pl.Int64, strict=False)
    return frame.with_columns(_reason()).with_columns(
        *[pl.col(name + "#").alias(name) for name in _PORTS], pl.when(claimed.is_between(0, PORT_MAX)).then(claimed).alias(_CLAIMED)
    )


def _or_received(times: pl.Series, kinds: pl.Series, origin: Origin) -> pl.Series:
    """A line without a stamp that came from a socket happened when it was received."""
    if not origin.live or not (kinds == "none").any():
        return times
    return pl.select(pl.when(kinds == "none").then(origin.received).otherwise(times)).to_series()


def _reason() -> pl.Expr:
    bad_port = pl.lit(value=False)
    for name in _PORTS:
        bad_port = bad_port | (pl.col(name).is_not_null() & ~pl.col(name + "#").is_between(0, PORT_MAX).fill_null(value=False))
    return (
        pl.when(pl.col("time").is_null() | ~pl.col("time").is_between(FIRST, LAST)).then(pl.lit("time"))
        .when(pl.col("src").is_not_null() & (pl.col("src") != "") & pl.col("src_addr").is_null()).then(pl.lit("address"))
        .when(bad_port).then(pl.lit("port"))
        .when("damaged").then(pl.lit("data"))
        .alias("reason")
    )  # fmt: skip


def tables(events: pl.DataFrame, raw: pl.Series, offset: pl.Series, dialect: str, origin: Origin) -> dict[str, pl.DataFrame]:
    """A batch for each table that some of the events belong to. `raw` and `offset` are those of each event's line."""
    full = events.with_columns(
        raw.str.slice(0, RAW_MAX).alias("raw"), offset.alias("offset"), pl.from_epoch("time", "us").dt.date().alias("day"),
        pl.col("proto").cast(pl.Int64, strict=False).fill_null(_TCP).alias("proto"),
    )
    same = {"dialect": dialect, "received": origin.received, "sensor": origin.sensor, "source": origin.source, "file": origin.file}
    table = full["event"].replace_strict(EVENT_OF, return_dtype=pl.String)
    said = [name for name in full.columns if full[name].null_count() < len(full)]
    return {name: _conformed(name, full, said, table == name, same) for name in table.unique(maintain_order=True).to_list()}


def _conformed(name: str, full: pl.DataFrame, said: list[str], mine: pl.Series, same: dict[str, object]) -> pl.DataFrame:
    """Rows and columns of one table: text becomes a number where the table has one, and null where it is none. `said` are the
    columns that are not null throughout, `same` is what all rows have alike."""
    schema = schema_of(TABLES[name])
    frame = full.select(column for column in said if column in schema)
    frame = frame if mine.all() else frame.filter(mine)
    if name == "payloads":
        frame = _with_payload(frame)
    values = {column: pl.col(column) if column in frame.columns else pl.lit(same.get(column)) for column in schema}
    return frame.select(values[column].cast(dtype, strict=False).alias(column) for column, dtype in schema.items())


def _with_payload(frame: pl.DataFrame) -> pl.DataFrame:
    """What the octets say of themselves, where the line did not say it."""
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in _OCTETS.items() if name not in frame.columns]
    frame = frame.with_columns(missing)
    facts = recognised(frame["data"])
    said = [pl.coalesce(pl.col(name), facts[name]).alias(name) for name in facts.columns if name in frame.columns]
    new = [facts[name] for name in facts.columns if name not in frame.columns]
    length = pl.coalesce(pl.col("length").cast(pl.Int64, strict=False), pl.col("data").bin.size("b").cast(pl.Int64))
    return frame.with_columns(*said, *new, length.alias("length"), pl.col("data").bin.slice(0, DATA_MAX))


