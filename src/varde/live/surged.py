"""Surges as warnings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from varde.decode import schema_of
from varde.detect import Surge
from varde.live.hourly import HOUR_SECONDS
from varde.model import WARNINGS

OVER = "over"
"""The level of a surge that has ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one warning says of a surge: level (notice, alarm, over), the reason in words, different networks, and refused packets where
    they are known."""

    surge: Surge
    level: str
    reason: str
    networks: int
    packets: int | None = None


def warnings_of_surges(told: Iterable[Told], received: int) -> pl.DataFrame:
    """One row of WARNINGS for each; `line` is left empty. `received`: us since 1970 UTC."""
    rows = [dict.fromkeys(schema_of(WARNINGS)) | _row(one, received) for one in told]
    frame = pl.DataFrame(rows, schema=schema_of(WARNINGS))
    return frame.with_columns(day=pl.from_epoch("time", "us").dt.date())


def _row(told: Told, received: int) -> dict[str, Any]:
    surge = told.surge
    return {
        "time": _us(surge.begin), "end_time": _us(surge.last + 1), "received": received, "dst_port": surge.port, "proto": surge.proto, "kind": "surge",
        "lists": "[]", "packets": told.packets, "retro": 0, "count": 1, "level": told.level, "networks": told.networks, "reason": told.reason,
    }  # fmt: skip


def _us(hour: int) -> int:
    return hour * HOUR_SECONDS * 1_000_000
