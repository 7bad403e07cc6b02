"""What an address or network did at honeypots: how much of each kind, when first and last, and what most."""

from typing import Any

import ibis.expr.types as ir

from varde.decode.rows import iso
from varde.model import RECORDS
from varde.query.engine import Engine, Window
from varde.query.honeypot import Row, first_rows
from varde.query.payloads import chain

COUNTED = ("logins", "tunnels", "payloads", "commands", "downloads", "mails", "captures")
"""Tables that are counted."""

HONEYPOTS = tuple(table for table in RECORDS if table.name in ("sessions", *COUNTED))
"""Tables of what honeypots and listening ports saw."""

MOST = {"pairs": "logins", "commands": "commands", "downloads": "downloads"}
"""Rankings whose first rows are told, and the table that each is of."""

ROWS = 10
"""Rows of a ranking that are told."""


def life(engine: Engine, window: Window) -> dict[str, Any] | None:
    """Counts by table, `first` and `last`, where it is (`cc`, `as`), `accepted` logins, the first rows of MOST and the chain of
    payloads; None where the window's source did nothing at a honeypot."""
    found = {name: engine.ask(window, lambda t: engine.execute(_summed(t))[0], name) for name in COUNTED}
    seen = [row for row in found.values() if row["n"]]
    if not seen:
        return None
    counts = {name: int(row["n"]) for name, row in found.items()}
    most: dict[str, list[Row]] = {name: first_rows(engine, window, name, ROWS) if counts[table] else [] for name, table in MOST.items()}
    return {
        "first": iso(min(row["first"] for row in seen)), "last": iso(max(row["last"] for row in seen)),
        "cc": next((row["cc"] for row in seen if row["cc"]), None), "as": next((row["as"] for row in seen if row["as"]), None),
        "counts": counts, "accepted": _accepted(engine, window) if counts["logins"] else 0, "most": most,
        "chain": chain(engine, window) if counts["payloads"] else [],
    }  # fmt: skip


def _summed(table: ir.Table) -> ir.Table:
    """One row; where sources of several places are asked about, the last of them in order."""
    return table.aggregate(
        n=table.count(), first=table.time.min(), last=table.time.max(), **{"cc": table.src_cc.max(), "as": table.src_as.max()}
    )


def _accepted(engine: Engine, window: Window) -> int:
    return int(engine.ask(window, lambda t: engine.execute(t.aggregate(n=t.success.sum().fill_null(0))), "logins")[0]["n"])
