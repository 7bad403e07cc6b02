"""--compare: what others saw of the ports that surge here. Nothing leaves this machine without that switch, and what does is said before."""

from collections.abc import Sequence
from datetime import date, timedelta, timezone

from varde.app.context import Context
from varde.app.output import say
from varde.collect.dshield import PORTS_MAX, DShield
from varde.model import VardeError
from varde.query import Engine
from varde.query.port_days import port_days
from varde.query.surges import Answer
from varde.store import Facts
from varde.views.public_curve import Beside
from varde.views.surges import name_of

WITH = ("dshield",)
"""Whom one may compare with."""

DAYS = 30
"""Up to the period's end: a month says what is usual, and is what their page shows."""


def check_with(name: str | None) -> str | None:
    """Raises VardeError for whom Varde does not know."""
    if name is not None and name not in WITH:
        raise VardeError(f"--compare {name}: there is {', '.join(WITH)}")
    return name


def public_of(context: Context) -> DShield:
    return DShield(Facts(context.location / "facts"), context.config.insight.contact)


def beside_public(context: Context, engine: Engine, answer: Answer, public: DShield | None = None) -> list[Beside]:
    """The curves of ports that surge, the surest first; says what is asked for before it is."""
    names = dict(reversed([(each.surge.port, name_of(each.surge)) for each in answer.findings]))
    ports = list(dict.fromkeys(each.surge.port for each in answer.findings))[:PORTS_MAX]
    if not ports:
        return []
    public = public or public_of(context)
    last = (answer.window.last - timedelta(microseconds=1)).astimezone(timezone.utc).date()
    first = last - timedelta(days=DAYS - 1)
    _say(public, public.due(ports, first, last), first, last)
    found = public.curves(ports, first, last)
    return [
        Beside(curve.port, names[curve.port], first, last, port_days(engine, curve.port, first, last), {day.day: day.sources for day in curve.days}, curve.asked, curve.error)
        for curve in found
    ]  # fmt: skip


def _say(public: DShield, due: Sequence[int], first: date, last: date) -> None:
    """Said whatever --quiet says: it is what leaves."""
    if due:
        say(f"varde: {public.leaving(due, first, last)}")
