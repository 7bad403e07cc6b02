"""What honeypots saw in a period that they had never seen before it, and how many logins were let in, against the days before."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import ibis
import ibis.expr.types as ir

from varde.decode.addresses import text_of
from varde.query.engine import Engine, Window, network_range
from varde.query.honeypot import with_sources
from varde.query.life import HONEYPOTS

DAYS_BEFORE = 7
"""Days before the period that give the usual number of logins let in."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be new: its name, the table it stands in, and the columns that make two of it the same."""

    name: str
    table: str
    keys: tuple[str, ...]


KINDS = (
    Kind("passwords", "logins", ("password",)), Kind("users", "logins", ("user",)), Kind("sources", "logins", ("src_addr",)),
    Kind("targets", "tunnels", ("target",)), Kind("ehlos", "payloads", ("ehlo",)), Kind("commands", "commands", ("input",)),
    Kind("files", "downloads", ("sha256",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fresh:
    """Of one kind: how many there were in the period, and how many of them never before it."""

    total: int
    new: int


@dataclass(frozen=True, slots=True)
class LetIn:
    """Logins that were let in: how many, from how many addresses, from where the most came, and how many a day had before."""

    logins: int
    sources: int
    most: str | None
    country: str | None
    usual: float


@dataclass(frozen=True, slots=True)
class Novelty:
    """A period of honeypots against what is stored of the time before it; `days` of it have records (0: nothing to compare with)."""

    days: int
    counts: dict[str, int]
    "Records of the period by table."
    let_in: LetIn
    fresh: dict[str, Fresh]


def novelty(engine: Engine, window: Window) -> Novelty:
    """Compare a period with all that is stored before it."""
    days, let_in = _let_in(engine, window)
    return Novelty(
        days=days, counts={table.name: _count(engine, window, table.name) for table in HONEYPOTS}, let_in=let_in,
        fresh={kind.name: _fresh(engine, window, kind) for kind in KINDS},
    )  # fmt: skip


def _whole(engine: Engine, window: Window, table: str) -> Window:
    """The window and all that is stored before it, whoever sent it: what anybody tried before is not new."""
    days = engine.store.days(table)
    begin = datetime(days[0].year, days[0].month, days[0].day, tzinfo=timezone.utc) if days else window.first
    return replace(window, first=min(begin, window.first), src=None)


def _count(engine: Engine, window: Window, table: str) -> int:
    return engine.ask(window, lambda t: int(engine.execute(t.aggregate(n=t.count()))[0]["n"]), table)


def _fresh(engine: Engine, window: Window, kind: Kind) -> Fresh:
    """One look at both times: whatever has records now, and whether it has some before."""
    whole = _whole(engine, window, kind.table)

    def question(table: ir.Table) -> Fresh:
        named = with_sources(engine, whole, table) if "src_addr" in kind.keys else table
        known = named.filter(named[kind.keys[0]].notnull())
        past = known.time < window.first
        groups = known.group_by(list(kind.keys)).aggregate(now=known.count(where=_here(known, window)), past=known.count(where=past))
        here = groups.filter(groups.now > 0)
        row = engine.execute(here.aggregate(total=here.count(), new=here.count(where=here.past == 0)))[0]
        return Fresh(int(row["total"]), int(row["new"]))

    return engine.ask(whole, question, kind.table)


def _here(table: ir.Table, window: Window) -> ir.BooleanValue:
    """Whether a record is of the window, and of its source where it asks for one."""
    here = table.time >= window.first
    if window.src is None:
        return here
    first, last = network_range(window.src)
    return here & (table.src_addr >= ibis.literal(first, "binary")) & (table.src_addr <= ibis.literal(last, "binary"))


def _let_in(engine: Engine, window: Window) -> tuple[int, LetIn]:
    """Days of the week before on which anybody tried to log in, and the logins that were let in."""
    before = replace(window, first=window.first - DAYS_BEFORE * _DAY, last=window.first)
    past = engine.ask(before, lambda t: engine.execute(t.aggregate(n=t.success.sum().fill_null(0))), "logins")[0]
    days = int(engine.ask(replace(before, src=None), lambda t: engine.execute(t.aggregate(n=t.day.nunique())), "logins")[0]["n"])
    rows = engine.ask(window, lambda t: engine.execute(_by_source(with_sources(engine, window, t.filter(t.success == 1)))), "logins")
    most = next((row for row in rows if row["src_addr"] is not None), None)
    return days, LetIn(
        logins=sum(int(row["n"]) for row in rows), sources=sum(row["src_addr"] is not None for row in rows),
        most=text_of(most["src_addr"]) if most else None, country=most["src_cc"] if most else None,
        usual=int(past["n"]) / days if days else 0.0,
    )  # fmt: skip


def _by_source(table: ir.Table) -> ir.Table:
    grouped = table.group_by("src_addr").aggregate(n=table.count(), src_cc=table.src_cc.max())
    return grouped.order_by(ibis.desc("n"), "src_addr")
