"""From a block of text to files of the store that wait for their commit: the part of an import that needs no order."""

from dataclasses import dataclass, field, replace

from varde.collect.summary import Summary
from varde.collect.years import in_order
from varde.decode import Decoded, Lines, Origin
from varde.decode.firewall import Start
from varde.decode.reader import Dialect, Reader, Readers
from varde.intel import Geography
from varde.live import enrich
from varde.model import VardeError
from varde.store import Parts, Store


@dataclass(frozen=True, slots=True)
class Task:
    """Lines to decode: `data` begins at `offset` of the text."""

    data: bytes
    offset: int
    origin: Origin
    start: int | None
    "When the machine started, where an earlier block told: us since 1970 UTC."
    sort: bool
    "Whether stamps without a year are to be put in order."


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of a block: its files by the name of their table, what they came to, and the rest of what was decoded."""

    parts: dict[str, Parts]
    summary: Summary
    decoded: Decoded
    "Without records."


@dataclass(slots=True)
class Stager:
    """Decodes, enriches and stages block after block. Goes to other processes before its first."""

    store: Store
    geography: Geography
    dialects: tuple[Dialect, ...]
    wanted: frozenset[str] | None
    _readers: Readers | None = field(default=None, init=False)

    def stage(self, task: Task) -> Staged:
        """Raises VardeError when the store refuses; no file is left then."""
        if self._readers is None:
            self._readers = Readers(self.dialects, self.wanted, Start(task.start))
        decoded = read(self._readers, task)
        summary = Summary(task.origin.file, task.origin.sensor)
        summary.add(decoded)
        parts: dict[str, Parts] = {}
        try:
            for table, batch in decoded.tables():
                parts[table] = self.store.stage(table, enrich(batch, self.geography))
        except VardeError:
            for staged in parts.values():
                staged.remove()
            raise
        return Staged(parts, summary, replace(decoded, batch=decoded.batch.clear(), others={}, fates=[]))


def read(readers: Reader | Readers, task: Task) -> Decoded:
    """Decode a block."""
    decoded = readers.read(Lines.of(task.data, task.offset), task.origin)
    if task.sort:
        decoded.batch = in_order(decoded.batch)
        decoded.others = {table: in_order(batch) for table, batch in decoded.others.items()}
    return decoded
