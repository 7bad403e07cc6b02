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
    octets = matrix(addresses.drop_nulls()).copy()
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
    flat = np.ascontiguousarray(octets)
    result: NDArray[np.bool_] = (flat.view(np.uint64)[:, 0] == 0) & (flat.view(np.uint32)[:, 2] == _MAPPED_WORD)
    return result


_MAPPED_WORD = np.frombuffer(_MAPPED[8:], dtype=np.uint32)[0]


def matrix(addresses: pl.Series) -> NDArray[np.uint8]:
    """(n, 16) octets of a Binary series without nulls, not to be written to. Raises ArrowInvalid where a value has another length."""
    chunks = [_octets_in(chunk) for chunk in addresses.get_chunks()]
    return chunks[0] if len(chunks) == 1 else np.concatenate([np.zeros((0, 16), dtype=np.uint8), *chunks])


def _octets_in(addresses: pl.Series) -> NDArray[np.uint8]:
    array = addresses.to_arrow(compat_level=pl.CompatLevel.newest())
    if len(array) == 0:
        return np.zeros((0, 16), dtype=np.uint8)
    _, views, *data = array.buffers()
    if views.address == _V4_VIEWS.ctypes.data and not array.offset:  # laid by `v4_series`: one behind the other
        return np.frombuffer(data[0], dtype=np.uint8)[: 16 * len(array)].reshape(-1, 16)
    found = _told_by_views(np.frombuffer(views, dtype=_VIEW)[array.offset :][: len(array)], data)
    if found is None:
        fixed = array.cast(pa.large_binary()).cast(pa.binary(16))
        found = np.frombuffer(fixed.buffers()[1], dtype=np.uint8)[fixed.offset * 16 :][: len(fixed) * 16].copy()
    return found.reshape(-1, 16)


def _told_by_views(views: NDArray[np.void], data: list[pa.Buffer]) -> NDArray[np.uint8] | None:
    """The octets of values where they lie, a fifth of the cost of two casts; None where they lie otherwise than we lay them."""
    places = views["place"]
    if len(data) != 1 or (views["length"] != 16).any() or (places & 15).any():
        return None
    return np.frombuffer(data[0], dtype=np.uint8)[: len(data[0]) & ~15].view("V16").take(places >> 4).view(np.uint8)


_VIEW = np.dtype([("length", "<i4"), ("head", "<u4"), ("buffer", "<i4"), ("place", "<i4")])
"""Arrow's view of a value that does not fit into it (Arrow columnar format, variable-size binary view layout)."""


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


def v4_series(octets: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None) -> pl.Series:
    """A Binary series of an (n, 16) array whose rows are all IPv4, null where a mask is not set; over the array's own memory.

    Arrow describes each value by its length, first four octets and place: of such addresses only the place differs, so
    columns share the descriptions."""
    bits = None if mask is None else pa.py_buffer(np.packbits(mask, bitorder="little"))
    views = _V4_VIEWS[: len(octets)] if len(octets) <= len(_V4_VIEWS) else _v4_views(len(octets))
    made = pl.from_arrow(pa.BinaryViewArray.from_buffers(pa.binary_view(), len(octets), [bits, pa.py_buffer(views), pa.py_buffer(octets)]))
    assert isinstance(made, pl.Series)
    return made


def _v4_views(count: int) -> NDArray[np.uint64]:
    views = np.empty((count, 2), np.uint64)
    views[:, 0] = 16  # the length; the first four octets are zeros
    views[:, 1] = np.arange(count, dtype=np.uint64) << np.uint64(36)  # place = row * 16, in the upper half
    return views


_V4_VIEWS = _v4_views(262_144)
"""Enough for the largest live batch; 4 MB."""


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
