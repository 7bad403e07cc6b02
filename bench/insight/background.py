"""What a firewall at the edge sees when nobody scans it: synthetic, seasonal, in bursts, and full of innocents that look like scans.

Everything is of the hour (a day's and a week's curve times a gamma of SPREAD) and of its source: who comes often comes to the same ports.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.insight.packets import (
    ACK,
    BEGIN,
    FIN,
    HOPS,
    HOUR,
    ICMP,
    LINUX,
    MASSCAN,
    MIRAI,
    PSH,
    RST,
    SURVEY,
    SYN,
    TCP,
    UDP,
    WINDOWS,
    ZMAP,
    Ints,
    Packets,
    Site,
    in_order,
    marked,
    rows,
)

SPREAD = 3.0
"""Of the negative binomial that an hour's count is: its variance is mean + mean^2 / SPREAD."""

WANTED = (
    23, 22, 445, 3389, 80, 443, 8080, 5555, 1433, 2323, 6379, 3306, 8443, 5900, 25, 21, 81, 8081, 5432, 7547, 37215, 8728, 2375, 9200, 60023,
    5060, 52869, 8888, 3128, 1080, 27017, 11211, 2222, 8545, 9090, 5038, 10000, 8000, 4899, 110, 993, 995, 143, 111, 139, 135, 1723, 3390, 5985,
    88, 8001, 8083, 9000, 5601, 6443, 4443, 2376, 8291, 9100, 5901,
)  # fmt: skip
"""Ports by how often strangers want them, the most wanted first; the other 65,475 follow in an order that is the same in every month."""

EXPONENT = 1.15
"""Of Zipf's law over that order: a quarter of all knocks is for ports beyond the thousandth."""

COMMON = len(WANTED)
REPERTOIRE = ((1, 0.62), (2, 0.16), (3, 0.08), (4, 0.05), (5, 0.04), (6, 0.02), (7, 0.015), (16, 0.015))
"""How many ports a source knows, and how many sources do: who knows more than three knows common ones only."""

OFFICE_PORTS = 5
OFFICE_TARGETS = 6
"""Where there are many addresses a stranger wants at most so many ports and, on a day, addresses. More is a sweep, and no innocent."""

VISITS_MAX, VISITS_A_DAY = 300, 30
EPHEMERAL = (32_768, 61_000)
PUBLIC = np.array([first for first in range(1, 224) if first not in (10, 100, 127, 169, 172, 192, 198, 203)])

Floats = NDArray[np.float64]


def public(rng: np.random.Generator, number: int) -> Ints:
    """Addresses that anybody may have, drawn alike from the whole of IPv4."""
    return np.asarray((PUBLIC[rng.integers(0, len(PUBLIC), number)] << 24) | rng.integers(0, 1 << 24, number))


def popularity() -> tuple[Ints, Floats]:
    """All ports, the most wanted first, and the share of knocks each has."""
    others = np.setdiff1d(np.arange(1, 65_536), WANTED)
    ports = np.concatenate([WANTED, np.random.default_rng(0).permutation(others)])
    shares = (np.arange(len(ports)) + 2.5) ** -EXPONENT
    return ports, shares / shares.sum()


