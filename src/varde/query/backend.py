"""What an engine that answers must be able to do: give the rows of expressions, and read the files of a table.

There are two: `embedded` (DuckDB in this process) and `cluster` (Spark Connect over the same files). Questions know neither."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import ibis.expr.types as ir

from varde.query.hold import Hold


class Answerer(ABC):
    """Gives the rows of expressions. May be used by several threads."""

    def execute(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Rows of an expression as plain Python values."""
        rows: list[dict[str, Any]] = self.arrow(expression).to_pylist()
        return rows

    @abstractmethod
    def arrow(self, expression: ir.Table) -> Any:
        """Rows of an expression as a pyarrow Table."""

    @abstractmethod
    def batches(self, expression: ir.Table, rows: int = 100_000) -> Any:
        """Rows of an expression as a pyarrow RecordBatchReader, so many at a time: memory does not grow with them."""


class Backend(Answerer):
    """An Answerer that reads the tables of a store."""

    gone: tuple[type[Exception], ...]
    "What is raised where a file was merged away between listing and reading."

    has_sums = True
    "Whether it reads what was summed up of days and hours, or records alone."

    @abstractmethod
    def read(self, name: str, files: Sequence[str], part: str = "asked") -> ir.Table:
        """The records that some files of a table hold, at least one of them, with the columns that the files have. `part`: which of
        those that one question needs, as it is known by it."""

    @abstractmethod
    def nothing(self, name: str) -> ir.Table:
        """A table without records."""

    @abstractmethod
    def held(self, hold: Hold, memory: str) -> AbstractContextManager[None]:
        """Put what this thread asks under a hold, with so much memory of this machine. Raises VardeError where it is stopped, late or
        takes more."""

    def progress(self) -> Callable[[], float | None]:
        """Tells, in any thread, how many per cent of the step that it is at a question of this thread has behind it; None where that is not
        known."""
        return lambda: None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around all of one question. What `read` made for it may be forgotten behind it."""
        yield
