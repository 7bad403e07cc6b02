"""Who had an outside address and port, and when: what routers told of translations, joined into spans.

    events and flows of `nat` --one shape--> outside, inside, peer --by translation, in order--> spans

An event says that a translation began or ended. A flow with other addresses behind the router says that there was one while it
lasted. Both directions of a connection give the same outside, inside and peer, whichever end the exporter calls the source.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import ibis
import ibis.expr.types as ir
import polars as pl

from varde.model import NAT, VardeError
from varde.query.engine import Engine, Window, network_range

ROWS_MAX = 500_000
"""Events and flows that one answer is made of: more fit no memory, and nobody reads the spans that they make."""

REACH = timedelta(days=1)
"""How long before and after its period a question without an address looks for beginnings and ends."""

FLOW_REACH = timedelta(hours=1)
"""How long before and after a period flows are looked at: routers report those that go on every half hour, or more often."""

LINGERS = timedelta(minutes=5)
"""How long a translation may live after its last packet: what RFC 4787 recommends for UDP (REQ-5). Flows that are nearer to each
other than this are told as one span."""

BEGIN, SEEN, END = 0, 1, 2
"""What a record says of a translation, in the order in which records of one moment are read."""

BEGINNINGS = (1, 4, 6, 8, 10, 14, 16)
ENDS = (2, 5, 7, 9, 11, 15, 17)
"""IANA's registry natEvent (RFC 8158): sessions, bindings, addresses and blocks of ports. Others tell that something ran out."""

_UNSAID = 0  # the event that is none; some exporters fill the field so in flows
_TO_IPV6 = (6, 7, 10, 11)  # NAT64: what stands for the other end inside is no address that anybody had
_FIREWALL = {1: BEGIN, 2: END, 5: SEEN}  # firewallEvent; what was denied (3) was not translated
_NOWHERE = bytes(10) + b"\xff\xff" + bytes(4)

_PLACE = ("sensor", "exporter", "domain", "proto", "outside_addr", "outside_port", "first_port", "last_port", "peer_addr", "peer_port")
"""What only one inside end has at a time. Ports may be shared by peer."""

