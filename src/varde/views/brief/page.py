"""The page: its sentences in their order, and all of it for programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from varde.decode.rows import iso
from varde.query import Window
from varde.query.brief import Brief
from varde.views.brief import own, strangers
from varde.views.brief.sums import much_of, unknown
from varde.views.brief.telling import Feed, Sentence, Telling, Words, stands_out
from varde.views.origins import Origins
from varde.views.said import plain
from varde.views.world import World

NOWHERE: Origins = {}

TOPICS: tuple[Callable[[Telling], Iterator[Sentence]], ...] = (
    strangers.surges, strangers.campaigns, strangers.newcomers, strangers.countries, own.touched, own.let_in, own.attempts, own.fresh, own.flows, own.losses, own.silent, own.feeds,
)  # fmt: skip
"""In the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Told:
    """The page: its title, whether nothing stood out, the sentences, and what nobody knows."""

    title: str
    quiet: bool
    sentences: tuple[Sentence, ...]
    unknown: tuple[str, ...]


def told(found: Brief, feeds: Sequence[Feed], world: World, zone: ZoneInfo, origins: Origins = NOWHERE) -> Told:
    """All that is worth a sentence. On a quiet day that is one. `origins`: where sources of campaigns are."""
    telling = Telling(found, feeds, world, zone, Words.of(found.times, zone), origins)
    news = [sentence for topic in TOPICS for sentence in topic(telling)]
    much = much_of(telling)
    quiet = not news and not any(map(stands_out, much.numbers))
    first = Sentence(much.topic, (much.quietly if quiet else much.words,), much.numbers[0], telling.page(**much.place))
    return Told(telling.words.title, quiet, (first, *news), () if quiet else tuple(unknown(telling)))


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
