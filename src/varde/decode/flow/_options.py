"""Options data: records about the exporter itself, kept as they are and used where they explain flows (RFC 7011 section 3.4.2)."""

import struct
from collections.abc import Callable, Iterator, Mapping

from varde.decode.flow._elements import SCOPE, Key
from varde.decode.flow._facts import Told
from varde.decode.flow._layout import Layout
from varde.decode.flow._sampling import RATE_MAX

NAME_MAX = 256
"""Octets of a name; longer ones are no names."""

_INTERFACE_SCOPES = ((SCOPE, 2), (0, 10), (0, 14), (0, 252), (0, 253))
_SELECTORS = ((0, 302), (0, 48))
_IDENTITIES = (*_INTERFACE_SCOPES, *_SELECTORS, (0, 95), (0, 234), (0, 235))
_SYSTEM_START = (0, 160)
_BOOT_MAX = 2**52  # ms

Row = Mapping[Key, bytes]


def told(row: Row) -> Iterator[Told]:
    """What an options record says that explains flows."""
    interface, selector = _first(row, _INTERFACE_SCOPES), _first(row, _SELECTORS)
    rate = _rate(row)
    if rate and selector is not None:
        yield Told("selectors", selector, rate)
    elif rate:
        yield Told("sampling", None, rate) if interface is None else Told("by_interface", interface, rate)
    name = _name(row, (0, 82)) or _name(row, (0, 83))
    if name and interface is not None:
        yield Told("interfaces", interface, name)
    vrf, vrf_name = _first(row, ((0, 234), (0, 235))), _name(row, (0, 236))
    if vrf is not None and vrf_name:
        yield Told("vrfs", vrf, vrf_name)
    boot = _number(row, _SYSTEM_START)
    if boot and boot < _BOOT_MAX:
        yield Told("boot", None, boot * 1000)


def identity_columns(layout: Layout) -> list[int]:
    """Fields that say what an options record is about: its scope, and the number of what it describes where that stands behind the
    scope."""
    return [place for place, spec in enumerate(layout.fields) if place < layout.scopes or spec.key in _IDENTITIES]


def _interval(row: Row) -> int | None:
    return _number(row, (0, 50)) or _number(row, (0, 34))


def _packets_and_space(row: Row) -> int | None:
    taken, passed = _number(row, (0, 305)), _number(row, (0, 306))
    return (taken + passed) // taken if taken and passed is not None else None


def _size_of_population(row: Row) -> int | None:
    size, population = _number(row, (0, 309)), _number(row, (0, 310))
    return population // size if size and population else None


def _probability(row: Row) -> int | None:
    octets = row.get((0, 311), b"")
    if len(octets) not in (4, 8):
        return None
    (probability,) = struct.unpack(">f" if len(octets) == 4 else ">d", octets)
    return round(1 / probability) if 1 / RATE_MAX < probability <= 1 else None


_RATES: tuple[Callable[[Row], int | None], ...] = (_interval, _packets_and_space, _size_of_population, _probability)
"""Ways to say how many packets one stands for (RFC 5477; 34 and 50 are NetFlow v9's)."""


def _rate(row: Row) -> int | None:
    """Sampling; None where the record does not say, says 0 or what nobody does."""
    rates = (read(row) for read in _RATES)
    return next((rate for rate in rates if rate and rate <= RATE_MAX), None)


def _number(row: Row, key: Key) -> int | None:
    octets = row.get(key)
    return int.from_bytes(octets, "big") if octets and len(octets) <= 8 else None


def _first(row: Row, keys: tuple[Key, ...]) -> int | None:
    numbers = (_number(row, key) for key in keys)
    return next((number for number in numbers if number is not None and number < 2**63), None)


def _name(row: Row, key: Key) -> str:
    """A name; NULs behind it fill the field."""
    return row.get(key, b"")[:NAME_MAX].rstrip(b"\x00").decode("utf-8", "backslashreplace").strip()
