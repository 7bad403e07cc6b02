"""Records to rows of `flows` and `nat`: a NumPy pass for each column over all records of a layout."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import is_v4, series
from varde.decode.batch import schema_of
from varde.decode.flow._elements import IMPLIED_PROTO
from varde.decode.flow._layout import Layout
from varde.decode.flow._messages import PROTOCOLS
from varde.decode.flow._names import mac_texts, mpls_texts, named
from varde.decode.flow._octets import INTEGER_MAX
from varde.decode.flow._others import other_texts
from varde.decode.flow._records import Records, values
from varde.decode.flow._rows import Rows
from varde.decode.flow._sampling import sampling_of
from varde.decode.flow._times import UNKNOWN, clock_of, moments
from varde.model import FLOWS, NAT

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

_COUNTERS = ("packets", "octets", "rev_packets", "rev_octets")
_TRANSLATION = ("event", "firewall_event", "nat_src_addr4", "nat_src_addr6", "nat_dst_addr4", "nat_dst_addr6", "nat_src_port", "nat_dst_port", "first_port")
_SIDES = ("src", "dst")
_INTEGERS = frozenset(name for table in (FLOWS, NAT) for name, dtype in schema_of(table).items() if dtype == pl.Int64())


def is_flow(layout: Layout) -> bool:
    """Whether records of this layout tell of two ends: those that have no network address (packet sections, statistics) do not."""
    return layout.has("src_addr4", "src_addr6", "dst_addr4", "dst_addr6")


def tables(records: Records, rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Rows of `flows` and of `nat`, and how many records said impossible times."""
    columns: Columns = {}
    clock = clock_of(records, rows)
    start, end, wrong = moments(records, clock)
    columns |= {"time": start, "end_time": pl.Series(end).set(pl.Series(end == UNKNOWN), None)}
    columns |= _numbers(records) | _addresses(records, rows) | _provenance(rows) | _protocol(records)
    columns |= _names(records, rows) | _initiator(records) | other_texts(records)
    _scale(columns, sampling_of(records, rows), len(records))
    frame = _with_ends(_frame(columns, len(records)), records.layout)
    return (*_divided(frame, records.layout), wrong)


def _numbers(records: Records) -> Columns:
    slots = records.layout.slots
    columns: Columns = {name: values(records, slots[name]) for name in _PLAIN if name in slots}
    if "vlan" in slots:
        vlan = pl.Series(values(records, slots["vlan"]))
        columns["vlan"] = vlan.set(vlan == 0, None)
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
    for name in ("src_addr", "dst_addr", "next_hop", "nat_src_addr", "nat_dst_addr"):
        octets = _address(records, name)
        if octets is not None:
            columns[name] = _or_null(octets) if name not in ("src_addr", "dst_addr") else series(octets)
            if name in ("src_addr", "dst_addr"):
                columns[f"{name[:3]}_net"] = series(_network(octets))
    columns["exporter"] = _exporter(records, rows)
    return columns


def _address(records: Records, name: str) -> NDArray[np.uint8] | None:
    """(n, 16) octets; of a template with both families, the one that is not zero."""
    v4, v6 = (records.layout.slots.get(name + family) for family in ("4", "6"))
    if v4 is None:
        return None if v6 is None else np.ascontiguousarray(records.octets(v6))
    found = np.zeros((len(records), 16), np.uint8)
    found[:, 10:12] = 255
    found[:, 12:] = records.octets(v4)
    if v6 is not None:
        six = records.octets(v6)
        take = six.any(axis=1) & ~found[:, 12:].any(axis=1)
        found[take] = six[take]
    return found


