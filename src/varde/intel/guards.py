"""What is never matched, whatever a list says: private and reserved space, the owner's networks, what the owner allows.

Networks are cut out of larger ones exactly, and what was cut is told."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from publicsuffixlist import PSLFILE, encode_idn

from varde.intel.arrays import matrix
from varde.intel.families import IPV4, Family, Keys, sixteen_octets
from varde.intel.intervals import Network
from varde.intel.names import plain, suffixes
from varde.intel.special import SPECIAL
from varde.model import EXACT, VardeError

SHORTEST = {"ipv4": 8, "ipv6": 19}
"""Bits of the largest networks that a list may name: no registry gives out more at once, so more is a mistake or an attack."""

PART_ROWS = 1 << 16
"""Rows judged at once."""

TOLD_MAX = 10_000
"""Suppressed indicators that are named: a person reads fewer; they are all counted."""

MAYBE_LISTED = ("documentation",)
"""Special space that lists may name: nothing of it is on the Internet, and examples, tests and drills need something to match."""

_MAPPED_BITS = 96


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An indicator that is not matched, or not in full: `cut` is the network taken out of it, None where nothing is left."""

    indicator: str
    rule: str
    cut: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Which indicators may be matched, at least in part, and what is suppressed of the others."""

    indicators: pl.DataFrame
    refused: NDArray[np.bool_]
    suppressed: list[Suppressed]
    "At most TOLD_MAX of them."
    count: int
    "How many there are, counted for each row and each network cut out of one."

    @property
    def kept(self) -> pl.DataFrame:
        """Indicators that may be matched: a copy, which most of those who ask for a judgement have no use for."""
        return self.indicators.filter(pl.Series(~self.refused))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a list is suppressed, at most TOLD_MAX of it by name, and how much."""

    suppressed: list[Suppressed]
    count: int


def _network(text: str) -> Network | None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    # IPv4 addresses that are written as IPv6 ones are IPv4 addresses
    return ipaddress.ip_network((mapped, network.prefixlen - _MAPPED_BITS)) if mapped and network.prefixlen >= _MAPPED_BITS else network


def _is_public_suffix(name: str) -> bool:
    """By the Public Suffix List (publicsuffix.org), also where a company lets everybody register; a name of one label always is.

    The library answers what the suffix of a name is, in four times the time that it takes to see whether a name is one."""
    rules, above = _suffix_rules(), name.partition(".")[2]
    if not above:
        return True
    if f"!{name}" in rules or f"!{above}" in rules:
        return False
    # a rule for all names under one makes that one a suffix too
    return name in rules or f"*.{above}" in rules or f"*.{name}" in rules


@cache
def _suffix_rules() -> frozenset[str]:
    """Rules of the list that the library brings, in the spelling of the DNS."""
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = [line.split()[0].lower() for line in lines if line.strip() and not line.startswith("//")]
    return frozenset([("!" if rule.startswith("!") else "") + encode_idn(rule.lstrip("!")) for rule in rules])


