"""Warnings as syslog: RFC 3164 or 5424, over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).

Syslog has no receipts. What can be known is asked: whether the other end's kernel has all octets, and whether it closed the
connection or has no such port. Where it did, all of the last call is sent again on the next connection.
"""

import contextlib
import errno
import fcntl
import os
import re
import select
import socket
import ssl
import struct
import termios
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone

from varde.deliver.settings import FACILITIES, SEVERITIES, SinkSettings, host_and_port
from varde.deliver.sink import Row, SinkError, because
from varde.export.warning import FORMATS, MESSAGE_IDS
from varde.model import VardeError

MESSAGE_MAX = 8000
"""Octets of a message: rsyslog cuts at 8 KiB unless told otherwise."""

SETTLE_SECONDS = 0.2
"""How long an end that has gone may need to say so: the answer of a closed port, or the end of a connection."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""RFC 3164 section 4.1.2; the locale must not translate them."""


class SyslogSink:
    """One receiver. Sends at most `batch` messages before it asks whether they arrived."""

    batch = 200

    def __init__(self, settings: SinkSettings) -> None:
        settings.need(address=settings.address)
        scheme, _, rest = settings.address.partition("://")
        if scheme not in _CHANNELS:
            raise VardeError(f"sink {settings.name}: {settings.address!r} is no address. Write udp://, tcp:// or tls://, a host and a port.")
        self._host, self._port = host_and_port(rest, scheme)
        self._message = _HEADERS[settings.rfc](settings)
        self._frame = _FRAMES["none" if scheme == "udp" else settings.framing]
        self._channel = _CHANNELS[scheme](settings)
        self._where = settings.address

    def ready(self, waiting: int, clock: float) -> bool:
        return waiting > 0

    def send(self, rows: Sequence[Row]) -> str:
        frames = [self._frame(_cut(self._message(row))) for row in rows]
        try:
            self._channel.send(self._host, self._port, frames)
        except (OSError, ssl.SSLError) as error:
            self._channel.close()
            raise SinkError(f"cannot send to {self._where}: {because(error)}.") from error
        return self._channel.answer

    def close(self) -> None:
        self._channel.close()


class _Udp:
    """A datagram a message. A port that is closed says so a moment later, by ICMP, if nobody filters that."""

    answer = "sent; UDP has no receipts"

    def __init__(self, settings: SinkSettings) -> None:
        self._timeout = settings.timeout
        self._socket: socket.socket | None = None

    def send(self, host: str, port: int, frames: Sequence[bytes]) -> None:
        if self._socket is None:
            family, kind, proto, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind, proto)
            self._socket.settimeout(self._timeout)
            self._socket.connect(place)
        for frame in frames:
            self._socket.send(frame)
        poll = select.poll()
        poll.register(self._socket, 0)
        if poll.poll(SETTLE_SECONDS * 1000) and (error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
            raise OSError(error, os.strerror(error))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Tcp:
    """A connection that stays. Messages count as delivered when the other kernel has them and the connection still stands."""

    answer = "taken by the other end's kernel; syslog has no receipts"

    def __init__(self, settings: SinkSettings) -> None:
        self._timeout = settings.timeout
        self._socket: socket.socket | None = None

    def send(self, host: str, port: int, frames: Sequence[bytes]) -> None:
        if self._socket is not None and self._has_gone(self._socket, 0):
            self.close()
        if self._socket is None:
            self._socket = self._wrapped(socket.create_connection((host, port), self._timeout), host)
        self._socket.sendall(b"".join(frames))
        self._wait_until_taken(self._socket)
        if self._has_gone(self._socket, SETTLE_SECONDS):
            raise OSError(errno.ECONNRESET, "the connection was closed")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _wrapped(self, plain: socket.socket, host: str) -> socket.socket:
        return plain

    def _wait_until_taken(self, connection: socket.socket) -> None:
        """Until the other kernel has acknowledged every octet. Raises OSError when it does not in time."""
        end = time.monotonic() + self._timeout
        while _unacknowledged(connection):
            if time.monotonic() > end:
                raise OSError(errno.ETIMEDOUT, "the other end takes nothing")
            time.sleep(0.002)

    def _has_gone(self, connection: socket.socket, seconds: float) -> bool:
        """Whether the other end closes within so long; what a syslog server may say besides is nothing to us."""
        end = time.monotonic() + seconds
        while select.select([connection], [], [], max(end - time.monotonic(), 0))[0]:
            connection.settimeout(0)
            try:
                if not connection.recv(4096):
                    return True
            except (BlockingIOError, ssl.SSLWantReadError):
                pass  # a part of a TLS record, such as a session ticket
            finally:
                connection.settimeout(self._timeout)
        return False


class _Tls(_Tcp):
    """As TCP; the other end must show a certificate for its name that a known authority, or `ca`, signed."""

    answer = "taken by the other end's kernel, inside TLS; syslog has no receipts"

    def __init__(self, settings: SinkSettings) -> None:
        super().__init__(settings)
        try:
            self._context = ssl.create_default_context(cafile=settings.ca)
            if settings.certificate is not None:
                self._context.load_cert_chain(settings.certificate, settings.key, password=lambda: "")
        except (OSError, ssl.SSLError) as error:
            raise VardeError(f"sink {settings.name}: cannot use its certificates: {because(error)}. `ca`, `certificate` and `key` "
                             "must be PEM files.") from error  # fmt: skip

    def _wrapped(self, plain: socket.socket, host: str) -> socket.socket:
        try:
            return self._context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def close(self) -> None:
        if isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self._socket.settimeout(SETTLE_SECONDS)
                self._socket.unwrap()  # a closing without this looks like an attack to the other end
        super().close()


_CHANNELS: dict[str, type[_Udp] | type[_Tcp]] = {"udp": _Udp, "tcp": _Tcp, "tls": _Tls}

_FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda message: message,
    "octets": lambda message: b"%d %s" % (len(message), message),
    "lf": lambda message: message + b"\n",
}
"""RFC 6587 sections 3.4.1 and 3.4.2; neither can be broken out of, because a message has no line feed."""


