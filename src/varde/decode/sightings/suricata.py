"""Suricata's alerts, as eve.json has them; its other events tell of traffic and not of lists, and are ignored.

    {"timestamp":"2026-11-21T17:00:00.123456+0000","event_type":"alert","src_ip":"192.0.2.7","src_port":443,"dest_ip":"203.0.113.5","dest_port":51022,"proto":"TCP",
     "community_id":"1:...","alert":{"action":"allowed","signature_id":9000002,"signature":"listed address"},"dns":{"query":[{"rrname":"evil.example","rrtype":"A"}]}}

Source: the Suricata manual's page on the Eve JSON format, alert and dns."""

from collections.abc import Iterator
from typing import Any

from varde.decode.lines import Lines
from varde.decode.sightings._dialect import Dialect, Found, sightings
from varde.decode.sightings._objects import objects, text

_PIVOTS = ('"event_type":"alert"', '"event_type": "alert"')


def _read(lines: Lines) -> Found:
    found, damaged = objects(lines, _PIVOTS, _of_object)
    return Found(sightings(found), {"json": damaged} if len(damaged) else {})


def _of_object(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    alert = found.get("alert")
    if found.get("event_type") != "alert" or not isinstance(alert, dict):
        return
    name, asked = _question(found.get("dns"))
    yield {
        "stamp": text(found.get("timestamp")), "kind": "iso", "src": text(found.get("src_ip")), "src_port": text(found.get("src_port")),
        "dst": text(found.get("dest_ip")), "dst_port": text(found.get("dest_port")), "proto": text(found.get("proto")), "name": name, "asked": asked,
        "indicator": name and name.rstrip(".").lower(), "seen": "alert", "outcome": (text(alert.get("action")) or "").lower() or None,
        "lists": (text(alert.get("signature")) or text(alert.get("signature_id")) or "").replace(",", " ") or None,
        "community_id": text(found.get("community_id")),
    }  # fmt: skip


def _question(dns: Any) -> tuple[str | None, str | None]:
    """Name and type of the first question: `query` is a list of them, in the newest versions `queries`, in the oldest one object's own."""
    if not isinstance(dns, dict):
        return None, None
    asked = dns.get("queries") or dns.get("query") or [dns]
    first = asked[0] if isinstance(asked, list) and asked else asked
    return (text(first.get("rrname")), text(first.get("rrtype"))) if isinstance(first, dict) else (None, None)


SURICATA = Dialect(
    name="suricata-alert",
    title="Suricata, alerts of eve.json",
    manual="https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
    pivots=_PIVOTS,
    read=_read,
    example='{"timestamp":"2026-11-21T17:00:00.123456+0000","event_type":"alert","src_ip":"192.0.2.7","src_port":443,"dest_ip":"203.0.113.5","dest_port":51022,'
            '"proto":"TCP","alert":{"action":"allowed","gid":1,"signature_id":9000002,"rev":1,"signature":"listed address","severity":2}}',
    fix="`community-id: true` under eve-log in suricata.yaml joins its alerts to flows",
)  # fmt: skip
