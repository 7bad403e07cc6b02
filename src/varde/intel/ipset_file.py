"""Sets of addresses from files: SiLK's .set of record versions 2 to 5, and text of addresses, networks and ranges.

The layout of .set is described in FORMATS of rwset(1) and in comments of SiLK's libsilk/skipset.c and skheader.h:

    header  DE AD BE EF, flags (bit 0: big endian), 1D (IPset), 10, compression, version of SiLK, record size, record version
    entries of a kind and a length each, up to one of kind 0; kind 7 has sizes and counts
    version 0-2  for each /24 its first address and 256 bits          version 3  nodes of a tree, then its leaves
    version 4    networks, and /24s or /120s as 256 bits                version 5  the same of IPv6, /64 by /64"""

import ipaddress
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from varde.intel.ipset import BITS, IPSet, difference
from varde.intel.space import Range
from varde.model import VardeError

SIZE_MAX = 256 * 1024 * 1024
"""Octets of a file, and of what it holds uncompressed: a quarter of all IPv4 space in record version 2 has 144 MB."""

ENTRIES_MAX = 1000
"""Header entries: one for each command that made the file what it is."""

_MAGIC, _IPSET, _FILE_VERSION, _SIZES = 0xDEADBEEF, 0x1D, 16, 7
_NO_COMPRESSION, _ZLIB = 0, 1
_HEADER, _ENTRY = struct.Struct(">IBBBBIHH"), struct.Struct(">II")
_BITMAP, _UPPER = 0x81, 0x82
_HALF = 64
_BITMAP_OCTETS = 32
_LEAF_V4, _LEAF_V6 = 8, 24


def read_set(path: str, octets: bytes | None = None) -> IPSet:
    """A set from a file: .set is known by its first octets, everything else is text. `octets`: what it holds, where it is read.

    Raises VardeError that says what is wrong, and where."""
    data = _read(path) if octets is None else octets
    if data[:4] == _MAGIC.to_bytes(4, "big"):
        return _unmapped(_Silk(path, data).read())
    return _of_text(data, path)


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except OSError as error:
        raise VardeError(f"cannot read the set {path}: {(error.strerror or str(error)).lower()}") from error
    if len(data) > SIZE_MAX:
        raise VardeError(f"{path} is larger than {SIZE_MAX // 2**20} MB; a set is not")
    return data


