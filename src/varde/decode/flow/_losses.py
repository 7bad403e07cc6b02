"""Rows of table `losses`: what came of each observation domain, and what did not."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from varde.decode.batch import Origin, schema_of
from varde.decode.flow._ledger import Losses
from varde.decode.flow._messages import PROTOCOLS
from varde.decode.flow._streams import Stream, Tally
from varde.model import LOSSES

_SCHEMA = schema_of(LOSSES)
_DAY_ZERO = date(1970, 1, 1)

SAMPLES = "samples"
"""Unit of the rows of sFlow's sources, which number their samples."""


def loss_row(stream: Stream, losses: Losses, tally: Tally, origin: Origin, *, source: int | None = None) -> dict[str, Any]:
    """One row; of an sFlow source where it is named, else of the stream itself."""
    return {
        "time": tally.first, "end_time": tally.last, "sensor": stream.sensor,
        "exporter": stream.key.exporter if any(stream.key.exporter) else None,
        "domain": stream.key.domain if source is None else source, "protocol": PROTOCOLS[stream.key.protocol],
        "unit": stream.unit if source is None else SAMPLES, "datagrams": tally.datagrams, "flows": tally.flows,
        "lost": losses.lost, "reordered": losses.reordered, "duplicated": losses.duplicated, "dropped": None,
        "undecodable": tally.undecodable, "unknown_template": tally.unknown_template, "late": tally.late,
        "restarts": losses.restarts, "source": origin.source, "file": origin.file, "offset": tally.offset,
        "day": _DAY_ZERO + timedelta(microseconds=tally.first),
    }  # fmt: skip


def losses_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A batch of table `losses`."""
    return pl.DataFrame(rows, schema=_SCHEMA)
