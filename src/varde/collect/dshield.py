"""The public curve of a port: how many addresses DShield's sensors saw knock on it, day by day, asked of the SANS Internet Storm Center.

Only on demand, port by port, once a second, at most PORTS_MAX at a time; what came is kept and asked again when it is old. What leaves this machine
is in the address that is asked: the number of the port and the first and last day. https://isc.sans.edu/api/, https://isc.sans.edu/properbots.html"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import httpx

from varde import __version__
from varde.collect.clients.ask import WAIT_LONGEST, asked_to_wait
from varde.collect.feed_terms import FeedError, Limits, check_url, reason_of
from varde.collect.feeds import CONNECT_SECONDS, body_of
from varde.decode.port_history import PublicDay, read_history
from varde.model import visible
from varde.store import Facts

BASE = "https://isc.sans.edu/api"

ATTRIBUTION = "DShield: SANS Internet Storm Center, isc.sans.edu, CC BY-NC-SA 2.5: shown beside your own numbers for yourself, not to be passed on or sold"
"""What stands beside every number of theirs. The licence is that of DShield's lists, and asks for it."""

LIMITS = Limits(octets=1_000_000, seconds=30.0, silence=10.0, what="history of a port")
"""A month of a port has 3 kB."""

PORTS_MAX = 10
"""Of one run: who compares a hundred ports wants their bulk data, for which they ask to be written to."""

PAUSE_SECONDS = 1.0
"""Between two questions: they ask for at most one a second."""

FRESH_SECONDS = 6 * 3600.0
"""So long what came is taken as it is: their day grows by the hour, and nobody reads it that often."""

BUSY_SECONDS = 300.0
"""After 429 they ask for five minutes of peace, or what Retry-After says."""

KEPT_MAX = 200
"""Ports whose curves are kept."""

_BUSY = 429
_WAIT = "dshield/wait"


@dataclass(frozen=True, slots=True)
class PublicCurve:
    """The days of a port, and when they were asked for, seconds since 1970 UTC. `error`: why there are none, or only old ones."""

    port: int
    days: tuple[PublicDay, ...]
    asked: float | None
    error: str | None = None


