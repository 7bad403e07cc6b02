"""What is exported: rows of the lists with everything taken out that may not be listed, exactly, and told.

Every format is written from a Selection, so no format can forget the allowlist."""

import ipaddress
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.export.intel.clean import HASH, NAME, NAME_MAX, URL, plain
from varde.intel import Guards, Judged, Suppressed
from varde.intel.arrays import matrix
from varde.intel.families import split
from varde.intel.names import suffixes
from varde.intel.space import Net, Nets, Range, fewest_v4, fewest_v6, merged, networks, without

ADDRESS_TYPES = ("ipv4", "ipv6", "cidr")

_MAPPED = b"\x00" * 10 + b"\xff\xff"
_MAPPED_BITS = 96
_LABELS_MAX = 3
"""Entries of lists that a remark names; more are counted."""

_SHAPES: dict[str, Callable[[str], object]] = {
    "domain": lambda text: len(text) <= NAME_MAX and NAME.fullmatch(text),
    "url": URL.fullmatch,
    "hash": HASH.fullmatch,
}
"""What a value of each type must look like, whoever read the list."""


@dataclass(frozen=True)
class Blocks:
    """Disjoint networks of one family, the fewest that there are, and from which lists each comes."""

    version: int
    nets: Nets
    rows: pl.DataFrame = field(repr=False)
    "Columns `first` (place in `nets`) and `label`."

    def __len__(self) -> int:
        return len(self.nets)

    @cached_property
    def texts(self) -> list[str]:
        """Each in RFC 5952 text; single addresses without a prefix."""
        bits, kind = (32, ipaddress.IPv4Address) if self.version == 4 else (128, ipaddress.IPv6Address)
        return [str(kind(first)) if length == bits else f"{kind(first)}/{length}" for first, length in self.pairs()]

    @cached_property
    def remarks(self) -> list[str]:
        """The entries of lists behind each, safe in any format: `otx:5f0c, drop`."""
        told = (
            self.rows.unique(["at", "label"], maintain_order=True).group_by("at", maintain_order=True)
            .agg(pl.col("label").head(_LABELS_MAX).str.join(", "), pl.len().alias("n")).sort("at")
        )  # fmt: skip
        more = pl.when(pl.col("n") > _LABELS_MAX).then(pl.format("{} and {} more", "label", pl.col("n") - _LABELS_MAX)).otherwise("label")
        return told.select(more).to_series().to_list()

    def pairs(self) -> list[Net]:
        """First address and length of the prefix of each, as plain numbers."""
        return list(zip(*(np.asarray(part, dtype=object).tolist() for part in (self.nets.start, self.nets.length)), strict=True))


@dataclass(frozen=True)
class Selection:
    """Rows with the columns of INDICATORS: nothing in them is allowed, own, special, too large or a public suffix."""

    rows: pl.DataFrame = field(repr=False)
    allowed: tuple[str, ...] = ()
    "Names that are not listed, with all under them."
    allowed_alone: tuple[str, ...] = ()
    "Names that are not listed, whatever is said of those under them."
    lists: tuple[str, ...] = ()
    suppressed: list[Suppressed] = field(default_factory=list, repr=False)
    "What was taken out, or cut: at most as many as `Guards.judge` tells."
    suppressed_count: int = 0

    def values(self, kind: str) -> list[str]:
        """Distinct values of one type, in order."""
        return self.rows.filter(pl.col("type") == kind)["value"].unique().sort().to_list()

    @cached_property
    def entries(self) -> pl.DataFrame:
        """Rows for formats in which a name is that name and none under it: those that are allowed alone are none of them."""
        return self.rows.filter((pl.col("type") != "domain") | ~pl.col("value").is_in(list(self.allowed_alone)))

    @cached_property
    def names(self) -> list[str]:
        """Listed names, each with all under it but what is allowed."""
        alone = set(self.allowed_alone)
        return [name for name in self.values("domain") if name not in alone]

    @cached_property
    def listed_names(self) -> list[str]:
        """The same with names that are allowed alone: what is under those is listed."""
        return self.values("domain")

    @cached_property
    def v4(self) -> Blocks:
        rows, numbers, _ = self._addresses
        is_v4 = split(matrix(rows["address"]))[0]
        mine = rows.filter(pl.Series(is_v4))
        nets = fewest_v4(numbers[is_v4].astype(np.uint64), mine["prefix"].to_numpy().astype(np.uint8))
        at = np.searchsorted(np.asarray(nets.start), numbers[is_v4].astype(np.uint64), side="right") - 1
        return Blocks(4, nets, mine.select(pl.Series("at", at), _label()))

    @cached_property
    def v6(self) -> Blocks:
        rows, _, is_v4 = self._addresses
        mine = rows.filter(pl.Series(~is_v4))
        firsts = [int.from_bytes(octets, "big") for octets in mine["address"].to_list()]
        nets = fewest_v6(zip(firsts, mine["prefix"].to_list(), strict=True))
        return Blocks(6, nets, mine.select(pl.Series("at", _places(nets, firsts), dtype=pl.Int64), _label()))

    @cached_property
    def _addresses(self) -> tuple[pl.DataFrame, NDArray[np.uint32], NDArray[np.bool_]]:
        """Rows of addresses, the number of each as if it were IPv4, and which are."""
        rows = self.rows.filter(pl.col("type").is_in(ADDRESS_TYPES))
        is_v4, numbers = split(matrix(rows["address"]))
        return rows, numbers, is_v4


def _places(nets: Nets, firsts: Sequence[int]) -> list[int]:
    """In which network each address lies."""
    order = sorted(range(len(firsts)), key=firsts.__getitem__)
    places, at = [0] * len(firsts), 0
    for row in order:
        while at + 1 < len(nets) and int(nets.start[at + 1]) <= firsts[row]:
            at += 1
        places[row] = at
    return places


