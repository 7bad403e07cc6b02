"""Spark Connect: the engine of a store that has outgrown one machine. The same expressions, the same files, on shared storage.

    expression --Spark's SQL--> server --the files of our snapshot, or its own reader of Delta--> Arrow --> rows

The client needs no Java. What an engine calls by another name, or works out in another way, stands in `_Dialect` and nowhere else."""

import contextlib
import itertools
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.expr.operations import InMemoryTable

from varde.model import TABLES, Field, VardeError
from varde.model.engine import ClusterAddress
from varde.query.backend import Backend
from varde.query.hold import Hold
from varde.store.columns import GROWN, arrow_schema

SETTINGS = {
    "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true", "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
}  # fmt: skip
"""Of our session: days are those of UTC; a sum that does not fit is an error instead of another number, and so is a file that cannot
be read instead of an answer without it."""

SERVED = (4,)
"""Major versions of Spark that are asked: what they answer was compared with DuckDB."""

TRIES = 3
"""After a server that does not answer the client waits and asks again so often."""

CONNECT_SECONDS = 5
"""What takes a connection and says nothing on it for so long is no server that works."""

QUESTION_SECONDS = 3600.0
"""The longest question, as the store keeps replaced files an hour longer than that."""

SILENCE_SECONDS = 20
"""A server at work says so every two seconds. One that has not for so long is asked whether it lives, and has as long to answer."""

LISTED_MAX = 2_000_000
"""Addresses of one list that are sent with a question: 32 MB, where a message may have 128."""

_TYPES = {"address": "BINARY", "integer": "BIGINT", "text": "STRING", "octets": "BINARY", "time": "TIMESTAMP"}
_GLOBBED = re.compile(r"[*?{}\[\]\\]")
_numbers = itertools.count(1)


class _GoneError(VardeError):
    """The server does not find a file, or no longer has the answer: asked a second time it may."""


