"""Suricata's eve.json, so that what shows Suricata's alerts shows these: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html"""

import json

from varde.export.warning.row import Row, micros, names, scan_of, severity, title, urls, without_nothing
from varde.model import proto_name

_SIGNATURES = {"flow": 9000002, "dns": 9000001, "login": 9000003, "scan": 9000004, "surge": 9000005}
"""Ids of the range that local rules use."""

_SPELT = {1: "ICMP", 58: "IPv6-ICMP", 6: "TCP", 17: "UDP", 132: "SCTP"}
_GRAVE, _WEAK = 8, 4  # of ten


def eve(row: Row) -> str:
    """One object a line; severity 1 is the gravest, as Suricata counts."""
    document = {
        "timestamp": micros(row["time"]) + "+0000", "event_type": "alert", "host": row.get("sensor"),
        "src_ip": row.get("src_addr"), "src_port": row.get("src_port"), "dest_ip": row.get("dst_addr"), "dest_port": row.get("dst_port"),
        "proto": _SPELT.get(row["proto"]) or proto_name(row["proto"]).upper() if "proto" in row else None, "community_id": row.get("community_id"),
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": _SIGNATURES[row["kind"]], "rev": 1, "signature": _signature(row),
            "category": "Misc Attack", "severity": 1 if severity(row) >= _GRAVE else 3 if severity(row) < _WEAK else 2,
            "metadata": {"list": names(row), "url": urls(row)} | {key: [str(row[key])] for key in ("side", "level", "networks", "reason") if row.get(key)} | ({"scan": [scan]} if (scan := scan_of(row)) else {}),
        },
        "flow": {
            "start": micros(row["time"]) + "+0000", "end": micros(row.get("end_time") or row["time"]) + "+0000",
            "pkts_toserver": row.get("packets"), "bytes_toserver": row.get("octets"),
        },
        "dns": {"query": [{"type": "query", "rrname": row.get("name")}]} if row["kind"] == "dns" else None,
    }  # fmt: skip
    return json.dumps(without_nothing(document), default=str)


def _signature(row: Row) -> str:
    """`VARDE Flow to or from a listed address: otx Mirai C2`"""
    first: Row = next(iter(row.get("lists", [])), {})
    by = " ".join(str(part) for part in (first.get("source"), first.get("name")) if part)
    return f"VARDE {title(row)}" + (f": {by}" if by else "")
