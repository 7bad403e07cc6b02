"""TLS ClientHello (RFC 8446 section 4.1.2): server name and what JA4 is made of."""

from dataclasses import dataclass, field

from varde.decode.payload.ja4 import ja4
from varde.decode.payload.payload import Payload, readable

HANDSHAKE, CLIENT_HELLO = 22, 1
SERVER_NAME, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS = 0, 13, 16, 43
_RANDOM = 32
_RECORD_HEADER = 5
_HANDSHAKE_HEADER = 4


class _CutError(Exception):
    """The octets end before what they announce."""


@dataclass(slots=True)
class ClientHello:
    """A ClientHello, as far as it could be read."""

    version: int = 0
    ciphers: list[int] = field(default_factory=list)
    extensions: list[int] = field(default_factory=list)
    "Types in order."
    sni: str | None = None
    alpn: bytes | None = None
    "The first protocol offered; None without the extension."
    versions: list[int] = field(default_factory=list)
    signatures: list[int] = field(default_factory=list)
    is_whole: bool = False


def read_tls(data: bytes) -> Payload | None:
    """Server name and JA4; a hello that is cut off has no JA4, which would be another client's. None where it is no TLS."""
    if data[:2] != b"\x16\x03" or data[2:3] > b"\x04" or data[5:6] not in (b"", b"\x01"):
        return None
    hello = read_hello(handshake_of(data))
    return Payload("tls", sni=hello.sni, ja4=_fingerprint(hello) if hello.is_whole else None)


def handshake_of(data: bytes) -> bytes:
    """The handshake message, put together from records (RFC 8446 section 5.1)."""
    parts, at = [], 0
    while data[at : at + 1] == bytes([HANDSHAKE]) and at + _RECORD_HEADER <= len(data):
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        parts.append(data[at + _RECORD_HEADER : at + _RECORD_HEADER + length])
        at += _RECORD_HEADER + length
    return b"".join(parts)


def read_hello(message: bytes) -> ClientHello:
    """Read as far as the octets go; `is_whole` says whether all of it was there and nothing contradicted itself."""
    hello = ClientHello()
    try:
        _read(hello, message)
    except _CutError:
        pass
    else:
        hello.is_whole = True
    return hello


def _read(hello: ClientHello, message: bytes) -> None:
    length = int.from_bytes(message[1:4], "big")
    body = _Octets(message[_HANDSHAKE_HEADER : _HANDSHAKE_HEADER + length])
    hello.version = body.number(2)
    body.take(_RANDOM)
    body.vector(1)  # session
    hello.ciphers = _numbers(body.vector(2))
    body.vector(1)  # compression
    if length > body.at:  # SSL 3.0 and the first TLS clients send no extensions
        announced = body.number(2)
        rest = _Octets(body.rest()[:announced])
        while rest.left():
            kind = rest.number(2)
            hello.extensions.append(kind)
            _read_extension(hello, kind, rest.vector(2))
        if announced > rest.at:
            raise _CutError
    if length > len(message) - _HANDSHAKE_HEADER:
        raise _CutError


def _read_extension(hello: ClientHello, kind: int, content: bytes) -> None:
    body = _Octets(content)
    if kind == SERVER_NAME and content:
        names = _Octets(body.vector(2))
        hello.sni = readable(names.vector(2)) if names.number(1) == 0 else None
    elif kind == ALPN:
        names = _Octets(body.vector(2))
        hello.alpn = names.vector(1) if names.left() else b""
    elif kind == SUPPORTED_VERSIONS:
        hello.versions = _numbers(body.vector(1))
    elif kind == SIGNATURE_ALGORITHMS:
        hello.signatures = _numbers(body.vector(2))


def _fingerprint(hello: ClientHello) -> str:
    return ja4(
        version=hello.version, versions=hello.versions, ciphers=hello.ciphers, extensions=hello.extensions,
        alpn=hello.alpn, signatures=hello.signatures,
    )  # fmt: skip


def _numbers(octets: bytes) -> list[int]:
    return [int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets) - 1, 2)]


class _Octets:
    """Reads forward; raises _CutError where less is left than asked for."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.at = 0

    def left(self) -> int:
        return len(self._octets) - self.at

    def rest(self) -> bytes:
        return self._octets[self.at :]

    def take(self, count: int) -> bytes:
        if self.left() < count:
            raise _CutError
        self.at += count
        return self._octets[self.at - count : self.at]

    def number(self, octets: int) -> int:
        return int.from_bytes(self.take(octets), "big")

    def vector(self, octets: int) -> bytes:
        """What follows a length of so many octets."""
        return self.take(self.number(octets))
