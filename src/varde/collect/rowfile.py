"""Rows of lists in files that tell whether they are whole: Parquet, and behind it a mark and the CRC-32 of all that stands before.

Parquet itself notices that its end is missing. A bit that fell over is another address to it, and half of a page a shorter list."""

import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from varde.decode.intel import SCHEMA
from varde.model import VardeError
from varde.store.facts import cannot, write_atomically

PART_ROWS = 1 << 16
"""Rows looked at at once: with what is made of them on the way, some 30 MB."""

_MARK = b"VardeRows\x00\x00\x01"
_TRAILER = len(_MARK) + 4
_PARQUET = b"PAR1"
"""The end of a file that was written before there were sums."""

_BLOCK = 1 << 20


class RowsError(VardeError):
    """Rows that cannot be read whole. `name` is that of their list, where one has them."""

    def __init__(self, why: str, name: str = "") -> None:
        super().__init__(why)
        self.name = name


def write_rows(path: Path, rows: pl.DataFrame) -> None:
    """Replace a file. Raises VardeError when the disk refuses."""
    content = io.BytesIO()
    rows.write_parquet(content, compression="zstd")
    body = content.getbuffer()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, [body, _MARK, zlib.crc32(_MARK, zlib.crc32(body)).to_bytes(4, "little")])
    except OSError as error:
        raise VardeError(cannot(path.parent, error)) from error


def check_rows(path: Path) -> None:
    """Raises RowsError where a file is not what was written."""
    try:
        with path.open("rb") as file:
            parquet, summed = _opened(file, path)
            if not summed:
                for _ in parquet.iter_batches(PART_ROWS, use_threads=False):
                    pass
    except (OSError, pa.ArrowException) as error:
        raise RowsError(_sentence(path, error)) from error


def read_rows(path: Path, columns: Sequence[str] = tuple(SCHEMA)) -> pl.DataFrame:
    """All rows. Raises RowsError."""
    return pl.concat([pl.DataFrame(schema={name: SCHEMA[name] for name in columns}), *row_parts(path, columns)])


def row_parts(path: Path, columns: Sequence[str] = tuple(SCHEMA)) -> Iterator[pl.DataFrame]:
    """Columns of all rows, some rows at a time; the file is looked through before the first. Raises RowsError."""
    try:
        with path.open("rb") as file:  # stays what it is, although another process replaces it
            parquet, _ = _opened(file, path)
            for part in parquet.iter_batches(PART_ROWS, columns=list(columns), use_threads=False):
                yield pl.DataFrame(part).select(pl.col(name).cast(SCHEMA[name]) for name in columns)
    except (OSError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise RowsError(_sentence(path, error)) from error


def _opened(file: BinaryIO, path: Path) -> tuple[pq.ParquetFile, bool]:
    """The rows, and whether their sum says that they are what was written. Raises RowsError, OSError and ArrowException."""
    size = file.seek(0, io.SEEK_END)
    length = _length(file, path)
    parquet = pq.ParquetFile(_Begin(file, length), pre_buffer=False)
    if missing := set(SCHEMA) - set(parquet.schema_arrow.names):
        raise RowsError(f"{path} is damaged: it has no {min(missing)}, as rows of a list have")
    return parquet, length < size


def _length(file: BinaryIO, path: Path) -> int:
    """Octets of Parquet. Raises RowsError where the sum is another; a file without one is taken as it is."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TRAILER))
    trailer = file.read()
    if not trailer.startswith(_MARK):
        if not trailer.endswith(_PARQUET):
            raise RowsError(f"{path} is damaged: its end is missing")
        return size
    file.seek(0)
    left, found = size - 4, 0
    while left and (block := file.read(min(left, _BLOCK))):
        found, left = zlib.crc32(block, found), left - len(block)
    if found.to_bytes(4, "little") != trailer[-4:]:
        raise RowsError(f"{path} is damaged: it is not what was written")
    return size - _TRAILER


def _sentence(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{path} cannot be read: {error.strerror.lower()}"
    return f"{path} is damaged: it has no rows of a list"


class _Begin(io.RawIOBase):
    """The first octets of a file, as a file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._length = file, length
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(self._length + offset) if whence == io.SEEK_END else self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self.tell())
        return self._file.read(left if size < 0 else min(size, left))
