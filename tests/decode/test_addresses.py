"""Addresses in any spelling are the octets that the standard library reads."""

import ipaddress

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.addresses import octets_of, packed

_V6 = st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address)
_SPELT = st.one_of(
    _V6.map(lambda a: a.exploded), _V6.map(lambda a: a.exploded.upper()), _V6.map(str), st.integers(0, 2**64).map(lambda n: str(ipaddress.IPv6Address(n))),
    st.integers(0, 2**32 - 1).map(lambda n: str(ipaddress.IPv4Address(n))), _V6.map(lambda a: a.exploded[:-1]), _V6.map(lambda a: a.exploded + "%eth0"),
    _V6.map(lambda a: a.exploded.replace(":", "0")), _V6.map(lambda a: "é" + a.exploded[1:]), st.text(max_size=40),
)  # fmt: skip


@given(st.lists(_SPELT, max_size=20))
def test_any_spelling_gives_what_one_address_gives_alone(texts: list[str]) -> None:
    assert packed(pl.Series(texts, dtype=pl.String)).to_list() == [octets_of(text) for text in texts]
