"""Questions over the store, one function each, as Ibis expressions: DuckDB answers them here."""

from varde.query.absence import Absence
from varde.query.crowding import Crowd, crowd, outside
from varde.query.engine import ACTIONS, Engine, Window
from varde.query.fireplot import Answer, PortCount, fireplot, port_counts, port_total
from varde.query.records import Page, records
from varde.query.summary import (
    Difference,
    day_counts,
    differences,
    extent,
    reject_samples,
    sensors,
    source_total,
    top_sources,
    understand,
)

__all__ = [
    "ACTIONS",
    "Absence",
    "Answer",
    "Crowd",
    "Difference",
    "Engine",
    "Page",
    "PortCount",
    "Window",
    "crowd",
    "day_counts",
    "differences",
    "extent",
    "fireplot",
    "outside",
    "port_counts",
    "port_total",
    "records",
    "reject_samples",
    "sensors",
    "source_total",
    "top_sources",
    "understand",
]
