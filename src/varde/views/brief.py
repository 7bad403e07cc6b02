"""A morning's page: what a period had that is worth a sentence, each with its number, what it is compared with, and where to look.

    Brief --topics, in their order--> Sentence --told--> Page (text, Markdown, HTML, JSON: varde.views.brief_formats)

To add a topic: a function here and its line in TOPICS. What stands out is decided by `stands_out` alone."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from varde.decode.rows import iso
from varde.detect import Campaign
from varde.detect.surge import ALARM
from varde.detect.usual import DAYS
from varde.model import counted
from varde.model.findings import KINDS
from varde.query import Window
from varde.query.beside import WEEK_DAYS, Beside, Compared
from varde.query.brief import Brief, Fresh, Past
from varde.query.ledger import Account, share_seen
from varde.query.surges import Finding
from varde.views.axes import whole_days
from varde.views.campaigns import link, sentence
from varde.views.captions import kind_of_probes
from varde.views.ledger import percent
from varde.views.origins import Origins
from varde.views.said import Quoted, Said, listed, plain
from varde.views.surges import name_of as port_name
from varde.views.surges import page as surge_page
from varde.views.world import World

CHANGE = 1.5
"""Times more or less than its reference, from which on a number is worth a sentence: days differ by a third by themselves."""

SIGMAS = 3.0
"""And standard deviations of counts that chance alone makes, so that 4 instead of 2 is nothing."""

NAMED = 3
"""Of a kind that one sentence names: more is a list, which the page has."""

TOLD_MAX = 5
"""Surges that have a sentence of their own; the rest is counted."""

MOST_SHARE = 0.3
"""Of a surge's addresses: a country with less has no surge of its own."""

LOST_SHARE = 0.001
"""Of the exported flows: less is lost on any day."""

UNLIKELIER = 2.0
"""Times the ln p of the least likely scan of its kind the day before, from which on one is news by itself."""

TOLD_KINDS = frozenset(kind.name for kind in KINDS if kind.is_alert) | {"art"}
"""Kinds of campaigns that have a sentence: what is a warning where warnings are wanted, and what somebody drew."""

NOWHERE: Origins = {}

FEED_DAYS = 2.0
"""Days without news of a list, from which on it is old, whatever its interval."""

