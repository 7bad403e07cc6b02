"""What `filter`, `cut`, `stats`, `uniq`, `count` and `set` share: their switches, and the records that these choose."""

import contextlib
import functools
import inspect
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand

from varde.model import RECORDS, TABLES, VardeError
from varde.model.filters import KEYS, VALUES, Key

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from varde.app.context import Context
    from varde.model.fields import Counted, Shown
    from varde.query import Answerer, Window
    from varde.query.filters import Node, Query

_Answer = TypeVar("_Answer")

_OF_ALL_ADDRESSES = ("mix", "force")
"""Policies that leave no record out."""

KIND = b"varde.table"
"""Metadata of a stream: the table that its records are of."""

_SET_HELP = "Words of the filter language, as in: src in DE and dport 22 since yesterday. - reads what another filter passes on."


@dataclass(frozen=True)
class Asked:
    """Switches that choose records."""

    words: tuple[str, ...] = ()
    table: str = "flows"
    is_table_named: bool = False
    given: Mapping[str, str] = field(default_factory=dict)
    "Of the rows of KEYS, by the main name of the switch."
    day: str | None = None
    since: str | None = None
    until: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    ipv6: str = "mix"
    maps: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    "Files that are asked instead of the store."
    endings: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, compare=False)
    "What is to be done when the command has ended."

    @property
    def chooses(self) -> bool:
        """Whether switches choose records by more than a period."""
        return self.is_table_named or self.ipv6 != "mix" or any((self.given, self.files, self.maps, self.start_date, self.end_date))

    @property
    def by_pipe(self) -> bool:
        """Whether the records are those that another command passes on: with -, or where nothing is asked and a pipe is there."""
        if self.words[:1] == ("-",):
            return True
        if self.files:
            return False
        asks = any((self.words, self.given, self.day, self.since, self.until, self.start_date, self.end_date))
        return not asks and _is_pipe(0)


def _is_pipe(number: int) -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno() if number == 0 else number).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode)


class Switches(TyperCommand):
    """A command that takes what SiLK's tools do: a unique beginning of a switch for the switch, and switches whose value may be left
    out."""

    ALONE = {"--print-statistics": "stderr", "--print-volume-statistics": "stderr", "--delimited": "|", "--cidr-blocks": "1"}  # noqa: RUF012 - never changed

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = [name for param in self.params for name in (*param.opts, *param.secondary_opts)]
        return super().parse_args(ctx, [self._whole(arg, known) for arg in args])

    def _whole(self, arg: str, known: list[str]) -> str:
        name, sign, value = arg.partition("=")
        if name.startswith("--") and name not in known:
            longer = [other for other in known if other.startswith(name)]
            name = longer[0] if len(longer) == 1 else name
        return f"{name}={self.ALONE[name]}" if name in self.ALONE and not sign else name + sign + value


def _option(names: tuple[str, ...], key: Key, refusing: bool) -> Any:
    values = VALUES[key.kind]
    say = f"{key.meaning.capitalize()} {'is none of' if refusing else 'is'}: {values}."
    return Annotated[str | None, typer.Option(*(f"--{name}" for name in names), metavar=key.kind.upper(), help=say)]


_OF_KEYS: dict[str, tuple[str, Any]] = {
    f"by_{name}".replace("-", "_"): (names[0], _option(names, key, names is key.refusing))
    for key in KEYS for names in (key.switches, key.refusing) if names for name in names[:1]
}  # fmt: skip
"""Parameters of commands: the main switch of each row of KEYS, and how it is declared."""

