"""Lists fetched by URL: bounded in size, time and type, redirected only within the host, and not fetched twice when unchanged."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO

import httpx

from varde import __version__
from varde.collect.feed_terms import FeedError, Limits, check_octets, check_url, reason_of
from varde.collect.text import DamagedTextError, text_of
from varde.model import visible

CONNECT_SECONDS = 10.0

REDIRECTS_MAX = 3
"""Within the host; more is a loop."""

_REFUSED_TYPES = ("text/html", "application/xhtml", "image/", "audio/", "video/", "font/", "application/pdf", "multipart/")
"""What is no list: a page that says sorry, mostly."""

_UNCHANGED = 304


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server gave: None where it is what we have; with what to ask next time."""

    data: bytes | None
    etag: str | None = None
    last_modified: str | None = None


def fetch(
    url: str, *, etag: str | None = None, last_modified: str | None = None, limits: Limits | None = None, key: Mapping[str, str] | None = None,
    as_sent: bool = False,
) -> Fetched:  # fmt: skip
    """The list at a URL, uncompressed unless it is wanted `as_sent`. `key`: a header with a secret. Raises FeedError that says what the matter is."""
    check_url(url)
    bounds = limits or Limits()
    asked = {"User-Agent": f"varde/{__version__}", "Accept": "text/plain, text/csv, application/json, */*;q=0.5", "Accept-Encoding": "identity" if as_sent else "gzip"}
    asked |= {"If-None-Match": etag} if etag else {}
    asked |= {"If-Modified-Since": last_modified} if last_modified else {}
    asked |= key or {}
    deadline = time.monotonic() + bounds.seconds
    try:
        with httpx.Client(timeout=httpx.Timeout(bounds.silence, connect=min(CONNECT_SECONDS, bounds.silence))) as client:
            return _follow(client, url, asked, replace(bounds, seconds=deadline), as_sent=as_sent)
    except httpx.TimeoutException:
        raise FeedError(f"{visible(url)}: the server said nothing for {bounds.silence:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FeedError(f"{visible(url)}: {reason_of(error)}") from None


def _follow(client: httpx.Client, url: str, asked: dict[str, str], bounds: Limits, *, as_sent: bool) -> Fetched:
    """`bounds.seconds` is the moment, of the monotonic clock, at which patience ends."""
    here = url
    for _ in range(REDIRECTS_MAX + 1):
        with client.stream("GET", here, headers=asked) as answer:
            if not answer.has_redirect_location:
                return _taken(answer, url, bounds, as_sent=as_sent)
            here = _next(here, answer.headers["location"], bounds.what)
    raise FeedError(f"{visible(url)}: it redirects more than {REDIRECTS_MAX} times")


def _next(here: str, location: str, what: str) -> str:
    old, new = httpx.URL(here), httpx.URL(here).join(location)
    same = new.host == old.host and ((new.scheme == old.scheme and new.port == old.port) or (old.scheme, new.scheme) == ("http", "https"))
    if not same:
        raise FeedError(f"{visible(here)}: it redirects to another host ({visible(str(new.host))}). Give the address that the {what} has now, if you trust it.")
    return str(new)


def _taken(answer: httpx.Response, url: str, bounds: Limits, *, as_sent: bool) -> Fetched:
    told = answer.headers.get("etag"), answer.headers.get("last-modified")
    if answer.status_code == _UNCHANGED:
        return Fetched(None, *told)
    if answer.status_code != httpx.codes.OK:
        raise FeedError(f"{visible(url)}: the server answered {answer.status_code} {visible(answer.reason_phrase)}".rstrip())
    return Fetched(b"".join(_body(answer, url, bounds)) if as_sent else body_of(answer, url, bounds), *told)


def body_of(answer: httpx.Response, url: str, bounds: Limits) -> bytes:
    """What a server gives, uncompressed. `bounds.seconds` is a moment of the monotonic clock. Raises FeedError for what is no list."""
    kind = answer.headers.get("content-type", "").lower()
    if kind.startswith(_REFUSED_TYPES):
        raise FeedError(f"{visible(url)}: that is {visible(kind)}, no {bounds.what}")
    return check_octets(_uncompressed(b"".join(_body(answer, url, bounds)), url, bounds), url, bounds.what)


def _body(answer: httpx.Response, url: str, bounds: Limits) -> Iterator[bytes]:
    size = 0
    for piece in answer.iter_raw():
        size += len(piece)
        if size > bounds.octets:
            raise FeedError(_too_large(url, bounds))
        if time.monotonic() > bounds.seconds:
            raise FeedError(f"{visible(url)}: it did not come within the time that a {bounds.what} may take; {size:,} octets came")
        yield piece


def _uncompressed(body: bytes, url: str, bounds: Limits) -> bytes:
    """Compressed by the server or as a file: both show in the first octets."""
    text = text_of(BytesIO(body))
    try:
        data = text.read(bounds.octets + 1)
        text.read(1)  # raises where what follows is damaged
    except DamagedTextError as error:
        raise FeedError(f"{visible(url)}: {error}") from None
    if len(data) > bounds.octets:
        raise FeedError(_too_large(url, bounds))
    return data


def _too_large(url: str, bounds: Limits) -> str:
    return f"{visible(url)}: it has more than {bounds.octets:,} octets, which no {bounds.what} needs"
