"""A MISP feed: a manifest of events, a file for each, and the sums of all values, over https or in a folder.

Only events that are new or whose time stamp changed are fetched. hashes.csv names, by MD5, what each event holds: what was read of an event
is counted against it, so that an event that came without its attributes is noticed.

https://www.misp-standard.org/rfc/misp-standard-core.html section 4."""

import csv
import hashlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from varde.collect.clients.ask import Ask
from varde.collect.clients.errand import Errand, Harvest
from varde.collect.feed_terms import LIST_MAX, FeedError
from varde.collect.keys import key_of
from varde.decode.intel import Rejected
from varde.model import VardeError, counted, visible

EVENTS_MAX = 100_000
"""Events of a manifest that are looked at; CIRCL's has two thousand."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def harvest(errand: Errand) -> Harvest:
    """Events that changed since the last run. Raises FeedError; what came is kept, and the next run goes on there."""
    with _Shelf(errand) as shelf:
        manifest = _manifest(shelf)
        begun = errand.pages.noted
        known = {**errand.cursor.get("events", {}), **begun}
        due = [event for event, stamp in manifest.items() if known.get(event) != stamp]
        sums = _sums(shelf) if due else {}
        for event in due:
            errand.check_time()
            data = shelf.get(f"{event}.json")
            read = errand.read(data, "misp")
            if "bad_json" in read.reasons:
                raise FeedError(f"{visible(shelf.place)}{event}.json is no JSON")
            if missing := len(sums.get(event, set()) - _sums_of(json.loads(data))):
                read.reasons["missing"] += missing
                read.rejected.append(Rejected(0, f"event {event}: hashes.csv names {counted(missing, 'value')} that it does not have", "missing"))
            errand.pages.add(read, [event], {}, noted={event: manifest[event]})
    gone = set(errand.cursor.get("events", {})) - set(manifest)
    if not due and not gone and not begun:
        return Harvest(None, {"events": manifest})
    return Harvest(errand.pages.merged(errand.base if errand.cursor else None, gone), {"events": manifest})


class _Shelf:
    """Where the feed is: a server, which may want a key, or a folder."""

    def __init__(self, errand: Errand) -> None:
        source = errand.source
        self.place = (source.path or source.url).rstrip("/") + "/"
        key = {"Authorization": key_of(source.key_file, source.name)} if source.key_file else {}
        self._ask = None if source.path else Ask(self.place, key, errand.limits, pause=errand.pause)

    def __enter__(self) -> "_Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        if self._ask is not None:
            self._ask.__exit__()

    def get(self, name: str) -> bytes:
        """A file of the feed. Raises FeedError."""
        if self._ask is not None:
            return self._ask.get(self._ask.place(name)).data
        try:
            with (Path(self.place) / name).open("rb") as file:
                data = file.read(LIST_MAX + 1)
        except OSError as error:
            raise FeedError(f"cannot read {self.place}{name}: {(error.strerror or str(error)).lower()}") from error
        if len(data) > LIST_MAX:
            raise FeedError(f"{self.place}{name} has more than {LIST_MAX:,} octets, which no event needs")
        return data


def _manifest(shelf: _Shelf) -> dict[str, str]:
    """Events and their time stamps."""
    try:
        told = json.loads(shelf.get("manifest.json"))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise FeedError(f"{visible(shelf.place)}manifest.json is no manifest of a MISP feed")
    events = {event: str(about.get("timestamp")) for event, about in told.items() if _UUID.fullmatch(event) and isinstance(about, dict)}
    if told and not events:
        raise FeedError(f"{visible(shelf.place)}manifest.json names no event")
    return dict(list(events.items())[:EVENTS_MAX])


def _sums(shelf: _Shelf) -> dict[str, set[str]]:
    """Sums of values by event; nothing where the feed has no hashes.csv."""
    try:
        lines = shelf.get("hashes.csv").decode("ascii", "replace").splitlines()
    except VardeError:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for row in csv.reader(lines):
        for event in row[1:]:
            found[event.strip()].add(row[0])
    return found


def _sums_of(value: Any) -> set[str]:
    """Sums of all values in an event, and of the parts of those that are several; it was read as JSON, so it is not nested without end."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(text := one.get("value"), str):
                found |= {hashlib.md5(part.encode(), usedforsecurity=False).hexdigest() for part in (text, *text.split("|"))}
            waiting += [inner for inner in one.values() if isinstance(inner, dict | list)]
        elif isinstance(one, list):
            waiting += one
    return found
