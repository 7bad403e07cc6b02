"""DuckDB in this process: the engine of a store that one machine can read."""

import glob
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

_PROGRESS = ("enable_progress_bar = true", "enable_progress_bar_print = false")
"""Settings without which DuckDB does not count how far it is."""


class Embedded(Backend):
    """Each thread has its own connection, the one that makes it at once."""

    gone = (duckdb.IOException, duckdb.InvalidInputException)

    def __init__(self) -> None:
        self._local = threading.local()
        self._connection()

    def arrow(self, expression: ir.Table) -> Any:
        # the backend's own to_pyarrow imports pandas, which takes 0.2 s
        answer = self._relation(expression).to_arrow_table()
        return answer.cast(expression.schema().to_pyarrow())

    def batches(self, expression: ir.Table, rows: int = 100_000) -> Any:
        schema = expression.schema().to_pyarrow()
        reader = self._relation(expression).to_arrow_reader(rows)
        return pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in reader))

    def stream(self, reader: Any, name: str) -> ir.Table:
        """What a pyarrow RecordBatchReader gives, as a table that can be asked once."""
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
        for setting in (f"memory_limit = '{memory}'", "temp_directory = ''", *_PROGRESS):
            connection.execute(f"SET {setting}")
        try:
            with hold.on(connection):
                yield
        except duckdb.OutOfMemoryException as error:
            raise VardeError(f"the question needs more than {memory} of memory: ask about fewer days, or for larger groups") from error

    def _relation(self, expression: ir.Table) -> Any:
        connection = self._connection()
        for table in expression.op().find(InMemoryTable):
            connection.con.register(table.name, table.data.to_pyarrow(table.schema))
        return connection.con.sql(connection.compile(expression))

    def _connection(self) -> "ibis.backends.duckdb.Backend":
        if not hasattr(self._local, "connection"):
            self._local.connection = ibis.duckdb.connect(threads=2)
            answering(self._local.connection.con)
        return self._local.connection
