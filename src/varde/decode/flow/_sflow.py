"""sFlow version 5 (sflow.org, "sFlow Version 5"): flow samples become rows of one packet each; counters are passed over.

    datagrams --find_samples--> samples --find_records--> usual ones: columns (`_sampled.py`); others: one by one (`_sample.py`)
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import networks, series
from varde.decode.batch import schema_of
from varde.decode.flow._columns import BEGAN, frame_of
from varde.decode.flow._ledger import Sequence
from varde.decode.flow._messages import NONE, PROTOCOLS, SFLOW5, Messages
from varde.decode.flow._octets import INTEGER_MAX, masked, numbers
from varde.decode.flow._sample import read_packet
from varde.decode.flow._sampled import (
    Columns,
    extended_columns,
    find_long_paths,
    find_packets,
    find_records,
    packet_columns,
    window,
)
from varde.decode.flow._samples import EXPANDED_FLOW, FLOW, Samples, find_samples, is_short, read_samples
from varde.decode.flow._sampling import RATE_MAX
from varde.decode.flow._streams import Stream
from varde.decode.flow._work import Work
from varde.model import FLOWS

SOURCES_MAX = 4096
"""Sources of samples of one agent whose numbers are followed."""

_AGENTS = {1: 4, 2: 16}  # address type: octets
_HEAD_MIN = 24  # octets of a head beside the agent's address
_HEAD_MAX = 40
_MAPPED = bytes(10) + b"\xff\xff"
_PACKET = (
    "src_addr", "dst_addr", "src_port", "dst_port", "proto", "tcp_flags", "tos", "octets", "icmp_type", "icmp_code", "vlan", "mpls",
    "src_mac", "dst_mac", "next_hop", "src_mask", "dst_mask", "exporter_src_as", "exporter_dst_as",
)  # fmt: skip
"""Columns that come of a sample's records."""


def read_agents(octets: NDArray[np.uint8], messages: Messages) -> None:
    """The heads of sFlow datagrams: the agent is the exporter, its sub-agent the domain. Those cut off become NONE."""
    rows = np.flatnonzero(messages["protocol"] == SFLOW5)
    if not len(rows):
        return
    begin, length = messages["begin"][rows], messages["end"][rows] - messages["begin"][rows]
    head = window(octets, begin, _HEAD_MAX)
    size = np.select([head[:, 4:8].view(">u4")[:, 0] == kind for kind in _AGENTS], list(_AGENTS.values()), 0)
    whole = (size > 0) & (length >= _HEAD_MIN + size)
    messages["protocol"][rows[~whole]] = NONE
    for octets_of_agent in _AGENTS.values():
        mine = np.flatnonzero(whole & (size == octets_of_agent))
        _take_head(messages, rows[mine], head[mine], octets_of_agent)


def _take_head(messages: Messages, rows: NDArray[np.intp], head: NDArray[np.uint8], size: int) -> None:
    """What the heads of datagrams say, whose agents have addresses of one size."""
    agent = head[:, 8 : 8 + size]
    messages["exporter"][rows, 16 - size :] = agent
    messages["exporter"][rows, : 16 - size] = np.frombuffer(_MAPPED, np.uint8)[: 16 - size]
    for place, name in enumerate(("domain", "sequence", "uptime", "count")):
        at = 8 + size + 4 * place
        messages[name][rows] = numbers(head[:, at : at + 4])
    messages["export"][rows] = messages["received"][rows]
    messages["begin"][rows] += _HEAD_MIN + size


def read_sflow(work: Work) -> None:
    """All samples of the batch's sFlow datagrams."""
    rows = np.flatnonzero(work.messages["protocol"][: work.arrived] == SFLOW5)
    if not len(rows):
        return
    tagged, damage = find_samples(work.octets, work.messages, rows)
    for message, reason, place in damage:
        work.rejects.add(work.messages, message, reason, work.octets[place : int(work.messages["end"][message])].tobytes())
    short = is_short(tagged)
    for row in np.flatnonzero(short).tolist():
        work.rejects.add(work.messages, int(tagged.message[row]), "sample", work.octets[int(tagged.begin[row]) : int(tagged.end[row])].tobytes())
    is_flow = (tagged.kind == FLOW) | (tagged.kind == EXPANDED_FLOW)
    samples = read_samples(work.octets, tagged.take(is_flow & ~short))
    _number(work, samples)
    places, columns = _packets(work.octets, samples)
    work.counts[PROTOCOLS[SFLOW5], "ignored"] += int((~is_flow).sum()) + len(samples) - len(places)
    if len(places):
        work.flows.append(frame_of(columns | _said(places, columns, samples, work), FLOWS))
        work.counts[PROTOCOLS[SFLOW5], "records"] += len(places)
        _tally(work, samples.message[places])


