"""Plain SQL over readable views of the tables, where a question can read what is stored and nothing else.

One SELECT, which DuckDB's own parser tells; files, networks, other databases, extensions and settings are out of reach; memory,
rows and time are bounded."""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from varde.model import FLOWS, PROTOCOLS, TABLES, Field, Table, VardeError
from varde.model.services import service_names
from varde.query.hold import Hold, answering
from varde.store import Store
from varde.store.columns import NETWORKS, SAID, arrow_schema

MEMORY = "2GB"
"""What a question may use: more belongs on a machine of its own."""

SECONDS = 60.0
ROWS = 100_000
"""Rows that are given: a person reads fewer, and programs ask for sums."""

ADVICE = "ask about fewer days, as in `where day = '2026-11-20'`"
"""For who asked for too much."""

QUESTION_MAX = 100_000
"""Characters of a question."""

_STORED = "stored_"

_LIKE = re.compile(r"(?m)^Candidate bindings.*$")
"""The line in which DuckDB names columns that it has instead."""

_NO_TABLE = re.compile(r"Table with name (\S+) does not exist")


@dataclass(frozen=True, slots=True)
class Result:
    """Columns and rows; `more` is whether rows were left out."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    more: bool


BATCH = 100
"""Rows that are taken from the engine at once, where the octets of an answer are bounded."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one answer may cost. `cell`: characters of one value, `octets`: of all of them; None is no bound."""

    rows: int = ROWS
    memory: str = MEMORY
    cell: int | None = None
    octets: int | None = None


def held_sql(store: Store, question: str, hold: Hold, bounds: Bounds) -> Result:
    """The answer to one SELECT. Raises VardeError for anything else, for mistakes, and where its hold ends it."""
    if len(question) > QUESTION_MAX:
        raise VardeError(f"the question has {len(question):,} characters, and {QUESTION_MAX:,} is the most")
    _require_select(question)
    tables = [table for table in TABLES.values() if table.name in question.lower()]
    try:
        return _asked(store, tables, question, hold, bounds)
    except _GoneError:  # merged away between listing and reading: the new list does not have it
        return _asked(store, tables, question, hold, bounds)


class _GoneError(VardeError):
    """A file of the store is not there any more."""


def _asked(store: Store, tables: Iterable[Table], question: str, hold: Hold, bounds: Bounds) -> Result:
    with _sandbox(store, tables, bounds.memory) as connection:
        return _in_time(connection, question, hold, bounds)


