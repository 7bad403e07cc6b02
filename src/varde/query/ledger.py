"""The loss ledger as an answer: what of each exporter's data was seen, and what was not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from varde.decode.addresses import text_of
from varde.decode.rows import iso
from varde.model import LOSSES
from varde.query.engine import Engine, Window

COUNTS = ("datagrams", "flows", "lost", "reordered", "duplicated", "undecodable", "unknown_template", "late", "restarts")
_KEYS = ("sensor", "exporter", "domain", "protocol", "unit")


@dataclass(frozen=True, slots=True)
class Account:
    """One observation domain of an exporter over a period. `dropped` is None where the kernel does not tell."""

    sensor: str
    exporter: str | None
    domain: int | None
    protocol: str
    unit: str
    "What `lost`, `reordered` and `duplicated` count: flows, datagrams, records or samples; none where nothing is numbered."
    first: str
    last: str
    counts: dict[str, int]
    "By the names of COUNTS."
    dropped: int | None

    @property
    def share_seen(self) -> float | None:
        """Share of what was exported that came: of flows where those are numbered, else of datagrams."""
        if self.unit in ("", "none"):
            return None
        came = self.counts["datagrams" if self.unit == "datagrams" else "flows"]
        exported = came + max(self.counts["lost"], 0)
        return came / exported if exported else None

    def document(self) -> dict[str, Any]:
        share = self.share_seen
        names = ("sensor", "exporter", "domain", "protocol", "unit", "first", "last")
        rounded = None if share is None else round(share, 6)
        return {name: getattr(self, name) for name in names} | self.counts | {"dropped": self.dropped, "share_seen": rounded}


def accounts(engine: Engine, window: Window | None = None) -> list[Account]:
    """One for each observation domain that was heard, in a window or ever, in order of their exporters."""

    def question(table: Any) -> list[dict[str, Any]]:
        sums = {name: table[name].sum() for name in (*COUNTS, "dropped")}
        grouped = table.group_by(*_KEYS).aggregate(first=table.time.min(), last=table.end_time.max(), **sums)
        return engine.execute(grouped.order_by("sensor", "exporter", "domain", "protocol", "unit"))

    rows = engine.ask_all(LOSSES.name, question) if window is None else engine.ask(window, question, LOSSES.name)
    return [_account(row) for row in rows]


def share_seen(told: Iterable[Account]) -> float | None:
    """Share of all exported that came, over exporters that number what they send; None where none does."""
    shares = [(account.share_seen, account.counts["flows"]) for account in told]
    known = [(share, flows) for share, flows in shares if share and flows]
    came = sum(flows for _, flows in known)
    return came / sum(flows / share for share, flows in known) if came else None


def _account(row: dict[str, Any]) -> Account:
    exporter = text_of(row["exporter"]) if row["exporter"] else None
    counts = {name: int(row[name] or 0) for name in COUNTS}
    dropped = None if row["dropped"] is None else int(row["dropped"])
    keys = {name: row[name] for name in ("sensor", "domain", "protocol", "unit")}
    return Account(**keys, exporter=exporter, first=iso(row["first"]), last=iso(row["last"]), counts=counts, dropped=dropped)
