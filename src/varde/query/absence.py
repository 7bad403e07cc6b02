"""Why a question found nothing: what there is in the same period under another action, without filters, in other periods."""

from dataclasses import dataclass, replace
from datetime import datetime

import ibis

from varde.query.engine import ACTIONS, Engine, Window
from varde.query.summary import extent


@dataclass(frozen=True, slots=True)
class Absence:
    """Records that a question passed by; `first` and `last` of the whole store are None where it is empty."""

    actions: dict[str, int]
    "By action: the same period and filters, other actions."
    unfiltered: int
    "The same period and action, without filters."
    first: datetime | None
    last: datetime | None


def absence(engine: Engine, window: Window) -> Absence:
    """What lies beside a window in which there is nothing."""
    first, last = extent(engine)
    by_action = engine.ask(replace(window, action="all"), lambda t: engine.execute(
        t.group_by("action").aggregate(n=ibis._.count()).order_by(ibis.desc("n"), "action")
    ))  # fmt: skip
    others = {str(row["action"]): int(row["n"]) for row in by_action if row["action"] not in ACTIONS[window.action]}
    plain = Window(window.first, window.last, window.action)
    unfiltered = engine.ask(plain, lambda t: engine.execute(t.aggregate(n=t.count())))
    return Absence(others, int(unfiltered[0]["n"]), first, last)
