"""Which captured datagrams are exports of flows, and IPFIX messages put together from TCP."""

import struct
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from varde.collect.packets import TCP, Segment
from varde.decode.flow import UDP, split_messages

PORTS = (2055, 2056, 4739, 6343, 9555, 9995, 9996)
"""Where exporters send by default: IPFIX and sFlow have theirs from IANA, NetFlow has habits."""

CONNECTIONS_MAX = 256
"""TCP connections followed at once; the most silent makes room."""

AHEAD_MAX = 256
"""Segments of a connection that wait for one before them; then it is given up as lost."""

AHEAD_OCTETS = 1024 * 1024
"""Octets of them: a connection's window. With the most connections some 256 MB."""

_SYN, _FIN, _RST = 2, 1, 4
_WRAP = 2**32

Found = tuple[bytes, int, bytes]
"""Exporter, transport and payload."""


@dataclass(slots=True)
class _Connection:
    transport: int
    expected: int
    held: bytes = b""
    ahead: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Exports:
    """Picks exports out of all segments of a capture. A port that got one gets more: then what does not look like one is kept too,
    so that damage is counted and not left out."""

    _ports: set[tuple[bytes, int]] = field(default_factory=set)
    _connections: "OrderedDict[tuple[bytes, int, bytes, int], _Connection]" = field(default_factory=OrderedDict)
    _next: int = 1

    def of(self, segment: Segment, left_out: Counter[str]) -> list[Found]:
        """Whole exports that a segment brings; counts those that are none."""
        if segment.proto == TCP:
            return self._stream(segment, left_out)
        target = (segment.dst, segment.dst_port)
        if looks_like_export(segment.payload):
            self._ports.add(target)
        elif segment.dst_port not in PORTS and target not in self._ports:
            left_out["other"] += 1
            return []
        left_out["cut"] += segment.cut
        return [(segment.src, UDP, segment.payload)]

    def _stream(self, segment: Segment, left_out: Counter[str]) -> list[Found]:
        key = (segment.src, segment.src_port, segment.dst, segment.dst_port)
        connection = self._connections.get(key)
        if connection is None or segment.flags & _SYN:
            connection = self._begin(key, segment)
        if connection is None:
            left_out["other"] += 1
            return []
        self._connections.move_to_end(key)
        self._add(connection, segment, left_out)
        spans, rest = split_messages(connection.held)
        found = [(segment.src, connection.transport, connection.held[at : at + size]) for at, size in spans]
        connection.held = connection.held[rest:]
        if len(connection.held) >= 4 and not _is_message(connection.held):
            left_out["stream"] += 1  # no message begins here: what follows cannot be cut into messages
            del self._connections[key]
        elif segment.flags & (_FIN | _RST):
            del self._connections[key]
        return found

    def _begin(self, key: tuple[bytes, int, bytes, int], segment: Segment) -> _Connection | None:
        """A connection begins with SYN, or, where the capture began later, with a message."""
        syn = bool(segment.flags & _SYN)
        if not (syn and segment.dst_port in PORTS) and not _is_message(segment.payload):
            if syn:
                self._connections.pop(key, None)
            return None
        made = _Connection(self._next, (segment.sequence + syn) % _WRAP)
        self._next += 1
        self._connections[key] = made
        if len(self._connections) > CONNECTIONS_MAX:
            self._connections.popitem(last=False)
        return made

    def _add(self, connection: _Connection, segment: Segment, left_out: Counter[str]) -> None:
        """Put a segment where it belongs: what came before is dropped, what comes later waits."""
        if segment.cut:
            left_out["cut"] += 1
        if segment.payload:
            start = (segment.sequence + bool(segment.flags & _SYN)) % _WRAP
            connection.ahead.setdefault(start, segment.payload)
        if len(connection.ahead) > AHEAD_MAX or sum(map(len, connection.ahead.values())) > AHEAD_OCTETS:
            left_out["lost_segment"] += 1
            nearest = min(connection.ahead, key=lambda number: (number - connection.expected) % _WRAP)
            connection.expected, connection.held = nearest, b""
        while connection.ahead and (fitting := _fitting(connection)) is not None:
            connection.held += fitting
            connection.expected = (connection.expected + len(fitting)) % _WRAP


def _fitting(connection: _Connection) -> bytes | None:
    """The next octets that wait; drops what was had before."""
    for start, payload in list(connection.ahead.items()):
        had = (connection.expected - start) % _WRAP
        if had >= _WRAP // 2:
            continue
        del connection.ahead[start]
        if had < len(payload):
            return payload[had:]
    return None


def _is_message(data: bytes) -> bool:
    return data[:2] == b"\x00\x0a" and int.from_bytes(data[2:4], "big") >= 16


_RECORDS = {1: (16, (52, 48)), 5: (24, (48,)), 7: (24, (52,))}
_OWN_SETS = {9: (20, (0, 1)), 10: (16, (2, 3))}


def looks_like_export(payload: bytes) -> bool:
    """Whether header and length of a datagram fit one of the protocols: numbers as these are rare in others."""
    if len(payload) < 24:
        return False
    version, count = struct.unpack_from(">HH", payload)
    if version in _RECORDS:
        header, sizes = _RECORDS[version]
        return len(payload) in [header + count * size for size in sizes]
    if version in _OWN_SETS:
        header, own = _OWN_SETS[version]
        number, length = struct.unpack_from(">HH", payload, header)
        return bool((number in own or number >= 256) and 4 <= length <= len(payload) - header)
    return payload[:4] == b"\x00\x00\x00\x05" and payload[4:8] in (b"\x00\x00\x00\x01", b"\x00\x00\x00\x02")
