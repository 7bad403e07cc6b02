"""The engine that answers, and the window that a question looks through."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone
from typing import Any, TypeVar

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from varde.model import ALLOWED, FLOWS, PLANES, PROBES, REFUSED, TABLES, VardeError
from varde.model.rollups import rollup_of
from varde.query.backend import Answerer, Backend
from varde.query.embedded import Embedded
from varde.query.hold import Hold
from varde.query.rolled import columns_wanted, cut, day_of, summed
from varde.store import Store
from varde.store.columns import GROWN, NETWORKS, SAID, arrow_schema

FILES_MAX = 500
FILES_A_DAY = 4
"""Files a question may open: so many in all, and so many of each day on top; more means that they wait to be merged."""

YEARS = (1970, 2200)
"""Before it there is no time of ours, and dates near the ends of the calendar overflow when a zone moves them."""

_MAPPED = b"\x00" * 10 + b"\xff\xff"
_MAPPED_BITS = 96
_Answer = TypeVar("_Answer")

Watch = Callable[[Callable[[], float | None]], AbstractContextManager[None]]
"""Goes with a question, and is given what tells how far it is."""

SumsOf = Callable[[AbstractSet[str]], ir.Table]
"""A table that has some columns, and what is summed."""

ACTIONS = {"refused": REFUSED, "all": (*REFUSED, *ALLOWED)} | {name: (name,) for name in (*REFUSED, *ALLOWED)}
"""What `--action` may say."""


PORTED = (6, 17)
"""TCP and UDP, the protocols whose planes have ports."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which records a question is about: from `first` up to, not including, `last`, and the filters."""

    first: datetime
    last: datetime
    action: str = "refused"
    sensor: str | None = None
    src: str | None = None
    "An address or network."
    dst: str | None = None
    planes: tuple[str, ...] = ()
    port_min: int | None = None
    port_max: int | None = None
    country: str | None = None
    portless: bool = False
    "Only records that should have a port and have none, such as fragments of TCP and UDP."
    src_as: int | None = None
    "Number of the AS that the source lies in."

    def __post_init__(self) -> None:
        if self.first >= self.last:
            raise VardeError(f"the period is empty: it would begin {self.first} and end {self.last}")
        if self.first.year < YEARS[0] - 1 or self.last.year > YEARS[1] + 1:  # a zone may move an end into the next year
            raise VardeError(f"the period is out of reach: a question is about the years {YEARS[0]} to {YEARS[1]}")
        if self.action not in ACTIONS:
            raise VardeError(f"no such action: {self.action}. Choose one of {', '.join(ACTIONS)}.")
        for name in (self.src, self.dst):
            if name is not None:
                network_range(name)

    def without_ports(self) -> "Window":
        return replace(self, port_min=None, port_max=None, portless=False)


def microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def network_range(text: str) -> tuple[bytes, bytes]:
    """First and last address of an address or network, 16 octets each. Raises VardeError for anything else."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise VardeError(f"{text!r} is no address or network. Write 203.0.113.5, 203.0.113.0/24 or 2001:db8::/32.") from error
    ends = network.network_address.packed, network.broadcast_address.packed
    return (ends[0], ends[1]) if network.version == 6 else (_MAPPED + ends[0], _MAPPED + ends[1])


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def epoch_us(moment: dt.Timestamp("UTC", 6)) -> dt.int64:  # type: ignore[valid-type]
    """Microseconds since 1970: DuckDB's own function, forty times as fast as what Ibis makes of seconds and microseconds.

    Spark calls it `unix_micros`."""


@ibis.udf.scalar.builtin(name="hash")  # type: ignore[untyped-decorator]
def hashed(address: dt.binary) -> dt.uint64:
    """64 bits of an address: DuckDB's own function; Ibis makes a signed number of it by way of a text of bits, which takes as long
    as all the rest.

    Spark calls it `xxhash64`."""


def distinct_sources(table: ir.Table) -> ir.IntegerScalar:
    """How many source addresses: of 64-bit hashes of them, which is twice as fast as of 16 octets.

    Two addresses of ten million would share one once in 370,000 questions."""
    return hashed(table.src_addr).nunique()


def plane() -> ir.StringValue:
    """The key of a probe's plane, as an expression over a table with `proto` and `src_net`."""
    return _plane({entry.key: ibis.literal(entry.key) for entry in PLANES})


