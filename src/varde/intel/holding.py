"""Which entries of lists are about an address, a network or a name: those that hold it, and those that lie in it.

Over all that lists say, before anything is allowed; a matcher answers for what is matched."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from varde.intel.intervals import Network
from varde.intel.names import plain, suffixes

_MAPPED = b"\x00" * 10 + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of INDICATORS: `holding` the subject, being it or around it, and `inside` it without being it."""

    holding: pl.DataFrame
    inside: pl.DataFrame


    @classmethod
    def joined(cls, parts: Iterable["Entries"]) -> "Entries":
        """What was found in parts of the rows, of which there is one at least."""
        found = list(parts)
        return cls(pl.concat([part.holding for part in found]), pl.concat([part.inside for part in found]))


def about_network(rows: pl.DataFrame, network: Network) -> Entries:
    """Entries about an address (a network of one) or a network."""
    version, bits = network.version, network.max_prefixlen
    above = [network.supernet(new_prefix=length) for length in range(network.prefixlen + 1)]
    pairs = pl.DataFrame(
        {"address": [_octets(net.network_address.packed) for net in above], "prefix": [net.prefixlen for net in above]},
        schema={"address": pl.Binary, "prefix": pl.Int64},
    )
    mine = rows.filter(pl.col("address").is_not_null() & (pl.col("value").str.contains(":", literal=True) == (version == 6)))
    first, last = _octets(network.network_address.packed), _octets(network.broadcast_address.packed)
    within = (pl.col("address") >= first) & (pl.col("address") <= last) & (pl.col("prefix") > network.prefixlen)
    inside = mine.filter(within) if network.prefixlen < bits else mine.clear()
    return Entries(mine.join(pairs, on=["address", "prefix"], how="semi"), inside)


def about_name(rows: pl.DataFrame, name: str) -> Entries:
    """Entries about a name: it, those above it, which hold it, and those under it."""
    known = plain(name)
    names = rows.filter(pl.col("type") == "domain")
    return Entries(names.filter(pl.col("value").is_in(list(suffixes(known)))), names.filter(pl.col("value").str.ends_with(f".{known}")))


def network_of(text: str) -> Network | None:
    """The network that a text writes; None where it is none."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _octets(packed: bytes) -> bytes:
    return packed if len(packed) == 16 else _MAPPED + packed
