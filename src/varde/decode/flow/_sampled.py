"""Packets of sFlow samples of the usual make, read as columns: the header of a frame or of an IP packet, beside it at most one record each
of switch, router and gateway."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from varde.decode.addresses import series
from varde.decode.flow._names import mac_texts
from varde.decode.flow._octets import masked, unsigned
from varde.decode.flow._packet import EXTENSIONS, FRAGMENT, ICMP, IPV4, IPV6, MPLS, PORTED, VLANS, VLANS_MAX
from varde.decode.flow._samples import Places, Samples

RECORDS_MAX = 4
"""Records of a usual sample."""

_HEADER, _SWITCH, _ROUTER, _GATEWAY = 1, 1001, 1002, 1003
_UNUSUAL = (3, 4)  # packets that were taken apart already
_ETHERNET, _IP = 1, (11, 12)
_TAG = 8
_FRAME = 14
_WORDS = 16  # octets before the header: protocol, length of the frame, octets stripped, octets of the header
_TCP = 6
_MAPPED = np.frombuffer(bytes(10) + b"\xff\xff", np.uint8)

Mask = NDArray[np.bool_]
Octets = NDArray[np.uint8]
Columns = dict[str, pl.Series]


@dataclass(slots=True)
class Records:
    """Where each sample's record of a type begins and ends; both 0 where it has none."""

    begin: dict[int, Places]
    end: dict[int, Places]
    unusual: Mask

    def size(self, kind: int) -> Places:
        return self.end[kind] - self.begin[kind]


@dataclass(slots=True)
class Packets:
    """What columns are made of: places in the buffer, and which samples have what. Begins with all samples; `is_ip` are those whose
    packet can be read here, `unusual` those that must be read by themselves."""

    at: Places
    "Where the IP header begins."
    end: Places
    is_ip: Mask
    unusual: Mask
    vlan: Places
    frame: Octets
    is_frame: Mask
    head: Octets = field(init=False)
    "40 octets from there, whatever they are."


def window(octets: Octets, at: Places, width: int) -> Octets:
    """(n, width) octets from places on; behind the end of the buffer its last one again."""
    last = len(octets) - width
    beyond = np.flatnonzero(at > last)
    found: Octets = np.empty((len(at), width), np.uint8)
    if len(beyond) < len(at):
        rows = as_strided(octets, (last + 1, width), (1, 1), writeable=False)  # a row is copied as a whole: far quicker than octet by octet
        found[:] = rows[np.minimum(at, last)]
    found[beyond] = octets[np.minimum(at[beyond, None] + np.arange(width), len(octets) - 1)]
    return found


def find_records(octets: Octets, samples: Samples) -> Records:
    """The records of all samples, the first of each, then the second of each."""
    kinds = (_HEADER, _SWITCH, _ROUTER, _GATEWAY)
    begin, end = ({kind: np.zeros(len(samples), np.int64) for kind in kinds} for _ in range(2))
    unusual, at = np.zeros(len(samples), bool), samples.begin.copy()
    for _ in range(RECORDS_MAX):
        rows = np.flatnonzero(at + _TAG <= samples.end)
        kind, size = unsigned(octets, at[rows], 4), unsigned(octets, at[rows] + 4, 4)
        at[rows] += _TAG
        for one in kinds:
            mine = rows[kind == one]
            unusual[mine] |= end[one][mine] > 0
            begin[one][mine] = at[mine]
            end[one][mine] = np.minimum(at[mine] + size[kind == one], samples.end[mine])
        unusual[rows] |= np.isin(kind, _UNUSUAL)
        at[rows] += size
    return Records(begin, end, unusual | (at + _TAG <= samples.end))