def plane_number() -> ir.IntegerValue:
    """The place of a probe's plane in PLANES: numbers are grouped faster than texts."""
    return _plane({entry.key: ibis.literal(number, "int8") for number, entry in enumerate(PLANES)})


def _plane(name: Mapping[str, ir.Value]) -> Any:
    table = ibis._
    # of a source's network, which is IPv4 where the source is: a column of few values, that engines compare once each
    v4 = table.src_net < _V4_END
    v4 &= table.src_net >= _V4_BEGIN
    tcp = ibis.ifelse(v4, name["tcp4"], name["tcp6"])
    udp = ibis.ifelse(v4, name["udp4"], name["udp6"])
    icmp = table.proto.isin([1, 58])
    return ibis.cases((table.proto == 6, tcp), (table.proto == 17, udp), (icmp, name["icmp"]), else_=name["other"])


_V4_BEGIN = ibis.literal(_MAPPED + b"\x00" * 4, type="binary")
_V4_END = ibis.literal(b"\x00" * 9 + b"\x01" + b"\x00" * 6, type="binary")


def blank(name: str) -> ir.Table:
    """The columns of a table, without rows: to look at what an expression needs."""
    return ibis.table(ibis.Schema.from_pyarrow(arrow_schema(TABLES[name].fields)), name=name)


class Engine(Answerer):
    """Asks questions of a store: of DuckDB in this process, where no other backend is given."""

    def __init__(self, store: Store, backend: Backend | None = None, watch: Watch | None = None) -> None:
        self._store = store
        self._backend = backend or Embedded()
        self._watch = watch

    @property
    def store(self) -> Store:
        return self._store

    def arrow(self, expression: ir.Table) -> Any:
        return self._backend.arrow(expression)

    def batches(self, expression: ir.Table, rows: int = 100_000) -> Any:
        return self._backend.batches(expression, rows)

    @contextmanager
    def held(self, hold: Hold, memory: str) -> Iterator[None]:
        """Put what this thread asks under a hold, with so much memory. Raises VardeError where it is stopped, late or takes more."""
        with self._backend.held(hold, memory):
            yield

    def ask(self, window: Window, question: Callable[[ir.Table], _Answer], table: str = PROBES.name) -> _Answer:
        """Answer a question about the records in a window. A file that a merge removed meanwhile: asked again once."""
        return self._twice(lambda: question(self.records(window, table)))

    def ask_sums(self, window: Window, question: Callable[["SumsOf"], _Answer], table: str) -> _Answer:
        """Answer a question that does nothing but group, filter, add up and look at what is different. It is given a function that has
        for the columns it groups, filters and compares by a table of records, or of sums with `rolled.WEIGHT`; both have
        `rolled.SUMMED`."""
        return self._twice(lambda: question(lambda columns: self._sums(window, table, columns)))

    def _sums(self, window: Window, name: str, columns: AbstractSet[str]) -> ir.Table:
        rollup = rollup_of(columns_wanted(window, columns)) if name == FLOWS.name and self._backend.has_sums else None
        if rollup is None:
            return self.records(window, name)
        first, last = window.first.astimezone(timezone.utc), window.last.astimezone(timezone.utc)
        found = cut(first, last, self._store.files(name, first.date(), last.date()), self._store.rollups, rollup)
        if found is None:
            return self.records(window, name)

        def read(files: list[str], part: str) -> ir.Table:
            return self._read(name, files, f"{rollup.name}_{part}")

        return _filtered(summed(found, first, last, rollup, read), window)

    def ask_all(self, name: str, question: Callable[[ir.Table], _Answer]) -> _Answer:
        """Answer a question about the whole of a table, in the same way."""
        return self._twice(lambda: question(self._read(name, self._store.files(name))))

    def _twice(self, ask: Callable[[], _Answer]) -> _Answer:
        """A file that a merge removed between listing and reading is no error: the new list does not have it.

        Raises VardeError for a file that is missing or damaged the second time too."""
        with self._backend.asking(), self._watch(self._backend.progress()) if self._watch else nullcontext():
            try:
                return ask()
            except self._backend.gone:
                pass
            try:
                return ask()
            except self._backend.gone as error:
                if isinstance(error, VardeError):
                    raise
                text = str(error).partition("\n")[0]
                raise VardeError(f"a file of the store is missing or damaged: {text}. Put it back, or read the logs into a new store.") from error

    def _read(self, name: str, files: list[str], part: str = "asked") -> ir.Table:
        """Files as a table. `part`: which of those that one question needs, as it is known by it."""
        days = len({path.rpartition("/")[0] for path in files})
        if len(files) > FILES_MAX + FILES_A_DAY * days:
            raise VardeError(f"the question would open {len(files)} files. Run `varde tidy` to merge them, or ask about fewer days.")
        return _whole(self._backend.read(name, files, part), name) if files else self._backend.nothing(name)

    def records(self, window: Window, name: str) -> ir.Table:
        """The records of one table in a window; of several tables when the question is put through `ask`."""
        first, last = window.first.astimezone(timezone.utc), window.last.astimezone(timezone.utc)
        files = self._store.files(name, first.date(), last.date())
        table = self._read(name, files)
        if not _covers(first, last, files):
            table = table.filter(table.time >= first, table.time < last)
        return _filtered(table, window)


