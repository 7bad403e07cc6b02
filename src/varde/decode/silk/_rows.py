"""Values of records as rows of the table `flows`, and which of them cannot be."""

import json
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import networks, series
from varde.decode.batch import Origin, schema_of
from varde.decode.moments import FIRST, LAST
from varde.decode.silk._layouts import IS_IPV6, Columns
from varde.model import FLOWS

_HAS_PORTS = (6, 17, 33, 132, 136)
_ICMP = (1, 58)
_TCP = 6
_COUNT_MAX = 2**62
"""Of packets and octets: sums of some still fit 64 bits."""

_EXTRAS = {
    "first_flags": ("6871.14", 1), "rest_flags": ("6871.15", 1), "flow_type": ("6871.30", 1), "sensor": ("6871.31", 2), "tcp_state": ("6871.32", 1),
    "application": ("6871.33", 2),
}  # fmt: skip
"""What has no column: elements of CERT's enterprise 6871, as SiLK itself exports them, and their octets. Its `memo`, which nothing of SiLK
fills, is no element."""


def rows(columns: Columns, offsets: NDArray[np.int64], origin: Origin, dialect: str) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """Rows of records, and which of the records cannot be rows: their time is none, or they count more than there is."""
    start = columns["start"].astype(np.int64)
    elapsed = columns["elapsed"].astype(np.int64)
    good = (start >= FIRST // 1000) & (start < LAST // 1000 - 2**32)
    packets, octets = columns["packets"], columns["octets"]
    good &= (packets <= _COUNT_MAX) & (octets <= _COUNT_MAX)
    made = pl.DataFrame(_plain(columns) | _ends(columns) | _ports(columns)).with_columns(
        time=pl.Series(np.where(good, start, 0) * 1000), end_time=pl.Series((np.where(good, start, 0) + elapsed) * 1000),
        offset=pl.Series(offsets), other=_others(columns),
    ).filter(pl.Series(good))  # fmt: skip
    made = made.with_columns(
        pl.lit(origin.sensor).alias("sensor"), pl.lit(origin.source).alias("source"), pl.lit(origin.file).alias("file"),
        pl.lit(origin.received).alias("received"), pl.lit(dialect).alias("dialect"), pl.lit(0).alias("late"),
        packets_scaled="packets", octets_scaled="octets", day=pl.from_epoch("time", "us").dt.date(),
        src_net=networks(made["src_addr"]), dst_net=networks(made["dst_addr"]),
    )  # fmt: skip
    schema = schema_of(FLOWS)
    return made.select((pl.col(name) if name in made.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items()), ~good


def _plain(columns: Columns) -> dict[str, Any]:
    found = {name: columns[name].astype(np.int64) for name in ("in_if", "out_if") if name in columns}
    counts = {name: np.minimum(columns[name].astype(np.uint64), _COUNT_MAX).astype(np.int64) for name in ("packets", "octets")}
    return found | counts | {"proto": columns["proto"].astype(np.int64)}


def _ends(columns: Columns) -> dict[str, Any]:
    """Addresses; the next router where one is named."""
    is_v6 = columns["tcp_state"] & IS_IPV6 != 0 if columns["src"].ndim == 2 else None
    found: dict[str, Any] = {f"{end}_addr": series(_octets(columns[end], is_v6)) for end in ("src", "dst")}
    if "next_hop" in columns:
        hops = columns["next_hop"]
        named = hops != 0 if is_v6 is None else hops[:, 12:].any(axis=1) | (hops[:, :10].any(axis=1) & is_v6)
        found["next_hop"] = pl.select(pl.when(pl.Series(named)).then(series(_octets(hops, is_v6)))).to_series()
    return found


def _octets(addresses: NDArray[Any], is_v6: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """(n, 16) octets. Records of IPv4 in a format of IPv6 have their address in the last four, whatever stands before."""
    made = np.zeros((len(addresses), 16), np.uint8)
    if addresses.ndim == 2:
        made[:] = addresses
        four = ~is_v6 if is_v6 is not None else np.zeros(len(made), bool)
        made[four, :10], made[four, 10:12] = 0, 255
    else:
        made[:, 10:12] = 255
        made[:, 12:] = addresses.astype(">u4").view(np.uint8).reshape(-1, 4)
    return made


def _ports(columns: Columns) -> dict[str, Any]:
    """Ports where the protocol has some, type and code of ICMP, which stand in the destination's port, and flags of TCP."""
    proto = columns["proto"]
    ported, icmp = np.isin(proto, _HAS_PORTS), np.isin(proto, _ICMP)
    dst = columns["dst_port"].astype(np.int64)
    return {
        "src_port": _where(ported, columns["src_port"].astype(np.int64)), "dst_port": _where(ported, dst),
        "icmp_type": _where(icmp, dst >> 8), "icmp_code": _where(icmp, dst & 255),
        "tcp_flags": _where(proto == _TCP, columns["flags"].astype(np.int64)),
    }  # fmt: skip


def _where(there: NDArray[np.bool_], values: NDArray[np.int64]) -> pl.Series:
    return pl.select(pl.when(pl.Series(there)).then(pl.Series(values))).to_series()


def _others(columns: Columns) -> pl.Series:
    """What has no column and is not zero, as JSON: converted once for each distinct combination."""
    names = [name for name in _EXTRAS if name in columns]
    if not names:
        return pl.Series([None] * len(columns["start"]), dtype=pl.String)
    numbers = {name: columns[name].astype(np.int64) for name in names}
    if "tcp_state" in numbers:
        numbers["tcp_state"] &= ~IS_IPV6
    frame = pl.DataFrame(numbers)
    distinct = frame.unique()
    texts = [_json(row) for row in distinct.iter_rows(named=True)]
    known = distinct.with_columns(pl.Series("other", texts, dtype=pl.String))
    return frame.join(known, on=names, how="left", maintain_order="left")["other"]


def _json(row: dict[str, int]) -> str | None:
    told = {key: f"{row[name]:0{2 * octets}x}" for name, (key, octets) in _EXTRAS.items() if row.get(name)}
    return json.dumps(told, separators=(",", ":")) if told else None
