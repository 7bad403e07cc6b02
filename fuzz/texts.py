"""Log lines of every text format: each line has one fate, whatever it holds, and what is kept of it can be told on."""

import json
from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

from varde.decode import Decoded, Lines, Origin
from varde.decode.reader import DIALECTS, Reader
from varde.decode.rows import json_row
from varde.model import TABLES

REFERENCE = 1_795_300_000_000_000
"""us: 2026-11-21 22:26:40 UTC."""

ORIGIN = Origin("sensor", "source", "file", REFERENCE, ZoneInfo("Europe/Oslo"), REFERENCE)


def check_of(name: str) -> Callable[[bytes], None]:
    """The check of one dialect."""
    return partial(_check, name)


def _check(name: str, data: bytes) -> None:
    """By its own reader in one block, in two, or by the reader that knows all formats: the length of an input says which."""
    way = len(data) % 4
    reader = Reader(DIALECTS.values() if way == 0 else [DIALECTS[name]])
    head, feed, tail = data.rpartition(b"\n") if way == 1 else (b"", b"", data)
    for block in (head + feed, tail):
        _sound(block, reader.read(Lines.of(block), ORIGIN))


def _sound(data: bytes, decoded: Decoded) -> None:
    lines = data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    fates = {kind: sum(count for (_, outcome), count in decoded.counts.items() if outcome.startswith(kind)) for kind in ("lines", "records", "ignored", "reject:")}
    assert fates["lines"] == lines == fates["records"] + fates["ignored"] + fates["reject:"], (lines, fates)
    assert len(decoded.rejects) <= fates["reject:"] and bool(fates["records"]) == bool(decoded.records())
    for table, batch in decoded.tables():
        for row in batch.iter_rows(named=True):
            json.dumps(json_row(row, TABLES[table]), allow_nan=False).encode()
            assert 0 <= row["offset"] <= len(data)
            assert all(port is None or 0 <= port <= 65535 for port in (row.get("src_port"), row.get("dst_port")))
            assert all(len(row[end]) == 16 for end in ("src_addr", "dst_addr") if row.get(end) is not None)
