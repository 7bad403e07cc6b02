"""What tests of warnings share: synthetic flows, lists that stand in for real ones, and warnings made of both."""

import ipaddress
from datetime import datetime, timezone
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode import schema_of
from varde.decode.addresses import octets_of, text_of
from varde.live import warnings_of
from varde.model import FLOWS, LOSSES
from varde.views.warning import rows_of

ARTICLE = datetime(2016, 6, 7, 13, 51, 34, tzinfo=timezone.utc)
"""When the article's line was written."""

PULSE = "https://otx.alienvault.com/pulse/5f0c0a1b2c3d4e5f60718293"


SINCE = 1_464_739_200_000_000
"""2016-06-01T00:00:00Z, since when entries are listed."""


def entry(source: str = "otx", own: str = "5f0c0a1b2c3d4e5f60718293", name: str = "Mirai C2", url: str = PULSE) -> dict[str, Any]:
    return {"source": source, "id": own, "name": name, "url": url, "first_seen": SINCE}


class StandIn:
    """Lists and their matcher in one, of networks with their entries; asks each row by itself."""

    def __init__(self, listed: dict[str, list[dict[str, Any]]]) -> None:
        self._networks = [ipaddress.ip_network(text) for text in listed]
        self._entries = list(listed.values())

    @property
    def matcher(self) -> "StandIn":
        return self

    def lookup(self, octets: NDArray[np.uint8]) -> NDArray[np.int32]:
        return np.array([self._of(row.tobytes()) for row in octets], dtype=np.int32)

    def lookup_names(self, names: list[str]) -> NDArray[np.int32]:
        return np.full(len(names), -1, dtype=np.int32)

    def rows(self, set_id: int) -> list[dict[str, Any]]:
        return self._entries[set_id]

    def _of(self, octets: bytes) -> int:
        address = ipaddress.ip_address(text_of(octets))
        return next((n for n, net in enumerate(self._networks) if net.version == address.version and address in net), -1)


OTX = StandIn({"203.0.113.0/24": [entry()], "2001:db8:bad::/48": [entry("spamhaus", "SBL1", "DROP", "")]})


def flow(src: str = "10.0.0.5", dst: str = "203.0.113.5", sport: int | None = 443, dport: int | None = 51022, proto: int = 6, **more: Any) -> dict[str, Any]:
    """One row of FLOWS; `at` is seconds after the article's moment."""
    begin = int(ARTICLE.timestamp() * 1e6) + int(more.pop("at", 0) * 1e6)
    known: dict[str, Any] = dict.fromkeys(schema_of(FLOWS))
    if "sensor" in more:  # columns hold no halves of surrogate pairs
        more["sensor"] = more["sensor"].encode("utf-8", "backslashreplace").decode()
    return known | {
        "time": begin, "end_time": begin, "received": begin, "sensor": "router", "src_addr": octets_of(src), "src_port": sport,
        "dst_addr": octets_of(dst), "dst_port": dport, "proto": proto, "packets": 12, "octets": 3400, "late": 0,
        "day": datetime.fromtimestamp(begin / 1e6, timezone.utc).date(),
    } | more  # fmt: skip


def flows(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema_of(FLOWS))


def ledger(sensor: str = "router", at: float = 0, **counts: int | None) -> pl.DataFrame:
    """One row of LOSSES, of flows `at` seconds after the article's moment."""
    begin = int(ARTICLE.timestamp() * 1e6) + int(at * 1e6)
    known: dict[str, Any] = dict.fromkeys(schema_of(LOSSES)) | {
        "time": begin, "end_time": begin + 10_000_000, "sensor": sensor, "exporter": octets_of("192.0.2.1"), "domain": 0, "protocol": "netflow5", "unit": "flows",
        "datagrams": 1, "flows": 0, "lost": 0, "source": "s", "day": datetime.fromtimestamp(begin / 1e6, timezone.utc).date(),
    }  # fmt: skip
    return pl.DataFrame([known | counts], schema=schema_of(LOSSES))


def warning(lists: StandIn = OTX, **how: Any) -> dict[str, Any]:
    """The one warning that a flow makes, as a row with its line."""
    (row,) = rows_of(warnings_of(flows(flow(**how)), lists, lists))
    return row


def with_lines(warnings: pl.DataFrame) -> pl.DataFrame:
    """Warnings as they are stored."""
    return warnings.with_columns(pl.Series("line", [row["line"] for row in rows_of(warnings)], dtype=pl.String))
