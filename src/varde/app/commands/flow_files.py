"""decode and doctor of captured flow exports."""

import json
import sys

import polars as pl

from varde.app.context import Context
from varde.app.output import say
from varde.collect import Summary, decoder_of
from varde.collect.text import Text
from varde.decode.rows import json_row
from varde.model import FLOWS, NAT, Table


def decode_capture(context: Context, path: str, stream: Text, kind: str) -> int:
    """Print the records of a capture as JSON lines, in the order of its packets; `line` is the packet's number. Returns how many."""
    summary = context.blank_summary(path)
    decoder = decoder_of(kind, context.origin(summary))
    printed = 0
    for piece in decoder.pieces(stream):
        for table in (FLOWS, NAT):
            batch = piece.decoded.others.get(table.name)
            if batch is not None:
                _print(table, batch.sort("offset", maintain_order=True), path, piece.numbers)
                printed += len(batch)
    stream.close()
    if decoder.error:
        say(f"varde: {path}: {decoder.error}")
    if not printed:
        say(f"varde: {path}: {kind} without records of flows. `varde doctor {path}` says more.")
    return printed


def _print(table: Table, batch: pl.DataFrame, path: str, numbers: dict[int, int]) -> None:
    kind = table.one
    for row in batch.iter_rows(named=True):
        place = {"kind": kind, "file": path, "line": numbers[row["offset"]]}
        sys.stdout.write(json.dumps(place | json_row(row, table)) + "\n")


def capture_summary(context: Context, path: str, stream: Text, kind: str) -> Summary:
    """Decode a capture without a store, for the doctor."""
    summary = context.blank_summary(path)
    decoder = decoder_of(kind, context.origin(summary))
    for piece in decoder.pieces(stream):
        summary.add(piece.decoded)
    stream.close()
    summary.capture, summary.error = decoder.facts(), decoder.error
    return summary
