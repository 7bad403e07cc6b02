"""What tests of flows share in several rooms: datagrams built from their parts, real ones, and one way to decode."""

import json
import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from varde.decode import Origin
from varde.decode.addresses import octets_of, text_of
from varde.decode.flow import UDP, Datagrams, FlowBatch, FlowDecoder, split_messages
from varde.model import FLOWS

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
LAB = SHARED / "lab" / "netflow"
TELEGRAF = SHARED / "netflow" / "telegraf"

ORIGIN = Origin("gw", "source", "file", 0, ZoneInfo("UTC"), 0)
SECOND = 1_000_000
NOW = 1_795_300_000
"""Seconds since 1970: 2026-11-21 22:26:40 UTC."""

Field = tuple[int, ...]
"""Element, length and, where it has one, enterprise."""

V4 = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (22, 4), (21, 4))
"""A usual NetFlow v9 template: 30 octets a record."""


def address(text: str) -> bytes:
    packed = octets_of(text)
    assert packed is not None
    return packed


EXPORTER = address("192.0.2.254")


def v4_record(number: int = 0, *, packets: int = 3, octets: int = 180, first: int = 50_000, last: int = 55_000, proto: int = 6) -> bytes:
    """A record of template V4, different for each number."""
    return struct.pack(
        ">4s4sHHBBIIII", bytes([10, 0, number >> 8 & 255, number & 255]), bytes([203, 0, 113, 5]), 1024 + number % 60_000, 443, proto, 27,
        packets, octets, first, last,
    )  # fmt: skip


def v5(*records: bytes, sequence: int = 0, count: int | None = None, seconds: int = NOW, uptime: int = 60_000, engine: int = 0, sampling: int = 0) -> bytes:
    head = struct.pack(">HHIIIIHH", 5, len(records) if count is None else count, uptime, seconds, 0, sequence, engine, sampling)
    return head + b"".join(records)


def v5_record(number: int = 0, *, packets: int = 2, octets: int = 120, proto: int = 6, dst_port: int = 443, first: int = 10_000, last: int = 20_000) -> bytes:
    return struct.pack(
        ">4s4s4sHHIIIIHHBBBBHHBBH", bytes([10, 0, number >> 8 & 255, number & 255]), bytes([203, 0, 113, 5]), bytes([192, 0, 2, 1]), 3, 4,
        packets, octets, first, last, 1024 + number % 60_000, dst_port, 0, 18, proto, 0, 64512, 64513, 24, 16, 0,
    )  # fmt: skip


def a_set(number: int, body: bytes, length: int | None = None) -> bytes:
    return struct.pack(">HH", number, 4 + len(body) if length is None else length) + body


def _specs(fields: Sequence[Field]) -> bytes:
    specs = [struct.pack(">HHI", f[0] | 0x8000, f[1], f[2]) if len(f) > 2 else struct.pack(">HH", *f) for f in fields]
    return b"".join(specs)


def template(number: int, *fields: Field) -> bytes:
    """A template, for a set of number 0 (v9) or 2 (IPFIX)."""
    return struct.pack(">HH", number, len(fields)) + _specs(fields)


def v9_options(number: int, scopes: Sequence[Field], fields: Sequence[Field]) -> bytes:
    """An options template, for a set of number 1."""
    return struct.pack(">HHH", number, 4 * len(scopes), 4 * len(fields)) + _specs([*scopes, *fields])


def ipfix_options(number: int, scopes: Sequence[Field], fields: Sequence[Field]) -> bytes:
    """An options template, for a set of number 3."""
    return struct.pack(">HHH", number, len(scopes) + len(fields), len(scopes)) + _specs([*scopes, *fields])


def v9(*sets: bytes, sequence: int = 0, domain: int = 0, seconds: int = NOW, uptime: int = 60_000) -> bytes:
    return struct.pack(">HHIIII", 9, len(sets), uptime, seconds, sequence, domain) + b"".join(sets)


def ipfix(*sets: bytes, sequence: int = 0, domain: int = 0, seconds: int = NOW, length: int | None = None) -> bytes:
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body) if length is None else length, seconds, sequence, domain) + body


def datagrams(payloads: Sequence[bytes], *, exporter: bytes = EXPORTER, received: int = NOW * SECOND, transport: int = UDP) -> Datagrams:
    return Datagrams.of(payloads, exporter, received, transport)


def decode(*payloads: bytes, decoder: FlowDecoder | None = None, exporter: bytes = EXPORTER, received: int = NOW * SECOND, transport: int = UDP) -> FlowBatch:
    """One batch of datagrams that came together."""
    return (decoder or FlowDecoder()).decode(datagrams(payloads, exporter=exporter, received=received, transport=transport), ORIGIN)


def rows(batch: FlowBatch) -> list[dict[str, Any]]:
    """Flows with addresses as text, without what is null."""
    addresses = {field.name for field in FLOWS.fields if field.type == "address"}
    return [
        {name: text_of(value) if name in addresses else value for name, value in row.items() if value is not None}
        for row in batch.flows.iter_rows(named=True)
    ]  # fmt: skip


def rejected(batch: FlowBatch) -> dict[str, int]:
    """Rejects by reason."""
    return {outcome.removeprefix("reject:"): count for (_, outcome), count in batch.counts.items() if outcome.startswith("reject:")}


def lost(*batches: FlowBatch) -> dict[str, int]:
    """The ledger's sums over batches."""
    names = ("lost", "reordered", "duplicated", "restarts")
    return {name: sum(int(batch.losses[name].sum()) for batch in batches) for name in names}


@cache
def lab(name: str) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Datagrams (or messages, from TCP) of a real exporter, and when they came."""
    payloads, received = [], []
    for line in (LAB / f"{name}.jsonl").read_text().splitlines():
        row = json.loads(line)
        data = bytes.fromhex(row["hex"])
        spans = split_messages(data)[0] if row["spec"].startswith("tcp") else [(0, len(data))]
        payloads += [data[at : at + size] for at, size in spans]
        received += [int(row["t"] * SECOND)] * len(spans)
    return tuple(payloads), tuple(received)


def decode_lab(name: str, decoder: FlowDecoder | None = None) -> FlowBatch:
    payloads, received = lab(name)
    return (decoder or FlowDecoder()).decode(Datagrams.of(payloads, address("127.0.0.1"), received), ORIGIN)


@cache
def golden_payloads() -> tuple[bytes, ...]:
    """One real datagram of each kind and exporter: what is damaged in other tests."""
    lab_ones = [payload for name in ("softflowd_v5", "softflowd_v9", "softflowd_v10", "softflowd_v10_b", "pmacct_nfprobe_v9") for payload in lab(name)[0][:2]]
    return (*lab_ones, *(path.read_bytes() for path in sorted(TELEGRAF.glob("*/*.bin"))[:30]))
