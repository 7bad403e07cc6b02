"""Runs dialects of sightings over a block of lines."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import packed_with_network
from varde.decode.batch import RAW_MAX, Decoded, Origin, reject, schema_of
from varde.decode.community import community_id
from varde.decode.lines import LINE_MAX, Lines
from varde.decode.moments import FIRST, LAST, moments
from varde.decode.sightings._dialect import ROW, Dialect
from varde.model import DNS, proto_number

_PORT_MAX = 65535
_TEXTS = {"name": 255, "indicator": 2048, "lists": 1024, "community_id": 64, "asked": 16, "seen": 64, "outcome": 32}
"""Characters that are kept of what others wrote."""


@dataclass(frozen=True, slots=True)
class SightingReader:
    """Reads blocks of lines. Threads may share one."""

    dialects: tuple[Dialect, ...]

    @classmethod
    def of(cls, dialects: Iterable[Dialect]) -> "SightingReader":
        return cls(tuple(dialects))

    def read(self, lines: Lines, origin: Origin) -> tuple[Decoded, NDArray[np.intp]]:
        """What became of the lines that hold a sighting, and the rows of all others. Raises nothing."""
        decoded = Decoded()
        left = np.ones(len(lines), dtype=bool)
        for dialect in self.dialects:
            rows = np.flatnonzero(left & (lines.length <= LINE_MAX) & _held(lines, dialect.pivots))
            if len(rows):
                left[rows[_ask(dialect, lines.take(rows), origin, decoded)]] = False
        decoded.counts["", "lines"] += len(lines) - int(left.sum())
        return decoded, np.flatnonzero(left)


def _held(lines: Lines, pivots: tuple[str, ...]) -> NDArray[np.bool_]:
    held = np.zeros(len(lines), dtype=bool)
    for pivot in pivots:
        held |= lines.text.str.contains(pivot, literal=True).to_numpy()
    return held


def _ask(dialect: Dialect, lines: Lines, origin: Origin, decoded: Decoded) -> NDArray[np.intp]:
    """Rows of lines that the dialect took; what it made of them is in `decoded`."""
    found = dialect.read(lines)
    known = _converted(found.sightings, origin)
    refused = dict(found.damaged)
    for (reason,), part in known.filter(pl.col("reason").is_not_null()).partition_by("reason", as_dict=True).items():
        refused[str(reason)] = part[ROW].unique().sort().to_numpy().astype(np.intp)
    for reason, rows in refused.items():
        reject(decoded, lines, rows, dialect.name, reason, origin)
    good = known.filter(pl.col("reason").is_null())
    rows = good[ROW].to_numpy().astype(np.intp)
    if len(rows):
        decoded.tell(dialect.name, "records", lines.offset[rows])
        decoded.stamps.update(dict(good["kind"].value_counts().rows()))
        batch = _batch(good, lines, rows, dialect.name, origin)
        earlier = decoded.others.get(DNS.name)
        decoded.others[DNS.name] = batch if earlier is None else pl.concat([earlier, batch])
    return np.concatenate([rows, *refused.values()]).astype(np.intp)


def _converted(found: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    """With `time`, addresses and ports as the table has them, and `reason`: why a sighting cannot be kept, null where it can."""
    ends = [packed_with_network(found[end]).rename({"octets": f"{end}_addr", "network": f"{end}_net"}) for end in ("src", "dst")]
    ports = [found[f"{end}_port"].cast(pl.Int64, strict=False).alias(f"{end}_port#") for end in ("src", "dst")]
    times = moments(found["stamp"], found["kind"], origin).alias("time")
    frame = found.with_columns(times, *ends[0].get_columns(), *ends[1].get_columns(), *ports)
    wrong = [pl.col(end).is_not_null() & pl.col(f"{end}_addr").is_null() for end in ("src", "dst")]
    off = [pl.col(f"{end}_port").is_not_null() & ~pl.col(f"{end}_port#").is_between(0, _PORT_MAX).fill_null(value=False) for end in ("src", "dst")]
    return frame.with_columns(
        pl.when(pl.col("time").is_null() | ~pl.col("time").is_between(FIRST, LAST)).then(pl.lit("time"))
        .when(pl.any_horizontal(wrong)).then(pl.lit("address"))
        .when(pl.any_horizontal(off)).then(pl.lit("port"))
        .alias("reason"),
        *[pl.col(f"{end}_port#").alias(f"{end}_port") for end in ("src", "dst")],
        pl.Series("proto", [text and proto_number(text) for text in found["proto"].to_list()], dtype=pl.Int64),
    )  # fmt: skip


def _batch(good: pl.DataFrame, lines: Lines, rows: NDArray[np.intp], dialect: str, origin: Origin) -> pl.DataFrame:
    frame = good.with_columns(
        lines.text.gather(rows).str.slice(0, RAW_MAX).alias("raw"), pl.Series("offset", lines.offset[rows]),
        pl.from_epoch("time", "us").dt.date().alias("day"), dialect=pl.lit(dialect), received=pl.lit(origin.received),
        sensor=pl.lit(origin.sensor), source=pl.lit(origin.source), file=pl.lit(origin.file),
        community_id=pl.coalesce("community_id", pl.Series(_ids(good), dtype=pl.String)),
        name=pl.col("name").str.strip_chars_end(".").str.to_lowercase(),
    ).with_columns(pl.col(name).str.slice(0, most) for name, most in _TEXTS.items())  # fmt: skip
    schema = schema_of(DNS)
    return frame.select((pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items())


def _ids(good: pl.DataFrame) -> list[str | None]:
    """Community IDs where both ends are known and the protocol is."""
    ends = good.select("src_addr", "dst_addr", "proto", "src_port", "dst_port").rows()
    return [community_id(src, dst, proto, (sport, dport), (None, None)) or None if src and dst and proto else None for src, dst, proto, sport, dport in ends]
