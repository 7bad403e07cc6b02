"""A honeypot's period as sentences: what is new, with a number and a comparison, and one line of totals."""

from varde.model import counted
from varde.query.novelty import LetIn, Novelty

_NAMES = {
    "passwords": ("password", "passwords"), "users": ("user name", "user names"), "files": ("file", "files"),
    "commands": ("command", "commands"), "ehlos": ("EHLO name", "EHLO names"),
}  # fmt: skip
"""Kinds that make a headline, the most telling first. Sources and targets are new every day, and stand in the totals."""

NAMED_MAX = 3
"""Kinds that a headline names: more are no sentence."""


def honeypot_headline(novelty: Novelty, *, filtered: bool = False) -> str:
    """One sentence; says so when nothing is new, and when there is no day to compare with."""
    if not any(novelty.counts.values()):
        return "Nothing in this period matches the filters." if filtered else "Nobody visited a honeypot in this period."
    if not novelty.days:
        return f"There is no earlier day to compare this one with; {_let_in(novelty.let_in)}."
    fresh = [(name, novelty.fresh[name].new) for name in _NAMES if novelty.fresh[name].new]
    new = f"{_listed([counted(number, *_NAMES[name]) for name, number in fresh[:NAMED_MAX]])} never seen before"
    return f"{new if fresh else 'Nothing was tried that is new'}; {_let_in(novelty.let_in)}{_usual(novelty)}."


def honeypot_totals(novelty: Novelty) -> str:
    """All of the period in one line, with how many of the sources and targets are new."""
    sources, targets = novelty.fresh["sources"], novelty.fresh["targets"]
    tried = f"{counted(novelty.counts['logins'], 'login attempt')} from {counted(sources.total, 'address', 'addresses')}{_new(sources.new, novelty)}"
    asked = f"{counted(novelty.counts['tunnels'], 'tunnel request')} to {counted(targets.total, 'target')}{_new(targets.new, novelty)}"
    always = [tried, asked, counted(novelty.counts["payloads"], "payload"), counted(novelty.fresh["files"].total, "file")]
    others = [(novelty.counts["mails"], "connection to mail servers", "connections to mail servers"), (novelty.counts["captures"], "capture", "captures")]
    return "; ".join([*always, *(counted(*other) for other in others if other[0])]) + "."


def _let_in(found: LetIn) -> str:
    if not found.logins:
        return "no login was let in"
    verb = "was" if found.logins == 1 else "were"
    country = f" ({found.country})" if found.country and found.country != "--" else ""
    if found.sources <= 1:
        return f"{counted(found.logins, 'login')} {verb} let in" + (f" from {found.most}{country}" if found.most else "")
    return f"{counted(found.logins, 'login')} {verb} let in from {counted(found.sources, 'address', 'addresses')}, most from {found.most}{country}"


def _usual(novelty: Novelty) -> str:
    """The comparison; of one day before the number itself, of several their mean."""
    if not novelty.let_in.usual:
        return f", none {_before(novelty.days)}" if novelty.let_in.logins else ""
    usual = f"{novelty.let_in.usual:,.0f}" if novelty.let_in.usual >= 1 else "less than 1"
    return f", against {usual}{' a day' if novelty.days > 1 else ''} {_before(novelty.days)}"


def _before(days: int) -> str:
    return "on the day before" if days == 1 else f"on the {days} days before"


def _new(number: int, novelty: Novelty) -> str:
    return f" ({number:,} new)" if novelty.days and number else ""


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
