"""What formats ask of a warning beyond its columns."""

from datetime import datetime
from typing import Any

from varde.model.findings import KINDS

Row = dict[str, Any]

MESSAGE_IDS = {"flow": "FLOWHIT", "dns": "DNSHIT", "login": "LOGINHIT", "scan": "SCAN", "surge": "SURGE"}
"""What each kind is called in syslog."""

TITLES = {
    "flow": "Flow to or from a listed address", "dns": "Listed name asked for", "login": "Login from a listed address",
    "scan": "Scan", "surge": "Surge",
}  # fmt: skip
"""What each kind is called in a sentence."""

_SCANS = {kind.name: kind.title for kind in KINDS}

_WEAK, _USUAL, _GRAVE = 3, 6, 9
_COUNTED, _QUIET = ("surge", "scan"), ("notice", "over")


def severity(row: Row) -> int:
    """0 to 10, as CEF counts: 9 where something inside talks to what is listed and is answered, 3 where nobody answered,
    of surges that are no alarm, and of scans that are over."""
    if row.get("test"):
        return 1
    if row["kind"] in _COUNTED:  # what a firewall refused has done no harm, however many it was
        return _WEAK if row.get("level") in _QUIET else _USUAL
    if row["kind"] != "flow":
        return _USUAL
    if row.get("one_way") and row.get("direction") != "outbound":
        return _WEAK
    return _GRAVE if row.get("direction") == "outbound" and not row.get("one_way") else _USUAL


def title(row: Row) -> str:
    """What it is in a sentence; of a surge and of a scan with its level."""
    level = row.get("level")
    what = _SCANS.get(row.get("name", ""), TITLES["scan"]) if row["kind"] == "scan" else TITLES[row["kind"]]
    return what if level is None else f"{what}, {level}"


def scan_of(row: Row) -> str | None:
    """The kind of a scan; None of other warnings."""
    return row.get("name") if row["kind"] == "scan" else None


def milliseconds(time: str) -> int:
    """Of 1970 UTC."""
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def micros(time: str) -> str:
    """`2026-11-21T17:00:00.123456`: the same moment with all six digits and without a zone."""
    return datetime.fromisoformat(time).strftime("%Y-%m-%dT%H:%M:%S.%f")


def urls(row: Row, most: int = 8) -> list[str]:
    """Links to read more, each once."""
    found = (str(entry.get("url") or "") for entry in row.get("lists", []))
    return [url for url in dict.fromkeys(found) if url.lower().startswith(("http://", "https://"))][:most]


def names(row: Row, most: int = 8) -> list[str]:
    """The lists: source and id."""
    return [f"{entry.get('source')}:{entry['id']}" if entry.get("id") else str(entry.get("source")) for entry in row.get("lists", [])[:most]]


def listed(row: Row) -> str | None:
    """The address or name that is listed."""
    found: str | None = row.get("name") if row["kind"] == "dns" else row.get("src_addr" if row.get("side") == "src" else "dst_addr")
    return found


def without_nothing(document: Row) -> Row:
    """The same without empty values, all the way down."""
    out = {key: without_nothing(value) if isinstance(value, dict) else value for key, value in document.items()}
    return {key: value for key, value in out.items() if value not in (None, "", {}, [])}