def _require_select(question: str) -> None:
    try:
        statements = duckdb.extract_statements(question)
    except duckdb.Error as error:
        raise VardeError(f"the SQL cannot be understood: {_first_line(error)}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise VardeError("one SELECT is what can be asked, as in: select src_addr, sum(octets) from flows group by 1 order by 2 desc limit 10")


@contextmanager
def _sandbox(store: Store, tables: Iterable[Table], memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with views of some tables, which take their time each, and no way out of it."""
    connection = duckdb.connect(":memory:", config={
        "memory_limit": memory, "threads": 2, "temp_directory": "", "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false", "python_enable_replacements": "false", "allow_community_extensions": "false",
    })  # fmt: skip
    answering(connection)
    try:
        for statement in _MACROS:
            connection.execute(statement)
        for table in tables:
            connection.register(_STORED + table.name, _dataset(store, table))
            connection.execute(_view(table))
        # what a hold needs, before nothing can be set any more
        for setting in ("enable_progress_bar = true", "enable_progress_bar_print = false", "enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"SET {setting}")
        yield connection
    finally:
        connection.close()


def _dataset(store: Store, table: Table) -> Any:
    """Files of a table, which are read only as far as a question needs them."""
    files = store.files(table.name)
    schema = arrow_schema(table.fields)
    if not files:
        return schema.empty_table()
    folder = str(Path(files[0]).parents[1])
    return ds.dataset(files, schema=schema, format="parquet", partitioning=ds.partitioning(pa.schema([("day", pa.date32())]), flavor="hive"), partition_base_dir=folder)


_NUL = "\\x00"
_V4 = "starts_with(hex(a), '00000000000000000000FFFF')"
_OCTETS = " || '.' || ".join(f"('0x' || substr(hex(a), {25 + 2 * at}, 2))::INTEGER" for at in range(4))
_GROUPS = " || ':' || ".join(f"coalesce(nullif(ltrim(lower(substr(hex(a), {1 + 4 * at}, 4)), '0'), ''), '0')" for at in range(8))
_SHORTER = " ".join(f"WHEN regexp_matches(g, '(^|:)0(:0){{{zeros - 1}}}(:|$)') THEN regexp_replace(g, '(^|:)0(:0){{{zeros - 1}}}(:|$)', '::')" for zeros in range(8, 1, -1))


_UDP = 17


def _pairs(pairs: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number}: '{name}'" for number, name in pairs)


_MACROS = (
    f"CREATE MACRO shortened(g) AS CASE {_SHORTER} ELSE g END",
    f"CREATE MACRO address(a) AS CASE WHEN a IS NULL THEN NULL WHEN {_V4} THEN {_OCTETS} ELSE shortened({_GROUPS}) END",
    f"CREATE MACRO network(a) AS CASE WHEN {_V4} THEN array_slice(a, 1, 15) || '\\x00'::BLOB ELSE array_slice(a, 1, 8) || '{8 * _NUL}'::BLOB END",
    f"CREATE MACRO proto_name(p) AS coalesce(MAP {{{_pairs(PROTOCOLS.items())}}}[p], p::VARCHAR)",
    f"CREATE MACRO service(p, proto) AS CASE WHEN proto = {_UDP} THEN MAP {{{_pairs(service_names('udp').items())}}}[p] "
    f"ELSE MAP {{{_pairs(service_names('tcp').items())}}}[p] END",
)
"""RFC 5952 text of 16 octets, and names of protocols and ports."""


def _view(table: Table) -> str:
    columns = ", ".join(column for field in table.fields for column in _columns(field, _FILLED.get(field.name, "") if table == FLOWS else ""))
    return f'CREATE VIEW "{table.name}" AS SELECT {columns} FROM "{_STORED}{table.name}"'  # noqa: S608 - names of our own tables and columns


_FILLED = {name: f'"{other}"' for name, other in SAID.items()} | {name: f'network("{address}")' for name, address in NETWORKS.items()}
"""What stands for columns that files of flows leave out."""


def _columns(field: Field, filled: str) -> list[str]:
    name = f'"{field.name}"'
    stored = f"coalesce({name}, {filled})" if filled else name
    if field.type == "address":
        return [f"address({stored}) AS {name}"]
    if filled:
        return [f"{stored} AS {name}"]
    if field.name == "proto":
        return [name, f"proto_name({name}) AS proto_name"]
    if field.name == "dst_port":
        return [name, f'service({name}, "proto") AS dst_service']
    return [name]


def _in_time(connection: duckdb.DuckDBPyConnection, question: str, hold: Hold, bounds: Bounds) -> Result:
    try:
        with hold.on(connection):
            # as Arrow: DuckDB's own rows want pytz for times
            columns, found = _rows(connection.sql(question).limit(bounds.rows + 1), bounds)
    except duckdb.Error as error:
        kind = _GoneError if "FileNotFoundError" in str(error) else VardeError
        raise kind(f"the SQL cannot be answered: {_first_line(error)}") from error
    except (OverflowError, ValueError) as error:  # an interval of a million years is no value of Python's
        raise VardeError(f"a value of the answer is beyond what can be told ({_first_line(error)}): cast it to text, as in x::varchar") from error
    return Result(columns, found[: bounds.rows], len(found) > bounds.rows)


def _rows(relation: duckdb.DuckDBPyRelation, bounds: Bounds) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of columns, and rows. Raises VardeError where they are larger than the bounds let them be."""
    names, octets = list(relation.columns), 0
    if bounds.cell is not None:
        relation = relation.project(", ".join(_short(number, str(kind), bounds.cell) for number, kind in enumerate(relation.types, start=1)))
    found: list[tuple[Any, ...]] = []
    if bounds.octets is None:
        table = relation.to_arrow_table()
        return list(table.column_names), list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    for batch in relation.to_arrow_reader(BATCH):
        octets += batch.nbytes
        if octets > bounds.octets:
            raise VardeError(f"the answer is larger than {bounds.octets // 2**20} MB: ask for fewer columns or rows, or use `varde sql`")
        found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return names, found


_WHOLE = re.compile(r"(U?(TINY|SMALL|BIG)INT|U?INTEGER|BOOLEAN|DOUBLE|FLOAT|DATE|TIMESTAMP\b.*)")
"""Types whose values are short, and are given as what they are; all others as text."""


def _short(number: int, kind: str, most: int) -> str:
    """A column by its place, its text no longer than a bound."""
    return f"#{number}" if _WHOLE.fullmatch(kind) else f"CASE WHEN #{number} IS NOT NULL THEN left(#{number}::VARCHAR, {most}) END"


def _first_line(error: Exception) -> str:
    """What DuckDB says, without the question and its own stack, and which names are like one that is not there."""
    first, _, more = str(error).strip().partition("\n")
    if missing := _NO_TABLE.search(first):  # DuckDB would name tables of its own
        near = difflib.get_close_matches(missing[1].lower(), TABLES, 1)
        return first + (f" Did you mean {near[0]}?" if near else f" There are {', '.join(TABLES)}.")
    like = _LIKE.search(more)
    return f"{first} {like[0].strip()}" if like else first
