"""Requests as CSV for people: one row a distinct source, port and target."""

import csv
import io

import polars as pl

from varde.model import no_formula, visible


def cell(text: str | None) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before what looks like one."""
    return no_formula(visible(text or ""))


def triples(requests: pl.DataFrame) -> bytes:
    """Columns source, port, target, count, the busiest first; nothing is folded."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["source", "port", "target", "count"])
    ordered = requests.select("source", pl.col("port").cast(pl.String), "target", "count").sort(["count", "source", "port", "target"], descending=[True, False, False, False])
    for source, port, target, count in ordered.iter_rows():
        rows.writerow([cell(source), cell(port), cell(target), count])
    return out.getvalue().encode()