_INSIDE = ("inside_addr", "inside_port")
_COLUMNS = (*_PLACE, *_INSIDE, "what", "began", "until")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which translations: those that there were between two moments, of an address or network, port and protocol."""

    first: datetime
    last: datetime
    address: str | None = None
    "Outside or inside."
    port: int | None = None
    "Of the same end as the address; where no address is named, the outside one."
    proto: int | None = None


def translations(engine: Engine, wanted: Wanted) -> pl.DataFrame:
    """A row for each span, in order of time: the columns of _PLACE and _INSIDE, and

    began, ended: as told, else null; last: when it was last told of; events: of how many records; told: whether any of them said
    that it began or ended; not_before, not_after: moments when another inside end had the same place; when: 0 where the span and
    what is wanted have a moment in common, -1 where it was before, 1 where it came after.
    Raises VardeError where there are too many to tell."""
    rows = _records(engine, wanted)
    if len(rows) > ROWS_MAX:
        raise VardeError(f"more than {ROWS_MAX:,} records of translations would have to be looked at. Name an --address, a --port or a shorter period.")
    return _placed(_spans(rows.unique(maintain_order=True)), wanted)


def _records(engine: Engine, wanted: Wanted) -> pl.DataFrame:
    """Rows of _COLUMNS. Events of an address are looked for in all that is stored; else what is near the period is enough."""

    def question(table: ir.Table) -> pl.DataFrame:
        near = _near(table, wanted)
        both = ibis.union(_shape(_source_side(near)), _shape(_destination_side(near)))
        frame = pl.from_arrow(engine.arrow(_filtered(both, wanted).limit(ROWS_MAX + 1)))
        assert isinstance(frame, pl.DataFrame)
        return frame

    if wanted.address is None:
        return engine.ask(Window(wanted.first - REACH, wanted.last + REACH, action="all"), question, NAT.name)
    return engine.ask_all(NAT.name, question)


def _near(table: ir.Table, wanted: Wanted) -> ir.Table:
    """What may belong to the answer, by columns as they are stored: engines compare those fastest."""
    told = table.event.nullif(_UNSAID).notnull() | table.firewall_event.nullif(_UNSAID).notnull() | table.first_port.notnull()
    first, last = (moment.astimezone(timezone.utc) for moment in (wanted.first - FLOW_REACH, wanted.last + FLOW_REACH))
    table = table.filter(told | ((table.time >= first) & (table.time < last)))
    if wanted.address is None:
        return table
    ends = tuple(ibis.literal(end, "binary") for end in network_range(wanted.address))
    columns = ("nat_src_addr", "src_addr", "dst_addr", "nat_dst_addr")
    return table.filter(ibis.or_(*(_between(table[name], *ends).fill_null(False) for name in columns)))


def _source_side(table: ir.Table) -> ir.Table:
    """An inside end that goes out: its address is another outside."""
    port = table.nat_src_port.nullif(0).fill_null(table.src_port)
    moved = table.nat_src_addr.notnull() & ((table.nat_src_addr != table.src_addr) | (port != table.src_port) | table.first_port.notnull())
    return table.filter(moved.fill_null(False)).mutate(
        outside_addr=table.nat_src_addr, outside_port=ibis.ifelse(table.first_port.isnull(), port, ibis.null("int64")),
        inside_addr=table.src_addr, inside_port=ibis.ifelse(table.first_port.isnull(), table.src_port, ibis.null("int64")),
        peer_addr=table.nat_dst_addr.fill_null(table.dst_addr), peer_port=table.nat_dst_port.nullif(0).fill_null(table.dst_port),
    )  # fmt: skip


def _destination_side(table: ir.Table) -> ir.Table:
    """What comes from outside to an address that is an inside end's: a forwarded port, or answers."""
    port = table.nat_dst_port.nullif(0).fill_null(table.dst_port)
    moved = table.nat_dst_addr.notnull() & ((table.nat_dst_addr != table.dst_addr) | (port != table.dst_port))
    found = table.filter(moved.fill_null(False), ~table.event.isin(_TO_IPV6).fill_null(False), table.first_port.isnull())
    return found.mutate(
        outside_addr=found.dst_addr, outside_port=found.dst_port, inside_addr=found.nat_dst_addr, inside_port=port,
        peer_addr=found.src_addr, peer_port=found.src_port,
    )  # fmt: skip


def _shape(table: ir.Table) -> ir.Table:
    """One form for both directions, without what says nothing of a translation."""
    what = ibis.cases(
        (table.event.isin(BEGINNINGS), BEGIN), (table.event.isin(ENDS), END), (table.event.nullif(_UNSAID).notnull(), None),
        *((table.firewall_event == code, meaning) for code, meaning in _FIREWALL.items()), (table.firewall_event.nullif(_UNSAID).notnull(), None),
        else_=SEEN,
    )  # fmt: skip
    lasted = table.end_time.notnull() & (table.end_time > table.time)
    told = table.mutate(
        what=what.cast("int64"), until=table.end_time.fill_null(table.time), peer_addr=table.peer_addr.nullif(ibis.literal(_NOWHERE, "binary")),
    )  # fmt: skip
    # an end that tells no beginning has only the moment of the end
    return told.mutate(began=ibis.ifelse((told.what != END) | lasted, told.time, ibis.null(told.time.type()))).filter(told.what.notnull()).select(*_COLUMNS)


