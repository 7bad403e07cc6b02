"""What the sending program leaves in the headers: the marks by which scanners are told apart.

Sources: ZMap's IP identification 54321; masscan's window 1024 without options and identification
destination ^ port ^ sequence number; Mirai's sequence number that equals the destination address.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from varde.simulate._packets import BY_TOOL, ICMP, ICMPV6, TCP, UDP, Column, Packets
from varde.simulate._places import own_number

RANDOM = -1  # any 16-bit value, new for each packet


class Tool(NamedTuple):
    """How one kind of program builds its SYN."""

    name: str
    length: int
    """Octets of an IPv4 SYN with its options."""
    ttl: int
    """Time to live at the sender."""
    dont_fragment: int
    windows: tuple[int, int]
    """Windows it sends, one picked for each packet; RANDOM for any."""
    ip_id: int
    """Fixed identification, or RANDOM."""
    first_port: int
    """Lowest source port."""
    one_port: bool
    """The whole run of a source uses one source port."""


TOOLS = (
    Tool("linux", 60, 64, 1, (64240, 29200), RANDOM, 32768, False),
    Tool("windows", 52, 128, 1, (8192, 64240), RANDOM, 49152, False),
    Tool("zmap", 40, 255, 0, (65535, 65535), 54321, 32768, False),
    Tool("masscan", 40, 255, 0, (1024, 1024), RANDOM, 40000, True),
    Tool("nmap", 44, 59, 0, (1024, 1024), RANDOM, 33000, True),
    Tool("mirai", 40, 64, 0, (RANDOM, RANDOM), RANDOM, 1024, False),
)
LINUX, WINDOWS, ZMAP, MASSCAN, NMAP, MIRAI = range(len(TOOLS))

UDP_LENGTH = {
    7: 29,
    19: 29,
    53: 61,
    69: 48,
    123: 36,
    137: 78,
    161: 71,
    389: 80,
    500: 220,
    1900: 118,
    5060: 443,
    11211: 43,
}  # octets of the usual IPv4 query of each service
UDP_OTHER = 28 + 20  # header and a short payload


@dataclass(frozen=True)
class Headers:
    """Header fields of packets, row by row."""

    sport: Column
    length: Column
    """Octets of the whole packet, IP header included, in both families."""
    ttl: Column
    """As it arrives."""
    ip_id: Column
    dont_fragment: Column
    window: Column
    seq: Column


def dress(rng: np.random.Generator, found: Packets) -> Headers:
    """Give each packet the headers its tool writes; a source keeps its distance and, with some, its port."""
    sources, which = np.unique(found.src, return_inverse=True)
    hops = rng.integers(7, 25, len(sources))[which]
    seq = np.where(found.tool == MIRAI, _destination(found), rng.integers(1, 2**32, len(found)))
    return Headers(
        sport=_source_ports(rng, found, len(sources), which),
        length=_lengths(found, rng),
        ttl=_by_tool("ttl")[found.tool] - hops,
        ip_id=_identification(rng, found, seq),
        dont_fragment=_by_tool("dont_fragment")[found.tool],
        window=_windows(rng, found),
        seq=seq,
    )


def _by_tool(field: str) -> Column:
    return np.array([getattr(tool, field) for tool in TOOLS], dtype=np.int64)


def _destination(found: Packets) -> Column:
    """The own IPv4 address as an integer (IPv6 has none; there the number only has to be stable)."""
    table = np.array([[own_number(sensor, host) for host in range(256)] for sensor in range(3)])
    return np.asarray(table[found.sensor, found.host])


def _source_ports(rng: np.random.Generator, found: Packets, sources: int, which: NDArray[np.intp]) -> Column:
    one_port = _by_tool("one_port")[found.tool] == 1
    share = np.where(one_port, rng.random(sources)[which], rng.random(len(found)))
    first = _by_tool("first_port")[found.tool]
    ports = first + (share * (61000 - first)).astype(np.int64)  # 61000: end of Linux's ephemeral range
    return np.where(found.sport == BY_TOOL, ports, found.sport)


def _lengths(found: Packets, rng: np.random.Generator) -> Column:
    udp = np.full(65536, UDP_OTHER, dtype=np.int64)
    for port, octets in UDP_LENGTH.items():
        udp[port] = octets
    bare = (found.flags & 2) == 0  # only a SYN carries options
    tcp = np.where(bare, 40, _by_tool("length")[found.tool])
    echo = np.where(rng.random(len(found)) < 0.5, 28, 84)  # empty, or what ping(8) sends
    choices = [found.proto == proto for proto in (TCP, UDP, ICMP, ICMPV6)]
    packet = np.select(choices, [tcp, udp[found.dport], echo, echo], default=36)
    return np.asarray(packet + 20 * (found.family == 6))  # the IPv6 header is 40 octets


def _identification(rng: np.random.Generator, found: Packets, seq: Column) -> Column:
    fixed = _by_tool("ip_id")[found.tool]
    free = np.where(fixed == RANDOM, rng.integers(1, 65536, len(found)), fixed)
    return np.where(found.tool == MASSCAN, (_destination(found) ^ found.dport ^ seq) & 0xFFFF, free)


def _windows(rng: np.random.Generator, found: Packets) -> Column:
    table = np.array([tool.windows for tool in TOOLS], dtype=np.int64)
    picked = table[found.tool, rng.integers(0, 2, len(found))]
    return np.where(picked == RANDOM, rng.integers(1024, 65536, len(found)), picked)