_OF_ALL: dict[str, tuple[Any, Any]] = {
    "words": (Annotated[list[str] | None, typer.Argument(metavar="FILTER", help=_SET_HELP, show_default=False)], None),
    "table": (Annotated[str | None, typer.Option("--table", help=f"What is asked about: {', '.join(TABLES)}.", show_default="flows")], None),
    "day": (Annotated[str | None, typer.Option("--day", help="today, yesterday or a date.", show_default=False)], None),
    "since": (Annotated[str | None, typer.Option("--since", help="From then on: a date, '2026-11-20 14:30', or an age such as 6h.")], None),
    "until": (Annotated[str | None, typer.Option("--until", help="Up to then; a date includes that day.", show_default="now")], None),
    "start_date": (Annotated[str | None, typer.Option("--start-date", metavar="YYYY/MM/DD[:HH]", help="First day or hour, UTC; alone it is the whole period.")], None),
    "end_date": (Annotated[str | None, typer.Option("--end-date", metavar="YYYY/MM/DD[:HH]", help="Last day or hour, and all of it.")], None),
    "ipv6_policy": (Annotated[str, typer.Option("--ipv6-policy", help="ignore, asv4, mix, force or only: which flows, and how addresses are written.")], "mix"),
    "from_": (Annotated[list[str] | None, typer.Option("--from", metavar="FILE", help="Ask this file instead of the store, and store nothing: what `varde read` reads, or Parquet or Arrow that filter wrote.")], None),
    "pmap": (Annotated[list[str] | None, typer.Option("--pmap", metavar="[NAME:]FILE", help="A prefix map as text; gives the fields src-NAME and dst-NAME.")], None),
}


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the switches of KEYS and of all questions, and their values as its first argument, an Asked."""
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind) for name, (kind, default) in _OF_ALL.items()]
    keyed = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, (_, kind) in _OF_KEYS.items()]
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]

    @functools.wraps(command)
    def called(**values: Any) -> None:
        given = {switch: value for name, (switch, _) in _OF_KEYS.items() if (value := values.pop(name)) is not None}
        shared_values = {name: values.pop(name) for name in _OF_ALL}
        maps, words = tuple(shared_values.pop("pmap") or ()), tuple(shared_values.pop("words") or ())
        files, table = tuple(shared_values.pop("from_") or ()), shared_values.pop("table")
        with contextlib.ExitStack() as endings:
            chosen = Asked(words, table or "flows", is_table_named=table is not None, given=given, maps=maps, files=files, endings=endings, ipv6=shared_values.pop("ipv6_policy"), **shared_values)
            command(chosen, **values)

    called.__signature__ = inspect.Signature([shared[0], *own, *shared[1:], *keyed])  # type: ignore[attr-defined]
    return called


@dataclass(frozen=True)
class Records:
    """Records that a question is put to. `nodes` are the conditions, which `passing` applies."""

    answerer: "Answerer"
    nodes: "list[Node]"
    put: "Callable[[Callable[[ir.Table], Any]], Any]"
    asked: Asked
    table: str
    put_sums: "Callable[[Callable[[ir.Table], Any], set[str]], Any] | None" = None
    "Puts a question that only adds up, with the columns that it looks at; None where there are no sums."
    window: "Window | None" = None
    "The period; None where the records come by a pipe."
    explain_nothing: Callable[[], None] | None = None
    "Says why there may be no answer; None where the command before knows it."

    @property
    def blank(self) -> "ir.Table":
        """Their columns and those that maps give, without rows."""
        from varde.query import blank

        return self._labelled(blank(self.table))

    def ask(self, question: "Callable[[ir.Table], _Answer]") -> _Answer:
        """The answer about all records of the period, whether they pass or not."""
        answer: _Answer = self.put(lambda table: question(self._of_policy(table)))
        return answer

    def about(self, question: "Callable[[ir.Table], _Answer]") -> _Answer:
        """The answer about those that pass."""
        from varde.query.traffic import passing

        return self.ask(lambda table: question(self._labelled(passing(table, self.nodes))))

    def added_up(self, question: "Callable[[ir.Table], _Answer]", fields: "Sequence[Shown]", values: "Sequence[Counted]") -> "_Answer":
        """The answer of a question that only groups by fields and adds up values: from sums where there are some."""
        from varde.query.traffic import columns_of, passing

        whole = self.put_sums is None or self.asked.maps or self.asked.ipv6 not in _OF_ALL_ADDRESSES
        columns = None if whole else columns_of(self.blank, fields, values, self.nodes)
        if columns is None or self.put_sums is None:
            return self.about(question)
        answer: _Answer = self.put_sums(lambda table: question(passing(table, self.nodes)), columns)
        return answer

    def matched_nothing(self) -> NoReturn:
        """Say so, and end with the status of that."""
        from varde.app.output import say

        if self.explain_nothing:
            self.explain_nothing()
        else:
            say(f"varde: standard input has no {self.table} that match")
        raise SystemExit(1)

    def _of_policy(self, table: "ir.Table") -> "ir.Table":
        from varde.query.traffic import of_policy

        return of_policy(table, self.asked.ipv6)

    def _labelled(self, table: "ir.Table") -> "ir.Table":
        from varde.query.traffic.labels import labels_of

        return labels_of(table, self.asked.maps)


def records_of(context: "Context", asked: Asked, *, several: bool = False) -> Records:
    """Records of the store or of standard input. `several`: whether more than one question will be put. Raises VardeError."""
    from varde.intel.ipset_file import read_set
    from varde.query.filters import chosen
    from varde.views.silk import POLICIES

    if asked.ipv6 not in POLICIES:
        raise VardeError(f"--ipv6-policy {asked.ipv6}: write {', '.join(POLICIES)}")
    loaded = functools.cache(read_set)
    words = asked.words[1:] if asked.words[:1] == ("-",) else asked.words
    query = _understood(words, loaded)
    nodes = [*([query.node] if query.node else []), *chosen(asked.given, loaded)]
    if asked.by_pipe and asked.files:
        raise VardeError("--from names files, and - standard input: leave out one of them")
    if asked.by_pipe:
        return _of_pipe(asked, nodes, several=several)
    return _of_store(context, asked, nodes, (query.day, query.since, query.until))


def _understood(words: tuple[str, ...], loaded: Any) -> "Query":
    """What the words ask. Raises FilterError; where one of them is a file's name, as rwfilter takes it, with the switch for it."""
    from varde.query.filters import FilterError, understood

    text = " ".join(words)
    try:
        return understood(text, loaded)
    except FilterError as error:
        named = next((word for word in words if text.startswith(word, error.begin) and Path(word).is_file()), None)
        if named is None:
            raise
        raise VardeError(f"{named} is a file, and words are conditions: write --from {named}, and --from before each other file") from error


