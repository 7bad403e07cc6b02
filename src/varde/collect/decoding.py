"""The blocks of a text, decoded in their order: in threads while somebody watches what comes, else in processes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from varde.collect.ahead import ahead
from varde.collect.crew import Crew
from varde.collect.identity import Chain
from varde.collect.stage import Staged, Stager, Task, read
from varde.collect.text import Block
from varde.decode import Decoded
from varde.decode.reader import Readers

LONG = 48 * 1024 * 1024
"""Octets of text for which processes are worth the second that each takes to begin."""

DENSITY = 5
"""How many times longer a log is than its compressed file, at least."""

BLOCKS = 4
"""Of a pipe nobody knows how long it is: one that has given so many blocks may go on."""

Item = tuple[Block, Chain]


def in_threads(items: Iterable[Item], stager: Stager, task_of: Callable[[Block, int | None], Task]) -> Iterator[tuple[Item, Task, Decoded]]:
    """Each block with its task and what was decoded. What `items` raises is raised after what came before it."""
    readers = Readers(stager.dialects, stager.wanted)

    def work(item: Item) -> tuple[Task, Decoded]:
        task = task_of(item[0], None)
        return task, read(readers, task)

    for item, (task, decoded) in ahead(items, work):
        yield item, task, decoded


def in_processes(
    items: Iterable[Item], stager: Stager, task_of: Callable[[Block, int | None], Task], *, is_long: bool
) -> Iterator[tuple[Item, Task, Decoded | Staged]]:
    """The same. The first blocks are decoded here, until the processes are ready; `is_long` is whether they are begun at once."""
    readers = Readers(stager.dialects, stager.wanted)
    crew = Crew(stager) if is_long else None
    given: deque[tuple[Item, Task]] = deque()
    failure: Exception | None = None
    source, count = iter(items), 0
    try:
        while True:
            try:
                item = next(source)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001 - raised below, behind what came before it
                failure = error
                break
            count += 1
            if crew is None and count > BLOCKS:
                crew = Crew(stager)
            task = task_of(item[0], readers.start.moment)
            if crew is None or count == 1 or not (given or crew.ready):
                yield item, task, read(readers, task)
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
    if failure is not None:
        raise failure


def is_long(path: str, done: int) -> bool:
    """Whether a file is known to have much text behind the octet `done`."""
    if path == "-" or not Path(path).is_file():
        return False
    size = Path(path).stat().st_size
    return (size * DENSITY if path.endswith((".gz", ".xz", ".zst", ".bz2")) else size) - done >= LONG
