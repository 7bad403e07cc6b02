"""The Fireplot's cells against a count of every probe, one by one."""

import ipaddress
import math
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import NOON, probe_batch

from varde.decode.addresses import networks, octets_of
from varde.model import PLANES, VardeError
from varde.query import Answer, Engine, Window, fireplot, port_counts, port_total
from varde.query.engine import network_range
from varde.store import Store

SPAN = timedelta(minutes=10)
PROBES = st.lists(
    st.fixed_dictionaries({
        "time": st.one_of(
            st.sampled_from([NOON, NOON - timedelta(microseconds=1), NOON + SPAN, NOON + SPAN - timedelta(microseconds=1)]),
            st.timedeltas(-timedelta(minutes=1), timedelta(minutes=11)).map(lambda d: NOON + d),
        ),
        "port": st.one_of(st.sampled_from([None, 0, 1, 2, 22, 1023, 1024, 65534, 65535]), st.integers(0, 65535)),
        "proto": st.sampled_from([6, 6, 6, 17, 1, 58, 47, 132]),
        "src": st.sampled_from(["198.18.0.1", "198.18.0.255", "198.19.0.1", "2001:db8::1", "2001:db8:ffff::", "::fffe:1:2"]),
        "action": st.sampled_from(["block", "reject", "unknown", "allow", "audit"]),
        "sensor": st.sampled_from(["fw1", "fw2"]),
    }), max_size=40,
)  # fmt: skip


def plane_of(probe: dict[str, Any]) -> str:
    v6 = ipaddress.ip_address(probe["src"]).version == 6
    return {6: "tcp6" if v6 else "tcp4", 17: "udp6" if v6 else "udp4", 1: "icmp", 58: "icmp"}.get(probe["proto"], "other")


def counted(probes: list[dict[str, Any]], window: Window, width: int, height: int, low: int, high: int) -> tuple[Counter[Any], ...]:
    """(cells, port 0, bare, events) by plane, counted one probe at a time with whole numbers of microseconds.

    Events are those between the two ports, or all where these leave none out; a port 0 of other protocols than TCP and UDP is none."""
    cells, port0, bare, events = Counter[Any](), Counter[Any](), Counter[Any](), Counter[Any]()
    for probe in probes:
        if not window.first <= probe["time"] < window.last or probe["action"] in ("allow", "audit"):
            continue
        plane, port = plane_of(probe), probe["port"]
        x = (probe["time"] - window.first) // timedelta(microseconds=1) * width // ((window.last - window.first) // timedelta(microseconds=1))
        all_ports = (low, high) == (1, 65535)
        events[plane] += all_ports or (port is not None and low <= port <= high)
        if port is None or (port == 0 and probe["proto"] not in (6, 17)):
            bare[plane, x] += 1
        elif port == 0:
            port0[plane, x] += 1
        elif low <= port <= high:
            share = (math.log10(port) - math.log10(low)) / (math.log10(high) - math.log10(low))
            cells[plane, x, math.floor(share * (height - 1) + 0.5)] += 1
    return cells, port0, bare, +events


def told(answer: Answer) -> tuple[Counter[Any], ...]:
    cells = Counter({(key, x, y): n for key, rows in answer.cells.items() for x, y, n in rows.tolist()})
    port0 = Counter({(key, x): n for key, rows in answer.port0.items() for x, n in rows.tolist()})
    bare = Counter({(key, x): n for key, rows in answer.bare.items() for x, n in rows.tolist()})
    return cells, port0, bare, Counter({key: n for key, n in answer.events.items() if n})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


