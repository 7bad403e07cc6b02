"""What must hold of every answer of the flow decoder."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fuzz.account import Account
from fuzz.scenes import START, Arrival, arrivals
from varde.decode import Origin, schema_of
from varde.decode.flow import REASONS, UDP, Datagrams, FlowBatch, FlowDecoder, _sflow
from varde.decode.flow._facts import NAMES_MAX
from varde.decode.flow._held import HELD_IN_ALL, HELD_PER_STREAM, HELD_TIME
from varde.decode.flow._ledger import GAPS_MAX
from varde.decode.flow._sflow import SOURCES_MAX
from varde.decode.flow._streams import OPTIONS_MAX, STREAMS_MAX, TEMPLATES_MAX
from varde.live import warnings_of
from varde.model import FLOWS, LOSSES, NAT, REJECTS

ORIGIN = Origin("fuzz", "source", "file", 0, ZoneInfo("UTC"), 0)
STRANGER = bytes(10) + b"\xff\xff" + bytes([198, 51, 100, 77])
"""An exporter that no input can speak for."""

DAY = 86_400_000_000
"""us: how far ahead an exporter's clock is believed."""

AGE_MAX = 50 * DAY
"""us that a flow may have begun before it was received: an uptime wraps after 49.7 days."""

STATE_OCTETS = (16_384, 64)
"""What a restart knows, as JSON: at most so much, and so much for each octet that came."""

_MAPPED = bytes(10) + b"\xff\xff"
_LOST = ("lost", "reordered", "duplicated", "restarts")
_ADDRESSES = ("src_addr", "dst_addr", "next_hop")
_NAT_ADDRESSES = ("src_addr", "dst_addr", "nat_src_addr", "nat_dst_addr")
_BOUNDS = {"src_port": 65_535, "dst_port": 65_535, "proto": 255, "tcp_flags": 65_535, "packets": 2**63 - 1, "octets": 2**63 - 1, "sampling": 2**32}


def datagrams_of(arrived: Sequence[Arrival], transport: int = UDP) -> Datagrams:
    payloads, exporters, received = zip(*arrived, strict=True)
    return Datagrams.of(payloads, exporters, received, transport)


