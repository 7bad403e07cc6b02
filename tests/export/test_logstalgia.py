"""Logstalgia's lines: the articles' own, and what attackers may not do to them."""

import re
from datetime import datetime, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.addresses import octets_of
from varde.decode.events import SCHEMA
from varde.export.logstalgia import FIELD_OCTETS, PIECE_OCTETS, PRESETS, Feed, command, field, pieces

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


def test_a_line_fits_what_logstalgia_reads() -> None:
    fire = "\U0001f525" * 300
    (line,) = Feed().lines(events(LOGIN | {"user": fire, "password": fire, "src_addr": octets_of("2001:db8:1111:2222:3333:4444:5555:6666")}))
    assert len(line.encode()) < 1023
    assert len(field(fire).encode()) <= FIELD_OCTETS and set(field(fire)) == {"\U0001f525"}


def test_no_name_makes_it_a_web_servers_log() -> None:
    user = 'x - - [20/Nov/2026:10:00:00 +0000] "GET / HTTP/1.0" 200 1'
    (line,) = Feed().lines(events(LOGIN | {"user": user}))
    assert '"' not in line and "'GET / HTTP/1.0' 200 1" in line


@given(st.lists(st.text(max_size=300), max_size=60))
def test_pieces_are_whole_lines_that_a_pipe_takes_whole(texts: list[str]) -> None:
    lines = [field(text) for text in texts]
    made = list(pieces(lines))
    assert b"".join(made) == "".join(line + "\n" for line in lines).encode()
    assert all(piece.endswith(b"\n") and len(piece) <= PIECE_OCTETS for piece in made)
    assert len(made) <= 1 + sum(map(len, made)) // (PIECE_OCTETS // 2), "not a write a line"


def test_presets_are_the_articles_commands() -> None:
    assert command("firewall") == (
        "logstalgia -800x640 --disable-progress -x --no-bounce --hide-response-code --sync "
        '-g "TCP,URI=TCP,45" -g "UDP,URI=UDP,45" -g "ICMP,URI=ICMP,10" -'
    )
    assert command("logins-article") == 'logstalgia -600x200 -g "Login,URI=^[a-zA-Z0-9],100" -x -'
    assert "URI=^.,100" in command("logins") and set(PRESETS) == {"firewall", "logins", "logins-article"}
