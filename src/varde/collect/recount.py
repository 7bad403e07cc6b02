"""Counters of a text that two processes read at once: each line counts once, as each is stored once."""

from collections.abc import Callable
from dataclasses import dataclass

from varde.collect.text import Text, blocks
from varde.decode import Lines, Origin
from varde.decode.reader import Dialect, Readers
from varde.live import Writer
from varde.store import OvertakenError, Progress


@dataclass(frozen=True, slots=True)
class Recount:
    """Counts again what stands behind the line that another process came to.

    The records are stored by then, by whichever came first, so their rows of this second reading are left out."""

    writer: Callable[[], Writer]
    "A new one, that shows nothing to anybody: what it is given was shown when it was first read."
    dialects: tuple[Dialect, ...]
    text_from: Callable[[int], Text]
    "Opens the text at an offset."

    def write(self, origin: Origin, done: int, end: int) -> None:
        """Commit the counters of `done` to `end`. Ends: whoever overtakes again has come further."""
        while done < end:
            try:
                self._writer(origin, done, end).commit(Progress(origin.source, end, done))
            except OvertakenError as other:
                done = other.done
            else:
                return

    def _writer(self, origin: Origin, done: int, end: int) -> Writer:
        writer, readers, text = self.writer(), Readers(self.dialects), self.text_from(done)
        try:
            for block in blocks(text, offset=done):
                writer.add(readers.read(Lines.of(block.data[: end - block.offset], block.offset), origin), origin)
                if block.end >= end:
                    break
        finally:
            text.close()
        return writer
