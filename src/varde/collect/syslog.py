"""Syslog on UDP, TCP and TLS: datagrams and frames in, batches of lines to a sink.

RFC 5426 (UDP: one message a datagram), RFC 6587 (TCP: octet counting or line feeds, told apart by the first octet of each
frame), RFC 5425 (TLS). A batch closes after 100 ms or 25,000 lines.
"""

import asyncio
import errno
import ipaddress
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from varde.intel.intervals import Network
from varde.model import VardeError

BATCH_SECONDS = 0.1
BATCH_LINES = 25_000
MESSAGE_MAX = 64 * 1024
"""Octets: the largest datagram UDP can carry, and all we take of a frame."""

DATAGRAMS_A_TURN = 2_000
"""Datagrams taken from a socket before others get their turn."""

DRAIN_TURNS = 20
"""Turns taken at the end: more than the receive buffer can hold, and no flood keeps us from ending."""

CONNECTIONS_MAX = 512
"""Senders at once over TCP: more are refused and counted."""

BACKLOG = 128
"""Connections the kernel holds until we take them: all senders come back at once after a restart."""

IDLE_SECONDS = 3600
RECEIVE_BUFFER = 16 * 1024 * 1024
_RCVBUFFORCE = 33  # SO_RCVBUFFORCE of Linux (socket(7)), which Python does not name

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "::1/128", "fc00::/7", "fe80::/10")  # fmt: skip

Sink = Callable[[str, bytes], None]
"""Takes the sender's address and lines, each ended by a line feed."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: `udp://[::]:5514`."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Raises VardeError for what is no such address."""
        wrong = VardeError(f"{text!r} is no address to listen on. Write udp://[::]:5514, tcp://0.0.0.0:5514 or tls://[::]:6514.")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme not in ("udp", "tcp", "tls") or port is None or parts.path not in ("", "/"):
            raise wrong
        return cls(parts.scheme, parts.hostname or "::", port)

    @property
    def wire(self) -> str:
        """The protocol that carries it."""
        return _WIRES.get(self.scheme, self.scheme)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.wire}://{host}:{self.port}"


FLOWS = {"udp": "netflow", "tcp": "ipfix"}
"""What carries exports of flows, and the scheme that an address for them has, so that it differs from one for syslog."""

_WIRES = {scheme: wire for wire, scheme in FLOWS.items()}


def flow_address(text: str) -> Address:
    """Where to listen for flows: `127.0.0.1:2055`, `udp://[::]:2055`, or `tcp://[::]:4739` for IPFIX. Raises VardeError."""
    parsed = Address.parse(text if "://" in text else f"udp://{text}")
    if parsed.scheme not in FLOWS:
        raise VardeError(f"{text!r}: flows come over UDP, or TCP for IPFIX. Write udp://[::]:2055 or tcp://[::]:4739.")
    return Address(FLOWS[parsed.scheme], parsed.host, parsed.port)


@dataclass(slots=True)
class Guard:
    """Who may send: private and link-local addresses and those of the configuration. Others are counted and sampled."""

    accept: tuple[Network, ...] = ()
    counters: Counter[str] = field(default_factory=Counter)
    "refused_sender is counted here."
    refused: dict[str, int] = field(default_factory=dict)
    "Samples: senders that were refused, and how often."
    _allowed: tuple[Network, ...] = ()

    def __post_init__(self) -> None:
        self.configure(self.accept)

    def configure(self, accept: tuple[Network, ...]) -> None:
        """Who may send beside private and link-local addresses from now on."""
        self.accept = accept
        self._allowed = (*map(ipaddress.ip_network, _PRIVATE), *accept)

    def is_welcome(self, sender: str, count: int = 1) -> bool:
        """Whether what a sender sent may be taken; `count` is how many messages are refused where not."""
        address = ipaddress.ip_address(sender)
        if any(address in network for network in self._allowed if network.version == address.version):
            return True
        self.counters["refused_sender"] += count
        if sender in self.refused or len(self.refused) < SAMPLES:
            self.refused[sender] = self.refused.get(sender, 0) + count
        return False


