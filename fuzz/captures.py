"""Files of captured exports: however they are read, the same datagrams come of them, each from the octets of its own packet."""

from collections import Counter

from fuzz.flows import ORIGIN
from varde.collect.capture import READERS, TIME_MAX, CaptureReader, Export, kind_of_capture
from varde.collect.capture_import import CaptureDecoder, Piece
from varde.collect.text import Text
from varde.model import VardeError

_FRACTION = 2**32
"""us: what a packet of pcap may say behind the second."""


def check_capture(data: bytes) -> None:
    """The first octet says how many octets come at a time."""
    step, file = max(1, data[0] if data else 1), data[1:]
    kind = kind_of_capture(file)
    if kind is None:
        return
    whole, reader, wrong = _read(kind, file, len(file))
    pieces, other, also_wrong = _read(kind, file, step)
    assert (whole, wrong) == (pieces, also_wrong)
    assert (reader.end, reader.packets, reader.left_out) == (other.end, other.packets, other.left_out)
    assert 0 <= reader.end <= len(file) and len(reader.held) <= len(file)  # type: ignore[attr-defined]  # all readers hold octets
    for export in whole:
        assert 0 <= export.offset < len(file) and 0 < export.packet <= reader.packets and 0 <= export.received <= TIME_MAX + _FRACTION
        assert len(export.exporter) == 16
    if all(export.transport in (0, 1) for export in whole) and kind.startswith("a packet capture"):
        assert all(export.payload in file for export in whole if export.transport == 0)
    _check_pieces(kind, file, reader)


def _read(kind: str, file: bytes, step: int) -> tuple[list[Export], CaptureReader, str]:
    reader, found = READERS[kind](), []
    try:
        for at in range(0, len(file), max(1, step)):
            found += reader.feed(file[at : at + step])
        found += reader.finish()
    except VardeError as error:
        return [], reader, str(error)
    return found, reader, ""


class _Stream:
    """A file as its decoder reads it."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


def _check_pieces(kind: str, file: bytes, reader: CaptureReader) -> None:
    """Its pieces lie behind each other, and every packet is counted in one of them."""
    decoder = CaptureDecoder(kind, ORIGIN)
    stream: Text = _Stream(file)  # type: ignore[assignment]  # only read
    pieces = list(decoder.pieces(stream))
    assert [piece.begin for piece in pieces] == [0, *(piece.end for piece in pieces[:-1])]
    assert pieces[-1].is_last and pieces[-1].end == decoder.reader.end
    assert _summed(pieces)["", "lines"] == decoder.reader.packets == reader.packets


def _summed(pieces: list[Piece]) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for piece in pieces:
        sums.update(piece.decoded.counts)
    return sums
