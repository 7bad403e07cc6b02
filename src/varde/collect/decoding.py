"""The blocks of a text, decoded in their order: in threads while somebody watches what comes, else in processes.

A text in which a line completes what an earlier one began, as with the pairs of lines of sshd, is decoded by one reader alone,
from the beginning to the end."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from varde.collect.ahead import Postponed, ahead
from varde.collect.crew import Crew
from varde.collect.identity import Chain
from varde.collect.stage import Staged, Stager, Task, read
from varde.collect.text import COMPRESSED, Block
from varde.decode import Decoded, flowtext, honeypot
from varde.decode.firewall import Start
from varde.decode.reader import Reader, Readers

LONG = 48 * 1024 * 1024
"""Octets of text for which processes are worth the second that each takes to begin."""

DENSITY = 5
"""How many times longer a log is taken to be than its compressed file; most are longer still."""

BLOCKS = 4
"""Of a pipe nobody knows how long it is: one that has given so many blocks may go on."""

Item = tuple[Block, Chain]


class _Here:
    """The reader of this process, which remembers from block to block."""

    def __init__(self, stager: Stager) -> None:
        self.start = Start()
        self._reader = Reader(stager.dialects, self.start, stager.wanted)
        self._recalling = {dialect.name for dialect in stager.dialects if isinstance(dialect, honeypot.Dialect | flowtext.Dialect) and dialect.recalls}
        self.recalls = False
        "Whether it has read lines that later ones may complete."

    def read(self, task: Task) -> Decoded:
        decoded = read(self._reader, task)
        self.recalls = self.recalls or any(dialect in self._recalling for dialect, _ in decoded.counts)
        return decoded


def in_threads(items: Iterable[Item], stager: Stager, task_of: Callable[[Block, int | None], Task]) -> Iterator[tuple[Item, Task, Decoded]]:
    """Each block with its task and what was decoded. What `items` raises is raised after what came before it."""
    here, source = _Here(stager), iter(items)
    for item in source:
        task = task_of(item[0], None)
        yield item, task, here.read(task)
        if not here.recalls:
            break
    readers = Readers(stager.dialects, stager.wanted, here.start)

    def work(item: Item) -> tuple[Task, Decoded]:
        task = task_of(item[0], None)
        return task, read(readers, task)

    for item, (task, decoded) in ahead(source, work):
        yield item, task, decoded


def in_processes(
    items: Iterable[Item], stager: Stager, task_of: Callable[[Block, int | None], Task], *, is_long: bool
) -> Iterator[tuple[Item, Task, Decoded | Staged]]:
    """The same. The first blocks are decoded here, until the processes are ready; `is_long` is whether they are begun at once."""
    here, source = _Here(stager), Postponed(items)
    crew = Crew(stager) if is_long else None
    given: deque[tuple[Item, Task]] = deque()
    try:
        for count, item in enumerate(source):
            if crew is None and count == BLOCKS and not here.recalls:
                crew = Crew(stager)
            task = task_of(item[0], here.start.moment)
            if crew is None or count == 0 or here.recalls or not (given or crew.ready):
                yield item, task, here.read(task)
                continue
            while not crew.ready:
                yield *given.popleft(), crew.take()
            crew.give(task)
            given.append((item, task))
        while crew and given:
            yield *given.popleft(), crew.take()
    finally:
        if crew:
            crew.close()
    source.end()


def is_long(path: str, done: int) -> bool:
    """Whether a file is known to have much text behind the octet `done`."""
    if path == "-" or not Path(path).is_file():
        return False
    size = Path(path).stat().st_size
    return (size * DENSITY if path.endswith(COMPRESSED) else size) - done >= LONG
