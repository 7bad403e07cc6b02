"""Translations: events and flows of routers become spans, and the right one answers who had a port at a time. All synthetic."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from varde.decode import schema_of
from varde.decode.addresses import octets_of, text_of
from varde.model import NAT, VardeError
from varde.query import Engine
from varde.query import translations as module
from varde.query.translations import Wanted, translations
from varde.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
OUTSIDE, INSIDE, OTHER, PEER = "198.51.100.7", "192.168.88.5", "192.168.88.6", "203.0.113.9"


def told(at: float, *, inside: str = INSIDE, until: float | None = None, **more: Any) -> dict[str, Any]:
    """A record of NAT `at` seconds after noon: INSIDE:4000 went out as OUTSIDE:61000 to PEER:443."""
    begin = NOON + timedelta(seconds=at)
    stamp = int(begin.timestamp() * 1e6)
    known: dict[str, Any] = dict.fromkeys(schema_of(NAT)) | {
        "time": stamp, "received": stamp, "sensor": "edge", "src_addr": inside, "src_port": 4000, "dst_addr": PEER, "dst_port": 443, "proto": 6,
        "nat_src_addr": OUTSIDE, "nat_src_port": 61000, "nat_dst_addr": PEER, "nat_dst_port": 443, "source": "s", "offset": 1, "day": begin.date(),
        "end_time": None if until is None else int((NOON + timedelta(seconds=until)).timestamp() * 1e6),
    } | more  # fmt: skip
    return {name: octets_of(value) if name.endswith("_addr") and value else value for name, value in known.items()}


def answer(folder: Path, *rows: dict[str, Any], first: float = -1e6, last: float = 1e6, **wanted: Any) -> list[tuple[Any, ...]]:
    """Spans that a question about a period finds: outside end, inside address, and from when to when, in seconds after noon."""
    store = Store(folder / "store")
    store.append("nat", pl.DataFrame(list(rows), schema=schema_of(NAT)))
    asked = Wanted(NOON + timedelta(seconds=first), NOON + timedelta(seconds=last), wanted.pop("address", OUTSIDE), **wanted)
    spans = translations(Engine(store), asked).filter(pl.col("when") == 0)
    return [(span["outside_port"], text_of(span["inside_addr"]), _seconds(span["began"]), _seconds(span["ended"])) for span in spans.iter_rows(named=True)]


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - NOON).total_seconds()


def test_an_event_opens_a_span_and_another_closes_it(tmp_path: Path) -> None:
    events = [told(0, event=4), told(60, event=5), told(600, event=4, inside=OTHER), told(660, event=5, inside=OTHER)]
    assert answer(tmp_path, *events) == [(61000, INSIDE, 0, 60), (61000, OTHER, 600, 660)]


@pytest.mark.parametrize(("at", "who"), [(-1, []), (0, [INSIDE]), (60, [INSIDE]), (61, []), (300, []), (599, []), (600, [OTHER]), (630, [OTHER])])
def test_a_moment_is_answered_by_the_span_that_covers_it(tmp_path: Path, at: float, who: list[str]) -> None:
    events = [told(0, event=4), told(60, event=5), told(600, event=4, inside=OTHER), told(660, event=5, inside=OTHER)]
    assert [inside for _, inside, *_ in answer(tmp_path, *events, first=at, last=at + 0.5)] == who


@pytest.mark.parametrize(("begin", "end"), [({"event": 4}, {"event": 5}), ({"event": 1}, {"event": 2}), ({"event": 8}, {"event": 9}), ({"event": 14}, {"event": 15}),
                                            ({"firewall_event": 1}, {"firewall_event": 2})])  # fmt: skip
def test_every_pair_of_events_is_one_span(tmp_path: Path, begin: dict[str, int], end: dict[str, int]) -> None:
    assert answer(tmp_path, told(0, **begin), told(9, **end)) == [(61000, INSIDE, 0, 9)]


@pytest.mark.parametrize("event", [{"event": 3}, {"event": 12}, {"event": 13}, {"event": 18}, {"firewall_event": 3}, {"firewall_event": 4}])
def test_what_ran_out_or_was_denied_was_no_translation(tmp_path: Path, event: dict[str, int]) -> None:
    assert answer(tmp_path, told(0, **event)) == []


def test_an_end_alone_ends_a_span_whose_beginning_nobody_told(tmp_path: Path) -> None:
    assert answer(tmp_path, told(60, event=5)) == [(61000, INSIDE, None, 60)]


def test_an_end_that_tells_its_beginning_needs_no_other_event(tmp_path: Path) -> None:
    assert answer(tmp_path, told(0, until=60, firewall_event=2)) == [(61000, INSIDE, 0, 60)]
    both = [told(0, firewall_event=1), told(0, until=60, firewall_event=2)]
    assert answer(tmp_path / "both", *both) == [(61000, INSIDE, 0, 60)]


def test_a_span_without_an_end_lasts_until_another_inside_end_has_its_place(tmp_path: Path) -> None:
    events = [told(0, event=4), told(600, event=4, inside=OTHER)]
    assert answer(tmp_path, *events) == [(61000, INSIDE, 0, None), (61000, OTHER, 600, None)]
    assert [inside for _, inside, *_ in answer(tmp_path / "a", *events, first=300, last=301)] == [INSIDE]
    assert [inside for _, inside, *_ in answer(tmp_path / "b", *events, first=700, last=701)] == [OTHER]


def test_ports_that_several_share_are_told_apart_by_their_peers(tmp_path: Path) -> None:
    shared = told(5, event=4, inside=OTHER, dst_addr="203.0.113.10", nat_dst_addr="203.0.113.10")
    assert [inside for _, inside, *_ in answer(tmp_path, told(0, event=4), shared, first=9, last=10)] == [INSIDE, OTHER]


def test_flows_near_each_other_are_one_span_and_others_are_not(tmp_path: Path) -> None:
    flows = [told(0, until=60), told(60, until=120), told(119, until=121), told(2000, until=2001)]
    assert answer(tmp_path, *flows, last=2100) == [(61000, INSIDE, 0, None), (61000, INSIDE, 2000, None)]
    assert answer(tmp_path / "lingers", *flows, first=200, last=201) == [(61000, INSIDE, 0, None)]
    assert answer(tmp_path / "gone", *flows, first=1000, last=1001) == []


def test_answers_are_of_the_same_translation(tmp_path: Path) -> None:
    back = told(1, until=2, src_addr=PEER, src_port=443, dst_addr=OUTSIDE, dst_port=61000, nat_src_addr=None, nat_src_port=None,
                nat_dst_addr=INSIDE, nat_dst_port=4000)  # fmt: skip
    assert answer(tmp_path, told(0, until=2, nat_dst_addr=None, nat_dst_port=0), back) == [(61000, INSIDE, 0, None)]


def test_a_forwarded_port_is_the_inside_ends(tmp_path: Path) -> None:
    forwarded = told(0, until=5, src_addr=PEER, dst_addr=OUTSIDE, dst_port=443, nat_src_addr=None, nat_src_port=None, nat_dst_addr=OTHER, nat_dst_port=8443)
    assert answer(tmp_path, forwarded, port=443) == [(443, OTHER, 0, None)]
    assert answer(tmp_path / "other", forwarded, port=8443) == []


def test_a_block_of_ports_answers_for_each_of_its_ports(tmp_path: Path) -> None:
    none = dict.fromkeys(("src_port", "dst_addr", "dst_port", "proto", "nat_src_port", "nat_dst_addr", "nat_dst_port"))
    blocks = [told(0, event=16, first_port=1024, last_port=1535, **none), told(900, event=17, first_port=1024, last_port=1535, **none)]
    for number, (port, found) in enumerate([(1023, 0), (1024, 1), (1535, 1), (1536, 0)]):
        assert len(answer(tmp_path / str(number), *blocks, port=port, proto=17)) == found
    assert answer(tmp_path, *blocks) == [(None, INSIDE, 0, 900)]


def test_what_is_the_same_outside_and_inside_is_no_translation(tmp_path: Path) -> None:
    assert answer(tmp_path, told(0, event=4, nat_src_addr=INSIDE, nat_src_port=4000), address=INSIDE) == []
    assert len(answer(tmp_path / "port", told(0, event=4, nat_src_addr=INSIDE), address=INSIDE)) == 1


def test_of_nat64_the_end_inside_is_told_and_not_what_stands_for_the_other(tmp_path: Path) -> None:
    six = told(0, event=6, src_addr="2001:db8::5", dst_addr="64:ff9b::cb00:7109")
    assert answer(tmp_path, six) == [(61000, "2001:db8::5", 0, None)]
    assert answer(tmp_path / "other", six, address="64:ff9b::/96") == []


def test_a_record_that_came_twice_counts_once(tmp_path: Path) -> None:
    assert answer(tmp_path, told(0, event=4), told(0, event=4), told(9, event=5), told(9, event=5)) == [(61000, INSIDE, 0, 9)]


def test_address_port_and_protocol_are_of_one_end(tmp_path: Path) -> None:
    event = told(0, event=4)
    asked: list[tuple[dict[str, Any], int]] = [
        ({"port": 61000}, 1), ({"port": 4000}, 0), ({"address": INSIDE, "port": 4000}, 1), ({"address": INSIDE, "port": 61000}, 0), ({"proto": 17}, 0),
        ({"proto": 6}, 1), ({"address": "198.51.100.0/24"}, 1), ({"address": PEER}, 0), ({"address": None, "port": 61000}, 1), ({"address": None, "port": 4000}, 0),
    ]  # fmt: skip
    for number, (wanted, found) in enumerate(asked):
        assert len(answer(tmp_path / str(number), event, first=-10, last=10, **wanted)) == found, wanted


def test_a_beginning_long_ago_is_found_where_an_address_is_named(tmp_path: Path) -> None:
    old = told(-10 * 86_400, event=4)
    assert len(answer(tmp_path, old, first=0, last=1)) == 1
    assert answer(tmp_path / "all", old, first=0, last=1, address=None) == []


def test_of_flows_those_of_the_hour_around_are_looked_at(tmp_path: Path) -> None:
    flows = [told(-4000, until=-3999), told(0, until=5), told(4000, until=4001)]
    store = Store(tmp_path / "store")
    store.append("nat", pl.DataFrame(flows, schema=schema_of(NAT)))
    found = translations(Engine(store), Wanted(NOON, NOON + timedelta(seconds=1), OUTSIDE))
    assert found["began"].to_list() == [NOON]


def test_too_many_to_look_at_says_what_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_MAX", 3)
    with pytest.raises(VardeError, match=r"more than 3 records.*--address"):
        answer(tmp_path, *(told(n, event=4) for n in range(4)))

