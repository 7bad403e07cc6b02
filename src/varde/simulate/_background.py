"""The noise of every day: who knocks on what, by the rhythm of the day, from a population that mostly stays.

Source by source: most send a few packets, few send hundreds (Pareto), each to one service on at most three
own addresses, or wandering over the ports. The population comes from the seed alone, the day picks and adds,
so two days look alike and are not equal.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from varde.simulate._clock import SECOND, Clock
from varde.simulate._packets import (
    ACK,
    BY_TOOL,
    GRE,
    ICMP,
    ICMPV6,
    IGMP,
    RST,
    SYN,
    TCP,
    UDP,
    Column,
    Packets,
    concatenate,
    packets,
)
from varde.simulate._places import BACKGROUND_HOSTS, HOSTS, source, weights
from varde.simulate._tools import LINUX, MASSCAN, MIRAI, NMAP, WINDOWS, ZMAP

ANY_PORT = -1  # a wanderer: another port each time
HIGH_PORT = -2  # answers to forged questions: an ephemeral port of ours


class Habit(NamedTuple):
    """What one kind of source is after."""

    share: float
    """Share of the sources, any unit."""
    proto: int
    family: int
    dport: int
    """A port, ANY_PORT or HIGH_PORT; the type for ICMP."""
    tools: tuple[int, ...]
    flags: int = SYN
    sport: int = BY_TOOL


_BOTS, _SCANNERS = (MIRAI, MIRAI, ZMAP), (ZMAP, MASSCAN, LINUX)
_WORMS, _CLIENTS = (WINDOWS, WINDOWS, MASSCAN), (LINUX, ZMAP, NMAP)

# fmt: off
HABITS = (
    Habit(95, TCP, 4, 23, _BOTS), Habit(105, TCP, 4, 22, _CLIENTS), Habit(50, TCP, 4, 445, _WORMS),
    Habit(42, TCP, 4, 3389, _SCANNERS), Habit(26, TCP, 4, 1433, _WORMS), Habit(30, TCP, 4, 80, _SCANNERS),
    Habit(34, TCP, 4, 443, _SCANNERS), Habit(24, TCP, 4, 8080, _SCANNERS), Habit(17, TCP, 4, 6379, _SCANNERS),
    Habit(12, TCP, 4, 5555, _BOTS), Habit(9, TCP, 4, 2323, _BOTS), Habit(8, TCP, 4, 8443, _SCANNERS),
    Habit(8, TCP, 4, 25, _CLIENTS), Habit(6, TCP, 4, 21, _CLIENTS), Habit(7, TCP, 4, 3306, _SCANNERS),
    Habit(6, TCP, 4, 5432, _SCANNERS), Habit(6, TCP, 4, 5900, _SCANNERS), Habit(5, TCP, 4, 81, _BOTS),
    Habit(4, TCP, 4, 8291, _SCANNERS), Habit(4, TCP, 4, 9200, _SCANNERS), Habit(3, TCP, 4, 27017, _SCANNERS),
    Habit(3, TCP, 4, 2375, _SCANNERS), Habit(3, TCP, 4, 110, _CLIENTS), Habit(3, TCP, 4, 143, _CLIENTS),
    Habit(0.15, TCP, 4, 7547, _BOTS), Habit(0.8, TCP, 4, 37777, _BOTS),
    Habit(36, UDP, 4, 5060, (LINUX,)), Habit(18, UDP, 4, 53, (LINUX, ZMAP)), Habit(16, UDP, 4, 123, (ZMAP,)),
    Habit(14, UDP, 4, 1900, (ZMAP,)), Habit(13, UDP, 4, 161, (ZMAP,)), Habit(4, UDP, 4, 389, (ZMAP,)),
    Habit(3, UDP, 4, 11211, (ZMAP,)), Habit(2, UDP, 4, 137, (WINDOWS,)), Habit(2, UDP, 4, 69, (LINUX,)),
    Habit(210, TCP, 4, ANY_PORT, (ZMAP, MASSCAN, NMAP, LINUX)), Habit(48, UDP, 4, ANY_PORT, (ZMAP, LINUX)),
    Habit(5, TCP, 6, 443, (LINUX, ZMAP)), Habit(5, TCP, 6, 80, (LINUX, ZMAP)), Habit(4, TCP, 6, 22, (LINUX,)),
    Habit(9, TCP, 6, ANY_PORT, (LINUX, ZMAP)), Habit(1.6, UDP, 6, 53, (LINUX,)),
    Habit(1, UDP, 6, 123, (LINUX,)), Habit(3, UDP, 6, ANY_PORT, (LINUX,)),
    Habit(24, ICMP, 4, 8, (LINUX, WINDOWS)), Habit(1.5, ICMPV6, 6, 128, (LINUX,)),
    Habit(0.7, GRE, 4, 0, (LINUX,)), Habit(0.5, IGMP, 4, 0, (LINUX,)),
    Habit(0.8, TCP, 4, 0, (LINUX, ZMAP)), Habit(0.5, UDP, 4, 0, (LINUX,)),
    Habit(3, TCP, 4, HIGH_PORT, (LINUX,), SYN | ACK, 443), Habit(2, TCP, 4, HIGH_PORT, (LINUX,), RST, 80),
)

# fmt: on

SOURCES_PER_PROBE = 0.18  # some 6,000 of them are seen in a day of 40,000
RETURNING = 0.6  # share of a day's sources that belong to the lasting population
PARETO, MOST = 1.15, 200.0  # exponent and cap of a source's zeal; a unit of zeal is one or two packets a day
WANDERER_MOST = 12.0  # keeps a wanderer from looking like the scan of one host
ALL_DAY = 0.55  # share of sources that are seen all day; the others come once, for a while
SENSOR_SHARES = (0.60, 0.32, 0.08)
SENSOR_HOSTS = ((1, 255), (1, 127), (129, 255))  # own hosts behind each sensor, end exclusive
MAIN_HOSTS = (10, 10, 140)  # the router's own address behind each sensor
SERVERS = (0, 25, 150)  # the open server behind the sensors that log what they let through
ALLOWED_PER_PROBE = 0.015  # lines of let-through packets on the sensors that log them
ECHO_PERIOD = 300  # seconds between two UDP/7 packets of the one source that never gives up
PROBES_PER_ECHO = 40  # in a small day it comes less often, so that it does not become the day


@dataclass(frozen=True)
class _Sources:
    """One row a source."""

    number: Column
    habit: Column
    sensor: Column
    tool: Column
    hosts: NDArray[np.int64]
    """Three own hosts each."""
    zeal: NDArray[np.float64]
    """Relative number of packets."""


def background(clock: Clock, seed: int, probes: int) -> Packets:
    """Exactly `probes` refused packets of one day and a few that were let through."""
    rng = np.random.default_rng([seed, clock.day.toordinal()])
    echo = _echo(clock, rng, probes // PROBES_PER_ECHO)
    noise = _noise(clock, rng, _sources_of_day(rng, seed, probes), probes - len(echo))
    return concatenate([noise, _packets_of(echo), _allowed(clock, rng, round(probes * ALLOWED_PER_PROBE))])


def _sources_of_day(rng: np.random.Generator, seed: int, probes: int) -> _Sources:
    count = max(1, round(probes * SOURCES_PER_PROBE))
    lasting = _draw_sources(np.random.default_rng([seed, 0]), count)
    fresh = _draw_sources(rng, count)
    returns = rng.random(count) < RETURNING
    return _Sources(
        *(
            np.where(returns if old.ndim == 1 else returns[:, None], old, new)
            for old, new in zip(vars(lasting).values(), vars(fresh).values(), strict=True)
        )
    )


def _draw_sources(rng: np.random.Generator, count: int) -> _Sources:
    shares = np.array([habit.share for habit in HABITS])
    habit = rng.choice(len(HABITS), count, p=shares / shares.sum())
    place = rng.choice(len(weights()), count, p=weights())
    number = place * HOSTS + rng.integers(BACKGROUND_HOSTS.start, BACKGROUND_HOSTS.stop, count)
    sensor = _sensors(rng, habit, count)
    kits = np.array([habit.tools + habit.tools[:1] * (4 - len(habit.tools)) for habit in HABITS])
    tool = kits[habit, rng.integers(0, 4, count)]
    zeal = (1 - rng.random(count)) ** (-1 / PARETO)
    hosts = _own_hosts(rng, np.repeat(sensor, 3)).reshape(count, 3)
    return _Sources(number, habit, sensor, tool, hosts, zeal)


def _sensors(rng: np.random.Generator, habit: Column, count: int) -> Column:
    sensor = rng.choice(3, count, p=SENSOR_SHARES)
    icmpv6 = np.array([entry.proto == ICMPV6 for entry in HABITS])[habit]
    return np.where(icmpv6 & (sensor == 0), 1, sensor)  # this RouterOS has no rule that logs ICMPv6


def _own_hosts(rng: np.random.Generator, sensor: Column) -> Column:
    """Half of all packets meet the router's own address, the rest is spread over the network."""
    low, high = np.array(SENSOR_HOSTS)[sensor].T
    return np.where(rng.random(len(sensor)) < 0.5, np.array(MAIN_HOSTS)[sensor], rng.integers(low, high))


