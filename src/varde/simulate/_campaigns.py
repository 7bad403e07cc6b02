"""What makes the day worth a look: scans of every kind, a surge, a shared sweep, a new port, a drawing. One function each."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import varde.simulate._art as _art
from varde.simulate._background import MAIN_HOSTS, SENSOR_SHARES
from varde.simulate._clock import SECOND, Clock
from varde.simulate._packets import FIN, PSH, SYN, TCP, UDP, URG, Column, Packets, concatenate, packets
from varde.simulate._places import BACKGROUND_HOSTS, HOSTS, PLACES, source
from varde.simulate._tools import LINUX, MASSCAN, MIRAI, NMAP, ZMAP


class Stage(NamedTuple):
    """The day that a campaign plays in."""

    clock: Clock
    rng: np.random.Generator


def _evenly(stage: Stage, begin: str, seconds: float, count: int, jitter: float) -> Column:
    """`count` moments from wall clock `begin` on, evenly over `seconds`, each up to `jitter` steps late."""
    step = seconds * SECOND / count
    offsets = (np.arange(count) + jitter * stage.rng.random(count)) * step
    return np.asarray(stage.clock.at(begin) + offsets.astype(np.int64))


SLOW_PORTS = np.unique(np.geomspace(30, 51000, 420).astype(np.int64))[::-1]  # a straight line on the plot
SLOW_SWAPS = 12  # pairs that arrive in the wrong order: 24 of some 400 steps go up


def slow_scan(stage: Stage) -> Packets:
    """One source, high ports to low, from 01:40 for 19 hours; about 94 % of the steps go down."""
    ports = SLOW_PORTS.copy()
    first = stage.rng.choice(np.arange(0, len(ports) - 12, 12), SLOW_SWAPS, replace=False)
    second = first + stage.rng.integers(3, 9, SLOW_SWAPS)
    ports[first], ports[second] = ports[second], ports[first]
    times = _evenly(stage, "01:40", 19 * 3600, len(ports), 0.7)
    return packets(times, src=source("NL", 3877), dport=ports, tool=NMAP)


def fast_scan(stage: Stage) -> Packets:
    """One source, ports 1 to 1000 of one host in masscan's shuffled order, six minutes from 10:11."""
    ports = stage.rng.permutation(np.arange(1, 1001))
    return packets(
        _evenly(stage, "10:11", 360, len(ports), 1.0),
        sensor=1,
        src=source("US", 3923, 1),
        dport=ports,
        tool=MASSCAN,
    )


SURGE_SOURCES = 1043
SURGE_MIX = {
    "BR": 552,
    "GB": 186,
    "IE": 50,
    "TR": 41,
    "IR": 38,
    "VN": 35,
    "IN": 33,
    "RU": 30,
    "CN": 28,
    "US": 25,
    "DE": 25,
}


def surge(stage: Stage) -> Packets:
    """TCP/7547 from 14:52 to midnight: ever more sources, 1,043 in all, over half Brazilian, most Mirai."""
    rng, begin, end = stage.rng, stage.clock.at("14:52"), stage.clock.end
    numbers = rng.permutation(
        np.concatenate([_from(rng, country, count) for country, count in SURGE_MIX.items()])
    )
    share = np.sort(rng.random(SURGE_SOURCES)) ** 0.6  # below 1: more new sources every hour
    arrival = begin + ((end - begin) * (share - share[0])).astype(np.int64)
    row = np.repeat(np.arange(SURGE_SOURCES), rng.geometric(0.55, SURGE_SOURCES))
    again = np.concatenate([[False], row[1:] == row[:-1]])
    late = (rng.random(len(row)) * np.maximum(end - arrival[row] - SECOND, 1) * again).astype(np.int64)
    sensor = rng.choice(3, len(row), p=SENSOR_SHARES)
    return packets(
        arrival[row] + late,
        sensor=sensor,
        src=numbers[row],
        host=np.array(MAIN_HOSTS)[sensor],
        dport=7547,
        tool=np.where(rng.random(SURGE_SOURCES) < 0.85, MIRAI, LINUX)[row],
    )


def _from(rng: np.random.Generator, country: str, count: int) -> Column:
    """Distinct sources of one country, over all its places."""
    places = [index for index, place in enumerate(PLACES) if place.country == country]
    pool = np.concatenate([place * HOSTS + np.array(BACKGROUND_HOSTS) for place in places])
    return np.asarray(rng.choice(pool, count, replace=False))


def horizontal_sweep(stage: Stage) -> Packets:
    """One source asks every host of a /24 for one port, 90 seconds from 13:20."""
    return packets(
        _evenly(stage, "13:20", 90, 254, 0.5),
        src=source("RU", 3851),
        host=np.arange(1, 255),
        dport=5901,
        tool=ZMAP,
    )


COORDINATED_SOURCES = 12
COORDINATED_PORTS = np.arange(1600, 2320)