FEED_TURNS = 3
"""And fetches that were missed."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A list as it is kept: seconds since it was looked at last (None: never), what is wrong, and the seconds between fetches."""

    name: str
    age: float | None
    error: str | None
    every: float

    @property
    def is_old(self) -> bool:
        return self.error is not None or self.age is None or self.age > max(FEED_DAYS * 86_400, FEED_TURNS * self.every)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that is worth telling. `page`: path and query of the place in the page that shows it."""

    topic: str
    said: Said
    compared: Compared
    page: str


@dataclass(frozen=True, slots=True)
class Told:
    """The page: its title, whether nothing stood out, the sentences, and what nobody knows."""

    title: str
    quiet: bool
    sentences: tuple[Sentence, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a period and those beside it are called, and the part of an address that names the period."""

    title: str
    before: str
    usually: str
    place: Mapping[str, str]

    @classmethod
    def of(cls, times: Beside, zone: ZoneInfo) -> "Words":
        window, first = times.now, times.now.first.astimezone(zone)
        days = whole_days(window.first, window.last, zone)
        if days and days[0] == days[1]:
            place = {"day": days[0].isoformat(), "tz": zone.key}
            return cls(f"{first:%A} {first.day} {first:%B %Y} ({zone.key})", "on the day before", f"on a {first:%A}", place)
        last = window.last.astimezone(zone)
        before = f"in the {counted(times.days, 'day')} before" if times.days > 1 else "a day earlier"
        place = {"from": iso(_minute(window.first)), "to": iso(_minute(window.last, 1)), "tz": zone.key}
        return cls(f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({zone.key})", before, "at that time of the week", place)


def told(found: Brief, feeds: Sequence[Feed], world: World, zone: ZoneInfo, origins: Origins = NOWHERE) -> Told:
    """All that is worth a sentence. On a quiet day that is one. `origins`: where sources of campaigns are."""
    telling = _Telling(found, feeds, world, zone, Words.of(found.times, zone), origins)
    news = [sentence for topic in TOPICS for sentence in topic(telling)]
    much = _much(telling)
    quiet = not news and not any(map(stands_out, much.numbers))
    first = Sentence(much.topic, (much.quietly if quiet else much.words,), much.numbers[0], telling.page(**much.place))
    return Told(telling.words.title, quiet, (first, *news), () if quiet else tuple(_unknown(telling)))


def stands_out(number: Compared) -> bool:
    """Whether it differs from what it is compared with by more than days do, and by more than chance."""
    reference = number.reference
    if reference is None:
        return False
    differs = not reference / CHANGE <= number.now <= reference * CHANGE
    return differs and abs(number.now - reference) >= SIGMAS * math.sqrt(max(reference, 1.0))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What every topic is given."""

    found: Brief
    feeds: Sequence[Feed]
    world: World
    zone: ZoneInfo
    words: Words
    origins: Origins

    def page(self, **more: str) -> str:
        """The period in the page, with more words of its address."""
        return f"/?{urlencode({**self.words.place, **more}, safe='/:')}"

    def against(self, number: Compared) -> str:
        return against(number, self.words)

    @property
    def has_more(self) -> bool:
        """Whether the store has more than a honeypot, whose logins are else what is told first."""
        return self.found.probes is not None or self.found.flows is not None

    def country(self, code: str | None) -> str:
        return self.world.name(code) if code and code != "--" else ""


# what every day has


def totals(probes: Compared, sources: Compared, words: Words, window: Window) -> str:
    """How much there was, beside the day before and the usual; also the page's line below its headline."""
    return (f"{kind_of_probes(probes.now, window)}{against(probes, words)}; from {counted(sources.now, 'address', 'addresses')}"
            f"{against(sources, words, first=False)}.")  # fmt: skip


def against(number: Compared, words: Words, *, first: bool = True) -> str:
    """`, against 7 on the day before and usually 9 on a Friday`; nothing where nothing is known. The days are named where it is the `first`."""
    before = f"against {_amount(number.before)}{f' {words.before}' if first else ''}" if number.before is not None else ""
    usual = f"usually {_amount(number.usual)}{f' {words.usually}' if first else ''}" if number.usual is not None else ""
    both = " and ".join(filter(None, (before, usual)))
    return f", {both}" if both else ""


@dataclass(frozen=True, slots=True)
class _Much:
    """How much there was of what a store has first of all: of probes, else of flows, else of logins. `quietly`: on a quiet day."""

    topic: str
    numbers: tuple[Compared, ...]
    words: str
    quietly: str
    place: Mapping[str, str]


def _much(telling: _Telling) -> _Much:
    found, window = telling.found, telling.found.times.now
    if found.probes is not None and found.sources is not None:
        short = f"{kind_of_probes(found.probes.now, window)} from {counted(found.sources.now, 'address', 'addresses')}"
        words = totals(found.probes, found.sources, telling.words, window)
        return _Much("probes", (found.probes, found.sources), words, _quietly(telling, short, found.probes), {})
    if found.flows is not None:
        return _one(telling, "flows", counted(found.flows.now, "flow"), found.flows)
    logins = found.pot.logins if found.pot else Compared(0)
    return _one(telling, "honeypot", f"{counted(logins.now, 'login attempt')} at the honeypot", logins)


def _one(telling: _Telling, view: str, short: str, number: Compared) -> _Much:
    return _Much(view, (number,), f"{short}{telling.against(number)}.", _quietly(telling, short, number), {"view": view})


def _quietly(telling: _Telling, short: str, number: Compared) -> str:
    times = telling.found.times
    if times.before is None and not times.weeks:
        return f"{short}; nothing is stored before, so there is nothing to compare with."
    return f"A quiet time: {short}{telling.against(number)}; nothing stands out."


def _unknown(telling: _Telling) -> Iterator[str]:
    """What nobody can know, once. A quiet day's line says it itself."""
    times, words = telling.found.times, telling.words
    if times.before is None and not times.weeks:
        yield f"Of what was there {words.before} not all is stored, so nothing is compared with it."
    elif not times.weeks and times.days <= WEEK_DAYS:
        yield f"No week before is stored yet, so nothing is said of what is usual {words.usually}."


# what some days have


def _surges(telling: _Telling) -> Iterator[Sentence]:
    """Alarms one by one; what is less sure together."""
    answer = telling.found.surges
    sure = [each for each in answer.findings if each.surge.level == ALARM][:TOLD_MAX]
    for finding in sure:
        yield Sentence("surge", (_surged(telling, finding),), Compared(finding.addresses, usual=finding.surge.expected), surge_page(finding))
    rest = [each for each in answer.findings if not any(each is other for other in sure)]
    if rest:
        named = listed((f"{port_name(each.surge)} ({counted(each.addresses, 'address', 'addresses')})",) for each in rest[:NAMED])
        count = len(rest) + answer.left_out
        head = f"{counted(count, 'port')} more {'was' if count == 1 else 'were'} wanted by more addresses than usual, which is less sure{_first(count)}"
        yield Sentence("less sure surges", (head, *named, "."), Compared(count), surge_page(rest[0]))


def _surged(telling: _Telling, finding: Finding) -> str:
    surge = finding.surge
    lasted = f"until {_clock(finding.last, telling)}" if surge.over else "and still was at the end"
    code, count = next(((code, count) for code, count in finding.countries.items() if code and code != "--"), ("", 0))
    share = count / max(1, finding.addresses)
    most = f"; {share:.0%} of them from {telling.country(code)}" if code and share >= MOST_SHARE else ""
    return (f"{port_name(surge)} was suddenly wanted by {counted(finding.addresses, 'address', 'addresses')} since {_clock(finding.first, telling)}, {lasted}: "
            f"{surge.sources:,.0f} networks in {counted(surge.window, 'hour')}, where {_amount(surge.expected)} are usual{most} ({surge.level}, confidence {surge.confidence}).")  # fmt: skip


def _campaigns(telling: _Telling) -> Iterator[Sentence]:
    """Each kind of scan of which there were more than the day before, or one that is less likely than all of that day: how many, and that one."""
    before = telling.found.campaigns_before
    for kind in KINDS:
        found = [one for one in telling.found.campaigns.campaigns if one.kind == kind.name and not one.researcher]
        past = None if before is None else before.get(kind.name, Past(0, 0.0))
        number = Compared(len(found), None if past is None else past.count)
        if found and kind.name in TOLD_KINDS and (_is_more(number) or (past is not None and found[0].log_p < UNLIKELIER * past.log_p)):
            yield Sentence(f"scan: {kind.name}", (f"{kind.title}: {_scanned(telling, found[0])}{_others(telling, number)}",), number, link(found[0]))


def _scanned(telling: _Telling, one: Campaign) -> str:
    words = sentence(one, telling.zone, telling.origins)
    return f"{words[:1].lower()}{words[1:]}"


def _others(telling: _Telling, number: Compared) -> str:
    """How many of its kind there were in all; of a single one that there was none before."""
    if number.now == 1:
        return f" There was none {telling.words.before}." if number.before == 0 else ""
    return f" There were {number.now:,} in all{telling.against(number)}."


def _is_more(number: Compared) -> bool:
    """More than before, and by more than chance; the first of its kind is always news."""
    return number.before is None or number.before == 0 or (number.now > number.before and stands_out(number))


def _newcomers(telling: _Telling) -> Iterator[Sentence]:
    """Where the loudest is louder than the loudest newcomer of a day usually is."""
    found = telling.found.newcomers
    if not found:
        return
    number = Compared(found[0].events, telling.found.newcomers_before)
    if number.before is None or (number.now > number.before and stands_out(number)):
        named = listed((f"{each.address}{_place(telling, each.country)} with {counted(each.events, 'packet')} to {counted(each.ports, 'port')}",) for each in found[:NAMED])
        against = f"; the loudest had {_amount(number.before)} {telling.words.before}" if number.before is not None else ""
        head = f"Loudest of those never seen {_in_days(telling)}: "
        yield Sentence("newcomers", (head, *named, f"{against}."), number, telling.page(why=found[0].address))


def _in_days(telling: _Telling) -> str:
    """How far back is looked for who is not new."""
    times = telling.found.times
    days = min(DAYS, round((times.now.first - times.begun) / timedelta(days=1))) if times.begun else 0
    return f"in the {counted(days, 'day')} before" if days > 1 else "on the day before"


def _countries(telling: _Telling) -> Iterator[Sentence]:
    found = telling.found.countries
    if found:
        named = listed((f"{telling.country(each.country)} ({counted(each.sources, 'address', 'addresses')}, {counted(each.events, 'packet')})",) for each in found[:NAMED])
        head = f"{counted(len(found), 'country', 'countries')} from which nobody came {_in_days(telling)}{_first(len(found))}"
        yield Sentence("countries", (head, *named, "."), Compared(len(found), 0), telling.page(why=found[0].country))


def _let_in(telling: _Telling) -> Iterator[Sentence]:
    pot = telling.found.pot
    if pot is None or pot.let_in.now <= (pot.let_in.reference or 0) or not (stands_out(pot.let_in) or pot.let_in.reference == 0):
        return
    most, country = pot.novelty.let_in.most, telling.country(pot.novelty.let_in.country)
    where = f"; most from {most}{f' in {country}' if country else ''}" if most else ""
    words = f"The honeypot let {counted(pot.let_in.now, 'login')} in{telling.against(pot.let_in)}{where}."
    yield Sentence("let in", (words,), pot.let_in, telling.page(view="honeypot", **{"honeypot.table": "logins", "honeypot.accepted": "1"}))


def _attempts(telling: _Telling) -> Iterator[Sentence]:
    pot = telling.found.pot
    if pot is not None and pot.logins.now and stands_out(pot.logins) and telling.has_more:
        words = f"{counted(pot.logins.now, 'login attempt')} at the honeypot{telling.against(pot.logins)}."
        yield Sentence("logins", (words,), pot.logins, telling.page(view="honeypot"))


_FRESH = {
    "passwords": ("password", "passwords", "tried at the honeypot"), "users": ("user name", "user names", "tried at the honeypot"),
    "tunnels": ("target", "targets", "that tunnels through the honeypot should lead to"),
}  # fmt: skip


def _fresh(telling: _Telling) -> Iterator[Sentence]:
    pot = telling.found.pot
    for fresh in pot.fresh if pot is not None and pot.novelty.days else ():
        if _is_news(fresh):
            one, many, where = _FRESH[fresh.ranking]
            head = f"{counted(fresh.count.now, one, many)} {where}, never seen before{telling.against(fresh.count)}"
            named = listed((Quoted(name),) for name in fresh.names[:NAMED])
            page = telling.page(view="honeypot", **{"honeypot.table": fresh.ranking, "honeypot.order": "first"})
            yield Sentence(f"new {many}", (head, "; most often " if named else "", *named, "."), fresh.count, page)


def _is_news(fresh: Fresh) -> bool:
    """More new ones than usual; fewer are no news."""
    return fresh.count.before is not None and fresh.count.now > fresh.count.before and stands_out(fresh.count)


def _touched(telling: _Telling) -> Iterator[Sentence]:
    number, lists = telling.found.touched, telling.found.touched_lists
    if number.now:
        named = listed((Quoted(each.key), f" ({each.count:,})") for each in lists[:NAMED])
        words = f"{counted(number.now, 'record')} touched what lists have{telling.against(number)}"
        yield Sentence("touched", (words, ": " if named else "", *named, "."), number, telling.page(view="warnings"))


def _flows(telling: _Telling) -> Iterator[Sentence]:
    number = telling.found.flows
    if number is not None and number.now and stands_out(number) and telling.found.probes is not None:
        yield Sentence("flows", (f"{counted(number.now, 'flow')} came{telling.against(number)}.",), number, telling.page(view="flows"))


def _losses(telling: _Telling) -> Iterator[Sentence]:
    """What was exported and not seen: more than is lost on any day."""
    lost = _lost(telling.found.seen)
    share = share_seen(telling.found.seen or [])
    if lost and (share is None or 1 - share >= LOST_SHARE):
        number = Compared(lost, _lost(telling.found.seen_before))
        seen = f"; {percent(share)} of what was exported was seen" if share is not None else ""
        words = f"{counted(lost, 'flow or datagram', 'flows and datagrams')} never came or were dropped{telling.against(number)}{seen}."
        yield Sentence("losses", (words,), number, telling.page(view="flows"))


def _lost(told: Sequence[Account] | None) -> int | None:
    return None if told is None else sum(max(0, account.counts["lost"]) + (account.dropped or 0) for account in told)


def _silent(telling: _Telling) -> Iterator[Sentence]:
    found = telling.found.silent
    if found:
        named = listed((Quoted(each.sensor), f" ({counted(each.before, 'record')} {telling.words.before})") for each in found[:NAMED])
        head = f"Nothing was heard of {counted(len(found), 'sensor')}{_first(len(found))}"
        tail = f"; what {'it' if len(found) == 1 else 'they'} would have seen is missing here."
        yield Sentence("silent", (head, *named, tail), Compared(len(found), 0), "/?view=doctor")


def _first(count: int) -> str:
    """What stands between a number of things and those of them that are named."""
    return ", first of all " if count > NAMED else ": "


def _feeds(telling: _Telling) -> Iterator[Sentence]:
    old = [feed for feed in telling.feeds if feed.is_old]
    if old:
        named = listed((Quoted(feed.name), f" ({_state(feed)})") for feed in old[:NAMED])
        head = f"{len(old):,} of {counted(len(telling.feeds), 'list')} {'is' if len(old) == 1 else 'are'} old, against which what comes is matched{_first(len(old))}"
        yield Sentence("feeds", (head, *named, "."), Compared(len(old), 0), "/?view=lists")


def _state(feed: Feed) -> str:
    when = "never fetched" if feed.age is None else f"looked at {_age(feed.age)} ago"
    return f"{when}, the last try failed" if feed.error else when


TOPICS: tuple[Callable[[_Telling], Iterator[Sentence]], ...] = (
    _surges, _campaigns, _newcomers, _countries, _touched, _let_in, _attempts, _fresh, _flows, _losses, _silent, _feeds,
)  # fmt: skip
"""In the order in which they are told."""


def document(page: Told, found: Brief, base: str, zone: ZoneInfo) -> dict[str, object]:
    """All of it, for programs. Moments are ISO 8601 UTC; null where nobody knows."""
    window = found.times.now
    return {
        "from": iso(window.first), "to": iso(window.last), "tz": zone.key, "title": page.title, "quiet": page.quiet,
        "before": _ends(found.times.before), "weeks": [_ends(week) for week in found.times.weeks], "unknown": list(page.unknown),
        "sentences": [
            {"topic": each.topic, "text": plain(each.said), "number": each.compared.now, "before": each.compared.before,
             "usual": None if each.compared.usual is None else round(each.compared.usual, 3), "url": base + each.page}
            for each in page.sentences
        ],
    }  # fmt: skip


def _ends(window: Window | None) -> dict[str, str] | None:
    return None if window is None else {"from": iso(window.first), "to": iso(window.last)}


# words


def _amount(number: float | None) -> str:
    if number is None:
        return "?"
    if number == int(number) or number >= 10:
        return f"{number:,.0f}" if number else "none"
    return f"{number:.1f}" if number >= 0.1 else "fewer than 0.1"


def _place(telling: _Telling, code: str | None) -> str:
    name = telling.country(code)
    return f" ({name})" if name else ""


def _clock(moment: datetime, telling: _Telling) -> str:
    """The hour; with its date where the period has several."""
    local, window = moment.astimezone(telling.zone), telling.found.times.now
    is_within = window.first <= moment < window.last and telling.found.times.days == 1
    return f"{local:%H:%M}" if is_within else f"{local:%Y-%m-%d %H:%M}"


def _age(seconds: float) -> str:
    days, hours = seconds / 86_400, seconds / 3600
    return counted(int(days), "day") if days >= 2 else counted(int(hours), "hour")


def _minute(moment: datetime, later: int = 0) -> datetime:
    """A whole minute: the page's addresses have no parts of one."""
    begin = moment.replace(second=0, microsecond=0)
    return begin if begin == moment else begin + timedelta(minutes=later)
