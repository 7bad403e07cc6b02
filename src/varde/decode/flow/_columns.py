"""Records to rows of `flows` and `nat`: a NumPy pass for each column over all records of a layout."""

from functools import cache, lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import is_v4, series, v4_series
from varde.decode.batch import empty_batch, schema_of
from varde.decode.flow._elements import IMPLIED_PROTO
from varde.decode.flow._layout import Layout
from varde.decode.flow._messages import PROTOCOLS
from varde.decode.flow._names import mac_texts, mpls_texts, named
from varde.decode.flow._octets import INTEGER_MAX, masked
from varde.decode.flow._others import other_texts
from varde.decode.flow._records import Records, values
from varde.decode.flow._rows import Rows
from varde.decode.flow._sampling import sampling_of
from varde.decode.flow._times import DAY, clock_of, moments
from varde.model import FLOWS, NAT, Table

Columns = dict[str, Any]
"""A series, an array, or one value for all rows."""

HAS_PORTS = (6, 17, 33, 132, 136)
_ICMP = (1, 58)
_TCP = 6
_PLAIN = (
    "packets", "octets", "rev_packets", "rev_octets", "tos", "in_if", "out_if", "src_mask", "dst_mask", "exporter_src_as",
    "exporter_dst_as", "end_reason", "event", "firewall_event", "first_port",
)  # fmt: skip
"""Numbers that stand as they came."""

_PORTS = ("src_port", "dst_port", "nat_src_port", "nat_dst_port")
_CONTROL_BITS = ("tcp_flags", "rev_tcp_flags")
_COUNTERS = ("packets", "octets", "rev_packets", "rev_octets")
_TRANSLATION = ("event", "firewall_event", "nat_src_addr4", "nat_src_addr6", "nat_dst_addr4", "nat_dst_addr6", "nat_src_port", "nat_dst_port", "first_port")
_SIDES = ("src", "dst")


def is_flow(layout: Layout) -> bool:
    """Whether records of this layout tell of two ends: those that have no network address (packet sections, statistics) do not."""
    return layout.has("src_addr4", "src_addr6", "dst_addr4", "dst_addr6")


def tables(records: Records, rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame, NDArray[np.bool_] | None]:
    """Rows of `flows` and of `nat`, and which records said impossible times: None where none did."""
    start, end, wrong = moments(records, clock_of(records, rows))
    columns: Columns = {"time": start, "end_time": end}
    columns |= _numbers(records) | _addresses(records, rows) | _provenance(rows) | _protocol(records)
    columns |= _names(records, rows) | _initiator(records) | other_texts(records)
    _scale(columns, sampling_of(records, rows), len(records))
    return (*_divided(columns, records.layout), wrong)


def _numbers(records: Records) -> Columns:
    slots = records.layout.slots
    columns: Columns = {name: values(records, slots[name]) for name in _PLAIN if name in slots}
    if "vlan" in slots:
        vlan = values(records, slots["vlan"])
        columns["vlan"] = masked(vlan, vlan != 0)
    if "first_port" in columns:
        columns["last_port"] = _last_port(records, columns["first_port"])
    return columns


