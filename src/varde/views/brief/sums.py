"""How much there was in all, which every day has, and what nobody can say of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from varde.model import counted
from varde.query import Window
from varde.query.beside import WEEK_DAYS, Compared
from varde.views.brief.telling import Telling, Words, against
from varde.views.captions import kind_of_probes


def totals(probes: Compared, sources: Compared, words: Words, window: Window) -> str:
    """How much there was, beside the day before and the usual; also the page's line below its headline."""
    return (f"{kind_of_probes(probes.now, window)}{against(probes, words)}; from {counted(sources.now, 'address', 'addresses')}"
            f"{against(sources, words, first=False)}.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Much:
    """How much there was of what a store has first of all: of probes, else of flows, else of logins. `quietly`: on a quiet day."""

    topic: str
    numbers: tuple[Compared, ...]
    words: str
    quietly: str
    place: Mapping[str, str]


def much_of(telling: Telling) -> Much:
    found, window = telling.found, telling.found.times.now
    if found.probes is not None and found.sources is not None:
        short = f"{kind_of_probes(found.probes.now, window)} from {counted(found.sources.now, 'address', 'addresses')}"
        words = totals(found.probes, found.sources, telling.words, window)
        return Much("probes", (found.probes, found.sources), words, _quietly(telling, short, found.probes), {})
    if found.flows is not None:
        return _one(telling, "flows", counted(found.flows.now, "flow"), found.flows)
    logins = found.pot.logins if found.pot else Compared(0)
    return _one(telling, "honeypot", f"{counted(logins.now, 'login attempt')} at the honeypot", logins)


def _one(telling: Telling, view: str, short: str, number: Compared) -> Much:
    return Much(view, (number,), f"{short}{telling.against(number)}.", _quietly(telling, short, number), {"view": view})


def _quietly(telling: Telling, short: str, number: Compared) -> str:
    times = telling.found.times
    if times.before is None and not times.weeks:
        return f"{short}; nothing is stored before, so there is nothing to compare with."
    return f"A quiet time: {short}{telling.against(number)}; nothing stands out."


def unknown(telling: Telling) -> Iterator[str]:
    """What nobody can know, once. A quiet day's line says it itself."""
    times, words = telling.found.times, telling.words
    if times.before is None and not times.weeks:
        yield f"Of what was there {words.before} not all is stored, so nothing is compared with it."
    elif not times.weeks and times.days <= WEEK_DAYS:
        yield f"No week before is stored yet, so nothing is said of what is usual {words.usually}."
