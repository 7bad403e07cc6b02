"""Scans of a station: the same detectors as `varde scans` has, fed with what arrives.

    probes -> Arrivals -> Campaigns (which the store has taught) -> ScanNews -> counts for monitoring, warnings for sinks"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from varde.app.search import Search
from varde.detect.campaigns import Campaigns
from varde.intel import Geography
from varde.live import Arrivals, News, Rest, ScanNews, warnings_of_scans
from varde.live.scanned import Said
from varde.model import counted
from varde.model.findings import KINDS

if TYPE_CHECKING:
    # what asks the store takes a second to load, which a station's thread does when all is open
    from varde.query import Engine
    from varde.views.origins import Origins
    from varde.views.world import World

JUDGE_SECONDS = 60.0
"""Between two judgements at least: a scan takes minutes, and so does who reads of it."""

JUDGE_SHARE = 0.05
"""Of a core that judging takes at most: where it takes long, it is done less often."""

LEARN_DAYS = 7
"""As long as the detectors keep what they saw."""

TOLD = "scans"
"""The fact that says which scans were told, so that a restart tells none of them again."""


@dataclass(slots=True)
class Places:
    """What words about sources are made of."""

    zone: ZoneInfo
    geography: Geography
    world: "World"


@dataclass(slots=True)
class ScanSearch(Search):
    """Judges once a minute."""

    places: Callable[[], Places] = field(kw_only=True)
    "Asked each time: networks of one's own change."
    arrivals: Arrivals = field(init=False)
    "Watches what arrives."
    counts: dict[str, int] | None = None
    "How many go on, by kind; None while nothing is judged."
    _campaigns: Campaigns | None = None
    _news: ScanNews | None = None
    _next_judgement: float = float("-inf")

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(lambda: self.clock())

    @property
    def what(self) -> str:
        return "scans"

    def problems(self) -> list[str]:
        """What keeps scans from being seen."""
        lost = self.arrivals.lost
        return [*Search.problems(self), *([f"{counted(lost, 'packet')} were too many to look for scans in them"] if lost else [])]

    def forget(self) -> None:
        self._campaigns = self._news = self.counts = None

    def learn(self, engine: "Engine", now: float) -> None:
        """What was told once is not told again. A packet that is stored just then waits in `arrivals` too: it counts twice, and is one cell."""
        from varde.query import Window
        from varde.query.campaigns import each_packet, learn_ports

        campaigns = Campaigns(self.settings.open_ports)
        end = datetime.fromtimestamp(now, timezone.utc)
        learn_ports(engine, Window(end, end + timedelta(seconds=1)), campaigns)
        for day in range(LEARN_DAYS, 0, -1):  # a day at a time: to put a week in order takes a week's memory
            each_packet(engine, Window(end - timedelta(days=day), end - timedelta(days=day - 1)), campaigns.add)
        self._campaigns = campaigns
        self._news = ScanNews(self.settings.tell_scans, self.settings.scans_an_hour, self.facts.get(TOLD))
        self._judge(now, is_learnt=True)

    def judge(self, now: float) -> None:
        assert self._campaigns is not None
        self._campaigns.add(self.arrivals.take())
        if self.steady() >= self._next_judgement:
            self._judge(now)

    def _judge(self, now: float, *, is_learnt: bool = False) -> None:
        assert self._campaigns is not None and self._news is not None
        begin, now_us = self.steady(), int(now * 1e6)
        news = self._news.take(self._campaigns.judge(now_us), now_us, is_learnt=is_learnt)
        found = self._news.counts()
        self.counts = {kind.name: found[kind.name] for kind in KINDS}
        took = self.steady() - begin
        self._next_judgement = begin + max(JUDGE_SECONDS, took / JUDGE_SHARE)
        if news:
            self.tell(warnings_of_scans(self._said(news), now_us))
        kept = self._news.as_fact()
        if kept != self.facts.get(TOLD):
            self.facts.put(TOLD, kept)

    def _said(self, news: list[News | Rest]) -> list[Said]:
        from varde.views.origins import origins_of

        places = self.places()
        sources = [source for one in news if isinstance(one, News) for source in one.campaign.sources]
        origins = origins_of(sources, int(self.clock() * 1e6), places.geography, places.world)
        return [_said_of_rest(one, places.zone) if isinstance(one, Rest) else _said_of(one, places.zone, origins) for one in news]


def _said_of(news: News, zone: ZoneInfo, origins: "Origins") -> Said:
    from varde.views.campaigns import words
    from varde.views.origins import Origin

    origin = origins.get(next(iter(news.campaign.sources), b""), Origin())
    return Said(news, words(news.campaign, zone, origins), origin.country or None, origin.asn)


def _said_of_rest(rest: Rest, zone: ZoneInfo) -> Said:
    from varde.views.campaigns import words_of_rest

    return Said(rest, words_of_rest(rest.kinds, rest.sources, rest.first, zone))