@dataclass(slots=True)
class SyslogListener:
    """Listens on any number of addresses and hands batches of lines to `sink` in the event loop's thread."""

    sink: Sink
    accept: tuple[Network, ...] = ()
    tls: ssl.SSLContext | None = None
    counters: Counter[str] = field(default_factory=Counter)
    "messages, refused_sender, too_long, too_many_connections, bad_frame, and octets."
    _waiting: dict[str, list[bytes]] = field(default_factory=dict)
    _lines: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _connections: set["asyncio.Task[None]"] = field(default_factory=set)
    _flusher: "asyncio.Task[None] | None" = None
    _guard: "Guard" = field(init=False)

    def __post_init__(self) -> None:
        self._guard = Guard(self.accept, self.counters)

    @property
    def refused(self) -> dict[str, int]:
        """Samples: senders that were refused, and how often."""
        return self._guard.refused

    async def listen(self, address: Address) -> Address:
        """Open one address; the answer has the port that was really taken. Raises VardeError when it cannot."""
        bound = self._listen_udp(address) if address.scheme == "udp" else await self._listen_tcp(address)
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush_often())
        return bound

    async def close(self) -> None:
        """Stop listening; what has arrived is handed over first."""
        loop = asyncio.get_running_loop()
        for udp in self._sockets:
            for _ in range(DRAIN_TURNS):
                self._drain(udp)
            loop.remove_reader(udp)
            udp.close()
        for server in self._servers:
            server.close()
        for task in self._connections:
            task.cancel()
        if self._flusher:
            self._flusher.cancel()
        self._sockets, self._servers = [], []
        self.flush()

    def flush(self) -> None:
        """Hand over what waits."""
        waiting, self._waiting, self._lines = self._waiting, {}, 0
        for sender, messages in waiting.items():
            self.sink(sender, b"".join(messages))

    def _listen_udp(self, address: Address) -> Address:
        udp = bound_socket(address)
        enlarge(udp, RECEIVE_BUFFER)
        asyncio.get_running_loop().add_reader(udp, self._drain, udp)
        self._sockets.append(udp)
        return Address("udp", address.host, udp.getsockname()[1])

    async def _listen_tcp(self, address: Address) -> Address:
        if address.scheme == "tls" and self.tls is None:
            raise VardeError(f"cannot listen on {address}: set certificate and key in section [syslog] of the configuration.")
        tcp = bound_socket(address)
        context = self.tls if address.scheme == "tls" else None
        server = await asyncio.start_server(self._serve, sock=tcp, ssl=context, limit=MESSAGE_MAX, backlog=BACKLOG)
        self._servers.append(server)
        return Address(address.scheme, address.host, tcp.getsockname()[1])

    def _drain(self, udp: socket.socket) -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                message, peer = udp.recvfrom(MESSAGE_MAX)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.counters["socket_error"] += 1
                return
            self._take(_plain(peer[0]), message)

    def _take(self, sender: str, message: bytes) -> None:
        if not self._guard.is_welcome(sender):
            return
        self.counters["messages"] += 1
        self.counters["octets"] += len(message)
        # a line feed inside a datagram would make two lines of one message
        line = message.rstrip(b"\r\n\x00").replace(b"\n", b" ") + b"\n"
        self._waiting.setdefault(sender, []).append(line)
        self._lines += 1
        if self._lines >= BATCH_LINES:
            self.flush()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = _plain(writer.get_extra_info("peername")[0])
        if len(self._connections) >= CONNECTIONS_MAX or not self._guard.is_welcome(sender):
            self.counters["too_many_connections"] += len(self._connections) >= CONNECTIONS_MAX
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._frames(reader, sender)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError, TimeoutError):
            self.counters["broken_connection"] += 1
        finally:
            self._connections.discard(task)
            writer.close()

    async def _frames(self, reader: asyncio.StreamReader, sender: str) -> None:
        """Frames of one connection: digits and a blank count octets, anything else ends at a line feed or NUL."""
        held, skipping = b"", False
        while piece := await asyncio.wait_for(reader.read(MESSAGE_MAX), IDLE_SECONDS):
            held += piece
            if skipping:  # the rest of a message whose beginning was taken
                _, feed, held = held.partition(b"\n")
                skipping = not feed
            messages, held = split_frames(held)
            for message in messages:
                self._take(sender, message)
            if len(held) > _FRAME_MAX:
                self.counters["too_long"] += 1
                self._take(sender, held[:MESSAGE_MAX])
                held, skipping = b"", True
        if held.strip(b"\x00\r\n "):
            self._take(sender, held)

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            self.flush()


SAMPLES = 20
"""Refused senders whose addresses are kept."""