def _noise(clock: Clock, rng: np.random.Generator, sources: _Sources, count: int) -> Packets:
    row = np.repeat(np.arange(len(sources.number)), _share_out(rng, sources, count))
    habit, sensor = sources.habit[row], sources.sensor[row]
    dport = np.array([entry.dport for entry in HABITS])[habit]
    host = np.where(dport == ANY_PORT, _own_hosts(rng, sensor), sources.hosts[row, rng.integers(0, 3, count)])
    fixed = {
        name: np.array([getattr(entry, name) for entry in HABITS])[habit]
        for name in ("proto", "family", "flags", "sport")
    }
    echo = np.isin(fixed["proto"], (ICMP, ICMPV6))
    fixed["sport"] = np.where(echo, rng.integers(1, 65536, count), fixed["sport"])
    return packets(
        _times(clock, rng, row, dport),
        sensor=sensor,
        src=sources.number[row],
        host=host,
        dport=_ports(rng, dport),
        tool=sources.tool[row],
        **fixed,
    )


def _share_out(rng: np.random.Generator, sources: _Sources, count: int) -> Column:
    """How many of `count` packets each source sends."""
    wanders = np.array([entry.dport < 0 for entry in HABITS])[sources.habit]
    most = np.where(wanders, WANDERER_MOST, MOST)
    zeal = np.minimum(sources.zeal * rng.lognormal(0, 0.3, len(wanders)), most)
    return np.asarray(rng.multinomial(count, zeal / zeal.sum()))


