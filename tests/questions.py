"""Every question that can be put to an engine, over the tables of `synthetic_tables`: two engines must answer the same."""

import dataclasses
import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import polars as pl

from tests.synthetic_tables import most_frequent, whole_period
from varde.detect import Surge, key_of
from varde.detect.campaigns import Campaigns
from varde.detect.surge import NOTICE
from varde.detect.usual import Known
from varde.intel.ipset import IPSet
from varde.model import FLOWS, NAT, PROBES
from varde.query import (
    Engine,
    Window,
    crowd,
    day_counts,
    differences,
    event_total,
    extent,
    fireplot,
    honeypot,
    ledger,
    mentions,
    outside,
    payloads,
    port_counts,
    port_total,
    records,
    reject_samples,
    replay,
    sensors,
    sessions,
    source_total,
    top_destinations,
    top_sources,
    total,
    translations,
    tunnels,
    warnings,
)
from varde.query import captures as captured
from varde.query.absence import absence
from varde.query.beside import beside, tally
from varde.query.brief import brief
from varde.query.busiest import busiest
from varde.query.campaigns import campaigns, each_packet, learn_ports
from varde.query.drawings import drawing, gallery
from varde.query.filters import expression, understood
from varde.query.life import life
from varde.query.newcomers import loud_newcomers, new_countries
from varde.query.novelty import novelty
from varde.query.places import Within, over_time, places, usual_table
from varde.query.port_days import port_days
from varde.query.readings import growth
from varde.query.slices import slices
from varde.query.surges import alone, each_network, learnt, sums, surges
from varde.query.took_part import took_part
from varde.query.traffic import Limit, fields_of, groups, passing, ranking, shown, spread, totals, values_of
from varde.query.traffic.labels import fields_of_maps, labels_of
from varde.views.calendar import ask_calendar

ADDRESS = most_frequent()
OSLO = ZoneInfo("Europe/Oslo")
FIRST, LAST = whole_period()
ALL = Window(FIRST, LAST, action="all")
HOURS = Window(FIRST + timedelta(hours=5, microseconds=1), LAST - timedelta(hours=7), action="all")
SHORT = dataclasses.replace(ALL, first=FIRST + timedelta(hours=30), last=FIRST + timedelta(hours=32, minutes=30))
LATE = dataclasses.replace(ALL, first=FIRST + timedelta(days=2))
NARROW = dataclasses.replace(HOURS, action="refused", src="10.0.0.0/8", port_min=20, port_max=50000, planes=("tcp4", "udp4"), sensor="fw1")
SIX = dataclasses.replace(ALL, src="2001:db8::/32")
HIGH = dataclasses.replace(ALL, src="112.0.0.0/4", dst="0.0.0.0/0")
NOTHING = dataclasses.replace(ALL, country="XX")
LIST = IPSet.of([(number << 24, (number << 24) + size) for number, size in ((10, 65535), (128, 0), (200, 1 << 20), (255, 3))])
MANY = IPSet.of((int(number), int(number)) for number in np.random.default_rng(3).integers(0, 2**32, 3000))

Ask = Callable[[Engine], Any]


def _flows(question: Callable[[Engine, Any], Any], table: str = FLOWS.name) -> Ask:
    return lambda engine: engine.ask(HOURS, lambda rows: question(engine, rows), table)


def _passing(text: str, table: str = FLOWS.name) -> Ask:
    sets = {"list.set": LIST, "many.set": MANY}

    def question(engine: Engine, rows: Any) -> Any:
        node = understood(text, lambda name: sets[name]).node
        fits = passing(rows, [node] if node else [])
        sums = engine.execute(totals(rows, [node] if node else []))
        return sums, engine.execute(fits.order_by("time", "source", "offset").limit(20)), engine.execute(passing(rows, [node], failing=True).aggregate(n=ibis._.count())) if node else None

    return _flows(question, table)