_COUNT_DIGITS = 6  # MESSAGE_MAX has five
_FRAME_MAX = MESSAGE_MAX + _COUNT_DIGITS + 1


def split_frames(held: bytes) -> tuple[list[bytes], bytes]:
    """Whole frames at the beginning of a stream's octets, and what is left (RFC 6587 section 3.4)."""
    messages = []
    at = 0
    while at < len(held):
        end, message = _counted(held, at) if 48 <= held[at] <= 57 else _ended(held, at)
        if end < 0:
            break
        if message:
            messages.append(message)
        at = end
    return messages, held[at:]


def _counted(held: bytes, at: int) -> tuple[int, bytes]:
    blank = held.find(b" ", at, at + _COUNT_DIGITS + 1)
    digits = held[at:blank] if blank >= 0 else b""
    if held[at:].rstrip(b" ").isdigit() and len(held) - at <= _COUNT_DIGITS + 1 and held.find(b" ", at, -1) < 0:
        return -1, b""  # what comes next tells whether this is a count
    if not digits.isdigit() or int(digits) > MESSAGE_MAX or held[blank + 1 : blank + 2] != b"<":
        # not a count after all, as a line of a file sent without a header; a count is followed by PRI
        return _ended(held, at)
    end = blank + 1 + int(digits)
    return (end, held[blank + 1 : end]) if end <= len(held) else (-1, b"")


def _ended(held: bytes, at: int) -> tuple[int, bytes]:
    feed, nul = held.find(b"\n", at), held.find(b"\x00", at)
    end = min(place for place in (feed, nul) if place >= 0) if max(feed, nul) >= 0 else -1
    return (end + 1, held[at:end]) if end >= 0 else (-1, b"")


def bound_socket(address: Address) -> socket.socket:
    """A bound socket, listening where its kind does; `::` also takes IPv4, which then shows as ::ffff:a.b.c.d.

    Raises VardeError that names the port and how to see who has it."""
    try:
        return _bound(address)
    except (OSError, UnicodeError) as error:  # a host name that no resolver would be asked for
        raise VardeError(_cannot(address, error)) from error


def _bound(address: Address) -> socket.socket:
    kind = socket.SOCK_DGRAM if address.wire == "udp" else socket.SOCK_STREAM
    host = _reachable(address.host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, kind)
    try:
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        made.setblocking(False)
        made.bind((host, address.port))
        if kind == socket.SOCK_STREAM:
            made.listen(BACKLOG)
    except (OSError, UnicodeError):
        made.close()
        raise
    return made


def _reachable(host: str) -> str:
    """`::` where the kernel knows IPv6, else all of IPv4: the default of the configuration must work on both."""
    if host != "::":
        return host
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
    except OSError:
        return "0.0.0.0"  # noqa: S104 - what :: means here
    return host


def enlarge(udp: socket.socket, octets: int) -> None:
    """A receive buffer beyond the system's limit where we may have one (root, CAP_NET_ADMIN), else up to it."""
    try:
        udp.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE if sys.platform == "linux" else socket.SO_RCVBUF, octets)
    except PermissionError:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)


def _plain(host: str) -> str:
    return host.removeprefix("::ffff:").partition("%")[0]


def _cannot(address: Address, error: OSError | UnicodeError) -> str:
    text = (getattr(error, "strerror", None) or str(error)).lower()
    said = f"cannot {_PURPOSES.get(address.scheme, 'listen on')} {address}"
    if isinstance(error, PermissionError):
        return f"{said}: {text}. Ports below 1024 need root or CAP_NET_BIND_SERVICE; try port {address.port + 8000 if address.scheme == 'http' else 5514}."
    if getattr(error, "errno", 0) == errno.EADDRINUSE:
        table = "u" if address.wire == "udp" else "t"
        return f"{said}: the port is taken; `ss -l{table}np | grep :{address.port}` as root says by whom. {_INSTEAD.get(address.scheme, _OTHER)}"
    return f"{said}: {text}."


_PURPOSES = {"http": "serve the page on"}
_INSTEAD = {"http": "Name another port with --web 127.0.0.1:8421."} | dict.fromkeys(
    FLOWS.values(), "Often it is nfcapd or another Varde. Name another port with --flows or in [flows] listen."
)
_OTHER = "Often it is rsyslog or another Varde. Name another port on the command line or in [syslog] listen."