class _Dialect(PySparkCompiler):  # type: ignore[misc]
    """Spark's forms where it has another one than DuckDB."""

    __slots__ = ()

    FUNCTIONS = {"epoch_us": "unix_micros", "hash": "xxhash64"}  # noqa: RUF012 - never changed
    "Spark's names of functions that DuckDB calls otherwise: its own `hash` has 32 bits only."

    def visit_ScalarUDF(self, op: Any, **given: Any) -> Any:  # noqa: N802 - as the compiler finds it
        call, values = self.f.anon, [*given.values()]
        # octets by way of hexadecimal text: Sail cuts and joins nothing else
        if op.__func_name__ == "array_slice":  # the first ones of them
            return call.unhex(call.substring(call.hex(values[0]), 1, values[2] * 2))
        if op.__func_name__ == "concat":
            return call.unhex(call.concat(*map(call.hex, values)))
        return call[self.FUNCTIONS[op.__func_name__]](*values)

    def visit_Log10(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """LOG(10, x) is a quotient of logarithms, and of 1000 less than 3."""
        return self.f.anon.log10(arg)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802
        """A number with a point would be a decimal one, whose quotients are cut."""
        literal = super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        return self.cast(literal, dtype) if dtype.is_floating() else literal


@dataclass(frozen=True, slots=True)
class Settings:
    """How a cluster is reached and how it reads."""

    address: ClusterAddress
    reader: str = "files"
    token: str | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """What one thread asks a session, under a tag."""

    session: Any
    tag: str

    def interrupt(self) -> None:
        self.session.interruptTag(self.tag)

    def query_progress(self) -> float:
        return -1.0


class Cluster(Backend):
    """Connects when it is first asked. Threads share a session; each question has views of its own there."""

    gone = (_GoneError,)
    has_sums = False  # they are files beside the tables, which a reader of Delta does not see

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._local = threading.local()
        self._lock = threading.Lock()

    def arrow(self, expression: ir.Table) -> Any:
        with self._said(), self._in_time(), self._frame(expression) as frame:
            return frame.toArrow().cast(expression.schema().to_pyarrow())

    def batches(self, expression: ir.Table, rows: int = 100_000) -> Any:
        schema = expression.schema().to_pyarrow()
        return pa.RecordBatchReader.from_batches(schema, self._batches(expression, schema, rows))

    def _batches(self, expression: ir.Table, schema: pa.Schema, rows: int) -> Iterator[Any]:
        with self._said(), self._in_time(), self._frame(expression) as frame:
            # a frame itself gives Arrow as a whole only
            plan = frame._plan.to_proto(self._session.client)  # noqa: SLF001
            for part in self._session.client.to_table_as_iterator(plan, {}):
                if isinstance(part, pa.Table):
                    yield from part.cast(schema).to_batches(max_chunksize=rows)

    def read(self, name: str, files: Sequence[str], part: str = "asked") -> ir.Table:
        with self._said():
            return self._view(name, _READERS[self._settings.reader](self._session, name, files))

    def nothing(self, name: str) -> ir.Table:
        with self._said():
            return self._view(name, self._session.range(0).selectExpr(*(_column(field, ()) for field in _stored_fields(name))))

    def _view(self, name: str, frame: Any) -> ir.Table:
        """A frame of a table's stored columns, under a name that no other question has."""
        view = f"asked_{name}_{next(_numbers)}"
        frame.createOrReplaceTempView(view)
        self._views.append(view)
        return ibis.table(ibis.Schema.from_pyarrow(arrow_schema(_stored_fields(name))), name=view).mutate(day=ibis._.time.date())

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        self._local.depth = getattr(self._local, "depth", 0) + 1
        try:
            yield
        finally:
            self._local.depth -= 1
            if not self._local.depth:
                self._forget()

    @contextlib.contextmanager
    def held(self, hold: Hold, memory: str) -> Iterator[None]:
        """The cluster's memory is its own affair."""
        question = _Question(self._session, f"varde-{next(_numbers)}")
        self._session.addTag(question.tag)
        try:
            with hold.on(question):
                yield
        finally:
            self._session.removeTag(question.tag)

    def close(self) -> None:
        """End the session, where there is one."""
        if "_session" in self.__dict__:
            with contextlib.suppress(*_errors()):
                self._session.stop()

    @property
    def _views(self) -> list[str]:
        if not hasattr(self._local, "views"):
            self._local.views = []
        views: list[str] = self._local.views
        return views

    def _forget(self) -> None:
        views, self._local.views = self._views, []
        with contextlib.suppress(*_errors()):  # of a server that is gone they are gone too
            for view in views:
                self._session.catalog.dropTempView(view)

    @contextlib.contextmanager
    def _frame(self, expression: ir.Table) -> Iterator[Any]:
        """What the server will give for an expression, with the tables that it brings along."""
        for table in expression.op().find(InMemoryTable):
            data = table.data.to_pyarrow(table.schema)
            if len(data) > LISTED_MAX:
                raise VardeError(f"the question brings a list of {len(data):,} addresses, and {LISTED_MAX:,} is the most that is sent to a cluster. "
                                 "Ask with a smaller set.")  # fmt: skip
            self._session.createDataFrame(data).createOrReplaceTempView(table.name)
            self._views.append(table.name)
        yield self._session.sql(_sql(expression))

    @contextlib.contextmanager
    def _in_time(self) -> Iterator[None]:
        """Stop what takes longer than the longest question."""
        tag = f"varde-{next(_numbers)}"  # of this thread's questions alone
        timer = threading.Timer(QUESTION_SECONDS, self._session.interruptTag, (tag,))
        timer.daemon = True
        self._session.addTag(tag)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._session.removeTag(tag)

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """What the server, or the way to it, refuses becomes a sentence."""
        try:
            yield
        except _errors() as error:
            self._local.views = []  # who is not there would be waited for again; a session that nobody asks ends by itself
            raise _refusal(self._settings, error) from error

    @cached_property
    def _session(self) -> Any:
        with self._lock:
            return _connected(self._settings)


def _sql(expression: ir.Table) -> str:
    ibis.pyspark  # noqa: B018 - makes the options that its compiler asks for
    compiler = _Dialect()
    return str(compiler.to_sqlglot(expression).sql(dialect=compiler.dialect))


def _stored_fields(name: str) -> list[Field]:
    """Columns as files have them: without `day`, which is the name of their folder."""
    return [field for field in TABLES[name].fields if field.name != "day"]


def _of_files(session: Any, name: str, files: Sequence[str]) -> Any:
    """The files of our snapshot. Columns that those of an older store lack are null. Raises _GoneError where the server has not all
    of them: some pass by what they do not find, and would give a part for the whole."""
    columns = ", ".join(f"`{field.name}` {_TYPES[field.type]}" for field in _stored_fields(name))
    frame = session.read.schema(columns).parquet(*(_GLOBBED.sub(r"\\\g<0>", file) for file in files))
    if (found := len(set(frame.inputFiles()))) != len(files):
        raise _GoneError(f"{_UNSEEN} It finds {found} of {len(files)} files, as those of {files[0].rsplit('/', 2)[0]}. Some servers find no path "
                         'with characters such as { and *, and those with a reader of Delta tables of their own want reader = "delta".')  # fmt: skip
    return frame


def _of_delta(session: Any, name: str, files: Sequence[str]) -> Any:
    """The table as the server's own reader finds it, on the days of the files."""
    days = [date.fromisoformat(file.split("/")[-2].removeprefix("day=")).isoformat() for file in files]
    frame = session.read.format("delta").load(files[0].rsplit("/", 2)[0])
    frame = frame.filter(f"day between date'{min(days)}' and date'{max(days)}'")
    fields = _stored_fields(name)
    there = frame.columns if name in GROWN else [field.name for field in fields]
    return frame.selectExpr(*(_column(field, there) for field in fields))


def _column(field: Field, there: Sequence[str]) -> str:
    return f"`{field.name}`" if field.name in there else f"cast(null as {_TYPES[field.type]}) as `{field.name}`"


_UNSEEN = "the cluster does not find all files of the store: every worker must see the store under the same path."

_READERS = {"files": _of_files, "delta": _of_delta}


def _connected(settings: Settings) -> Any:
    """A session of a server. Raises VardeError for one that is not there, or of another version."""
    from pyspark.sql.connect.client.core import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # which is said as a sentence
    milliseconds = SILENCE_SECONDS * 1000
    options = [("grpc.keepalive_time_ms", milliseconds), ("grpc.keepalive_timeout_ms", milliseconds), ("grpc.http2.max_pings_without_data", 0),
               ("grpc.min_reconnect_backoff_ms", CONNECT_SECONDS * 1000), ("grpc.max_reconnect_backoff_ms", CONNECT_SECONDS * 1000)]  # fmt: skip
    builder = DefaultChannelBuilder(_dialled(settings.address), options)
    if settings.token:
        builder.set("token", settings.token)
    session = SparkSession(connection=builder)
    session.client.set_retry_policies([DefaultPolicy(max_retries=TRIES, max_backoff=4000, max_server_retry_delay=4000)])
    _require_served(settings.address, str(session.version))
    for name, value in SETTINGS.items():
        session.conf.set(name, value)
    return session


def _dialled(address: ClusterAddress) -> str:
    """The client sends a token without TLS to what is called localhost alone."""
    host = "localhost" if address.is_loopback and not address.tls else address.host
    return f"sc://{host}:{address.port}/;use_ssl={str(address.tls).lower()}"


def _require_served(address: ClusterAddress, version: str) -> None:
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) not in SERVED:
        raise VardeError(f"the server at {address.url} speaks Spark {version[:20]}, and Varde asks Spark {' or '.join(map(str, SERVED))}. "
                         "Run a server of 4.1, or take `url` out of [engine] to ask here.")  # fmt: skip


