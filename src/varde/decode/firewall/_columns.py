"""Captured texts to the columns of `probes`; what does not convert becomes a reject with its reason."""

from functools import reduce
from operator import or_

import polars as pl

from varde.decode.addresses import packed, packed_with_network
from varde.decode.batch import RAW_MAX, Origin, schema_of
from varde.decode.firewall._dialect import Dialect
from varde.decode.moments import FIRST, LAST, moments
from varde.model import PROBES, TCP_FLAGS, proto_number

PORT_MAX = 65535
_NUMBERS = ("icmp_type", "icmp_code", "length", "ttl", "ip_id", "tcp_window", "tcp_seq")
_PORTS = ("src_port", "dst_port", "nat_src_port", "nat_dst_port")
_TEXTS = ("in_if", "out_if", "src_mac", "rule", "chain", "hostname")
HAS_PORTS = (6, 17, 33, 132, 136)
"""TCP, UDP, DCCP, SCTP, UDP-Lite."""
_ICMP, _TCP, _ICMP6 = 1, 6, 58
_MAPPED = b"\x00" * 10 + b"\xff\xff"
_UNSPECIFIED = [_MAPPED + bytes(4), bytes(16)]  # what some devices print where nothing was translated
_FLAG_LETTERS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, ".": 16, "U": 32, "E": 64, "W": 128, "C": 128}
LEAD_MAX = 512
"""Characters of a lead that are taken apart: its end, where the chain stands. No prefix or rule name is longer."""


def probes(captured: pl.DataFrame, dialect: Dialect, origin: Origin, boot: pl.Series | int) -> pl.DataFrame:
    """Columns of `probes` plus `reason` (null where all is well), a row per captured line.

    `captured` has the groups of the dialect as text, `kind` of stamp, `raw` and `offset`; `boot` is what uptimes count
    from, for all lines or for each."""
    frame = _lead(captured, dialect)
    frame = frame.with_columns(times(frame, origin, boot).alias("time"))
    for end in ("src", "dst"):
        address = packed_with_network(frame[end]).rename({"octets": f"{end}_addr", "network": f"{end}_net"})
        frame = frame.with_columns(address.get_columns())
    frame = frame.with_columns([packed(frame[nat]).alias(f"{nat}_addr") for nat in ("nat_src", "nat_dst")])
    frame = frame.with_columns(
        _protocol(frame), _flags(frame["flags"]), _action(frame, dialect),
        *[pl.col(n).cast(pl.Int64, strict=False) for n in _NUMBERS],
        *[pl.col(n).cast(pl.Int64, strict=False).alias(n + "#") for n in _PORTS],
    )  # fmt: skip
    frame = frame.with_columns(_reasons(), *_where_it_applies()).with_columns([_port(name) for name in _PORTS])
    return _finish(frame, dialect, origin)


def _where_it_applies() -> list[pl.Expr]:
    """Fields that only some protocols have, null in the others though the line prints something; NAT likewise."""
    icmp = pl.col("proto").is_in([_ICMP, _ICMP6])
    nat = ("nat_src", "nat_dst")
    return [
        pl.when(pl.col("proto") == _TCP).then(pl.col("tcp_flags")).alias("tcp_flags"),
        *[pl.when(icmp).then(pl.col(name)).alias(name) for name in ("icmp_type", "icmp_code")],
        *[pl.when(_translated(n)).then(pl.col(n + "_addr")).alias(n + "_addr") for n in nat],
        *[pl.when(_translated(n)).then(pl.col(n + "_port#")).alias(n + "_port#") for n in nat],
    ]


def _translated(name: str) -> pl.Expr:
    address = pl.col(name + "_addr")
    return address.is_not_null() & ~address.is_in(_UNSPECIFIED)


def _lead(captured: pl.DataFrame, dialect: Dialect) -> pl.DataFrame:
    if dialect.lead is None or captured["lead"].null_count() == len(captured):
        return captured
    leads = captured["lead"].drop_nulls().unique().to_list()
    taken = pl.DataFrame([{"lead": lead, **dialect.lead(lead[-LEAD_MAX:])} for lead in leads])
    joined = captured.join(taken, on="lead", how="left", suffix="!", maintain_order="left")
    new = [name for name in taken.columns if name != "lead"]
    merged = [pl.coalesce(_blank(name + "!"), _blank(name)).alias(name) for name in new]
    return joined.with_columns(merged).drop([name + "!" for name in new])


def _blank(name: str) -> pl.Expr:
    """A text column with empty text as null."""
    return pl.when(pl.col(name) != "").then(pl.col(name))


