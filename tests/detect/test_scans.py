"""Synthetic scans among synthetic normal traffic: none is missed, and nobody else is called a scanner."""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
from tests.flow_family import address

from varde.detect import COLUMNS, Scanning, scans
from varde.detect.random_walk import UPPER, Odds
from varde.detect.regression import regression

SECOND = 1_000_000
BEGIN = 1_795_300_000 * SECOND
SYN, ACK, RST, PSH, FIN = 2, 16, 4, 8, 1
WHOLE = SYN | ACK | PSH | FIN
Row = dict[str, Any]


def flow(src: str, dst: str, src_port: int | None, dst_port: int | None, proto: int = 6, flags: int = SYN, packets: int = 1, octets: int = 40, at: float = 0, **more: Any) -> Row:
    time = BEGIN + int(at * SECOND)
    row = {"src_addr": address(src), "dst_addr": address(dst), "src_port": src_port, "dst_port": dst_port, "proto": proto, "tcp_flags": flags if proto == 6 else 0,
           "packets": packets, "octets": octets, "time": time, "end_time": time + SECOND}  # fmt: skip
    return dict.fromkeys(COLUMNS) | row | more


def frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS)


# who scans


def horizontal() -> Iterator[Row]:
    """SYN to one port of 200 addresses."""
    yield from (flow("203.0.113.1", f"192.0.2.{n}", 40000 + n, 23, at=n) for n in range(1, 201))


def vertical() -> Iterator[Row]:
    """SYN to 500 ports of one address."""
    yield from (flow("203.0.113.2", "192.0.2.9", 41000, n, at=n) for n in range(1, 501))


def shuffled_with_answers() -> Iterator[Row]:
    """nmap's usual way: few of the addresses answer, the order is random, some are asked twice."""
    dice = random.Random(1)
    places = [(f"192.0.2.{dice.randrange(1, 250)}", dice.choice([22, 80, 443, 8080])) for _ in range(300)]
    for n, (dst, port) in enumerate(places):
        yield flow("203.0.113.3", dst, 50000 + n % 50, port, flags=SYN if n % 20 else SYN | RST | ACK, at=n)


def from_a_service_port() -> Iterator[Row]:
    """It sends from port 443, so that a look at ports takes it for a server."""
    yield from (flow("203.0.113.4", f"192.0.2.{n}", 443, 3389, at=n, initiator="dst") for n in range(1, 101))


def udp_sweep() -> Iterator[Row]:
    yield from (flow("203.0.113.5", f"192.0.2.{n}", 5060, 5060, 17, packets=1, octets=420, at=n) for n in range(1, 255))


def ping_sweep() -> Iterator[Row]:
    yield from (flow("203.0.113.6", f"192.0.2.{n}", None, None, 1, packets=1, octets=84, at=n, icmp_type=8) for n in range(1, 255))


def of_ipv6() -> Iterator[Row]:
    yield from (flow("2001:db8:bad::1", f"2001:db8::{n:x}", 40000 + n, 22, at=n) for n in range(1, 101))


def slow() -> Iterator[Row]:
    """One address in ten minutes, for a day."""
    yield from (flow("203.0.113.7", f"198.51.100.{n}", 44444, 445, at=600 * n) for n in range(1, 145))


SCANNERS: dict[str, tuple[Callable[[], Iterator[Row]], int]] = {
    "203.0.113.1": (horizontal, 6), "203.0.113.2": (vertical, 6), "203.0.113.3": (shuffled_with_answers, 6), "203.0.113.4": (from_a_service_port, 6),
    "203.0.113.5": (udp_sweep, 17), "203.0.113.6": (ping_sweep, 1), "2001:db8:bad::1": (of_ipv6, 6), "203.0.113.7": (slow, 6),
}  # fmt: skip


# who does not


def browser() -> Iterator[Row]:
    """300 connections to 90 servers, a few of which do not answer."""
    dice = random.Random(2)
    for n in range(300):
        good = n % 25 != 0
        yield flow("192.0.2.50", f"198.51.100.{n % 90 + 1}", 30000 + n, 443, flags=WHOLE if good else SYN, packets=dice.randrange(8, 60) if good else 2, octets=9000 if good else 120, at=n, initiator="src")


def server() -> Iterator[Row]:
    """Its answers to 400 clients."""
    yield from (flow("192.0.2.80", f"198.18.{n // 250}.{n % 250 + 1}", 443, 20000 + n, flags=WHOLE, packets=9, octets=52_000, at=n, initiator="dst") for n in range(400))


