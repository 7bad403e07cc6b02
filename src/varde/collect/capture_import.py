"""Captured exports into the store, each record once, and through a decoder without a store."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from varde.collect.capture import READERS, CaptureReader, Export
from varde.collect.foreign import SILK
from varde.collect.identity import Chain, locate, note_head
from varde.collect.pieces import FileDecoder, Piece
from varde.collect.silk import SilkDecoder
from varde.collect.summary import CaptureFacts, Summary
from varde.collect.text import Text, open_text
from varde.decode import Decoded, Origin
from varde.decode.flow import Datagrams, FlowDecoder, Settings
from varde.intel import Geography
from varde.live import Watcher, Writer
from varde.model import VardeError
from varde.store import OvertakenError, Progress, Store

PIECE = 1024 * 1024
"""Octets read at a time."""

HELD_MAX = 4 * 1024 * 1024
"""Octets that wait for the end of a piece: of a capture with few exports in it as well."""

DATAGRAMS = 2048
"""Exports decoded together: more make the batches larger, not the work less."""


@dataclass(slots=True)
class CaptureDecoder:
    """Decodes one capture from its beginning, because templates stand there. A piece ends at `mark`, which is how far the capture
    was stored before."""

    kind: str
    origin: Origin
    settings: Settings = field(default_factory=Settings)
    mark: int = 0
    reader: CaptureReader = field(init=False)
    flows: FlowDecoder = field(init=False)
    error: str = ""
    "What was wrong with the file, where something was."
    _chain: Chain = field(default_factory=Chain)
    _waiting: list[Export] = field(default_factory=list)
    _held: bytes = b""
    "Octets read that are not in the chain yet."
    _counted: int = 0
    "Packets that were counted."

    def __post_init__(self) -> None:
        self.reader, self.flows = READERS[self.kind](), FlowDecoder(self.settings)

    def pieces(self, stream: Text) -> Iterator[Piece]:
        """All pieces up to the end, or up to where the file is damaged; then `error` says so."""
        try:
            while data := stream.read(self._next_size()):
                self._held += data
                self._waiting += self.reader.feed(data)
                yield from self._full_pieces()
                if len(self._held) > HELD_MAX or self._chain.length + len(self._held) == self.mark:
                    yield self._piece(len(self._waiting))
            self._waiting += self.reader.finish()
        except VardeError as error:
            self.error = str(error)
        yield from self._full_pieces()
        last = self._piece(len(self._waiting))
        last.decoded = _together(last.decoded, self.flows.finish(self.origin).decoded())
        last.is_last = True
        yield last
        if self._held and not self.error:
            self.error = f"it ends in the midst of a packet, at octet {self._chain.length + len(self._held)}; what came before was read"

    @property
    def end(self) -> int:
        return self.reader.end

    def facts(self) -> CaptureFacts:
        """What the capture is and who exported."""
        return CaptureFacts.of(kind=self.kind, reader=self.reader, flows=self.flows)

    def _next_size(self) -> int:
        left = self.mark - self._chain.length - len(self._held)
        return min(PIECE, left) if left > 0 else PIECE

    def _full_pieces(self) -> Iterator[Piece]:
        while (cut := self._cut()) < len(self._waiting):
            yield self._piece(cut)

    def _cut(self) -> int:
        """How many exports make a piece; those of one packet stay together."""
        cut = DATAGRAMS
        while cut < len(self._waiting) and self._waiting[cut].offset == self._waiting[cut - 1].offset:
            cut += 1
        return cut

    def _piece(self, count: int) -> Piece:
        """The first exports that wait; packets that are no exports count with the next export, or with the last of all."""
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        end = self._waiting[0].offset if self._waiting else self.reader.end
        decoded = self.flows.decode(_datagrams(some), self.origin).decoded()
        packets = some[-1].packet if self._waiting else self.reader.packets
        decoded.counts["", "lines"] = packets - self._counted
        decoded.counts["", "ignored"] = packets - self._counted - len({export.packet for export in some})
        self._counted = packets
        return self._closed(decoded, {export.offset: export.packet for export in some}, end)

    def _closed(self, decoded: Decoded, numbers: dict[int, int], end: int) -> Piece:
        begin, size = self._chain.length, end - self._chain.length
        self._chain.update(self._held[:size])
        self._held = self._held[size:]
        return Piece(decoded, begin, end, self._chain.copy(), numbers)


def decoder_of(kind: str, origin: Origin, settings: Settings | None = None, mark: int = 0) -> FileDecoder:
    """Who decodes a file of flows. `mark`: how far it was stored before."""
    if kind == SILK:
        return SilkDecoder(origin, mark)
    return CaptureDecoder(kind, origin, settings or Settings(), mark)


def _together(decoded: Decoded, more: Decoded) -> Decoded:
    """The last piece, and what became of sets that still waited for their template."""
    for table, batch in more.others.items():
        decoded.others[table] = pl.concat([decoded.others[table], batch]) if table in decoded.others else batch
    decoded.counts.update(more.counts)
    return decoded


def _datagrams(exports: list[Export]) -> Datagrams:
    made = Datagrams.of(
        [export.payload for export in exports], [export.exporter for export in exports],
        [export.received for export in exports], offset=[export.offset for export in exports],
    )  # fmt: skip
    made.transport[:] = [export.transport for export in exports]
    return made


@dataclass(frozen=True, slots=True)
class CaptureImport:
    """Reads captures into a store. What was stored of one before is decoded again, for its templates, and not stored again."""

    store: Store
    geography: Geography
    settings: Settings
    watchers: tuple[Watcher, ...] = ()
    progress: Callable[[str, int], None] = lambda path, octets: None

    def read(self, stream: Text, kind: str, summary: Summary, origin: Callable[[Summary], Origin]) -> None:
        """Import one capture and say in the summary what came of it. Closes the stream. Raises VardeError as the store does."""
        spool = _spooled(stream) if summary.path == "-" else None
        path = str(spool or summary.path)
        try:
            if spool:
                stream = open_text(path)
            resume = locate(stream, self.store.facts, summary.sensor)
            news = bool(resume.left or stream.read(1))
            stream.close()
            if resume.longer and self._agrees(path, kind, resume.longer, origin(summary)):
                summary.source, summary.before, summary.octets = resume.longer, resume.whole.length, resume.whole.length
                return
            summary.source, summary.before, summary.octets = resume.source, resume.chain.length, resume.chain.length
            if news:
                note_head(self.store.facts, resume.head, resume.source, summary.sensor)
                self._read(path, kind, summary, origin(summary))
        finally:
            if spool:
                spool.unlink()

    def _agrees(self, path: str, kind: str, source: str, origin: Origin) -> bool:
        """Whether every flow in a capture is stored of a longer one that begins as it does."""
        decoder, stream = decoder_of(kind, origin, self.settings), open_text(path)
        try:
            found = [piece.decoded.others["flows"].select(_SAME) for piece in decoder.pieces(stream) if "flows" in piece.decoded.others]
        finally:
            stream.close()
        if not found:
            return False
        known = self.store.rows_of("flows", source, decoder.end, _SAME)
        return not known.is_empty() and pl.concat(found).join(known, on=_SAME, how="anti", nulls_equal=True).is_empty()

    def _read(self, path: str, kind: str, summary: Summary, origin: Origin) -> None:
        """As often as another process reads the same capture and comes first with a part of it."""
        mark = max(summary.before, self.store.offset("counters", summary.source))
        while True:
            try:
                return self._store(path, decoder_of(kind, origin, self.settings, mark), origin, summary, mark)
            except OvertakenError as other:
                mark = other.done
                summary.clear()

    def _store(self, path: str, decoder: FileDecoder, origin: Origin, summary: Summary, mark: int) -> None:
        writer = Writer(self.store, self.geography, list(self.watchers))
        stream = open_text(path)
        begin = mark
        try:
            for piece in decoder.pieces(stream):
                if piece.end <= mark and not piece.is_last:
                    continue
                writer.add(piece.decoded, origin)
                summary.add(piece.decoded)
                summary.octets = piece.end
                self.progress(summary.path, piece.end)
                if (writer.is_due() or piece.is_last) and piece.end > begin:
                    writer.commit(Progress(summary.source, piece.end, begin))
                    self._note(summary, piece.chain)
                    begin = piece.end
        finally:
            stream.close()
        summary.capture, summary.error = decoder.facts(), decoder.error

    def _note(self, summary: Summary, chain: Chain) -> None:
        self.store.facts.put(f"sources/{summary.source}", {"path": summary.path, "sensor": summary.sensor, "chain": chain.state()})


_SAME = ["offset", "time", "src_port", "dst_port", "octets"]
"""What tells flows of two captures apart."""


def _spooled(stream: Text) -> Path:
    """A pipe's octets in a file, because what was stored of a capture before is read once more for its templates."""
    with tempfile.NamedTemporaryFile(prefix="varde-", suffix=".capture", delete=False) as file:
        while piece := stream.read(PIECE):
            file.write(piece)
    return Path(file.name)
