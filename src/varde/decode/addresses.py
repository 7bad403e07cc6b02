"""Addresses between text and the 16 octets that travel."""

import ipaddress
from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from varde.decode.distinct import of_each

_OCTET = r"([0-9]{1,3})"
V4_PARTS = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"
"""The four numbers of an IPv4 address; they may have leading zeros."""

_FULL = r"^[0-9A-Fa-f]{4}(?::[0-9A-Fa-f]{4}){7}$"
_MAPPED = 10 * b"\x00" + b"\xff\xff"


def packed(texts: pl.Series) -> pl.Series:
    """16 octets per address, network order, IPv4 as ::ffff:a.b.c.d; null for what is no address.

    Converts each distinct text once, because attackers repeat. Zone indices (`%eth0`) are dropped."""
    return packed_with_network(texts)["octets"].alias(texts.name)


def packed_with_network(texts: pl.Series) -> pl.DataFrame:
    """Columns `octets` as in `packed`, and `network`: the /24 of an IPv4 address, the /64 of an IPv6 one."""
    if texts.null_count() == len(texts):
        nothing = pl.Series([None] * len(texts), dtype=pl.Binary)
        return pl.DataFrame({"octets": nothing, "network": nothing})
    return of_each(texts, _with_networks)


def _with_networks(texts: pl.Series) -> pl.DataFrame:
    octets = _convert(texts)
    return pl.DataFrame({"octets": octets, "network": networks(octets)})


def text_of(address: bytes) -> str:
    """RFC 5952 text of 16 octets; IPv4-mapped addresses as IPv4."""
    if address.startswith(_MAPPED):
        return str(ipaddress.IPv4Address(address[12:]))
    return str(ipaddress.IPv6Address(address))


def octets_of(text: str) -> bytes | None:
    """16 octets of one address text, or None."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.packed if address.version == 6 else _MAPPED + address.packed


def networks(addresses: pl.Series) -> pl.Series:
    """The /24 of an IPv4 address, the /64 of an IPv6 one, as 16 octets."""
    octets = matrix(addresses.drop_nulls())
    v4 = is_v4(octets)
    octets[v4, 15] = 0
    octets[~v4, 8:] = 0
    made = series(octets)
    if addresses.null_count() == 0:
        return made.alias(addresses.name)
    rows = pl.DataFrame({"row": np.flatnonzero(addresses.is_not_null().to_numpy()), "net": made})
    everyone = pl.DataFrame({"row": np.arange(len(addresses))})
    return everyone.join(rows, on="row", how="left", maintain_order="left")["net"].alias(addresses.name)


def is_v4(octets: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of an (n, 16) array: which rows are IPv4-mapped."""
    head = np.frombuffer(_MAPPED, dtype=np.uint8)
    result: NDArray[np.bool_] = (octets[:, :12] == head).all(axis=1)
    return result



def matrix(addresses: pl.Series) -> NDArray[np.uint8]:
    """(n, 16) octets of a Binary series without nulls."""
    array = addresses.to_arrow()
    if len(array) == 0:
        return np.zeros((0, 16), dtype=np.uint8)
    fixed = array.cast(pa.large_binary()).cast(pa.binary(16))
    return np.frombuffer(fixed.buffers()[1], dtype=np.uint8)[fixed.offset * 16 :][: len(fixed) * 16].reshape(-1, 16).copy()


def series(octets: NDArray[np.uint8]) -> pl.Series:
    """A Binary series of the rows of an (n, 16) array: Arrow's view layout, built directly over the array's memory."""
    flat = np.ascontiguousarray(octets)
    views = np.zeros((len(flat), 4), dtype=np.uint32)
    views[:, 0] = 16
    if len(flat):
        views[:, 1] = flat[:, :4].copy().view(np.uint32).ravel()
    views[:, 3] = np.arange(len(flat)) * 16
    array = pa.BinaryViewArray.from_buffers(pa.binary_view(), len(flat), [None, pa.py_buffer(views), pa.py_buffer(flat)])
    made = pl.from_arrow(array)
    assert isinstance(made, pl.Series)
    return made


def _convert(texts: pl.Series) -> pl.Series:
    parts = texts.str.extract_groups(V4_PARTS).struct.unnest()
    numbers = parts.with_columns(pl.all().cast(pl.Int32, strict=False))
    quads = numbers.fill_null(-1).to_numpy()
    good = np.logical_and.reduce((quads >= 0) & (quads <= 255), axis=1)
    octets = np.zeros((len(texts), 16), dtype=np.uint8)
    octets[:, 10:12] = 255
    octets[good, 12:] = quads[good]
    known = good | _write_full(octets, texts.filter(pl.Series(~good)), np.flatnonzero(~good))
    rows = np.flatnonzero(~known)
    for row, text in zip(rows.tolist(), texts.gather(rows).to_list(), strict=True):
        value = _octets_of(text)
        if value is not None:
            octets[row] = np.frombuffer(value, dtype=np.uint8)
            known[row] = True
    return pl.select(pl.when(pl.Series(known)).then(series(octets))).to_series()


_octets_of = lru_cache(65_536)(octets_of)  # some senders and receivers of one network are in every block


def _write_full(octets: NDArray[np.uint8], texts: pl.Series, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Write the octets of IPv6 addresses that are printed with all their digits, as Linux does, into `rows`; which were."""
    done = np.zeros(len(octets), dtype=bool)
    full = texts.str.contains(_FULL).to_numpy()
    if full.any():
        digits = texts.filter(pl.Series(full)).str.replace_all(":", "", literal=True)
        octets[rows[full]] = matrix(digits.str.decode("hex"))
        done[rows[full]] = True
    return done
