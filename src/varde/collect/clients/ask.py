"""Questions to a server that wants a key: bounded, repeated where that helps, and the key goes to that server alone."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from varde import __version__
from varde.collect.feed_terms import FeedError, Limits, check_url, reason_of
from varde.collect.feeds import CONNECT_SECONDS, body_of
from varde.model import visible

TRIES = 4
"""Of one question, where the server has too much to do or is not there."""

BACKOFF_SECONDS = 1.0
"""Before the second try; doubled each time, more or less a quarter, so that not all clients come back at once."""

WAIT_MAX = 60.0
"""Seconds of Retry-After that are waited for; a server that wants longer is asked again in another round."""

WAIT_LONGEST = 86_400.0
"""Seconds for which a server may keep us away: one that says a year is not obeyed."""

REDIRECTS_MAX = 3

_KEY_WRONG = (401, 403)
_BUSY = 429
_LATE = 504
_SERVER_ERROR = 500


class KeyRefusedError(FeedError):
    """The server does not take the key."""


class TooSlowError(FeedError):
    """The server, or what stands before it, gave up: 504. A smaller question may be answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    data: bytes
    headers: httpx.Headers

    def document(self, url: str) -> dict[str, Any]:
        """Its JSON. Raises FeedError where it is no object."""
        try:
            value = json.loads(self.data)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise FeedError(f"{visible(url)}: what came is no JSON object")
        return value


class Ask:
    """Asks one server. Use as a context."""

    def __init__(self, base: str, headers: Mapping[str, str], limits: Limits, *, pause: Callable[[float], bool]) -> None:
        """`pause` waits, and answers whether to stop altogether. Raises VardeError for an address over which no key goes."""
        self._base, self._limits, self._pause = httpx.URL(check_url(base)), limits, pause
        timeout = httpx.Timeout(limits.silence, connect=min(CONNECT_SECONDS, limits.silence))
        told = {"User-Agent": f"varde/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        self._client = httpx.Client(timeout=timeout, headers={**told, **headers})

    def __enter__(self) -> "Ask":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def place(self, url: str, from_url: str | None = None) -> str:
        """The whole address, if it is on this server. Raises FeedError for any other: the key would go there."""
        try:
            whole = (httpx.URL(from_url) if from_url else self._base).join(url)
        except (httpx.InvalidURL, ValueError):
            raise FeedError(f"{visible(str(self._base))}: it names a page {visible(url[:200])}, which is no address") from None
        if (whole.scheme, whole.host, whole.port) != (self._base.scheme, self._base.host, self._base.port) or whole.userinfo:
            raise FeedError(f"{visible(str(self._base))}: it names a page on another host ({visible(str(whole.host))}), which would be sent the key. It was not asked.")
        return str(whole)

    def get(self, url: str, params: Mapping[str, str] | None = None) -> Reply:
        """Ask, and ask again where the server has too much to do. Raises FeedError."""
        whole = self.place(url)
        if params:
            whole = str(httpx.URL(whole).copy_merge_params(dict(params)))
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(whole)
            except (TooSlowError, KeyRefusedError):
                raise
            except _BusyError as busy:
                self._wait(busy, attempt)
        raise FeedError(f"{visible(whole)}: no answer in {TRIES} tries")

    def _wait(self, busy: "_BusyError", attempt: int) -> None:
        if attempt == TRIES or busy.wait > WAIT_MAX:
            raise FeedError(str(busy), wait=min(busy.wait, WAIT_LONGEST)) from None
        seconds = max(busy.wait, BACKOFF_SECONDS * 2 ** (attempt - 1)) * random.uniform(1, 1.25)  # noqa: S311 - no secret
        if self._pause(seconds):
            raise FeedError("stopped before it was finished; it goes on at the next start") from None

    def _once(self, url: str) -> Reply:
        here = url
        try:
            for _ in range(REDIRECTS_MAX + 1):
                with self._client.stream("GET", here) as answer:
                    if not answer.has_redirect_location:
                        return self._taken(answer, url)
                    here = self.place(answer.headers["location"], here)
        except httpx.TimeoutException:
            raise _BusyError(f"{visible(url)}: the server said nothing for {self._limits.silence:g} s") from None
        except httpx.TransportError as error:
            raise _BusyError(f"{visible(url)}: {reason_of(error)}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FeedError(f"{visible(url)}: {reason_of(error)}") from None
        raise FeedError(f"{visible(url)}: it redirects more than {REDIRECTS_MAX} times")

    def _taken(self, answer: httpx.Response, url: str) -> Reply:
        status = answer.status_code
        if status == httpx.codes.OK:
            return Reply(body_of(answer, url, replace(self._limits, seconds=time.monotonic() + self._limits.seconds)), answer.headers)
        said = f"{visible(url)}: the server answered {status} {visible(answer.reason_phrase)}".rstrip()
        if status in _KEY_WRONG:
            raise KeyRefusedError(f"{said}. The key in key_file is wrong, or may not ask this.")
        if status == _LATE:
            raise TooSlowError(said)
        if status == _BUSY or status >= _SERVER_ERROR:
            raise _BusyError(said, wait=asked_to_wait(answer.headers.get("retry-after", "")))
        raise FeedError(said)


class _BusyError(FeedError):
    """The same question may be answered later."""


def asked_to_wait(text: str) -> float:
    """Seconds of a Retry-After, which is a number or a date (RFC 9110 section 10.2.3); 0 where it is neither."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