def find_packets(octets: Octets, records: Records) -> Packets:
    """Where the IP headers lie."""
    begin = records.begin[_HEADER]
    words = window(octets, begin, _WORDS)
    is_header = records.size(_HEADER) >= _WORDS
    protocol, data = _word(words, 0), begin + _WORDS
    end = np.minimum(data + _word(words, 12), records.end[_HEADER])
    is_frame = is_header & (protocol == _ETHERNET) & (end - data >= _FRAME)
    frame = window(octets, data, _FRAME + 4 * VLANS_MAX)
    kind, skip, vlan = _untagged(frame, np.where(is_frame, end - data, 0))
    at = np.where(is_frame, data + skip, data)
    is_ip = (is_frame & np.isin(kind, (IPV4, IPV6))) | (is_header & np.isin(protocol, _IP))
    packets = Packets(at, end, is_ip, records.unusual | (is_frame & (kind == MPLS)), np.where(is_frame, vlan, 0), frame, is_frame)
    packets.head = window(octets, at, 40)
    _check_ip(packets)
    return packets


def _untagged(frame: Octets, length: Places) -> tuple[Places, Places, Places]:
    """What kind of packet a frame carries, where it begins, and its outer VLAN (0 for none)."""
    kind, skip, vlan = _half(frame, 12), np.full(len(frame), _FRAME), np.zeros(len(frame), np.int64)
    for level in range(VLANS_MAX):
        tagged = np.isin(kind, VLANS) & (length >= skip + 4) & (skip == _FRAME + 4 * level)
        if not tagged.any():
            break
        if not level:
            vlan[tagged] = _half(frame, 14)[tagged] & 0xFFF
        kind[tagged] = _half(frame, 16 + 4 * level)[tagged]
        skip[tagged] += 4
    return kind, skip, vlan


def _check_ip(packets: Packets) -> None:
    """Headers that are whole and of a version that there is; those with more headers behind them are read by themselves."""
    left, version = packets.end - packets.at, packets.head[:, 0] >> 4
    is_v4 = (version == 4) & (left >= 20) & (packets.head[:, 0] & 15 >= 5)
    is_v6 = (version == 6) & (left >= 40)
    packets.is_ip &= is_v4 | is_v6
    packets.unusual |= packets.is_ip & is_v6 & np.isin(packets.head[:, 6], (*EXTENSIONS, FRAGMENT))


def packet_columns(octets: Octets, packets: Packets, rows: NDArray[np.intp]) -> Columns:
    """Columns of the packets of some samples."""
    head, is_v4 = packets.head[rows], packets.head[rows, 0] >> 4 == 4
    proto = np.where(is_v4, head[:, 9], head[:, 6]).astype(np.int64)
    is_frame, frame = packets.is_frame[rows], packets.frame[rows]
    macs = {f"{end}_mac": _where(is_frame, mac_texts(frame[:, at : at + 6], zeros=True)) for end, at in (("dst", 0), ("src", 6))}
    columns = {
        "src_addr": _address(head, is_v4, 12, 8), "dst_addr": _address(head, is_v4, 16, 24), "proto": pl.Series(proto),
        "tos": pl.Series(np.where(is_v4, head[:, 1], _half(head, 0) >> 4 & 255)),
        "octets": pl.Series(np.where(is_v4, _half(head, 2), 40 + _half(head, 4))),
    }  # fmt: skip
    size = np.where(is_v4, (head[:, 0] & 15).astype(np.int64) * 4, 40)
    at = packets.at[rows] + size
    is_later = is_v4 & (_half(head, 6) & 0x1FFF != 0)
    left = np.where(is_later, 0, packets.end[rows] - at)  # a later fragment carries no ports
    return columns | macs | _transport(window(octets, at, 14), left, proto)


def _address(head: Octets, is_v4: Mask, four: int, six: int) -> pl.Series:
    found = head[:, six : six + 16].copy()
    found[is_v4, :12] = _MAPPED
    found[is_v4, 12:] = head[is_v4, four : four + 4]
    return series(found)


