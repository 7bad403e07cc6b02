"""Synthetic packets for tests of scans: frames as detectors take them."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

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


def usual(seed: int = 5, sources: int = 1_500, days: int = 2) -> list[pl.DataFrame]:
    """Strangers who each try one to three ports that many try, on the days before and the day of the tests."""
    rng = np.random.default_rng(seed)
    frames = []
    for number in range(sources):
        ports = rng.choice([22, 23, 80, 445, 3389, 8080, 5555, 1433], int(rng.integers(1, 4)), replace=False).tolist()
        times = np.sort(rng.integers(-days * 24 * HOUR, 30 * HOUR, len(ports))).tolist()
        frames.append(packets(times, ports, src=f"203.{number >> 8}.{number & 255}.9"))
    return [pl.concat(frames)]
