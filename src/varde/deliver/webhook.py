"""Warnings posted to a web address, one a request, signed, tried again until they are taken."""

import hashlib
import hmac
import http.client
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from varde.deliver.settings import SinkSettings
from varde.deliver.sink import Row, SinkError, because
from varde.export.warning import FORMATS
from varde.model import VardeError

REDIRECTS_MAX = 3
"""To other paths of the same host and port; to anywhere else nothing is sent, for it would have the token and the warning."""

ANSWER_MAX = 4096
"""Octets read of an answer."""

_TAKEN = range(200, 300)
_ELSEWHERE = (307, 308)  # the ones that keep method and body (RFC 9110 section 15.4)
_NEVER = (400, 406, 409, 410, 413, 414, 415, 422)
"""This request is wrong and will be tomorrow. A wrong token (401, 403) or path (404) can be set right, and is tried again."""


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """Without the path, which is often the secret."""
        return f"{self.scheme}://{self.host}:{self.port}"


class WebhookSink:
    """POSTs to one address. With `secret_file`, `X-Varde-Signature: sha256=HEX` is the HMAC of timestamp, a dot and the body."""

    batch = 1

    def __init__(self, settings: SinkSettings) -> None:
        url = settings.url or settings.secret(settings.url_file)
        settings.need(url=url)
        self._target = _target(url, settings.name)
        self._format = FORMATS[settings.format or "json"]
        self._secret = settings.secret(settings.secret_file).encode()
        self._token = settings.secret(settings.token_file)
        self._timeout = settings.timeout
        try:
            self._tls = ssl.create_default_context(cafile=settings.ca)
        except (OSError, ssl.SSLError) as error:
            raise VardeError(f"sink {settings.name}: cannot use {settings.ca}: {because(error)}. It must be a PEM file.") from error

    def ready(self, waiting: int, clock: float) -> bool:
        return waiting > 0

    def send(self, rows: Sequence[Row]) -> str:
        answers = [self._post(self._format.render(row).encode("utf-8", "backslashreplace")) for row in rows]
        return answers[-1]

    def close(self) -> None:
        """A connection lasts for one request: warnings are rare, and half-open ones would eat them."""

    def _post(self, body: bytes) -> str:
        target = self._target
        for _ in range(REDIRECTS_MAX + 1):
            answer = self._request(target, body)
            if answer.status not in _ELSEWHERE:
                return _judged(answer, target)
            target = self._elsewhere(target, answer.location)
        raise SinkError(f"{target.shown} redirects more than {REDIRECTS_MAX} times.")

    def _request(self, target: _Target, body: bytes) -> "_Answer":
        connection = self._connection(target)
        try:
            connection.request("POST", target.path, body, self._headers(body))
            reply = connection.getresponse()
            said = reply.read(ANSWER_MAX).decode("utf-8", "replace")
            return _Answer(reply.status, said, reply.getheader("Location") or "", reply.getheader("Retry-After") or "")
        except (OSError, http.client.HTTPException) as error:
            raise SinkError(f"cannot post to {target.shown}: {because(error)}.") from error
        finally:
            connection.close()

    def _connection(self, target: _Target) -> http.client.HTTPConnection:
        if target.scheme == "https":
            return http.client.HTTPSConnection(target.host, target.port, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(target.host, target.port, timeout=self._timeout)

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        headers = {"Content-Type": self._format.content_type, "User-Agent": "varde", "X-Varde-Timestamp": stamp, "Connection": "close"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._secret:
            headers["X-Varde-Signature"] = "sha256=" + hmac.new(self._secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return headers

    def _elsewhere(self, target: _Target, location: str) -> _Target:
        """Raises SinkError where an answer leads to another host."""
        try:
            there = _target(urljoin(f"{target.shown}{target.path}", location), "")
        except (VardeError, ValueError):
            raise SinkError(f"{target.shown} redirects to what is no web address.") from None
        if there.shown != target.shown:
            raise SinkError(f"{target.shown} redirects to {there.shown}, another host: nothing is sent there. Name it in url if it is right.")
        return there


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    said: str
    location: str
    wait: str


def _judged(answer: _Answer, target: _Target) -> str:
    """What a good answer said. Raises SinkError for any other."""
    said = "".join(c if c.isprintable() else " " for c in answer.said[:120]).strip()
    told = f"{answer.status} {http.client.responses.get(answer.status, '')}".strip() + (f": {said}" if said else "")
    if answer.status in _TAKEN:
        return told
    after = float(answer.wait) if answer.wait.isdecimal() and len(answer.wait) < 6 else 0.0
    raise SinkError(f"{target.shown} answers {told}.", final=answer.status in _NEVER, after=after)


def _target(url: str, name: str) -> _Target:
    """Raises VardeError for what is no web address, without repeating it: it may be a secret."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or not url.isprintable() or " " in url:
        raise VardeError(f"sink {name}: url is no web address. Write https://hooks.example.net/path.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path)
