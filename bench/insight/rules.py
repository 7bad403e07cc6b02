"""The published rules that others find scans by, written anew from what their manuals say, to be asked about the same packets.

Each takes packets by time and answers who was told and when, once a source and day. They are given what they need to be at their best: only
what was refused, and of TCP, where the program looks at connections, only what begins one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from bench.insight.packets import DAY, HOUR, SYN, TCP, UDP, Packets, Site
from bench.insight.score import Alert

MINUTE = HOUR // 60


@dataclass(frozen=True, slots=True)
class Rule:
    """A program's rule, and what it says."""

    name: str
    says: str
    find: Callable[[pl.DataFrame, Site], pl.DataFrame]
    "Of rows src, dst, dst_port, proto, flags and time those at which a source is told."

    def alerts(self, packets: Packets, site: Site) -> list[Alert]:
        seen = pl.DataFrame({name: packets[name][~packets["allowed"]] for name in ("time", "src", "dst", "dst_port", "proto", "flags")})
        told = self.find(seen, site).with_columns(day=pl.col("time") // DAY).group_by("src", "day").agg(pl.col("time").min()).sort("time", "src")
        return [Alert("", frozenset((src,)), at) for src, at in zip(told["src"].to_list(), told["time"].to_list(), strict=True)]


def attempts(seen: pl.DataFrame) -> pl.DataFrame:
    """What begins a connection of TCP."""
    return seen.filter((pl.col("proto") == TCP) & (pl.col("flags") == SYN))


def datagrams_too(seen: pl.DataFrame) -> pl.DataFrame:
    return seen.filter(((pl.col("proto") == TCP) & (pl.col("flags") == SYN)) | (pl.col("proto") == UDP))


def reached(seen: pl.DataFrame, within: Sequence[str], different: Sequence[str], threshold: int) -> pl.DataFrame:
    """The rows at which so many different ones were there within a group."""
    first = seen.filter(_one(*within, *different).is_first_distinct())
    return first.with_columns(group=_one(*within)).filter(pl.col("time").cum_count().over("group") == threshold).drop("group")


def _one(*columns: str) -> pl.Expr:
    """A number for each combination: 64 bits of a hash, which is quicker than the columns are."""
    return pl.struct(*columns).hash()


def windows(seen: pl.DataFrame, length: int) -> pl.DataFrame:
    """Column `window`: which of the windows of so many us that follow one another."""
    return seen.with_columns(window=pl.col("time") // length)


def sessions(seen: pl.DataFrame, idle: int) -> pl.DataFrame:
    """Column `window`: which session of its source, which ends when nothing comes for so many us."""
    return seen.with_columns(window=(pl.col("time").diff().over("src") > idle).fill_null(value=False).cum_sum().over("src"))


def zeek(seen: pl.DataFrame, site: Site) -> pl.DataFrame:
    tried = windows(attempts(seen), 5 * MINUTE)
    return pl.concat([reached(tried, ("src", "dst", "window"), ("dst_port",), 15), reached(tried, ("src", "dst_port", "window"), ("dst",), 25)])


def simple_scan(seen: pl.DataFrame, site: Site) -> pl.DataFrame:
    """25 pairs of address and port, or 10 once three addresses were tried that nobody uses."""
    tried = sessions(attempts(seen), 15 * MINUTE)
    new = tried.filter(_one("src", "window", "dst", "dst_port").is_first_distinct()).with_columns(mine=_one("src", "window"))
    dark = (pl.col("dst") >= site.silent_from) & _one("src", "window", "dst").is_first_distinct()
    new = new.with_columns(pairs=pl.col("time").cum_count().over("mine"), dark=dark.cum_sum().over("mine"))
    return new.filter((pl.col("pairs") >= 25) | ((pl.col("pairs") >= 10) & (pl.col("dark") >= 3)))


def psad(packets: int, hosts: int) -> Callable[[pl.DataFrame, Site], pl.DataFrame]:
    """So many packets to two ports and more, or so many hosts, without an hour's silence between."""

    def find(seen: pl.DataFrame, site: Site) -> pl.DataFrame:
        logged = sessions(seen.filter(pl.col("dst_port") >= 0), HOUR).with_columns(mine=_one("src", "window"))
        counted = logged.with_columns(
            count=pl.col("time").cum_count().over("mine"), low=pl.col("dst_port").cum_min().over("mine"), high=pl.col("dst_port").cum_max().over("mine")
        )  # fmt: skip
        many = counted.filter((pl.col("count") >= packets) & (pl.col("high") > pl.col("low")))
        return pl.concat([many.select(seen.columns), reached(logged, ("mine",), ("dst",), hosts).select(seen.columns)])

    return find


def zos(seen: pl.DataFrame, site: Site) -> pl.DataFrame:
    tried = datagrams_too(seen)
    fast, slow = windows(tried, 2 * MINUTE), windows(tried, 8 * HOUR)
    return pl.concat([reached(fast, ("src", "window"), ("dst", "dst_port"), 5), reached(slow, ("src", "window"), ("dst", "dst_port"), 10)])


def threshold(number: int, length: int) -> Callable[[pl.DataFrame, Site], pl.DataFrame]:
    """So many different pairs of address and port in windows of so many us."""
    return lambda seen, site: reached(windows(datagrams_too(seen), length), ("src", "window"), ("dst", "dst_port"), number)


RULES = (
    Rule("Zeek, misc/scan", "15 ports of an address, or 25 addresses by one port, in 5 min", zeek),
    Rule("Zeek, simple-scan", "25 pairs of address and port, 10 if three addresses are dark, no 15 min of silence between", simple_scan),
    Rule("psad, danger level 1", "5 packets to two ports, or 10 hosts, no hour of silence between", psad(5, 10)),
    Rule("psad, danger level 2", "15 packets to two ports, or 20 hosts, no hour of silence between", psad(15, 20)),
    Rule("psad, danger level 3", "150 packets to two ports, or 50 hosts, no hour of silence between", psad(150, 50)),
    Rule("z/OS", "5 different ones in 2 min, or 10 in 8 h", zos),
    Rule("20 an hour", "20 pairs of address and port in an hour", threshold(20, HOUR)),
    Rule("8 a day", "8 pairs of address and port in a day", threshold(8, DAY)),
)


