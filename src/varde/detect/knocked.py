"""Packets as detectors of scans take them: numbers in place of addresses, and nothing that is an answer, open or not anybody's doing.

A source is what one owner holds: an address of IPv4, the /64 of IPv6. It is 64 bits, and the address can be told from them, so that two
sources are never one. A cell is a source, a target, a protocol and a port, hashed with a key of this process."""

import secrets
from collections.abc import Collection

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.detect.marks import mark
from varde.detect.oddness import oddness, of_a_connection
from varde.detect.probing import ANSWERING_PORTS, ICMP, ICMP6, TCP, UDP, backscatter, request
from varde.model import ALLOWED

Numbers = NDArray[np.uint64]

COLUMNS: dict[str, pl.DataType] = {
    "time": pl.Int64(), "src_addr": pl.Binary(), "dst_addr": pl.Binary(), "src_port": pl.Int64(), "dst_port": pl.Int64(), "proto": pl.Int64(),
    "tcp_flags": pl.Int64(), "icmp_type": pl.Int64(), "action": pl.String(), "src_as": pl.Int64(), "ttl": pl.Int64(), "ip_id": pl.Int64(),
    "tcp_window": pl.Int64(), "tcp_seq": pl.Int64(),
}  # fmt: skip
"""What is looked at of packets, as table `probes` has it; `time` is us since 1970 UTC. Columns that a frame lacks are unknown."""

SCHEMA = {
    "cell": pl.UInt64, "src": pl.UInt64, "dst_high": pl.UInt64, "dst_low": pl.UInt64, "what": pl.UInt32, "first": pl.Int64, "last": pl.Int64,
    "count": pl.UInt32, "allowed": pl.UInt32, "mark": pl.Int64,
}  # fmt: skip
"""A cell and what is known of it. `what`: oddness of flags << 24 | protocol << 16 | port. `mark`: see `marks`."""

TRACEROUTE = (33_434, 33_534)
"""UDP ports that traceroute counts upwards from: its packets look like a scan in order and are none."""

V4 = 0xFFFF << 48
"""High 16 bits of a source of IPv4: no /64 of IPv6 that may send begins with ffff, which is multicast."""

SERVED_FROM = (*ANSWERING_PORTS, 443, 853, 3478)
"""UDP ports that answer: DNS, NTP, QUIC, DNS over QUIC and STUN. What comes from them to a high port was asked for."""

_PRIVILEGED = 1_024
_MAPPED_LOW = 0xFFFF << 32


class Key:
    """What cells are hashed with: drawn anew where none is given, so that nobody can choose cells that meet, are kept or are forgotten."""

    def __init__(self, seed: int | None = None) -> None:
        rng = np.random.default_rng(secrets.randbits(128) if seed is None else seed)
        self._odd = [np.uint64(number | 1) for number in rng.integers(0, 2**63, 5, dtype=np.uint64).tolist()]
        self._add = np.uint64(rng.integers(0, 2**63, dtype=np.uint64))

    def mixed(self, *columns: Numbers) -> Numbers:
        """64 bits of several columns. Each step can be undone, so two rows meet by chance alone: of two million cells, once in 9 M times."""
        value = np.full(len(columns[0]), self._add, dtype=np.uint64)
        for place, column in enumerate(columns):
            value = (value ^ column) * self._odd[place]
            value ^= value >> np.uint64(31)
        value *= self._odd[4]
        return value ^ (value >> np.uint64(32))