@dataclass
class _Silk:
    """A .set file that is being read."""

    path: str
    data: bytes

    def read(self) -> IPSet:
        if len(self.data) < _HEADER.size:
            raise self._damaged("ends in the header", len(self.data))
        _, flags, form, file_version, compression, _, size, version = _HEADER.unpack_from(self.data)
        if form != _IPSET:
            raise self._damaged(f"is a SiLK file of format {form:#04x}, not an IPset (0x1d)", 5)
        if file_version != _FILE_VERSION:
            raise self._damaged(f"has file version {file_version}, and Varde reads {_FILE_VERSION}", 6)
        begin, sizes = self._entries(size)
        body, order = self._uncompressed(compression, begin), ">" if flags & 1 else "<"
        if version <= 2:
            return IPSet.of(self._bitmaps(body, order))
        octets = self._leaf(sizes, version)
        if version == 3:
            return self._leaves(body, order, sizes)
        if version == 4:
            return self._mixed(body, order, octets)
        if version == 5:
            return self._slash64(body, order)
        raise self._damaged(f"has record version {version}, and Varde reads 2 to 5", 14)

    def _damaged(self, what: str, offset: int) -> VardeError:
        return VardeError(f"{self.path} {what} (offset {offset}). Write it again with `rwsetbuild` or `varde set build`.")

    def _entries(self, record_size: int) -> tuple[int, tuple[int, ...] | None]:
        """Where the data begins, and children, leaves, leaf size, nodes, node size and root where an entry says them."""
        place, sizes = _HEADER.size, None
        for _ in range(ENTRIES_MAX):
            if place + _ENTRY.size > len(self.data):
                raise self._damaged("ends in the header", len(self.data))
            kind, length = _ENTRY.unpack_from(self.data, place)
            if length < _ENTRY.size or place + length > len(self.data):
                raise self._damaged(f"has a header entry of {length} octets, where {len(self.data) - place} are left", place)
            if kind == _SIZES and length == _ENTRY.size + 24:
                sizes = struct.unpack_from(">6I", self.data, place + _ENTRY.size)
            place += length
            if kind == 0:
                return place, sizes
        raise self._damaged(f"has more than {ENTRIES_MAX} header entries", place)

    def _leaf(self, sizes: tuple[int, ...] | None, version: int) -> int:
        allowed = {3: (_LEAF_V4, _LEAF_V6), 4: (4, 16), 5: (16,)}.get(version, ())
        if sizes is None and allowed:
            raise self._damaged(f"has record version {version} and no entry that says how its addresses are kept", _HEADER.size)
        if sizes is not None and allowed and sizes[2] not in allowed:
            raise self._damaged(f"says that an address has {sizes[2]} octets", _HEADER.size)
        return sizes[2] if sizes else 0

    def _uncompressed(self, compression: int, begin: int) -> bytes:
        """The data. Blocks of compressed files have their lengths before them: compressed, then uncompressed."""
        body = self.data[begin:]
        if compression == _NO_COMPRESSION:
            return body
        if compression != _ZLIB:
            raise self._damaged("is compressed with LZO or Snappy, which Varde does not read: write it with `--compression-method=none`", 7)
        return b"".join(self._blocks(body, begin))

    def _blocks(self, body: bytes, begin: int) -> Iterator[bytes]:
        place, total = 0, 0
        while place < len(body):
            if place + _ENTRY.size > len(body):
                raise self._damaged("ends in a compressed block", begin + place)
            packed, plain = _ENTRY.unpack_from(body, place)
            place += _ENTRY.size
            total += plain
            if place + packed > len(body) or total > SIZE_MAX:
                raise self._damaged(f"has a compressed block of {packed} octets, where {len(body) - place} are left", begin + place)
            yield self._inflated(body[place : place + packed], plain, begin + place)
            place += packed

    def _inflated(self, packed: bytes, plain: int, offset: int) -> bytes:
        try:
            made = zlib.decompressobj().decompress(packed, plain)
        except zlib.error as error:
            raise self._damaged(f"is damaged: {error}", offset) from error
        if len(made) != plain:
            raise self._damaged(f"has a block of {len(made)} octets that should have {plain}", offset)
        return made

    def _bitmaps(self, body: bytes, order: str) -> Iterator[Range]:
        if len(body) % 36:
            raise self._damaged(f"is cut off: {len(body) % 36} octets are left, and a /24 has 36", len(self.data))
        words = np.frombuffer(body, dtype=f"{order}u4").reshape(-1, 9)
        return _runs_of(words[:, 0].astype(np.uint64), words[:, 1:].astype("<u4"))

    def _leaves(self, body: bytes, order: str, sizes: tuple[int, ...] | None) -> IPSet:
        assert sizes is not None
        _, count, size, nodes, node_size, _ = sizes
        begin = nodes * node_size
        if begin + count * size > len(body):
            raise self._damaged(f"is cut off: {count} leaves of {size} octets behind {begin} octets of nodes, and {len(body)} octets are there", len(self.data))
        width = 32 if size == _LEAF_V4 else 128
        leaf = struct.Struct(f"{order}B3xI" if size == _LEAF_V4 else f"{order}B7xQQ")
        found = []
        for at in range(1, count):  # the first leaf holds nothing
            length, *parts = leaf.unpack_from(body, begin + at * size)
            found.append(self._range(parts[0] if len(parts) == 1 else parts[0] << 64 | parts[1], length, width, begin + at * size))
        return IPSet.of(found) if width == 32 else IPSet.of(v6=found)

    def _range(self, first: int, length: int, width: int, offset: int) -> Range:
        size = 1 << (width - length) if length <= width else 0
        if size == 0 or first % size:
            raise self._damaged(f"has a prefix of {length} bits that its address does not fit", offset)
        return first, first + size - 1

    def _mixed(self, body: bytes, order: str, octets: int) -> IPSet:
        found: list[Range] = []
        place, width = 0, BITS[4 if octets == 4 else 6]
        while place < len(body):
            if place + octets + 1 > len(body):
                raise self._damaged("is cut off in an address", len(self.data))
            first = int.from_bytes(body[place : place + octets], "little" if octets == 4 and order == "<" else "big")
            length, place = body[place + octets], place + octets + 1
            if length == _BITMAP:
                found += self._bits(body, place, order, first)
                place += _BITMAP_OCTETS
            else:
                found.append(self._range(first, length, width, place))
        return IPSet.of(found) if width == 32 else IPSet.of(v6=found)

    def _bits(self, body: bytes, place: int, order: str, first: int) -> Iterator[Range]:
        if place + _BITMAP_OCTETS > len(body):
            raise self._damaged("is cut off in a bitmap", len(self.data))
        words = np.frombuffer(body, dtype=f"{order}u4", count=8, offset=place).astype("<u4").reshape(1, 8)
        if first & 0xFF:
            raise self._damaged("has a bitmap of addresses that do not begin at a multiple of 256", place)
        return ((first + begin, first + end) for begin, end in _runs_of(np.zeros(1, dtype=np.uint64), words))

    def _slash64(self, body: bytes, order: str) -> IPSet:
        """Halves of addresses: an upper one with its prefix, or an upper one that stands for the lower ones behind it."""
        found: list[Range] = []
        half, place, upper = struct.Struct(f"{order}QB"), 0, None
        while place < len(body):
            if place + half.size > len(body):
                raise self._damaged("is cut off in an address", len(self.data))
            value, length = half.unpack_from(body, place)
            place += half.size
            if length <= _HALF:
                found.append(self._range(value << _HALF, length, 128, place))
                upper = None
            elif length == _UPPER:
                upper = value
            elif upper is None or length > _BITMAP:
                raise self._damaged(f"has a lower half of an address ({length:#04x}) where an upper one must be", place)
            elif length == _BITMAP:
                found += self._bits(body, place, order, upper << _HALF | value)
                place += _BITMAP_OCTETS
            else:
                found.append(self._range(upper << _HALF | value, length, 128, place))
        return IPSet.of(v6=found)


