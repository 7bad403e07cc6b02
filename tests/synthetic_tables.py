"""Synthetic rows of every table, of random values that columns of their names may have: what questions are put to on every engine."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode import schema_of
from varde.decode.addresses import networks, series, text_of
from varde.model import ALLOWED, REFUSED, TABLES, Field, Table
from varde.store import Store

FIRST_DAY = date(2026, 11, 18)
DAYS = 3
_DAY_US = 86_400_000_000
_BEGIN = int(datetime.combine(FIRST_DAY, datetime.min.time(), timezone.utc).timestamp()) * 1_000_000

_MANY = 3000
"""IPv4 addresses of the pool, and a fifth as many of IPv6."""

_TEXTS: dict[str, Sequence[str | None]] = {
    "sensor": ("fw1", "fw2", "edge æ"), "source": ("one", "two"), "file": ("synthetic",), "dialect": ("linux", "asa"), "action": (*REFUSED, *ALLOWED),
    "src_cc": ("NO", "DE", "CN", "--", "US", None), "dst_cc": ("NO", "--", "US", None), "target_cc": ("NO", "US", None),
    "event": ("connect", "version", "close"), "outcome": ("typed", "unknown", "answer"), "form": ("http", "tls", "smtp", "unknown"),
    "side": ("src", "dst"), "kind": ("flow", "login", "dns"), "direction": ("inbound", "outbound", "internal", "transit", None),
    "user": ("root", "admin", "Ærlig", "", None), "password": ("123456", "x' or 1=1", "日本", "p\\n", None),
    "name": ("a.example", "sub.Evil.example", "evil.example", "æ.example", None), "unit": ("flows", "datagrams", "none"),
    "protocol": ("netflow5", "ipfix"), "other": ('{"6871.14": "1b"}', '{"6871.14": "02"}', None), "headers": ("[]",),
    "lists": (*(json.dumps([{"source": name, "id": "1"}]) for name in ("drop", "feodo")), "[]"),
}  # fmt: skip
_COUNTER_OUTCOMES = ("lines", "records", "ignored", "reject:short")
_NUMBERS: dict[str, Sequence[int | None]] = {
    "proto": (6, 17, 1, 58, 47), "dst_port": (0, 22, 23, 53, 443, 999, 1000, 1001, 9999, 10000, 65535, None), "src_port": (0, 80, 443, 40000, None),
    "success": (0, 1), "sampling": (None, 1, 100), "tcp_flags": (2, 18, 27, None), "first_port": (None, None, 1024), "last_port": (None, 2047),
    "event": (0, 1, 2, 4, 5, None), "firewall_event": (0, 1, 2, 5, None), "domain": (0, 1), "dropped": (None, 0, 3), "target_port": (25, 80, 443),
    "src_as": (64500, 64501, None), "dst_as": (64500, 64510, None), "icmp_type": (None, 3, 8), "icmp_code": (None, 0, 1), "mails": (0, 1, 7),
    "rev_octets": (None, 10), "rev_packets": (None, 1),
}  # fmt: skip
_ALWAYS = {("probes", "src_addr"), ("flows", "src_addr"), ("losses", "exporter")}


def frame(table: Table, rows: int, seed: int) -> pl.DataFrame:
    """So many rows of a table, the same for the same seed. `offset` is the row's number."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {"time": _BEGIN + np.sort(rng.integers(0, DAYS * _DAY_US, rows))}
    for field in table.fields:
        if field.name not in ("time", "day"):
            columns[field.name] = _column(table, field, rows, columns, rng)
    made = pl.DataFrame({name: columns[name] for name in table.names if name != "day"})
    if table.name == "probes":  # a port that nobody wanted before the last day
        fresh = (pl.col("time") >= _BEGIN + (DAYS - 1) * _DAY_US) & (pl.col("offset") % 20 == 0)
        made = made.with_columns(dst_port=pl.when(fresh).then(7547).otherwise("dst_port"))
    nets = [networks(made[f"{end}_addr"]).alias(f"{end}_net") for end in ("src", "dst") if f"{end}_net" in table.names]
    days = pl.from_epoch(pl.col("time") // 1_000_000, time_unit="s").dt.date().alias("day")
    return made.with_columns(nets).with_columns(days).select(pl.col(name).cast(kind) for name, kind in schema_of(table).items())


def fill(store: Store, rows: int, *, many: int = 0, parts: int = 3) -> Store:
    """Every table with so many rows in some commits, `many` of probes and of flows."""
    for number, table in enumerate(TABLES.values()):
        batch = frame(table, many if many and table.name in ("probes", "flows") else rows, number)
        for part in range(parts):
            store.append(table.name, batch.gather_every(parts, part))
    return store


def _column(table: Table, field: Field, rows: int, columns: dict[str, Any], rng: np.random.Generator) -> Any:
    if field.name == "offset":
        return np.arange(rows)
    if field.name == "outcome" and table.name == "counters":
        return _picked(_COUNTER_OUTCOMES, rows, rng)
    if field.name == "sampled" or field.name.startswith("retro"):
        return rng.integers(0, 2, rows)
    return _BY_TYPE[field.type](table, field, rows, columns, rng)


def _time(table: Table, field: Field, rows: int, columns: dict[str, Any], rng: np.random.Generator) -> Any:
    after = rng.integers(0, 7_200_000_000, rows) if field.name == "end_time" else rng.integers(0, 2_000_000, rows)
    return pl.Series(columns["time"] + after)


def _integer(table: Table, field: Field, rows: int, columns: dict[str, Any], rng: np.random.Generator) -> Any:
    known = _NUMBERS.get(field.name)
    if field.name == "dst_port" and known:  # half of all ports there are, and the well known ones
        some = pl.Series(rng.integers(0, 65536, rows))
        return pl.select(pl.when(pl.Series(rng.random(rows) < 0.5)).then(some).otherwise(_picked(known, rows, rng))).to_series()
    return _picked(known, rows, rng) if known else pl.Series(rng.integers(0, 100_000, rows))


def _text(table: Table, field: Field, rows: int, columns: dict[str, Any], rng: np.random.Generator) -> Any:
    if field.name == "session":
        return _picked([f"s{number}" for number in range(max(2, rows // 20))], rows, rng)
    return _picked(_TEXTS.get(field.name) or (*(f"{field.name}-{number}" for number in range(40)), None), rows, rng)


def _address(table: Table, field: Field, rows: int, columns: dict[str, Any], rng: np.random.Generator) -> Any:
    pool = _pool()
    chosen = series(pool[(rng.random(rows) ** 3 * len(pool)).astype(np.int64)])  # some come much oftener than others
    if (table.name, field.name) in _ALWAYS:
        return chosen
    return pl.select(pl.when(pl.Series(rng.random(rows) < 0.9)).then(chosen)).to_series()


def _octets(table: Table, field: Field, rows: int, columns: dict[str, Any], rng: np.random.Generator) -> Any:
    return _picked((b"\x00\x7f\x80\xff", b"GET /", b"", None), rows, rng)


_BY_TYPE: dict[str, Callable[..., Any]] = {"time": _time, "integer": _integer, "text": _text, "address": _address, "octets": _octets}


def _picked(values: Sequence[Any], rows: int, rng: np.random.Generator) -> pl.Series:
    return pl.Series(values).gather(pl.Series(rng.integers(0, len(values), rows)))


def _pool() -> NDArray[np.uint8]:
    """IPv4 on both sides of 128.0.0.0, where a signed comparison goes wrong, and IPv6."""
    rng = np.random.default_rng(4)
    v4 = np.zeros((_MANY, 16), dtype=np.uint8)
    v4[:, 10:12], v4[:, 12:] = 0xFF, rng.integers(0, 256, (_MANY, 4))
    v4[:100, 12] = 10
    v6 = rng.integers(0, 256, (_MANY // 5, 16)).astype(np.uint8)
    v6[:, :4] = (0x20, 0x01, 0x0D, 0xB8)
    return np.concatenate([v4, v6])


def most_frequent() -> str:
    """The address that comes most often."""
    return text_of(_pool()[0].tobytes())


def whole_period() -> tuple[datetime, datetime]:
    """All of it, in UTC."""
    first = datetime.combine(FIRST_DAY, datetime.min.time(), timezone.utc)
    return first, first + timedelta(days=DAYS)
