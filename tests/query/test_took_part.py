"""What an address had a part in: its scans, the surges it knocked in, and nothing of others; synthetic probes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tests.query.test_surges import BEFORE, DAY, article, background, engine_of

from varde.model import VardeError
from varde.query import Engine
from varde.query.took_part import DAYS_MAX, took_part

SCANNER, KNOCKER = "198.51.100.9", "198.51.100.77"
BEGIN = DAY + timedelta(hours=2)


def scan(source: str = SCANNER, count: int = 120) -> Iterator[dict[str, object]]:
    """Ports in order, one in five minutes."""
    for place in range(count):
        yield {"time": BEGIN + timedelta(minutes=5 * place), "src": source, "port": 20_000 + 7 * place, "cc": "NL"}


def knocks() -> Iterator[dict[str, object]]:
    for minute in range(3):
        yield {"time": DAY + timedelta(hours=15, minutes=minute), "src": KNOCKER, "port": 7547, "cc": "BR"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    six = scan("2001:db8:7:7::99")
    return engine_of(tmp_path_factory.mktemp("s"), background(BEFORE + 1, DAY - timedelta(days=BEFORE)), article(), scan(), six, knocks())


def ends() -> tuple[datetime, datetime]:
    return BEGIN, DAY + timedelta(hours=16)


def test_a_scanner_has_its_scan_and_no_surge(engine: Engine) -> None:
    found = took_part(engine, SCANNER, *ends())
    (one,) = found.campaigns
    assert (one.kind, one.order, one.port_count, one.source_count) == ("diagonal", "up", 120, 1)
    assert found.surges == []


def test_who_knocked_in_a_surge_has_its_own_packets_counted(engine: Engine) -> None:
    found = took_part(engine, KNOCKER, *ends())
    assert found.campaigns == []
    (knocked,) = found.surges
    assert (knocked.surge.port, knocked.packets) == (7547, 3)


def test_an_address_of_ipv6_has_what_its_64_did(engine: Engine) -> None:
    assert [one.kind for one in took_part(engine, "2001:db8:7:7::1", *ends()).campaigns] == ["diagonal"]
    assert took_part(engine, "2001:db8:7:8::1", *ends()).campaigns == []


def test_a_network_has_what_all_of_it_did(engine: Engine) -> None:
    found = took_part(engine, "198.51.100.0/24", *ends())
    assert [one.kind for one in found.campaigns] == ["diagonal"] and [each.surge.port for each in found.surges] == [7547]


def test_no_more_than_a_week_is_looked_through(engine: Engine) -> None:
    found = took_part(engine, SCANNER, DAY - timedelta(days=400), DAY + timedelta(hours=16))
    assert found.window.last - found.window.first == timedelta(days=DAYS_MAX)
    assert found.window.last == DAY + timedelta(days=1)


def test_what_is_no_address_is_refused(engine: Engine) -> None:
    with pytest.raises(VardeError, match="no address or network"):
        took_part(engine, "evil.example", *ends())
