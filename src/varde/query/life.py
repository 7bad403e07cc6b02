"""What an address or network did at honeypots: how much of each kind, when first and last, and what most."""

from datetime import datetime
from typing import Any

from varde.decode.rows import iso
from varde.model import RECORDS
from varde.query.engine import Engine, Window
from varde.query.honeypot import Asked, Row, ranked
from varde.query.payloads import chain

COUNTED = ("logins", "tunnels", "payloads", "commands", "downloads", "mails", "captures")
"""Tables that are counted."""

HONEYPOTS = tuple(table for table in RECORDS if table.name in ("sessions", *COUNTED))
"""Tables of what honeypots and listening ports saw."""

MOST = {"pairs": "logins", "tunnels": "tunnels", "commands": "commands", "downloads": "downloads"}
"""Rankings whose first rows are told, and the table that each is of."""

ROWS = 10
"""Rows of a ranking that are told."""


def life(engine: Engine, window: Window) -> dict[str, Any] | None:
    """Counts by table, `first` and `last`, `accepted` logins, the first rows of MOST and the chain of payloads; None where the
    window's source did nothing at a honeypot."""
    counts: dict[str, int] = {}
    ends: list[datetime] = []
    for name in COUNTED:
        row = engine.ask(window, lambda t: engine.execute(t.aggregate(n=t.count(), first=t.time.min(), last=t.time.max()))[0], name)
        counts[name] = int(row["n"])
        ends += [end for end in (row["first"], row["last"]) if end is not None]
    if not ends:
        return None
    most: dict[str, list[Row]] = {
        name: ranked(engine, window, name, Asked(ROWS)).rows if counts[table] else [] for name, table in MOST.items()
    }
    return {
        "first": iso(min(ends)), "last": iso(max(ends)), "counts": counts, "accepted": _accepted(engine, window) if counts["logins"] else 0,
        "most": most, "chain": chain(engine, window) if counts["payloads"] else [],
    }  # fmt: skip


def _accepted(engine: Engine, window: Window) -> int:
    return int(engine.ask(window, lambda t: engine.execute(t.aggregate(n=t.success.sum().fill_null(0))), "logins")[0]["n"])