def _filtered(table: ir.Table, wanted: Wanted) -> ir.Table:
    if wanted.proto is not None:
        table = table.filter((table.proto == wanted.proto) | table.proto.isnull())  # blocks of ports are of any
    outside = _is_port(table, wanted.port)
    if wanted.address is None:
        return table.filter(outside) if wanted.port is not None else table
    first, last = (ibis.literal(end, "binary") for end in network_range(wanted.address))
    inside = (table.inside_port == wanted.port) | table.inside_port.isnull() if wanted.port is not None else ibis.literal(True)
    return table.filter((_between(table.outside_addr, first, last) & outside) | (_between(table.inside_addr, first, last) & inside))


def _between(address: ir.Value, first: ir.Value, last: ir.Value) -> ir.BooleanValue:
    return (address >= first) & (address <= last)


def _is_port(table: ir.Table, port: int | None) -> ir.BooleanValue:
    """Whether a port is the outside one, or of its block, or all ports are."""
    if port is None:
        return ibis.literal(True)
    blocked = (table.first_port <= port) & (port <= table.last_port.fill_null(table.first_port))
    whole = table.outside_port.isnull() & table.first_port.isnull()
    return (table.outside_port == port) | blocked.fill_null(False) | whole


def _spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Records in order become spans: a beginning opens one, an end closes it, flows near each other are one."""
    at = pl.when(pl.col("what") == END).then("until").otherwise("began")
    ordered = rows.with_columns(at=at).sort(*_PLACE, *_INSIDE, "at", "what", "until")
    keyed = ordered.with_columns(key=(~_as_before((*_PLACE, *_INSIDE))).cum_sum())
    near = keyed.with_columns(before=pl.col("what").shift().over("key"), reached=pl.col("until").cum_max().shift().over("key"))
    numbered = near.with_columns(span=(~_goes_on().fill_null(value=False)).cum_sum())
    return numbered.group_by("span", maintain_order=True).agg(
        *(pl.col(name).first() for name in (*_PLACE, *_INSIDE)),
        began=pl.col("began").min(), ended=pl.col("until").filter(pl.col("what") == END).max(), last=pl.col("until").max(),
        events=pl.len().cast(pl.Int64), told=(pl.col("what") != SEEN).any(),
    ).drop("span")  # fmt: skip


def _as_before(columns: tuple[str, ...]) -> pl.Expr:
    """Whether a row has the same in all of these as the row before it."""
    return pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in columns) & (pl.int_range(pl.len()) > 0)


def _goes_on() -> pl.Expr:
    """Whether a record is of the same span as the one before it, of the same translation."""
    begun, seen = pl.col("before") == BEGIN, pl.col("before") == SEEN
    near = pl.min_horizontal("at", "began") <= pl.col("reached") + LINGERS
    return (
        pl.when(pl.col("what") == BEGIN).then((begun & (pl.col("at") == pl.col("at").shift())) | (seen & (pl.col("at") <= pl.col("reached"))))
        .otherwise(begun | (seen & near))
    )  # fmt: skip


def _placed(spans: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Spans between those of others at the same place, and in relation to what is wanted."""
    ordered = spans.with_columns(at=pl.coalesce("began", "last")).sort(*_PLACE, "at", "last")
    bounded = ordered.with_columns(follows=_as_before(_PLACE)).with_columns(
        not_before=pl.when(pl.col("began").is_null() & pl.col("follows")).then(pl.col("last").shift()),
        not_after=pl.when(pl.col("ended").is_null() & pl.col("follows").shift(-1, fill_value=False)).then(pl.max_horizontal(pl.col("at").shift(-1), "last")),
    )  # fmt: skip
    lingering = pl.when(pl.col("told")).then(None).otherwise(pl.col("last") + LINGERS)
    first, last = (moment.astimezone(timezone.utc) for moment in (wanted.first, wanted.last))
    begin, end = pl.coalesce("began", "not_before"), pl.coalesce("ended", pl.min_horizontal("not_after", lingering))
    when = pl.when((end < first).fill_null(value=False)).then(-1).when((begin >= last).fill_null(value=False)).then(1).otherwise(0)
    return bounded.with_columns(when=when).sort("at", *_PLACE, *_INSIDE).drop("at", "follows")
