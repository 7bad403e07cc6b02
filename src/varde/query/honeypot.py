"""Questions about what honeypots saw: what was tried most, by whom, and where they wanted to go on to.

Every answer is a list of rows as Python values that JSON can have, in a total order, so that the same store gives the
same answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from varde.decode.addresses import text_of
from varde.decode.rows import iso
from varde.model import VardeError
from varde.query.engine import Engine, Window
from varde.query.summary import with_local_day

Row = dict[str, Any]

ORDERS = ("frequency", "rarity", "first")
"""What comes first: the most frequent; the rarest and then the longest, which says most about who sent it; the newest."""

FORMS = ("http", "tls", "smtp", "ssh", "unknown")
"""What a payload may be."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One table of the honeypot: rows of `table` grouped by `keys`, with what is measured of each group."""

    name: str
    title: str
    table: str
    keys: tuple[str, ...]
    measures: Callable[[ir.Table], dict[str, ir.Value]]
    only: Callable[[ir.Table], ir.BooleanValue] | None = None
    "Which rows count; all where None."
    count: str = "attempts"
    "Name of the measure that ranks."


def _attempts(t: ir.Table) -> dict[str, ir.Value]:
    return {"attempts": t.count(), "accepted": t.success.sum(), "sources": t.src_addr.nunique()}


def _requests(t: ir.Table) -> dict[str, ir.Value]:
    return {"requests": t.count(), "sources": t.src_addr.nunique(), "sessions": t.session.nunique(), "cc": t.target_cc.max(), "as": t.target_as.max()}


def _sent(t: ir.Table) -> dict[str, ir.Value]:
    return {"payloads": t.count(), "sources": t.src_addr.nunique(), "octets": t.length.sum(),
            "example": (t.offset.cast("string") + ":" + t.source).max()}  # fmt: skip


_ABOUT = ("form", "ehlo", "method", "host", "path", "referer", "agent", "cookie", "sni", "ja4", "ja4h")

