"""CSV by the names of its columns, divided by comma, semicolon, tab or bar; the header may stand in a comment.

A line is a record: no field goes over several lines, so one open quotation mark cannot swallow what follows."""

import csv
from collections.abc import Iterator

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish

VALUES = {
    "indicator": None, "ioc_value": None, "ioc": None, "observable": None, "value": None,
    "ip": "address", "ip_address": "address", "ipaddress": "address", "ip_addr": "address", "dst_ip": "address", "dstip": "address", "src_ip": "address",
    "srcip": "address", "address": "address", "addr": "address", "ipv4": "address", "ipv6": "address", "host_ip": "address",
    "network": "address", "cidr": "address", "subnet": "address", "prefix": "address", "netblock": "address", "range": "address", "ip_range": "address",
    "domain": "domain", "domain_name": "domain", "hostname": "domain", "fqdn": "domain", "host": None,
    "sha256_hash": "hash", "sha256": "hash", "sha1_hash": "hash", "sha1": "hash", "md5_hash": "hash", "md5": "hash", "hash": "hash", "file_hash": "hash",
    "url": "url", "ja3_md5": "other",
}  # fmt: skip
"""Names of the column with the indicator, and what it is; the first of these that a header has is taken."""

ABOUT = {
    "id": ("pulse_id", "ioc_id", "event_id", "case", "sblid", "uuid", "id"),
    "name": ("name", "title", "malware_printable", "malware", "malware_family", "family", "threat", "campaign", "category", "label", "listingreason"),
    "url": ("reference", "reference_url", "urlhaus_link", "link", "source_url", "info_url", "url"),
    "description": ("description", "desc", "comment", "comments", "note", "reason", "tags"),
    "first_seen": ("first_seen", "first_seen_utc", "firstseen", "first_reported", "dateadded", "date_added", "listed", "created", "created_at", "listingdate", "date", "timestamp", "time"),
    "last_seen": ("last_seen", "last_seen_utc", "lastseen", "last_online", "last_reported", "modified", "updated"),
    "expires": ("expires", "expiration", "expiry", "valid_until", "until"),
    "confidence": ("confidence", "confidence_level", "confidence_score", "abuse_confidence_score", "abuseconfidencescore", "score"),
}  # fmt: skip
"""Names of the columns that say something about it."""

_DELIMITERS = ",;\t|"
_COLUMNS_MAX = 64
"""Columns of a header that are looked at; lists have up to fifteen."""


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    lines = text.lines
    at, delimiter, header = next(_headers(lines.head(_HEADER_LINES)), (0, ",", ["indicator"]))
    rows = ((lines != "") & ~lines.str.contains("^(?:#|;|//)") & (pl.Series(np.arange(len(lines))) > at)).arg_true()
    given = lines.gather(rows)
    wanted = _wanted(header)
    cells = [_cells(line, delimiter, list(wanted.values())) for line in given.to_list()]
    made = pl.DataFrame(cells, schema=dict.fromkeys(wanted, pl.String), orient="row")
    value = next(name for name in VALUES if name in header)
    kind = pl.Series([VALUES[value]] * len(given), dtype=pl.String)
    about = {name: made[name] for name in wanted if name != "value"}
    return finish("csv", Entries(rows.to_numpy().astype(np.int64) + 1, given, made["value"], kind, about), origin)


_HEADER_LINES = 200
"""Lines among which a header is looked for: licences stand before it."""


def _headers(lines: pl.Series) -> Iterator[tuple[int, str, list[str]]]:
    """Place, delimiter and names of each line that may be a header."""
    for at, line in enumerate(lines.to_list()):
        bare = line.lstrip("#; ")
        delimiter = max(_DELIMITERS, key=bare.count)
        names = [_plain(cell) for cell in _split(bare, delimiter)[:_COLUMNS_MAX]]
        if len(names) > 1 and any(name in VALUES for name in names) and all(_is_name(name) for name in names):
            yield at, delimiter, names
        elif line and line == bare and len(names) > 1:
            return  # the first record: what comes behind it is no header


def _plain(cell: str) -> str:
    return cell.strip().lower().replace(" ", "_").replace("-", "_").removeprefix("meta.")


def _is_name(cell: str) -> bool:
    """Headers have words; `1.2.3.4,url` is a record."""
    return not cell or (cell.replace("_", "").replace(".", "").isalnum() and cell[0].isalpha())


def _wanted(header: list[str]) -> dict[str, int]:
    """Columns of an indicator and their places in a line."""
    value = next(name for name in VALUES if name in header)
    found = {"value": header.index(value)}
    for ours, theirs in ABOUT.items():
        name = next((name for name in theirs if name in header and name != value), None)
        if name is not None:
            found[ours] = header.index(name)
    return found


def _cells(line: str, delimiter: str, places: list[int]) -> list[str | None]:
    cells = _split(line, delimiter)
    return [_said(cells[at]) if at < len(cells) else None for at in places]


def _said(cell: str) -> str | None:
    """What a cell says; abuse.ch writes None where it says nothing."""
    text = cell.strip()
    return text if text not in ("", "None") else None


def _split(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a field of more than 128 KiB, or a NUL
        return []


CSV = ListFormat(
    name="csv",
    title="CSV with a header: the columns are found by their names",
    manual="https://www.rfc-editor.org/rfc/rfc4180",
    example='# "first_seen_utc","dst_ip","dst_port","malware"\n"2026-11-01 07:30:05","203.0.113.5","443","Dridex"',
    claims=lambda head: next(_headers(head.head(_HEADER_LINES)), None) is not None,
    read=_read,
)
