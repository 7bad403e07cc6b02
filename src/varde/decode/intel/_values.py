"""What a text in a list is: an address, a network, a range, a name, a hash, a URL, or nothing known.

Whole columns at once; only what is rare (IPv6, ranges, netmasks, names in other scripts) is looked at one by one."""

import ipaddress
from collections.abc import Callable, Iterator

import idna
import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import octets_of, series, text_of

VALUE_MAX = 4096
"""Characters of an indicator: longer than any browser's address line."""

NAME_MAX = 253  # characters of a domain name, RFC 1035 section 2.3.4

_OCTET = "([0-9]{1,3})"
_IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?:/([0-9]{{1,9}})|(:[0-9]{{1,5}}))?$"
_IPV6 = r"^\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?(?:/[0-9]{1,9}|\]:[0-9]{1,5})?$"
_RANGE = r"^[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]+ *- *[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]+$"
_NETMASK = r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,3}(?:\.[0-9]{1,3}){3}$"
_HASH = "^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$"
_URL = r"^[A-Za-z][A-Za-z0-9+.-]{1,15}://\S+$"
_BARE_URL = r"^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?::[0-9]{1,5})?/\S*$"
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"^(?:{_LABEL}\.)+(?:xn--[a-z0-9-]{{1,59}}|[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)$"
_OTHER = r"^(?:[^\s@/]+@[^\s@/]+\.[^\s@/]+|(?i:CVE-[0-9]{4}-[0-9]{4,}))$"

KINDS = ("address", "domain", "url", "hash", "other")
"""What a list may say that a value is."""

_ADDRESS_TYPES = ("ipv4", "ipv6", "cidr")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Row = tuple[str, str, bytes, int]
"""Type, value, first address and prefix of an indicator."""