RANKINGS = {
    ranking.name: ranking
    for ranking in (
        Ranking("passwords", "Passwords", "logins", ("password",), lambda t: {**_attempts(t), "users": t.user.nunique()}),
        Ranking("users", "User names", "logins", ("user",), lambda t: {**_attempts(t), "passwords": t.password.nunique()}),
        Ranking("pairs", "User names with passwords", "logins", ("user", "password"), _attempts),
        Ranking(
            "sources", "Sources of login attempts", "logins", ("src_addr",),
            lambda t: {"attempts": t.count(), "accepted": t.success.sum(), "users": t.user.nunique(), "passwords": t.password.nunique(),
                       "cc": t.src_cc.max(), "as": t.src_as.max()},
        ),
        Ranking("tunnels", "Where visitors wanted to go on to", "tunnels", ("target", "target_port"), _requests, count="requests"),
        Ranking("ports", "Ports visitors wanted to go on to", "tunnels", ("target_port",),
                lambda t: {"requests": t.count(), "targets": t.target.nunique(), "sources": t.src_addr.nunique()}, count="requests"),
        Ranking("payloads", "What visitors sent", "payloads", _ABOUT, _sent, count="payloads",
                only=lambda t: t.data.notnull() | t.method.notnull()),
        Ranking("commands", "What visitors typed", "commands", ("input",),
                lambda t: {"times": t.count(), "sources": t.src_addr.nunique(), "sessions": t.session.nunique()}, count="times",
                only=lambda t: t.outcome == "typed"),
        Ranking("mails", "Senders of mail", "mails", ("src_addr",),
                lambda t: {"mails": t.mails.sum(), "recipients": t.recipients.sum(), "octets": t.length.sum(),
                           "connections": t.session.nunique(), "ehlo": t.ehlo.max(), "sender": t.sender.max(), "cc": t.src_cc.max(),
                           "as": t.src_as.max()}, count="mails"),
        Ranking("downloads", "Files that visitors brought", "downloads", ("sha256", "direction", "url"),
                lambda t: {"times": t.count(), "sources": t.src_addr.nunique(), "name": t.name.max(), "kept": t.kept.max()}, count="times"),
    )
}  # fmt: skip
"""Rankings by name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to leave in and how to order it. `user`: only attempts with this name. `form`: only payloads that are this."""

    limit: int = 20
    order: str = "frequency"
    user: str | None = None
    form: str | None = None

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise VardeError(f"no such order: {self.order}. Choose one of {', '.join(ORDERS)}.")
        if self.form is not None and self.form not in FORMS:
            raise VardeError(f"no such form: {self.form}. Choose one of {', '.join(FORMS)}.")


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows of a ranking, and what they are a part of: groups and records in all."""

    ranking: Ranking
    rows: list[Row]
    groups: int
    records: int


def ranked(engine: Engine, window: Window, name: str, asked: Asked = Asked()) -> Ranked:
    """Rows of one of RANKINGS: its keys, its measures, `first` and `last` in the window, and `new`: never seen before it
    (None where nothing before it is stored).

    Raises VardeError for an unknown ranking."""
    ranking = RANKINGS.get(name)
    if ranking is None:
        raise VardeError(f"no such table: {name}. There are {', '.join(RANKINGS)}.")
    if asked.user is not None and ranking.table != "logins":
        raise VardeError(f"{name} are not about user names: leave out --user.")
    if asked.form is not None and ranking.table != "payloads":
        raise VardeError(f"{name} have no form: leave out --form.")
    rows = engine.ask(window, lambda t: engine.execute(_ranked(_wanted(engine, window, t, ranking, asked), ranking, asked)), ranking.table)
    totals = engine.ask(window, lambda t: engine.execute(_totals(_wanted(engine, window, t, ranking, asked), ranking)), ranking.table)[0]
    earlier = _earlier(engine, window, ranking, rows) if rows else None
    return Ranked(ranking, [_plain(row, ranking, earlier) for row in rows], int(totals["groups"]), int(totals["records"]))


def first_rows(engine: Engine, window: Window, name: str, limit: int) -> list[Row]:
    """The most frequent rows of a ranking alone: in one question, without what is new and how many there are in all."""
    ranking, asked = RANKINGS[name], Asked(limit)
    rows = engine.ask(window, lambda t: engine.execute(_ranked(_wanted(engine, window, t, ranking, asked), ranking, asked)), ranking.table)
    return [plain(row) for row in rows]


SESSION_LONGEST = timedelta(days=1)
"""How long after its first line a session may still do something: Cowrie ends one that is idle for minutes."""

_SOURCE = ("src_addr", "src_net", "src_cc", "src_as")


def with_sources(engine: Engine, window: Window, table: ir.Table) -> ir.Table:
    """The table with the sources of its sessions where its own lines name none: some logs say it in a session's first line only,
    which may stand up to SESSION_LONGEST before the window.

    Where all lines name a source, nothing is looked up."""
    silent = table.filter(table.src_addr.isnull() & table.session.notnull())
    if not int(engine.execute(silent.aggregate(n=silent.count()))[0]["n"]):
        return table
    sessions = engine.records(replace(window, first=window.first - SESSION_LONGEST), "sessions")
    known = sessions.filter(sessions.src_addr.notnull()).group_by("sensor", "session").aggregate(
        **{f"{name}_told": sessions[name].max() for name in _SOURCE}
    )
    joined = table.left_join(known, ("sensor", "session")).drop("sensor_right", "session_right")
    return joined.mutate(**{name: ibis.coalesce(joined[name], joined[f"{name}_told"]) for name in _SOURCE}).drop(*[f"{name}_told" for name in _SOURCE])


def _wanted(engine: Engine, window: Window, table: ir.Table, ranking: Ranking, asked: Asked) -> ir.Table:
    table = with_sources(engine, window, table)
    if ranking.only is not None:
        table = table.filter(ranking.only(table))
    if asked.form is not None:
        table = table.filter(table.form == asked.form)
    return table.filter(table.user == asked.user) if asked.user is not None else table


def _ranked(table: ir.Table, ranking: Ranking, asked: Asked) -> ir.Table:
    measures = {**ranking.measures(table), "first": table.time.min(), "last": table.time.max()}
    grouped = table.group_by(list(ranking.keys)).aggregate(**measures)
    if ranking.count == "mails":
        grouped = grouped.filter(grouped.mails > 0)
    text = [key for key in ranking.keys if key in ("user", "password", "input")]
    length = [ibis.desc(sum((grouped[key].length().fill_null(0) for key in text), ibis.literal(0)))] if text else []
    leading = {"frequency": [ibis.desc(ranking.count)], "rarity": [ibis.asc(ranking.count), *length], "first": [ibis.desc("first")]}
    return grouped.order_by(*leading[asked.order], *ranking.keys).limit(asked.limit)


def _totals(table: ir.Table, ranking: Ranking) -> ir.Table:
    sends = ranking.count == "mails"  # who sent none has no row
    groups = (table.filter(table.mails > 0) if sends else table).select(*ranking.keys).distinct().count()
    return table.aggregate(records=table.mails.sum().fill_null(0) if sends else table.count()).mutate(groups=groups)


def _earlier(engine: Engine, window: Window, ranking: Ranking, rows: list[Row]) -> set[tuple[Any, ...]] | None:
    """Groups among the rows that were seen before the window; None where there is nothing before it to compare with."""
    days = engine.store.days(ranking.table)
    begin = datetime(days[0].year, days[0].month, days[0].day, tzinfo=timezone.utc) if days else window.first
    if begin >= window.first:
        return None
    past = Window(begin, window.first, "all", window.sensor)
    if not int(engine.ask(past, lambda t: engine.execute(t.aggregate(n=t.count())), ranking.table)[0]["n"]):
        return None
    lead = ranking.keys[0]
    some = [row[lead] for row in rows if row[lead] is not None]
    found = engine.ask(past, lambda t: engine.execute(
        t.filter(t[lead].isin(some) | t[lead].isnull()).select(*ranking.keys).distinct()
    ), ranking.table)  # fmt: skip
    return {tuple(row[key] for key in ranking.keys) for row in found}


def _plain(row: Row, ranking: Ranking, earlier: set[tuple[Any, ...]] | None) -> Row:
    new = None if earlier is None else tuple(row[key] for key in ranking.keys) not in earlier
    return plain(row) | {"new": new}


def plain(row: Row) -> Row:
    """A row as JSON has it: addresses as RFC 5952 text, times as ISO 8601 UTC."""
    return {key: _value(value) for key, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return text_of(value) if len(value) == 16 else value.decode("utf-8", "backslashreplace")
    return iso(value) if isinstance(value, datetime) else value


def curve(engine: Engine, window: Window, name: str, rows: Iterable[Row], zone: ZoneInfo, user: str | None = None) -> dict[tuple[Any, ...], dict[str, int]]:
    """Records of each local day, by the keys of the ranking: {("root", "123456"): {"2026-11-20": 12}}. `user`: as in Asked."""
    ranking = RANKINGS[name]
    if ranking.keys[0] == "src_addr":
        raise VardeError("a curve is of names, not of addresses")
    lead = ranking.keys[0]
    wanted = {row[lead] for row in rows}

    def question(t: ir.Table) -> list[Row]:
        named = t[lead].isin(sorted(wanted - {None}))
        chosen = t.filter(named | t[lead].isnull() if None in wanted else named)
        if ranking.only is not None:
            chosen = chosen.filter(ranking.only(chosen))
        if user is not None:
            chosen = chosen.filter(chosen.user == user)
        return engine.execute(with_local_day(chosen, window, zone).group_by(*ranking.keys, "local").aggregate(n=ibis._.count()).order_by("local"))

    days: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in engine.ask(window, question, ranking.table) if wanted else []:
        day = (date(1970, 1, 1) + timedelta(days=int(row["local"]))).isoformat()
        days.setdefault(tuple(row[key] for key in ranking.keys), {})[day] = int(row["n"])
    return days


def also_tunnelled(engine: Engine, window: Window, rows: list[Row]) -> dict[str, int]:
    """Tunnel requests in the window of each source, by address as text; sources that made none are left out."""
    counted = engine.ask(window, lambda t: engine.execute(t.group_by("src_addr").aggregate(n=t.count())), "tunnels")
    known = {row["src_addr"] for row in rows}
    tunnels = {text_of(row["src_addr"]): int(row["n"]) for row in counted if row["src_addr"] is not None}
    return {source: count for source, count in tunnels.items() if source in known}


def login_records(engine: Engine, window: Window, *, limit: int, user: str | None = None, accepted: bool | None = None) -> list[Row]:
    """The newest attempts, newest first."""
    def question(t: ir.Table) -> list[Row]:
        if user is not None:
            t = t.filter(t.user == user)
        if accepted is not None:
            t = t.filter(t.success == int(accepted))
        columns = ("time", "sensor", "src_addr", "src_cc", "src_as", "service", "user", "password", "success", "session")
        return engine.execute(t.order_by(ibis.desc("time"), "source", "offset").select(*columns).limit(limit))

    return [plain(row) for row in engine.ask(window, question, "logins")]