def _errors() -> tuple[type[Exception], ...]:
    import grpc
    from pyspark.errors import PySparkException

    return (PySparkException, grpc.RpcError)


_HERE = "Take `url` out of [engine] to ask on this machine meanwhile."

_REFUSALS: tuple[tuple[str, type[VardeError], str], ...] = (
    ("UNAUTHENTICATED|Invalid authentication token|No authentication token", VardeError,
     "the server at {url} does not take the token: name the file that has the server's spark.connect.authenticate.token as token_file in [engine]"),
    ("PATH_NOT_FOUND|FILE_NOT_EXIST|FileNotFoundException|No such file|not found in object store|Object at location|Invalid table location", _GoneError,
     _UNSEEN + " It is at {url} ({said})"),
    ("DATA_SOURCE_NOT_FOUND|Failed to find (the )?data source: delta|Unknown data source", VardeError,
     'the server at {url} has no reader of Delta tables: write reader = "files" in [engine]'),
    ("OPERATION_CANCELED|OPERATION_ABANDONED|interrupted", VardeError, "the question took longer than an hour and was stopped: ask about fewer days"),
    # Sail forgets an answer when it has sent the end of it, also where the connection broke before the client had it
    ("task context not found for operation", _GoneError, "the connection to {url} broke as the answer ended, and the server no longer has it. Ask again"),
    ("SESSION_CHANGED|SESSION_NOT_FOUND|SESSION_CLOSED|OPERATION_NOT_FOUND|Channel closed", VardeError,
     "the server at {url} was started anew while it was asked. Ask again"),
    ("SSL_ERROR|CERTIFICATE_VERIFY|Ssl handshake|WRONG_VERSION_NUMBER", VardeError,
     "the server at {url} does not speak TLS as it should ({said}): put a proxy with a certificate that this machine trusts before it"),
    ("UNAVAILABLE|DEADLINE_EXCEEDED|failed to connect|Connection refused|keepalive|Socket closed|RETRIES_EXCEEDED|CANCELLED", VardeError,
     "no answer from the cluster at {url}: no Spark Connect server listens there, or it went away. " + _HERE + " ({said})"),
    ("does not support|not supported|NOT_SUPPORTED|UNSUPPORTED|not implemented", VardeError,
     "the server at {url} cannot do what the question needs, which Apache Spark can ({said}). " + _HERE),
    ("UNIMPLEMENTED", VardeError, "what listens at {url} is no Spark Connect server, or one of another version ({said})"),
)  # fmt: skip
"""What the client says, by its codes and words, as what to do; the first that fits."""

SAID_MAX = 200


def _refusal(settings: Settings, error: Exception) -> VardeError:
    status = getattr(error, "_grpc_status_code", None)
    text = f"{getattr(status, 'name', '')} {error}"
    detail = re.search(r'details = "([^"]*)"', str(error))
    said = " ".join("".join(letter for letter in (detail[1] if detail else str(error)) if letter.isprintable() or letter == "\n").split())[:SAID_MAX]
    for pattern, kind, sentence in _REFUSALS:
        if re.search(pattern, text):
            return kind(sentence.format(url=settings.address.url, said=said) + ("" if sentence.endswith(")") else "."))
    return VardeError(f"the cluster at {settings.address.url} cannot answer: {said}")