_MAPPED = (0xFFFF << 32, 0xFFFF << 32 | 0xFFFFFFFF)


def _unmapped(members: IPSet) -> IPSet:
    """IPv4 addresses that stand among IPv6 ones as ::ffff:a.b.c.d, which is how SiLK mixes them, as IPv4."""
    inside = [(max(first, _MAPPED[0]) & 0xFFFFFFFF, min(last, _MAPPED[1]) & 0xFFFFFFFF) for first, last in members.v6 if first <= _MAPPED[1] and last >= _MAPPED[0]]
    return IPSet.of(members.v4 + tuple(inside), difference(members, [IPSet(v6=(_MAPPED,))]).v6) if inside else members


def _runs_of(base: NDArray[np.uint64], words: NDArray[np.uint32]) -> Iterator[Range]:
    """Runs of set bits of 256 behind each base, as first and last address."""
    bits = np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, bitorder="little")
    edges = np.diff(np.pad(bits, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (row, first), (_, behind) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    starts = base[row] + first.astype(np.uint64)
    return zip(starts.tolist(), (base[row] + behind.astype(np.uint64) - np.uint64(1)).tolist(), strict=True)


_WILD = re.compile(r"[0-9x,.-]+")
_WILD_MAX = 65_536
"""Ranges that one wildcard may stand for."""


def _of_text(data: bytes, path: str) -> IPSet:
    """One item a line, `#` begins a comment. Lines with several addresses are somebody else's format."""
    found: dict[int, list[Range]] = {4: [], 6: []}
    for number, line in enumerate(data.decode("utf-8", "backslashreplace").splitlines(), 1):
        item = line.partition("#")[0].strip()
        for version, ranges in _items(item) if item else ():
            if not ranges:
                raise VardeError(f"{path}, line {number}: {item[:60]!r} is no address, network or range. Write 192.0.2.7, 192.0.2.0/24 or 192.0.2.1-192.0.2.9.")
            found[version] += ranges
    return IPSet.of(found[4], found[6])


def _items(item: str) -> Iterator[tuple[int, list[Range]]]:
    try:
        if "/" in item:
            network = ipaddress.ip_network(item.replace(" ", ""), strict=False)
            yield network.version, [(int(network.network_address), int(network.broadcast_address))]
        elif item.isascii() and item.isdigit():
            yield 4, [(int(ipaddress.IPv4Address(int(item))),) * 2]
        elif re.fullmatch(r"[0-9a-fA-F.:]+ *- *[0-9a-fA-F.:]+", item) and (":" in item or item.count(".") == 6):
            first, last = (ipaddress.ip_address(end.strip()) for end in item.split("-"))
            yield first.version, [(int(first), int(last))] if first.version == last.version and int(first) <= int(last) else []
        elif _WILD.fullmatch(item) and re.search("[x,-]", item):
            yield 4, list(_wildcard(item))
        else:
            address = ipaddress.ip_address(item)
            yield address.version, [(int(address),) * 2]
    except ValueError:
        yield 4, []


def _wildcard(item: str) -> Iterator[Range]:
    """Ranges of `10.x.1-2.4,5`. Raises ValueError for what is none, or stands for too many."""
    parts = [[_ends(piece) for piece in part.split(",")] for part in item.split(".")]
    if len(parts) != 4:
        raise ValueError(item)
    firsts = [0]
    for part in parts[:3]:
        firsts = [first << 8 | value for first in firsts for low, high in part for value in range(low, high + 1)]
        if len(firsts) > _WILD_MAX:
            raise ValueError(item)
    for first in firsts:
        yield from ((first << 8 | low, first << 8 | high) for low, high in parts[3])


def _ends(piece: str) -> tuple[int, int]:
    low, _, high = ("0-255" if piece == "x" else piece).partition("-")
    ends = int(low), int(high or low)
    if not 0 <= ends[0] <= ends[1] <= 255:
        raise ValueError(piece)
    return ends