def _label() -> pl.Expr:
    """`list:entry`, or `list` where the list has no entries."""
    text = pl.when(pl.col("id").is_null()).then("source").otherwise(pl.concat_str(["source", "id"], separator=":"))
    return text.map_elements(plain, return_dtype=pl.String).alias("label")


def select(indicators: pl.DataFrame, guards: Guards, *, now: int, lists: Iterable[str] = ()) -> Selection:
    """Judge rows (columns of INDICATORS) that have not expired at `now` (us since 1970 UTC), and cut networks exactly.

    What a row's type does not allow (a name with a space in it, whoever let it in) is taken out too, and told."""
    live = indicators.filter(pl.col("expires").is_null() | (pl.col("expires") > now))
    shaped, odd = _shaped(live)
    judged = guards.judge(shaped)
    kept, free = _without_allowed_urls(_cut(judged, guards), guards)
    told = [*judged.suppressed, *odd, *free]
    return Selection(
        kept.unique(["type", "value", "source", "id"], keep="first", maintain_order=True),
        tuple(sorted(guards.names)), tuple(sorted(guards.exact_names)), tuple(lists), told, judged.count + len(odd) + len(free),
    )  # fmt: skip


def _shaped(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Suppressed]]:
    """Rows whose values look as their types say, and the others."""
    good = np.ones(len(rows), dtype=bool)
    for kind, fits in _SHAPES.items():
        at = (rows["type"] == kind).arg_true().to_numpy()
        values = rows["value"].gather(at).to_list()
        good[at] = np.fromiter((bool(fits(value)) for value in values), dtype=np.bool_, count=len(at))
    is_address = rows["type"].is_in(ADDRESS_TYPES).to_numpy()
    good &= ~is_address | rows.select((pl.col("address").bin.size() == 16) & pl.col("prefix").is_between(0, 128)).to_series().fill_null(value=False).to_numpy()
    bad = rows.filter(pl.Series(~good))
    return rows.filter(pl.Series(good)), [Suppressed(value, f"no {kind}") for kind, value in bad.select("type", "value").unique().iter_rows()]


def _without_allowed_urls(rows: pl.DataFrame, guards: Guards) -> tuple[pl.DataFrame, list[Suppressed]]:
    """Rows without URLs at hosts that are allowed: matchers look at no URLs, so nobody has judged them yet."""
    told = {value: rule for value in rows.filter(pl.col("type") == "url")["value"].unique() if (rule := _rule_of_host(host_of(value), guards))}
    if not told:
        return rows, []
    return rows.filter((pl.col("type") != "url") | ~pl.col("value").is_in(list(told))), [Suppressed(value, rule) for value, rule in sorted(told.items())]


def host_of(url: str) -> str:
    """The host of a URL, with its scheme or without: a name, or an address without brackets; empty where there is none."""
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname
    except ValueError:  # brackets that hold no address
        return ""
    return (host or "").rstrip(".")


def _rule_of_host(host: str, guards: Guards) -> str:
    """Why URLs at a host are not listed; empty where they may be."""
    if not host:
        return "no host"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host in guards.exact_names:
            return f"allowed {host}"
        return next((f"allowed {part}" for part in suffixes(host) if part in guards.names), "")
    return next((f"{rule} {net}" for net, rule in guards.networks.items() if net.version == address.version and address in net), "")


def _cut(judged: Judged, guards: Guards) -> pl.DataFrame:
    """The rows, where guarded space lies in a network the networks that are left of it."""
    rows = judged.kept
    walls = {version: merged(_range_of(net) for net in guards.networks if net.version == version) for version in (4, 6)}
    of_networks = rows.with_row_index("row").filter(pl.col("type") == "cidr").select("row", "value")
    hurt = {row: left for row, value in of_networks.iter_rows() if (left := list(_left(value, walls))) != [value]}
    if not hurt:
        return rows
    whole = np.ones(len(rows), dtype=bool)
    whole[list(hurt)] = False
    made = [_piece(rows.row(row, named=True), text) for row, left in hurt.items() for text in left]
    return pl.concat([rows.filter(pl.Series(whole)), pl.DataFrame(made, schema=rows.schema, orient="row")])


def _range_of(net: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Range:
    return int(net.network_address), int(net.broadcast_address)


def _left(value: str, walls: dict[int, list[Range]]) -> Iterator[str]:
    """What is left of a network, as networks; itself where nothing guarded lies in it."""
    net = ipaddress.ip_network(value)
    first, last = _range_of(net)
    mine = walls[net.version]
    near = mine[max(0, bisect_right(mine, (first, first)) - 1) : bisect_right(mine, (last, last + 1))]
    for space in without((first, last), near):
        for begin, length in networks(space, net.max_prefixlen):
            yield str(type(net)((begin, length)))


def _piece(row: dict[str, object], text: str) -> dict[str, object]:
    """A row for a part of its network."""
    net = ipaddress.ip_network(text)
    octets = net.network_address.packed if net.version == 6 else _MAPPED + net.network_address.packed
    single = net.num_addresses == 1
    kind = f"ipv{net.version}" if single else "cidr"
    return row | {"type": kind, "value": str(net.network_address) if single else text, "address": octets, "prefix": net.prefixlen}


def restricted(selection: Selection, keep: Sequence[str]) -> Counter[str]:
    """How many distinct indicators of the types that a format does not have, by type."""
    other = selection.rows.filter(~pl.col("type").is_in(list(keep))).unique(["type", "value"])
    return Counter(dict(other["type"].value_counts().iter_rows()))


def is_under(name: str, above: frozenset[str] | set[str]) -> bool:
    """Whether a name, or one it lies under, is one of these."""
    return any(part in above for part in suffixes(name))
