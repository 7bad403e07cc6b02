"""Drawings: each counted from the packets of its own sources, in a frame with air, and the gallery's order and bounds."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import NOON, probe_batch

from varde.detect import Campaign
from varde.query import Engine, Window, drawings, fireplot
from varde.query.campaigns import Found
from varde.query.drawings import DRAWINGS_MAX, drawing, frame_of, gallery
from varde.query.engine import microseconds
from varde.store import Store


def octets(text: str) -> bytes:
    address = ip_address(text)
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def art(first: int, seconds: float, ports: tuple[int, ...], *sources: str) -> Campaign:
    return Campaign("art", "tcp4", first, first + round(seconds * 1e6), 10, tuple(map(octets, sources)), len(sources), ports, len(ports), (), 1)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Two who draw, one of IPv6 from several addresses of its /64, and a crowd beside them."""
    store = Store(tmp_path / "store")
    probes: list[dict[str, Any]] = [{"time": NOON + timedelta(minutes=n), "port": 20000 + 100 * n, "src": "198.51.100.7"} for n in range(60)]
    probes += [{"time": NOON + timedelta(minutes=n), "port": 30000 - 100 * n, "proto": 17, "src": f"2001:db8:7::{n + 1:x}"} for n in range(40)]
    probes += [{"time": NOON + timedelta(seconds=n), "port": 20000 + n, "src": f"198.18.{n % 250}.{n // 250}"} for n in range(3000)]
    store.append("probes", probe_batch(probes))
    return Engine(store)


def test_a_drawing_has_the_packets_of_its_sources_and_of_nobody_else(engine: Engine) -> None:
    campaign = art(microseconds(NOON), 3600, tuple(range(20000, 30000, 100)), "198.51.100.7", "2001:db8:7::")
    answer = drawing(engine, campaign, 320, 150)
    assert (answer.events["tcp4"], answer.events["udp6"], answer.total) == (60, 40, 100)
    assert answer.port_min < 20000 and answer.port_max > 30000
    assert fireplot(engine, answer.window).total == 3100


def test_the_sources_that_are_asked_for_are_counted_with_every_filter(engine: Engine) -> None:
    window = Window(NOON, NOON + timedelta(hours=2))
    only = [octets("2001:db8:7::")]
    assert fireplot(engine, window, sources=only).total == 40
    assert fireplot(engine, window, sources=only, port_min=29000, port_max=30000).total == 11
    assert fireplot(engine, window, sources=[octets("203.0.113.99")]).total == 0


ports = st.lists(st.integers(0, 65535), min_size=1, max_size=20)


@given(ports, st.floats(0, 10 * 86_400))
def test_a_frame_holds_its_drawing_with_air_and_is_a_picture(ports: list[int], seconds: float) -> None:
    campaign = art(microseconds(NOON), seconds, tuple(ports), "198.51.100.7")
    window, low, high = frame_of(campaign)
    assert microseconds(window.first) < campaign.first and campaign.last < microseconds(window.last)
    assert 1 <= low < high <= 65535
    assert low <= max(1, min(ports)) and max(ports) <= high


def test_a_gallery_has_drawings_alone_the_last_first_and_counts_the_rest(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(NOON, NOON + timedelta(hours=2))
    drawn = [art(microseconds(NOON) + n, 60, (20000, 30000), "198.51.100.7") for n in range(DRAWINGS_MAX + 5)]
    scan = Campaign("vertical", "tcp4", 1, 2, 9, (octets("198.51.100.9"),), 1, (1, 2), 2, (), 1)
    monkeypatch.setattr(drawings, "campaigns", lambda *_: Found(window, [scan, *drawn], 3100, 3000, 0))
    found = gallery(engine, window)
    assert [one.first - microseconds(NOON) for one in found.campaigns] == list(range(DRAWINGS_MAX + 4, 4, -1))
    assert (found.left_out, found.events) == (5, 3100)
