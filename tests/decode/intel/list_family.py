"""What the family tests of the list formats share: fixtures by name, one way to read, rows as plain values."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from varde.decode.addresses import text_of
from varde.decode.intel import FORMATS, ListOrigin, ListRead, read_list
from varde.model import INDICATORS

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "intel"
NAMES = tuple(FORMATS)
LISTS = (*NAMES, *sorted(path.stem for path in DATA.glob("*.*.txt")))
"""All fixtures: one for each format, and further ones of some."""

RECEIVED = 1_795_300_000_000_000  # 2026-11-21 22:26:40 UTC
_TYPES = {field.name: field.type for field in INDICATORS.fields}


@cache
def fixture(name: str) -> bytes:
    return (DATA / f"{name}.txt").read_bytes()


def read(data: bytes, form: str | None = None) -> ListRead:
    return read_list(data, ListOrigin("some list", RECEIVED), form)


def plain(found: ListRead) -> dict[str, Any]:
    """As the golden file has it: without nulls, and without what the reader was told."""
    rows = [{name: _value(name, value) for name, value in row.items() if value is not None and name != "source"}
            for row in found.indicators.iter_rows(named=True)]  # fmt: skip
    return {"format": found.format, "indicators": rows, "rejected": [asdict(rejected) for rejected in found.rejected]}


def _value(name: str, value: Any) -> Any:
    if _TYPES[name] == "address":
        return text_of(value)
    return datetime.fromtimestamp(value / 1e6, UTC).isoformat() if _TYPES[name] == "time" else value
