"""Rules of others on tiny cases that their manuals decide."""

import numpy as np
import pytest
from bench.insight.packets import ACK, BEGIN, HOME, HOUR, OFFICE, TCP, UDP, Packets, rows
from bench.insight.rules import MINUTE, RULES

ZEEK, SIMPLE, PSAD, PSAD2, PSAD3, ZOS, TWENTY, EIGHT = RULES
SCANNER = 0x0B000001


def packets(number: int, every: int, **columns: object) -> Packets:
    """So many SYN to ports 1000 and on, one every so many us."""
    return rows(number, **({"time": BEGIN + np.arange(number) * every, "src": SCANNER, "dst_port": 1_000 + np.arange(number)} | columns))


@pytest.mark.parametrize(
    ("rule", "number", "every", "told"),
    [
        (ZEEK, 15, MINUTE // 4, True), (ZEEK, 14, MINUTE // 4, False), (ZEEK, 400, MINUTE, False),
        (SIMPLE, 25, 10 * MINUTE, True), (SIMPLE, 24, 10 * MINUTE, False), (SIMPLE, 400, 16 * MINUTE, False),
        (PSAD, 5, 50 * MINUTE, True), (PSAD, 4, MINUTE, False), (PSAD, 400, 61 * MINUTE, False),
        (PSAD2, 15, 50 * MINUTE, True), (PSAD2, 14, MINUTE, False), (PSAD3, 150, MINUTE, True), (PSAD3, 149, MINUTE, False),
        (ZOS, 5, MINUTE // 4, True), (ZOS, 4, MINUTE // 4, False), (ZOS, 10, 45 * MINUTE, True), (ZOS, 9, 45 * MINUTE, False), (ZOS, 400, 2 * HOUR, False),
        (TWENTY, 20, MINUTE, True), (TWENTY, 19, MINUTE, False), (EIGHT, 8, 2 * HOUR, True), (EIGHT, 7, MINUTE, False),
    ],
)  # fmt: skip
def test_so_many_ports_at_such_a_pace(rule: object, number: int, every: int, told: bool) -> None:
    alerts = rule.alerts(packets(number, every), HOME)  # type: ignore[attr-defined]
    assert bool(alerts) is told
    assert all(alert.sources == {SCANNER} for alert in alerts)


def test_it_is_told_when_it_is_reached_and_once_a_day() -> None:
    (alert,) = ZEEK.alerts(packets(100, 1_000_000), HOME)
    assert alert.at == BEGIN + 14 * 1_000_000


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_was_let_through_is_no_scan(rule: object) -> None:
    assert rule.alerts(packets(500, 1_000_000, allowed=True), OFFICE) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("rule", [ZEEK, SIMPLE, ZOS, TWENTY, EIGHT], ids=lambda rule: rule.name)
def test_late_packets_of_connections_are_no_scan_to_those_who_look_at_connections(rule: object) -> None:
    assert rule.alerts(packets(500, 1_000_000, flags=ACK), HOME) == []  # type: ignore[attr-defined]


def test_zeek_and_simple_scan_look_at_tcp_alone() -> None:
    assert ZEEK.alerts(packets(500, 1_000_000, proto=UDP, flags=-1), HOME) == []
    assert SIMPLE.alerts(packets(500, 1_000_000, proto=UDP, flags=-1), HOME) == []
    assert EIGHT.alerts(packets(500, 1_000_000, proto=UDP, flags=-1), HOME)


@pytest.mark.parametrize(("rule", "hosts"), [(ZEEK, 25), (PSAD, 10), (PSAD2, 20), (PSAD3, 50)])
def test_so_many_hosts_by_one_port(rule: object, hosts: int) -> None:
    for number, told in ((hosts, True), (hosts - 1, False)):
        swept = packets(number, 1_000_000, dst=np.arange(number), dst_port=23)
        assert bool(rule.alerts(swept, OFFICE)) is told  # type: ignore[attr-defined]


def test_simple_scan_wants_fewer_pairs_where_three_addresses_are_dark() -> None:
    dark = packets(10, 1_000_000, dst=100 + np.arange(10), dst_port=23)
    lit = packets(10, 1_000_000, dst=np.arange(10), dst_port=23)
    assert SIMPLE.alerts(dark, OFFICE)
    assert SIMPLE.alerts(lit, OFFICE) == []


def test_the_same_port_again_and_again_is_no_scan_to_psad() -> None:
    assert PSAD.alerts(packets(500, 1_000_000, dst_port=23, proto=TCP), HOME) == []
