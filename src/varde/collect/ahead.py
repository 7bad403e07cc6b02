"""Work done ahead: the next items are worked on in threads while the one before is being used, and order is kept."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

WORKERS = 2
"""Threads: decoding is in Polars and NumPy, which let go of the interpreter; more would only hold more blocks in memory."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Postponed(Generic[_Item]):
    """Items up to a failure, which is kept until `end`: what came before it is still being worked on."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self._items = iter(items)
        self._failure: Exception | None = None

    def __iter__(self) -> Iterator[_Item]:
        return self

    def __next__(self) -> _Item:
        try:
            return next(self._items)
        except StopIteration:
            raise
        except Exception as error:
            self._failure = error
            raise StopIteration from error

    def end(self) -> None:
        """Raises what the items raised."""
        if self._failure is not None:
            raise self._failure


def ahead(items: Iterable[_Item], work: Callable[[_Item], _Result]) -> Iterator[tuple[_Item, _Result]]:
    """Each item with its result, in order. What `items` raises is raised after the results of those before it.

    The first item is worked on alone, because others may build on what it finds out."""
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    source = Postponed(items)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="decode") as pool:
        for number, item in enumerate(source):
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) >= WORKERS or number == 0:
                first, result = waiting.popleft()
                yield first, result.result()
        for first, result in waiting:
            yield first, result.result()
    source.end()
