"""New lines of files that grow, as bytes: from now on, through rotation and truncation, nothing remembered."""

import os
import select
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from varde.decode import LINE_MAX

PIECE = 1024 * 1024


@dataclass(slots=True)
class Tail:
    """Follows one path from its end; `whole`: from its beginning. Call `poll` a few times a second; it never blocks."""

    path: str
    whole: bool = False
    _stream: BinaryIO | None = None
    _inode: int = 0
    _held: bytes = b""
    _begun: bool = field(default=False)

    def poll(self) -> bytes:
        """Whole lines that are new. A file that is missing for a while is waited for. Raises OSError when it cannot be read."""
        if self._stream is None and not self._open():
            return b""
        assert self._stream is not None
        text = self._held + self._stream.read(PIECE)
        cut = text.rfind(b"\n") + 1
        self._held = text[cut:] if len(text) - cut <= LINE_MAX else b""
        if not text[:cut] and self._is_replaced():
            self._stream.close()
            self._stream, self._held = None, b""
        return text[:cut]

    def _open(self) -> bool:
        if not Path(self.path).is_file():
            self._begun = True  # what appears later is read from its beginning
            return False
        self._stream = Path(self.path).open("rb")  # noqa: SIM115 - stays open for as long as the file is followed
        self._inode = os.fstat(self._stream.fileno()).st_ino
        if not (self._begun or self.whole):
            self._stream.seek(0, os.SEEK_END)
        self._begun = True
        return True

    def _is_replaced(self) -> bool:
        assert self._stream is not None
        try:
            now = Path(self.path).stat()
        except FileNotFoundError:
            return False
        return now.st_ino != self._inode or now.st_size < self._stream.tell()


@dataclass(slots=True)
class StandardInput:
    """Follows what another program writes to us. Call `poll` as that of Tail; it never blocks."""

    path: str = "-"
    ended: bool = False
    _held: bytes = b""

    def poll(self) -> bytes:
        """Whole lines that are new; what is left when the other program has ended counts as a line."""
        if self.ended or not select.select([0], [], [], 0)[0]:
            return b""
        piece = os.read(0, PIECE)
        text = self._held + piece
        self.ended = not piece
        cut = len(text) if self.ended else text.rfind(b"\n") + 1
        self._held = text[cut:] if len(text) - cut <= LINE_MAX else b""
        return text[:cut]
