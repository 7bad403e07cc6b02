"""Logstalgia's lines: the articles' own, and what attackers may not do to them."""

import re
from datetime import datetime, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.addresses import octets_of
from varde.decode.events import SCHEMA
from varde.export.logstalgia import PRESETS, Feed, command, field

EVENING = datetime(2016, 2, 6, 20, 42, 36, tzinfo=timezone.utc)


def events(*rows: dict[str, object]) -> pl.DataFrame:
    blank = dict.fromkeys(SCHEMA)
    return pl.DataFrame([blank | {"time": EVENING, "src_addr": octets_of("38.71.2.11")} | row for row in rows], schema=SCHEMA)


PING = {"kind": "firewall", "proto": 1, "icmp_type": 8, "icmp_code": 0}
LOGIN = {"kind": "logins", "user": "ts", "password": "ts", "success": 0, "src_addr": octets_of("121.170.193.173")}


def test_the_articles_lines_to_the_letter() -> None:
    assert Feed(article=True).lines(events(PING, LOGIN)) == ["1454791356|38.71.2.11|ICMP:8/0|200|10", "1454791356|121.170.193.173|ts|ts|20|1"]


def test_seven_fields_say_success_and_colour() -> None:
    assert Feed().lines(events(PING, LOGIN, LOGIN | {"success": 1})) == [
        "1454791356|38.71.2.11|ICMP:8/0|200|10|1|60A8D0",
        "1454791356|121.170.193.173|ts|ts|20|1|FF5A4F",
        "1454791356|121.170.193.173|ts|ts|20|0|FFE14D",
    ]


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"proto": 6, "dst_port": 22}, "TCP:22"), ({"proto": 17, "dst_port": 0}, "UDP:0"), ({"proto": 6}, "TCP"), ({"proto": 47}, "GRE"),
        ({"proto": 58, "icmp_type": 128}, "IPV6-ICMP:128/0"),
    ],
)  # fmt: skip
def test_paths_of_probes(row: dict[str, object], path: str) -> None:
    assert Feed().lines(events({"kind": "firewall", **row}))[0].split("|")[2] == path


def test_live_lines_carry_the_time_of_receipt() -> None:
    assert Feed().lines(events(PING), now=1_800_000_000)[0].startswith("1800000000|")


def test_ipv6_and_events_without_a_source() -> None:
    found = Feed().lines(events(PING | {"src_addr": octets_of("2001:db8::1")}, PING | {"src_addr": None}))
    assert [line.split("|")[1] for line in found] == ["2001:db8::1"]


@given(st.text(), st.text())
def test_no_text_ends_its_field_or_its_line(user: str, password: str) -> None:
    (line,) = Feed().lines(events(LOGIN | {"user": _valid(user), "password": _valid(password)}))
    assert line.count("|") == 6 and line.endswith("|20|1|FF5A4F")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)


def _valid(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


def test_a_long_password_is_cut_and_an_empty_one_said() -> None:
    assert len(field("x" * 10_000)) == 256
    assert field("") == field(None) == "(empty)"


def test_presets_are_the_articles_commands() -> None:
    assert command("firewall") == (
        "logstalgia -800x640 --disable-progress -x --no-bounce --hide-response-code --sync "
        '-g "TCP,URI=TCP,45" -g "UDP,URI=UDP,45" -g "ICMP,URI=ICMP,10" -'
    )
    assert command("logins-article") == 'logstalgia -600x200 -g "Login,URI=^[a-zA-Z0-9],100" -x -'
    assert "URI=^.,100" in command("logins") and set(PRESETS) == {"firewall", "logins", "logins-article"}