def seasons(rng: np.random.Generator, days: int) -> Floats:
    """How much of the usual each hour has: the mean is 1, bursts are bursts."""
    hour = np.arange(24 * days)
    season = 1 + 0.3 * np.sin(2 * np.pi * (hour - 9) / 24) + 0.1 * (hour // 24 % 7 < 5)
    return np.asarray(season / season.mean() * rng.gamma(SPREAD, 1 / SPREAD, len(hour)))


def moments(rng: np.random.Generator, a_day: float, days: int) -> Ints:
    """So many moments a day, as the seasons have them."""
    counts = rng.poisson(a_day / 24 * seasons(rng, days))
    return np.asarray(BEGIN + ((np.repeat(np.arange(24 * days), counts) + rng.random(counts.sum())) * HOUR).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Strangers:
    """Those who knock: one row each, ports in the columns of `ports`, of which the first `known` count."""

    src: Ints
    tool: Ints
    hops: Ints
    known: Ints
    ports: Ints
    visits: Ints
    begin: Floats
    life: Floats


def strangers(rng: np.random.Generator, site: Site) -> Strangers:
    number = site.a_day * site.days
    ports, shares = popularity()
    known = rng.choice([size for size, _ in REPERTOIRE], number, p=[share for _, share in REPERTOIRE])
    known = np.where(known == 16, rng.integers(8, 17, number), known)
    known = known if site.addresses == 1 else np.minimum(known, OFFICE_PORTS)
    repertoire = rng.choice(ports, (number, 16), p=shares)
    common = rng.choice(ports[:COMMON], (number, 16), p=shares[:COMMON] / shares[:COMMON].sum())
    repertoire[known > 3] = common[known > 3]
    visits = np.minimum(1 + rng.pareto(1.3, number), VISITS_MAX).astype(np.int64)
    life = np.maximum(np.clip(rng.lognormal(0, 1.5, number), 0.01, 30), visits / VISITS_A_DAY)
    tool = rng.choice([LINUX, WINDOWS, ZMAP, MASSCAN], number, p=[0.4, 0.2, 0.2, 0.2])
    tool = np.where(np.isin(repertoire[:, 0], (23, 2323, 5555, 37215)) & (rng.random(number) < 0.7), MIRAI, tool)
    begin = rng.uniform(-2, site.days, number)
    return Strangers(public(rng, number), tool, rng.integers(*HOPS, number), known, repertoire, visits, begin, life)


def _targets(rng: np.random.Generator, site: Site, src: Ints, day: Ints) -> Ints:
    """The few addresses that a stranger finds on a day."""
    few = (src * 2_654_435_761 + day * 40_503 + rng.integers(0, OFFICE_TARGETS, len(src)) * 97_561) & 0xFFFFFFFF
    return (few >> 7) % site.addresses


def knocks(rng: np.random.Generator, site: Site) -> Packets:
    """Bots and scanners of the whole Internet, each true to its ports; what has a network stack asks again after 1 s and 3 s."""
    who = strangers(rng, site)
    owner = np.repeat(np.arange(len(who.src)), who.visits)
    day = who.begin[owner] + rng.random(len(owner)) * who.life[owner]
    owner, day = owner[(day >= 0) & (day < site.days)], day[(day >= 0) & (day < site.days)]
    pace = np.concatenate([[0.0], np.cumsum(seasons(rng, site.days))])
    time = np.interp(day / site.days * pace[-1], pace, np.arange(24 * site.days + 1))
    port = who.ports[owner, (rng.random(len(owner)) * who.known[owner]).astype(np.int64)]
    target = _targets(rng, site, who.src[owner], (time / 24).astype(np.int64))
    asks = np.where(np.isin(who.tool[owner], (ZMAP, MASSCAN)), 1, rng.integers(1, 4, len(owner)))
    again = np.arange(asks.sum()) - np.repeat(np.cumsum(asks) - asks, asks)
    each = np.repeat(np.arange(len(owner)), asks)
    made = rows(len(each), time=BEGIN + (time[each] * HOUR).astype(np.int64) + (2**again - 1) * 1_000_000, src=who.src[owner[each]], dst=target[each],
                src_port=rng.integers(1_024, 65_536, len(owner))[each], dst_port=port[each])  # fmt: skip
    made["proto"][np.isin(made["dst_port"], (5060, 11211, 53, 123, 161, 1900))] = UDP
    return marked(rng, made, who.tool[owner[each]], who.hops[owner[each]], site)


def passers(rng: np.random.Generator, site: Site) -> Packets:
    """One packet each to any port at all: the shards of scans of the whole Internet."""
    time = moments(rng, 300, site.days)
    made = rows(len(time), time=time, src=public(rng, len(time)), dst=rng.integers(0, site.addresses, len(time)), src_port=40_000, dst_port=rng.integers(1, 65_536, len(time)))
    return marked(rng, made, rng.choice([ZMAP, MASSCAN], len(time)), rng.integers(*HOPS, len(time)), site)


def surveys(rng: np.random.Generator, site: Site) -> Packets:
    """Two networks of a research scanner: sixty addresses each, one to three packets a day of each, half of them to any port."""
    time = moments(rng, 240, site.days)
    networks = public(rng, 2) & ~0xFF
    wanted = rng.choice(popularity()[0][:200], len(time))
    made = rows(len(time), time=time, src=networks[rng.integers(0, 2, len(time))] + rng.integers(1, 61, len(time)), dst=rng.integers(0, site.addresses, len(time)),
                src_port=rng.integers(32_768, 61_000, len(time)), dst_port=np.where(rng.random(len(time)) < 0.5, wanted, rng.integers(1, 65_536, len(time))), origin=SURVEY)  # fmt: skip
    return marked(rng, made, ZMAP, 14, site)


def _bursts(rng: np.random.Generator, time: Ints, longest: int) -> tuple[Ints, Ints]:
    """Which burst each packet is of, and when: up to `longest` packets within seconds."""
    sizes = rng.integers(1, longest + 1, len(time))
    each = np.repeat(np.arange(len(time)), sizes)
    return each, time[each] + rng.integers(0, 20_000_000, len(each))


def late_web(rng: np.random.Generator, site: Site) -> Packets:
    """Web servers of a CDN that go on talking to connections the firewall has forgotten: TCP and QUIC from 443 to ports of ours."""
    servers = public(rng, 40)
    each, time = _bursts(rng, moments(rng, 60 * min(site.addresses, 10), site.days), 8)
    bursts = each.max(initial=-1) + 1
    server = servers[np.minimum(rng.zipf(1.5, bursts) - 1, 39)]
    port = rng.integers(*EPHEMERAL, bursts)[each]
    quic = (rng.random(bursts) < 0.4)[each]
    flags = rng.choice([ACK, PSH | ACK, FIN | ACK, RST, RST | ACK, FIN | PSH | ACK], len(each), p=[0.35, 0.25, 0.2, 0.1, 0.05, 0.05])
    own = rng.integers(0, min(site.addresses, site.silent_from), bursts)[each]
    return rows(len(each), time=time, src=server[each], dst=own, src_port=443, dst_port=port, proto=np.where(quic, UDP, TCP), flags=np.where(quic, -1, flags), ttl=57,
                window=np.where(quic, -1, 501))  # fmt: skip


def late_answers(rng: np.random.Generator, site: Site) -> Packets:
    """DNS and NTP that came too late."""
    time = moments(rng, 120, site.days)
    dns = rng.random(len(time)) < 0.8
    src = np.where(dns, public(rng, 2)[rng.integers(0, 2, len(time))], public(rng, 8)[rng.integers(0, 8, len(time))])
    port = rng.integers(*EPHEMERAL, len(time))
    return rows(len(time), time=time, src=src, src_port=np.where(dns, 53, 123), dst_port=np.where(dns, port, 123), proto=UDP, flags=-1, ttl=58)


def peers(rng: np.random.Generator, site: Site) -> Packets:
    """Peers of a file-sharing client that is off: UDP, sometimes TCP, to its one port, from four hundred addresses a day."""
    each, time = _bursts(rng, moments(rng, 400, site.days), 12)
    src = public(rng, each.max(initial=-1) + 1)[each]
    tcp = rng.random(len(each)) < 0.1
    return rows(len(each), time=time, src=src, src_port=51_413, dst_port=np.where(tcp, 51_413, 51_413), proto=np.where(tcp, TCP, UDP), flags=np.where(tcp, SYN, -1), ttl=48)


def clients(rng: np.random.Generator, site: Site) -> Packets:
    """Users behind twenty shared addresses of providers, let through to what is open; some of those addresses have a bot too."""
    shared = public(rng, 20)
    time = moments(rng, 500, site.days)
    let = rng.random(len(time)) < 0.96
    port = np.where(let, rng.choice([443, 443, 443, 25], len(time)), rng.choice([23, 445, 22], len(time)))
    return rows(len(time), time=time, src=shared[rng.integers(0, 20, len(time))], src_port=rng.integers(1_024, 65_536, len(time)), dst_port=port, allowed=let, ttl=52, window=64_240)


def traceroutes(rng: np.random.Generator, site: Site) -> Packets:
    """The last hops of traceroute: UDP to 33434 and on, three a hop, in order, within seconds."""
    begin = moments(rng, 3, site.days)
    sizes = rng.integers(3, 16, len(begin))
    each = np.repeat(np.arange(len(begin)), sizes)
    step = np.arange(len(each)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    hop = 3 * rng.integers(8, 24, len(begin))
    return rows(len(each), time=begin[each] + step * 300_000, src=public(rng, len(begin))[each], src_port=rng.integers(32_768, 61_000, len(begin))[each],
                dst_port=33_434 + hop[each] + step, proto=UDP, flags=-1, ttl=1 + step // 3)  # fmt: skip


def monitors(rng: np.random.Generator, site: Site) -> Packets:
    """Two that look every five minutes whether the site is there: echo, and the web server."""
    ticks = BEGIN + np.arange(288 * site.days) * (HOUR // 12)
    src = public(rng, 2)
    parts = [rows(len(ticks), time=ticks + second * 1_000_000, src=who, dst_port=443, src_port=rng.integers(1_024, 65_536, len(ticks)), allowed=True, ttl=55, window=64_240) for second, who in enumerate(src)]
    echo = rows(len(ticks), time=ticks + 5_000_000, src=src[0], src_port=-1, dst_port=-1, proto=ICMP, flags=-1, icmp=8, ttl=55)
    return np.concatenate([*parts, echo])


def backscatter(rng: np.random.Generator, site: Site) -> Packets:
    """Answers of servers that are flooded by senders who claim to be us."""
    each, time = _bursts(rng, moments(rng, 60, site.days), 10)
    bursts = each.max(initial=-1) + 1
    flags = rng.choice([SYN | ACK, RST | ACK, RST], bursts)[each]
    return rows(len(each), time=time, src=public(rng, bursts)[each], dst=rng.integers(0, site.addresses, len(each)), src_port=rng.choice([80, 443], bursts)[each],
                dst_port=rng.integers(1_024, 65_536, len(each)), flags=flags, ttl=50)  # fmt: skip


def misdirected(rng: np.random.Generator, site: Site) -> Packets:
    """A device that somebody pointed at the wrong address: syslog and SNMP every minute or so, for weeks."""
    time = moments(rng, 1_200, site.days)
    return rows(len(time), time=time, src=public(rng, 1)[0], src_port=rng.integers(1_024, 65_536, len(time)), dst_port=rng.choice([514, 162], len(time)), proto=UDP, flags=-1, ttl=47)


def telephones(rng: np.random.Generator, site: Site) -> Packets:
    """Those who look for telephone servers: one to four of the ports SIP is at."""
    each, time = _bursts(rng, moments(rng, 12, site.days), 6)
    src = public(rng, each.max(initial=-1) + 1)[each]
    return rows(len(each), time=time, src=src, dst=_targets(rng, site, src, time // (24 * HOUR)), src_port=5060, dst_port=rng.choice([5060, 5061, 5070, 5080], len(each)), proto=UDP, flags=-1, ttl=49)


PARTS: tuple[Callable[[np.random.Generator, Site], Packets], ...] = (
    knocks, passers, surveys, late_web, late_answers, peers, clients, traceroutes, monitors, backscatter, misdirected, telephones,
)  # fmt: skip


def background(rng: np.random.Generator, site: Site) -> Packets:
    """All of it, by time."""
    made = in_order([part(rng, site) for part in PARTS])
    return made[made["time"] < BEGIN + site.days * 24 * HOUR]
