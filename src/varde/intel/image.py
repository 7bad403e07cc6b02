"""A matcher as one file that is mapped into memory, so that a start needs no building and processes share its pages.

Layout: MAGIC, the length of the directory and a CRC-32 of it and the arrays (8 octets each, little endian), the directory (JSON:
shapes and places of arrays), zeros up to a multiple of 64, the arrays."""

import functools
import json
import mmap
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.intel.directory import Directory
from varde.intel.matcher import Matcher
from varde.intel.members import Members
from varde.intel.names import NameTable
from varde.intel.sets import Sets
from varde.model import VardeError

MAGIC = b"VardeMatcher\x00\x00\x00\x01"
"""The last four octets are the version of the layout: another one is built anew."""

_FIXED = len(MAGIC) + 16  # octets before the directory
_ALIGNED = 64  # octets of a cache line: arrays begin at one
_HEAD_MAX = 1 << 20  # octets of a directory, which has about three thousand
_PARTS = {"v4": Directory, "names": NameTable, "sets": Sets, "members": Members}
_PLAIN = ("key", "expires", "indicators")


def dump(matcher: Matcher) -> bytes:
    """The file's content."""
    return b"".join(dumped(matcher))


def dumped(matcher: Matcher) -> list[bytes | memoryview]:
    """The same in pieces that follow each other: views of the matcher's arrays, so that nothing is there twice."""
    places: dict[str, tuple[str, list[int], int]] = {}
    body: list[bytes | memoryview] = []
    at = 0
    for name, array in _arrays(matcher).items():
        content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        places[name] = (array.dtype.str, list(array.shape), at)
        body += [content, b"\x00" * (-len(content) % _ALIGNED)]
        at += len(content) + len(body[-1])
    head = json.dumps({"arrays": places, **{name: getattr(matcher, name) for name in _PLAIN}}).encode()
    checksum = functools.reduce(lambda sum_, piece: zlib.crc32(piece, sum_), body, zlib.crc32(head))
    first = MAGIC + len(head).to_bytes(8, "little") + checksum.to_bytes(8, "little") + head
    return [first, b"\x00" * (-len(first) % _ALIGNED), *body]


def load(path: Path) -> Matcher:
    """Map a file that `dump` made. Raises VardeError that says why where it cannot be used: absent, of another version, damaged."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise VardeError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        raise VardeError(f"{path} cannot be used: {getattr(error, 'strerror', None) or error}") from error
    try:
        return _read(memoryview(mapped))
    except (ValueError, KeyError, TypeError) as error:
        raise VardeError(f"{path} cannot be used: {error}") from error


def _arrays(matcher: Matcher) -> dict[str, NDArray[Any]]:
    own = {f.name: getattr(matcher, f.name) for f in fields(Matcher) if f.name not in (*_PARTS, *_PLAIN)}
    inner = {f"{part}.{f.name}": getattr(getattr(matcher, part), f.name) for part, kind in _PARTS.items() for f in fields(kind)}
    return own | inner


def _read(data: memoryview) -> Matcher:
    """Raises ValueError, KeyError or TypeError for what `dump` did not make."""
    head, body = _opened(data)
    arrays: dict[str, Any] = {name: _array(body, *place) for name, place in head["arrays"].items()}
    parts: dict[str, Any] = {part: kind(**{f.name: arrays.pop(f"{part}.{f.name}") for f in fields(kind)}) for part, kind in _PARTS.items()}
    return Matcher(**parts, **arrays, **{name: head[name] for name in _PLAIN})


def _opened(data: memoryview) -> tuple[dict[str, Any], memoryview]:
    if bytes(data[: len(MAGIC)]) != MAGIC:
        raise ValueError("it is of another version")
    size, checksum = (int.from_bytes(data[at : at + 8], "little") for at in (len(MAGIC), len(MAGIC) + 8))
    end = _FIXED + size
    if size > _HEAD_MAX or end > len(data):
        raise ValueError("it is damaged")
    head, body = data[_FIXED:end], data[end + -end % _ALIGNED :]
    if zlib.crc32(body, zlib.crc32(head)) != checksum:
        raise ValueError("it is damaged")
    return json.loads(bytes(head)), body


def _array(body: memoryview, kind: str, shape: list[int], at: int) -> NDArray[Any]:
    """A view, not a copy. Raises ValueError when it does not lie within the file."""
    count = int(np.prod(shape, dtype=np.int64))
    if count == 0:
        return np.zeros(shape, dtype=kind)
    return np.frombuffer(body, dtype=kind, count=count, offset=at).reshape(shape)
