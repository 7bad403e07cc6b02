"""SiLK's own flow files, piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from varde.collect.foreign import SILK
from varde.collect.identity import Chain
from varde.collect.pieces import Piece
from varde.collect.summary import CaptureFacts
from varde.collect.text import Text
from varde.decode import Decoded, Origin
from varde.decode.silk import TITLE, Reader
from varde.model import VardeError

PIECE = 1024 * 1024
"""Octets read at a time."""


@dataclass(slots=True)
class SilkDecoder:
    """As `FileDecoder` says. `mark`: how far the file was stored before."""

    origin: Origin
    mark: int = 0
    error: str = ""
    reader: Reader = field(init=False)
    _chain: Chain = field(default_factory=Chain)
    _held: bytes = b""
    "Octets read that are not in the chain yet."

    def __post_init__(self) -> None:
        self.reader = Reader(self.origin)

    @property
    def end(self) -> int:
        return self.reader.end

    def facts(self) -> CaptureFacts:
        header = self.reader.header
        return CaptureFacts(SILK, self.reader.count, {}, [], f"{TITLE}, {header.name}" if header else TITLE)

    def pieces(self, stream: Text) -> Iterator[Piece]:
        try:
            while data := stream.read(self._next_size()):
                self._held += data
                for records in self.reader.feed(data):
                    yield self._closed(records.decoded, records.end, records.numbers)
            self.reader.finish()
        except VardeError as error:
            self.error = str(error)
        last = self._closed(Decoded(), self.reader.end, {})
        last.is_last = True
        yield last

    def _next_size(self) -> int:
        left = self.mark - self._chain.length - len(self._held)
        return min(PIECE, left) if left > 0 else PIECE

    def _closed(self, decoded: Decoded, end: int, numbers: dict[int, int]) -> Piece:
        begin, size = self._chain.length, end - self._chain.length
        self._chain.update(self._held[:size])
        self._held = self._held[size:]
        return Piece(decoded, begin, end, self._chain.copy(), numbers)
