"""Ports as people write them, and sockets that listen on them."""

import errno
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from varde.model import VardeError

PORTS_MAX = 1024
"""Sockets of one process: beyond that a firewall rule that leads many ports to one is the better tool."""

BACKLOG = 128
"""Connections the kernel completes before we take them."""

IP_PKTINFO = 8  # of Linux (ip(7)), which Python does not name before 3.12

_WRITTEN = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(tcp|udp))?")
_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_LISTENING = "0A"  # TCP_LISTEN of Linux, as /proc/net/tcp prints it


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """A port to listen on."""

    proto: str
    "tcp or udp."
    number: int

    def __str__(self) -> str:
        return f"{self.number}/{self.proto}"


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket and the port that it was bound to."""

    port: Port
    socket: socket.socket


def parse_ports(texts: list[str]) -> list[Port]:
    """Ports from `7547`, `53/udp`, `8000-8010` or `8000-8010/udp`, each once, in order.

    Raises VardeError for what is no port and for more than PORTS_MAX."""
    ports = {port for text in texts for port in _parse(text)}
    if len(ports) > PORTS_MAX:
        raise VardeError(f"{len(ports)} ports are more than the {PORTS_MAX} that one process listens on. Lead them to one port in "
                         "the firewall, or name fewer.")  # fmt: skip
    return sorted(ports)


def _parse(text: str) -> list[Port]:
    written = _WRITTEN.fullmatch(text.strip().lower())
    first = int(written[1]) if written else 0
    last = int(written[2] or written[1]) if written else 0
    if written is None or not 1 <= first <= last <= 65535:
        raise VardeError(f"{text!r} is no port. Write 7547, 53/udp or 8000-8010.")
    return [Port(written[3] or "tcp", number) for number in range(first, last + 1)]


def bind(ports: list[Port], address: str = "::") -> list[Bound]:
    """Sockets bound to all of the ports, or none of them. `::` takes IPv4 too, where the machine has IPv6.

    Raises VardeError that says who has a port."""
    bound: list[Bound] = []
    try:
        for port in ports:
            bound.append(_bind(port, address))  # noqa: PERF401 - those before a failure are to be closed
    except VardeError:
        close(bound)
        raise
    return bound


def close(bound: list[Bound]) -> None:
    for entry in bound:
        entry.socket.close()


def _bind(port: Port, address: str) -> Bound:
    try:
        made = _socket(port, address)
    except OSError as error:
        if address == "::" and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            return _bind(port, "0.0.0.0")  # noqa: S104 - a machine without IPv6
        raise VardeError(_cannot(port, address, error)) from error
    return Bound(Port(port.proto, made.getsockname()[1]), made)


def _socket(port: Port, address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, _KINDS[port.proto])
    try:
        made.setblocking(False)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        if port.proto == "udp":
            _ask_for_destinations(made)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the run before may linger
        made.bind((address, port.number))
        if port.proto == "tcp":
            made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _ask_for_destinations(udp: socket.socket) -> None:
    """Let the kernel say to which of our addresses a datagram was sent (ipv6(7), ip(7))."""
    if udp.family == socket.AF_INET6:
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    elif sys.platform == "linux":
        udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)


def _cannot(port: Port, address: str, error: OSError) -> str:
    text = (error.strerror or str(error)).lower()
    if isinstance(error, PermissionError):
        return (f"cannot listen on {port}: {text}. Ports below 1024 need root, which is given up once they are open, or "
                "the capability CAP_NET_BIND_SERVICE.")  # fmt: skip
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {port}: the port is taken by {holder(port)}. Stop it, or name another port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"cannot listen on {address}: it is no address of this machine. `ip address` lists them."
    return f"cannot listen on {port} at {address}: {text}."


def holder(port: Port) -> str:
    """Who has a port, in words: `nginx (process 812)` where we may know."""
    sockets = _sockets_at(port)
    for folder in Path("/proc").glob("[0-9]*"):
        if sockets and _holds(folder, sockets):
            name = (folder / "comm").read_text(errors="replace").strip()
            return f"{name} (process {folder.name})"
    return "a process of another user (`ss -lntup` as root names it)"


def _sockets_at(port: Port) -> set[str]:
    """`socket:[INODE]` of the sockets that listen on a port, from /proc/net (proc(5))."""
    found = set()
    for name in (port.proto, f"{port.proto}6"):
        try:
            lines = Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if int(fields[1].rpartition(":")[2], 16) == port.number and (port.proto == "udp" or fields[3] == _LISTENING):
                found.add(f"socket:[{fields[9]}]")
    return found


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(entry.readlink()) in sockets for entry in (process / "fd").iterdir())
    except OSError:  # it ended meanwhile, or is another user's
        return False
