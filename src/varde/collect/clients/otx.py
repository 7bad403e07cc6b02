"""OTX DirectConnect: the pulses that a user subscribed to, page by page, and since the last run only what changed.

    events --> pulses that are gone
    subscribed?modified_since --> pages (50, 20, 5 pulses, or as many as OTX likes) --> pages on disk --> rows
        \\ 504 at every size: activity, of what is subscribed; else export

https://otx.alienvault.com/api; the shapes are those of its Python SDK (OTXv2.py)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from varde.collect.clients.ask import Ask, TooSlowError
from varde.collect.clients.errand import PAGES_MAX, Errand, Harvest
from varde.collect.feed_terms import FeedError
from varde.collect.keys import key_of
from varde.model import visible

HEADER = "X-OTX-API-KEY"
SIZES: tuple[int | None, ...] = (50, 20, 5, None)
"""Pulses a page: smaller ones when OTX runs out of time, at last as many as it likes."""

OVERLAP_SECONDS = 3_600
"""Of the time that is asked about again: clocks differ, and pulses are visible some time after they were modified."""

_SUBSCRIBED = "/api/v1/pulses/subscribed"
_EVENTS = "/api/v1/pulses/events"
_ACTIVITY = "/api/v1/pulses/activity"
_EXPORT = "/api/v1/indicators/export"
_GONE = ("unsubscribe", "delete")


def harvest(errand: Errand) -> Harvest:
    """Pulses that changed since the last run, or all. Raises FeedError; what came is kept, and the next run goes on there."""
    with Ask(errand.source.url, {HEADER: key_of(errand.source.key_file, errand.source.name)}, errand.limits, pause=errand.pause) as ask:
        begun = errand.begun("since")
        since = begun.get("since", errand.cursor.get("since"))
        gone, whole = _events(ask, errand, since) if since and errand.base is not None else (set[str](), True)
        if whole and since:  # which pulses a user or a group had is not told: all are asked for anew
            errand.pages.clear()
            begun, since = {}, None
        started = begun.get("started") or _text(errand.now - OVERLAP_SECONDS * 1_000_000)
        complete = _pulses(ask, errand, {"since": since, "started": started})
    read = errand.pages.merged(errand.base if since or not complete else None, gone)
    if read.indicators.is_empty() and not gone:
        raise FeedError(f"{errand.source.url}: the key's user subscribes to no pulse that has an indicator")
    return Harvest(read, {"since": started if complete else errand.cursor.get("since")})


def _events(ask: Ask, errand: Errand, since: str) -> tuple[set[str], bool]:
    """Pulses no longer subscribed to, in the order of what happened; and whether that is so of a user or group, whose pulses are not named."""
    events = [event for page in _pages(ask, errand, f"{_EVENTS}?since={since}") for event in page.results]
    gone: set[str] = set()
    for event in sorted(events, key=lambda event: str(event.get("created"))):
        if event.get("object_type") == "pulse":
            (gone.add if event.get("action") in _GONE else gone.discard)(str(event.get("object_id")))
    return gone, any(event.get("object_type") != "pulse" and event.get("action") in _GONE for event in events)


def _pulses(ask: Ask, errand: Errand, run: dict[str, Any]) -> bool:
    """Put all pages of a run on disk. Whether they are all of what is subscribed to: not when OTX gave them only in another way."""
    since = f"?modified_since={run['since']}" if run["since"] else ""
    known = set() if errand.base is None else set(errand.base["id"].drop_nulls().to_list())
    ways: list[tuple[str, str, _Keep]] = [
        ("subscribed", f"{_SUBSCRIBED}{since}", lambda pulse: True),
        ("activity", f"{_ACTIVITY}{since}", lambda pulse: bool(pulse.get("is_subscribing")) or pulse.get("id") in known),
        ("export", f"{_EXPORT}{since}", lambda pulse: True),
    ]
    begun = errand.pages.cursor
    names = [name for name, _, _ in ways]
    first = names.index(begun["way"]) if begun.get("way") in names else 0
    for name, path, keep in ways[first:]:
        place = begun.get("next", path) if begun.get("way") == name else path
        try:
            if place:
                _take(ask, errand, place, keep, {**run, "way": name})
        except TooSlowError:
            if name == names[-1]:
                raise
            continue
        return name == names[0]
    return False


_Keep = Callable[[dict[str, Any]], bool]
"""Whether a pulse is one that is subscribed to."""


def _take(ask: Ask, errand: Errand, place: str, keep: _Keep, run: dict[str, Any]) -> None:
    """Pages from one on to the last; each is on disk before the next is asked for."""
    for page in _pages(ask, errand, place):
        pulses = [pulse for pulse in page.results if keep(pulse)]
        if run["way"] == "export":  # indicators without their pulses
            pulses = [{"name": "OTX export", "indicators": pulses}]
        entries = [pulse["id"] for pulse in pulses if isinstance(pulse.get("id"), str)]
        errand.pages.add(errand.read(json.dumps(pulses).encode(), "otx"), entries, {**run, "next": page.following or ""})


@dataclass(frozen=True, slots=True)
class _Page:
    results: list[dict[str, Any]]
    following: str | None


def _pages(ask: Ask, errand: Errand, path: str) -> Iterator[_Page]:
    """Pages from one on, smaller ones where OTX runs out of time. Raises TooSlowError when the smallest is too much too."""
    url = ask.place(path)
    sizes = list(SIZES[_size_at(url) :])
    url, asked = _resized(url, sizes.pop(0)), set[str]()
    for _ in range(PAGES_MAX):
        errand.check_time()
        asked.add(url)
        try:
            document = ask.get(url).document(url)
        except TooSlowError:
            if not sizes:
                raise
            url = _resized(url, sizes.pop(0))
            continue
        following = document.get("next")
        place = ask.place(str(following), url) if following else None
        yield _Page(_objects(document.get("results")), place)
        if place is None:
            return
        if place in asked:
            raise FeedError(f"{visible(url)}: its pages go round in a circle")
        url = place
    raise FeedError(f"{visible(url)}: its pages do not end; {PAGES_MAX:,} were taken")


def _size_at(url: str) -> int:
    """The place in SIZES of the size that an address asks for."""
    limit = httpx.URL(url).params.get("limit")
    return next((at for at, size in enumerate(SIZES) if str(size) == limit), 0)


def _resized(url: str, size: int | None) -> str:
    """The page of another size that begins at the same pulse or before it; the first one where OTX chooses the size."""
    whole = httpx.URL(url)
    params = whole.params
    page, limit = _number(params.get("page"), 1), _number(params.get("limit"), size or 1)
    if size is None:
        return str(whole.copy_with(params=params.remove("limit").remove("page")))
    at = (page - 1) * limit // size + 1
    params = params.set("limit", size)
    return str(whole.copy_with(params=params.set("page", at) if at > 1 else params.remove("page")))


def _number(text: str | None, default: int) -> int:
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 8 else default


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S")