def _of_store(context: "Context", asked: Asked, nodes: "list[Node]", said: tuple[str | None, ...]) -> Records:
    from varde.app.commands.asking import say_nothing
    from varde.app.engine import engine_of
    from varde.app.output import say

    if asked.table not in TABLES:
        raise VardeError(f"--table {asked.table}: there are {', '.join(TABLES)}")
    if asked.files and asked.table not in {table.name for table in RECORDS}:
        raise VardeError(f"--table {asked.table} is about the store itself; --from asks files about {', '.join(table.name for table in RECORDS)}")
    store = None
    if asked.files:
        from varde.app.asked_files import store_of

        store = store_of(context, asked.files, asked.table, asked.endings)
    engine = engine_of(context, store)
    window = _window(context, engine, asked, said)

    def explain_nothing() -> None:
        if asked.files:
            say(f"varde: no {asked.table} that match")
        else:
            say_nothing(context, [], engine, (TABLES[asked.table],), asked.table)

    return Records(
        engine, nodes, lambda question: engine.ask(window, question, asked.table), asked, asked.table,
        lambda question, columns: engine.ask_sums(window, lambda sums_of: question(sums_of(columns)), asked.table), window, explain_nothing,
    )  # fmt: skip


def _window(context: "Context", engine: Any, asked: Asked, said: tuple[str | None, ...]) -> "Window":
    from varde.app.commands.asking import window_of
    from varde.query import Window

    flags = (asked.day, asked.since, asked.until)
    if any(said) and any(flags):
        raise VardeError("the period is named twice: in the filter and by --day, --since or --until. Leave one of them out.")
    if asked.start_date is None and asked.end_date is None:
        return window_of(context, engine, (TABLES[asked.table],), *(said if any(said) else flags))
    if any(said) or any(flags):
        raise VardeError("the period is named twice: leave out --start-date and --end-date, or the other one.")
    first, last = _dates(asked.start_date, asked.end_date)
    return Window(first, last, action="all")


