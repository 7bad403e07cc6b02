"""Surges of a store: what began when, from where, and by what; synthetic probes of a fortnight."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from material import probe_batch

from varde.decode import schema_of
from varde.detect import open_keys
from varde.detect.surge import ALARM, HOURS_MIN
from varde.model import CAPTURES
from varde.query import Engine, Window
from varde.query.surges import NOWHERE_MIN, Finding, change_of_pace, surges
from varde.store import Store

DAY = datetime(2026, 10, 25, tzinfo=timezone.utc)
"""The day on which clocks in Europe go back: it has 25 hours in Oslo and 24 here."""

BEFORE = 14
START = DAY + timedelta(hours=13, minutes=52)
WINDOW = Window(DAY, DAY + timedelta(days=1))
PORTS = (22, 23, 80, 443, 445, 3389, 5060, 8080)
ARTICLE = {"BR": 552, "GB": 186, "IE": 50, "TR": 42, "IR": 34, "FI": 30, "IT": 23, "CL": 21, "TH": 20, "US": 10}
USUAL = ("US", "US", "CN", "RU", "NL", "BR")


def address(number: int) -> str:
    """Each number a network of its own."""
    return f"{20 + number // 65536}.{number // 256 % 256}.{number % 256}.7"


def background(days: int, begin: datetime, seed: int = 1) -> Iterator[dict[str, object]]:
    """Eight busy ports, and a hundred that somebody looks at now and then."""
    rng = np.random.default_rng(seed)
    for hour in range(24 * days):
        ports = [*np.repeat(PORTS, rng.poisson(rng.gamma(3, 3, len(PORTS)))), *rng.integers(6000, 6100, rng.poisson(3))]
        for port in ports:
            number = int(rng.integers(0, 40_000))
            yield {"time": begin + timedelta(hours=hour, seconds=int(rng.integers(0, 3600))), "src": address(number), "port": int(port), "cc": USUAL[number % 6]}


def article(port: int = 7547, hours: float = 10, begin: datetime = START, repeat: int = 1) -> Iterator[dict[str, object]]:
    """So many of each country as the article's table has, spread evenly."""
    countries = [country for country, count in ARTICLE.items() for _ in range(count)]
    order = np.random.default_rng(2).permutation(len(countries))
    for place, at in enumerate(order):
        for again in range(repeat):
            yield {"time": begin + timedelta(hours=hours * place / len(order), seconds=again), "src": address(100_000 + int(at)), "port": port, "cc": countries[at]}


def engine_of(folder: Path, *probes: Iterator[dict[str, object]]) -> Engine:
    store = Store(folder)
    store.append("probes", probe_batch([row for rows in probes for row in rows]))
    return Engine(store)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """The article's surge against a fortnight, and what a port that listens caught of it."""
    engine = engine_of(tmp_path_factory.mktemp("s"), background(BEFORE + 1, DAY - timedelta(days=BEFORE)), article(repeat=2))
    sent = b"POST /UD/act?1 HTTP/1.1\r\n"
    row = dict.fromkeys(schema_of(CAPTURES)) | {
        "sensor": "pot", "proto": 6, "dst_port": 7547, "length": 500, "data": sent, "sha256": "ab", "form": "http", "known": "TR-064", "source": "s", "offset": 1, "day": DAY.date(),
    }  # fmt: skip
    stamps = [int((START + timedelta(minutes=minutes)).timestamp() * 1e6) for minutes in (5, 6)]
    engine.store.append("captures", pl.DataFrame([row | {"time": at, "received": at} for at in stamps], schema=schema_of(CAPTURES)))
    return surges(engine, WINDOW).findings


def test_the_articles_surge_is_the_only_one_and_begins_at_its_minute(told: list[Finding]) -> None:
    (found,) = told
    assert (found.surge.port, found.surge.proto, found.surge.plane, found.surge.level) == (7547, 6, "tcp4", ALARM)
    assert abs(found.first - START) <= timedelta(minutes=2)
    assert abs(found.last - (START + timedelta(hours=10))) < timedelta(minutes=2)
    assert (found.addresses, found.networks, found.events, found.whole, found.allowed) == (968, 968, 1936, True, 0)
    assert found.surge.begin == int(DAY.timestamp()) // 3600 + 13, "its first hour, of which it had eight minutes"


def test_its_countries_are_those_of_the_articles_table(told: list[Finding]) -> None:
    assert list(told[0].countries.items()) == sorted(ARTICLE.items(), key=lambda item: -item[1])
    assert told[0].usual_of == "all ports" and set(told[0].usual_countries) == set(USUAL)
    assert told[0].difference.log_p < -500


def test_its_networks_were_never_seen_and_nobody_lies(told: list[Finding]) -> None:
    assert told[0].new == 1.0
    assert (told[0].nowhere, told[0].lies) == (0.0, False)


