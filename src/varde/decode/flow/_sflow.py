"""sFlow version 5 (sflow.org, "sFlow Version 5"): flow samples become rows of one packet each; counters are passed over."""

import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import networks
from varde.decode.batch import schema_of
from varde.decode.flow._ledger import Sequence
from varde.decode.flow._messages import NONE, PROTOCOLS, SFLOW5, Messages
from varde.decode.flow._packet import Fields, read_ethernet, read_ip
from varde.decode.flow._sampling import RATE_MAX
from varde.decode.flow._streams import Stream
from varde.decode.flow._work import Work
from varde.model import FLOWS

SOURCES_MAX = 4096
"""Sources of samples of one agent whose numbers are followed."""

_AGENTS = {1: 4, 2: 16}  # address type: octets
_MAPPED = bytes(10) + b"\xff\xff"
_FLOW, _COUNTERS, _EXPANDED_FLOW, _EXPANDED_COUNTERS = 1, 2, 3, 4
_HEADERS = {1: read_ethernet, 11: read_ip, 12: read_ip}  # header_protocol: Ethernet, IPv4, IPv6
_INTERFACE = 0x3FFFFFFF  # the two bits above say what kind of number it is


class Sample(NamedTuple):
    """A flow sample's own fields."""

    number: int
    source: int
    rate: int
    in_if: int | None
    out_if: int | None
    records: bytes


def read_agents(octets: NDArray[np.uint8], messages: Messages) -> None:
    """The heads of sFlow datagrams: the agent is the exporter, its sub-agent the domain. Those cut off become NONE."""
    for row in np.flatnonzero(messages["protocol"] == SFLOW5).tolist():
        begin, end = int(messages["begin"][row]), int(messages["end"][row])
        head = octets[begin : min(end, begin + 40)].tobytes()
        size = _AGENTS.get(int.from_bytes(head[4:8], "big"), 0)
        if not size or len(head) < 24 + size:
            messages["protocol"][row] = NONE
            continue
        agent = head[8 : 8 + size]
        messages["exporter"][row] = np.frombuffer(agent if size == 16 else _MAPPED + agent, np.uint8)
        domain, sequence, uptime, count = struct.unpack_from(">IIII", head, 8 + size)
        for name, value in (("domain", domain), ("sequence", sequence), ("uptime", uptime), ("count", count)):
            messages[name][row] = value
        messages["export"][row] = messages["received"][row]
        messages["begin"][row] = begin + 24 + size


def read_sflow(work: Work) -> None:
    """All samples of the batch's sFlow datagrams."""
    rows: list[Fields] = []
    for message in np.flatnonzero(work.messages["protocol"][: work.arrived] == SFLOW5).tolist():
        row = work.messages[message]
        data = work.octets[int(row["begin"]) : int(row["end"])].tobytes()
        stream = work.streams[int(row["stream"])]
        found = list(_flows(work, message, stream, data))
        stream.tally.flows += len(found)
        rows += found
    if rows:
        work.flows.append(_frame(rows, work))
        work.counts[PROTOCOLS[SFLOW5], "records"] += len(rows)


def _flows(work: Work, message: int, stream: Stream, data: bytes) -> Iterator[Fields]:
    row = work.messages[message]
    fixed = int(row["sampling"])
    common = {"time": int(row["received"]), "received": int(row["received"]), "offset": int(row["offset"]), "exporter": stream.key.exporter,
              "domain": stream.key.domain, "sensor": stream.sensor}  # fmt: skip
    numbers: dict[int, list[int]] = {}
    for kind, body in _tagged(work, message, data, int(row["count"])):
        read = _SAMPLES.get(kind)
        sample = read(body) if read else None
        if read and sample is None:
            work.rejects.add(work.messages, message, "sample", body)
        if sample is None:
            work.counts[PROTOCOLS[SFLOW5], "ignored"] += read is None
            continue
        numbers.setdefault(sample.source, []).append(sample.number)
        fields = _packet(sample.records)
        if fields is None:
            work.counts[PROTOCOLS[SFLOW5], "ignored"] += 1
            continue
        rate = fixed or sample.rate
        yield common | fields | {"in_if": sample.in_if, "out_if": sample.out_if, "sampling": rate if 0 < rate <= RATE_MAX else None}
    _number(stream, numbers, row)


def _tagged(work: Work, message: int, data: bytes, count: int) -> Iterator[tuple[int, bytes]]:
    """Type and octets of each sample; a length that leads out of the datagram ends it."""
    at = 0
    for _ in range(count):
        if at + 8 > len(data):
            work.rejects.add(work.messages, message, "truncated", data[at:])
            return
        kind, size = struct.unpack_from(">II", data, at)
        if at + 8 + size > len(data):
            work.rejects.add(work.messages, message, "truncated", data[at:])
            return
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size


def _sample(body: bytes) -> Sample | None:
    if len(body) < 32:
        return None
    number, source, rate, _, _, in_if, out_if, _ = struct.unpack_from(">8I", body)
    return Sample(number, source, rate, _interface(in_if >> 30, in_if), _interface(out_if >> 30, out_if), body[32:])


def _expanded(body: bytes) -> Sample | None:
    if len(body) < 44:
        return None
    number, kind, index, rate, _, _, in_kind, in_if, out_kind, out_if, _ = struct.unpack_from(">11I", body)
    source = (kind & 0xFF) << 24 | index & 0xFFFFFF
    return Sample(number, source, rate, _interface(in_kind, in_if), _interface(out_kind, out_if), body[44:])


