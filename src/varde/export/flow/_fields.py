"""Which Information Element (IANA registry of RFC 7012) each column is sent as, and how its values become octets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import is_v4, matrix

REVERSE = 29305
"""Enterprise number of elements of the other direction (RFC 5103 section 6.1)."""

_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_SECOND, _MILLISECOND = 1_000_000, 1000
_MICROSECOND_BITS = 11
"""Bits of the fraction that are below a microsecond and are zero (RFC 7011 section 6.1.9)."""

Mask = NDArray[np.bool_]
Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of templates: `take` gives of a batch which rows have it, and the value of each row, whatever stands where none is."""

    element: int
    octets: int
    take: Callable[[pl.DataFrame], tuple[Mask, Values]]
    enterprise: int = 0
    form: str = ""
    "NumPy's word for the value; unsigned and big-endian where empty."

    @property
    def dtype(self) -> Any:
        if self.form:
            return np.dtype(self.form)
        return np.dtype(f">u{self.octets}") if self.octets in (1, 2, 4, 8) else np.dtype((np.uint8, (self.octets,)))


def _number(column: str, octets: int, element: int, enterprise: int = 0) -> Field:
    most = 2 ** (8 * octets) - 1

    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        values = flows[column]
        has = values.is_between(0, min(most, 2**63 - 1)).fill_null(False).to_numpy()
        return has, values.fill_null(0).to_numpy()

    return Field(element, octets, take, enterprise)


def _address(column: str, element: int, octets: int) -> Field:
    """An address of IPv4 (4 octets) or of IPv6 (16)."""

    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        values = flows[column]
        whole = matrix(values.fill_null(bytes(16)))
        has = values.is_not_null().to_numpy() & (is_v4(whole) == (octets == 4))
        return has, whole[:, 16 - octets :]

    return Field(element, octets, take, form=f"{octets}u1")


