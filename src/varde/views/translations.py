"""Spans of translations as documents for programs, rows for people, and the sentence that answers who it was."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from varde.decode.addresses import text_of
from varde.decode.rows import iso
from varde.model import counted, proto_name

Row = dict[str, Any]

COLUMNS = (
    "from", "to", "last", "not_before", "not_after", "told_by", "outside_addr", "outside_port", "first_port", "last_port", "inside_addr",
    "inside_port", "peer_addr", "peer_port", "proto", "proto_name", "records", "sensor", "exporter", "domain",
)  # fmt: skip
"""Keys of a document, and columns of CSV."""

_TIMES = {"from": "began", "to": "ended", "last": "last", "not_before": "not_before", "not_after": "not_after"}
_ADDRESSES = ("outside_addr", "inside_addr", "peer_addr", "exporter")
_PLAIN = ("outside_port", "first_port", "last_port", "inside_port", "peer_port", "proto", "sensor", "domain")

SETTINGS = {
    "MikroTik RouterOS": "/ip traffic-flow ipfix set nat-events=yes nat-src-address=yes nat-src-port=yes nat-dst-address=yes nat-dst-port=yes",
    "Cisco ASA": "flow-export event-type all destination ... in a policy map's class",
    "Cisco IOS XE": "ip nat log translations flow-export v9 udp destination ...",
    "Linux": "the module ipt_NETFLOW with natevents=1",
}
"""What lets a router tell of translations, beside that it exports flows."""


def documents(spans: pl.DataFrame) -> list[Row]:
    """Spans with the keys of COLUMNS: moments as ISO 8601 UTC, addresses as text, null where nothing is known."""
    return [_document(row) for row in spans.iter_rows(named=True)]


def _document(row: Row) -> Row:
    known = {name: None if row[column] is None else iso(row[column]) for name, column in _TIMES.items()}
    known |= {name: None if row[name] is None else text_of(row[name]) for name in _ADDRESSES}
    known |= {name: row[name] for name in _PLAIN}
    known |= {"told_by": "events" if row["told"] else "flows", "records": row["events"]}
    known["proto_name"] = None if row["proto"] is None else proto_name(row["proto"])
    return {name: known[name] for name in COLUMNS}


def table_rows(spans: Sequence[Row], zone: ZoneInfo) -> list[Row]:
    """What a terminal shows of documents."""
    return [
        {
            "outside": outside_of(span), "inside": _end(span["inside_addr"], span["inside_port"]), "peer": _end(span["peer_addr"], span["peer_port"]),
            "proto": span["proto_name"] or "any", "from": _from(span, zone), "to": _to(span, zone), "told by": span["told_by"], "sensor": span["sensor"],
        } for span in spans
    ]  # fmt: skip


def outside_of(span: Row) -> str:
    """The outside end: address and port, or the block of ports."""
    if span["first_port"] is None:
        return _end(span["outside_addr"], span["outside_port"])
    last = span["first_port"] if span["last_port"] is None else span["last_port"]
    return _end(span["outside_addr"], f"{span['first_port']}-{last}")


def _end(address: str | None, port: int | str | None) -> str:
    if address is None:
        return "-"
    return address if port is None else f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _from(span: Row, zone: ZoneInfo) -> str:
    if span["from"]:
        return local(span["from"], zone)
    return f"after {local(span['not_before'], zone)}" if span["not_before"] else "not told"


def _to(span: Row, zone: ZoneInfo) -> str:
    if span["to"]:
        return local(span["to"], zone)
    if span["told_by"] == "flows":
        return f"{local(span['last'], zone)} at least"
    return f"before {local(span['not_after'], zone)}" if span["not_after"] else "no end told"


def local(moment: str, zone: ZoneInfo) -> str:
    """A moment of a document in a zone, to the second."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def answer(spans: Sequence[Row]) -> str:
    """Who it was, in a sentence, where that is one end; else how many it may have been."""
    insides = sorted({span["inside_addr"] for span in spans if span["inside_addr"]})
    outsides = sorted({outside_of(span) for span in spans})
    had = outsides[0] if len(outsides) == 1 else counted(len(outsides), "outside end")
    who = insides[0] if len(insides) == 1 else counted(len(insides), "inside address", "inside addresses")
    return f"{who} had {had}" + (": the peer tells them apart" if len(outsides) == 1 < len(insides) else "")


def nearest(spans: pl.DataFrame, zone: ZoneInfo) -> Iterator[str]:
    """The span before and the one after what was asked about, in a sentence each, where nothing covers it."""
    before, after = spans.filter(pl.col("when") < 0).sort("last").tail(1), spans.filter(pl.col("when") > 0).sort("began").head(1)
    for found, words in ((before, "the last before it"), (after, "the first after it")):
        for span in table_rows(documents(found), zone):
            yield f"{words}: {span['inside']} had {span['outside']} ({span['proto']}) from {span['from']} to {span['to']}"


def how_to_export() -> Iterator[str]:
    """Sentences for who has flows and no translations."""
    yield "none of the flows that are stored tells of a translation. Let the router that translates export that too:"
    yield from (f"  {system}: {setting}" for system, setting in SETTINGS.items())

