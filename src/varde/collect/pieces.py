"""What decoders of files of flows give, whatever the file is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from varde.collect.identity import Chain
from varde.collect.summary import CaptureFacts
from varde.collect.text import Text
from varde.decode import Decoded


@dataclass(slots=True)
class Piece:
    """A part of a file, decoded: what it has up to `end`, and the chain of the file up to there."""

    decoded: Decoded
    begin: int
    end: int
    chain: Chain
    numbers: dict[int, int]
    "Number of the packet or record at each offset."
    is_last: bool = False


class FileDecoder(Protocol):
    """Decodes one file from its beginning. A piece ends at its mark, which is how far the file was stored before."""

    error: str
    "What was wrong with the file, where something was."
    @property
    def end(self) -> int:
        """How far whole packets or records go."""
        ...

    def pieces(self, stream: Text) -> Iterator[Piece]:
        """All pieces up to the end, or up to where the file is damaged; then `error` says so."""
        ...

    def facts(self) -> CaptureFacts:
        """What is known of the file and of who exported, when all pieces were taken."""
        ...
