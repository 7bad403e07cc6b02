"""The header of a SiLK file: 16 octets, then entries of a kind and a length each, then padding to whole records.

    DE AD BE EF, flags (bit 0: records are big-endian), format, file version, compression,
    version of SiLK, octets of a record, version of the records;          numbers of the header are big-endian
    kind 1: the hour of a packed file in ms, its flow type and sensor;    kind 0 is the last"""

import struct
from dataclasses import dataclass

from varde.model import VardeError, counted

MAGIC = b"\xde\xad\xbe\xef"

FORMATS = {
    0x0B: "FT_RWIPV6", 0x0C: "FT_RWIPV6ROUTING", 0x0D: "FT_RWAUGSNMPOUT", 0x0E: "FT_RWAUGROUTING", 0x10: "FT_RWROUTED", 0x11: "FT_RWNOTROUTED",
    0x12: "FT_RWSPLIT", 0x13: "FT_RWFILTER", 0x14: "FT_RWAUGMENTED", 0x15: "FT_RWAUGWEB", 0x16: "FT_RWGENERIC", 0x1C: "FT_FLOWCAP", 0x1F: "FT_RWWWW",
}  # fmt: skip
"""Formats whose records are flows."""

COMPRESSIONS = {0: "none", 1: "zlib", 2: "lzo1x", 3: "snappy"}
NONE, ZLIB = 0, 1

ENTRIES_MAX = 1000
"""One for each command that made the file what it is."""

HEADER_MAX = 1024 * 1024
"""Octets of a header: a thousand commands of a thousand characters each."""

_FIXED = struct.Struct(">4sBBBBIHH")
_ENTRY = struct.Struct(">II")
_PACKED = struct.Struct(">qII")
_EXPANDED_FROM = 16  # file version that introduced this header
_END, _PACKED_FILE = 0, 1


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the records. `length` is where these begin."""

    big_endian: bool
    format: int
    compression: int
    record_length: int
    record_version: int
    length: int
    hour: int = 0
    "ms since 1970 UTC that times of a packed file count from."
    flow_type: int = 0
    sensor: int = 0

    @classmethod
    def read(cls, data: bytes) -> "Header | None":
        """The header at the beginning of a file; None where there is not all of it yet. Raises VardeError for what is none."""
        if len(data) < _FIXED.size:
            return None
        magic, flags, form, file_version, compression, _, record_length, record_version = _FIXED.unpack_from(data)
        if magic != MAGIC:
            raise VardeError("it does not begin as SiLK's files do")
        if file_version < _EXPANDED_FROM:
            raise VardeError(f"its header is of SiLK before version 1 (file version {file_version}): let SiLK write it anew, with rwcat")
        if not record_length:
            raise VardeError("its header says that a record has no octets")
        entries = _entries(data)
        if entries is None:
            return None
        length, packed = entries
        # the header is padded to whole records
        length += -length % record_length
        return cls(bool(flags & 1), form, compression, record_length, record_version, length, *packed)

    @property
    def name(self) -> str:
        """Format and version, as rwfileinfo says them."""
        return f"{FORMATS.get(self.format, f'format 0x{self.format:02x}')} version {self.record_version}"


def _entries(data: bytes) -> tuple[int, tuple[int, int, int]] | None:
    """Where the entries end, and what the one of packed files says: hour, flow type, sensor. None where they are not whole yet."""
    at, packed = _FIXED.size, (0, 0, 0)
    for _ in range(ENTRIES_MAX):
        if len(data) < at + _ENTRY.size:
            return None
        kind, size = _ENTRY.unpack_from(data, at)
        if size < _ENTRY.size or at + size > HEADER_MAX:
            raise VardeError(f"an entry of its header at octet {at} says that it has {size:,} octets")
        if kind == _END:
            return at + size, packed
        if kind == _PACKED_FILE:
            if size < _ENTRY.size + _PACKED.size:
                raise VardeError(f"the entry at octet {at} that names the hour of the file has {counted(size, 'octet')}")
            if len(data) < at + size:
                return None
            packed = _PACKED.unpack_from(data, at + _ENTRY.size)
        at += size
    raise VardeError(f"its header has more than {ENTRIES_MAX:,} entries")