def _unacknowledged(connection: socket.socket) -> int:
    """Octets that the other kernel has not acknowledged (tcp(7), SIOCOUTQ); 0 where that cannot be asked."""
    try:
        answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])


def _rfc3164(settings: SinkSettings) -> Callable[[Row], str]:
    """`<132>Nov 21 17:00:00 fw1 varde[4711]: FLOWHIT ...`; local time, as its receivers expect. CEF has no tag before it."""
    priority, host, tag = _priority(settings), _hostname(settings, 255), f"varde[{os.getpid()}]: "
    text = _text_of(settings.format or "line")
    before = "" if settings.format == "cef" else tag

    def message(row: Row) -> str:
        now = datetime.now().astimezone()
        return f"<{priority}>{_MONTHS[now.month - 1]} {now.day:2d} {now:%H:%M:%S} {host} {before}{text(row)}"

    return message


def _rfc5424(settings: SinkSettings) -> Callable[[Row], str]:
    """`<132>1 2026-11-21T17:00:00.123456Z fw1 varde 4711 FLOWHIT [varde@32473 src="10.0.0.5" ...] FLOWHIT ...`"""
    priority, host, text = _priority(settings), _hostname(settings, 255), _text_of(settings.format or "line")

    def message(row: Row) -> str:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return f"<{priority}>1 {now} {host} varde {os.getpid()} {MESSAGE_IDS[row['kind']]} {_structured(settings.sd_id, row)} {text(row)}"

    return message


_HEADERS = {3164: _rfc3164, 5424: _rfc5424}


def _text_of(name: str) -> Callable[[Row], str]:
    """What follows the header: the line without its time, which the header has, and with a word to find it by."""
    if name != "line":
        return FORMATS[name].render
    return lambda row: f"{MESSAGE_IDS[row['kind']]} {row['line'].partition(' : ')[2]}"


_PARAMETERS = {
    "src": "src_addr", "spt": "src_port", "dst": "dst_addr", "dpt": "dst_port", "proto": "proto_name", "side": "side",
    "direction": "direction", "name": "name", "packets": "packets", "octets": "octets", "count": "count", "sensor": "sensor",
    "communityId": "community_id", "test": "test",
}  # fmt: skip
"""Names of structured data, each with its column."""


def _structured(sd_id: str, row: Row) -> str:
    values = {name: row.get(column) for name, column in _PARAMETERS.items()}
    pulses = [("pulse", entry.get("id") or entry.get("source")) for entry in row.get("lists", [])[:8]]
    pairs = [f'{name}="{escaped(str(value))}"' for name, value in (*values.items(), *pulses) if value not in (None, "")]
    return f"[{' '.join([sd_id, *pairs])}]"


def escaped(value: str) -> str:
    """RFC 5424 section 6.3.3: a quote, a backslash and a closing bracket; controls are of no use in a log."""
    plain = "".join(c if c.isprintable() else " " for c in value[:256])
    return re.sub(r'(["\\\]])', r"\\\1", plain)


def _priority(settings: SinkSettings) -> int:
    return FACILITIES[settings.facility] * 8 + SEVERITIES[settings.severity]


def _hostname(settings: SinkSettings, most: int) -> str:
    """RFC 5424 section 6.2.4: printable ASCII without spaces; - where the machine has no name."""
    return re.sub(r"[^!-~]", "_", settings.hostname or socket.gethostname())[:most] or "-"


def _cut(message: str) -> bytes:
    """One line of at most MESSAGE_MAX octets, no character cut in two."""
    text = "".join(c if c.isprintable() else " " for c in message).encode("utf-8", "backslashreplace")
    return text if len(text) <= MESSAGE_MAX else text[:MESSAGE_MAX].decode("utf-8", "ignore").encode()
