"""Requests one by one: in the order of the log, whatever the slices, and with the source that the session's first line named."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from material import NOON, cowrie, import_file, write_old

from varde.query import Engine, Window, slices
from varde.query.tunnels import in_order, triples
from varde.store import Store

DAY = Window(datetime(2026, 11, 20, tzinfo=timezone.utc), datetime(2026, 11, 21, tzinfo=timezone.utc), action="all")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(Store(tmp_path / "store"))


def put(engine: Engine, path: Path, *lines: bytes) -> None:
    assert import_file(engine.store, write_old(path, b"".join(lines)), "pot").rejected == 0


def request(number: int) -> bytes:
    """Two in each second, and a quarter of an hour between every hundred."""
    return cowrie("direct-tcpip.request", number // 2 + 900 * (number // 100), dst_ip=f"mx{number}.example", dst_port=25)


@pytest.mark.parametrize("rows", [200_000, 50])
def test_each_request_once_and_in_the_order_of_the_log(engine: Engine, tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", rows)
    put(engine, tmp_path / "pot.json", *map(request, range(1000)))
    parts = list(in_order(engine, DAY))
    assert (len(parts) > 10) == (rows == 50)
    assert pl.concat(parts)["target"].to_list() == [f"mx{number}.example" for number in range(1000)]
    assert set(parts[0].columns) == set(triples(engine, DAY).columns) - {"first", "last"}


def test_the_source_may_stand_hours_before(engine: Engine, tmp_path: Path) -> None:
    def line(hours: int, message: str) -> bytes:
        return f"{(NOON + timedelta(hours=hours)).isoformat().replace('+00:00', '.000000Z')} b45eaad21cc3 {message}\n".encode()

    told = line(0, "New connection: 198.51.100.9:49675 (192.0.2.10:2222) [session: b45eaad21cc3]")
    put(engine, tmp_path / "audit.log", told, line(3, "direct-tcp connection request to mx.example:25 from 127.0.0.1:1"))
    (part,) = in_order(engine, DAY)
    assert part.select("source", "source_net", "port", "target", "count").rows() == [("198.51.100.9", "198.51.100.0/24", 25, "mx.example", 1)]


def test_nothing_is_no_slice(engine: Engine) -> None:
    assert list(in_order(engine, DAY)) == []