def terse_server() -> Iterator[Row]:
    """Answers without data to clients that each ask once: only who began tells that it does not scan."""
    yield from (flow("192.0.2.81", f"198.18.{n // 250}.{n % 250 + 1}", 25, 20000 + n, flags=SYN | ACK | FIN, packets=2, octets=104, at=n, initiator="dst") for n in range(400))


def flooded() -> Iterator[Row]:
    """The victim of a flood with false senders answers them all."""
    yield from (flow("192.0.2.82", f"{n % 200 + 1}.{n % 7}.{n % 91}.{n % 250}", 80, 1024 + n, flags=(SYN | ACK, RST, RST | ACK)[n % 3], at=n / 10) for n in range(2000))


def flooding() -> Iterator[Row]:
    """Thousands of SYN to one port of one address."""
    yield from (flow("192.0.2.83", "198.51.100.7", 1024 + n, 80, at=n / 100) for n in range(3000))


def retrying() -> Iterator[Row]:
    """Asks three services that are down, all day."""
    yield from (flow("192.0.2.84", "198.51.100.8", 30000 + n, (25, 465, 587)[n % 3], at=60 * n) for n in range(600))


def resolver() -> Iterator[Row]:
    """Asks 120 name servers, and answers its clients."""
    for n in range(600):
        yield flow("192.0.2.53", f"198.18.{n % 120}.{n * 91 % 120 + 1}", 20000 + n, 53, 17, packets=1, octets=78, at=n, initiator="src")
        yield flow("192.0.2.53", f"192.0.2.{n % 60 + 100}", 53, 40000 + n, 17, packets=1, octets=180, at=n)


def clock() -> Iterator[Row]:
    """Answers a thousand clients of NTP."""
    yield from (flow("192.0.2.123", f"198.18.{n // 250}.{n % 250}", 123, 30000 + n, 17, packets=1, octets=76, at=n) for n in range(1000))


def monitor() -> Iterator[Row]:
    """Pings six hosts each minute, and connects to their web servers."""
    for n in range(600):
        yield flow("192.0.2.60", f"192.0.2.{n % 6 + 1}", None, None, 1, packets=3, octets=252, at=60 * n, icmp_type=8)
        yield flow("192.0.2.60", f"192.0.2.{n % 6 + 1}", 30000 + n, 80, flags=WHOLE, packets=6, octets=900, at=60 * n, initiator="src")


def router() -> Iterator[Row]:
    """Tells two hundred senders in one network that there is nobody there, and answers pings."""
    for n in range(1, 201):
        yield flow("192.0.2.254", f"198.51.100.{n}", None, None, 1, packets=1, octets=56, at=n, icmp_type=3)
        yield flow("192.0.2.254", f"198.51.100.{n}", None, None, 1, packets=1, octets=84, at=n, icmp_type=0)


def mailer() -> Iterator[Row]:
    """Delivers to 200 mail servers, each once."""
    yield from (flow("192.0.2.25", f"198.51.{n // 250}.{n % 250 + 1}", 30000 + n, 25, flags=WHOLE, packets=20, octets=14_000, at=n, initiator="src") for n in range(200))


def tunnel() -> Iterator[Row]:
    """Protocols that nobody scans by."""
    yield from (flow("192.0.2.61", f"198.51.100.{n % 250}", None, None, 47, packets=100, octets=90_000, at=n) for n in range(500))


def hasty() -> Iterator[Row]:
    """Too little to go by."""
    yield from (flow("192.0.2.62", f"198.51.100.{n}", 30000, 8333, at=n) for n in range(20))


HARMLESS = (browser, server, terse_server, flooded, flooding, retrying, resolver, clock, monitor, router, mailer, tunnel, hasty)


def day() -> pl.DataFrame:
    rows = [row for make, _ in SCANNERS.values() for row in make()] + [row for make in HARMLESS for row in make()]
    return frame(rows).sample(fraction=1, shuffle=True, seed=3)


def test_all_that_scan_are_found_and_nobody_else() -> None:
    found = {(scan.src_addr, scan.proto) for scan in scans(day(), Scanning())}
    assert found == {(address(source), proto) for source, (_, proto) in SCANNERS.items()}


@pytest.mark.parametrize("source", SCANNERS)
def test_a_scan_says_what_its_source_did(source: str) -> None:
    make, proto = SCANNERS[source]
    rows = frame(list(make()))
    (found,) = scans(rows, Scanning())
    assert (found.src_addr, found.proto, found.model) == (address(source), proto, "blr")
    assert (found.first, found.last) == (rows["time"].min(), rows["end_time"].max())
    assert (found.addresses, found.ports) == (rows["dst_addr"].n_unique(), rows["dst_port"].drop_nulls().n_unique())
    assert 0.5 < found.probability <= 1 and found.flows <= len(rows)


