"""Sentences about what is yours: honeypot, flows and their loss, sensors, lists and what touched them."""

from collections.abc import Iterator, Sequence

from varde.model import counted
from varde.query.beside import Compared
from varde.query.brief import Fresh
from varde.query.ledger import Account, share_seen
from varde.views.brief.telling import NAMED, Feed, Sentence, Telling, first_of, stands_out
from varde.views.ledger import percent
from varde.views.said import Quoted, listed

LOST_SHARE = 0.001
"""Of the exported flows: less is lost on any day."""


def let_in(telling: Telling) -> Iterator[Sentence]:
    pot = telling.found.pot
    if pot is None or pot.let_in.now <= (pot.let_in.reference or 0) or not (stands_out(pot.let_in) or pot.let_in.reference == 0):
        return
    most, country = pot.novelty.let_in.most, telling.country(pot.novelty.let_in.country)
    where = f"; most from {most}{f' in {country}' if country else ''}" if most else ""
    words = f"The honeypot let {counted(pot.let_in.now, 'login')} in{telling.against(pot.let_in)}{where}."
    yield Sentence("let in", (words,), pot.let_in, telling.page(view="honeypot", **{"honeypot.table": "logins", "honeypot.accepted": "1"}))


def attempts(telling: Telling) -> Iterator[Sentence]:
    pot = telling.found.pot
    if pot is not None and pot.logins.now and stands_out(pot.logins) and telling.has_more:
        words = f"{counted(pot.logins.now, 'login attempt')} at the honeypot{telling.against(pot.logins)}."
        yield Sentence("logins", (words,), pot.logins, telling.page(view="honeypot"))


_FRESH = {
    "passwords": ("password", "passwords", "tried at the honeypot"), "users": ("user name", "user names", "tried at the honeypot"),
    "tunnels": ("target", "targets", "that tunnels through the honeypot should lead to"),
}  # fmt: skip


def fresh(telling: Telling) -> Iterator[Sentence]:
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


def touched(telling: Telling) -> Iterator[Sentence]:
    number, lists = telling.found.touched, telling.found.touched_lists
    if number.now:
        named = listed((Quoted(each.key), f" ({each.count:,})") for each in lists[:NAMED])
        words = f"{counted(number.now, 'record')} touched what lists have{telling.against(number)}"
        yield Sentence("touched", (words, ": " if named else "", *named, "."), number, telling.page(view="warnings"))


def flows(telling: Telling) -> Iterator[Sentence]:
    number = telling.found.flows
    if number is not None and number.now and stands_out(number) and telling.found.probes is not None:
        yield Sentence("flows", (f"{counted(number.now, 'flow')} came{telling.against(number)}.",), number, telling.page(view="flows"))


def losses(telling: Telling) -> Iterator[Sentence]:
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


def silent(telling: Telling) -> Iterator[Sentence]:
    found = telling.found.silent
    if found:
        named = listed((Quoted(each.sensor), f" ({counted(each.before, 'record')} {telling.words.before})") for each in found[:NAMED])
        head = f"Nothing was heard of {counted(len(found), 'sensor')}{first_of(len(found))}"
        tail = f"; what {'it' if len(found) == 1 else 'they'} would have seen is missing here."
        yield Sentence("silent", (head, *named, tail), Compared(len(found), 0), "/?view=doctor")


def feeds(telling: Telling) -> Iterator[Sentence]:
    old = [feed for feed in telling.feeds if feed.is_old]
    if old:
        named = listed((Quoted(feed.name), f" ({_state(feed)})") for feed in old[:NAMED])
        head = f"{len(old):,} of {counted(len(telling.feeds), 'list')} {'is' if len(old) == 1 else 'are'} old, against which what comes is matched{first_of(len(old))}"
        yield Sentence("feeds", (head, *named, "."), Compared(len(old), 0), "/?view=lists")


def _state(feed: Feed) -> str:
    when = "never fetched" if feed.age is None else f"looked at {_age(feed.age)} ago"
    return f"{when}, the last try failed" if feed.error else when


def _age(seconds: float) -> str:
    days, hours = seconds / 86_400, seconds / 3600
    return counted(int(days), "day") if days >= 2 else counted(int(hours), "hour")