def _ports(rng: np.random.Generator, wanted: Column) -> Column:
    count = len(wanted)
    # log-uniform, thinner below 60: few look for services down there
    lowest = rng.random(count) * np.log(60)
    wander = np.exp(lowest + rng.random(count) * (np.log(65536) - lowest)).astype(np.int64)
    ports = np.where(wanted == ANY_PORT, wander, wanted)
    return np.where(wanted == HIGH_PORT, rng.integers(32768, 61000, count), ports)


def _times(clock: Clock, rng: np.random.Generator, row: Column, dport: Column) -> Column:
    """All-day sources follow the rhythm of the day; the others come in one burst of minutes to hours."""
    length, sources = clock.end - clock.start, int(row[-1]) + 1 if len(row) else 0
    all_day = (rng.random(sources) < ALL_DAY)[row] | (dport < 0)
    width = np.exp(rng.uniform(np.log(300), np.log(4 * 3600), sources)) * SECOND
    burst = rhythm(rng, rng.random(sources))[row] * length + rng.exponential(1.0, len(row)) * width[row]
    moments = np.where(all_day, rhythm(rng, rng.random(len(row))) * length, burst % length)
    return clock.start + moments.astype(np.int64)


def rhythm(rng: np.random.Generator, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn uniform numbers into shares of the day [0, 1): more by day than by night, a little uneven."""
    phase = np.linspace(0, 1, 144, endpoint=False)  # ten minutes a step
    load = (1 + 0.22 * np.sin(2 * np.pi * (phase - 0.4))) * rng.lognormal(0, 0.06, len(phase))
    reached = np.concatenate([[0.0], np.cumsum(load) / load.sum()])
    return np.asarray(np.minimum(np.interp(uniform, reached, np.linspace(0, 1, 145)), np.nextafter(1, 0)))


def _echo(clock: Clock, rng: np.random.Generator, most: int) -> Column:
    """When the UDP/7 packets come: every five minutes or a multiple, give or take a second."""
    if most == 0:
        return np.zeros(0, dtype=np.int64)
    beats = np.arange(clock.start + 97 * SECOND, clock.end - 2 * SECOND, ECHO_PERIOD * SECOND)
    beats = beats[:: -(-len(beats) // most)]
    return np.asarray(beats + rng.normal(0, 0.5 * SECOND, len(beats)).clip(-SECOND, SECOND).astype(np.int64))


def _packets_of(echo: Column) -> Packets:
    return packets(echo, proto=UDP, src=source("DE", 3900, 1), dport=7, sport=39999, tool=LINUX)


def _allowed(clock: Clock, rng: np.random.Generator, count: int) -> Packets:
    """Packets that two of the firewalls let through and log: mail and web for the servers behind them."""
    times = clock.start + (rhythm(rng, rng.random(count)) * (clock.end - clock.start)).astype(np.int64)
    clients = _draw_sources(rng, max(1, count // 3)).number
    sensor = rng.choice([1, 2], count, p=[0.8, 0.2])
    return packets(
        times,
        sensor=sensor,
        host=np.array(SERVERS)[sensor],
        src=rng.choice(clients, count),
        dport=rng.choice([443, 80, 25], count),
        tool=rng.choice([LINUX, WINDOWS], count),
        refused=0,
    )
