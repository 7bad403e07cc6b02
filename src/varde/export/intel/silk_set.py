"""IPsets of SiLK as its tools read them, octet by octet: skipset.c and skheader.h of https://tools.netsa.cert.org/silk/.

    header  DE AD BE EF, flags, 1D (IPset), 10, 00 (not compressed), version of SiLK, 1 (record size), record version
    record version 2 (every SiLK): for each /24 its first address and 256 bits
    record version 4 (from 3.7 on): for each network its first address and the length of its prefix"""

import struct
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.export.intel.selection import Blocks, Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written
from varde.intel.ipset import BITS, IPSet
from varde.intel.space import Nets, Range, networks
from varde.model import VardeError

SLASH_24S_MAX = 4_000_000
"""Of 36 octets each in record version 2: a quarter of all address space, 144 MB."""

_MAGIC = 0xDEADBEEF
_LITTLE_ENDIAN, _IPSET, _FILE_VERSION, _NOT_COMPRESSED = 0, 0x1D, 16, 0
_SILK_3_22_1 = 3_022_001
_RECORD_SIZE = 1
_SIZES_ENTRY = 7
_END = struct.pack(">II", 0, 8)
_ADDRESS_OCTETS = {4: 4, 6: 16}
_WORDS = 8  # of 32 bits in the bitmap of a /24


def _header(version: int, entries: bytes = b"") -> bytes:
    fixed = (_MAGIC, _LITTLE_ENDIAN, _IPSET, _FILE_VERSION, _NOT_COMPRESSED, _SILK_3_22_1, _RECORD_SIZE, version)
    return struct.pack(">IBBBBIHH", *fixed) + entries + _END


def _bitmaps(blocks: Blocks) -> bytes:
    """Record version 2."""
    start = np.asarray(blocks.nets.start, dtype=np.uint64)
    size = np.uint64(1) << (np.uint64(32) - np.asarray(blocks.nets.length, dtype=np.uint64))
    rows = np.maximum(size >> np.uint64(8), np.uint64(1)).astype(np.int64)
    if rows.sum() > SLASH_24S_MAX:
        raise VardeError(f"the set has {rows.sum():,} networks of 256 addresses, and {SLASH_24S_MAX:,} is the most that is written one by one. Export silk-set4.")
    offset = np.arange(rows.sum()) - np.repeat(np.cumsum(rows) - rows, rows)
    base = (np.repeat(start >> np.uint64(8), rows).astype(np.int64) + offset) << 8
    bases, place = np.unique(base, return_inverse=True)
    words = np.zeros((len(bases), _WORDS), dtype=np.uint32)
    _set_bits(words, place.ravel(), np.repeat(start, rows), np.repeat(size, rows))
    return np.column_stack([bases.astype(np.uint32), words]).astype("<u4").tobytes()


def _set_bits(words: NDArray[np.uint32], place: NDArray[np.int64], start: NDArray[np.uint64], size: NDArray[np.uint64]) -> None:
    """A network is aligned: it lies in one word, or fills some."""
    inside = np.minimum(size, np.uint64(32))
    mask = (((np.uint64(1) << inside) - np.uint64(1)) << (start & np.uint64(31))).astype(np.uint32)
    first = np.where(size >= np.uint64(256), np.uint64(0), start >> np.uint64(5) & np.uint64(7)).astype(np.int64)
    count = np.clip(size >> np.uint64(5), 1, _WORDS).astype(np.int64)
    for step in range(_WORDS):
        here = count > step
        np.bitwise_or.at(words, (place[here], first[here] + step), mask[here])


def _prefixes(blocks: Blocks) -> bytes:
    """Record version 4: IPv4 in the order of the machine (little-endian, as the header says), IPv6 in that of the network."""
    octets, order = _ADDRESS_OCTETS[blocks.version], "little" if blocks.version == 4 else "big"
    return b"".join(first.to_bytes(octets, order) + bytes([length]) for first, length in blocks.pairs())  # type: ignore[arg-type]


def _version_2(blocks: Blocks) -> bytes:
    return _header(2) + _bitmaps(blocks)


def _version_4(blocks: Blocks) -> bytes:
    sizes = struct.pack(">II6I", _SIZES_ENTRY, 32, 0, 0, _ADDRESS_OCTETS[blocks.version], 0, 0, 0)
    return _header(4, sizes) + _prefixes(blocks)


VERSIONS = (2, 4)
"""Record versions that are written."""

_MAPPED = 0xFFFF << 32


def encoded(members: IPSet, version: int | None = None) -> bytes:
    """A set as one file: record version 2 for IPv4, 4 for IPv6 where none is named. Of both families IPv4 is ::ffff:a.b.c.d, as
    SiLK has it. Raises VardeError for IPv6 in version 2."""
    if version not in (None, *VERSIONS):
        raise VardeError(f"record version {version}: Varde writes {' and '.join(map(str, VERSIONS))}")
    if not members.v6:
        blocks = _blocks(4, members.v4)
        return _version_4(blocks) if version == 4 else _version_2(blocks)
    if version == 2:
        raise VardeError("record version 2 has IPv4 only, and the set has IPv6: use version 4")
    mapped = ((_MAPPED | first, _MAPPED | last) for first, last in members.v4)
    return _version_4(_blocks(6, IPSet.of(v6=[*mapped, *members.v6]).v6))


def _blocks(version: int, ranges: Sequence[Range]) -> Blocks:
    nets = [net for space in ranges for net in networks(space, BITS[version])]
    starts: Sequence[int] | NDArray[np.uint64] = [first for first, _ in nets]
    lengths = [length for _, length in nets]
    made = Nets(np.array(starts, dtype=np.uint64), np.array(lengths, dtype=np.uint8)) if version == 4 else Nets(starts, lengths)
    return Blocks(version, made, pl.DataFrame())


def _writer(of_v4: Callable[[Blocks], bytes]) -> Callable[[Selection, ExportOptions], Written]:
    def write(selection: Selection, options: ExportOptions) -> Written:
        parts = [Part(of_v4(selection.v4)), Part(_version_4(selection.v6), name="v6")]
        return Written(parts, len(selection.v4) + len(selection.v6), restricted(selection, SILK_SET.types))

    return write


SILK_SET = Format(
    title="IPsets of SiLK: IPv4 for every version, IPv6 from SiLK 3.7 on in a file of its own",
    write=_writer(_version_2),
    manual="rwset(1); record versions 2 and 4 of skipset.c",
    types=("ipv4", "ipv6", "cidr"),
    parts=("v6",),
    never_loaded_by="SiLK: IPv4 sets are octet for octet what rwsetbuild of SiLK 3.19 made of the same text, but for the header's command line; IPv6 sets (record version 4) are read by Varde alone",
)

SILK_SET4 = Format(
    title="the same with IPv4 as networks, from SiLK 3.7 on: smaller where networks are large",
    write=_writer(_version_4),
    manual="rwset(1); record version 4 of skipset.c",
    types=("ipv4", "ipv6", "cidr"),
    parts=("v6",),
    never_loaded_by="SiLK: record version 4 is read by Varde's own reader alone",
)
