"""Scans as warnings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from varde.decode import schema_of
from varde.detect.probing import ICMP, TCP, UDP
from varde.live.scan_news import MORE, News, Rest
from varde.model import WARNINGS

_PROTOCOLS = {"tcp4": TCP, "tcp6": TCP, "udp4": UDP, "udp6": UDP, "icmp": ICMP}


@dataclass(frozen=True, slots=True)
class Said:
    """News with its words: why, and where its source is."""

    news: News | Rest
    reason: str
    country: str | None = None
    asn: int | None = None


def warnings_of_scans(said: Iterable[Said], received: int) -> pl.DataFrame:
    """One row of WARNINGS for each; `line` is left empty. `received`: us since 1970 UTC.

    A scan of one source has its address; of several none is named, so that nothing that acts upon addresses takes one for all."""
    rows = [dict.fromkeys(schema_of(WARNINGS)) | {"received": received, "kind": "scan", "lists": "[]", "retro": 0, "reason": one.reason} | _row(one) for one in said]
    frame = pl.DataFrame(rows, schema=schema_of(WARNINGS))
    return frame.with_columns(day=pl.from_epoch("time", "us").dt.date())


def _row(one: Said) -> dict[str, Any]:
    if isinstance(one.news, Rest):
        rest = one.news
        return {"time": rest.first, "end_time": rest.last, "name": MORE, "level": MORE, "packets": rest.packets, "count": rest.kinds.total(), "networks": rest.sources}
    campaign = one.news.campaign
    alone = {"src_addr": campaign.sources[0], "src_cc": one.country, "src_as": one.asn} if campaign.source_count == 1 and campaign.sources else {}
    target = campaign.targets[0] if campaign.target_count == 1 and campaign.targets else None
    port = campaign.ports[0] if campaign.port_count == 1 and campaign.ports else None
    return alone | {
        "time": campaign.first, "end_time": campaign.last, "dst_addr": target, "dst_port": port, "proto": _PROTOCOLS.get(campaign.plane), "name": campaign.kind,
        "level": one.news.level, "packets": campaign.events, "count": 1, "networks": campaign.source_count,
    }  # fmt: skip
