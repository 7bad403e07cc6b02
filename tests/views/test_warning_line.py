"""A warning is one line: the article's, links, and what is known of it as words."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warned import PULSE, StandIn, entry, flow, flows, warning

from varde.live import warnings_of
from varde.views.warning import URLS_MAX, WORDS, line_of, rows_of


def test_the_line_is_the_articles_then_links_then_what_is_known() -> None:
    line = warning()["line"]
    assert line.startswith(f"2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) {PULSE} side=dst list=otx:5f0c0a1b2c3d4e5f60718293 ")
    assert line.split("side=")[1] == (
        "dst list=otx:5f0c0a1b2c3d4e5f60718293 since=2016-06-01T00:00:00Z packets=12 octets=3400 sampled=0 one-way=1 late=0 count=1 "
        "sensor=router id=1:yGgVq6uMA8tOtSgPJSHj1cDnWUY="
    )


def test_ipv6_stands_in_brackets_and_portless_protocols_have_no_port() -> None:
    assert " : [2001:db8::5]:443 -> [2001:db8:bad::1]:51022 (UDP) - side=dst " in warning(src="2001:db8::5", dst="2001:db8:bad::1", proto=17)["line"]
    assert " : 10.0.0.5 -> 203.0.113.5 (ICMP) " in warning(proto=1, sport=None, dport=None)["line"]
    assert " : 10.0.0.5 -> 203.0.113.5 (200) " in warning(proto=200, sport=None, dport=None)["line"]


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "dns", "name": "evil.example", "src_addr": "10.0.0.5", "src_port": 5353}, "10.0.0.5:5353 -> evil.example (DNS) "),
    ({"kind": "login", "name": "root", "sensor": "pot1", "src_addr": "203.0.113.5"}, "203.0.113.5 -> root@pot1 (LOGIN) "),
    ({"kind": "scan", "name": "vertical", "dst_port": 23, "proto": 6, "src_addr": "203.0.113.5"}, "203.0.113.5 -> 23/tcp (SCAN vertical) "),
    ({"kind": "scan", "name": "coordinated", "proto": 17}, "- -> -/udp (SCAN coordinated) "),
    ({"kind": "scan", "name": "more"}, "- -> -/- (SCAN more) "),
    ({"kind": "surge", "dst_port": 7547, "proto": 6}, "7547/tcp (SURGE) "),
]


@pytest.mark.parametrize(("row", "begins"), OTHERS, ids=[f"{row['kind']}-{row.get('name')}" for row, _ in OTHERS])
def test_other_kinds_have_lines_of_the_same_shape(row: dict[str, Any], begins: str) -> None:
    line = line_of(row | {"time": "2026-11-20T12:00:00Z", "lists": []})
    assert line.startswith(f"2026-11-20 12:00:00 : {begins}-")


def test_a_surge_says_how_sure_it_is_how_many_and_until_when() -> None:
    row = {"kind": "surge", "dst_port": 7547, "proto": 6, "level": "alarm", "networks": 232, "packets": 900, "count": 1, "lists": [], "reason": "no word of a line"}
    line = line_of(row | {"time": "2026-11-20T12:00:00Z", "end_time": "2026-11-20T13:00:00Z"})
    assert line == "2026-11-20 12:00:00 : 7547/tcp (SURGE) - level=alarm networks=232 packets=900 count=1 until=2026-11-20T13:00:00Z"


def test_repeats_say_how_many_and_until_when() -> None:
    row = warning() | {"count": 7, "end_time": "2016-06-07T14:00:00.5Z"}
    assert " count=7 until=2016-06-07T14:00:00Z " in line_of(row)


def test_the_words_that_are_explained_are_those_that_are_said() -> None:
    many = StandIn({"203.0.113.0/24": [entry(own=str(number)) for number in range(20)]})
    row = warning(many) | {"direction": "inbound", "count": 2, "retro": 1, "test": 1, "level": "alarm", "networks": 5}
    row["lists"][0]["seen"] = "QNAME"
    assert [word.partition("=")[0] for word in line_of(row).split(" ") if re.match("[a-z-]+=", word)] == list(WORDS)


def test_many_pulses_are_bounded_and_the_rest_is_counted() -> None:
    many = StandIn({"203.0.113.0/24": [entry(own=str(number), url=f"https://otx.example/pulse/{number}") for number in range(20)]})
    line = warning(lists=many)["line"]
    assert line.count("https://") == URLS_MAX == line.count("otx:")
    assert " more=12 " in line


def test_only_links_of_the_web_are_links() -> None:
    bad = StandIn({"203.0.113.0/24": [entry(url=url) for url in ("javascript:alert(1)", "file:///etc/passwd", "https://" + "a" * 600, "")]})
    assert " (TCP) - side=dst " in warning(lists=bad)["line"]


HOSTILE = st.text(st.characters(codec=None) | st.sampled_from('\n\r\t\x1b\x85\u2028\u202e "=,()<>|;%\\\udc80'), max_size=60)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_what_others_wrote_can_add_neither_lines_nor_words(source: str, own: str, url: str, sensor: str) -> None:
    lists = StandIn({"203.0.113.0/24": [entry(source, own, url, "https://otx.example/" + url)]})
    (row,) = rows_of(warnings_of(flows(flow(sensor=sensor)), lists, lists))
    line = row["line"]
    assert line.isascii() and line.isprintable()
    head, *words = line.split(" ")[7:]
    assert head.startswith("https://otx.example/")
    assert all(re.fullmatch(r"[a-z-]+=[^ =][^ ]*", word) for word in words)
    assert [word.split("=")[0] for word in words].count("side") == 1
