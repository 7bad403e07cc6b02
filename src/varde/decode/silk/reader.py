"""Reads one SiLK flow file as its octets come: whole records go out, what is not whole waits."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import SAMPLES_PER_BLOCK, Decoded, Origin, schema_of
from varde.decode.silk._header import COMPRESSIONS, FORMATS, HEADER_MAX, NONE, ZLIB, Header
from varde.decode.silk._layouts import LAYOUTS, Layout
from varde.decode.silk._rows import rows
from varde.model import FLOWS, REJECTS, VardeError

DIALECT = "silk"
TITLE = "SiLK flow file"

BLOCK_MAX = 16 * 1024 * 1024
"""Octets of a compressed block, and of what it holds: SiLK writes 64 KiB, and takes up to 1 MiB."""

RECORDS = 65_536
"""Records that are decoded together."""

REASON = "record"

_BLOCK = struct.Struct(">II")
_ANEW = "let SiLK write it anew: `rwcat --compression-method=none FILE > FILE.rw`"
_PRINT = "print it: `rwcut --delimited --fields=sIP,dIP,sPort,dPort,protocol,packets,bytes,flags,sTime,eTime,in,out,nhIP,type,iType,iCode FILE | varde read -`"


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records, decoded, and where in the file they end."""

    decoded: Decoded
    end: int
    numbers: dict[int, int]
    "Number of the first record, from 1, at each offset that rows have."


class Reader:
    """`end` is how far whole records go, `count` how many there were."""

    def __init__(self, origin: Origin) -> None:
        self.end = 0
        self.count = 0
        self.header: Header | None = None
        self._origin = origin
        self._held = b""
        self._layout = Layout(())

    def feed(self, data: bytes) -> Iterator[Records]:
        """What the next octets complete. Raises VardeError where the file is damaged or of a kind that is not read."""
        self._held += data
        if self.header is None:
            self._begin()
        if self.header is not None:
            yield from (self._blocks if self.header.compression == ZLIB else self._plain)(self.header)

    def finish(self) -> None:
        """Raises VardeError where the file ends in the midst of something."""
        if self.header is None:
            raise VardeError("it ends within its header")
        if self._held:
            raise VardeError(f"it ends in the midst of a {'block' if self.header.compression else 'record'}, at octet {self.end + len(self._held):,}; what came before was read")

    def _begin(self) -> None:
        header = Header.read(self._held)
        if header is None and len(self._held) > HEADER_MAX:
            raise VardeError(f"its header has more than {HEADER_MAX:,} octets")
        if header is None or len(self._held) < header.length:
            return
        self._layout = _layout_of(header)
        self.header, self._held, self.end = header, self._held[header.length :], header.length

    def _plain(self, header: Header) -> Iterator[Records]:
        size = header.record_length
        while whole := min(len(self._held) // size, RECORDS):
            taken, self._held = self._held[: whole * size], self._held[whole * size :]
            offsets = self.end + size * np.arange(whole, dtype=np.int64)
            numbers = dict(zip(offsets.tolist(), range(self.count + 1, self.count + 1 + whole), strict=True))
            self.end += len(taken)
            yield self._decoded(header, taken, offsets, numbers)

    def _blocks(self, header: Header) -> Iterator[Records]:
        while len(self._held) >= _BLOCK.size:
            packed, unpacked = _BLOCK.unpack_from(self._held)
            if not packed:  # an embedded file ends so
                self.end, self._held = self.end + len(self._held), b""
                return
            if max(packed, unpacked) > BLOCK_MAX or unpacked % header.record_length:
                raise self._damaged(f"a block of {packed:,} octets that holds {unpacked:,}")
            if len(self._held) < _BLOCK.size + packed:
                return
            octets = self._unpacked(self._held[_BLOCK.size : _BLOCK.size + packed], unpacked)
            begin, self.end, self._held = self.end, self.end + _BLOCK.size + packed, self._held[_BLOCK.size + packed :]
            offsets = np.full(len(octets) // header.record_length, begin, np.int64)
            yield self._decoded(header, octets, offsets, {begin: self.count + 1})

    def _unpacked(self, data: bytes, size: int) -> bytes:
        inflater = zlib.decompressobj()
        try:
            octets = inflater.decompress(data, size + 1)
        except zlib.error as error:
            raise self._damaged("a block that zlib cannot unpack") from error
        if len(octets) != size:
            raise self._damaged(f"a block that says it holds {size:,} octets, and does not")
        return octets

    def _decoded(self, header: Header, octets: bytes, offsets: NDArray[np.int64], numbers: dict[int, int]) -> Records:
        records = np.frombuffer(octets, self._layout.dtype(header.big_endian))
        flows, wrong = rows(self._layout.columns(records, header), offsets, self._origin, DIALECT)
        decoded = Decoded()
        decoded.counts["", "lines"] = len(records)
        decoded.tell(DIALECT, "records", offsets[~wrong])
        decoded.stamps["epoch"] += len(flows)
        if len(flows):
            decoded.others[FLOWS.name] = flows
        if wrong.any():
            decoded.tell(DIALECT, f"reject:{REASON}", offsets[wrong])
            decoded.rejects = self._samples(octets, header.record_length, wrong, offsets)
        self.count += len(records)
        return Records(decoded, self.end, numbers)

    def _samples(self, octets: bytes, size: int, wrong: NDArray[np.bool_], offsets: NDArray[np.int64]) -> pl.DataFrame:
        some = np.flatnonzero(wrong)[:SAMPLES_PER_BLOCK].tolist()
        origin = self._origin
        made = pl.DataFrame({"sample": [octets[at * size : (at + 1) * size].hex() for at in some], "offset": offsets[some]}).with_columns(
            time=pl.lit(origin.received, dtype=pl.Int64), sensor=pl.lit(origin.sensor), dialect=pl.lit(DIALECT), reason=pl.lit(REASON),
            source=pl.lit(origin.source), file=pl.lit(origin.file),
        ).with_columns(pl.from_epoch("time", "us").dt.date().alias("day"))  # fmt: skip
        return made.select([pl.col(name).cast(dtype) for name, dtype in schema_of(REJECTS).items()])

    def _damaged(self, what: str) -> VardeError:
        return VardeError(f"damaged at octet {self.end:,}: {what}. What came before it was read.")


def _layout_of(header: Header) -> Layout:
    """The layout of its records. Raises VardeError that says what to do with those that are not read."""
    if header.compression not in (NONE, ZLIB):
        raise VardeError(f"it is compressed with {COMPRESSIONS.get(header.compression, f'method {header.compression}')}, which Varde does not unpack: {_ANEW}")
    if header.format not in FORMATS:
        raise VardeError(f"it is a SiLK file without flows (format 0x{header.format:02x}); `varde set cat FILE` reads sets")
    layout = LAYOUTS.get((header.format, header.record_version))
    if layout is None:
        raise VardeError(f"its records are {header.name}, which Varde does not read: {_PRINT}")
    if layout.dtype(header.big_endian).itemsize != header.record_length:
        raise VardeError(f"its header says that records of {header.name} have {header.record_length} octets; they have {layout.dtype(True).itemsize}")
    return layout
