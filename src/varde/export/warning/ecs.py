"""Elastic Common Schema 8.11: https://www.elastic.co/guide/en/ecs/8.11/ecs-field-reference.html"""

import json

from varde.export.warning.row import Row, listed, scan_of, severity, without_nothing
from varde.model import proto_name

_DIRECTIONS = {"inbound": "inbound", "outbound": "outbound", "internal": "internal", "transit": "external"}
_HOME = "--"


def ecs(row: Row) -> str:
    """One object a line."""
    document = {
        "@timestamp": row["time"], "message": row.get("line"), "ecs": {"version": "8.11.0"},
        "event": {
            "kind": "alert", **_class(row), "module": "varde", "reason": row.get("reason"),
            "dataset": f"varde.{row['kind']}", "severity": severity(row), "start": row["time"], "end": row.get("end_time"),
            "created": row.get("received"),
        },
        "source": _end(row, "src"), "destination": _end(row, "dst"),
        "network": {
            "transport": proto_name(row["proto"]) if "proto" in row else None, "iana_number": str(row["proto"]) if "proto" in row else None,
            "type": _family(row), "packets": row.get("packets"), "bytes": row.get("octets"), "community_id": row.get("community_id"),
            "direction": _DIRECTIONS.get(row.get("direction", "")),
        },
        "dns": {"question": {"name": row.get("name")}} if row["kind"] == "dns" else None,
        "user": {"name": row.get("name")} if row["kind"] == "login" else None,
        "observer": {"name": row.get("sensor"), "product": "varde"},
        "threat": _threat(row),
        "varde": {key: row.get(key) for key in ("side", "sampled", "one_way", "late", "retro", "count", "level", "networks", "test")} | {"scan": scan_of(row)},
    }  # fmt: skip
    return json.dumps(without_nothing(document), default=str)


def _class(row: Row) -> Row:
    """Surges and scans touch no indicator: they are of the network alone."""
    return {"category": ["network"], "type": ["info"]} if row["kind"] in ("surge", "scan") else {"category": ["threat", "network"], "type": ["indicator"]}


def _end(row: Row, end: str) -> Row:
    country = row.get(f"{end}_cc")
    return {
        "ip": row.get(f"{end}_addr"), "port": row.get(f"{end}_port"), "as": {"number": row.get(f"{end}_as")},
        "geo": {"country_iso_code": None if country == _HOME else country},
    }  # fmt: skip


def _family(row: Row) -> str | None:
    address = row.get("src_addr") or row.get("dst_addr")
    return None if address is None else "ipv6" if ":" in address else "ipv4"


def _threat(row: Row) -> Row:
    """The first entry as the indicator that most rules look at, all of them as enrichments."""
    indicators = [_indicator(row, entry) for entry in row.get("lists", [])]
    return {"indicator": indicators[0], "enrichments": [{"indicator": each} for each in indicators]} if indicators else {}


def _indicator(row: Row, entry: Row) -> Row:
    found = listed(row)
    kinds = {"dns": "domain-name"}
    kind = kinds.get(row["kind"]) or ("ipv6-addr" if ":" in str(found) else "ipv4-addr")
    place = {"url": {"domain": found}} if kind == "domain-name" else {"ip": found}
    return without_nothing({
        **place, "type": kind, "provider": entry.get("source"), "reference": entry.get("url"), "description": entry.get("name"),
        "first_seen": entry.get("first_seen"), "name": entry.get("id"),
    })  # fmt: skip
