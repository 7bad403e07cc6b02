"""Files into the store, each line once."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from varde.collect.behind import Behind
from varde.collect.capture import HEAD, kind_of_capture
from varde.collect.capture_import import CaptureImport
from varde.collect.crew import CORES, WORTHWHILE
from varde.collect.decoding import Item, in_processes, in_threads, is_long
from varde.collect.identity import Chain, Resume, locate, note_head, sources_of_head
from varde.collect.recount import Recount
from varde.collect.stage import Staged, Stager, Task
from varde.collect.summary import Summary
from varde.collect.text import BLOCK, COMPRESSED, Block, DamagedTextError, Text, blocks, open_text
from varde.collect.years import Years
from varde.decode import Decoded, Origin
from varde.decode.flow import Settings
from varde.decode.reader import Dialect
from varde.intel import Geography
from varde.live import Watcher, Writer
from varde.store import OvertakenError, Progress, Store

STILL_WRITTEN_SECONDS = 60
"""A last line without line feed is left for later when its file changed this recently: somebody may be writing it."""

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Importer:
    """Reads files into a store. `dialects` are asked in order; `sensor` names the file's sensor or is derived from it."""

    store: Store
    geography: Geography
    dialects: tuple[Dialect, ...]
    zone: ZoneInfo
    sensor: str | None = None
    reference: int | None = None
    "us since 1970 UTC that yearless stamps count back from; None is the date of the file."
    watchers: tuple[Watcher, ...] = ()
    progress: Callable[[str, int], None] = lambda path, octets: None
    "Told after each block: path and octets of text read."
    wanted: frozenset[str] | None = None
    "Names of the only tables to read records of; all where None."
    settings: Settings = field(default_factory=Settings)
    "What the configuration says about exporters of flows."
    is_final: bool = False
    "Whether nobody writes to its files any more: a last line without line feed is one, however lately they changed."

    def read(self, path: str) -> Summary:
        """Import one file. Raises VardeError when it cannot be opened or the store refuses; what was committed stays.

        A compressed file that ends too early is read as far as it goes, and the summary's `error` says so."""
        summary = Summary(path, self.sensor or sensor_of(path), zone=self.zone.key)
        self.store.require_writable()
        stream = open_text(path)
        try:
            if kind := kind_of_capture(stream.peek(HEAD)):
                CaptureImport(self.store, self.geography, self.settings, self.watchers, self.progress).read(stream, kind, summary, self.origin)
                return summary
            resume = locate(stream, self.store.facts, summary.sensor)
            if resume.longer and self._agrees(resume.longer, resume):
                resume = Resume(resume.longer, resume.whole, b"", head=resume.head)
            if resume.chain.length == 0:
                summary.twice = self._read_for_others(resume, summary.sensor)
            self._read_on(stream, resume, summary)
        finally:
            stream.close()
        return summary

    def _read_on(self, stream: Text, resume: Resume, summary: Summary) -> None:
        summary.source, summary.before = resume.source, resume.chain.length
        summary.reference = self.reference or _changed(summary.path)
        writer = Writer(self.store, self.geography, list(self.watchers))
        if resume.left or resume.chain.length:
            note_head(self.store.facts, resume.head, resume.source, summary.sensor)
        behind = Behind()
        chain = resume.chain
        end = chain.length
        begin = done = self.store.offset("counters", summary.source)  # beyond the chain where an import was killed before it noted it
        years = Years.of(summary.path, summary.reference) if self.reference is None else Years()
        summary.years = years.most

        def task_of(block: Block, start: int | None) -> Task:
            begin, origin = min(max(done, block.offset), block.end), self.origin(summary)
            if years.most:
                origin = replace(origin, reference=years.reference(block.end, summary.reference))
            return Task(block.data[begin - block.offset :], begin, origin, start, sort=years.most > 0)

        try:
            for (block, chain), task, found in self._decoded(self._blocks(stream, resume, summary.path), task_of, is_long(summary.path, done)):
                end = block.end
                if end <= done:
                    continue
                if isinstance(found, Staged):
                    writer.add_staged(found.parts, found.decoded, task.origin)
                    summary.join(found.summary)
                else:
                    writer.add(found, task.origin)
                    summary.add(found)
                summary.octets = end
                self.progress(summary.path, end)
                if writer.is_due():
                    behind.wait()
                    behind.start(self._commit(writer, summary, chain, begin, end))
                    begin = end
        except DamagedTextError as error:
            summary.error = str(error)
        finally:
            behind.wait()
        self._commit(writer, summary, chain, begin, end)()
        summary.before = max(summary.before, min(done, end))

    def _decoded(
        self, items: Iterator[Item], task_of: Callable[[Block, int | None], Task], is_long: bool
    ) -> Iterator[tuple[Item, Task, Decoded | Staged]]:
        stager = Stager(self.store, self.geography, self.dialects, self.wanted)
        if self.watchers or CORES < WORTHWHILE:
            return in_threads(items, stager, task_of)
        return in_processes(items, stager, task_of, is_long=is_long)

    def _read_for_others(self, resume: Resume, sensor: str) -> list[tuple[str, str]]:
        """Sensor and path of earlier texts that agree with the beginning of this one, and so are probably the same log."""
        known = sources_of_head(self.store.facts, resume.head)
        same = {other: source for source, other in known.items() if other != sensor and self._agrees(source, resume)}
        return [(other, str((self.store.facts.get(f"sources/{source}") or {}).get("path", ""))) for other, source in same.items()]

    def _agrees(self, source: str, resume: Resume) -> bool:
        """Whether every line that is stored of another source, as far as this text has been looked at, stands here too."""
        begin = resume.chain.length
        rows = self.store.lines_of(source, begin, begin + len(resume.left))
        for offset, raw in rows:
            feed = resume.left.find(b"\n", offset - begin)
            line = resume.left[offset - begin : feed if feed >= 0 else None].decode("utf-8", "backslashreplace")
            if not (line.startswith(raw) if feed >= 0 else raw.startswith(line[: len(raw)])):
                return False
        return bool(rows)

    def _blocks(self, stream: Text, resume: Resume, path: str) -> Iterator[tuple[Block, Chain]]:
        """Blocks of what is new, each with the chain of the text up to its end."""
        chain = resume.chain.copy()
        for block in blocks(stream, offset=chain.length, held=resume.left, consumed=chain.update):
            if not block.data.endswith(b"\n") and block.end - block.offset == len(block.data) and not self.is_final and _is_being_written(path):
                return
            yield block, chain.copy()

    def recount(self, text_from: Callable[[int], Text]) -> Recount:
        """What counts again where another process reads the same text."""
        return Recount(lambda: Writer(self.store, self.geography), self.dialects, text_from)

    def origin(self, summary: Summary) -> Origin:
        return Origin(
            summary.sensor, summary.source, text_name(summary.path), time.time_ns() // 1000, self.zone, summary.reference,
            live=summary.path == "-",
        )  # fmt: skip

    def _commit(self, writer: Writer, summary: Summary, chain: Chain, begin: int, end: int) -> Callable[[], None]:
        """What remains to be done to commit all that was added since `begin`, for this thread or another."""
        commit = writer.detach()
        writer.committed()
        fact = {"path": summary.path, "sensor": summary.sensor, "chain": chain.state()} if end > summary.before else None
        again = summary.path != "-"  # a pipe cannot be read twice
        progress, origin = Progress(summary.source, end, begin if again else None), self.origin(summary)

        def write() -> None:
            try:
                if commit:
                    commit.write(self.store, progress)
            except OvertakenError as other:
                self.recount(lambda offset: _text_from(summary.path, offset)).write(origin, other.done, end)
            if fact:
                self.store.facts.put(f"sources/{progress.source}", fact)

        return write


def _text_from(path: str, offset: int) -> Text:
    text = open_text(path)
    while offset and (piece := text.read(min(offset, BLOCK))):
        offset -= len(piece)
    return text


def sensor_of(path: str) -> str:
    """A name for the sensor from the file's name: `/var/log/fw1.log.2.gz` is `fw1`; `-` is `stdin`."""
    name = text_name(Path(path).name)
    return "stdin" if path == "-" else (name.split(".")[0] or name.strip(".") or "file")


def text_name(path: str) -> str:
    """A path as text: octets of a name that are not UTF-8 are written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _changed(path: str) -> int:
    return time.time_ns() // 1000 if path == "-" else int(Path(path).stat().st_mtime * _SECOND)


def _is_being_written(path: str) -> bool:
    return path != "-" and not path.endswith(COMPRESSED) and (
        time.time() - Path(path).stat().st_mtime < STILL_WRITTEN_SECONDS
    )