def _network(octets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The /24 of an IPv4 address, the /64 of an IPv6 one."""
    found, v4 = octets.copy(), is_v4(octets)
    if v4.all():
        found[:, 15] = 0
    else:
        found[v4, 15] = 0
        found[~v4, 8:] = 0
    return found


def _or_null(octets: NDArray[np.uint8]) -> pl.Series | None:
    """Addresses, with the unspecified one as null; None where all are."""
    empty = ~octets[:, 12:].any(axis=1)
    empty &= is_v4(octets) | ~octets.any(axis=1)
    if empty.all():
        return None
    made = series(octets)
    return pl.select(pl.when(pl.Series(~empty)).then(made)).to_series() if empty.any() else made


def _exporter(records: Records, rows: Rows) -> Any:
    """As the record says (elements 130 and 131, behind a proxy), else the sender."""
    said = _address(records, "exporter")
    senders = rows.of_sets("exporter")
    sender = _or_null(np.ascontiguousarray(rows.spread(senders))) if not (senders == senders[0]).all() else _one(senders[0])
    claimed = None if said is None else _or_null(said)
    return sender if claimed is None else claimed.zip_with(claimed.is_not_null(), _as_series(sender, len(records)))


def _one(address: NDArray[np.uint8]) -> bytes | None:
    return address.tobytes() if address.any() else None


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
            return {name: values(records, slots[name]) for name in ("src_port", "dst_port") if name in slots}
        proto = np.full(len(records), implied.pop(), np.int64)
    columns["proto"] = proto
    has_ports, icmp = np.isin(proto, HAS_PORTS), np.isin(proto, _ICMP)
    for name in ("src_port", "dst_port", "nat_src_port", "nat_dst_port"):
        if name in slots:
            columns[name] = _where(has_ports, values(records, slots[name]))
    for name in ("tcp_flags", "rev_tcp_flags"):
        if name in slots:
            columns[name] = _where(proto == _TCP, values(records, slots[name]))
    return columns | _icmp(records, icmp)


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
    if mask.all():
        return numbers
    return pl.select(pl.when(pl.Series(mask)).then(pl.Series(numbers))).to_series()


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
    """Which end began: as a biflow says; elements of initiator and responder say it by their names."""
    slots, fields = records.layout.slots, records.layout.fields
    if "biflow" in slots:
        said = pl.Series(values(records, slots["biflow"]))
        return {"initiator": said.replace_strict(list(_BIFLOW), list(_BIFLOW.values()), default=None, return_dtype=pl.String)}
    told = any(spec.element in (231, 232, 298, 299) and not spec.enterprise for spec in fields)
    return {"initiator": "src"} if told else {}


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


def _frame(columns: Columns, count: int) -> pl.DataFrame:
    rows = {name: value for name, value in columns.items() if isinstance(value, pl.Series | np.ndarray)}
    ones = {name: value for name, value in columns.items() if name not in rows}
    schema = {**schema_of(NAT), **schema_of(FLOWS)}
    missing = [name for name in schema if name not in columns and name != "day"]
    return pl.DataFrame(rows).with_columns(
        pl.from_epoch("time", "us").dt.date().alias("day"),
        *[pl.lit(value, dtype=schema[name]).alias(name) for name, value in ones.items()],
        *[pl.lit(None, dtype=schema[name]).alias(name) for name in missing],
    )


def _with_ends(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """SYN without ACK over a whole flow is an end that began and was not yet answered."""
    if layout.has("biflow") or "tcp_flags" not in layout.slots:
        return frame
    began = (pl.col("tcp_flags") & 18) == 2
    return frame.with_columns(pl.when(began).then(pl.lit("src")).otherwise("initiator").alias("initiator"))


def _divided(frame: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that tell of traffic, and rows that tell of a translation; one row may be both."""
    flows, nat = frame.select(FLOWS.names), frame.clear().select(NAT.names)
    if not layout.has(*_TRANSLATION):
        return flows, nat
    event = layout.has("event", "firewall_event", "first_port")
    if not event:
        return flows, frame.filter(_translated()).select(NAT.names)
    moved = pl.any_horizontal([pl.col(name) > 0 for name in _COUNTERS]).fill_null(value=False)
    return frame.filter(moved).select(FLOWS.names), frame.select(NAT.names)


def _translated() -> pl.Expr:
    """Exporters that have the fields fill them with the same addresses, or zeros, where nothing is translated."""
    sides = [
        pl.col(f"nat_{side}_{what}").is_not_null() & (pl.col(f"nat_{side}_{what}") != pl.col(f"{side}_{what}"))
        for side in _SIDES for what in ("addr",)
    ]  # fmt: skip
    ports = [(pl.col(f"nat_{side}_port") > 0) & (pl.col(f"nat_{side}_port") != pl.col(f"{side}_port")) for side in _SIDES]
    return pl.any_horizontal([*sides, *ports]).fill_null(value=False)
