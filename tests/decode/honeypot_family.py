"""What the family tests of the honeypot dialects share: fixtures by name, one way to read lines, rows as plain values."""

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from varde.decode import Decoded, Lines, Origin
from varde.decode.honeypot import DIALECTS as HONEYPOTS
from varde.decode.honeypot import HoneypotReader
from varde.decode.reader import DIALECTS, Dialect, Reader
from varde.decode.rows import json_row
from varde.model import TABLES

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "honeypot"
LAB = DATA / "lab"
NAMES = tuple(HONEYPOTS)

REFERENCE = 1_795_300_000_000_000  # 2026-11-21 22:26:40 UTC
ZONE = ZoneInfo("Europe/Oslo")
_PROVENANCE = {"received", "sensor", "source", "file", "offset", "raw", "day", "src_net", "dst_net", "proto_name"}


def read(
    data: bytes, dialects: Iterable[Dialect] = DIALECTS.values(), *, zone: ZoneInfo = ZONE, live: bool = False
) -> Decoded:
    """One block, by a reader of all formats that has seen nothing before."""
    origin = Origin("sensor", "source", "file", REFERENCE, zone, REFERENCE, live)
    return Reader(dialects).read(Lines.of(data), origin)


def unclaimed(data: bytes, name: str) -> int:
    """How many lines a dialect leaves to others."""
    origin = Origin("sensor", "source", "file", REFERENCE, ZONE, REFERENCE)
    return len(HoneypotReader.of([HONEYPOTS[name]]).read(Lines.of(data), origin)[1])


def records(decoded: Decoded) -> list[dict[str, Any]]:
    """Each row as JSON has it, with its table, in the order of the lines; without what the reader was told."""
    rows = [(row["offset"], name, row) for name, batch in decoded.tables() for row in batch.iter_rows(named=True)]
    rows.sort(key=lambda found: found[:2])
    plain = ({"table": name} | json_row(row, TABLES[name]) for _, name, row in rows)
    return [{key: value for key, value in row.items() if key not in _PROVENANCE} for row in plain]


def of_table(decoded: Decoded, name: str) -> list[dict[str, Any]]:
    return [row for row in records(decoded) if row["table"] == name]


def outcomes(decoded: Decoded) -> tuple[int, int, int, int]:
    """Lines, lines that became records, ignored, rejects."""
    def total(prefix: str) -> int:
        return sum(count for (_, outcome), count in decoded.counts.items() if outcome.startswith(prefix))

    return total("lines"), total("records"), total("ignored"), total("reject:")


def counted(rows: Iterable[dict[str, Any]], *keys: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.get(key) for key in keys) for row in rows)


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
