"""What the octets of each format and version are. Fields that hold one number have its name; those that several share are taken apart by
the layout's `parts`.

Numbers are in the order that the header says, addresses of IPv6 always in network order. Offsets and widths are those of the comments
in libsilk's rw*io.c and rwpack.c."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.decode.silk._header import Header

Columns = dict[str, NDArray[Any]]
"""Values of records by the names of fields: start and elapsed in ms, addresses as numbers or as 16 octets."""

Parts = Callable[[NDArray[Any], Header], Columns]

EXPANDED = 1
"""Bit of tcp_state: flags of the first packet and of the others are kept apart."""

IS_IPV6 = 0x80
"""Bit of tcp_state on disk: the addresses are of IPv6."""

_TCP = 6
_PACKETS_UNIT = 64  # of packets that are more than 20 bits hold
_FRACTION = 64  # of an octet in "octets a packet"


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields as NumPy names them, with `>`or `<` left out; octets of a record follow from them."""

    fields: tuple[tuple[str, str], ...]
    parts: tuple[Parts, ...] = ()

    def dtype(self, big_endian: bool) -> "np.dtype[Any]":
        order = ">" if big_endian else "<"
        return np.dtype([(name, kind if kind.endswith("u1") else order + kind) for name, kind in self.fields])

    def columns(self, records: NDArray[Any], header: Header) -> Columns:
        """All values of records of this layout."""
        found: Columns = {name: records[name] for name, _ in self.fields if not name.startswith("_")}
        for part in self.parts:
            found |= part(records, header)
        return found


