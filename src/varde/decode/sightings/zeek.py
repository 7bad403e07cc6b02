"""Zeek's intel.log: what its intelligence framework saw of a list, as tab-separated text and as JSON.

    1531663865.844578	CVrPZ72bEBI5x8A5bl	192.0.2.7	34154	203.0.113.9	53	evil.example	Intel::DOMAIN	DNS::IN_REQUEST	zeek	Intel::DOMAIN	otx:5f0c	-	-	-

The order of columns changed over the years, and sites add some; the words `Intel::` and `DNS::IN_REQUEST` tell them.
Source: base/frameworks/intel/main.zeek (Intel::Info), the Zeek manual's page on log formats."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from varde.decode.lines import Lines
from varde.decode.sightings._dialect import ROW, Dialect, Found, sightings
from varde.decode.sightings._objects import listed, objects, text

_FIELD = r"[^\t]*"
_TEXT = (
    rf"^(?P<stamp>[0-9]{{9,10}}\.[0-9]{{1,9}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]+(?:Z|[+-][0-9:]+)?)\t{_FIELD}\t(?P<src>{_FIELD})\t(?P<src_port>{_FIELD})\t(?P<dst>{_FIELD})\t(?P<dst_port>{_FIELD})"
    rf"\t(?:.*\t)?(?P<indicator>[^\t]+)\t(?P<what>Intel::[A-Z_]+)\t(?P<seen>[A-Za-z0-9_]+::[A-Z_0-9]+)\t{_FIELD}(?:\tIntel::[A-Z_,Intel:]+)?\t(?P<lists>{_FIELD})"
)
_COMMUNITY = r"\t(1:[A-Za-z0-9+/]{27}=)(?:\t|$)"
_UNSET = ("-", "(empty)")
_TAB, _JSON = "\tIntel::", '"seen.indicator":'


def _read(lines: Lines) -> Found:
    is_text = lines.text.str.contains(_TAB, literal=True)
    rows = np.flatnonzero(is_text.to_numpy())
    frame = pl.DataFrame({ROW: rows, "text": lines.text.filter(is_text)})
    said = frame.with_columns(frame["text"].str.extract_groups(_TEXT).struct.unnest().get_columns())
    hit = said["stamp"].is_not_null() & ~frame["text"].str.starts_with("#")
    from_text = sightings(_of_text(said.filter(hit)))
    found, damaged = objects(lines, _JSON, _of_object)
    odd = {"form": said.filter(~hit & ~frame["text"].str.starts_with("#"))[ROW].to_numpy().astype(np.intp)}
    return Found(
        pl.concat([from_text, sightings(found)]).sort(ROW),
        {reason: rows for reason, rows in {**odd, "json": damaged}.items() if len(rows)},
    )


def _of_text(frame: pl.DataFrame) -> pl.DataFrame:
    columns = ("src", "src_port", "dst", "dst_port", "lists")
    frame = frame.with_columns(pl.when(~pl.col(name).is_in(_UNSET)).then(name).alias(name) for name in columns)
    return frame.with_columns(
        kind=pl.when(pl.col("stamp").str.contains("T", literal=True)).then(pl.lit("iso")).otherwise(pl.lit("epoch")),
        name=pl.when((pl.col("what") == "Intel::DOMAIN") & pl.col("seen").str.starts_with("DNS::")).then("indicator"),
        outcome=pl.lit("seen"), community_id=pl.col("text").str.extract(_COMMUNITY),
    )  # fmt: skip


def _of_object(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    seen, what, stamp = text(found.get("seen.where")), text(found.get("seen.indicator_type")), text(found.get("ts"))
    if not (seen and stamp):
        return
    indicator = text(found.get("seen.indicator"))
    yield {
        "stamp": stamp, "kind": "iso" if re.search("T", stamp) else "epoch", "src": text(found.get("id.orig_h")), "src_port": text(found.get("id.orig_p")),
        "dst": text(found.get("id.resp_h")), "dst_port": text(found.get("id.resp_p")), "indicator": indicator, "seen": seen, "outcome": "seen",
        "name": indicator if seen.startswith("DNS::") and what == "Intel::DOMAIN" else None, "lists": listed(found.get("sources")),
        "community_id": text(found.get("community_id")),
    }  # fmt: skip


ZEEK = Dialect(
    name="zeek-intel",
    title="Zeek, intel.log",
    manual="https://docs.zeek.org/en/master/frameworks/intel.html",
    pivots=(_TAB, _JSON),
    read=_read,
    example=json.dumps({
        "ts": 1795283334.387, "uid": "CVrPZ72bEBI5x8A5bl", "id.orig_h": "192.0.2.7", "id.orig_p": 34154, "id.resp_h": "203.0.113.9", "id.resp_p": 53,
        "seen.indicator": "evil.example", "seen.indicator_type": "Intel::DOMAIN", "seen.where": "DNS::IN_REQUEST", "sources": ["otx:5f0c"],
    }),
    fix="`@load frameworks/intel/seen` and `@load policy/protocols/conn/community-id-logging` in local.zeek",
)  # fmt: skip