def coordinated_sweep(stage: Stage) -> Packets:
    """Twelve sources of one operator take turns over one range of ports, upwards, from 04:20 to 06:50."""
    count = len(COORDINATED_PORTS)
    turns = np.concatenate(
        [stage.rng.permutation(COORDINATED_SOURCES) for _ in range(count // COORDINATED_SOURCES)]
    )
    sources = source("BG", 3860) + 3 * turns
    return packets(
        _evenly(stage, "04:20", 2.5 * 3600, count, 0.8),
        sensor=1,
        src=sources,
        dport=COORDINATED_PORTS,
        tool=ZMAP,
    )


def xmas_scan(stage: Stage) -> Packets:
    """One source sends FIN, PSH and URG to 200 ports in twelve minutes from 22:05."""
    ports = stage.rng.choice(np.unique(np.geomspace(20, 9999, 600).astype(np.int64)), 200, replace=False)
    return packets(
        _evenly(stage, "22:05", 720, 200, 0.9),
        sensor=1,
        src=source("UA", 3888),
        dport=ports,
        tool=NMAP,
        flags=FIN | PSH | URG,
    )


IPV6_SOURCES = 4  # fewer than make a surge of each service that they try


def ipv6_probing(stage: Stage) -> Packets:
    """A few IPv6 sources try services in TCP and UDP on a handful of hosts, at dusk."""
    rng, count = stage.rng, 240
    services = np.array(
        [21, 22, 23, 25, 80, 110, 143, 443, 993, 3306, 5432, 8080, 8443, 53, 123, 161, 500, 5060]
    )
    dport = rng.choice(services, count)
    udp = np.isin(dport, [53, 123, 161, 500, 5060])
    return packets(
        _evenly(stage, "16:30", 5 * 3600, count, 1.0),
        family=6,
        proto=np.where(udp, UDP, TCP),
        dport=dport,
        src=source("FR", 3900) + rng.integers(0, IPV6_SOURCES, count),
        host=rng.choice([1, 2, 10, 16], count),
        tool=LINUX,
    )


ART_BEGIN, ART_SECONDS = "15:10", 6 * 3600  # right of the slow scan
ART_PORTS = (10500, 60000)  # above the surge; the higher the port, the finer the logarithmic plot draws


def drawing(stage: Stage) -> Packets:
    """Firewall art by two friendly hosts: the hull in TCP, sail and sea in UDP."""
    return concatenate([_draw(stage, _art.HULL, TCP, 3901), _draw(stage, _art.SAIL + _art.SEA, UDP, 3902)])


def _draw(stage: Stage, strokes: tuple[_art.Stroke, ...], proto: int, host: int) -> Packets:
    x, y = _art.points(strokes).T
    times = stage.clock.at(ART_BEGIN) + (x * ART_SECONDS * SECOND).astype(np.int64)
    low, high = np.log(ART_PORTS)
    ports = np.exp(low + y * (high - low)).astype(np.int64)
    return packets(times, proto=proto, src=source("NO", host), dport=ports, tool=LINUX)


BLOCK_PORTS = (21, 22, 80, 111, 139, 443, 873, 1080, 2049, 2375, 3128, 5000, 5985, 6443, 7001, 8000, 8081, 9090, 10250, 11434)
BLOCK_HOSTS = np.arange(64, 88)


def block_scan(stage: Stage) -> Packets:
    """One source tries twenty services of each of 24 hosts, all in disorder, eight minutes from 08:10."""
    ports, hosts = (pairs.ravel() for pairs in np.meshgrid(BLOCK_PORTS, BLOCK_HOSTS))
    order = stage.rng.permutation(len(ports))
    return packets(
        _evenly(stage, "08:10", 480, len(ports), 0.9), sensor=1, src=source("DE", 3866), host=hosts[order], dport=ports[order], tool=MASSCAN
    )


SHUFFLED_PORTS = 72


def shuffled_scan(stage: Stage) -> Packets:
    """One source asks one host for ports that hardly anybody wants, in no order, one in seventeen minutes from 02:30."""
    ports = stage.rng.choice(np.arange(12000, 64000), SHUFFLED_PORTS, replace=False)
    return packets(_evenly(stage, "02:30", 20.5 * 3600, SHUFFLED_PORTS, 0.8), sensor=2, src=source("KR", 3871), host=140, dport=ports, tool=NMAP)


ODD_FLAGS = ((0, "11:05", 3881), (FIN, "12:25", 3884), (SYN | FIN, "23:10", 3887))
"""Of TCP: bits, when, and by which host. The Christmas tree has a scan of its own."""


def odd_flags(stage: Stage) -> Packets:
    """Three neighbours send what no connection begins with: no flag at all, FIN alone, SYN with FIN; eighty ports each in ten minutes."""
    return concatenate([_flagged(stage, *each) for each in ODD_FLAGS])


def _flagged(stage: Stage, flags: int, begin: str, host: int) -> Packets:
    ports = stage.rng.choice(np.arange(20, 1024), 80, replace=False)
    return packets(_evenly(stage, begin, 600, len(ports), 0.9), sensor=2, src=source("ID", host), host=140, dport=ports, tool=NMAP, flags=flags)


NEW_PORT = 52869  # nobody wanders there: background ports are mostly low ones
NEW_PORT_COUNTRIES = ("CN", "US", "RU", "IN", "VN", "DE", "GB", "IE", "FR", "TW", "TR", "UA", "BG", "IR")


def new_port(stage: Stage) -> Packets:
    """Fourteen sources, each of another country, find a port that nobody wanted before, three times each, five hours from 06:40."""
    sources = np.array([source(country, 3895) for country in NEW_PORT_COUNTRIES])
    return packets(_evenly(stage, "06:40", 5 * 3600, 3 * len(sources), 0.9), sensor=1, src=np.tile(stage.rng.permutation(sources), 3), dport=NEW_PORT, tool=LINUX)


CAMPAIGNS: tuple[Callable[[Stage], Packets], ...] = (
    slow_scan,
    fast_scan,
    surge,
    horizontal_sweep,
    coordinated_sweep,
    xmas_scan,
    ipv6_probing,
    drawing,
    block_scan,
    shuffled_scan,
    odd_flags,
    new_port,
)
"""One of each kind of varde.model.findings.KINDS and more. New ones go to the end: the number of one is part of its seed."""


def campaigns(clock: Clock, seed: int) -> Packets:
    """All campaigns of the day; their size does not depend on the background's."""
    return concatenate(
        [
            play(Stage(clock, np.random.default_rng([seed, clock.day.toordinal(), number])))
            for number, play in enumerate(CAMPAIGNS, start=1)
        ]
    )
