"""From octets to what they are, one payload or a column of them."""

import json
from collections.abc import Callable
from functools import lru_cache

import polars as pl

from varde.decode.distinct import of_each
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

_REMEMBERED = 1024
_REMEMBERED_MAX = 4096
"""Payloads that are remembered from block to block, and octets of one: 4 MB in all."""


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
    return of_each(data, lambda distinct: pl.DataFrame([_facts(octets) for octets in distinct], schema=_SCHEMA, orient="row"))


def _facts(octets: bytes) -> tuple[str | None, ...]:
    return _remembered(octets) if len(octets) <= _REMEMBERED_MAX else _row(recognise(octets))


@lru_cache(_REMEMBERED)
def _remembered(octets: bytes) -> tuple[str | None, ...]:
    return _row(recognise(octets))


def _row(payload: Payload) -> tuple[str | None, ...]:
    headers = json.dumps(payload.headers, ensure_ascii=False) if payload.headers else None
    return tuple(headers if name == "headers" else getattr(payload, name) for name in COLUMNS)
