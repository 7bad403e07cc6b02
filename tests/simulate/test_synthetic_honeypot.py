"""The synthetic honeypot's day reads back as what was promised."""

import ipaddress
import json
from datetime import date
from zoneinfo import ZoneInfo

from varde.simulate import honeypot_day

OSLO = ZoneInfo("Europe/Oslo")
FRIDAY = date(2026, 11, 20)
MADE_UP = [ipaddress.ip_network(n) for n in ("198.18.0.0/15", "203.0.113.0/24", "198.51.100.0/24")]


def events() -> list[dict[str, object]]:
    return [json.loads(line) for line in honeypot_day(FRIDAY, zone=OSLO, sessions=60, relays=6)[0].splitlines()]


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert honeypot_day(FRIDAY, zone=OSLO, sessions=30) == honeypot_day(FRIDAY, zone=OSLO, sessions=30)
    assert honeypot_day(FRIDAY, zone=OSLO, sessions=30, seed=2) != honeypot_day(FRIDAY, zone=OSLO, sessions=30)


def test_every_session_begins_and_ends_in_order_of_time() -> None:
    found = events()
    stamps = [str(event["timestamp"]) for event in found]
    assert stamps == sorted(stamps)
    for name in {event["session"] for event in found}:
        kinds = [event["eventid"] for event in found if event["session"] == name]
        assert kinds[0] == "cowrie.session.connect" and kinds[-1] == "cowrie.session.closed"


def test_nobody_real_is_named() -> None:
    for event in events():
        for key in ("src_ip", "dst_ip"):
            text = str(event[key])
            try:
                assert any(ipaddress.ip_address(text) in network for network in MADE_UP), text
            except ValueError:
                assert text.endswith(".example")