def _interface(kind: int, number: int) -> int | None:
    """An interface; other kinds say that the packet was dropped, or how many interfaces it left by."""
    return number & _INTERFACE if kind == 0 and number & _INTERFACE != _INTERFACE else None


_SAMPLES: dict[int, Callable[[bytes], Sample | None]] = {_FLOW: _sample, _EXPANDED_FLOW: _expanded}


def _packet(records: bytes) -> Fields | None:
    """The packet of a sample and what switch and router say about it; None where it is no IP packet."""
    packet: Fields | None = None
    more: Fields = {}
    at = 0
    while at + 8 <= len(records):
        kind, size = struct.unpack_from(">II", records, at)
        body = records[at + 8 : at + 8 + size]
        if kind in _PACKETS:
            packet = packet or _PACKETS[kind](body)
        elif kind in _EXTENDED:
            more |= _EXTENDED[kind](body)
        at += 8 + size
    return None if packet is None else {"packets": 1} | packet | more


def _header(body: bytes) -> Fields | None:
    if len(body) < 16:
        return None
    protocol, _, _, size = struct.unpack_from(">4I", body)
    read = _HEADERS.get(protocol)
    return read(body[16 : 16 + size]) if read else None


def _v4(body: bytes) -> Fields | None:
    if len(body) < 32:
        return None
    length, proto, src, dst, src_port, dst_port, flags, tos = struct.unpack(">II4s4sIIII", body[:32])
    return _plain(length, proto, _MAPPED + src, _MAPPED + dst, src_port, dst_port, flags, tos)


def _v6(body: bytes) -> Fields | None:
    if len(body) < 56:
        return None
    return _plain(*struct.unpack(">II16s16sIIII", body[:56]))


def _plain(length: int, proto: int, src: bytes, dst: bytes, src_port: int, dst_port: int, flags: int, tos: int) -> Fields:
    fields: Fields = {"src_addr": src, "dst_addr": dst, "proto": proto & 255, "octets": length, "tos": tos & 255}
    if proto in (6, 17, 33, 132, 136):
        fields |= {"src_port": src_port & 65535, "dst_port": dst_port & 65535}
    return fields | ({"tcp_flags": flags & 255} if proto == 6 else {})


_PACKETS: dict[int, Callable[[bytes], Fields | None]] = {1: _header, 3: _v4, 4: _v6}


def _switch(body: bytes) -> Fields:
    return {"vlan": int.from_bytes(body[:4], "big") & 0xFFF or None} if len(body) >= 16 else {}


def _router(body: bytes) -> Fields:
    size = _AGENTS.get(int.from_bytes(body[:4], "big"), 0)
    if not size or len(body) < 12 + size:
        return {}
    hop = body[4 : 4 + size]
    src_mask, dst_mask = struct.unpack_from(">II", body, 4 + size)
    return {"next_hop": (_MAPPED + hop if size == 4 else hop) if any(hop) else None, "src_mask": src_mask & 255, "dst_mask": dst_mask & 255}


def _gateway(body: bytes) -> Fields:
    """Autonomous systems: of the source as such, of the destination as the last of its path."""
    size = _AGENTS.get(int.from_bytes(body[:4], "big"), 0)
    if not size or len(body) < 20 + size:
        return {}
    _, src_as, _, segments = struct.unpack_from(">4I", body, 4 + size)
    fields: Fields = {"exporter_src_as": src_as}
    at = 20 + size
    for _ in range(segments):
        if at + 8 > len(body):
            break
        (count,) = struct.unpack_from(">I", body, at + 4)
        at += 8 + 4 * count
        if count and at <= len(body):
            fields["exporter_dst_as"] = int.from_bytes(body[at - 4 : at], "big")
    return fields


_EXTENDED: dict[int, Callable[[bytes], Fields]] = {1001: _switch, 1002: _router, 1003: _gateway}


def _number(stream: Stream, numbers: dict[int, list[int]], row: Any) -> None:
    """Each source numbers its samples."""
    for source, found in numbers.items():
        if source not in stream.sources and len(stream.sources) >= SOURCES_MAX:
            continue
        column = np.array(found, np.int64)
        same = np.full(len(found), int(row["export"]), np.int64)
        stream.sources.setdefault(source, Sequence()).see_all(column, np.ones_like(column), same, np.full(len(found), int(row["uptime"]), np.int64), np.zeros_like(column))


def _frame(rows: list[Fields], work: Work) -> pl.DataFrame:
    schema = schema_of(FLOWS)
    made = pl.DataFrame(rows, schema={name: dtype for name, dtype in schema.items() if name != "day"})
    rate = pl.col("sampling").fill_null(1)
    return made.with_columns(
        pl.from_epoch("time", "us").dt.date().alias("day"), pl.lit(PROTOCOLS[SFLOW5]).alias("dialect"), pl.lit(0, dtype=pl.Int64).alias("late"),
        pl.lit(work.origin.source).alias("source"), pl.lit(work.origin.file).alias("file"),
        packets_scaled=pl.col("packets") * rate, octets_scaled=pl.col("octets") * rate,
        src_net=networks(made["src_addr"]), dst_net=networks(made["dst_addr"]),
        initiator=pl.when((pl.col("tcp_flags") & 18) == 2).then(pl.lit("src")),
    ).select(list(schema))  # fmt: skip
