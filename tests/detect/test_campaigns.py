"""Scans by their shape: what is one, what is none, and what is told of it. All packets are synthetic."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from varde.detect import Campaign, Campaigns
from varde.detect.campaigns import COLUMNS

BEGIN = 1_795_600_000_000_000
MINUTE = 60_000_000
HOUR = 60 * MINUTE
SCANNER, OTHER, HOME = "198.51.100.7", "198.51.100.8", "192.0.2.10"


def octets(text: str) -> bytes:
    address = ipaddress.ip_address(text)
    return address.packed if address.version == 6 else b"\x00" * 10 + b"\xff\xff" + address.packed


def packets(times: Iterable[int], ports: Sequence[int] | int, src: str = SCANNER, dst: Sequence[str] | str = HOME, **more: Any) -> pl.DataFrame:
    """One row a time, in us after BEGIN; the rest is the same of all, or one of each."""
    at = [BEGIN + int(time) for time in times]
    targets = [dst] * len(at) if isinstance(dst, str) else dst
    columns: dict[str, Any] = {
        "time": at, "src_addr": [octets(src)] * len(at), "dst_addr": [octets(text) for text in targets],
        "dst_port": [ports] * len(at) if isinstance(ports, int) else list(ports), "src_port": [40_000] * len(at), "proto": [6] * len(at),
        "tcp_flags": [2] * len(at), "action": ["block"] * len(at),
    } | {name: value if isinstance(value, list) else [value] * len(at) for name, value in more.items()}  # fmt: skip
    return pl.DataFrame(columns, schema_overrides={name: kind for name, kind in COLUMNS.items() if name in columns})


def judged(*frames: pl.DataFrame, open_ports: tuple[str, ...] = (), hours: float = 30) -> list[Campaign]:
    detectors = Campaigns(open_ports, seed=1)
    for frame in frames:
        detectors.add(frame)
    return detectors.judge(BEGIN + int(hours * HOUR))


def even(count: int, hours: float) -> list[int]:
    return [int(step * hours * HOUR / count) for step in range(count)]


def ports_of(count: int, seed: int = 1) -> list[int]:
    return sorted(int(port) for port in np.random.default_rng(seed).choice(np.arange(1030, 60_000), count, replace=False))


@pytest.mark.parametrize("count", [8, 50, 400])
def test_many_ports_at_once_are_a_port_scan(count: int) -> None:
    (found,) = judged(packets(even(count, 0.2), np.random.default_rng(2).permutation(ports_of(count)).tolist()))
    assert (found.kind, found.plane, found.port_count, found.target_count, found.sources) == ("vertical", "tcp4", count, 1, (octets(SCANNER),))
    assert (found.events, found.first, found.last) == (count, BEGIN, BEGIN + even(count, 0.2)[-1])


def test_many_targets_are_a_sweep() -> None:
    (found,) = judged(packets(even(50, 0.1), 5901, dst=[f"192.0.2.{number}" for number in range(50)]))
    assert (found.kind, found.port_count, found.target_count, found.ports) == ("horizontal", 1, 50, (5901,))


@pytest.mark.parametrize("order", ["up", "down"])
@pytest.mark.parametrize("count", [50, 400])
def test_ports_in_order_slowly_are_a_diagonal(count: int, order: str) -> None:
    ports = ports_of(count)
    (found,) = judged(packets(even(count, 20), ports if order == "up" else ports[::-1]))
    assert (found.kind, found.order, found.port_count) == ("diagonal", order, count)
    assert abs(found.tau) == 1
