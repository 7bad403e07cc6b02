"""What an answer is worth: which campaigns were told, how soon, of how many of their sources, and who was accused for nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bench.insight.injected import Injected
from bench.insight.months import Month
from bench.insight.packets import DAY, SURVEY

OWN_SHARE = 0.5
"""Of the sources of an alert that must be a campaign's: an alert that accuses everybody finds nobody."""

GRACE = DAY
"""After its last packet a campaign may still be told."""

TOOL = "tool"
QUIET_KINDS = frozenset((TOOL, "art"))
"""Findings that are no warnings: right for campaigns of their kind, never false, and no detection of anything else. A tool's finding is of all
who used it on a day; a campaign's tool is told by it, or by any alert about the campaign that names the tool."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What was told: kind (of other programs none), of which sources, when, and how unlikely it was, as ln p."""

    kind: str
    sources: frozenset[int]
    at: int
    log_p: float = 0.0
    tools: frozenset[str] = frozenset()
    "Tools whose mark most of its sources bear."


@dataclass(slots=True)
class Told:
    """Of one campaign: when it was told first, as what, and of which of its sources."""

    truth: Injected
    at: int | None = None
    kinds: set[str] = field(default_factory=set)
    sources: set[int] = field(default_factory=set)
    log_p: float | None = None
    "The least of the alerts it was told by."

    @property
    def delay(self) -> float | None:
        """Hours from its first packet."""
        return None if self.at is None else (self.at - self.truth.first) / 3.6e9

    @property
    def named(self) -> bool:
        return bool(self.kinds & set(self.truth.cell.right))

    @property
    def share(self) -> float:
        return len(self.sources) / len(self.truth.sources)


@dataclass(slots=True)
class Score:
    """Of a month: each campaign, alerts of nobody's doing, alerts of surveys, and innocents beside a campaign's sources."""

    days: int
    told: dict[int, Told]
    false: list[Alert] = field(default_factory=list)
    surveys: int = 0
    strangers: int = 0

    @property
    def false_a_day(self) -> float:
        return len(self.false) / self.days


def score(month: Month, alerts: Iterable[Alert]) -> Score:
    """Alerts must be in the order they were told. The same sources are accused once a day and kind, however often that is said."""
    owner = {source: truth.number for truth in month.injected.values() for source in truth.sources}
    surveys = frozenset(np.unique(month.packets["src"][month.packets["origin"] == SURVEY]).tolist())
    made = Score(month.site.days, {number: Told(truth) for number, truth in month.injected.items()})
    accused: set[tuple[str, int, int]] = set()
    for alert in alerts:
        hits = Counter(owner[source] for source in alert.sources if source in owner)
        if hits and (alert.kind == TOOL or sum(hits.values()) >= OWN_SHARE * len(alert.sources)):
            _right(made, alert, hits)
        elif alert.kind not in QUIET_KINDS:
            _wrong(made, alert, surveys, accused)
    return made


def _as(alert: Alert, truth: Injected) -> str | None:
    """What an alert calls a campaign; None where it is no alert for one of its kind."""
    wanted = truth.cell.right
    if wanted == (TOOL,):
        return TOOL if truth.tool in alert.tools or not alert.kind else None
    if (wanted[0] in QUIET_KINDS and alert.kind) or alert.kind in QUIET_KINDS:
        return alert.kind if alert.kind in wanted else None
    return alert.kind


def _right(made: Score, alert: Alert, hits: Counter[int]) -> None:
    made.strangers += 0 if alert.kind == TOOL else len(alert.sources) - sum(hits.values())
    for number in hits:
        told = made.told[number]
        truth = told.truth
        kind = _as(alert, truth)
        if kind is None or not truth.first <= alert.at <= truth.last + GRACE:
            continue
        told.at = alert.at if told.at is None else told.at
        told.kinds.add(kind)
        told.log_p = min(alert.log_p, told.log_p or 0.0)
        told.sources |= alert.sources & truth.sources


def _wrong(made: Score, alert: Alert, surveys: frozenset[int], accused: set[tuple[str, int, int]]) -> None:
    key = (alert.kind, min(alert.sources, default=0), alert.at // DAY)
    if key in accused:
        return
    accused.add(key)
    if alert.sources and len(alert.sources & surveys) >= OWN_SHARE * len(alert.sources):
        made.surveys += 1
    else:
        made.false.append(alert)