def _time(column: str, coarse: int, fine: int) -> tuple[Field, Field]:
    """A moment in milliseconds, which every collector reads; where they do not say all of it, also as NTP's seconds and fraction."""

    def milliseconds(flows: pl.DataFrame) -> tuple[Mask, Values]:
        moments = flows[column].cast(pl.Int64)
        has = (moments >= 0).fill_null(False).to_numpy()
        return has, (moments.fill_null(0) // _MILLISECOND).to_numpy()

    def microseconds(flows: pl.DataFrame) -> tuple[Mask, Values]:
        moments = flows[column].cast(pl.Int64)
        has = ((moments % _MILLISECOND != 0) & (moments >= 0)).fill_null(False).to_numpy()
        return has, _ntp(moments.fill_null(0).to_numpy())

    return Field(coarse, 8, milliseconds), Field(fine, 8, microseconds)


def _ntp(moments: NDArray[np.int64]) -> Values:
    """us since 1970 as 32 bits of seconds since 1900 and 32 of their fraction, the next that is not before."""
    seconds, rest = np.divmod(np.maximum(moments, 0), _SECOND)
    fraction = -(-(rest << 32) // _SECOND)
    rounded = -(-fraction >> _MICROSECOND_BITS) << _MICROSECOND_BITS
    whole: Values = ((seconds + _NTP_EPOCH) % 2**32).astype(np.uint64) << np.uint64(32) | rounded.astype(np.uint64)
    return whole


def _icmp(element: int, column: str, proto: int) -> Field:
    """Type or code of an ICMP of IPv4 or IPv6, which have elements of their own, where one of the two is not there."""
    other = "icmp_code" if column == "icmp_type" else "icmp_type"

    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        values = flows[column]
        mine = values.is_between(0, 255) & flows["proto"].eq_missing(proto) & ~flows[other].is_between(0, 255).fill_null(False)
        return mine.fill_null(False).to_numpy(), values.fill_null(0).to_numpy()

    return Field(element, 1, take)


def _icmp_both(element: int, proto: int) -> Field:
    """Type and code as one number, which more collectors know than the two."""

    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        kind, code = flows["icmp_type"], flows["icmp_code"]
        mine = kind.is_between(0, 255) & code.is_between(0, 255) & flows["proto"].eq_missing(proto)
        return mine.fill_null(False).to_numpy(), (kind.fill_null(0) * 256 + code.fill_null(0)).to_numpy()

    return Field(element, 2, take)


def _mask(column: str, address: str, element: int, octets: int) -> Field:
    """Prefix length of the route to an address of IPv4 (4 octets) or of IPv6 (16)."""
    number, end = _number(column, 1, element), _address(address, element, octets)

    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        has, values = number.take(flows)
        return has & end.take(flows)[0], values

    return Field(element, 1, take)


def _mac(column: str, element: int) -> Field:
    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        digits = flows[column].str.replace_all("[:-]", "")
        octets = digits.str.decode("hex", strict=False)
        has = (octets.bin.size() == 6).fill_null(False).to_numpy()
        packed = pl.select(pl.when(pl.Series(has)).then(octets).otherwise(pl.lit(bytes(6)))).to_series()
        return has, np.frombuffer(b"".join(packed.to_list()), np.uint8).reshape(-1, 6)

    return Field(element, 6, take)


def _word(column: str, element: int, words: dict[str, int]) -> Field:
    """A closed set of words, as the numbers that the registry has for them."""

    def take(flows: pl.DataFrame) -> tuple[Mask, Values]:
        numbers = flows[column].replace_strict(words, default=None, return_dtype=pl.Int64)
        return numbers.is_not_null().to_numpy(), numbers.fill_null(0).to_numpy()

    return Field(element, 1, take)


_CORE: tuple[Field, ...] = (
    *_time("time", 152, 154), *_time("end_time", 153, 155),
    _address("src_addr", 8, 4), _address("src_addr", 27, 16), _address("dst_addr", 12, 4), _address("dst_addr", 28, 16),
    _number("src_port", 2, 7), _number("dst_port", 2, 11), _number("proto", 1, 4), _number("tcp_flags", 2, 6),
    _number("packets", 8, 2), _number("octets", 8, 1),
)  # fmt: skip

FIELDS: tuple[Field, ...] = (
    # before the flags of its own direction, because nfdump 1.7 takes the last of both for them
    _number("rev_tcp_flags", 2, 6, REVERSE),
    *_CORE,
    _icmp_both(32, 1), _icmp_both(139, 58), _icmp(176, "icmp_type", 1), _icmp(177, "icmp_code", 1), _icmp(178, "icmp_type", 58), _icmp(179, "icmp_code", 58),
    _number("tos", 1, 5), _number("in_if", 4, 10), _number("out_if", 4, 14), _address("next_hop", 15, 4), _address("next_hop", 62, 16),
    _mask("src_mask", "src_addr", 9, 4), _mask("src_mask", "src_addr", 29, 16), _mask("dst_mask", "dst_addr", 13, 4), _mask("dst_mask", "dst_addr", 30, 16), _number("exporter_src_as", 4, 16), _number("exporter_dst_as", 4, 17),
    _number("vlan", 2, 58), _mac("src_mac", 56), _mac("dst_mac", 80), _word("observed", 61, {"ingress": 0, "egress": 1}),
    _number("end_reason", 1, 136), _number("sampling", 4, 34), _word("initiator", 239, {"src": 1, "dst": 2}),
    _number("rev_packets", 8, 2, REVERSE), _number("rev_octets", 8, 1, REVERSE),
)  # fmt: skip
"""In the order in which they stand in a record."""

CORE = sum(1 << FIELDS.index(field) for field in _CORE)
"""Those that a record keeps where there are more shapes of rows than templates."""

UNSENT = ("in_if_name", "out_if_name", "vrf", "mpls", "other", "exporter", "domain")
"""Columns that no field carries: names that exporters tell in options data, what a collector says itself, and what it did not understand."""