@dataclass(frozen=True, slots=True)
class Guards:
    """Rules by network and by name. Names hold what is under them too, exact names do not."""

    networks: dict[Network, str]
    names: dict[str, str] = field(default_factory=dict)
    exact_names: dict[str, str] = field(default_factory=dict)
    is_public_suffix: Callable[[str], bool] = _is_public_suffix
    "Whether everybody may register names under a name: listing it would block the world."

    @classmethod
    def of(cls, *, own: Iterable[Network] = (), allowed: Iterable[str] = ()) -> "Guards":
        """Special space, the owner's networks, and what is allowed: addresses, networks, names, `=name` for it alone.

        Raises VardeError for an entry that is none of these."""
        networks = {ipaddress.ip_network(text): name for text, name in SPECIAL.items() if name not in MAYBE_LISTED}
        networks |= dict.fromkeys(own, "own network")
        made = cls(networks)
        for entry in allowed:
            made._allow(entry)
        return made

    def _allow(self, entry: str) -> None:
        if network := _network(entry):
            self.networks[network] = "allowed"
            return
        name = plain(entry.removeprefix("="))
        if not name or "/" in name or " " in name:
            raise VardeError(f"{entry!r} cannot be allowed. Write an address, a network, a name, or =name for it alone.")
        (self.exact_names if entry.startswith("=") else self.names)[name] = "allowed"

    def allowing(self, harmless: pl.DataFrame) -> "Guards":
        """These, and what lists of the harmless hold (columns of INDICATORS): names with all under them unless described as EXACT."""
        exact = (pl.col("description") == EXACT).fill_null(value=False)
        named = harmless.filter(pl.col("type") == "domain")
        networks = {ipaddress.ip_network(value): rule for value, rule in _ruled(harmless.filter(pl.col("address").is_not_null()))}
        # what the owner wrote decides how a rule is called
        return replace(
            self, networks={**networks, **self.networks}, names={**dict(_ruled(named.filter(~exact))), **self.names},
            exact_names={**dict(_ruled(named.filter(exact))), **self.exact_names},
        )  # fmt: skip

    def prefixes(self, family: Family) -> tuple[Keys, NDArray[np.uint8]]:
        """First addresses and lengths of the guarded networks of one family."""
        version = 4 if family is IPV4 else 6
        mine = [network for network in self.networks if network.version == version]
        length = np.array([network.prefixlen for network in mine], dtype=np.uint8)
        if family is IPV4:
            return np.array([int(network.network_address) for network in mine], dtype=np.uint64), length
        return np.frombuffer(b"".join(network.network_address.packed for network in mine), dtype="S16"), length

    def signature(self) -> str:
        """Text that differs where two guards do."""
        return repr((sorted(map(str, self.networks)), sorted(self.names), sorted(self.exact_names)))

    def judge(self, indicators: pl.DataFrame) -> Judged:
        """Split rows (columns of INDICATORS) into those that may match and those that may not; each distinct indicator is told once."""
        return next(self.judge_parts([indicators]))

    def verdict(self, indicators: pl.DataFrame) -> Verdict:
        """What `judge` would suppress, looked for in some rows at a time: what it makes on the way is as large as they are."""
        told: dict[Suppressed, None] = {}
        count = 0
        for judged in self.judge_parts(indicators.iter_slices(PART_ROWS)):
            count += judged.count
            for one in judged.suppressed[: TOLD_MAX - len(told)]:
                told[one] = None
        return Verdict(list(told), count)

    def judge_parts(self, parts: Iterable[pl.DataFrame]) -> Iterator[Judged]:
        """The same for rows that come in parts, each judged by itself."""
        walls = _outermost(self.networks)
        return (self._judged(part, walls) for part in parts)

    def _judged(self, indicators: pl.DataFrame, walls: "list[_Wall]") -> Judged:
        refused = np.zeros(len(indicators), dtype=bool)
        told: dict[Suppressed, None] = {}
        count = 0
        for rule in (self._too_short(indicators, refused), _guarded(indicators, refused, walls), self._bad_names(indicators, refused)):
            for one in rule:
                count += 1
                if len(told) < TOLD_MAX:
                    told[one] = None
        return Judged(indicators, refused, list(told), count)

    def _too_short(self, indicators: pl.DataFrame, refused: NDArray[np.bool_]) -> Iterator[Suppressed]:
        is_v6 = pl.col("value").str.contains(":", literal=True)
        shortest = pl.when(is_v6).then(SHORTEST["ipv6"]).otherwise(SHORTEST["ipv4"])
        rows = indicators.select((pl.col("prefix") < shortest).fill_null(value=False)).to_series().arg_true().to_numpy()
        refused[rows] = True
        for value in indicators["value"].gather(rows).to_list():
            yield Suppressed(value, f"prefix shorter than /{SHORTEST['ipv6' if ':' in value else 'ipv4']}")

    def _bad_names(self, indicators: pl.DataFrame, refused: NDArray[np.bool_]) -> Iterator[Suppressed]:
        rows = (indicators["type"] == "domain").arg_true().to_numpy()
        for row, value in zip(rows.tolist(), indicators["value"].gather(rows).to_list(), strict=True):
            if rule := self._rule_of_name(value):
                refused[row] = True
                yield Suppressed(value, rule)

    def _rule_of_name(self, name: str) -> str:
        if self.is_public_suffix(name):
            return "public suffix"
        return next((f"{self.names[part]} {part}" for part in suffixes(name) if part in self.names), "")


def _ruled(harmless: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Values, and what the rule by which they are allowed is called."""
    for value, source in harmless.select("value", "source").iter_rows():
        yield value, f"allowed by {source}"


_Wall = tuple[bytes, bytes, Network, str]
"""First and last address, the network, and its rule."""

_HOST_MASKS = np.array([np.frombuffer((((1 << 128) - 1) >> bits).to_bytes(16, "big"), dtype=np.uint8) for bits in range(129)])


def _guarded(indicators: pl.DataFrame, refused: NDArray[np.bool_], walls: list[_Wall]) -> Iterator[Suppressed]:
    """What lies in guarded space, and what of it lies in others."""
    rows = np.flatnonzero(indicators["address"].is_not_null().to_numpy() & ~refused)
    first, last = _bounds(indicators[rows])
    begins = np.frombuffer(b"".join(wall[0] for wall in walls), dtype="S16")
    ends = np.frombuffer(b"".join(wall[1] for wall in walls), dtype="S16")
    before = np.searchsorted(begins, first, side="right") - 1
    inside = (before >= 0) & (last <= ends[np.maximum(before, 0)])
    refused[rows[inside]] = True
    for value, at in zip(indicators["value"].gather(rows[inside]).to_list(), before[inside].tolist(), strict=True):
        yield Suppressed(value, f"{walls[at][3]} {walls[at][2]}")
    since, until = np.searchsorted(begins, first), np.searchsorted(begins, last, side="right")
    split = np.flatnonzero(~inside & (until > since))
    for at, value in zip(split.tolist(), indicators["value"].gather(rows[split]).to_list(), strict=True):
        for wall in walls[since[at] : until[at]]:
            yield Suppressed(value, f"{wall[3]} {wall[2]}", str(wall[2]))


def _bounds(indicators: pl.DataFrame) -> tuple[Keys, Keys]:
    """First and last address of each."""
    octets = matrix(indicators["address"])
    is_v6 = indicators["value"].str.contains(":", literal=True).to_numpy()
    length = indicators["prefix"].to_numpy() + np.where(is_v6, 0, _MAPPED_BITS)
    return sixteen_octets(octets), sixteen_octets(octets | _HOST_MASKS[length])


def _outermost(networks: dict[Network, str]) -> list[_Wall]:
    """Guarded networks that lie in no other, in order."""
    walls = [(*_ends(network), network, rule) for network, rule in networks.items()]
    kept: list[_Wall] = []
    for wall in sorted(walls, key=lambda wall: (wall[0], -int.from_bytes(wall[1], "big"))):
        if not kept or wall[1] > kept[-1][1]:
            kept.append(wall)
    return kept


def _ends(network: Network) -> tuple[bytes, bytes]:
    mapped = b"\x00" * 10 + b"\xff\xff" if network.version == 4 else b""
    return mapped + network.network_address.packed, mapped + network.broadcast_address.packed
