"""What other programs' counters grew by, over time."""

from collections.abc import Sequence
from typing import Any

import ibis.expr.types as ir

from varde.model import READINGS
from varde.query.engine import Engine, Window, epoch_us, microseconds

Growth = dict[str, dict[str, list[int]]]
"""By sensor and name: one sum for each equal part of the window."""


def growth(engine: Engine, window: Window, names: Sequence[str], buckets: int) -> Growth:
    """How much each counter grew in each of so many equal parts of the window."""
    begin, length = microseconds(window.first), microseconds(window.last) - microseconds(window.first)

    def question(readings: ir.Table) -> list[dict[str, Any]]:
        wanted = readings.filter(readings.name.isin(list(names)), readings.grown.notnull())
        bucket = ((epoch_us(wanted.time) - begin).cast("float64") * buckets / length).floor().cast("int64")
        return engine.execute(wanted.mutate(bucket=bucket).group_by("sensor", "name", "bucket").aggregate(value=wanted.grown.sum()))

    found: Growth = {}
    for row in engine.ask(window, question, READINGS.name):
        sums = found.setdefault(row["sensor"], {}).setdefault(row["name"], [0] * buckets)
        sums[min(max(0, int(row["bucket"])), buckets - 1)] += int(row["value"])
    return found
