"""Sentences about who knocks: surges, scans, addresses and countries that never came before."""

from collections.abc import Iterator
from datetime import timedelta

from varde.detect import Campaign
from varde.detect.surge import ALARM
from varde.detect.usual import DAYS
from varde.model import counted
from varde.model.findings import KINDS
from varde.query.beside import Compared
from varde.query.brief import Past
from varde.query.surges import Finding
from varde.views.brief.telling import NAMED, Sentence, Telling, amount, clock, first_of, place_of, stands_out
from varde.views.campaigns import link, sentence
from varde.views.said import listed
from varde.views.surges import name_of as port_name
from varde.views.surges import page as surge_page

TOLD_MAX = 5
"""Surges that have a sentence of their own; the rest is counted."""

MOST_SHARE = 0.3
"""Of a surge's addresses: a country with less has no surge of its own."""

UNLIKELIER = 2.0
"""Times the ln p of the least likely scan of its kind the day before, from which on one is news by itself."""

TOLD_KINDS = frozenset(kind.name for kind in KINDS if kind.is_alert) | {"art"}
"""Kinds of campaigns that have a sentence: what is a warning where warnings are wanted, and what somebody drew."""


def surges(telling: Telling) -> Iterator[Sentence]:
    """Alarms one by one; what is less sure together."""
    answer = telling.found.surges
    sure = [each for each in answer.findings if each.surge.level == ALARM][:TOLD_MAX]
    for finding in sure:
        yield Sentence("surge", (_surged(telling, finding),), Compared(finding.addresses, usual=finding.surge.expected), surge_page(finding))
    rest = [each for each in answer.findings if not any(each is other for other in sure)]
    if rest:
        named = listed((f"{port_name(each.surge)} ({counted(each.addresses, 'address', 'addresses')})",) for each in rest[:NAMED])
        count = len(rest) + answer.left_out
        head = f"{counted(count, 'port')} more {'was' if count == 1 else 'were'} wanted by more addresses than usual, which is less sure{first_of(count)}"
        yield Sentence("less sure surges", (head, *named, "."), Compared(count), surge_page(rest[0]))


def _surged(telling: Telling, finding: Finding) -> str:
    surge = finding.surge
    lasted = f"until {clock(finding.last, telling)}" if surge.over else "and still was at the end"
    code, count = next(((code, count) for code, count in finding.countries.items() if code and code != "--"), ("", 0))
    share = count / max(1, finding.addresses)
    most = f"; {share:.0%} of them from {telling.country(code)}" if code and share >= MOST_SHARE else ""
    return (f"{port_name(surge)} was suddenly wanted by {counted(finding.addresses, 'address', 'addresses')} since {clock(finding.first, telling)}, {lasted}: "
            f"{surge.sources:,.0f} networks in {counted(surge.window, 'hour')}, where {amount(surge.expected)} are usual{most} ({surge.level}, confidence {surge.confidence}).")  # fmt: skip


def campaigns(telling: Telling) -> Iterator[Sentence]:
    """Each kind of scan of which there were more than the day before, or one that is less likely than all of that day: how many, and that one."""
    before = telling.found.campaigns_before
    for kind in KINDS:
        found = [one for one in telling.found.campaigns.campaigns if one.kind == kind.name and not one.researcher]
        past = None if before is None else before.get(kind.name, Past(0, 0.0))
        number = Compared(len(found), None if past is None else past.count)
        if found and kind.name in TOLD_KINDS and (_is_more(number) or (past is not None and found[0].log_p < UNLIKELIER * past.log_p)):
            yield Sentence(f"scan: {kind.name}", (f"{kind.title}: {_scanned(telling, found[0])}{_others(telling, number)}",), number, link(found[0]))


def _scanned(telling: Telling, one: Campaign) -> str:
    words = sentence(one, telling.zone, telling.origins)
    return f"{words[:1].lower()}{words[1:]}"


def _others(telling: Telling, number: Compared) -> str:
    """How many of its kind there were in all; of a single one that there was none before."""
    if number.now == 1:
        return f" There was none {telling.words.before}." if number.before == 0 else ""
    return f" There were {number.now:,} in all{telling.against(number)}."


def _is_more(number: Compared) -> bool:
    """More than before, and by more than chance; the first of its kind is always news."""
    return number.before is None or number.before == 0 or (number.now > number.before and stands_out(number))


def newcomers(telling: Telling) -> Iterator[Sentence]:
    """Where the loudest is louder than the loudest newcomer of a day usually is."""
    found = telling.found.newcomers
    if not found:
        return
    number = Compared(found[0].events, telling.found.newcomers_before)
    if number.before is None or (number.now > number.before and stands_out(number)):
        named = listed((f"{each.address}{place_of(telling, each.country)} with {counted(each.events, 'packet')} to {counted(each.ports, 'port')}",) for each in found[:NAMED])
        against = f"; the loudest had {amount(number.before)} {telling.words.before}" if number.before is not None else ""
        head = f"Loudest of those never seen {_in_days(telling)}: "
        yield Sentence("newcomers", (head, *named, f"{against}."), number, telling.page(why=found[0].address))


def _in_days(telling: Telling) -> str:
    """How far back is looked for who is not new."""
    times = telling.found.times
    days = min(DAYS, round((times.now.first - times.begun) / timedelta(days=1))) if times.begun else 0
    return f"in the {counted(days, 'day')} before" if days > 1 else "on the day before"


def countries(telling: Telling) -> Iterator[Sentence]:
    found = telling.found.countries
    if found:
        named = listed((f"{telling.country(each.country)} ({counted(each.sources, 'address', 'addresses')}, {counted(each.events, 'packet')})",) for each in found[:NAMED])
        head = f"{counted(len(found), 'country', 'countries')} from which nobody came {_in_days(telling)}{first_of(len(found))}"
        yield Sentence("countries", (head, *named, "."), Compared(len(found), 0), telling.page(why=found[0].country))
