"""Questions over the store, one function each, as Ibis expressions: DuckDB answers them here."""

from varde.query.absence import Absence
from varde.query.backend import Answerer, Backend
from varde.query.crowding import Crowd, crowd, outside
from varde.query.differences import Comparison, Difference, differences
from varde.query.engine import ACTIONS, Engine, Window, blank
from varde.query.fireplot import Answer, PortCount, fireplot, port_counts, port_total
from varde.query.question import Question, understand
from varde.query.records import Page, records
from varde.query.summary import (
    Total,
    day_counts,
    event_total,
    extent,
    reject_samples,
    sensors,
    source_total,
    top_destinations,
    top_sources,
    total,
)

__all__ = [
    "ACTIONS",
    "Absence",
    "Answer",
    "Answerer",
    "Backend",
    "Comparison",
    "Crowd",
    "Difference",
    "Engine",
    "Page",
    "PortCount",
    "Question",
    "Total",
    "Window",
    "blank",
    "crowd",
    "day_counts",
    "differences",
    "event_total",
    "extent",
    "fireplot",
    "outside",
    "port_counts",
    "port_total",
    "records",
    "reject_samples",
    "sensors",
    "source_total",
    "top_destinations",
    "top_sources",
    "total",
    "understand",
]
