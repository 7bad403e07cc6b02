"""The synthetic honeypot's day reads back as what was promised."""

import ast
import ipaddress
import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from material import import_file, stored, write_old

from varde.decode.payload import known, recognise
from varde.decode.ttylog import read_ttylog
from varde.simulate import honeypot_captures, honeypot_day, honeypot_recordings, spam_day
from varde.store import Store

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


def test_recordings_are_those_that_the_lines_name_and_can_be_read() -> None:
    day = {"zone": OSLO, "sessions": 60, "relays": 2, "newcomers": 8}
    named = {e["ttylog"] for e in map(json.loads, honeypot_day(FRIDAY, **day)[0].splitlines()) if e["eventid"] == "cowrie.log.closed"}
    kept = honeypot_recordings(FRIDAY, **day)
    assert named == set(kept) and len(kept) > 1
    shown = ["".join(text for _, text in read_ttylog(recording).events) for recording in kept.values()]
    assert all("svr04" in text for text in shown) and any("new.sh" in text for text in shown)


def test_newcomers_try_what_nobody_else_does() -> None:
    def tried(newcomers: int) -> set[str]:
        lines = honeypot_day(FRIDAY, zone=OSLO, sessions=60, relays=2, newcomers=newcomers)[0].splitlines()
        return {event["password"] for event in map(json.loads, lines) if "password" in event}

    assert len(tried(8) - tried(0)) == 3


def test_tls_begins_as_a_client_does() -> None:
    lines = honeypot_day(FRIDAY, zone=OSLO, sessions=1, relays=9)[0].splitlines()
    sent = [recognise(ast.literal_eval(e["data"])) for e in map(json.loads, lines) if e["eventid"] == "cowrie.direct-tcpip.data" and e["dst_port"] == 443]
    assert sent and all(payload.form == "tls" and payload.ja4 for payload in sent)
    assert any((payload.sni or "").endswith(".example") for payload in sent)


def test_strangers_send_known_payloads_and_spam_that_reads_back(tmp_path: Path) -> None:
    caught = honeypot_captures(FRIDAY, zone=OSLO)
    assert caught == honeypot_captures(FRIDAY, zone=OSLO) and [one.began for one in caught] == sorted(one.began for one in caught)
    assert len({found.name for one in caught if (found := known(one.data))}) > 3
    assert {ipaddress.ip_address(one.src_addr) in MADE_UP[0] for one in caught} == {True}
    store = Store(tmp_path / "store")
    assert import_file(store, write_old(tmp_path / "mail1-service.log", spam_day(FRIDAY, zone=OSLO, connections=9)), "mail1").rejected == 0
    assert stored(store, "mails")["mails"].sum() >= 9
