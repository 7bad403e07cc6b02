"""Payloads that visitors sent through tunnels: one of them whole, and the chain of names, hosts and paths of a visitor."""

from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import PAYLOADS, VardeError
from varde.query.engine import Engine, Window

LINKS_MAX = 200
"""Distinct links of a chain: the most frequent."""

LINK = ("ehlo", "target", "target_port", "method", "host", "path", "sni")
"""What a visitor said of itself, where it wanted to go, and what it asked for there."""


def payload(engine: Engine, window: Window, name: str) -> dict[str, Any] | None:
    """The payload that a ranking names as `example` (its offset, a colon and its source), with all columns; None where the
    window has none. Raises VardeError for what is no such name."""
    offset, colon, source = name.partition(":")
    if not colon or not offset.isascii() or not offset.isdigit() or int(offset) >= 2**63:
        raise VardeError(f"{name[:60]!r} is no payload: take `example` of a row of honeypot/payloads")
    rows = engine.ask(
        window, lambda t: engine.execute(t.filter(t.offset == int(offset), t.source == source).select(*PAYLOADS.names).limit(1)), PAYLOADS.name
    )
    return rows[0] if rows else None


def chain(engine: Engine, window: Window) -> list[dict[str, Any]]:
    """What was sent where, the most frequent first: the columns of LINK and `payloads`."""
    def question(t: ir.Table) -> list[dict[str, Any]]:
        said = t.filter(t.ehlo.notnull() | t.host.notnull() | t.path.notnull() | t.sni.notnull())
        grouped = said.group_by(list(LINK)).aggregate(payloads=said.count())
        return engine.execute(grouped.order_by(ibis.desc("payloads"), *LINK).limit(LINKS_MAX))

    return engine.ask(window, question, PAYLOADS.name)
