"""What people say about warnings, kept in the store's facts: from the command line and from the page alike."""

import threading
from collections.abc import Sequence
from datetime import datetime, timezone

from varde.app.beacon import ACKNOWLEDGED
from varde.app.context import Context
from varde.app.output import visible
from varde.app.period import moment_of
from varde.decode.rows import iso
from varde.model import ACK, MUTE, Acknowledgement, VardeError, acknowledgements
from varde.model.acknowledged import WHAT_MAX, check_what

MUTE_DEFAULT = "24h"
"""How long a mute lasts that says no other: one that lasts for ever is forgotten."""

SAID_MAX = 1000
"""Acknowledgements and mutes that are kept; the oldest that ended go first."""

_SENTENCES = {
    ACK: "{what}: acknowledged up to {until}",
    MUTE: "{what}: warnings are stored and told nobody until {until}",
}

_ONE_AT_A_TIME = threading.Lock()
"""Of the threads that answer the page: what is kept is read, changed and written as a whole."""


def said(context: Context) -> list[Acknowledgement]:
    """All that is kept, the oldest first."""
    return acknowledgements(context.store.facts.get(ACKNOWLEDGED))


def say_it(context: Context, kind: str, what: str, until: str | None, why: str) -> str:
    """Acknowledge or mute; the same said before is replaced. Returns a sentence.

    Raises VardeError for what can be nothing of a warning, and for an end that is not to come."""
    named = check_what(what)
    fresh = Acknowledgement(kind, named, iso(datetime.now(timezone.utc)), _end(context, kind, until), visible(why)[:WHAT_MAX])
    with _ONE_AT_A_TIME:
        _keep(context, [*_others(context, kind, named), fresh])
    return _SENTENCES[kind].format(what=named, until=fresh.until[:16].replace("T", " ") + " UTC" if fresh.until else "now")


def take_back(context: Context, kind: str, what: str) -> str:
    """Undo it. Returns a sentence. Raises VardeError where nothing of that kind was said of it."""
    named = check_what(what)
    with _ONE_AT_A_TIME:
        if not any((each.kind, each.what) == (kind, named) for each in said(context)):
            raise VardeError(f"there is no {kind} of {visible(named)}. `varde warn {kind}` lists what there is.", status=1)
        _keep(context, _others(context, kind, named))
    return f"{named}: the {kind} is taken back"


def _others(context: Context, kind: str, what: str) -> list[Acknowledgement]:
    return [each for each in said(context) if (each.kind, each.what) != (kind, what)]


def _keep(context: Context, kept: Sequence[Acknowledgement]) -> None:
    context.store.require_writable()
    context.store.facts.put(ACKNOWLEDGED, {"entries": [each.as_fact() for each in kept[-SAID_MAX:]]})


def _end(context: Context, kind: str, until: str | None) -> str:
    """Until when: a moment to come, as a date, a time or an age from now."""
    text = until or (MUTE_DEFAULT if kind == MUTE else None)
    if text is None:
        return ""
    now = context.now()
    moment = moment_of(text, now, context.zone)
    ahead = now + (now - moment) if _is_age(text) else moment
    if ahead <= now:
        raise VardeError(f"--until {text} is not in the time to come. Write 2h, 7d, or a date such as {now.year + 1}-01-31.")
    return iso(ahead)


def _is_age(text: str) -> bool:
    return text[:-1].isdecimal() and text[-1:] in ("m", "h", "d")
