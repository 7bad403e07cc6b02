"""Questions over the store, one function each, as Ibis expressions: DuckDB answers them here."""

from varde.query.engine import Engine, Window
from varde.query.fireplot import Answer, PortCount, fireplot
from varde.query.records import Page, records

__all__ = ["Answer", "Engine", "Page", "PortCount", "Window", "fireplot", "records"]