def classify(values: pl.Series, kinds: pl.Series | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows `row, type, value, address, prefix` of what was understood, and `row, reason` of what was not.

    `row` is the place in `values`; a range may make several rows. `kinds` are words of KINDS, null where nothing is said."""
    given = pl.DataFrame({"row": np.arange(len(values)), "text": _plain(values)}).with_columns(kind=pl.lit(None, pl.String) if kinds is None else kinds)
    # most of most lists are IPv4 addresses: what else a text may be is asked of the others
    is_ipv4 = given.select(pl.col("text").str.contains(_IPV4) & (pl.col("kind").is_null() | (pl.col("kind") == "address"))).to_series()
    told = given.filter(~is_ipv4).with_columns(form=_form())
    addresses, bad = _addresses(given.filter(is_ipv4))
    slow, also_bad = _one_by_one(told)
    simple = told.filter(pl.col("form").is_in(["domain", "url", "hash", "other"])).select(
        "row", pl.col("form").alias("type"), _written().alias("value"), pl.lit(None, pl.Binary).alias("address"), pl.lit(None, pl.Int64).alias("prefix"),
    )  # fmt: skip
    unknown = told.filter(pl.col("form").is_in(REASONS)).select("row", pl.col("form").alias("reason"))
    return pl.concat([addresses, slow, simple]).sort("row", maintain_order=True), pl.concat([bad, also_bad, unknown]).sort("row")


REASONS = ("bad_address", "bad_prefix", "bad_range", "bad_name", "type_mismatch", "too_long", "empty", "not_an_indicator")
"""Why a value is rejected."""


def _plain(values: pl.Series) -> pl.Series:
    """Without what people put around indicators so that nobody clicks on them."""
    text = values.fill_null("").str.strip_chars(" \t\"'")
    defanged = text.str.replace_all("[.]", ".", literal=True).str.replace_all("[:]", ":", literal=True)
    return defanged.str.replace("^hxxp", "http")


def _form() -> pl.Expr:
    """What each `text` looks like; a reason where it looks like nothing, or not like what the list says it is."""
    text, kind = pl.col("text"), pl.col("kind")
    name = _name(text)
    found = (
        pl.when(text == "").then(pl.lit("empty")).when(text.str.len_bytes() > VALUE_MAX).then(pl.lit("too_long"))
        .when(kind == "other").then(pl.lit("other")).when(kind == "url").then(pl.when(text.str.contains(r"^\S+$")).then(pl.lit("url")).otherwise(pl.lit("type_mismatch")))
        .when(text.str.contains(_IPV6) | text.str.contains(_RANGE) | text.str.contains(_NETMASK)).then(pl.lit("slow"))
        .when(text.str.to_lowercase().str.contains(_HASH)).then(pl.lit("hash")).when(text.str.contains(_URL)).then(pl.lit("url"))
        .when((name.str.len_bytes() <= NAME_MAX) & name.str.contains(_NAME)).then(pl.lit("domain"))
        .when(text.str.contains(r"[^\x00-\x7f]") & text.str.contains(r"^[^\s/@]+\.[^\s/@]+$")).then(pl.lit("slow"))
        .when(text.str.contains(_BARE_URL)).then(pl.lit("url")).when(text.str.contains(_OTHER)).then(pl.lit("other"))
        .when((kind == "domain") | text.str.contains(r"^[A-Za-z0-9_.*-]+\.[A-Za-z]+\.?$")).then(pl.lit("bad_name"))
        .otherwise(pl.lit("not_an_indicator"))
    )  # fmt: skip
    fits = kind.is_null() | (found == kind) | found.is_in((*REASONS, "slow"))
    return pl.when(fits).then(found).otherwise(pl.lit("type_mismatch"))


def _name(text: pl.Expr) -> pl.Expr:
    """A domain name as it is kept; `*.` and a dot before it say what is so anyway: all names under it too."""
    return text.str.to_lowercase().str.replace(r"^(?:\*\.|\.)", "").str.replace(r"\.$", "")


def _written() -> pl.Expr:
    name, text = pl.col("form"), pl.col("text")
    return pl.when(name == "domain").then(_name(text)).when(name == "hash").then(text.str.to_lowercase()).otherwise(text)


def _addresses(mine: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """IPv4 addresses and networks; bits behind the prefix are taken away, as routers do."""
    parts = mine["text"].str.extract_groups(_IPV4).struct.unnest()
    numbers = parts.select(pl.nth(range(5)).cast(pl.Int64)).with_columns(pl.nth(4).fill_null(32)).to_numpy().astype(np.int64).reshape(-1, 5)
    bad_octet, bad_prefix = (numbers[:, :4] > 255).any(axis=1), numbers[:, 4] > 32
    good = ~bad_octet & ~bad_prefix
    reason = np.where(bad_octet, "bad_address", "bad_prefix")[~good]
    bad = pl.DataFrame({"row": mine["row"].filter(pl.Series(~good)), "reason": pl.Series(reason, dtype=pl.String)})
    return _ipv4_rows(mine["row"].filter(pl.Series(good)), numbers[good]), bad


def _ipv4_rows(row: pl.Series, numbers: NDArray[np.int64]) -> pl.DataFrame:
    prefix = numbers[:, 4]
    address = numbers[:, 0] << 24 | numbers[:, 1] << 16 | numbers[:, 2] << 8 | numbers[:, 3]
    address = address >> (32 - prefix) << (32 - prefix)
    octets = np.zeros((len(address), 16), dtype=np.uint8)
    octets[:, 10:12] = 255
    octets[:, 12:] = address.astype(">u4").view(np.uint8).reshape(-1, 4)
    quads = pl.DataFrame(octets[:, 12:], schema=["a", "b", "c", "d"])
    made = quads.with_columns(row=row, prefix=pl.Series(prefix), address=series(octets))
    text, bits = pl.concat_str(["a", "b", "c", "d"], separator="."), pl.col("prefix")
    value = pl.when(bits == 32).then(text).otherwise(pl.concat_str([text, bits], separator="/"))
    kind = pl.when(bits == 32).then(pl.lit("ipv4")).otherwise(pl.lit("cidr"))
    return made.select("row", kind.alias("type"), value.alias("value"), "address", "prefix")


def _one_by_one(told: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows: list[tuple[int, str, str, bytes, int]] = []
    bad: list[tuple[int, str]] = []
    for row, text, kind in told.filter(pl.col("form") == "slow").select("row", "text", "kind").iter_rows():
        made = next(convert for is_one, convert in _SLOW if is_one(text))(text)
        fits = kind is None or (kind == "address") == (not isinstance(made, str) and made[0][0] in _ADDRESS_TYPES)
        if isinstance(made, str) or not fits:
            bad.append((row, made if isinstance(made, str) else "type_mismatch"))
        else:
            rows += [(row, *one) for one in made]
    schema = {"row": pl.Int64, "type": pl.String, "value": pl.String, "address": pl.Binary, "prefix": pl.Int64}
    good = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.when(pl.col("type") != "domain").then("address"), pl.when(pl.col("type") != "domain").then("prefix"))
    return good, pl.DataFrame(bad, schema={"row": pl.Int64, "reason": pl.String}, orient="row")


def _foreign_name(text: str) -> list[_Row] | str:
    """A name in another script as the DNS has it."""
    if len(text) > NAME_MAX:
        return "bad_name"
    try:
        name = idna.encode(text.removeprefix("*.").strip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return "bad_name"
    return [("domain", name, b"", 0)] if len(name) <= NAME_MAX else "bad_name"


def _range(text: str) -> list[_Row] | str:
    """`first-last` as the networks that make it up: 62 at most for IPv4, 254 for IPv6."""
    try:
        ends = [ipaddress.ip_address(part.strip()) for part in text.split("-")]
        return [_network_row(network) for network in _summary(*ends)]
    except (ValueError, TypeError):  # an end that is no address, of another family, or before the beginning; three ends
        return "bad_range"


def _summary(first: _Address, last: _Address) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    if isinstance(first, ipaddress.IPv4Address) and isinstance(last, ipaddress.IPv4Address):
        return ipaddress.summarize_address_range(first, last)
    if isinstance(first, ipaddress.IPv6Address) and isinstance(last, ipaddress.IPv6Address):
        return ipaddress.summarize_address_range(first, last)
    raise TypeError("two families")


def _network(text: str) -> list[_Row] | str:
    """An IPv6 address or network, with brackets and port or without; an IPv4 one with a netmask."""
    bare = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    try:
        return [_network_row(ipaddress.ip_network(bare, strict=False))]
    except ValueError:
        return "bad_prefix" if octets_of(bare.partition("/")[0]) else "bad_address"


def _network_row(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> _Row:
    octets = octets_of(str(network.network_address))
    assert octets is not None
    length = network.prefixlen
    if network.version == 6 and text_of(octets) != str(network.network_address) and length >= _MAPPED:
        network, length = ipaddress.ip_network((octets[12:], length - _MAPPED)), length - _MAPPED
    single = network.num_addresses == 1
    return (f"ipv{network.version}" if single else "cidr", str(network.network_address if single else network), octets, length)


_MAPPED = 96  # bits of ::ffff:0:0/96, in which IPv4 addresses are written as IPv6 ones

_SLOW: tuple[tuple[Callable[[str], object], Callable[[str], list[_Row] | str]], ...] = (
    (lambda text: not text.isascii(), _foreign_name),
    (lambda text: "-" in text, _range),
    (lambda text: True, _network),
)
"""Tests and what converts the texts that pass them, asked in this order."""