def check_flows(data: bytes) -> None:
    """Datagrams one after another and all at once: each answer holds, both count the same, and they count what is there."""
    arrived = arrivals(data)
    decoder, account = FlowDecoder(), Account()
    apart = []
    for number, one in enumerate(arrived):
        apart.append(decoder.decode(datagrams_of([one]), ORIGIN))
        account.feed(*one)
        check_batch(apart[-1], arrived[: number + 1], 1)
    check_warnings(pl.concat([batch.flows for batch in apart]), arrived)
    check_after(decoder, arrived, apart)
    account.finish()
    assert counts_of(apart) == +account.found, (counts_of(apart), +account.found)
    if all(later.received - earlier.received <= HELD_TIME // len(arrived) for earlier, later in pairwise(arrived)):
        other = FlowDecoder()
        together = [other.decode(datagrams_of(arrived), ORIGIN)]
        check_batch(together[0], arrived, len(arrived))
        together.append(other.finish(ORIGIN))
        assert counts_of(together) == counts_of(apart)
        assert {key[:3] for key in cumulated(together)} == {key[:3] for key in cumulated(apart)}  # what numbers count may be found out in between


def check_sflow(data: bytes) -> None:
    """The same, and: samples read as columns give the rows that each gives by itself."""
    check_flows(data)
    given = datagrams_of(arrivals(data))
    together = FlowDecoder().decode(given, ORIGIN)
    with mock.patch.object(_sflow, "find_long_paths", lambda octets, records: np.ones(len(records.unusual), bool)):
        apart = FlowDecoder().decode(given, ORIGIN)
    assert together.flows.equals(apart.flows), (together.flows, apart.flows)
    assert together.counts == apart.counts


def check_after(decoder: FlowDecoder, arrived: Sequence[Arrival], batches: list[FlowBatch]) -> None:
    """What holds behind the last datagram: bounds, another exporter, a restart, the ledger."""
    check_bounds(decoder)
    check_state(decoder, sum(len(one.payload) for one in arrived))
    check_stranger(decoder)
    batches.append(decoder.finish(ORIGIN))
    assert not len(decoder._held)
    for key, losses in cumulated(batches).items():
        assert all(losses[name] >= 0 for name in _LOST), (key, losses)


def check_batch(batch: FlowBatch, arrived: Sequence[Arrival], count: int) -> None:
    for frame, table in ((batch.flows, FLOWS), (batch.nat, NAT), (batch.losses, LOSSES), (batch.rejects, REJECTS)):
        assert dict(frame.schema) == schema_of(table)
    assert batch.counts["", "lines"] == count
    assert all(number > 0 for number in batch.counts.values())
    outcomes = {outcome for _, outcome in batch.counts} - {"lines", "records", "options", "ignored"}
    assert outcomes <= {f"reject:{reason}" for reason in REASONS}, outcomes
    records = sum(number for (_, outcome), number in batch.counts.items() if outcome == "records")
    assert len(batch.flows) <= records and len(batch.nat) <= records
    assert (batch.losses.select(pl.col("datagrams", "flows", "undecodable", "unknown_template", "late").min()).fill_null(0).row(0)) >= (0,) * 5
    _check_rows(batch.flows)
    _check_addresses(batch, arrived)


def _check_rows(flows: pl.DataFrame) -> None:
    if flows.is_empty():
        return
    for name, most in _BOUNDS.items():
        low, high = flows[name].min(), flows[name].max()
        assert low is None or 0 <= low <= high <= most, (name, low, high)  # type: ignore[operator]  # of a column of numbers
    for name in ("packets", "octets"):
        assert (flows[f"{name}_scaled"] >= flows[name]).all()
    assert not any(flows[name].null_count() for name in ("time", "day", "received", "sensor", "dialect"))
    age = flows["received"] - flows["time"]
    assert age.min() >= -DAY and age.max() <= AGE_MAX  # type: ignore[operator]


class _Everything:
    """A list that has all addresses there are."""

    def lookup(self, octets: NDArray[np.uint8]) -> NDArray[np.int32]:
        return np.zeros(len(octets), np.int32)

    def rows(self, number: int, /) -> list[dict[str, Any]]:
        return [{"source": "list", "id": None, "name": "all", "url": None, "first_seen": None}]


_ALL = _Everything()


def _check_addresses(batch: FlowBatch, arrived: Sequence[Arrival]) -> None:
    """No address comes from nowhere."""
    for frame, names in ((batch.flows, _ADDRESSES), (batch.nat, _NAT_ADDRESSES)):
        if not frame.is_empty():
            _check_told(frame, names, arrived)


def _check_told(frame: pl.DataFrame, names: Sequence[str], arrived: Sequence[Arrival]) -> None:
    """Each address stands in a datagram."""
    told = b"".join(one.payload + b"\xff" for one in arrived)
    for name in names:
        for octets in set(frame[name].drop_nulls()):
            short = octets[12:] if octets[:12] == _MAPPED else octets
            assert short in told, (name, octets.hex())


def check_warnings(flows: pl.DataFrame, arrived: Sequence[Arrival]) -> None:
    """By a list of all addresses each end of each flow is a warning, of an address that stands in a datagram."""
    if flows.is_empty():
        return
    warned = warnings_of(flows, _ALL, _ALL)
    assert len(warned) == sum(flows.select(pl.col("src_addr", "dst_addr").is_not_null().sum()).row(0))
    _check_told(warned, ("src_addr", "dst_addr"), arrived)


def check_bounds(decoder: FlowDecoder) -> None:
    """What is remembered stays within its bounds, whoever sends."""
    streams, held = list(decoder._streams), decoder._held
    assert len(streams) <= STREAMS_MAX and len(decoder._streams._by_number) == len(streams) + len(decoder._streams._forgotten)
    assert decoder._streams._whole == sum(stream.weigh() for stream in streams)
    assert held._whole == sum(held._cost.values()) == sum(one.cost for one in held._sets.values()) <= HELD_IN_ALL
    assert all(cost <= HELD_PER_STREAM for cost in held._cost.values())
    for stream in streams:
        facts = stream.facts
        assert len(stream.templates) <= TEMPLATES_MAX and len(stream.options) <= OPTIONS_MAX and len(stream.sources) <= SOURCES_MAX
        templates = [*stream.templates.values(), *(one.template for one in stream.replaced.values())]
        assert stream.fields == sum(len(one.layout.fields) for one in templates) and stream.replaced.keys() <= stream.templates.keys()
        assert max(len(facts.selectors), len(facts.by_interface), len(facts.interfaces), len(facts.vrfs)) <= NAMES_MAX
        assert all(len(one.gaps) <= GAPS_MAX for one in (stream.sequence, *stream.sources.values()))


def check_state(decoder: FlowDecoder, octets: int) -> None:
    """A restart knows the same, and no more of it than came."""
    text = json.dumps(decoder.state())
    assert len(text) <= STATE_OCTETS[0] + STATE_OCTETS[1] * octets
    other = FlowDecoder()
    assert other.restore(json.loads(text)) == len(decoder._streams)
    assert json.dumps(other.state()) == text
    json.dumps(decoder.exporters())


def check_stranger(decoder: FlowDecoder) -> None:
    """Another exporter's datagrams are read as if nothing had been."""
    found, wanted = decoder.decode(_GOOD, ORIGIN), _WANTED
    assert found.flows.equals(wanted.flows) and found.losses.equals(wanted.losses)
    assert found.counts == wanted.counts


def counts_of(batches: Sequence[FlowBatch]) -> Counter[tuple[str, str]]:
    """As `Account.found`."""
    found: Counter[tuple[str, str]] = Counter()
    for batch in batches:
        for (protocol, outcome), number in batch.counts.items():
            if outcome != "lines":
                found[protocol, outcome if outcome.startswith("reject:") else "records"] += number
    return +found


def cumulated(batches: Sequence[FlowBatch]) -> dict[tuple[Any, ...], Counter[str]]:
    """The ledger's sums for each observation domain."""
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for batch in batches:
        for row in batch.losses.iter_rows(named=True):
            of = sums.setdefault((row["exporter"], row["protocol"], row["domain"], row["unit"]), Counter())
            of.update({name: row[name] for name in _LOST})
    return sums


def _good() -> Datagrams:
    """A template and flows from an exporter of their own; synthetic."""
    from fuzz.seeds import STRANGERS  # its seeds are built by the same hands

    return datagrams_of([Arrival(payload, STRANGER, START) for payload in STRANGERS])


_GOOD = _good()
_WANTED = FlowDecoder().decode(_GOOD, ORIGIN)