@pytest.mark.parametrize("make", HARMLESS, ids=lambda make: make.__name__)
def test_what_is_no_scan_is_not_called_one(make: Callable[[], Iterator[Row]]) -> None:
    assert scans(frame(list(make())), Scanning()) == []


def test_the_regression_has_the_published_coefficients() -> None:
    """32 SYN to 32 addresses in 32 networks: by hand from the paper's table."""
    rows = frame([flow("203.0.113.9", f"10.{n}.0.1", 40000, 80, at=n) for n in range(32)])
    (row,) = regression(rows, rows.group_by("src_addr", "proto").agg(observed=pl.len())).iter_rows(named=True)
    score = -2.838353611 + 3.309023427 - 0.157047027 - 0.002319304 + 3.163018548
    assert row["probability"] == pytest.approx(1 / (1 + math.exp(-score)), abs=1e-12)
    udp = frame([flow("203.0.113.9", "10.0.0.1", 40000, port, 17, octets=100, at=port) for port in (1, 2, 3, 9, 2000)])
    (row,) = regression(udp, udp.group_by("src_addr", "proto").agg(observed=pl.len())).iter_rows(named=True)
    score = -1.887907966 + 0.543683505 + 0.025150994 + 4 * 0.529094801 - 3 * 1.244182168 - 0.001841634 - 0.224548546 - 0.697943155 / 5
    assert row["probability"] == pytest.approx(1 / (1 + math.exp(-score)), abs=1e-12)
    ping = frame([flow("203.0.113.9", f"10.0.{n // 3}.{n % 3 + 7}", None, None, 1, at=n, icmp_type=8) for n in range(6)])
    (row,) = regression(ping, ping.group_by("src_addr", "proto").agg(observed=pl.lit(12))).iter_rows(named=True)
    score = -4.307079 - 2 * 0.08245704 - 3 * 0.02800612 + 3 * 0.04877852 - 6 * 0.000006398878 + 4.016751 / 2
    assert row["probability"] == pytest.approx(1 / (1 + math.exp(-score)), abs=1e-12)


WALK = Scanning("hybrid")


def known(rows: Iterator[Row], *there: str) -> pl.DataFrame:
    """With whether each destination exists."""
    exists = {address(one) for one in there}
    return frame([row | {"exists": row["dst_addr"] in exists} for row in rows])


def test_the_random_walk_needs_four_who_are_not_there() -> None:
    for count, expected in ((3, 0), (4, 1), (5, 1)):
        rows = known(flow("203.0.113.1", f"192.0.2.{n}", 40000, 22, at=n) for n in range(1, count + 1))
        found = scans(rows, WALK)
        assert len(found) == expected, count
    assert found[0].model == "trw" and found[0].probability == pytest.approx(4.0**4) and found[0].probability > UPPER


def test_who_meets_those_that_are_there_does_not_scan() -> None:
    there = [f"192.0.2.{n}" for n in range(1, 31)]
    assert scans(known((flow("203.0.113.1", dst, 40000, 22, at=n) for n, dst in enumerate(there)), *there), WALK) == []
    half = known((flow("203.0.113.1", f"192.0.2.{n}", 40000, 22, at=n) for n in range(1, 31)), *there[::2])
    assert scans(half, WALK) == []


def test_odds_move_the_bounds() -> None:
    rows = known(flow("203.0.113.1", f"192.0.2.{n}", 40000, 22, at=n) for n in range(1, 7))
    assert scans(rows, Scanning("trw", Odds(0.6, 0.4))) == []
    assert len(scans(rows, Scanning("trw", Odds(0.9, 0.1)))) == 1


def test_the_random_walk_is_about_tcp_alone_and_leaves_the_rest_to_the_regression() -> None:
    rows = known(iter([*horizontal(), *udp_sweep()]))
    assert [(scan.proto, scan.model) for scan in scans(rows, WALK)] == [(6, "trw"), (17, "blr")]
    assert [(scan.proto, scan.model) for scan in scans(rows, Scanning("trw"))] == [(6, "trw")]
    assert [(scan.proto, scan.model) for scan in scans(rows, Scanning("blr"))] == [(6, "blr"), (17, "blr")]


def test_with_the_random_walk_too_nobody_harmless_is_called_a_scanner() -> None:
    hosts = [f"198.51.100.{n}" for n in range(256)]
    rows = known((row for make in HARMLESS if make.__name__ != "hasty" for row in make()), *hosts)
    assert scans(rows, WALK) == []


def test_nothing_is_nothing() -> None:
    assert scans(frame([]), Scanning()) == [] == scans(frame([]), WALK)
