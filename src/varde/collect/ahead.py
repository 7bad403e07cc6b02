"""Work done ahead: the next items are worked on in threads while the one before is being used, and order is kept."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

WORKERS = 2
"""Threads: decoding is in Polars and NumPy, which let go of the interpreter; more would only hold more blocks in memory."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def ahead(items: Iterable[_Item], work: Callable[[_Item], _Result]) -> Iterator[tuple[_Item, _Result]]:
    """Each item with its result, in order. What `items` raises is raised after the results of those before it.

    The first item is worked on alone, because others may build on what it finds out."""
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    failure: Exception | None = None
    source = iter(items)
    is_first = True
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="decode") as pool:
        while True:
            try:
                item = next(source)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001 - raised below, behind what came before it
                failure = error
                break
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) >= WORKERS or is_first:
                is_first = False
                first, result = waiting.popleft()
                yield first, result.result()
        for first, result in waiting:
            yield first, result.result()
    if failure is not None:
        raise failure
