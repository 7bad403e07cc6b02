"""HTTP requests (RFC 9112), whole or cut off, as clients and attackers send them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from varde.decode.payload.payload import Payload, readable

HEADERS_MAX = 200
"""Header fields that are kept: servers stop at 100 or 200."""

METHODS = frozenset(b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND M-SEARCH NOTIFY PRI".split())
"""Methods that tell a request whose line is cut off before its version; with a version any token will do."""

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_VERSION = re.compile(rb"([A-Za-z]{2,16})/[0-9][0-9.]{0,7}")
_TARGETS = (b"/", b"*", b"http://", b"https://")


@dataclass(frozen=True, slots=True)
class Request:
    """A request in parts: octets, as sent."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """The first value under a name, whatever its case."""
        return next((value for known, value in self.headers if known.lower() == name), None)


def read_http(data: bytes) -> Payload | None:
    """What a request says; None where the octets are none."""
    request = split_request(data)
    if request is None:
        return None
    referer, agent, cookie = (_text(request.header(name)) for name in (b"referer", b"user-agent", b"cookie"))
    return Payload(
        "http", method=readable(request.method), host=_text(request.header(b"host")) or _host_of(request), path=readable(request.target),
        referer=referer, agent=agent, cookie=cookie, headers=tuple((readable(n), readable(v)) for n, v in request.headers),
    )  # fmt: skip


def split_request(data: bytes) -> Request | None:
    """The parts of a request, empty where it is cut off; None where the octets are none."""
    data = data.lstrip(b"\r\n")  # RFC 9112 section 2.2: a server ignores empty lines before the request
    end = data.find(b"\n")
    line = _request_line(data if end < 0 else data[:end].rstrip(b"\r"), is_cut=end < 0)
    if line is None:
        return None
    headers, body = _headers(data, len(data) if end < 0 else end + 1)
    return Request(*line, headers, data[body:])


def _request_line(line: bytes, *, is_cut: bool) -> tuple[bytes, bytes] | None:
    method, _, rest = line.partition(b" ")
    target, _, last = rest.strip(b" ").rpartition(b" ")
    version = _VERSION.fullmatch(last)
    if not _TOKEN.fullmatch(method) or (version and version[1].upper() != b"HTTP"):
        return None  # SIP, RTSP and others look alike
    if version and target:
        return method, target.strip(b" ")
    if target and is_cut and b"HTTP/1.1".startswith(last):
        return _without_version(method, target)
    return _without_version(method, rest.strip(b" "))


def _without_version(method: bytes, target: bytes) -> tuple[bytes, bytes] | None:
    known = target.startswith(_TARGETS) or (method == b"CONNECT" and b":" in target)
    return (method, target) if method in METHODS and known else None


def _headers(data: bytes, at: int) -> tuple[tuple[tuple[bytes, bytes], ...], int]:
    """Header fields from `at` on, and where the body begins: behind the empty line, or at what is no header."""
    fields: list[tuple[bytes, list[bytes]]] = []
    while at < len(data) and len(fields) < HEADERS_MAX:
        end = data.find(b"\n", at)
        line = data[at : len(data) if end < 0 else end].rstrip(b"\r")
        after = len(data) if end < 0 else end + 1
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line.strip(b" \t"))
        elif colon and _TOKEN.fullmatch(name.rstrip(b" \t")):
            fields.append((name.rstrip(b" \t"), [value.strip(b" \t")]))
        else:
            return _joined(fields), at if line else after
        at = after
    return _joined(fields), at


def _joined(fields: list[tuple[bytes, list[bytes]]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, b" ".join(values)) for name, values in fields)


def _host_of(request: Request) -> str | None:
    """The host of an absolute target, or the authority of CONNECT."""
    target = readable(request.target)
    if request.method == b"CONNECT":
        return target
    try:
        return urlsplit(target).netloc or None if "://" in target else None
    except ValueError:  # brackets that hold no IPv6 address
        return None


def _text(value: bytes | None) -> str | None:
    return None if value is None else readable(value)