def knocked(frame: pl.DataFrame, key: Key, closed: Collection[int] = ()) -> pl.DataFrame:
    """Rows of COLUMNS that their source began, as SCHEMA: one a packet. `closed`: protocol << 16 | port of what never counts."""
    frame = _whole(frame)
    rows = frame.filter(_counts(closed))
    src_high, src_low = _halves(rows["src_addr"])
    dst_high, dst_low = _halves(rows["dst_addr"])
    what = _what(rows)
    src = source_key(src_high, src_low)
    return pl.DataFrame(
        {
            "cell": key.mixed(src, dst_low, dst_high, what.astype(np.uint64)), "src": src, "dst_high": dst_high, "dst_low": dst_low, "what": what, "first": rows["time"],
            "last": rows["time"], "count": np.ones(len(rows), dtype=np.uint32), "allowed": rows["action"].is_in(ALLOWED).fill_null(value=False).cast(pl.UInt32),
            "mark": mark(rows, dst_low),
        }
    )  # fmt: skip


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in frame.columns]
    whole = frame.select(pl.col(name) for name in COLUMNS if name in frame.columns).with_columns(missing)
    return whole.cast({name: kind for name, kind in COLUMNS.items() if whole.schema[name] != kind})


def _counts(closed: Collection[int]) -> pl.Expr:
    """What a source began, on ports that are not open to everybody. Sources of multicast are nobody's."""
    proto, port = pl.col("proto"), pl.col("dst_port")
    ported = proto.is_in([TCP, UDP]) & port.is_between(0, 65_535)
    served = (proto == UDP) & pl.col("src_port").is_in(SERVED_FROM) & (port >= _PRIVILEGED)
    traced = (proto == UDP) & port.is_between(*TRACEROUTE)
    began = (ported & ~_false(backscatter()) & ~of_a_connection() & ~_false(served) & ~traced) | _false(request())
    source = pl.col("src_addr")
    whose = (source.bin.size() == 16) & ~source.bin.starts_with(b"\xff") & pl.col("time").is_not_null()
    shut = ~_false((proto.cast(pl.Int64) * 65_536 + port).is_in(list(closed))) if closed else pl.lit(value=True)
    return _false(began & whose & shut)


def _false(expression: pl.Expr) -> pl.Expr:
    return expression.fill_null(value=False)


def _what(rows: pl.DataFrame) -> NDArray[np.uint32]:
    asking = pl.col("proto").is_in([ICMP, ICMP6])
    port = pl.when(asking).then(0).otherwise(pl.col("dst_port"))
    return np.asarray(rows.select((oddness() * 2**24 + pl.col("proto") * 2**16 + port).cast(pl.UInt32))["oddness"].to_numpy())


def _halves(addresses: pl.Series) -> tuple[Numbers, Numbers]:
    """High and low 64 bits of addresses; of null, and of what is no address, 0."""
    whole = addresses.fill_null(bytes(16))
    if int((whole.bin.size() != 16).sum()):
        whole = pl.Series([octets if len(octets) == 16 else bytes(16) for octets in whole.to_list()], dtype=pl.Binary)
    both = whole.bin.reinterpret(dtype=pl.Array(pl.UInt64, 2), endianness="big").to_numpy() if len(whole) else np.zeros((0, 2), dtype=np.uint64)
    return np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])


def source_key(high: Numbers, low: Numbers) -> Numbers:
    """64 bits of the source that an address is: IPv4 whole, IPv6 its /64."""
    v4 = (high == 0) & ((low >> np.uint64(32)) == 0xFFFF)
    return np.where(v4, np.uint64(V4) | (low & np.uint64(0xFFFFFFFF)), high)


def is_v4(src: Numbers) -> NDArray[np.bool_]:
    return np.asarray((src >> np.uint64(48)) == 0xFFFF)


def source_of(src: int) -> bytes:
    """The address, 16 octets, that a source is; of IPv6 the first of its /64."""
    if src >> 48 == 0xFFFF:
        return (_MAPPED_LOW | src & 0xFFFFFFFF).to_bytes(16, "big")
    return (src << 64).to_bytes(16, "big")


def target_of(high: int, low: int) -> bytes:
    return (high << 64 | low).to_bytes(16, "big")


def closed_ports(open_ports: Collection[str]) -> frozenset[int]:
    """`tcp/443`, `udp/53` as protocol << 16 | port."""
    parted = [name.partition("/") for name in open_ports]
    return frozenset({"tcp": TCP, "udp": UDP}[proto] << 16 | int(port) for proto, _, port in parted)