def _bits(words: NDArray[Any], low: int, count: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = words.astype(np.int64) >> low & (1 << count) - 1
    return found


def _volumes(packets: NDArray[np.int64], many: NDArray[np.int64], each: NDArray[np.int64]) -> Columns:
    """Packets, and octets from how many a packet has: 14 bits of whole ones and 6 of a fraction. Rounded as SiLK rounds."""
    packets = packets * np.where(many, _PACKETS_UNIT, 1)
    whole, fraction = np.divmod((each & _FRACTION - 1) * packets, _FRACTION)
    return {"packets": packets, "octets": (each >> 6) * packets + whole + (fraction >= _FRACTION // 2)}


def _proto_flags(is_tcp: NDArray[Any], either: NDArray[Any], state: NDArray[Any], rest: NDArray[Any]) -> Columns:
    """Protocol and flags, which share an octet: of TCP it holds flags, of all packets or (where the state says so) of the first."""
    tcp, apart = is_tcp.astype(bool), (state & EXPANDED).astype(bool)
    flags = np.where(tcp, np.where(apart, either | rest, either), 0)
    first, others = np.where(tcp & apart, either, 0), np.where(tcp & apart, rest, 0)
    return {"proto": np.where(tcp, _TCP, either), "flags": flags, "first_flags": first, "rest_flags": others}


def _times_flags_proto(records: NDArray[Any], header: Header) -> Columns:
    """rest_flags:8 is_tcp:1 unused:1 start:22, then proto or flags."""
    word = records["_rflag_stime"]
    split = _proto_flags(_bits(word, 23, 1), records["_proto_iflags"], records["tcp_state"], _bits(word, 24, 8))
    return {"start": header.hour + _bits(word, 0, 22), **split}


def _flags_times_volumes(records: NDArray[Any], header: Header) -> Columns:
    """start:22 each:10 | each:10 elapsed:22 | proto_or_flags:8 many:1 is_tcp:1 unused:2 packets:20"""
    first, second, third = records["_stime_bb1"], records["_bb2_elapsed"], records["_pro_flg_pkts"]
    names = records.dtype.names or ()
    state, rest = (records[name] if name in names else np.zeros(len(records), np.uint8) for name in ("tcp_state", "_rest_flags"))
    each = _bits(first, 0, 10) << 10 | _bits(second, 22, 10)
    split = _proto_flags(_bits(third, 22, 1), _bits(third, 24, 8), state, rest)
    times = {"start": header.hour + _bits(first, 10, 22), "elapsed": _bits(second, 0, 22)}
    return times | split | _volumes(_bits(third, 0, 20), _bits(third, 23, 1), each)


def _time_octets_packets(records: NDArray[Any], header: Header) -> Columns:
    """packets:20 start:12 | each:20 elapsed:12 | start_ms:10 elapsed_ms:10 many:1 is_tcp:1 unused:2 proto_or_flags:8"""
    first, second, third = records["_pkts_stime"], records["_bbe"], records["_msec_flags"]
    names = records.dtype.names or ()
    state, rest = (records[name] if name in names else np.zeros(len(records), np.uint8) for name in ("tcp_state", "_rest_flags"))
    start = header.hour + 1000 * _bits(first, 0, 12) + _bits(third, 22, 10)
    times = {"start": start, "elapsed": 1000 * _bits(second, 0, 12) + _bits(third, 12, 10)}
    split = _proto_flags(_bits(third, 10, 1), _bits(third, 0, 8), state, rest)
    return times | split | _volumes(_bits(first, 12, 20), _bits(third, 11, 1), _bits(second, 12, 20))


def _seconds_of_hour(records: NDArray[Any], header: Header) -> Columns:
    """packets:20 elapsed:11 many:1 | start:12 each:20, in seconds"""
    first, second = records["_pef"], records["_sbb"]
    times = {"start": header.hour + 1000 * _bits(second, 20, 12), "elapsed": 1000 * _bits(first, 1, 11)}
    return times | _volumes(_bits(first, 12, 20), _bits(first, 0, 1), _bits(second, 0, 20))


def _of_filter(records: NDArray[Any], header: Header) -> Columns:
    """packets:20 many:1 is_tcp:1 start_ms:10 | each:20 unused:2 elapsed_ms:10, beside whole seconds"""
    first, second = records["_pkts_stimems"], records["_bb_elapsems"]
    start = 1000 * records["_start"].astype(np.int64) + _bits(first, 0, 10)
    times = {"start": start, "elapsed": 1000 * records["_elapsed"].astype(np.int64) + _bits(second, 0, 10)}
    split = _proto_flags(_bits(first, 10, 1), records["_prot_flags"], records["tcp_state"], records["_rest_flags"])
    return times | split | _volumes(_bits(first, 12, 20), _bits(first, 11, 1), _bits(second, 12, 20))


def _of_filter_3(records: NDArray[Any], header: Header) -> Columns:
    """packets:20 many:1 unused:3 flow_type:8 | each:20 unused:12"""
    first = records["_pkts_ftype"]
    return {"flow_type": _bits(first, 0, 8)} | _seconds(records, header) | _volumes(_bits(first, 12, 20), _bits(first, 11, 1), _bits(records["_bpp"], 12, 20))


def _seconds(records: NDArray[Any], header: Header) -> Columns:
    """Whole seconds, and milliseconds where there are some."""
    names = records.dtype.names or ()
    start, elapsed = (1000 * records[name].astype(np.int64) for name in ("_start", "_elapsed"))
    if "_start_ms" in names:
        start, elapsed = start + records["_start_ms"], elapsed + records["_elapsed_ms"]
    return {"start": start, "elapsed": elapsed}


def _no_application(records: NDArray[Any], header: Header) -> Columns:
    """Version 2 has something else there that is not to be read."""
    return {"application": np.zeros(len(records), np.int64)}


def _file_wide(records: NDArray[Any], header: Header) -> Columns:
    """What the header says of all records of a packed file."""
    return {"sensor": np.full(len(records), header.sensor), "flow_type": np.full(len(records), header.flow_type)}


_ENDS = (("src", "u4"), ("dst", "u4"))
_ENDS_V6 = (("src", "16u1"), ("dst", "16u1"))
_PORTS = (("src_port", "u2"), ("dst_port", "u2"))
_KIND = (("proto", "u1"), ("flow_type", "u1"), ("sensor", "u2"))
_FLAGS = (("flags", "u1"), ("first_flags", "u1"), ("rest_flags", "u1"), ("tcp_state", "u1"))
_INTERFACES = (("in_if", "u2"), ("out_if", "u2"))
_COUNTS = (("packets", "u4"), ("octets", "u4"))
_HEAD = (("start", "i8"), ("elapsed", "u4"), *_PORTS, *_KIND, *_FLAGS, ("application", "u2"), ("memo", "u2"))
_OLD = (*_ENDS, *_PORTS, ("next_hop", "u4"), *_INTERFACES, ("_start", "u4"), ("_elapsed", "u4"), *_COUNTS, *_KIND, *_FLAGS, ("_bpp", "u4"))
_GENERIC_1 = (
    *_ENDS, *_PORTS, ("proto", "u1"), ("flags", "u1"), ("in_if", "u1"), ("out_if", "u1"), ("next_hop", "u4"), ("_start", "u4"), *_COUNTS,
    ("_elapsed", "u4"), ("sensor", "u1"),
)  # fmt: skip
_PACKED_5 = (
    ("_rflag_stime", "u4"), ("_proto_iflags", "u1"), ("tcp_state", "u1"), ("application", "u2"), *_PORTS, ("elapsed", "u4"), *_COUNTS,
)  # fmt: skip
_PACKED_4 = (("_stime_bb1", "u4"), ("_bb2_elapsed", "u4"), ("_pro_flg_pkts", "u4"))
_STATE_4 = (("tcp_state", "u1"), ("_rest_flags", "u1"), ("application", "u2"))
_PACKED_3 = (*_ENDS, *_PORTS, ("_pkts_stime", "u4"), ("_bbe", "u4"), ("_msec_flags", "u4"))
_STATE_3 = (("application", "u2"), ("tcp_state", "u1"), ("_rest_flags", "u1"))
_ROUTE = (("next_hop", "u4"), *_INTERFACES)
_FILTER = (*_ENDS, *_PORTS, ("next_hop", "u4"), *_INTERFACES, ("_start", "u4"), ("_elapsed", "u4"))

_GENERIC, _IPV6, _ROUTING, _SPLIT, _AUGMENTED, _AUGROUTING, _RWFILTER = 0x16, 0x0B, 0x0C, 0x12, 0x14, 0x0E, 0x13


def _versions(form: int, versions: range, fields: tuple[tuple[str, str], ...], *parts: Parts) -> dict[tuple[int, int], Layout]:
    return {(form, version): Layout(fields, parts) for version in versions}


LAYOUTS: dict[tuple[int, int], Layout] = {
    **_versions(_GENERIC, range(1), (*_GENERIC_1, ("_padding", "3u1")), _seconds),
    **_versions(_GENERIC, range(1, 2), _GENERIC_1, _seconds),
    **_versions(_GENERIC, range(2, 3), _OLD, _seconds),
    **_versions(_GENERIC, range(3, 5), (*_OLD, ("_start_ms", "u2"), ("_elapsed_ms", "u2"), ("application", "u2"), ("_padding", "2u1")), _seconds),
    **_versions(_GENERIC, range(5, 6), (*_HEAD, *_INTERFACES, *_COUNTS, *_ENDS, ("next_hop", "u4"))),
    **_versions(_IPV6, range(1, 2), (*_HEAD, *_COUNTS, *_ENDS_V6)),
    **_versions(_IPV6, range(2, 3), (*_PACKED_5, *_ENDS_V6), _times_flags_proto, _file_wide),
    **_versions(_ROUTING, range(1, 2), (*_HEAD, *_INTERFACES, *_COUNTS, *_ENDS_V6, ("next_hop", "16u1"))),
    **_versions(_ROUTING, range(2, 3), (*_HEAD, *_INTERFACES, *_COUNTS, *_ENDS_V6, ("next_hop", "16u1")), _no_application),
    **_versions(_ROUTING, range(3, 4), (*_HEAD, ("in_if", "u4"), ("packets", "u8"), ("octets", "u8"), *_ENDS_V6, ("next_hop", "16u1"), ("out_if", "u4"))),
    **_versions(_SPLIT, range(1, 3), (*_ENDS, *_PORTS, ("_pef", "u4"), ("_sbb", "u4"), ("proto", "u1"), ("flags", "u1")), _seconds_of_hour, _file_wide),
    **_versions(_SPLIT, range(3, 5), _PACKED_3, _time_octets_packets, _file_wide),
    **_versions(_SPLIT, range(5, 6), (*_PACKED_4, *_PORTS, *_ENDS), _flags_times_volumes, _file_wide),
    **_versions(_AUGMENTED, range(1, 4), (*_PACKED_3, *_STATE_3), _time_octets_packets, _file_wide),
    **_versions(_AUGMENTED, range(4, 5), (*_PACKED_4, *_STATE_4, *_PORTS, *_ENDS), _flags_times_volumes, _file_wide),
    **_versions(_AUGMENTED, range(5, 6), (*_PACKED_5, *_ENDS), _times_flags_proto, _file_wide),
    **_versions(_AUGROUTING, range(1, 4), (*_PACKED_3, *_STATE_3, *_ROUTE), _time_octets_packets, _file_wide),
    **_versions(_AUGROUTING, range(4, 5), (*_PACKED_4, *_STATE_4, *_PORTS, *_INTERFACES, *_ENDS, ("next_hop", "u4")), _flags_times_volumes, _file_wide),
    **_versions(_AUGROUTING, range(5, 6), (*_PACKED_5, *_ENDS, *_ROUTE), _times_flags_proto, _file_wide),
    **_versions(_RWFILTER, range(3, 4), (*_FILTER, ("_pkts_ftype", "u4"), ("_bpp", "u4"), ("sensor", "u2"), ("proto", "u1"), ("flags", "u1")), _of_filter_3),
    **_versions(_RWFILTER, range(4, 6), (
        *_FILTER, ("_pkts_stimems", "u4"), ("_bb_elapsems", "u4"), ("sensor", "u2"), ("flow_type", "u1"), ("_prot_flags", "u1"), *_STATE_3,
    ), _of_filter),
}  # fmt: skip
"""By format and version of the records."""