def _dates(start: str | None, end: str | None) -> tuple[Any, Any]:
    from varde.query.filters.values import span_of_time

    if start is None:
        raise VardeError("--end-date needs --start-date")
    spans = []
    for name, text in (("--start-date", start), ("--end-date", end or start)):
        span = span_of_time(text)
        if span is None:
            raise VardeError(f"{name} {text!r}: write 2009/02/13 or 2009/02/13:12")
        spans.append(span)
    if spans[0][0] >= spans[1][1]:
        raise VardeError(f"the period is empty: --start-date {start} is not before the end of --end-date {end}")
    return spans[0][0], spans[1][1]


def _of_pipe(asked: Asked, nodes: "list[Node]", *, several: bool) -> Records:
    from varde.query.embedded import Embedded

    answerer = Embedded()
    reader, name = _stream()
    if several:
        import pyarrow as pa

        whole = reader.read_all()
        return Records(answerer, nodes, lambda question: question(answerer.stream(pa.RecordBatchReader.from_batches(whole.schema, whole.to_batches()), "piped")), asked, name)
    table = answerer.stream(reader, "piped")
    return Records(answerer, nodes, lambda question: _put(question, table), asked, name)


def _put(question: "Callable[[ir.Table], Any]", table: "ir.Table") -> Any:
    """The answer of a question to a pipe. Raises VardeError where the pipe is damaged: the engine meets that while it reads."""
    import duckdb

    try:
        return question(table)
    except duckdb.InvalidInputException as error:
        if _DAMAGED not in str(error):
            raise
        raise VardeError(f"{_DAMAGED}: the command before it did not end well") from error


_DAMAGED = "the records on standard input are damaged or end too early"


def _stream() -> tuple[Any, str]:
    """What comes by standard input, checked, and the table that it is of."""
    import pyarrow as pa

    from varde.store.columns import arrow_schema

    try:
        stream = pa.ipc.open_stream(sys.stdin.buffer)
    except (pa.ArrowInvalid, OSError) as error:
        raise VardeError("standard input has no records: put `varde filter ... --pass=stdout |` before, or leave out - to ask the store") from error
    name = (stream.schema.metadata or {}).get(KIND, b"").decode(errors="replace")
    if name not in TABLES or stream.schema.remove_metadata() != arrow_schema(TABLES[name].fields):
        raise VardeError("standard input is an Arrow stream that `varde filter` of this version did not write")
    return pa.RecordBatchReader.from_batches(stream.schema.remove_metadata(), _checked(stream)), name


def _checked(stream: Any) -> Iterator[Any]:
    """Batches whose texts and lengths are what they say."""
    import pyarrow as pa

    try:
        for batch in stream:
            batch.validate(full=True)
            yield batch
    except (pa.ArrowInvalid, OSError) as error:
        raise VardeError(f"{_DAMAGED}: {error}") from error


def require_pipe(what: str) -> None:
    """Raises VardeError where standard output is a terminal, which octets would confuse."""
    if sys.stdout.isatty():
        raise VardeError(f"{what} writes octets for another program: pipe it into one, as in `| varde cut`, or name a file")


def context_of(store: Path | None, config: Path | None, tz: str | None = None, *, quiet: bool = False) -> Any:
    from varde.app.context import Context

    return Context(store, config, tz, quiet=quiet)
