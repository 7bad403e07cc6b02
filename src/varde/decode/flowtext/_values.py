"""Printed values to columns of the table `flows`, and why a line cannot be kept."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl

from varde.decode.addresses import packed, packed_with_network
from varde.decode.batch import Origin, schema_of
from varde.decode.distinct import of_each
from varde.decode.flowtext._dialect import ROW, Dialect
from varde.decode.moments import FIRST, LAST, moments
from varde.model import FLOWS, proto_number

_UTC = ZoneInfo("UTC")
_PORT_MAX = 65535
_COUNT_MAX = 2**62
"""Of packets and octets: sums of some still fit 64 bits."""

_ICMP = (1, 58)
_PORTED = (6, 17, 33, 132, 136)
_FLAG_BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
_FLAGS_LONG = 16  # characters: eight letters between blanks
_NUMBERS = ("packets", "octets", "in_if", "out_if", "icmp_type", "icmp_code", "tos", "src_as", "dst_as", "src_mask", "dst_mask", "rev_packets", "rev_octets", "vlan")
_UNSAID = bytes(16), b"\x00" * 10 + b"\xff\xff" + bytes(4)
"""How `::` and `0.0.0.0` stand in columns: no next router."""

_NO_MAC = "00:00:00:00:00:00"
_TCP = 6


def converted(found: pl.DataFrame, dialect: Dialect, origin: Origin) -> pl.DataFrame:
    """Columns of `flows` with ROW, `reason` (null where a line can be kept) and the `kind` of its stamp."""
    bare = found.select(ROW, *(pl.col(name).str.strip_chars().replace("", None) for name in found.columns if name != ROW))
    ends = {end: packed_with_network(bare[end]) for end in ("src", "dst")}
    kind = _kind(bare["stamp"])
    frame = bare.select(
        ROW, _times(bare["stamp"], kind, dialect, origin).alias("time"), *_ended(bare, kind, dialect, origin),
        *(ends[end]["octets"].alias(f"{end}_addr") for end in ends), *(ends[end]["network"].alias(f"{end}_net") for end in ends),
        _protocols(bare["proto"]).alias("proto"), _flags(bare["flags"]).alias("tcp_flags"), _said(packed(bare["next_hop"])).alias("next_hop"),
        packed(bare["exporter"]).alias("exporter"), *(bare[name].cast(pl.Int64, strict=False) for name in _NUMBERS if name[:3] not in ("src", "dst")),
        *(bare[f"{end}_as"].cast(pl.Int64, strict=False).alias(f"exporter_{end}_as") for end in ends),
        *(bare[f"{end}_mask"].cast(pl.Int64, strict=False) for end in ends),
        *(bare[f"{end}_port"].cast(pl.Int64, strict=False).alias(f"{end}_port#") for end in ends),
        _direction(bare["way"], dialect).alias("direction"), kind.alias("kind"),
        *(pl.select(pl.when(bare[mac] != _NO_MAC).then(bare[mac])).to_series().alias(mac) for mac in ("src_mac", "dst_mac")),
    )  # fmt: skip
    return _with_ports(frame.with_columns(_reason(bare).alias("reason")))


def _times(stamps: pl.Series, kinds: pl.Series, dialect: Dialect, origin: Origin) -> pl.Series:
    # what is printed was seen long before it is read, also where it comes by a pipe
    return moments(stamps, kinds, replace(origin, live=False, zone=_UTC if dialect.utc else origin.zone))


def _kind(stamps: pl.Series) -> pl.Series:
    return pl.select(
        pl.when(stamps.str.contains("/", literal=True)).then(pl.lit("slashes"))
        .when(stamps.str.contains("-", literal=True)).then(pl.lit("iso")).when(stamps.is_not_null()).then(pl.lit("epoch"))
    ).to_series()  # fmt: skip


def _ended(bare: pl.DataFrame, kind: pl.Series, dialect: Dialect, origin: Origin) -> list[pl.Series]:
    """The end as it is printed, or the begin and the duration: the finer of the two where the stamps have no fractions."""
    begin, end = (_times(bare[name], _kind(bare[name]), dialect, origin) for name in ("stamp", "end"))
    lasted = (bare["duration"].cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64, strict=False)
    counted = begin + lasted
    whole = ~bare["end"].str.contains(".", literal=True).fill_null(value=False)
    return [pl.select(pl.when(whole & counted.is_not_null()).then(counted).otherwise(pl.coalesce(end, counted))).to_series().alias("end_time")]


def _said(addresses: pl.Series) -> pl.Series:
    """Without those that name no host, which programs print where there is nothing to print."""
    return pl.select(pl.when(~addresses.is_in(_UNSAID)).then(addresses)).to_series()


def _protocols(texts: pl.Series) -> pl.Series:
    return of_each(texts, lambda words: pl.DataFrame({"proto": pl.Series([proto_number(word) for word in words.to_list()], dtype=pl.Int64)}))["proto"]


def _flags(texts: pl.Series) -> pl.Series:
    """Bits of the letters; null where there are none, as for other protocols than TCP."""
    return of_each(texts, lambda words: pl.DataFrame({"flags": pl.Series([_bits(word) for word in words.to_list()], dtype=pl.Int64)}))["flags"]


def _bits(word: str) -> int:
    return sum({_FLAG_BITS.get(letter, 0) for letter in word[:_FLAGS_LONG].upper()})


def _direction(texts: pl.Series, dialect: Dialect) -> pl.Series:
    ways = dialect.ways or {}
    return texts.replace_strict(list(ways), list(ways.values()), default=None, return_dtype=pl.String) if ways else pl.Series([None] * len(texts), dtype=pl.String)


def _reason(bare: pl.DataFrame) -> pl.Expr:
    """The first thing that is wrong with a line."""
    negative = pl.any_horizontal(pl.col(name).is_null() | ~pl.col(name).is_between(0, _COUNT_MAX) for name in ("packets", "octets"))
    damaged = pl.any_horizontal(bare[name].is_not_null() & pl.col(name).is_null() for name in ("in_if", "out_if", "tos", "rev_packets", "rev_octets", "vlan"))
    off = pl.any_horizontal((pl.col(f"{end}_port#") < 0) | (pl.col(f"{end}_port#") > _PORT_MAX) for end in ("src", "dst"))
    missing = pl.any_horizontal(pl.col(f"{end}_addr").is_null() for end in ("src", "dst"))
    odd = pl.any_horizontal(bare[f"{end}_port"].is_not_null() & pl.col(f"{end}_port#").is_null() for end in ("src", "dst")) & ~pl.col("proto").is_in(_ICMP)
    return (
        pl.when(~pl.col("time").is_between(FIRST, LAST).fill_null(value=False)).then(pl.lit("time"))
        .when(missing).then(pl.lit("address")).when(pl.col("proto").is_null()).then(pl.lit("proto"))
        .when((off | odd).fill_null(value=False)).then(pl.lit("port")).when((negative | damaged).fill_null(value=True)).then(pl.lit("number"))
    )  # fmt: skip


def _with_ports(frame: pl.DataFrame) -> pl.DataFrame:
    """Ports where the protocol has some; type and code of ICMP, which stand in the destination's port where nowhere else."""
    icmp, ported = pl.col("proto").is_in(_ICMP), pl.col("proto").is_in(_PORTED)
    return frame.with_columns(
        pl.when(icmp).then(pl.coalesce("icmp_type", pl.col("dst_port#") // 256)).alias("icmp_type"),
        pl.when(icmp).then(pl.coalesce("icmp_code", pl.col("dst_port#") % 256)).alias("icmp_code"),
        *(pl.when(ported).then(f"{end}_port#").alias(f"{end}_port") for end in ("src", "dst")),
        tcp_flags=pl.when((pl.col("proto") == _TCP) | (pl.col("tcp_flags") > 0)).then("tcp_flags"),
        vlan=pl.when(pl.col("vlan") != 0).then("vlan"), packets_scaled=pl.col("packets"), octets_scaled=pl.col("octets"),
        # of flows of one direction nfdump prints zeros for the other
        **{name: pl.when((pl.col("rev_packets") != 0) | (pl.col("rev_octets") != 0)).then(name) for name in ("rev_packets", "rev_octets")},
    ).drop("src_port#", "dst_port#")  # fmt: skip


def rows_of(good: pl.DataFrame) -> pl.DataFrame:
    """All columns of `flows`; those that are not printed are null."""
    return good.select((pl.col(name) if name in good.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema_of(FLOWS).items())
