"""Warnings in other programs' words: each format reads back as what went in, whatever others wrote into it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from warned import PULSE, StandIn, entry, warning

from varde.export.warning import FORMATS, severity

V6 = {"src": "2001:db8::5", "dst": "2001:db8:bad::1", "proto": 17}
DNS = {
    "kind": "dns", "time": "2026-11-20T12:00:00Z", "name": "evil.example", "src_addr": "10.0.0.5", "src_port": 5353, "sensor": "ns1",
    "lists": [entry()], "line": "2026-11-20 12:00:00 : 10.0.0.5:5353 -> evil.example (DNS) -",
}  # fmt: skip
LOGIN = DNS | {"kind": "login", "name": "root", "side": "src", "line": "2026-11-20 12:00:00 : 10.0.0.5 -> root@ns1 (LOGIN) -"}
SURGE = {"kind": "surge", "time": "2026-11-20T12:00:00Z", "dst_port": 7547, "proto": 6, "lists": [], "line": "2026-11-20 12:00:00 : 7547/tcp (SURGE) -"}
ALARM = SURGE | {"level": "alarm", "networks": 232, "packets": 900, "count": 1, "reason": "tcp/7547 (cwmp): 232 networks in 1 hour, where 0.1 are usual", "end_time": "2026-11-20T13:00:00Z"}
SCAN = {
    "kind": "scan", "time": "2026-11-20T00:41:00Z", "end_time": "2026-11-20T19:38:00Z", "src_addr": "198.51.100.7", "src_cc": "NL", "src_as": 64500, "dst_addr": "192.0.2.10", "proto": 6, "name": "diagonal",
    "lists": [], "level": "found", "networks": 1, "packets": 410, "count": 1, "reason": "One source in the Netherlands (198.51.100.7, AS64500) went down 410 ports",
    "line": "2026-11-20 00:41:00 : 198.51.100.7 -> -/tcp (SCAN diagonal) -",
}  # fmt: skip
REST = {"kind": "scan", "time": "2026-11-20T00:41:00Z", "name": "more", "lists": [], "level": "more", "networks": 5, "count": 5, "line": "2026-11-20 00:41:00 : - -> -/- (SCAN more) -"}
ROWS = {"scan": SCAN, "more": REST, "alarm": ALARM, "flow": warning(), "v6": warning(**V6), "dns": DNS, "login": LOGIN, "surge": SURGE}


def read_cef(text: str) -> tuple[list[str], dict[str, str]]:
    """Header fields and extension, as the standard reads them."""
    fields = re.split(r"(?<!\\)\|", text, maxsplit=7)
    keys = list(re.finditer(r"(?:^| )([A-Za-z0-9]+)(?<!\\)=", fields[7]))
    ends = [*(match.start() for match in keys[1:]), len(fields[7])]
    values = {match[1]: fields[7][match.end() : end] for match, end in zip(keys, ends, strict=True)}
    unescape = {"\\": "\\", "=": "=", "n": "\n", "r": "\r", "|": "|"}
    return fields[:7], {key: re.sub(r"\\(.)", lambda m: unescape[m[1]], value) for key, value in values.items()}


def test_cef_is_what_the_standard_reads() -> None:
    header, fields = read_cef(FORMATS["cef"].render(ROWS["flow"]))
    assert header == ["CEF:0", "Varde", "varde", "1.0", "flowhit", "Flow to or from a listed address", "3"]
    assert {key: fields[key] for key in ("rt", "src", "spt", "dst", "dpt", "proto", "cnt", "cs1Label", "cs1")} == {
        "rt": "1465307494000", "src": "10.0.0.5", "spt": "443", "dst": "203.0.113.5", "dpt": "51022", "proto": "TCP", "cnt": "1",
        "cs1Label": "pulse", "cs1": PULSE,
    }  # fmt: skip
    assert fields["msg"] == ROWS["flow"]["line"]
    _, fields = read_cef(FORMATS["cef"].render(ROWS["v6"]))
    assert (fields["c6a2"], fields["c6a3"]) == ("2001:db8::5", "2001:db8:bad::1") and "src" not in fields


def test_a_surge_says_its_level_its_numbers_and_why_in_every_format() -> None:
    header, fields = read_cef(FORMATS["cef"].render(ALARM))
    assert header[4:] == ["surge", "Surge, alarm", "6"]
    assert {key: fields[key] for key in ("dpt", "proto", "cs5Label", "cs5", "cn2Label", "cn2", "reason")} == {
        "dpt": "7547", "proto": "TCP", "cs5Label": "level", "cs5": "alarm", "cn2Label": "networks", "cn2": "232", "reason": ALARM["reason"],
    }  # fmt: skip
    document = json.loads(FORMATS["ecs"].render(ALARM))
    assert {key: document["event"][key] for key in ("category", "type", "reason", "dataset")} == {
        "category": ["network"], "type": ["info"], "reason": ALARM["reason"], "dataset": "varde.surge",
    }  # fmt: skip
    assert (document["varde"]["level"], document["varde"]["networks"], document["destination"]) == ("alarm", 232, {"port": 7547}) and "threat" not in document
    alert = json.loads(FORMATS["eve"].render(ALARM))
    assert (alert["alert"]["signature"], alert["dest_port"], alert["alert"]["severity"]) == ("VARDE Surge, alarm", 7547, 2)
    assert alert["alert"]["metadata"] == {"level": ["alarm"], "networks": ["232"], "reason": [ALARM["reason"]]}
    assert FORMATS["ntfy"].render(ALARM) == f"Surge, alarm: 7547/tcp (SURGE)\n{ALARM['reason']}"
    assert json.loads(FORMATS["json"].render(ALARM)) == ALARM


def test_a_scan_says_who_did_what_in_every_format() -> None:
    header, fields = read_cef(FORMATS["cef"].render(SCAN))
    assert header[4:] == ["scan", "Slow scan in order, found", "6"]
    assert {key: fields[key] for key in ("src", "dst", "proto", "cs5", "cs6Label", "cs6", "cn2", "reason")} == {
        "src": "198.51.100.7", "dst": "192.0.2.10", "proto": "TCP", "cs5": "found", "cs6Label": "scan", "cs6": "diagonal", "cn2": "1", "reason": SCAN["reason"],
    }  # fmt: skip
    document = json.loads(FORMATS["ecs"].render(SCAN))
    assert document["event"]["category"] == ["network"] and "threat" not in document and (document["varde"]["scan"], document["varde"]["level"]) == ("diagonal", "found")
    assert document["source"] == {"ip": "198.51.100.7", "as": {"number": 64500}, "geo": {"country_iso_code": "NL"}}
    alert = json.loads(FORMATS["eve"].render(SCAN))
    assert (alert["alert"]["signature"], alert["src_ip"], alert["alert"]["metadata"]["scan"]) == ("VARDE Slow scan in order, found", "198.51.100.7", ["diagonal"])
    assert FORMATS["ntfy"].render(SCAN) == f"Slow scan in order, found: 198.51.100.7 -> -/tcp (SCAN diagonal)\n{SCAN['reason']}"
    assert json.loads(FORMATS["json"].render(SCAN)) == SCAN


def test_the_sum_of_many_scans_names_no_protocol_and_nobody() -> None:
    assert read_cef(FORMATS["cef"].render(REST))[0][5] == "Scan, more" and "proto" not in json.loads(FORMATS["eve"].render(REST))
    assert FORMATS["ntfy"].render(REST) == "Scan, more: - -> -/- (SCAN more), 5 times"


@pytest.mark.parametrize(("level", "grade"), [("found", 6), ("grown", 6), ("more", 6), ("over", 3), (None, 6)])
def test_a_scan_that_is_over_is_less_grave(level: str | None, grade: int) -> None:
    assert severity(SCAN | {"level": level}) == grade


@pytest.mark.parametrize(("level", "grade"), [("notice", 3), ("alarm", 6), ("over", 3)])
def test_a_surge_is_as_grave_as_its_level(level: str, grade: int) -> None:
    assert severity(ALARM | {"level": level}) == grade


def test_ecs_has_the_schemas_fields() -> None:
    document = json.loads(FORMATS["ecs"].render(ROWS["flow"] | {"dst_cc": "NO", "src_cc": "--", "direction": "outbound"}))
    assert document["@timestamp"] == "2016-06-07T13:51:34Z"
    assert document["event"]["kind"] == "alert" and document["event"]["category"] == ["threat", "network"]
    assert document["source"] == {"ip": "10.0.0.5", "port": 443}
    assert document["destination"] == {"ip": "203.0.113.5", "port": 51022, "geo": {"country_iso_code": "NO"}}
    assert document["network"] == {
        "transport": "tcp", "iana_number": "6", "type": "ipv4", "packets": 12, "bytes": 3400, "community_id": ROWS["flow"]["community_id"],
        "direction": "outbound",
    }  # fmt: skip
    assert document["threat"]["indicator"] == {
        "ip": "203.0.113.5", "type": "ipv4-addr", "provider": "otx", "reference": PULSE, "description": "Mirai C2",
        "first_seen": "2016-06-01T00:00:00Z", "name": "5f0c0a1b2c3d4e5f60718293",
    }  # fmt: skip
    name = json.loads(FORMATS["ecs"].render(DNS))
    assert (name["dns"]["question"]["name"], name["threat"]["indicator"]["type"]) == ("evil.example", "domain-name")


def test_eve_is_an_alert_of_suricata() -> None:
    document = json.loads(FORMATS["eve"].render(ROWS["flow"]))
    assert document["timestamp"] == "2016-06-07T13:51:34.000000+0000"
    assert (document["event_type"], document["src_ip"], document["dest_ip"], document["dest_port"], document["proto"]) == (
        "alert", "10.0.0.5", "203.0.113.5", 51022, "TCP",
    )  # fmt: skip
    assert document["alert"]["signature"] == "VARDE Flow to or from a listed address: otx Mirai C2"
    assert (document["alert"]["action"], document["alert"]["gid"], document["alert"]["severity"]) == ("allowed", 1, 3)
    assert document["community_id"].startswith("1:")


@pytest.mark.parametrize(
    ("how", "expected"),
    [({"direction": "outbound", "one_way": 0}, 9), ({"direction": "inbound", "one_way": 0}, 6), ({"direction": "inbound", "one_way": 1}, 3),
     ({"direction": "outbound", "one_way": 1}, 6), ({"test": 1}, 1)],
)  # fmt: skip
def test_severity_follows_from_who_began_and_whether_there_was_an_answer(how: dict[str, Any], expected: int) -> None:
    assert severity(warning() | how) == expected


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ROWS)
def test_every_kind_has_every_format_on_one_line(name: str, kind: str) -> None:
    text = FORMATS[name].render(ROWS[kind])
    assert text and ("\n" not in text or name == "ntfy")
    if FORMATS[name].content_type == "application/json":
        json.loads(text)


HOSTILE = st.text(st.characters(codec=None) | st.sampled_from('|=\\\n\r\x00\x1b"<>&\u2028\u202e\udc80'), max_size=50)


@settings_of(max_examples=60)
@given(HOSTILE, HOSTILE)
def test_what_others_wrote_reads_back_and_stays_in_its_place(source: str, own: str) -> None:
    row = warning(StandIn({"203.0.113.0/24": [entry(source, own, own, "https://x/" + source)]}), sensor=own)
    for name in ("json", "ecs", "eve", "slack", "teams"):
        text = FORMATS[name].render(row)
        assert text.isascii() and text.isprintable()
    assert json.loads(FORMATS["json"].render(row))["lists"][0]["source"] == source
    assert json.loads(FORMATS["ecs"].render(row))["observer"].get("name", "") == own
    header, fields = read_cef(FORMATS["cef"].render(row))
    assert header[4] == "flowhit"
    assert fields["dst"] == "203.0.113.5"
    expected = f"{source}:{own}" if own else source
    assert fields.get("cs2", "") == "".join(c if c.isprintable() or c in "\r\n" else " " for c in expected).replace("\x00", " ")
    slack = json.loads(FORMATS["slack"].render(row))["text"]
    assert "<" not in slack and ">" not in slack
    assert all(line.isprintable() for line in slack.splitlines())