@dataclass(slots=True)
class DShield:
    """Curves from the cache or from the server. `contact`: an e-mail address that they are told, because they wish one; empty for none."""

    facts: Facts
    contact: str = ""
    base: str = BASE
    limits: Limits = LIMITS
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Any] = time.sleep

    def __post_init__(self) -> None:
        check_url(self.base)

    def due(self, ports: Iterable[int], first: date, last: date) -> list[int]:
        """Ports that would be asked for, in their order: what is kept does not have those days, or is old."""
        return [port for port in list(dict.fromkeys(ports))[:PORTS_MAX] if not self._is_fresh(port, first, last)]

    def leaving(self, ports: Iterable[int], first: date, last: date) -> str:
        """What leaves this machine when these are asked for, in a sentence."""
        numbers = ", ".join(map(str, ports))
        who = f"; and your address {self.contact}, as [insight] contact says" if self.contact else ""
        return f"asking {httpx.URL(self.base).host} about port {numbers}, {first} to {last}: the numbers and these days leave this machine, nothing of your records{who}"

    def curves(self, ports: Iterable[int], first: date, last: date) -> list[PublicCurve]:
        """One for each port, asked where it is due. What goes wrong is in its `error`: what is kept is told all the same."""
        asked = 0
        found = []
        for port in list(dict.fromkeys(ports))[:PORTS_MAX]:
            error = None
            if not self._is_fresh(port, first, last):
                if asked:
                    self.pause(PAUSE_SECONDS)
                asked += 1
                error = self._try(port, first, last)
            found.append(self._kept(port, first, last, error))
        return found

    def _try(self, port: int, first: date, last: date) -> str | None:
        """Ask and keep; answers what went wrong."""
        try:
            if (wait := self._not_before() - self.clock()) > 0:
                return f"{httpx.URL(self.base).host} asked for peace; it is asked again in {wait / 60:.0f} minutes"
            days = self._asked(port, first, last)
        except FeedError as error:
            if error.wait:
                self.facts.put(_WAIT, {"until": self.clock() + error.wait})
            return str(error)
        self._keep(port, first, last, days)
        return None

    def _asked(self, port: int, first: date, last: date) -> list[PublicDay]:
        url = f"{self.base}/porthistory/{port}/{first}/{last}?json"
        try:
            data = self._got(url)
        except httpx.TimeoutException:
            raise FeedError(f"{url}: the server said nothing for {self.limits.silence:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FeedError(f"{url}: {reason_of(error)}") from None
        try:
            return [day for day in read_history(data) if first <= day.day <= last]
        except ValueError as error:
            raise FeedError(f"{url}: what came is no history of a port: {visible(str(error))[:100]}") from None

    def _got(self, url: str) -> bytes:
        """The body. Redirects are not followed: whoever answers elsewhere was not asked."""
        who = f" ({self.contact})" if self.contact else ""
        headers = {"User-Agent": f"varde/{__version__}{who}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        timeout = httpx.Timeout(self.limits.silence, connect=min(CONNECT_SECONDS, self.limits.silence))
        with httpx.Client(timeout=timeout, headers=headers) as client, client.stream("GET", url) as answer:
            if answer.status_code == httpx.codes.OK:
                return body_of(answer, url, replace(self.limits, seconds=time.monotonic() + self.limits.seconds))
            raise _refused(url, answer, self.contact)

    def _not_before(self) -> float:
        until = (self.facts.get(_WAIT) or {}).get("until")
        return float(until) if isinstance(until, int | float) and until < self.clock() + WAIT_LONGEST else 0.0

    def _is_fresh(self, port: int, first: date, last: date) -> bool:
        kept = self.facts.get(_name(port)) or {}
        asked, begin, end = kept.get("asked"), kept.get("first"), kept.get("last")
        if not isinstance(asked, int | float) or not isinstance(begin, str) or not isinstance(end, str):
            return False
        has_all = begin <= first.isoformat() and last.isoformat() <= end
        is_over = last < datetime.fromtimestamp(min(asked, self.clock()), timezone.utc).date() - timedelta(days=1)  # those days grow no more
        return has_all and (is_over or 0 <= self.clock() - asked < FRESH_SECONDS)

    def _keep(self, port: int, first: date, last: date, days: list[PublicDay]) -> None:
        told = [{"date": str(day.day), "records": day.records, "sources": day.sources, "targets": day.targets} for day in days]
        self.facts.put(_name(port), {"asked": self.clock(), "first": str(first), "last": str(last), "data": told})
        for name in self._oldest():
            self.facts.remove(name)

    def _oldest(self) -> list[str]:
        """Curves beyond KEPT_MAX, those asked for longest ago."""
        kept = [name for name in self.facts.names("dshield") if name != _WAIT]
        if len(kept) <= KEPT_MAX:
            return []
        return sorted(kept, key=lambda name: str((self.facts.get(name) or {}).get("asked")))[: len(kept) - KEPT_MAX]

    def _kept(self, port: int, first: date, last: date, error: str | None) -> PublicCurve:
        """What the cache has of these days; damaged, it has none."""
        kept = self.facts.get(_name(port)) or {}
        asked, data = kept.get("asked"), kept.get("data")
        days = read_history(json.dumps(data).encode()) if isinstance(data, list) else []
        when = float(asked) if isinstance(asked, int | float) else None
        return PublicCurve(port, tuple(day for day in days if first <= day.day <= last), when, error)


def _name(port: int) -> str:
    return f"dshield/{port}"


def _refused(url: str, answer: httpx.Response, contact: str) -> FeedError:
    """Why there is nothing, and how long to leave them alone."""
    said = f"{url}: the server answered {answer.status_code} {visible(answer.reason_phrase)}".rstrip()
    if answer.status_code == _BUSY:
        return FeedError(said, wait=min(WAIT_LONGEST, max(BUSY_SECONDS, asked_to_wait(answer.headers.get("retry-after", "")))))
    if answer.status_code == httpx.codes.FORBIDDEN and not contact:
        return FeedError(f"{said}; they like to know whom to write to: set contact in [insight] to your e-mail address")
    return FeedError(said)
