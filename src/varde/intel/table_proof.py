"""Whether a table of places may take the place of another: it knows what everybody knows, and not much less than the one before."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.intel.range_table import COUNTRY, RangeTable
from varde.model import VardeError

KNOWN = (
    ("8.8.8.8", "US", 15169), ("9.9.9.9", "US", 19281), ("193.0.6.139", "NL", 3333), ("17.253.144.10", "US", 714), ("133.11.0.1", "JP", 2501),
    ("129.240.2.6", "NO", 224), ("131.111.150.25", "GB", 786), ("130.92.9.53", "CH", 559), ("202.12.27.33", "JP", 7500), ("200.160.2.3", "BR", 22548),
    ("196.216.2.6", "ZA", 33764), ("202.12.29.1", "AU", 4608), ("192.87.106.1", "NL", 1103), ("141.24.1.1", "DE", 680),
    ("2001:4860:4860::8888", "US", 15169), ("2001:67c:2e8:22::c100:68b", "NL", 3333), ("2001:700:100::1", "NO", 224), ("2001:620::1", "CH", 559),
    ("2001:630:200::1", "GB", 786),
)  # fmt: skip
"""Resolvers, registries and universities that have been where they are, and with whom, for twenty years."""

KNOWN_SHARE = 0.8
"""Of KNOWN that must be right: some will move one day."""

COVERED_SHARE = 0.8
"""Of the addresses of IPv4 that the old table knows, how many the new one must know: half a download is no table."""

AGREEING_SHARE = 0.7
"""Of addresses that both know, how many must be in the same place: suppliers differ in a tenth."""

COMPARED_MIN = 100
"""Samples that the old table must know to be compared with: one of a few networks, such as a test's, says nothing of the world."""

_MAPPED = bytes(10) + b"\xff\xff"

SAMPLES = 50_000
"""Addresses of IPv4, evenly spread, by which two tables are compared."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found: how many of KNOWN are right; against the old table, shares of what it knows and of what both know. None without an old one."""

    right: int
    wrong: tuple[str, ...]
    covered: float | None = None
    agreeing: float | None = None


def prove_table(table: RangeTable, old: RangeTable | None = None) -> Proof:
    """Raises VardeError where it is not to be trusted, and says why."""
    addresses = [ipaddress.ip_address(text) for text, _, _ in KNOWN]
    said = _values(table, _octets(addresses))
    wanted = [country if table.kind == COUNTRY else str(number) for _, country, number in KNOWN]
    wrong = tuple(f"{text} is {one or 'unknown'}, not {right}" for (text, _, _), one, right in zip(KNOWN, said, wanted, strict=True) if one != right)
    right = len(KNOWN) - len(wrong)
    if right < KNOWN_SHARE * len(KNOWN):
        raise VardeError(f"it is wrong about {len(wrong)} of {len(KNOWN)} addresses that everybody knows: {'; '.join(wrong[:3])}", status=1)
    if old is None or not len(old.intervals.v4_start):
        return Proof(right, wrong)
    compared, covered, agreeing = _against(table, old)
    if compared < COMPARED_MIN:
        return Proof(right, wrong)
    if covered < COVERED_SHARE:
        raise VardeError(f"it knows only {covered:.0%} of the addresses that the table in force knows", status=1)
    if agreeing < AGREEING_SHARE:
        raise VardeError(f"only {agreeing:.0%} of the addresses are where the table in force has them", status=1)
    return Proof(right, wrong, covered, agreeing)


def _against(table: RangeTable, old: RangeTable) -> tuple[int, float, float]:
    """Of how many samples the old table knows, what share the new one knows, and of these what share it has in the same place."""
    numbers = np.linspace(0, 2**32 - 1, SAMPLES).astype(np.uint32)
    octets = _octets([ipaddress.IPv4Address(int(number)) for number in numbers])
    before, after = (np.array(_values(each, octets)) for each in (old, table))
    known = before != ""
    both = known & (after != "")
    return int(known.sum()), float(both.sum() / max(1, known.sum())), float((before == after)[both].sum() / max(1, both.sum()))


def _octets(addresses: Sequence[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> NDArray[np.uint8]:
    """As (n, 16), IPv4 as ::ffff:a.b.c.d."""
    packed = (_MAPPED + address.packed if address.version == 4 else address.packed for address in addresses)
    return np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, 16)


def _values(table: RangeTable, octets: NDArray[np.uint8]) -> list[str]:
    """Codes, or numbers of systems, as text; empty where it knows nothing."""
    found = table.intervals.lookup(octets).tolist()
    return [("" if value < 0 else table.codes[value] if table.kind == COUNTRY else str(value)) for value in found]