@given(probes=PROBES, width=st.integers(1, 700), height=st.integers(2, 500), low=st.sampled_from([1, 2, 1000]), high=st.sampled_from([1024, 65535]))
@settings(max_examples=20)
def test_cells_are_those_of_a_count_of_every_probe(folder: Path, probes: list[dict[str, Any]], width: int, height: int, low: int, high: int) -> None:
    import tempfile

    store = Store(Path(tempfile.mkdtemp(dir=folder)))
    if probes:
        store.append("probes", probe_batch(probes))
    window = Window(NOON, NOON + SPAN)
    answer = fireplot(Engine(store), window, width=width, height=height, port_min=low, port_max=high)
    expected = counted(probes, window, width, height, low, high)
    assert told(answer) == expected
    assert answer.total == sum(expected[3].values())
    counted_in = [p for p in probes if window.first <= p["time"] < window.last and p["action"] not in ("allow", "audit")]
    shown = [p for p in counted_in if (low, high) == (1, 65535) or (p["port"] is not None and low <= p["port"] <= high)]
    assert answer.sources == len({p["src"] for p in shown})
    assert (answer.total, answer.outside) == (len(shown), len(counted_in) - len(shown))
    strips = sum(int(values[:, 1].sum()) for planes in answer.strips().values() for values in planes.values())
    drawn = sum(int(cells[:, 2].sum()) for cells in answer.cells.values())
    assert answer.narrowed or drawn + strips == answer.total  # what is counted is drawn


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Ten probes on TCP/23, three on UDP/53 over IPv6, one of ICMP, one of port 0, two let through."""
    store = Store(tmp_path_factory.mktemp("store"))
    probes: list[dict[str, object]] = [{"time": NOON + timedelta(seconds=n), "port": 23, "src": f"198.18.0.{n % 4}", "cc": "NO"} for n in range(10)]
    probes += [{"time": NOON + timedelta(seconds=n), "port": 53, "proto": 17, "src": "2001:db8::1", "sensor": "fw2"} for n in range(3)]
    probes += [{"time": NOON, "port": None, "proto": 58, "src": "2001:db8::2"}, {"time": NOON, "port": 0}]
    probes += [{"time": NOON, "port": 443, "action": "allow"}, {"time": NOON, "port": 80, "action": "audit"}]
    store.append("probes", probe_batch(probes))
    return Engine(store)


@pytest.mark.parametrize(
    ("filters", "events"),
    [({}, 15), ({"action": "all"}, 17), ({"action": "allow"}, 1), ({"action": "reject"}, 0), ({"sensor": "fw2"}, 3), ({"src": "198.18.0.0/30"}, 11),
     ({"src": "198.18.0.1"}, 4), ({"src": "2001:db8::/32"}, 4), ({"src": "0.0.0.0/0"}, 11), ({"dst": "198.51.100.2"}, 15), ({"dst": "::1"}, 0),
     ({"planes": ("tcp4",)}, 11), ({"planes": ("udp6", "icmp")}, 4), ({"country": "NO"}, 10), ({"country": "SE"}, 0)],
)  # fmt: skip
def test_filters_leave_what_they_say(engine: Engine, filters: dict[str, Any], events: int) -> None:
    assert fireplot(engine, Window(NOON, NOON + SPAN, **filters)).total == events


def test_ports_are_listed_by_events_with_services_and_distinct_sources(engine: Engine) -> None:
    window = Window(NOON, NOON + SPAN)
    found = [(p.plane, p.proto, p.port, p.service, p.events, p.sources) for p in port_counts(engine, window, 10)]
    assert found == [("tcp4", "tcp", 23, "telnet", 10, 4), ("udp6", "udp", 53, "dns", 3, 1), ("tcp4", "tcp", 0, "", 1, 1)]
    assert [p.port for p in port_counts(engine, window, 1)] == [23]
    assert port_total(engine, window) == 3
    assert port_total(engine, Window(NOON, NOON + SPAN, port_min=23, port_max=52)) == 1


def test_two_ports_narrow_what_is_counted_beside_the_picture_too(engine: Engine) -> None:
    whole = fireplot(engine, Window(NOON, NOON + SPAN), ports=9)
    assert (whole.narrowed, whole.total, whole.outside, whole.sources) == (False, 15, 0, 6)
    answer = fireplot(engine, Window(NOON, NOON + SPAN), port_min=50, port_max=60, ports=9)
    assert (answer.narrowed, answer.total, answer.outside, answer.sources) == (True, 3, 12, 1)
    assert ([p.port for p in answer.ports], answer.events["udp6"], answer.events["tcp4"]) == ([53], 3, 0)
    asked = fireplot(engine, Window(NOON, NOON + SPAN, port_min=50, port_max=60), port_min=50, port_max=60, ports=9)
    assert (asked.total, asked.outside, asked.sources, asked.ports) == (3, 12, 1, answer.ports)


def test_a_window_of_whole_days_and_one_a_microsecond_shorter(tmp_path: Path) -> None:
    store, begin, tick = Store(tmp_path), NOON.replace(hour=0), timedelta(microseconds=1)
    ends = [begin, begin + timedelta(days=1) - tick, begin + timedelta(days=1), begin + timedelta(days=2) - tick]
    store.append("probes", probe_batch({"time": moment} for moment in ends))
    engine, end = Engine(store), begin + timedelta(days=2)
    asked = [(begin, end), (begin + tick, end), (begin, end - tick), (begin - tick, end + tick), (begin, begin + timedelta(days=1)), (begin - tick, begin)]
    assert [fireplot(engine, Window(*period)).total for period in asked] == [4, 3, 3, 4, 2, 0]


def test_fragments_have_a_strip_and_a_port_0_of_icmp_is_no_port(tmp_path: Path) -> None:
    store = Store(tmp_path)
    probes: list[dict[str, object]] = [{"time": NOON, "port": None, "proto": 17}, {"time": NOON, "port": None, "src": "2001:db8::1"}, {"time": NOON, "port": 0}]
    probes += [{"time": NOON, "port": 0, "proto": 1}, {"time": NOON, "port": None, "proto": 47}]
    store.append("probes", probe_batch(probes))
    strips = fireplot(Engine(store), Window(NOON, NOON + SPAN), width=10).strips()
    found = {(name, plane): values.tolist() for name, planes in strips.items() for plane, values in planes.items() if len(values)}
    assert found == {("port0", "tcp4"): [[0, 1]], ("no_port", "udp4"): [[0, 1]], ("no_port", "tcp6"): [[0, 1]], ("icmp", "icmp"): [[0, 1]], ("other", "other"): [[0, 1]]}


def test_an_empty_answer_knows_what_lies_beside_it(engine: Engine) -> None:
    window = Window(NOON, NOON + SPAN, action="allow", src="192.0.2.0/24")
    found = fireplot(engine, window, explain=True).absence
    assert found is not None
    assert (found.actions, found.unfiltered, found.first, found.last) == ({}, 1, NOON, NOON + timedelta(seconds=9))
    rejected = fireplot(engine, Window(NOON, NOON + SPAN, action="reject"), explain=True).absence
    assert rejected is not None
    assert (rejected.actions, rejected.unfiltered) == ({"block": 15, "allow": 1, "audit": 1}, 0)
    assert fireplot(engine, window).absence is None
    assert fireplot(engine, Window(NOON, NOON + SPAN), explain=True).absence is None


@pytest.mark.parametrize("width", [1040, 16384])
def test_a_period_of_two_hundred_years_does_not_overflow(engine: Engine, width: int) -> None:
    window = Window(datetime(1970, 1, 1, tzinfo=timezone.utc), datetime(2170, 1, 1, tzinfo=timezone.utc))
    answer = fireplot(engine, window, width=width)
    columns = {x for cells in answer.cells.values() for x in cells[:, 0].tolist()}
    assert columns == {(NOON - window.first) * width // (window.last - window.first)}


def test_an_empty_store_answers_with_nothing(tmp_path: Path) -> None:
    answer = fireplot(Engine(Store(tmp_path)), Window(NOON, NOON + SPAN), ports=5)
    assert (answer.total, answer.sources, answer.ports) == (0, 0, [])
    assert set(answer.cells) == {plane.key for plane in PLANES}


@pytest.mark.parametrize(
    ("filters", "words"),
    [({"last": NOON}, "period is empty"), ({"last": NOON - SPAN}, "period is empty"), ({"action": "drop"}, "no such action"), ({"src": "x"}, "no address or network"),
     ({"dst": "198.18.0.0/33"}, "no address or network"), ({"src": ""}, "no address or network"),
     ({"first": datetime(1, 1, 1, tzinfo=timezone.utc)}, "years"), ({"last": datetime(9999, 12, 31, tzinfo=timezone.utc)}, "years")],
)  # fmt: skip
def test_a_window_that_makes_no_sense_is_refused_in_words(filters: dict[str, Any], words: str) -> None:
    with pytest.raises(VardeError, match=words):
        Window(**({"first": NOON, "last": NOON + SPAN} | filters))


@given(network=st.one_of(st.ip_addresses(v=4, network="0.0.0.0/0"), st.ip_addresses(v=6)), prefix=st.integers(0, 128))
def test_a_network_is_its_first_and_last_address(network: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int) -> None:
    net = ipaddress.ip_network((network, min(prefix, network.max_prefixlen)), strict=False)
    first, last = network_range(f" {net} ")
    assert len(first) == len(last) == 16
    assert first <= last
    assert (first[-len(network.packed) :], last[-len(network.packed) :]) == (net.network_address.packed, net.broadcast_address.packed)
    if network.version == 4:
        assert first[:12] == last[:12] == b"\0" * 10 + b"\xff\xff"


@given(st.lists(st.one_of(st.ip_addresses(v=6), st.ip_addresses(v=6, network="::fffe:0:0/95"), st.ip_addresses(v=4)), min_size=1))
def test_a_network_is_ipv4_where_its_address_is(addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> None:
    """Planes are told from networks."""
    octets = pl.Series([octets_of(str(address)) for address in addresses], dtype=pl.Binary)
    first, last = network_range("0.0.0.0/0")
    assert [first <= network <= last for network in networks(octets)] == [first <= address <= last for address in octets]
