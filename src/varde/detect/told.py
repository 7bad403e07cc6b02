"""Campaigns that were told: one that grows is the same one, and is told again when it has grown."""

from dataclasses import replace

from varde.detect.campaign import SOURCES_MAX, Campaign

TOLD_MAX = 5_000
"""Campaigns that are remembered; those that ended first are forgotten."""

GROWN = 1.1
"""Times the packets, ports, targets or sources that it had when it was told last."""

SAME_SOURCES = 0.5
"""Share of the sources of the smaller one that two findings of several sources have in common where they are one."""


class Told:
    """Remembers campaigns by kind, plane and source."""

    def __init__(self, most: int = TOLD_MAX) -> None:
        self._most = most
        self._each: list[Campaign] = []
        self._said: list[Campaign] = []
        "Each as it was when it was told last."
        self._of: dict[tuple[str, str, bytes], list[int]] = {}

    def __len__(self) -> int:
        return len(self._each)

    @property
    def each(self) -> list[Campaign]:
        """All that are remembered, as they are now."""
        return list(self._each)

    def news(self, found: list[Campaign]) -> list[Campaign]:
        """Of what was found, what is new or grew, each as it is now: with the first moment and the first source that it was told with."""
        news = [one for one in map(self._known, found) if one is not None]
        if len(self._each) > self._most:
            self._keep(sorted(range(len(self._each)), key=lambda place: self._each[place].last)[-self._most * 3 // 4 :])
        return news

    def _known(self, one: Campaign) -> Campaign | None:
        place = self._place(one)
        if place is None:
            self._each.append(one)
            self._said.append(one)
            self._enter(one, len(self._each) - 1)
            return one
        told = self._each[place]
        first_source = told.sources[0]
        sources = (first_source, *(source for source in one.sources if source != first_source))[:SOURCES_MAX]
        self._each[place] = one = replace(one, first=min(told.first, one.first), sources=sources)
        self._enter(one, place)
        if not _grown(self._said[place], one):
            return None
        self._said[place] = one
        return one

    def _place(self, one: Campaign) -> int | None:
        """Where the same campaign is: of the same kind, at the same time, by the same source, or by mostly the same."""
        for source in one.sources:
            for place in self._of.get((one.kind, one.plane, source), ()):
                told = self._each[place]
                if told.first <= one.last and one.first <= told.last and _alike(told, one):
                    return place
        return None

    def _enter(self, one: Campaign, place: int) -> None:
        for source in one.sources:
            places = self._of.setdefault((one.kind, one.plane, source), [])
            if place not in places:
                places.append(place)

    def _keep(self, kept: list[int]) -> None:
        self._each, self._said, self._of = [self._each[place] for place in kept], [self._said[place] for place in kept], {}
        for place, one in enumerate(self._each):
            self._enter(one, place)


def _grown(said: Campaign, one: Campaign) -> bool:
    """Whether so much came to it that it is worth another word."""
    pairs = [(getattr(said, name), getattr(one, name)) for name in ("events", "port_count", "target_count", "source_count")]
    return any(now >= GROWN * before and now > before for before, now in pairs)


def _alike(told: Campaign, one: Campaign) -> bool:
    common = len({*told.sources} & {*one.sources})
    return common >= SAME_SOURCES * min(len(told.sources), len(one.sources))
