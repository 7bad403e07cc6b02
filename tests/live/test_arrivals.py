"""What of a batch is shown to the detectors of scans, whatever the stamps say."""

from datetime import timedelta

import polars as pl
from material import NOON, probe_batch

from varde.detect.campaigns import COLUMNS, Campaigns
from varde.live import Arrivals

NOW = NOON.timestamp() + 60


def arrivals(most: int = 1_000) -> Arrivals:
    return Arrivals(lambda: NOW, most)


def test_packets_arrive_with_what_detectors_look_at_whatever_was_done_with_them() -> None:
    one = arrivals()
    one.watch("probes", probe_batch([{"time": NOON, "port": 23}, {"time": NOON, "port": None, "proto": 1, "action": "allow"}]))
    one.watch("flows", pl.DataFrame({"time": [1]}))
    rows = one.take()
    assert dict(rows.schema) == COLUMNS and rows.select("dst_port", "proto", "action").rows() == [(23, 6, "block"), (None, 1, "allow")]
    assert one.take().is_empty() and dict(one.take().schema) == COLUMNS


def test_a_stamp_of_the_future_counts_as_now_and_one_of_the_past_as_it_is() -> None:
    one = arrivals()
    one.watch("probes", probe_batch([{"time": NOON + timedelta(days=days)} for days in (4_000, -2)]))
    assert one.take()["time"].to_list() == [int(NOW * 1e6), int((NOON - timedelta(days=2)).timestamp() * 1e6)]


def test_what_is_too_much_is_counted() -> None:
    one = arrivals(100)
    for _ in range(3):
        one.watch("probes", probe_batch([{"time": NOON}] * 70))
    assert (one.take().height, one.lost) == (100, 110)
    one.watch("probes", probe_batch([{"time": NOON}] * 70))
    assert (one.take().height, one.lost) == (70, 110)


def test_detectors_take_what_arrived() -> None:
    one, campaigns = arrivals(), Campaigns()
    one.watch("probes", probe_batch([{"time": NOON + timedelta(seconds=number), "src": "203.0.113.5", "port": 9_000 + number} for number in range(60)]))
    campaigns.add(one.take())
    (found,) = campaigns.judge(int(NOW * 1e6))
    assert (found.port_count, found.events) == (60, 60)