def _transport(data: Octets, left: Places, proto: Places) -> Columns:
    ported, icmp = np.isin(proto, PORTED) & (left >= 4), np.isin(proto, ICMP) & (left >= 2)
    return {
        "src_port": masked(_half(data, 0), ported), "dst_port": masked(_half(data, 2), ported),
        "tcp_flags": masked(_octet(data, 13), ported & (proto == _TCP) & (left >= 14)),
        "icmp_type": masked(_octet(data, 0), icmp), "icmp_code": masked(_octet(data, 1), icmp),
    }  # fmt: skip


def extended_columns(octets: Octets, records: Records, packets: Packets, rows: NDArray[np.intp]) -> Columns:
    """What switch, router and gateway say beside the packet. A switch knows the VLAN better than the frame does."""
    is_switch = (records.size(_SWITCH) >= 16)[rows]
    vlan = np.where(is_switch, _word(window(octets, records.begin[_SWITCH][rows], 4), 0) & 0xFFF, packets.vlan[rows])
    return {"vlan": masked(vlan, vlan != 0)} | _router(octets, records, rows) | _gateway(octets, records, rows)


def _router(octets: Octets, records: Records, rows: NDArray[np.intp]) -> Columns:
    data, size = window(octets, records.begin[_ROUTER][rows], 28), records.size(_ROUTER)[rows]
    kind = np.where(size >= 4, _word(data, 0), 0)
    four, six = (kind == 1) & (size >= 16), (kind == 2) & (size >= 28)
    if not (four | six).any():
        return {}
    hop = data[:, 4:20].copy()
    hop[four, :12], hop[four, 12:] = _MAPPED, data[four, 4:8]
    there = (four & data[:, 4:8].any(axis=1)) | (six & data[:, 4:20].any(axis=1))
    masks = {name: masked(np.where(six, _octet(data, 23 + at), _octet(data, 11 + at)), four | six) for name, at in (("src_mask", 0), ("dst_mask", 4))}
    return {"next_hop": _where(there, series(hop))} | masks


def _gateway(octets: Octets, records: Records, rows: NDArray[np.intp]) -> Columns:
    """The system of the source as such, of the destination as the last of its path."""
    begin, end = records.begin[_GATEWAY][rows], records.end[_GATEWAY][rows]
    kind, address = _gateway_kind(octets, begin, end)
    known = (kind > 0) & (end - begin >= 20 + address)
    if not known.any():
        return {}
    path = begin + 20 + address
    count = _word(window(octets, path + 4, 4), 0)
    last = path + 8 + 4 * count
    segments = _word(window(octets, path - 4, 4), 0)
    reached = known & (segments == 1) & (count > 0) & (path + 8 <= end) & (last <= end)
    source = _word(window(octets, begin + 8 + address, 4), 0)
    target = _word(window(octets, np.where(reached, last - 4, 0), 4), 0)
    return {"exporter_src_as": masked(source, known), "exporter_dst_as": masked(target, reached)}


def _gateway_kind(octets: Octets, begin: Places, end: Places) -> tuple[Places, Places]:
    """Type of the next hop's address (0 for none that there is), and its octets."""
    kind = np.where(end - begin >= 4, _word(window(octets, begin, 4), 0), 0)
    kind = np.where(kind <= 2, kind, 0)
    return kind, np.where(kind == 2, 16, 4)


def find_long_paths(octets: Octets, records: Records) -> Mask:
    """Samples whose path has several segments: they are walked one by one."""
    begin, end = records.begin[_GATEWAY], records.end[_GATEWAY]
    kind, address = _gateway_kind(octets, begin, end)
    segments = _word(window(octets, begin + 16 + address, 4), 0)
    return (kind > 0) & (end - begin >= 20 + address) & (segments > 1)


def _where(mask: Mask, column: pl.Series) -> pl.Series:
    return column if mask.all() else column.set(pl.Series(~mask), None)


def _octet(data: Octets, at: int) -> Places:
    return data[:, at].astype(np.int64)


def _half(data: Octets, at: int) -> Places:
    return data[:, at].astype(np.int64) << 8 | data[:, at + 1]


def _word(data: Octets, at: int) -> Places:
    return _half(data, at) << 16 | _half(data, at + 2)
