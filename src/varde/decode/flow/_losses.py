"""Rows of table `losses`: what came of each observation domain, and what did not."""

from typing import Any

import polars as pl

from varde.decode.batch import Origin, schema_of
from varde.decode.flow._ledger import Losses
from varde.decode.flow._messages import PROTOCOLS
from varde.decode.flow._streams import Stream, Tally
from varde.model import LOSSES

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
    }  # fmt: skip


def losses_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A batch of table `losses`."""
    schema = schema_of(LOSSES)
    known = {name: dtype for name, dtype in schema.items() if name != "day"}
    return pl.DataFrame(rows, schema=known).with_columns(pl.from_epoch("time", "us").dt.date().alias("day")).select(list(schema))