def _whole(table: ir.Table, name: str) -> ir.Table:
    """A table with the columns that files of an older store lack, as nulls, and with those that files of flows leave out."""
    if name not in GROWN:
        return table
    missing = [field for field in arrow_schema(TABLES[name].fields) if field.name not in table.columns]
    whole = table.mutate(**{field.name: ibis.null(dt.DataType.from_pyarrow(field.type)) for field in missing}) if missing else table
    return _filled(whole) if name == FLOWS.name else whole


def _filled(flows: ir.Table) -> ir.Table:
    """Flows with what files do not say twice; sums of flows have a part of the columns."""
    there = {name: other for name, other in (SAID | NETWORKS).items() if {name, other} <= {*flows.columns}}
    said = {name: flows[other] if name in SAID else _network(flows[other]) for name, other in there.items()}
    return flows.mutate(**{name: ibis.coalesce(flows[name], value) for name, value in said.items()})


def _network(address: Any) -> ir.BinaryValue:
    """The /24 of an IPv4 address, the /64 of an IPv6 one."""
    v4 = (address >= _V4_BEGIN) & (address < _V4_END)
    ends = {octets: ibis.literal(bytes(16 - octets), type="binary") for octets in (8, 15)}
    return ibis.ifelse(v4, _joined(_cut(address, 1, 15), ends[15]), _joined(_cut(address, 1, 8), ends[8]))


@ibis.udf.scalar.builtin(name="array_slice")  # type: ignore[untyped-decorator]
def _cut(octets: dt.binary, first: int, last: int) -> dt.binary:
    """The first octets, from 1 on."""


@ibis.udf.scalar.builtin(name="concat")  # type: ignore[untyped-decorator]
def _joined(octets: dt.binary, more: dt.binary) -> dt.binary:
    """Octets behind others."""


def _covers(first: datetime, last: datetime, files: list[str]) -> bool:
    """Whether the files' days lie wholly between two moments of UTC: then no time need be read to know what is asked about."""
    days = [day_of(path) for path in files]
    ends = [datetime.combine(day, time(), timezone.utc) for day in (min(days), max(days))] if days else [last, first]
    return first <= ends[0] and ends[1] + timedelta(days=1) <= last


def _filtered(table: ir.Table, window: Window) -> ir.Table:
    wanted = []
    if window.action != "all" and "action" in table.columns:
        wanted.append(table.action.isin(ACTIONS[window.action]))
    if window.sensor is not None:
        wanted.append(table.sensor == window.sensor)
    for column, text in (("src_addr", window.src), ("dst_addr", window.dst)):
        if text is not None:
            first, last = network_range(text)
            wanted += [table[column] >= ibis.literal(first, "binary"), table[column] <= ibis.literal(last, "binary")]
    if window.country is not None:
        wanted.append(table.src_cc == window.country)
    if window.src_as is not None:
        wanted.append(table.src_as == window.src_as)
    if window.planes:
        wanted.append(plane().isin(list(window.planes)))
    wanted += _ports_wanted(table, window)
    return table.filter(*wanted) if wanted else table


def _ports_wanted(table: ir.Table, window: Window) -> list[ir.BooleanValue]:
    wanted = [table.dst_port.isnull(), table.proto.isin(PORTED)] if window.portless else []
    if window.port_min is not None:
        wanted.append(table.dst_port >= window.port_min)
    if window.port_max is not None:
        wanted.append(table.dst_port <= window.port_max)
    return wanted
