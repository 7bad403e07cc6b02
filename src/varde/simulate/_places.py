"""Who owns the synthetic addresses: one table, from which addresses, weights and HOME_TOML are made.

Sources live in 198.18.0.0/15 (RFC 2544 benchmarking space, one /20 a place) and 2001:db8::/32 (RFC 3849, one
/40 a place), own networks in 192.0.2.0/24, 203.0.113.0/24 (RFC 5737) and 2001:db8:1::/48. AS numbers are for
private use (RFC 6996); countries are real codes given to space that nobody has, and the names are invented.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Place:
    """A made-up operator with one IPv4 and one IPv6 prefix."""

    country: str
    """ISO 3166 alpha-2."""
    asn: int
    name: str
    weight: float
    """Share of the background's sources, any unit."""


PLACES = (
    Place("CN", 64512, "Jade River Telecom", 11),
    Place("CN", 64513, "Lantern Cloud", 8),
    Place("CN", 64514, "East Harbour Broadband", 5),
    Place("US", 64520, "Prairie Virtual Servers", 9),
    Place("US", 64521, "Copper Canyon Hosting", 7),
    Place("US", 64522, "Bluff Street Research Scans", 4),
    Place("US", 64523, "Lakeside Cable", 2),
    Place("NL", 64530, "Polder Offshore Hosting", 7),
    Place("NL", 64531, "Windmill Colocation", 4),
    Place("RU", 64540, "Birch Forest Networks", 6),
    Place("RU", 64541, "Taiga Home Internet", 3),
    Place("BR", 64550, "Ipe Amarelo Telecom", 1.6),
    Place("BR", 64551, "Rio Claro Fibra", 1.4),
    Place("BR", 64552, "Araucaria Banda Larga", 1.2),
    Place("BR", 64553, "Capivara Net", 0.8),
    Place("IN", 64560, "Banyan Mobile", 4),
    Place("IN", 64561, "Monsoon Broadband", 2),
    Place("VN", 64570, "Lotus Pond Telecom", 4),
    Place("DE", 64580, "Linden Server GmbH", 3),
    Place("DE", 64581, "Moorland DSL", 1),
    Place("GB", 64590, "Heather Hosting", 2),
    Place("GB", 64591, "Chalk Down Broadband", 1),
    Place("IE", 64600, "Bog Cotton Cloud", 1),
    Place("FR", 64610, "Vieux Moulin Hosting", 2),
    Place("KR", 64620, "Magpie Cable", 3),
    Place("TW", 64630, "Tea Terrace Net", 2),
    Place("ID", 64640, "Nutmeg Telekom", 2.5),
    Place("TR", 64650, "Poplar Internet", 1.5),
    Place("UA", 64660, "Sunflower Net", 1.5),
    Place("BG", 64670, "Rose Valley Hosting", 2),
    Place("IR", 64680, "Saffron Data", 1.5),
    Place("NO", 64690, "Lyngheim Hobby Net", 0.3),
)

HOSTS = 4096  # addresses of one place: a /20
BACKGROUND_HOSTS = range(
    1, 3840
)  # the last /24 of a place is kept for campaigns, so that nobody meets by chance
_V6_FIRST, _V6_STEP = (
    0x1000,
    0x100,
)  # third group of the first /40, and one /40 further; clear of 2001:db8:1::/48

HOME_FROM: dict[str, date | None] = {
    "192.0.2.0/24": None,
    "203.0.113.0/24": date(
        2020, 1, 1
    ),  # own networks are dated facts; before this the block was someone else's
    "2001:db8:1::/48": None,
}


def source(country: str, host: int, nth: int = 0) -> int:
    """The number of one source: host 1..4095 of the nth place of a country; the same in both families."""
    places = [index for index, place in enumerate(PLACES) if place.country == country]
    return places[nth] * HOSTS + host


def weights() -> NDArray[np.float64]:
    """Share of the background's sources that each place has; sums to 1."""
    shares = np.array([place.weight for place in PLACES])
    return np.asarray(shares / shares.sum())


def source_text(number: int, family: int) -> str:
    """RFC 5952 text of source `number` (place * 4096 + host) in IPv4 (4) or IPv6 (6)."""
    if family == 4:
        return f"198.{18 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
    place, host = divmod(number, HOSTS)
    group = _V6_FIRST + place * _V6_STEP + host % _V6_STEP
    return f"2001:db8:{group:x}:{host:x}::{host * 7 + 2:x}"  # a /64 of its own, as leased servers have


_OWN_V4 = ("192.0.2.", "203.0.113.", "203.0.113.")  # by sensor


def own_text(sensor: int, host: int, family: int) -> str:
    """RFC 5952 text of own host 1..254 behind sensor 0..2; the last two sensors share one /24 by halves."""
    return f"{_OWN_V4[sensor]}{host}" if family == 4 else f"2001:db8:1:{sensor + 1}::{host:x}"


def own_number(sensor: int, host: int) -> int:
    """The IPv4 address of an own host as an integer."""
    return int(ipaddress.IPv4Address(own_text(sensor, host, 4)))


def prefixes(place: int) -> tuple[str, str]:
    """The IPv4 and the IPv6 prefix of a place, by its index in PLACES."""
    return f"{source_text(place * HOSTS, 4)}/20", f"2001:db8:{_V6_FIRST + place * _V6_STEP:x}::/40"


def _toml() -> str:
    blocks = [
        _block("home", {"network": f'"{network}"'} | ({"from": str(since)} if since else {}))
        for network, since in HOME_FROM.items()
    ]
    blocks += [
        _block("override", _facts(place, network))
        for index, place in enumerate(PLACES)
        for network in prefixes(index)
    ]
    return (
        "# The made-up network of the synthetic day: every address is reserved, every owner invented.\n\n"
        + "\n".join(blocks)
    )


def _facts(place: Place, network: str) -> dict[str, str]:
    return {
        "network": f'"{network}"',
        "country": f'"{place.country}"',
        "as": str(place.asn),
        "as_name": f'"{place.name}"',
    }


def _block(table: str, facts: dict[str, str]) -> str:
    return f"[[{table}]]\n" + "".join(f"{key} = {value}\n" for key, value in facts.items())


HOME_TOML = _toml()
"""TOML: own networks (`[[home]]`) and the owners of the made-up prefixes (`[[override]]`)."""


def texts(numbers: Iterable[int], families: Iterable[int]) -> list[str]:
    """Text of many sources; attackers repeat, so each distinct address is converted once."""
    known: dict[tuple[int, int], str] = {}
    pairs = list(zip(numbers, families, strict=True))
    for pair in set(pairs):
        known[pair] = source_text(*pair)
    return [known[pair] for pair in pairs]
