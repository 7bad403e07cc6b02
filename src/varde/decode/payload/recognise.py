"""From octets to what they are, one payload or a column of them."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import polars as pl

from varde.decode.payload.http import read_http
from varde.decode.payload.payload import READ_MAX, Payload
from varde.decode.payload.smtp import read_smtp
from varde.decode.payload.ssh import read_ssh
from varde.decode.payload.tls import read_tls

FORMS: dict[str, Callable[[bytes], Payload | None]] = {"tls": read_tls, "ssh": read_ssh, "http": read_http, "smtp": read_smtp}
"""Readers in the order in which they are asked: those that one look at the first octets decides come first."""

COLUMNS = ("form", "ehlo", "method", "host", "path", "referer", "agent", "cookie", "headers", "sni", "ja4")
"""Columns of table `payloads` that `recognised` fills."""

_SCHEMA = dict.fromkeys(COLUMNS, pl.String)


def recognise(data: bytes) -> Payload:
    """What a payload is. Any octets have an answer: `unknown` at least."""
    head = data[:READ_MAX]
    for read in FORMS.values():
        if found := read(head):
            return found
    return Payload()


def recognised(data: pl.Series) -> pl.DataFrame:
    """COLUMNS of a Binary column, row by row; null where there is no payload.

    Each distinct payload is read once, because attackers repeat."""
    distinct = data.drop_nulls().unique()
    rows = [_row(recognise(octets)) for octets in distinct]
    facts = pl.DataFrame(rows, schema=_SCHEMA).with_columns(distinct.alias("data"))
    return pl.DataFrame({"data": data}).join(facts, on="data", how="left", maintain_order="left").select(COLUMNS)


def _row(payload: Payload) -> dict[str, Any]:
    headers = json.dumps(payload.headers, ensure_ascii=False) if payload.headers else None
    return asdict(payload) | {"headers": headers}
