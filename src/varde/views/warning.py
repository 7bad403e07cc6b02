"""A warning as one line: the articles' own, then where to read more, then what is known of it.

    2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) https://otx.example/pulse/5f0c side=dst list=otx:5f0c ...

Every word of it is free of spaces, controls and what is not ASCII: what others wrote is percent-encoded, so that a reader that
splits at spaces and a terminal are both safe.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import polars as pl

from varde.decode.rows import json_row
from varde.model import WARNINGS, proto_name

Row = dict[str, Any]
"""A warning with the column names of WARNINGS: ISO 8601 times, addresses as text, `lists` as a list of entries; nulls left out."""

URLS_MAX = 8
"""Addresses of pulses in a line, and lists in its tail; `more` counts the rest. An address may stand in thousands of pulses."""

URL_MAX = 512
"""Characters of one of them: a longer one would be most of the line, and cut it would lead elsewhere."""

NAME_MAX = 256
"""Characters of what a visitor or a feed called something; a host name has at most 253."""

_WORD = "-._~:/+*!$"
"""What stands as it is in a word of others: nothing that ends a value or a list of them."""

_URL = "-._~:/?#[]@!$&'()*+,;=%"

NO_URL = "-"


def rows_of(warnings: pl.DataFrame) -> list[Row]:
    """A frame of WARNINGS as rows, each with its `line`."""
    rows = []
    for record in warnings.rows(named=True):
        row = json_row(record, WARNINGS)
        row["lists"] = json.loads(record["lists"] or "[]")
        rows.append(row | {"line": line_of(row)})
    return rows


def line_of(row: Row) -> str:
    """The whole line, without a line feed."""
    return f"{row['time'][:10]} {row['time'][11:19]} : {told_of(row)}"


def told_of(row: Row) -> str:
    """The line without its time: what stands behind `FLOWHIT` in syslog."""
    urls = [quote(url, safe=_URL, errors="backslashreplace") for url in _urls(row)]
    return " ".join([_HEADS[row["kind"]](row), *(urls[:URLS_MAX] or [NO_URL]), *(f"{key}={value}" for key, value in _tail(row).items())])


def _flow(row: Row) -> str:
    return f"{_end(row, 'src')} -> {_end(row, 'dst')} ({proto_name(row.get('proto', 0)).upper()})"


_HEADS: dict[str, Callable[[Row], str]] = {
    "flow": _flow,
    "dns": lambda row: f"{_end(row, 'src')} -> {word(row.get('name'))} (DNS)",
    "login": lambda row: f"{_end(row, 'src')} -> {word(row.get('name'))}@{word(row.get('sensor'))} (LOGIN)",
    "scan": lambda row: f"{_end(row, 'src')} -> {_port(row)} (SCAN {word(row.get('name'))})",
    "surge": lambda row: f"{_port(row)} (SURGE)",
}
"""How each kind of warning begins."""


def _end(row: Row, end: str) -> str:
    """`10.0.0.5:443`, `[2001:db8::1]:443`; without the port where the protocol has none."""
    address, port = row.get(f"{end}_addr", "-"), row.get(f"{end}_port")
    shown = f"[{address}]" if ":" in address else address
    return shown if port is None else f"{shown}:{port}"


def _port(row: Row) -> str:
    return f"{row.get('dst_port', '-')}/{proto_name(row['proto']) if 'proto' in row else '-'}"


WORDS = {
    "level": "of a surge: notice, alarm, or over; of a scan: found, grown, over, or more",
    "networks": "of a surge: how many different networks wanted the port; of a scan: how many sources it had",
    "side": "which end is listed: src or dst",
    "list": "the lists that hold it, each with its own id: otx:5f0c",
    "more": f"how many lists hold it beside the first {URLS_MAX}",
    "since": "since when it is listed, by the list that had it first",
    "seen": "where another program saw it: QNAME of a response policy zone, DNS::IN_REQUEST of Zeek, alert of Suricata",
    "direction": "inbound, outbound, internal or transit; absent where no own network is known",
    "packets": "packets of all that the warning stands for, both directions where they are known; of a surge those that were refused, of a scan all of its sources",
    "octets": "octets of them",
    "sampled": "1 where only some packets were looked at",
    "one-way": "1 where no answer was seen so far",
    "late": "1 where it waited for its template",
    "count": "how many records it stands for",
    "until": "when the last of several ended, or the last hour of a surge or the last packet of a scan was",
    "retro": "1 where it was found in stored flows",
    "sensor": "who observed it",
    "id": "Community ID, by which Zeek and Suricata name the same flow",
    "test": "1 where it is a test",
}
"""The words behind the links, in their order, and what they say."""


def _tail(row: Row) -> Row:
    """What is known of it, as words; what a kind does not have is left out."""
    lists = row.get("lists", [])
    told: Row = {
        "level": row.get("level"), "networks": row.get("networks"), "side": row.get("side"), "list": ",".join(list_name(entry) for entry in lists[:URLS_MAX]), "more": len(lists) - URLS_MAX,
        "since": word(first_seen(row)), "seen": word(next((entry.get("seen") for entry in lists), None)), "direction": row.get("direction"), "packets": row.get("packets"), "octets": row.get("octets"),
        "sampled": row.get("sampled"), "one-way": row.get("one_way"), "late": row.get("late"), "count": row.get("count"),
        "until": _until(row), "retro": row.get("retro") or None, "sensor": word(row.get("sensor")), "id": row.get("community_id"),
        "test": row.get("test"),
    }  # fmt: skip
    told["more"] = told["more"] if told["more"] > 0 else None
    return {key: value for key, value in told.items() if value not in (None, "", NO_URL)}


def _until(row: Row) -> str | None:
    """When the last of several was seen."""
    several = row.get("count", 1) > 1 or row["kind"] in ("surge", "scan")
    return str(row["end_time"])[:19] + "Z" if several and row.get("end_time") else None


def list_name(entry: Row) -> str:
    """`otx:5f0c`; the source alone where the entry has no id of its own."""
    source, own = word(entry.get("source")), entry.get("id")
    return source if own in (None, "") else f"{source}:{word(own)}"


def first_seen(row: Row) -> str | None:
    """Since when the address is listed, by the list that had it first."""
    seen = [str(entry["first_seen"])[:19] for entry in row.get("lists", []) if entry.get("first_seen")]
    return f"{min(seen)}Z" if seen else None


def _urls(row: Row) -> list[str]:
    """Links to read more, each once; nothing but the web's."""
    urls = [str(entry.get("url") or "") for entry in row.get("lists", [])]
    return [url for url in dict.fromkeys(urls) if url.lower().startswith(("https://", "http://")) and len(url) <= URL_MAX]


def word(text: object) -> str:
    """What others wrote as one word of a line: bounded, and percent-encoded where it is more than a plain name."""
    return quote(str(NO_URL if text in (None, "") else text)[:NAME_MAX], safe=_WORD, errors="backslashreplace")
