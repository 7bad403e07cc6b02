"""The line itself, and Varde's own JSON."""

import json

from varde.export.warning.row import Row


def line(row: Row) -> str:
    """`2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) URL key=value ...`"""
    return str(row["line"])


def jsonl(row: Row) -> str:
    """One object, its keys the columns of `warnings`; all of it ASCII."""
    return json.dumps(row, default=str)