def _ranked(fields: str, values: str, limit: Limit, table: str = FLOWS.name) -> Ask:
    return _flows(lambda engine, rows: ranking(engine.execute, rows, fields_of(fields, rows), values_of(values, rows), limit), table)


def _grouped(engine: Engine, rows: Any) -> Any:
    chosen = fields_of("sport,proto,dport", rows)
    return engine.execute(groups(rows, chosen, values_of("records,bytes,packets", rows)).order_by([field.title for field in chosen]))


def _labelled(mode: str) -> Ask:
    def question(engine: Engine, rows: Any) -> Any:
        path = f"{Path(__file__).parent / 'data' / f'labels-{mode}.pmap'}"
        known = labels_of(rows, (path,))
        chosen = fields_of(f"src-{mode},dst-{mode}", known, fields_of_maps((path,)))
        return engine.execute(groups(known, chosen, values_of("records,bytes", known)).order_by([field.title for field in chosen]))

    return _flows(question)


def _cut(engine: Engine, rows: Any) -> Any:
    first = rows.order_by("time", "source", "offset").limit(2000)
    return pl.concat([pl.DataFrame(pl.from_arrow(batch)) for batch in engine.batches(shown(first, fields_of(None, first)), 500)])


def _paged(engine: Engine) -> Any:
    one = records(engine, NARROW, limit=30)
    return one, records(engine, NARROW, limit=30, after=one.next)


def _mentioned(engine: Engine) -> Any:
    return (
        mentions.of_network(engine, "2001:db8::/40"), mentions.of_name(engine, "evil.example"),
        mentions.of_port(engine, 443, (6, 17)), mentions.of_port(engine, 25), mentions.of_system(engine, 64500), mentions.of_country(engine, "NO"),
    )  # fmt: skip


def _calendar(engine: Engine) -> Any:
    return ask_calendar(engine, 2026, OSLO)


def _crowded(engine: Engine) -> Any:
    answer = fireplot(engine, ALL, width=8)
    return crowd(engine, answer), outside(engine, answer, FIRST, FIRST + timedelta(hours=1))


def _learnt(engine: Engine) -> Any:
    watch, found = learnt(engine, LATE.last.replace(minute=0, second=0, microsecond=0))
    return watch.known, found


def _packets(engine: Engine) -> Any:
    told: list[pl.DataFrame] = []
    each_packet(engine, SHORT, told.append)
    return pl.concat(told).sort(pl.all())


def _ports_before(engine: Engine) -> Any:
    """What a period nine days later would have detectors learn of the month before it."""
    told: list[tuple[int, Any, Any]] = []

    class Learning(Campaigns):
        def learn_ports(self, day: int, keys: Any, sources: Any) -> None:
            order = keys.argsort()
            told.append((day, keys[order].tolist(), sources[order].tolist()))

    learn_ports(engine, dataclasses.replace(ALL, first=LAST + timedelta(days=9), last=LAST + timedelta(days=10)), Learning(seed=1))
    return told


def _drawn(engine: Engine) -> Any:
    found = campaigns(engine, LATE).campaigns[0]
    return gallery(engine, LATE).events, drawing(engine, found, 200, 100)


def _newcomers(engine: Engine) -> Any:
    just_before = LATE.first - timedelta(microseconds=1)  # so that some are new
    return [(loud_newcomers(engine, LATE, begun), new_countries(engine, LATE, begun)) for begun in (FIRST, just_before)]


def _networks(engine: Engine) -> Any:
    told: list[pl.DataFrame] = []
    each_network(engine, LATE, told.append)
    return pl.concat(told).sort("hour", "key", "src_net")


