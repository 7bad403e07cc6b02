"""What the family tests of the firewall dialects share: fixtures by name, one way to read lines, records as plain values."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from varde.decode import Decoded, Lines, Origin
from varde.decode.addresses import text_of
from varde.decode.firewall import DIALECTS, Dialect, FirewallReader
from varde.model import PROBES

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "firewall"
SHARED = ROOT.parent / "shared"
NAMES = tuple(DIALECTS)

REFERENCE = 1_795_300_000_000_000  # 2026-11-21 22:26:40 UTC
ZONE = ZoneInfo("Europe/Oslo")
_PROVENANCE = {"received", "sensor", "source", "file", "offset", "raw", "day", "src_net", "dst_net"}


def read(
    data: bytes, dialects: Iterable[Dialect] = DIALECTS.values(), *, zone: ZoneInfo = ZONE, reference: int = REFERENCE,
    live: bool = False,
) -> Decoded:  # fmt: skip
    """One block, by a reader that has seen nothing before."""
    origin = Origin("sensor", "source", "file", REFERENCE, zone, reference, live)
    return FirewallReader(dialects).read(Lines.of(data), origin)


def records(decoded: Decoded) -> list[dict[str, Any]]:
    """Each record as JSON has it, without what the reader was told about its origin."""
    return [_plain(row) for row in decoded.batch.iter_rows(named=True)]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    types = {field.name: field.type for field in PROBES.fields}
    kept = {name: value for name, value in row.items() if value is not None and name not in _PROVENANCE}
    return {name: _CONVERSIONS.get(types[name], lambda v: v)(value) for name, value in kept.items()}


def _iso(us: int) -> str:
    return datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000).isoformat()


_CONVERSIONS = {"time": _iso, "address": text_of}


def outcomes(decoded: Decoded) -> tuple[int, int, int, int]:
    """Lines, records, ignored, rejects."""
    def total(prefix: str) -> int:
        return sum(count for (_, outcome), count in decoded.counts.items() if outcome.startswith(prefix))

    return total("lines"), total("records"), total("ignored"), total("reject:")


@cache
def fixture(name: str) -> bytes:
    return (DATA / f"{name}.log").read_bytes()


@cache
def golden_lines() -> tuple[tuple[str, bytes], ...]:
    """Dialect and line, for all fixtures."""
    return tuple((name, line) for name in NAMES for line in fixture(name).splitlines())


def golden(name: str) -> list[dict[str, Any]]:
    text = (DATA / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
