"""Files and pipes as blocks of text: plain, gzip, xz, bzip2 or zstd, told apart by their first octets.

Offsets count octets of the uncompressed text, so a file keeps its offsets when it is compressed."""

import bz2
import gzip
import io
import lzma
import signal
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from varde.collect.foreign import name_of
from varde.decode import LINE_MAX
from varde.model import VardeError

BLOCK = 16 * 1024 * 1024
"""Octets read at a time: large enough that a batch is worth its overhead, small enough that memory stays flat."""

BLOCK_LINES = 262_144
"""Lines of a block at most: each costs columns however short it is, and an archive of line feeds has eight million in BLOCK."""

COMPRESSED = (".gz", ".xz", ".zst", ".bz2")
"""How names of compressed files end, for whom the first octets are not worth a look."""

_PIECE = 256 * 1024  # a damaged archive loses at most this much of what could be read
_DAMAGE = (EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError, OSError)
_DAMAGED = "the compressed data ends too early or is damaged"

_MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
_MAGIC_MAX = max(map(len, _MAGIC))


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, and where they stand: `offset` of the first, `end` behind the last, in octets of uncompressed text.

    Of a line longer than a decoder takes only the beginning is kept, so `end - offset` may exceed `len(data)`."""

    offset: int
    data: bytes
    end: int


class DamagedTextError(VardeError):
    """A compressed stream that ends too early or is damaged."""


class Text:
    """A stream of uncompressed octets that gives what it has before it complains."""

    def __init__(self, stream: BinaryIO, file: BinaryIO | None = None) -> None:
        """`file` is what the stream reads from, where closing the stream does not close it."""
        self._stream, self._file = stream, file
        self._kept, self._told = b"", False

    def peek(self, size: int) -> bytes:
        """What `read` will give next, without taking it; less at the end. Raises VardeError as `read` does."""
        if len(self._kept) < size:
            self._kept = self.read(size)
        return self._kept[:size]

    def read(self, size: int) -> bytes:
        """Up to `size` octets, fewer only at the end or before damage. Raises VardeError when the very next is damaged."""
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> list[bytes]:
        """The same, as it came."""
        pieces = [self._kept[:size]] if self._kept else []
        self._kept, have = self._kept[size:], sum(map(len, pieces))
        while have < size:
            try:
                piece = self._stream.read1(min(_PIECE, size - have))  # type: ignore[attr-defined]
            except _DAMAGE as error:
                if have:
                    break
                rest = "What came before it was read" if self._told else "Nothing of it could be read"
                raise DamagedTextError(f"{_DAMAGED}: {error}. {rest}.") from error
            if not piece:
                break
            pieces.append(piece)
            have += len(piece)
        self._told = self._told or have > 0
        return pieces

    def close(self) -> None:
        self._stream.close()
        if self._file is not None:
            self._file.close()


def open_text(path: str) -> Text:
    """Open a file, or standard input for `-`, uncompressed. Raises VardeError that says what the matter is."""
    signal.siginterrupt(signal.SIGINT, True)  # Polars has reads begin again, and one that waits for a pipe would never end
    if path == "-":
        return Text(_uncompress(sys.stdin.buffer))
    if not path:
        raise VardeError("a file without a name cannot be read; name one, or - for standard input")
    try:
        if Path(path).is_dir():
            raise VardeError(f"{path} is a directory; name the files in it, as in {path.rstrip('/')}/*")
        file = Path(path).open("rb")  # noqa: SIM115 - closed with the text
        return Text(_uncompress(file), file)
    except FileNotFoundError as error:
        raise VardeError(f"{path}: no such file") from error
    except PermissionError as error:
        raise VardeError(f"{path}: permission denied. Logs are often readable by group adm: `usermod -aG adm $USER`, "
                         f"or `sudo cat {path} | varde read -`.") from error  # fmt: skip
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def text_of(raw: BinaryIO) -> Text:
    """What a stream of octets holds, uncompressed."""
    return Text(_uncompress(raw))


def what_is(path: str) -> str | None:
    """What a file that is no text is, as far as its first octets tell; None for text, and for pipes: what is read of
    them here would be missing later."""
    mode = _mode(path)
    if stat.S_ISFIFO(mode):
        return None
    head = _head_of(path)
    if name := name_of(head):
        return name
    if head and (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)):
        return "a device"
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "binary data" if controls > len(head) // 16 else None


def _head_of(path: str) -> bytes:
    stream = open_text(path)
    try:
        return stream.read(4096)
    except DamagedTextError as error:
        raise VardeError(f"{path}: {error}") from error
    finally:
        stream.close()


_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r\x1b"))
"""Octets that text has at most here and there: NULs between messages, or where a machine lost power."""


def _mode(path: str) -> int:
    try:
        return Path(path).stat().st_mode
    except OSError:
        return 0  # opening it says what the matter is


def blocks(
    stream: Text,
    *,
    offset: int = 0,
    held: bytes = b"",
    consumed: Callable[[bytes], None] = lambda text: None,
    size: int = BLOCK,
) -> Iterator[Block]:
    """Read to the end, a block at a time, cut at line feeds. A last line without line feed is a block of its own.

    `offset` and `held` are where the text begins and what was read of it already; `consumed` is told of the text of
    each block, to the octet, before the block is given out; of a last line without line feed only afterwards, so that
    who leaves it for later has not consumed it.

    A compressed stream that is cut off or damaged ends early with VardeError; what came before has been yielded."""
    pieces, held = [held], b""
    while pieces:
        lines, held = _whole_lines(held, pieces)
        del pieces  # a block's worth of memory
        if lines:
            for part in _parts(lines):
                consumed(part)
                yield Block(offset, part, offset + len(part))
                offset += len(part)
        elif len(held) > LINE_MAX:
            consumed(held)
            end, rest = _skip_line(stream, offset + len(held), consumed)
            yield Block(offset, held[: LINE_MAX + 1], end)
            offset, pieces, held = end, [rest], b""
            continue
        pieces = stream.pieces(size)
    if held:
        yield Block(offset, held, offset + len(held))
        consumed(held)


def _whole_lines(held: bytes, pieces: list[bytes]) -> tuple[bytes, bytes]:
    """The text up to the last line feed and what stands behind it, put together once; `held` has no line feed."""
    for at in reversed(range(len(pieces))):
        if cut := pieces[at].rfind(b"\n") + 1:
            lines = b"".join([held, *pieces[:at], pieces[at][:cut]])
            return lines, b"".join([pieces[at][cut:], *pieces[at + 1 :]])
    return b"", b"".join([held, *pieces])


def _parts(lines: bytes) -> Iterator[bytes]:
    """Whole lines in parts of at most BLOCK_LINES: nearly always one."""
    if lines.count(b"\n") <= BLOCK_LINES:
        yield lines
        return
    cut = lines.rfind(b"\n", 0, len(lines) // 2) + 1 or lines.find(b"\n") + 1
    yield from _parts(lines[:cut])
    yield from _parts(lines[cut:])


def _skip_line(stream: Text, position: int, consumed: Callable[[bytes], None]) -> tuple[int, bytes]:
    """Read past the end of an endless line: where the next one begins and what was read of it."""
    while piece := stream.read(_PIECE):
        cut = piece.find(b"\n") + 1
        consumed(piece[: cut or len(piece)])
        if cut:
            return position + cut, piece[cut:]
        position += len(piece)
    return position, b""


def _uncompress(raw: BinaryIO) -> BinaryIO:
    buffered: BinaryIO = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[type-var]
    head = buffered.peek(_MAGIC_MAX)[:_MAGIC_MAX]  # type: ignore[attr-defined]
    if _may_become_magic(head):
        head, buffered = _begun(buffered)
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")
    if kind == "gzip":
        return gzip.GzipFile(fileobj=buffered)  # type: ignore[return-value]
    if kind == "xz":
        return lzma.LZMAFile(buffered)  # type: ignore[return-value]
    if kind == "bzip2":
        return bz2.BZ2File(buffered)  # type: ignore[return-value]
    if kind == "zstd":
        return io.BufferedReader(_Zstd(buffered), _PIECE)
    return buffered


def _may_become_magic(head: bytes) -> bool:
    """Whether so few octets are there that an archive may begin with them."""
    return any(head and magic != head and magic.startswith(head) for magic in _MAGIC)


def _begun(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """A pipe gives octets as they were written, the first perhaps alone: wait for those that tell what it is. The octets, and a stream
    that begins with them."""
    head = stream.read(1)
    while _may_become_magic(head) and (more := stream.read(1)):
        head += more
    return head, io.BufferedReader(_Joined(head, stream), _PIECE)


class _Joined(io.RawIOBase):
    """Octets that were read of a stream, then the rest of it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, into: "memoryview") -> int:  # type: ignore[override]
        piece = self._head[: len(into)] or self._rest.read1(len(into))  # type: ignore[attr-defined]  # it is a BufferedReader
        self._head = self._head[len(piece) :]
        into[: len(piece)] = piece
        return len(piece)


_ZSTD_OCTETS = 1024
"""Octets unpacked at a time: at worst (runs of one octet) they make 32 MB."""


class _Zstd(io.RawIOBase):
    """The frames of a zstd file; raises ZstdError when the last is not whole, which the library's own reader does not."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__()
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: "memoryview") -> int:  # type: ignore[override]
        while not self._held:
            packed = self._next_frame() or self._packed.read(_ZSTD_OCTETS)
            if not packed:
                if not self._frame.eof:
                    raise zstandard.ZstdError("the last frame is not whole")
                return 0
            self._held = memoryview(self._frame.decompress(packed))
        size = min(len(into), len(self._held))
        into[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def _next_frame(self) -> bytes:
        """Begin the next frame where one has ended and something follows; what of it was read already."""
        if not self._frame.eof:
            return b""
        rest = self._frame.unused_data or self._packed.read(_ZSTD_OCTETS)
        if rest:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        return bytes(rest)