def _summed(engine: Engine) -> Any:
    hours = [int(moment.timestamp()) // 3600 for moment in (LATE.first, LATE.last)]
    return sums(engine, Surge(key_of("tcp4", 22), hours[0], NOTICE, Known(0, 0, 0, 1.0, 1.0, estimated=False), 1, hours[1]))


def _tried(engine: Engine) -> Any:
    rows = honeypot.ranked(engine, ALL, "pairs", honeypot.Asked(30)).rows
    return honeypot.curve(engine, ALL, "pairs", rows, OSLO), honeypot.curve(engine, HOURS, "users", rows, OSLO, user="root")


def _tunnelled(engine: Engine) -> Any:
    rows = [{"src_addr": row["src_addr"]} for row in honeypot.first_rows(engine, ALL, "sources", 50)]
    return honeypot.also_tunnelled(engine, HOURS, rows)


def _sent(engine: Engine) -> Any:
    rows = honeypot.ranked(engine, ALL, "payloads", honeypot.Asked(50, form="http")).rows
    return rows, payloads.payload(engine, ALL, str(rows[0]["example"])), payloads.chain(engine, SIX)


def _caught(engine: Engine) -> Any:
    found, count = captured.captures(engine, captured.Wanted(FIRST, HOURS.last, 443, "0.0.0.0/1"), 50)
    return found, count, captured.capture(engine, 7), captured.sightings(engine, "sha256-3")


def _translated(address: str | None, port: int | None = None) -> Ask:
    wanted = translations.Wanted(HOURS.first, HOURS.first + timedelta(hours=9), address, port)
    return lambda engine: translations.translations(engine, wanted)


def _session(engine: Engine) -> Any:
    first = sessions.sessions(engine, ALL, limit=20)
    name = str(first[0]["session"])
    return (
        first, sessions.sessions(engine, HOURS, user="root", accepted=True), sessions.recordings(engine, ALL, name),
        sessions.storyboard(engine, ALL, name), sessions.storyboard(engine, dataclasses.replace(SIX, first=LATE.first)),
    )  # fmt: skip


def _map(**given: Any) -> Ask:
    wanted = {"by": "events", "direction": "both", "within": Within(), "top": 50, "table": FLOWS} | given
    table = wanted.pop("table")
    return lambda engine: places(engine, HOURS, table, **wanted)


def _ordered(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Rows of slices, whose ties an engine may give in any order."""
    whole = pl.concat(list(frames))
    return whole.sort(whole.columns)


QUESTIONS: dict[str, Ask] = {
    "fireplot": lambda e: fireplot(e, ALL, ports=50),
    "fireplot of hours": lambda e: fireplot(e, HOURS, width=333, height=211),
    "fireplot narrowed": lambda e: fireplot(e, NARROW, port_min=20, port_max=1000, ports=20),
    "fireplot of centuries": lambda e: fireplot(e, dataclasses.replace(ALL, first=FIRST.replace(year=1971), last=LAST.replace(year=2199))),
    "fireplot of nothing": lambda e: fireplot(e, NOTHING, explain=True),
    "ports": lambda e: (port_counts(e, HIGH, 100), port_total(e, SIX)),
    "sources": lambda e: (top_sources(e, HOURS, 100), source_total(e, HIGH), top_destinations(e, SIX, 100)),
    "total": lambda e: (total(e, ALL), total(e, NARROW), total(e, NOTHING), event_total(e, NARROW)),
    "portless": lambda e: total(e, dataclasses.replace(ALL, portless=True)),
    "days": lambda e: day_counts(e, HOURS, OSLO),
    "calendar": _calendar,
    "extent": extent,
    "sensors": lambda e: sorted(sensors(e), key=lambda row: str(row["sensor"])),
    "rejects": reject_samples,
    "records": _paged,
    "crowd": _crowded,
    "absence": lambda e: absence(e, NOTHING),
    "differences": lambda e: differences(e, LATE),
    "growth of counters": lambda e: growth(e, HOURS, ["evil.example", "a.example"], 7),
    "surges": lambda e: surges(e, LATE),
    "campaigns": lambda e: campaigns(e, LATE),
    "packets for detectors of campaigns": _packets,
    "what is drawn": _drawn,
    "ports of the month before": _ports_before,
    "what a map is asked of": lambda e: usual_table(e, ALL).name,
    "surges alone": lambda e: alone(e, LATE)[1],
    "what surges are learnt from": _learnt,
    "what a period is held against": lambda e: (beside(e, LATE, OSLO), tally(e, LATE, PROBES)),
    "newcomers": _newcomers,
    "days of a port": lambda e: port_days(e, 443, FIRST.date(), LAST.date()),
    "the page of a day": lambda e: brief(e, LATE, OSLO),
    "what an address had a part in": lambda e: took_part(e, ADDRESS, FIRST, LAST),
    "networks of each hour": _networks,
    "sums of a surge": _summed,
    "mentions of a network": lambda e: mentions.of_network(e, "10.0.0.0/8"),
    "mentions": _mentioned,
    "filter": _passing("dport 22 or sport 443"),
    "filter of lengths": _passing("bytes 10k- and packets 1-50000 and duration 1s-3600s"),
    "filter of places": _passing("src in NO or dst in 10.0.0.0/8 or src in AS64500"),
    "filter of flags": _passing("flags S/SA and not proto icmp"),
    "filter of a set": _passing("src in list.set"),
    "filter of a long list": _passing("src in many.set or dst in many.set"),
    "filter of texts": _passing("name has evil", "dns"),
    "cut": _flows(_cut),
    "stats": _ranked("sip,sport", "bytes", Limit(count=20)),
    "stats over a share": _ranked("dport", "bytes,packets,distinct:sip", Limit(percentage=1.0)),
    "stats over a number": _ranked("scc,proto", "records", Limit(threshold=100)),
    "stats from below": _ranked("dport", "records,bytes", Limit(count=15, bottom=True)),
    "stats of probes": _ranked("dip,dport", "records,distinct:sip", Limit(count=15), PROBES.name),
    "uniq": _flows(_grouped),
    "labels of addresses": _labelled("ip"),
    "labels of ports": _labelled("ports"),
    **{f"count, scheme {scheme}": _flows(lambda e, t, scheme=scheme: e.execute(spread(t, 600, scheme))) for scheme in range(5)},  # type: ignore[misc]
    "count in thousandths": _flows(lambda e, t: e.execute(spread(t.filter(t.dst_port == 22, t.octets < 1000), 0.5, 4).limit(500))),
    "map": _map(),
    "map over time": lambda e: over_time(e, HOURS, FLOWS, by="octets", direction="both", within=Within("NO"), buckets=37),
    "map of octets": _map(by="octets", direction="in"),
    "map within a country": _map(by="packets", direction="out", within=Within("NO")),
    "map within a system": _map(within=Within(None, 64500)),
    "map within an address": _map(within=Within(address=ADDRESS)),
    "map of tunnels": lambda e: places(e, ALL, _table("tunnels"), by="events", direction="both", within=Within(), top=20),
    **{f"honeypot {name}": lambda e, name=name: honeypot.ranked(e, LATE, name) for name in honeypot.RANKINGS},  # type: ignore[misc]
    "honeypot by rarity": lambda e: honeypot.ranked(e, HOURS, "passwords", honeypot.Asked(order="rarity", user="root")),
    "honeypot newest": lambda e: honeypot.ranked(e, HOURS, "commands", honeypot.Asked(order="first")),
    "honeypot days": _tried,
    "honeypot also tunnelled": _tunnelled,
    "honeypot payloads of one form": _sent,
    "logins": lambda e: (honeypot.login_records(e, HOURS, limit=50), honeypot.login_records(e, ALL, limit=9, user="root", accepted=True)),
    "sessions": _session,
    "life": lambda e: life(e, SIX),
    "life of all and of nobody": lambda e: (life(e, ALL), life(e, NOTHING)),
    "novelty": lambda e: novelty(e, LATE),
    "novelty of a network": lambda e: novelty(e, dataclasses.replace(LATE, src="10.0.0.0/8")),
    "triples": lambda e: tunnels.triples(e, ALL),
    "tunnels in order": lambda e: _ordered(tunnels.in_order(e, SHORT)),
    "captures": _caught,
    "replay": lambda e: _ordered(replay.replay(e, SHORT)),
    "replay in parts": lambda e: [(at, len(frame)) for at, frame in replay.parts(e, dataclasses.replace(SHORT, src=SIX.src))],
    "replay curve": lambda e: replay.curve(e, HOURS, 97),
    "slices": lambda e: list(slices(e, HOURS, (PROBES.name, FLOWS.name))),
    "warnings": lambda e: (warnings.stored(e, HOURS, limit=40), [_sorted_warnings(e, by) for by in warnings.BY]),
    "ledger": lambda e: (ledger.accounts(e), ledger.accounts(e, HOURS)),
    "busiest": lambda e: busiest(e, HOURS, 50),
    "translations": _translated(None),
    "translations of an address": _translated("10.0.0.0/8", 443),
    "a table without records": lambda e: e.ask(dataclasses.replace(ALL, first=LAST + timedelta(days=9), last=LAST + timedelta(days=10)), lambda t: e.execute(t.aggregate(n=t.count(), first=t.time.min())), NAT.name),
    "a condition alone": _flows(lambda e, t: e.execute(t.filter(expression(understood("dport 443", lambda name: LIST).node, t)).aggregate(n=ibis._.count()))),  # type: ignore[arg-type]
}  # fmt: skip
"""By what is asked."""


OTHER_SHAPES = {
    "fireplot of hours", "fireplot of nothing", "fireplot of centuries", "extent", "mentions", "life of all and of nobody", "novelty of a network", "honeypot by rarity",
    "honeypot newest", "stats over a number", "stats of probes", "count, scheme 1", "count, scheme 2", "count, scheme 3", "map of octets", "map within a system",
    "map of tunnels", "what a map is asked of", "portless", "replay in parts", "translations of an address", "filter of lengths", "filter of texts", "labels of ports", "a condition alone",
    *(f"honeypot {name}" for name in honeypot.RANKINGS if name not in ("payloads", "sources")),
}  # fmt: skip
"""Questions like others among them: what takes a second each is asked the others alone."""

BROAD = {name: ask for name, ask in QUESTIONS.items() if name not in OTHER_SHAPES}


def _table(name: str) -> Any:
    from varde.model import TABLES

    return TABLES[name]


def _sorted_warnings(engine: Engine, by: str) -> Any:
    return warnings.statistics(engine, HOURS, by, OSLO)


def plain(answer: Any) -> Any:
    """An answer as lists, texts and numbers."""
    if isinstance(answer, pl.DataFrame):
        return [list(row) for row in answer.rows()]
    if isinstance(answer, np.ndarray):
        return answer.tolist()
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        return [plain(getattr(answer, field.name)) for field in dataclasses.fields(answer) if not callable(getattr(answer, field.name))]
    if isinstance(answer, dict):
        return {str(key): plain(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [plain(part) for part in answer]
    return answer.isoformat() if isinstance(answer, datetime) else answer


def difference(one: Any, other: Any, place: str = "") -> str:
    """Where two plain answers are not the same, in words; sums of floats may differ in their last digits. Empty where they are."""
    if isinstance(one, float) and isinstance(other, float | int):
        return "" if math.isclose(one, other, rel_tol=1e-9) else f"{place}: {one} and {other}"
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(filter(None, (difference(one[key], other[key], f"{place}.{key}") for key in one)), "")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(filter(None, (difference(*pair, f"{place}[{at}]") for at, pair in enumerate(zip(one, other, strict=True)))), "")
    return "" if type(one) is type(other) and one == other else f"{place}: {str(one)[:300]} and {str(other)[:300]}"


def is_empty(answer: Any) -> bool:
    """Whether a plain answer says nothing at all."""
    if isinstance(answer, dict):
        return all(is_empty(value) for value in answer.values())
    if isinstance(answer, list):
        return all(is_empty(part) for part in answer)
    return answer in (None, 0, "", False)
