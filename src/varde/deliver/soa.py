"""Asks a name server which serial of a zone it has: a reload can be accepted and still not happen."""

import secrets
import socket
import struct
import time

from varde.model import VardeError

ANSWER_MAX = 4096
_SOA, _IN = 6, 1
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_POINTER = 0xC0
_TRIES = 3
_LABELS_MAX = 128
"""Labels of a name: with 255 octets there cannot be more."""


def serial_at(host: str, port: int, zone: str, *, seconds: float = 2.0) -> int:
    """The serial that a server answers. Raises VardeError where it does not answer, or has no such zone."""
    last = "no answer"
    for _ in range(_TRIES):
        number = secrets.randbelow(1 << 16)
        try:
            return parse_serial(_exchange(host, port, _query(zone, number), number, seconds))
        except OSError as error:
            last = (error.strerror or str(error) or "no answer").lower()
    raise VardeError(f"{host} port {port} does not say which serial of {zone} it has: {last}")


def _query(zone: str, number: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in zone.split("."))
    return _HEADER.pack(number, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", _SOA, _IN)


def _exchange(host: str, port: int, query: bytes, number: int, seconds: float) -> bytes:
    """One question over UDP. Answers of others are passed over."""
    end = time.monotonic() + seconds
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, proto) as sock:
        sock.connect(address)
        sock.send(query)
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            answer = sock.recv(ANSWER_MAX)
            if answer[:2] == number.to_bytes(2, "big"):
                return answer
    raise TimeoutError("no answer")


def parse_serial(answer: bytes) -> int:
    """The serial in an answer. Raises VardeError for one that has none, whatever octets it is made of."""
    try:
        _, flags, questions, answers, _, _ = _HEADER.unpack_from(answer)
        if flags & 0xF:
            raise VardeError(f"the server refuses to say its serial (DNS status {flags & 0xF}). Allow queries from this machine: allow-query {{ localhost; }};")
        at = _HEADER.size
        for _ in range(questions):
            at = _after_name(answer, at) + 4
        for _ in range(answers):
            at = _after_name(answer, at)
            kind, _, _, length = _RECORD.unpack_from(answer, at)
            at += _RECORD.size
            if kind == _SOA:
                number: int = struct.unpack_from(">I", answer, _after_name(answer, _after_name(answer, at)))[0]
                return number
            at += length
    except (struct.error, IndexError):
        raise VardeError("the server's answer is cut short") from None
    raise VardeError("the server has no such zone")


def _after_name(answer: bytes, at: int) -> int:
    """Where what follows a name begins."""
    for _ in range(_LABELS_MAX):
        length = answer[at]
        if length >= _POINTER:
            return at + 2
        at += 1 + length
        if not length:
            return at
    raise IndexError("a name without an end")
