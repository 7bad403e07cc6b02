"""What a period had that the one before it had not: all that a morning's page of sentences is made of."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from varde.detect import open_keys
from varde.model import FLOWS, LOGINS, PROBES, RECORDS, TUNNELS, WARNINGS
from varde.query.beside import Beside, Compared, beside, compared, tally
from varde.query.campaigns import Found, campaigns
from varde.query.engine import Engine, Window
from varde.query.honeypot import Asked, ranked
from varde.query.ledger import Account, accounts
from varde.query.newcomers import Arrived, Newcomer, loud_newcomers, new_countries
from varde.query.novelty import Novelty, novelty
from varde.query.summary import extent, source_total, total
from varde.query.surges import Answer, surges
from varde.query.warnings import Counted, statistics

ASKED_NAMES = 200
"""The most frequent names of the honeypot among which new ones are looked for, to be quoted."""

_NO_LISTS = "[]"
"""What warnings of detectors have, whose findings are told here by themselves."""

SILENT_MIN = 20
"""Records that a sensor had the day before, from which on none at all says that it is silent."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Something new at the honeypot: of which ranking, how many never seen before, and the most frequent of these."""

    ranking: str
    count: Compared
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pot:
    """The honeypot's period: logins let in, and what is new."""

    novelty: Novelty
    logins: Compared
    let_in: Compared
    fresh: tuple[Fresh, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """A sensor that told nothing in the period, and how many records it had in the one before."""

    sensor: str
    before: int


@dataclass(frozen=True, slots=True)
class Past:
    """Campaigns of a kind: how many, and ln of how likely the least likely one was."""

    count: int
    log_p: float


@dataclass(frozen=True, slots=True)
class Brief:
    """All of a period. None stands for what nothing is stored of."""

    times: Beside
    probes: Compared | None
    sources: Compared | None
    newcomers: list[Newcomer]
    newcomers_before: int | None
    "Packets of the loudest newcomer of the period before."
    countries: list[Arrived]
    surges: Answer
    campaigns: Found
    campaigns_before: dict[str, Past] | None
    "By kind, those of the period before; known research scanners left out."
    pot: Pot | None
    flows: Compared | None
    touched: Compared
    "Records that warnings of listed addresses and names stand for."
    touched_lists: list[Counted]
    seen: list[Account] | None
    seen_before: list[Account] | None
    silent: list[Silent]


def brief(engine: Engine, window: Window, zone: ZoneInfo, open_ports: Collection[str] = ()) -> Brief:
    """Ask all of it. `open_ports` as in [insight]: they are never news."""
    times = beside(engine, window, zone)
    before, has_flows = times.before, bool(engine.store.days(FLOWS.name))
    since = extent(engine, (PROBES,))[0]
    return Brief(
        times, compared(times, lambda w: total(engine, w).events, since) if since else None, compared(times, lambda w: source_total(engine, w), since) if since else None,
        loud_newcomers(engine, window, times.begun), _loudest(engine, times),
        new_countries(engine, window, times.begun), surges(engine, window, open_keys(open_ports)),
        campaigns(engine, window, open_ports), by_kind(campaigns(engine, before, open_ports)) if before else None,
        _pot(engine, times), compared(times, lambda w: tally(engine, w, FLOWS), extent(engine, (FLOWS,))[0]) if has_flows else None,
        compared(times, lambda w: _touched(engine, w)), _lists(engine, window, zone),
        accounts(engine, window) if has_flows else None, accounts(engine, before) if has_flows and before else None, _silent(engine, times),
    )  # fmt: skip


def by_kind(found: Found) -> dict[str, Past]:
    """Campaigns by kind; known research scanners come every day and are none."""
    own = [one for one in found.campaigns if not one.researcher]
    counts = Counter(one.kind for one in own)
    return {kind: Past(count, min(one.log_p for one in own if one.kind == kind)) for kind, count in counts.items()}


def _loudest(engine: Engine, times: Beside) -> int | None:
    """None where the period before has nothing before it: all of its sources were new then."""
    if times.before is None or times.begun is None or times.begun >= times.before.first:
        return None
    return next((each.events for each in loud_newcomers(engine, times.before, times.begun)), 0)


_FRESH = {"passwords": "password", "users": "user", "tunnels": "target"}
"""Rankings that are asked for what is new, and the column that names it; `Novelty` knows how many there are."""

_COUNTED_AS = {"passwords": "passwords", "users": "users", "tunnels": "targets"}


def _pot(engine: Engine, times: Beside) -> Pot | None:
    """None where no honeypot has told anything, or there is nothing before it."""
    if not any(engine.store.days(table.name) for table in (LOGINS, TUNNELS)):
        return None
    now = novelty(engine, times.now)
    before = novelty(engine, times.before) if times.before else None
    fresh = tuple(_fresh(engine, times.now, name, now, before) for name in _FRESH)
    since = extent(engine, (LOGINS,))[0]
    logins = compared(times, lambda w: tally(engine, w, LOGINS), since)
    return Pot(now, logins, compared(times, lambda w: _let_in(engine, w), since), fresh)


def _fresh(engine: Engine, window: Window, name: str, now: Novelty, before: Novelty | None) -> Fresh:
    kind = _COUNTED_AS[name]
    new, past = now.fresh[kind].new, before.fresh[kind].new if before else None
    rows = ranked(engine, window, name, Asked(ASKED_NAMES)).rows if new and now.days else []
    names = dict.fromkeys(str(row[_FRESH[name]]) for row in rows if row["new"] and row[_FRESH[name]])
    return Fresh(name, Compared(new, past), tuple(names))


def _let_in(engine: Engine, window: Window) -> int:
    return engine.ask(window, lambda t: int(engine.execute(t.aggregate(n=t.success.sum().fill_null(0)))[0]["n"]), LOGINS.name)


def _listed(table: ir.Table) -> ir.Table:
    return table.filter(table.lists.notnull(), table.lists != _NO_LISTS)


def _touched(engine: Engine, window: Window) -> int:
    def question(table: ir.Table) -> int:
        listed = _listed(table)
        return int(engine.execute(listed.aggregate(n=listed["count"].sum().fill_null(0)))[0]["n"])

    return engine.ask(window, question, WARNINGS.name)


def _lists(engine: Engine, window: Window, zone: ZoneInfo) -> list[Counted]:
    """By list; of findings of the detectors, which no list holds, nothing."""
    return [each for each in statistics(engine, window, "list", zone) if each.key != "-"]


def _silent(engine: Engine, times: Beside) -> list[Silent]:
    """Sensors that had records in the period before, and have none now."""
    if times.before is None:
        return []
    before, now = _by_sensor(engine, times.before), _by_sensor(engine, times.now)
    return [Silent(name, count) for name, count in sorted(before.items(), key=lambda one: (-one[1], one[0])) if count >= SILENT_MIN and name not in now]


def _by_sensor(engine: Engine, window: Window) -> dict[str, int]:
    found: dict[str, int] = {}
    for table in RECORDS:
        if not engine.store.days(table.name):
            continue
        whole = Window(window.first, window.last, action="all")
        for row in engine.ask(whole, lambda t: engine.execute(t.group_by("sensor").aggregate(n=t.count())), table.name):
            found[str(row["sensor"])] = found.get(str(row["sensor"]), 0) + int(row["n"])
    return found