def _last_port(records: Records, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """The end of a block of ports: as said, or by their number and the step between them (RFC 7011's elements 361 to 364)."""
    slots = records.layout.slots
    if "last_port" in slots:
        return values(records, slots["last_port"])
    count = values(records, slots["port_count"]) if "port_count" in slots else np.ones_like(first)
    step = values(records, slots["port_step"]) if "port_step" in slots else np.ones_like(first)
    last: NDArray[np.int64] = first + np.maximum(count - 1, 0) * np.maximum(step, 1)
    return last


def _addresses(records: Records, rows: Rows) -> Columns:
    columns: Columns = {}
    for end in _SIDES:
        octets, v4 = _address(records, f"{end}_addr")
        if octets is not None:
            columns[f"{end}_addr"] = v4_series(octets) if v4 else series(octets)
            columns[f"{end}_net"] = _network(octets, v4)
    for name in ("next_hop", "nat_src_addr", "nat_dst_addr"):
        columns[name] = _or_null(*_address(records, name))
    columns["exporter"] = _exporter(records, rows)
    return columns


_Address = tuple[NDArray[np.uint8] | None, bool]
"""(n, 16) octets, or None; and whether all of them are IPv4."""


def _address(records: Records, name: str) -> _Address:
    """An address; of a template with both families, the one that is not zero."""
    v4, v6 = (records.layout.slots.get(name + family) for family in ("4", "6"))
    if v4 is None:
        return (None, False) if v6 is None else (np.ascontiguousarray(records.octets(v6)), False)
    found = np.zeros((len(records), 16), np.uint8)
    words = found.view(np.uint32)
    words[:, 2] = _V4_PREFIX
    words[:, 3] = records.octets(v4).view(np.uint32)[:, 0]
    if v6 is not None:
        six = records.octets(v6)
        take = six.any(axis=1) & (words[:, 3] == 0)
        found[take] = six[take]
    return found, v6 is None


_V4_PREFIX = np.frombuffer(b"\x00\x00\xff\xff", np.uint32)[0]


def _network(octets: NDArray[np.uint8], v4: bool) -> pl.Series:
    """The /24 of an IPv4 address, the /64 of an IPv6 one."""
    found = octets.copy()
    if v4:
        found[:, 15] = 0
        return v4_series(found)
    mapped = is_v4(octets)
    found[mapped, 15] = 0
    found[~mapped, 8:] = 0
    return series(found)


def _or_null(octets: NDArray[np.uint8] | None, v4: bool) -> pl.Series | None:
    """Addresses, with the unspecified one as null; None where all are."""
    if octets is None:
        return None
    words = octets.view(np.uint32)
    there = words[:, 3] != 0
    if not v4:
        there |= octets[:, :10].any(axis=1) | (words[:, 2] & _V4_PREFIX != words[:, 2])
    if not there.any():
        return None
    return v4_series(octets, there) if v4 else pl.select(pl.when(pl.Series(there)).then(series(octets))).to_series()


def _exporter(records: Records, rows: Rows) -> Any:
    """As the record says (elements 130 and 131, behind a proxy), else the sender."""
    senders = rows.of_sets("exporter")
    one = bool((senders == senders[0]).all())
    sender = (senders[0].tobytes() if senders[0].any() else None) if one else _or_null(np.ascontiguousarray(rows.spread(senders)), v4=False)
    claimed = _or_null(*_address(records, "exporter"))
    return sender if claimed is None else claimed.zip_with(claimed.is_not_null(), _as_series(sender, len(records)))


def _as_series(value: Any, count: int) -> pl.Series:
    return value if isinstance(value, pl.Series) else pl.Series([value], dtype=pl.Binary).new_from_index(0, count)


def _provenance(rows: Rows) -> Columns:
    """What is the same for all rows of a message."""
    columns: Columns = {"sensor": _spread_texts(rows, rows.sensors, rows.of_sets("stream"))}
    columns["dialect"] = _spread_texts(rows, list(PROTOCOLS), rows.of_sets("protocol"))
    columns |= {"source": rows.origin.source, "file": rows.origin.file}
    for name in ("received", "offset", "domain", "late"):
        of_sets = rows.of_sets(name)
        only = rows.only(of_sets)
        columns[name] = rows.spread(of_sets) if only is None else int(only)
    return columns


def _spread_texts(rows: Rows, texts: list[str], of_sets: NDArray[np.int64]) -> Any:
    only = rows.only(of_sets)
    if only is not None:
        return texts[int(only)]
    return pl.Series(texts, dtype=pl.String).gather(pl.Series(rows.spread(of_sets)))


def _protocol(records: Records) -> Columns:
    """Protocol, and what only some protocols have: ports, TCP control bits, ICMP type and code."""
    slots, columns = records.layout.slots, {}
    proto = values(records, slots["proto"]) if "proto" in slots else None
    if proto is None:
        implied = {IMPLIED_PROTO[spec.element] for spec in records.layout.fields if spec.element in IMPLIED_PROTO and not spec.enterprise}
        if len(implied) != 1:
            return {name: values(records, slots[name]) for name in (*_PORTS, *_CONTROL_BITS) if name in slots}  # nobody can say that they do not apply
        proto = np.full(len(records), implied.pop(), np.int64)
    columns["proto"] = proto
    has_ports, icmp = _IS_PORTED[proto], _IS_ICMP[proto]
    for name in _PORTS:
        if name in slots:
            columns[name] = _where(has_ports, values(records, slots[name]))
    for name in _CONTROL_BITS:
        if name in slots:
            columns[name] = _where(proto == _TCP, values(records, slots[name]))
    return columns | _icmp(records, icmp)


def _members(protos: tuple[int, ...]) -> NDArray[np.bool_]:
    table = np.zeros(256, bool)
    table[list(protos)] = True
    return table


_IS_PORTED, _IS_ICMP = _members(HAS_PORTS), _members(_ICMP)


def _icmp(records: Records, icmp: NDArray[np.bool_]) -> Columns:
    """Type and code from fields of their own, from one for both, or, as NetFlow has it, from the destination port."""
    slots = records.layout.slots
    if not icmp.any():
        return {}
    if "icmp_type" in slots:
        return {name: _where(icmp, values(records, slots[name])) for name in ("icmp_type", "icmp_code") if name in slots}
    both = slots.get("icmp", slots.get("dst_port"))
    if both is None:
        return {}
    number = values(records, both)
    return {"icmp_type": _where(icmp, number >> 8), "icmp_code": _where(icmp, number & 255)}


def _where(mask: NDArray[np.bool_], numbers: NDArray[np.int64]) -> Any:
    """Numbers, null where the mask is not set."""
    return numbers if mask.all() else masked(numbers, mask)


def _names(records: Records, rows: Rows) -> Columns:
    """What is text: interfaces and VRFs by name, MAC addresses, MPLS labels, where it was counted."""
    slots = records.layout.slots
    columns: Columns = {}
    for slot, column in (("in_if", "in_if_name"), ("out_if", "out_if_name")):
        if slot in slots and any(facts.interfaces for facts in rows.facts):
            columns[column] = named(values(records, slots[slot]), rows, "interfaces")
    if "ingress_vrf" in slots:
        columns["vrf"] = named(values(records, slots["ingress_vrf"]), rows, "vrfs", numbered=True)
    for slot in ("src_mac", "dst_mac"):
        if slot in slots:
            columns[slot] = mac_texts(records.octets(slots[slot]))
    if "observed" in slots:
        observed = pl.Series(values(records, slots["observed"]))
        columns["observed"] = observed.replace_strict([0, 1], ["ingress", "egress"], default=None, return_dtype=pl.String)
    if "mpls_0" in slots:
        columns["mpls"] = mpls_texts(records)
    return columns


_BIFLOW = {1: "src", 2: "dst"}  # biflowDirection: initiator, reverseInitiator


def _initiator(records: Records) -> Columns:
    """Which end began: as a biflow says; elements of initiator and responder say it by their names; and SYN without ACK over a whole
    flow is an end that began and was not yet answered."""
    slots, fields = records.layout.slots, records.layout.fields
    if "biflow" in slots:
        said = pl.Series(values(records, slots["biflow"]))
        return {"initiator": said.replace_strict(list(_BIFLOW), list(_BIFLOW.values()), default=None, return_dtype=pl.String)}
    if any(spec.element in _OF_INITIATOR and not spec.enterprise for spec in fields):
        return {"initiator": "src"}
    return {"initiator": BEGAN} if "tcp_flags" in slots else {}


_OF_INITIATOR = (231, 232, 298, 299)
BEGAN = pl.when((pl.col("tcp_flags") & 18) == 2).then(pl.lit("src"))


def _scale(columns: Columns, sampling: Any, count: int) -> None:
    """Counters times sampling; what would not fit in a column is the largest number that does."""
    columns["sampling"] = sampling
    for name in ("packets", "octets"):
        if name not in columns:
            continue
        if sampling is None:
            columns[f"{name}_scaled"] = columns[name]
            continue
        rate = sampling.fill_null(1).to_numpy() if isinstance(sampling, pl.Series) else np.full(count, sampling, np.int64)
        fits = columns[name] <= INTEGER_MAX // np.maximum(rate, 1)
        columns[f"{name}_scaled"] = np.where(fits, columns[name] * rate, INTEGER_MAX)


def _divided(columns: Columns, layout: Layout) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that tell of traffic, and rows that tell of a translation; one row may be both."""
    if not layout.has(*_TRANSLATION):
        return frame_of(columns, FLOWS), empty_batch(NAT)
    flows, nat = frame_of(columns, FLOWS), frame_of(columns, NAT)
    if not layout.has("event", "firewall_event", "first_port"):
        return flows, nat.filter(_translated())
    moved = pl.any_horizontal([pl.col(name) > 0 for name in _COUNTERS]).fill_null(value=False)
    return flows.filter(moved), nat


def frame_of(columns: Columns, table: Table) -> pl.DataFrame:
    """Rows of a table: series and arrays as they are, what is said once for all rows, nulls where nothing is."""
    schema = schema_of(table)
    rows = {name: value for name, value in columns.items() if isinstance(value, pl.Series | np.ndarray)}
    said = {name: value for name, value in columns.items() if name in schema and name not in rows and value is not None}
    nulls = _nulls(table) | {"day": _day(rows["time"])}
    return pl.DataFrame(rows).select(
        name if name in rows else _said(said[name], name, schema[name]) if name in said else nulls[name] for name in schema
    )


def _said(value: Any, name: str, dtype: pl.DataType) -> pl.Expr:
    return value.alias(name) if isinstance(value, pl.Expr) else _literal(value, name, dtype)


@lru_cache(1024)
def _literal(value: Any, name: str, dtype: pl.DataType) -> pl.Expr:
    """Exporters say the same of their flows in every batch."""
    return pl.lit(value, dtype=dtype).alias(name)


@cache
def _nulls(table: Table) -> dict[str, pl.Expr]:
    """What stands in a column that nothing fills."""
    return {name: pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema_of(table).items()}


def _day(time: Any) -> pl.Expr:
    """The day of each time, which mostly is one day."""
    first, last = (int(moment) // DAY for moment in (time.min(), time.max())) if len(time) else (0, 0)
    if first == last:
        return pl.lit(first, dtype=pl.Int32).cast(pl.Date).alias("day")
    return pl.from_epoch("time", "us").dt.date().alias("day")


def _translated() -> pl.Expr:
    """Exporters that have the fields fill them with the same addresses, or zeros, where nothing is translated."""
    sides = [
        pl.col(f"nat_{side}_{what}").is_not_null() & (pl.col(f"nat_{side}_{what}") != pl.col(f"{side}_{what}"))
        for side in _SIDES for what in ("addr",)
    ]  # fmt: skip
    ports = [(pl.col(f"nat_{side}_port") > 0) & (pl.col(f"nat_{side}_port") != pl.col(f"{side}_port")) for side in _SIDES]
    return pl.any_horizontal([*sides, *ports]).fill_null(value=False)