def times(frame: pl.DataFrame, origin: Origin, boot: pl.Series | int) -> pl.Series:
    """Microseconds of each line: its own stamp, else the header's, else (live only) when it was received."""
    own = moments(frame["event_stamp"], frame["event_kind"], origin, boot)
    header = moments(frame["stamp"], frame["kind"], origin, boot)
    fallback = origin.received if origin.live else None
    chosen = pl.DataFrame({"own": own, "header": header, "none": frame["kind"] == "none"})
    return chosen.select(
        pl.coalesce("own", "header", pl.when("none").then(pl.lit(fallback, dtype=pl.Int64)))
    ).to_series()


def _protocol(frame: pl.DataFrame) -> pl.Expr:
    words = frame["proto"].drop_nulls().unique().to_list()
    number = pl.col("proto").replace_strict(
        words, [proto_number(word) for word in words], default=None, return_dtype=pl.Int64
    )
    v6 = pl.col("src_addr").bin.starts_with(_MAPPED).not_()
    return pl.when((number == _ICMP) & v6).then(_ICMP6).otherwise(number).alias("proto")


def _flags(words: pl.Series) -> pl.Series:
    """Bits from words in any order between commas or blanks; null where the line has none to give."""
    bits: dict[str, int] = {}
    for text in words.drop_nulls().unique().to_list():
        names = text.replace(",", " ").split()
        bits[text] = reduce(or_, map(_flag, names), 0)
    return words.replace_strict(list(bits), list(bits.values()), default=None, return_dtype=pl.Int64).alias("tcp_flags")


def _flag(name: str) -> int:
    """The bits of one word: `SYN`, `ack`, or letters as in `S`, `PA`, `S.`; 0 for what is neither."""
    if name.upper() in TCP_FLAGS:
        return TCP_FLAGS[name.upper()]
    letters = [_FLAG_LETTERS.get(letter, 0) for letter in name]
    return reduce(or_, letters, 0) if all(letters) else 0


def _action(frame: pl.DataFrame, dialect: Dialect) -> pl.Series:
    said = _mapped(frame["action"], lambda word: dialect.actions.get(word.strip().lower(), "unknown"))
    guess = dialect.action or (lambda rule: "unknown")
    text = frame.select(pl.concat_str(_blank("rule"), _blank("chain"), separator=" ", ignore_nulls=True)).to_series()
    inferred = _mapped(text, guess)
    return pl.select(pl.coalesce(said, inferred, pl.lit("unknown")).alias("action")).to_series()


def _mapped(texts: pl.Series, function: "object") -> pl.Series:
    assert callable(function)
    distinct = texts.drop_nulls().unique().to_list()
    return texts.replace_strict(distinct, [function(t) for t in distinct], default=None, return_dtype=pl.String)


def _reasons() -> pl.Expr:
    bad_port = pl.lit(value=False)
    for name in _PORTS:
        given = _blank(name).is_not_null()
        bad_port = bad_port | (given & ~pl.col(name + "#").is_between(0, PORT_MAX).fill_null(value=False))
    return (
        pl.when(pl.col("time").is_null() | ~pl.col("time").is_between(FIRST, LAST)).then(pl.lit("time"))
        .when(pl.col("src_addr").is_null() | (pl.col("dst_addr").is_null() & pl.col("dst").ne_missing(""))).then(pl.lit("address"))
        .when(pl.col("proto").is_null()).then(pl.lit("protocol"))
        .when(bad_port).then(pl.lit("port"))
        .alias("reason")
    )  # fmt: skip


def _port(name: str) -> pl.Expr:
    """A port where the protocol has them; some devices print 0 or a type where it has none."""
    return pl.when(pl.col("proto").is_in(HAS_PORTS)).then(pl.col(name + "#")).alias(name)


def _finish(frame: pl.DataFrame, dialect: Dialect, origin: Origin) -> pl.DataFrame:
    schema = schema_of(PROBES)
    full = frame.with_columns(
        of_origin(origin)
        + [pl.lit(dialect.name).alias("dialect"), pl.col("raw").str.slice(0, RAW_MAX)]
        + [_blank(name).alias(name) for name in _TEXTS]
        + [pl.from_epoch("time", "us").dt.date().alias("day")]
        + [pl.lit(None, dtype=schema[name]).alias(name) for name in ("src_cc", "src_as", "dst_cc", "dst_as")]
    )
    return full.select([pl.col(name).cast(dtype) for name, dtype in schema.items()] + [pl.col("reason")])


def of_origin(origin: Origin) -> list[pl.Expr]:
    """The columns that say where lines come from."""
    constant = {"received": origin.received, "sensor": origin.sensor, "source": origin.source, "file": origin.file}
    schema = schema_of(PROBES)
    return [pl.lit(value, dtype=schema[name]).alias(name) for name, value in constant.items()]