def _packets(octets: NDArray[np.uint8], samples: Samples) -> tuple[NDArray[np.intp], Columns]:
    """Samples whose packet is an IP packet, and columns of these packets."""
    if not len(samples):
        return np.zeros(0, np.intp), {}
    records = find_records(octets, samples)
    packets = find_packets(octets, records)
    packets.unusual |= find_long_paths(octets, records)
    usual = np.flatnonzero(packets.is_ip & ~packets.unusual)
    columns = packet_columns(octets, packets, usual) | extended_columns(octets, records, packets, usual)
    others = _each(octets, samples, np.flatnonzero(packets.unusual))
    return _merged(usual, columns, others) if others else (usual, columns)


def _each(octets: NDArray[np.uint8], samples: Samples, rows: NDArray[np.intp]) -> list[dict[str, object]]:
    """Packets of the samples that are not of the usual make."""
    found = []
    for row in rows.tolist():
        fields = read_packet(octets[int(samples.begin[row]) : int(samples.end[row])].tobytes())
        if fields is not None:
            found.append({"sample": row} | fields)
    return found


def _merged(usual: NDArray[np.intp], columns: Columns, others: list[dict[str, object]]) -> tuple[NDArray[np.intp], Columns]:
    """Both kinds in order of arrival."""
    schema = {"sample": pl.Int64} | {name: dtype for name, dtype in schema_of(FLOWS).items() if name in _PACKET}
    made = pl.DataFrame({"sample": pl.Series(usual)} | columns)
    made = pl.concat([made, pl.DataFrame(others, schema=schema)], how="diagonal_relaxed").sort("sample")
    return made["sample"].to_numpy().astype(np.intp), {name: made[name] for name in made.columns if name != "sample"}


def _said(places: NDArray[np.intp], columns: Columns, samples: Samples, work: Work) -> dict[str, Any]:
    """Columns of what samples say about their packets, and of what is the same for all of a datagram."""
    messages = work.messages[samples.message[places]]
    rate = np.where(messages["sampling"] > 0, messages["sampling"], samples.rate[places])
    known = (rate > 0) & (rate <= RATE_MAX)
    sensors = pl.Series([stream.sensor for stream in work.streams], dtype=pl.String)
    interfaces = {name: masked(column[places], column[places] >= 0) for name, column in (("in_if", samples.in_if), ("out_if", samples.out_if))}
    return interfaces | _scaled(columns["octets"].to_numpy(), np.where(known, rate, 1)) | {
        "time": messages["received"], "received": messages["received"], "offset": messages["offset"], "domain": messages["domain"],
        "exporter": series(np.ascontiguousarray(messages["exporter"])), "sensor": sensors.gather(pl.Series(messages["stream"])),
        "dialect": PROTOCOLS[SFLOW5], "late": 0, "source": work.origin.source, "file": work.origin.file, "sampling": masked(rate, known),
        "src_net": networks(columns["src_addr"]), "dst_net": networks(columns["dst_addr"]), "initiator": BEGAN,
    }  # fmt: skip


def _scaled(octets: NDArray[np.int64], rate: NDArray[np.int64]) -> dict[str, Any]:
    """Counters, and the same times sampling; what would not fit in a column is the largest number that does."""
    return {"packets": 1, "packets_scaled": rate, "octets_scaled": np.where(octets <= INTEGER_MAX // rate, octets * rate, INTEGER_MAX)}


def _tally(work: Work, message: NDArray[np.int64]) -> None:
    sums = np.bincount(work.messages["stream"][message], minlength=len(work.streams))
    for number in np.flatnonzero(sums).tolist():
        work.streams[number].tally.flows += int(sums[number])


def _number(work: Work, samples: Samples) -> None:
    """Each source numbers its samples."""
    streams = work.messages["stream"][samples.message]
    for (number, source), rows in _by_source(streams, samples.source):
        stream = work.streams[number]
        if source in stream.sources or len(stream.sources) < SOURCES_MAX:
            _see(stream, source, samples.number[rows], work.messages[samples.message[rows]])


def _by_source(streams: NDArray[np.int64], sources: NDArray[np.int64]) -> list[tuple[tuple[int, int], NDArray[np.intp]]]:
    """Stream and source in order of appearance, and their samples."""
    codes, first, which = np.unique(streams << 32 | sources, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(which, minlength=len(codes)))[:-1]) if len(codes) else []
    return [((int(codes[at] >> 32), int(codes[at] & 0xFFFFFFFF)), rows[at]) for at in np.argsort(first).tolist()]


def _see(stream: Stream, source: int, numbers: NDArray[np.int64], messages: Messages) -> None:
    sequence = stream.sources.setdefault(source, Sequence())
    sequence.see_all(numbers, np.ones_like(numbers), messages["export"], messages["uptime"], np.zeros_like(numbers))
