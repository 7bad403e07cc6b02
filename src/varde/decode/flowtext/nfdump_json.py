"""Flows as nfdump prints them with `-o json`: an array of objects of one line a member, or (from 1.7.2 on) one object a line.

    {
        "type" : "FLOW",
        "first" : "2009-02-12T00:00:02.696",
        "in_packets" : 1,
        "src4_addr" : "192.0.2.7",
    ...
    },

Members are text, numbers and nothing nested. Stamps are local time. Source: what nfdump 1.7.1 prints."""

import polars as pl

from varde.decode.flowtext._dialect import ROW, SCHEMA, Dialect

_NAMES = {
    "first": "stamp", "last": "end", "src4_addr": "src", "src6_addr": "src", "dst4_addr": "dst", "dst6_addr": "dst", "src_port": "src_port",
    "dst_port": "dst_port", "proto": "proto", "tcp_flags": "flags", "in_packets": "packets", "in_bytes": "octets", "input_snmp": "in_if",
    "output_snmp": "out_if", "src_as": "src_as", "dst_as": "dst_as", "src_mask": "src_mask", "dst_mask": "dst_mask", "src_tos": "tos",
    "ip4_next_hop": "next_hop", "ip6_next_hop": "next_hop", "ip4_router": "exporter", "ip6_router": "exporter", "icmp_type": "icmp_type",
    "icmp_code": "icmp_code", "out_packets": "rev_packets", "out_bytes": "rev_octets", "src_vlan": "vlan", "in_src_mac": "src_mac",
    "in_dst_mac": "dst_mac",
}  # fmt: skip

_MEMBER = r'"([a-z0-9_]+)" ?: ?(?:"([^"\\]*)"|(-?[0-9]+))'


def _join(text: pl.Series) -> pl.DataFrame:
    """Members of each object, put together: an object ends with a line that ends in a brace."""
    lines = pl.DataFrame({ROW: pl.int_range(len(text), eager=True), "text": text})
    closed = pl.col("text").str.contains(r"\},?\]?\s*$")
    lines = lines.with_columns(object=closed.cast(pl.Int64).cum_sum().shift(1).fill_null(0), closed=closed)
    ends = lines.filter("closed").select("object", ROW)
    members = lines.select("object", pl.col("text").str.extract_all(_MEMBER)).explode("text", keep_nulls=False).with_columns(
        pl.col("text").str.extract_groups(_MEMBER).struct.rename_fields(["name", "word", "number"]).struct.unnest()
    )  # fmt: skip
    kept = members.with_columns(pl.col("name").replace_strict(_NAMES, default=None, return_dtype=pl.String), pl.coalesce("word", "number").alias("value"))
    values = kept.drop_nulls("name").group_by("object").agg(pl.col("value").filter(pl.col("name") == name).first().alias(name) for name in dict.fromkeys(_NAMES.values()))
    found = ends.join(values, on="object", how="inner", maintain_order="left")
    return found.select((pl.col(name) if name in found.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in SCHEMA.items())


NFDUMP_JSON = Dialect(
    name="nfdump-json",
    title="nfdump -o json",
    manual="https://github.com/phaag/nfdump",
    pivots=('"in_packets"', '"type" : "FLOW"', '"type":"FLOW"'),
    header=r'^\s*(?:\{\s*)?"type" ?: ?"FLOW"',
    delimiter="",
    names={},
    example='{"type":"FLOW","first":"2009-02-12T00:00:02.696","last":"2009-02-12T00:00:02.745","in_packets":1,"in_bytes":56,"proto":17,'
    '"src_port":29617,"dst_port":53,"src4_addr":"192.0.2.7","dst4_addr":"203.0.113.9"}',
    join=_join,
    fix="nfdump -r FILE -o json",
    clock="TZ=UTC nfdump -r FILE -o json, and varde read --tz UTC",
)