def test_what_it_sent_first_is_told_once(told: list[Finding]) -> None:
    (payload,) = told[0].payloads
    assert (payload.known, payload.data[:15]) == ("TR-064", b"POST /UD/act?1 ")


def test_a_country_alone_and_open_ports(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, background(4, DAY - timedelta(days=3)), article())
    only = surges(engine, Window(*(DAY, DAY + timedelta(days=1)), country="BR")).findings
    assert [(found.surge.port, found.countries) for found in only] == [(7547, {"BR": 552})]
    assert surges(engine, WINDOW, open_keys(["tcp/7547"])).findings == []


def test_with_a_day_alone_it_is_told_and_said_what_it_rests_on(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, background(1, DAY), article())
    answer = surges(engine, WINDOW)
    assert [found.surge.port for found in answer.findings] == [7547]
    known = answer.findings[0].surge.known
    assert HOURS_MIN <= known.hours <= 14 and not known.estimated and answer.findings[0].surge.confidence == "medium"


def test_with_the_surge_alone_nothing_is_usual_yet(tmp_path: Path) -> None:
    answer = surges(engine_of(tmp_path, article(hours=4)), WINDOW)
    assert answer.findings == [] and answer.known.hours < HOURS_MIN


def test_an_empty_store_has_none(tmp_path: Path) -> None:
    answer = surges(Engine(Store(tmp_path)), WINDOW)
    assert (answer.findings, answer.known.hours) == ([], 0)


def test_a_surge_that_began_the_evening_before_says_so(tmp_path: Path) -> None:
    begin = DAY - timedelta(hours=3)
    engine = engine_of(tmp_path, background(5, DAY - timedelta(days=4)), article(begin=begin))
    (found,) = surges(engine, WINDOW).findings
    assert abs(found.first - begin) < timedelta(minutes=3)


def test_few_networks_begin_where_they_begin_and_not_with_the_last_of_them() -> None:
    """Five in six hours, the last a second before the end: that one alone would be the quickest pace."""
    minutes = (7.0, 31.0, 95.0, 220.0, 359.98)
    rows = pl.DataFrame({"src_net": [bytes([at]) for at in range(5)], "time": [DAY + timedelta(minutes=at) for at in minutes]})
    assert change_of_pace(rows, DAY, DAY + timedelta(hours=6)) == DAY + timedelta(minutes=7)
    many = pl.DataFrame({"src_net": [bytes([at]) for at in range(22)], "time": [DAY + timedelta(minutes=at) for at in (20, 140, *range(300, 360, 3))]})
    assert change_of_pace(many, DAY, DAY + timedelta(hours=6)) == DAY + timedelta(hours=5)


def test_one_network_of_many_addresses_is_one_source(tmp_path: Path) -> None:
    crowd = ({"time": START + timedelta(seconds=n), "src": f"20.1.{2 + n % 3}.{n % 250}", "port": 7547} for n in range(900))
    assert surges(engine_of(tmp_path, background(3, DAY - timedelta(days=2)), crowd), WINDOW).findings == []


def test_backscatter_and_answers_are_no_surge(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("probes", probe_batch(background(3, DAY - timedelta(days=2))))
    crowd = probe_batch({**row, "offset": 90_000 + n} for n, row in enumerate(article()))
    store.append("probes", crowd.with_columns(tcp_flags=pl.lit(18, pl.Int64)))
    udp = crowd.with_columns(proto=pl.lit(17, crowd["proto"].dtype), src_port=pl.lit(53, crowd["src_port"].dtype), offset=pl.col("offset") + 5000)
    store.append("probes", udp)
    assert surges(Engine(store), WINDOW).findings == []


def test_who_invents_addresses_accuses_nobody(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    flood = ({"time": START + timedelta(seconds=n), "src": ".".join(map(str, rng.integers(0, 256, 4))), "port": 7547} for n in range(3000))
    (found,) = surges(engine_of(tmp_path, background(3, DAY - timedelta(days=2)), flood), WINDOW).findings
    assert found.lies and NOWHERE_MIN < found.nowhere < 0.2


def test_marks_of_tools(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("probes", probe_batch(background(3, DAY - timedelta(days=2))))
    crowd = probe_batch({**row, "offset": 90_000 + n} for n, row in enumerate(article()))
    here = int.from_bytes(bytes([198, 51, 100, 2]))
    half = pl.int_range(pl.len()) % 2 == 0
    store.append("probes", crowd.with_columns(tcp_seq=pl.when(half).then(here).otherwise(7).cast(pl.Int64), ip_id=pl.when(half).then(5).otherwise(54_321).cast(pl.Int64)))
    (found,) = surges(Engine(store), WINDOW).findings
    assert found.tools == {"mirai": pytest.approx(0.5, abs=0.01), "zmap": pytest.approx(0.5, abs=0.01)}
