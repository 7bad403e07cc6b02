"""What of a batch counts for surges: who knocked where in which hour, whatever the stamps say."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from material import NOON, probe_batch

from varde.decode.addresses import octets_of
from varde.detect import key_of
from varde.detect.crowds import SCHEMA
from varde.live import Strangers
from varde.live.strangers import hashed, seen
from varde.live.waiting import TOGETHER
from varde.query import Engine, Window
from varde.query.surges import each_network
from varde.store import Store

HOUR = int(NOON.timestamp()) // 3600
NOW = int(NOON.timestamp() * 1e6) + 1_800_000_000

MIXED = probe_batch([
    {"time": NOON, "src": "203.0.113.5", "port": 23}, {"time": NOON, "src": "203.0.113.6", "port": 23},  # one network
    {"time": NOON, "src": "2001:db8::1", "port": 23}, {"time": NOON, "src": "198.51.100.9", "port": 53, "proto": 17},
    {"time": NOON, "src": "2001:db8:1::1", "port": 65_535, "proto": 17}, {"time": NOON, "src": "203.0.113.5", "port": 24, "action": "allow"},
    {"time": NOON, "src": "203.0.113.5", "port": None, "proto": 1}, {"time": NOON, "src": "203.0.113.5", "port": None},
    {"time": NOON, "src": "203.0.113.5", "port": 80, "action": "reject"}, {"time": NOON, "src": "203.0.113.5", "port": 0, "action": "unknown"},
])  # fmt: skip
KEYS = {key_of("tcp4", 23), key_of("tcp6", 23), key_of("udp4", 53), key_of("udp6", 65_535), key_of("tcp4", 80), key_of("tcp4", 0)}


def test_refused_probes_of_ports_count_each_network_once() -> None:
    rows = seen(MIXED, 5, NOW)
    assert dict(rows.schema) == SCHEMA
    assert sorted(rows["key"].to_list()) == sorted(KEYS) and set(rows["hour"]) == {HOUR}


def test_what_is_stored_has_the_same_keys_and_sources(tmp_path: Path) -> None:
    flags = [*[None] * 3, *[0x02, 0x04, 0x12, 0x14] * 3][: len(MIXED)]
    batch = MIXED.with_columns(tcp_flags=pl.Series(flags, dtype=pl.Int64), src_port=pl.lit(53, pl.Int64))
    store, told = Store(tmp_path), list[pl.DataFrame]()
    store.append("probes", batch)
    each_network(Engine(store), Window(NOON, NOON + timedelta(hours=1)), told.append)
    rows = pl.concat(told).with_columns(source=hashed("src_net", 5)).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    assert sorted(rows.rows()) == sorted(seen(batch, 5, NOW).rows()) != []


@pytest.mark.parametrize(("flags", "counts"), [(0x02, 1), (None, 1), (0x12, 0), (0x04, 0), (0x14, 0), (0x3F, 1)])
def test_answers_to_others_do_not_count(flags: int | None, counts: int) -> None:
    batch = probe_batch([{"time": NOON, "port": 40_000}]).with_columns(tcp_flags=pl.lit(flags, pl.Int64))
    assert len(seen(batch, 5, NOW)) == counts


def test_answers_of_dns_do_not_count_and_questions_to_it_do() -> None:
    batch = probe_batch([{"time": NOON, "port": port, "proto": 17} for port in (40_000, 53)]).with_columns(src_port=pl.lit(53, pl.Int64))
    assert seen(batch, 5, NOW)["key"].to_list() == [key_of("udp4", 53)]


def test_a_stamp_of_the_future_counts_as_now_and_one_of_the_past_as_it_is() -> None:
    batch = probe_batch([{"time": NOON + timedelta(hours=hours), "port": 1 + at} for at, hours in enumerate((999_999, 5, -50))])
    found = {key & 0xFFFF: hour for hour, key, _ in seen(batch, 5, NOW).rows()}
    assert found == {1: HOUR, 2: HOUR, 3: HOUR - 50}


def test_stamps_that_are_no_time_and_ports_that_are_none_break_nothing() -> None:
    batch = probe_batch([{"time": NOON, "port": port} for port in (1, 2, 70_000, -1)])
    batch = batch.with_columns(time=pl.Series([-(2**62), 2**62, 0, 0], dtype=pl.Int64))
    assert sorted(seen(batch, 5, NOW).select("hour", "key").rows()) == [(0, 1), (HOUR, 2)]


def test_nobody_who_does_not_know_the_seed_knows_the_hash() -> None:
    assert seen(MIXED, 5, NOW)["source"].to_list() != seen(MIXED, 6, NOW)["source"].to_list()


def test_batches_are_put_together_and_what_is_too_much_is_counted() -> None:
    strangers = Strangers(5, clock=lambda: NOW / 1e6, most=100)
    for _ in range(3 * TOGETHER):
        strangers.watch("probes", MIXED)
        strangers.watch("logins", MIXED)
    assert len(strangers._waiting._frames) <= TOGETHER
    assert (len(strangers.take()), strangers.lost, len(strangers.take())) == (len(KEYS), 0, 0)
    for number in range(300):
        strangers.watch("probes", probe_batch([{"time": NOON, "src": f"198.18.{number % 256}.1", "port": 1 + number}]))
        assert strangers._waiting._rows <= 100 + TOGETHER
    assert (len(strangers.take()), strangers.lost) == (100, 200)


def test_what_has_no_source_is_nobody() -> None:
    batch = probe_batch([{"time": NOON}]).with_columns(src_net=pl.lit(None, pl.Binary), src_addr=pl.lit(octets_of("203.0.113.5")))
    assert seen(batch, 5, NOW).is_empty()
