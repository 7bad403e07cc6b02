"""DuckDB in this process: the engine of a store that one machine can read."""

import atexit
import functools
import glob
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr.operations import InMemoryTable

from varde.model import TABLES, VardeError
from varde.query.backend import Backend
from varde.query.hold import Hold, answering, progress_of
from varde.store.columns import GROWN, arrow_schema

MEMORY_MB = 640
"""What a question may take beside the program itself, so that both stay below 1 GB; what it needs beyond goes to disk for a while."""

_MOST = "50%"
"""Of this machine's memory, for the few questions that MEMORY_MB and the disk are not enough for."""

_LARGE = "/var/tmp"  # noqa: S108 - a folder of our own is made in it

_PROGRESS = ("enable_progress_bar = true",)
"""Settings without which DuckDB does not count how far it is."""


class Embedded(Backend):
    """Each thread has its own connection, the one that makes it at once."""

    gone = (duckdb.IOException, duckdb.InvalidInputException)

    def __init__(self, memory_mb: int | None = None) -> None:
        self._local = threading.local()
        self._memory = f"{memory_mb or MEMORY_MB}MB"
        self._is_fixed = memory_mb is not None
        self._connection()

    def arrow(self, expression: ir.Table) -> Any:
        # the backend's own to_pyarrow imports pandas, which takes 0.2 s
        try:
            answer = self._relation(expression).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            if getattr(self._local, "is_held", False):
                raise
            if self._is_fixed:
                raise _too_large(self._memory) from error
            answer = self._with_more(expression)
        return answer.cast(expression.schema().to_pyarrow())

    def _with_more(self, expression: ir.Table) -> Any:
        """The answer to one of the few questions that even with the disk need more, such as of a group for nearly each record."""
        connection = self._connection().con
        connection.execute(f"SET memory_limit = '{_MOST}'")
        try:
            return self._relation(expression).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            raise _too_large(_MOST) from error
        finally:
            connection.execute(f"SET memory_limit = '{self._memory}'")

    def batches(self, expression: ir.Table, rows: int = 100_000) -> Any:
        schema = expression.schema().to_pyarrow()
        with self._limited():
            reader = self._relation(expression).to_arrow_reader(rows)
        return pa.RecordBatchReader.from_batches(schema, self._pieces(reader, schema))

    def _pieces(self, reader: Any, schema: pa.Schema) -> Iterator[Any]:
        with self._limited():
            for batch in reader:
                yield batch.cast(schema)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Of what is given piece by piece nothing is asked again with more memory, as a whole answer is."""
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            if getattr(self._local, "is_held", False):
                raise
            raise _too_large(self._memory) from error

    def stream(self, reader: Any, name: str) -> ir.Table:
        """What a pyarrow RecordBatchReader gives, as a table that can be asked once, and so not again with more memory."""
        self._memory, self._is_fixed = _MOST, True
        self._connection().con.execute(f"SET memory_limit = '{_MOST}'")
        self._connection().con.register(name, reader)
        return self._connection().table(name)

    def read(self, name: str, files: Sequence[str], part: str = "asked") -> ir.Table:
        # under names that come again, so that each question replaces the views of the one before
        options = {"union_by_name": True} if name in GROWN else {}
        return self._connection().read_parquet([glob.escape(file) for file in files], table_name=f"{part}_{name}", hive_partitioning=True, **options)

    def nothing(self, name: str) -> ir.Table:
        self._connection().con.register(f"no_{name}", arrow_schema(TABLES[name].fields).empty_table())
        return self._connection().table(f"no_{name}")

    def progress(self) -> Callable[[], float | None]:
        connection = self._connection().con
        for setting in _PROGRESS:
            connection.execute(f"SET {setting}")
        return lambda: progress_of(connection)

    @contextmanager
    def held(self, hold: Hold, memory: str) -> Iterator[None]:
        connection = self._connection().con
        for setting in (f"memory_limit = '{memory}'", *_PROGRESS):
            connection.execute(f"SET {setting}")
        self._local.is_held = True
        try:
            with hold.on(connection):
                yield
        except duckdb.OutOfMemoryException as error:
            raise _too_large(memory) from error
        finally:
            self._local.is_held = False
            connection.execute(f"SET memory_limit = '{self._memory}'")

    def _relation(self, expression: ir.Table) -> Any:
        connection = self._connection()
        for table in expression.op().find(InMemoryTable):
            connection.con.register(table.name, table.data.to_pyarrow(table.schema))
        return connection.con.sql(connection.compile(expression))

    def _connection(self) -> "ibis.backends.duckdb.Backend":
        if not hasattr(self._local, "connection"):
            self._local.connection = ibis.duckdb.connect(threads=2, memory_limit=self._memory, **_spill())
            # else a question of more than two seconds draws its progress among what we print
            self._local.connection.con.execute("SET enable_progress_bar_print = false")
            answering(self._local.connection.con)
        return self._local.connection


def _too_large(memory: str) -> VardeError:
    """What to do where a question cannot be answered in its memory, with the disk's help or without."""
    return VardeError(f"the question needs more than {memory} of memory and half of what is free on the disk: ask about fewer days, or for larger groups")


@functools.cache
def _spill() -> dict[str, str]:
    """Settings: a folder of this process alone for what a question has no memory for, gone with the process, and how much of it.

    It lies where large files belong, because /tmp is memory on many systems. Of a killed process the system's clean-up takes it away."""
    place = os.environ.get("TMPDIR") or (_LARGE if os.access(_LARGE, os.W_OK) else None)
    folder = tempfile.mkdtemp(prefix="varde-", dir=place)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {"temp_directory": folder, "max_temp_directory_size": f"{shutil.disk_usage(folder).free // 2_000_000}MB"}
