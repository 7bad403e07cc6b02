"""Packets as rows of one array, and as the frame that detectors are given. Who sent each is kept beside it: nothing else knows the truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.insight import nmap

ROW = np.dtype([
    ("time", "i8"), ("src", "u8"), ("host", "u8"), ("dst", "i4"), ("src_port", "i4"), ("dst_port", "i4"), ("proto", "i2"), ("flags", "i2"),
    ("icmp", "i2"), ("ttl", "i2"), ("ip_id", "i4"), ("window", "i4"), ("seq", "i8"), ("allowed", "?"), ("origin", "i4"),
])  # fmt: skip
"""`src`: an IPv4 address as a number, or the first half of an IPv6 address, of which `host` is the other; `dst`: place in the site."""

ICMP, TCP, UDP = 1, 6, 17
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
HOUR, DAY = 3_600_000_000, 86_400_000_000
BEGIN = 20_000 * DAY
"""Where each of the months begins; a Friday of 2024."""

SURVEY = -1
"""Origin of those who look at the whole Internet and say so: a finding of them is neither right nor wrong. 0 is innocent."""

LINUX, WINDOWS, ZMAP, MASSCAN, NMAP, MIRAI = range(6)
TTLS = np.array([64, 128, 255, 255, 64, 64])
WINDOWS_OF = np.array([64240, 8192, 65535, 1024, 1024, -1])
"""By tool; -1 is any."""

HOPS = (8, 24)
Ints = nmap.Ints
Packets = NDArray[Any]
"""Rows of ROW."""


@dataclass(frozen=True, slots=True)
class Site:
    """Whose firewall it is: how many addresses from the first on, what is open to everybody, and how much of it answers."""

    name: str
    first: int
    addresses: int
    open_ports: tuple[str, ...] = ("tcp/25", "tcp/443")
    days: int = 35
    a_day: int = 1_500
    "New strangers a day."
    silent_from: int = 1
    "From this place on no address has a service."

    def octets(self) -> list[bytes]:
        mapped = [b"\0" * 10 + b"\xff\xff" + (self.first + place).to_bytes(4, "big") for place in range(self.addresses)]
        return [*mapped, bytes.fromhex("20010db8000000000000000000000007")]


HOME = Site("home, one address", 0xC6336407, 1)
OFFICE = Site("office, 512 addresses", 0xC6120000, 512, days=14, a_day=6_000, silent_from=16)
SITES = (HOME, OFFICE)
V6 = -1
"""Place of the site's IPv6 address."""


def rows(number: int, **columns: Any) -> Packets:
    """So many packets; what is not said is what a SYN to the first address has."""
    made = np.zeros(number, ROW)
    made["proto"], made["flags"], made["icmp"], made["ttl"], made["ip_id"], made["window"], made["seq"] = TCP, SYN, -1, 50, -1, -1, -1
    for name, value in columns.items():
        made[name] = value
    return made


def marked(rng: np.random.Generator, made: Packets, tool: Ints | int, hops: Ints | int, site: Site) -> Packets:
    """What the sending program leaves in headers of TCP; the sequence number of Mirai is the destination."""
    number = len(made)
    tools = np.broadcast_to(np.asarray(tool), number)
    made["ttl"] = np.where(tools == NMAP, rng.integers(*nmap.TTLS, number), TTLS[tools]) - hops
    target = site.first + made["dst"].astype(np.int64)
    any_window = rng.integers(1, 65_536, number)
    made["window"] = np.where(WINDOWS_OF[tools] < 0, any_window, WINDOWS_OF[tools])
    made["seq"] = np.where(tools == MIRAI, target, rng.integers(0, 1 << 32, number))
    mixture = target ^ made["dst_port"] ^ made["seq"]
    made["ip_id"] = np.where(tools == ZMAP, 54_321, np.where(tools == MASSCAN, mixture & 0xFFFF, rng.integers(0, 65_536, number)))
    not_tcp = made["proto"] != TCP
    made["window"][not_tcp], made["seq"][not_tcp], made["flags"][not_tcp] = -1, -1, -1
    return made


def in_order(parts: list[Packets]) -> Packets:
    """All of them by time."""
    together = np.concatenate(parts)
    return together[np.argsort(together["time"], kind="stable")]


def octets_of(src: int, host: int = 0) -> bytes:
    """The 16 octets of a source."""
    return b"\0" * 10 + b"\xff\xff" + src.to_bytes(4, "big") if src < 1 << 32 else src.to_bytes(8, "big") + host.to_bytes(8, "big")


def number_of(octets: bytes) -> int:
    """The `src` of a source: of IPv6 its network."""
    return int.from_bytes(octets[12:], "big") if octets[:12] == b"\0" * 10 + b"\xff\xff" else int.from_bytes(octets[:8], "big")


def owner_of(src: NDArray[np.uint64]) -> Ints:
    """The AS number of sources: each /20 has one, as good as its own."""
    return np.asarray((src >> np.uint64(12)).astype(np.int64) * 2_654_435_761 % 4_200_000_000)


def frame(packets: Packets, site: Site) -> pl.DataFrame:
    """As a store gives them: null where a protocol has no such field."""
    known = {name: packets[column].astype(np.int64) for name, column in _NUMBERS.items()}
    columns = {name: pl.Series(name, values).set(pl.Series(values < 0), None) for name, values in known.items()}
    targets = pl.Series("dst_addr", site.octets(), dtype=pl.Binary).gather(np.where(packets["dst"] < 0, site.addresses, packets["dst"]))
    made = pl.DataFrame([_sources(packets), targets, *columns.values()])
    return made.with_columns(
        pl.Series("action", np.where(packets["allowed"], "allow", "block")), end_time=pl.lit(None, pl.Int64), packets=pl.lit(1, pl.Int64),
        octets=pl.lit(44, pl.Int64), initiator=pl.lit(None, pl.String), exists=pl.lit(None, pl.Boolean),
        src_as=pl.Series(owner_of(packets["src"])),
    )  # fmt: skip


_NUMBERS = {
    "time": "time", "src_port": "src_port", "dst_port": "dst_port", "proto": "proto", "tcp_flags": "flags", "icmp_type": "icmp", "ttl": "ttl",
    "ip_id": "ip_id", "tcp_window": "window", "tcp_seq": "seq",
}  # fmt: skip


def _sources(packets: Packets) -> pl.Series:
    if not (packets["src"] >= 1 << 32).any():
        known, place = np.unique(packets["src"], return_inverse=True)
        return pl.Series("src_addr", [octets_of(int(src)) for src in known], dtype=pl.Binary).gather(place)
    both, place = np.unique(np.stack([packets["src"], packets["host"]]), axis=1, return_inverse=True)
    return pl.Series("src_addr", [octets_of(int(src), int(host)) for src, host in both.T], dtype=pl.Binary).gather(place.ravel())
