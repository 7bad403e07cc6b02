"""A self-test of a running station: real datagrams and log lines in at its ports, and what they change at every other end.

    send -> [station] -> store, sinks, faces.db, /metrics -> look, until all was seen or time is up
"""

import contextlib
import os
import secrets
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from varde.app.context import Context
from varde.app.standing import EVERY_SECONDS, standings
from varde.export.trial import ipfix, netflow5, netflow9, probe_line
from varde.faces import board_of, read_board
from varde.model import VardeError, counted
from varde.model.selftest import ASKED, SENDER, SENSOR

SECONDS = 60.0
"""All it may take: a commit is due after ten, faces.db after ten more, and the machine may be busy."""

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 5.0
"""For a connection or an answer over the loopback."""

HEARD_SECONDS = 1.5
"""In which a station looks whether a warning is asked for."""

STEADY_SECONDS = 2 * EVERY_SECONDS
"""After which a station has told of all its ports."""

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
_PORTS = range(20_000, 60_000)
_ANSWER_MAX = 8 * 1024 * 1024

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past the proxy that the environment may name: it is our own page, and the token is nobody else's."""

Make = Callable[[int, float], bytes]
_FLOWS: tuple[tuple[str, Make], ...] = (("NetFlow v5", netflow5), ("NetFlow v9", netflow9), ("IPFIX", ipfix))
_LINES: tuple[tuple[str, Make], ...] = (("a log line", probe_line), ("a log line about IPv6", partial(probe_line, v6=True)))
_SENT = {"flows udp": _FLOWS, "flows tcp": _FLOWS[-1:], "syslog udp": _LINES, "syslog tcp": _LINES, "syslog tls": _LINES[:1]}
"""What is sent to each kind of port, by the station's name of it."""

_ADVICE = {
    "flows": "the datagram did not become a record. Does [flows] accept refuse this machine, or does something else read this port? `varde status` tells problems.",
    "syslog": "the line did not become a record. Is [syslog] accept right, and does the station run with --as another dialect, or ask senders for certificates?",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it went (ok, failed or skipped), and what was seen or is to be done."""

    name: str
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class Awaited:
    """What should be seen: `seen` says so in words, empty as long as it is not; `late` is the check where time is up."""

    name: str
    seen: Callable[[], str]
    late: Callable[[], Check]


@dataclass(slots=True)
class Trial:
    """One test of one station. `told` gets each check as soon as it is known."""

    context: Context
    station: dict[str, Any]
    told: Callable[[Check], None]
    checks: list[Check] = field(default_factory=list)
    _ports: dict[int, str] = field(default_factory=dict)
    "Destination ports of what was sent, each with its table: how a record is known again."
    _stored: set[int] = field(default_factory=set)
    _looked: set[str] = field(default_factory=set)
    _begun: float = field(default_factory=time.time)

    def run(self, seconds: float) -> list[Check]:
        """Send, look, clean up."""
        end = time.monotonic() + seconds
        self._say(Check("station", OK, f"process {self.station['pid']} runs since {self.station['started'][:19]}Z"))
        self._looked = self._files("flows") | self._files("probes")
        faces, page = self._counts(), self._page()
        metrics = _of_text(page) if page else None
        try:
            awaited = [*self._sinks(self._ask()), *self._records()]
            awaited += [*self._face("faces.db, read by Munin, checks, SNMP and badges", faces, self._counts)]
            awaited += [*self._face("/metrics of the page", metrics, lambda: _of_text(self._page()))]
            self._wait(awaited, end)
        finally:
            with contextlib.suppress(OSError):
                self.context.store.facts.remove(ASKED)
        self._clean()
        return self.checks

    def _say(self, check: Check) -> None:
        self.checks.append(check)
        self.told(check)

    def _wait(self, awaited: list[Awaited], end: float) -> None:
        while awaited and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
            self._look_into_store()
            seen = {one.name: words for one in awaited if (words := one.seen())}
            for name, words in seen.items():
                self._say(Check(name, OK, f"{words} after {time.time() - self._begun:.0f} s"))
            awaited = [one for one in awaited if one.name not in seen]
        for one in awaited:
            self._say(one.late())

    def _ask(self) -> int:
        """Ask for a marked warning. Returns the port of the flow that sets it off, 0 where it cannot be asked for."""
        port = self._port("flows")
        until = int((time.time() + SECONDS) * 1e6)
        try:
            self.context.store.facts.put(ASKED, {"port": port, "until": until})
        except VardeError as error:
            self._say(Check("asking for a warning", FAILED, f"{error} Run it as the user of the station."))
            return 0
        time.sleep(HEARD_SECONDS)
        return port

    def _port(self, table: str) -> int:
        port = secrets.choice([port for port in _PORTS if port not in self._ports])
        self._ports[port] = table
        return port

    def _records(self) -> Iterator[Awaited]:
        """Send something of each kind to each port that is open."""
        asked: int | None = next(iter(self._ports))
        listening = [one for one in self.station["listening"] if one["name"] in _SENT]
        for place in listening:
            for what, make in _SENT[place["name"]]:
                kind, name = place["name"].partition(" ")[0], f"{what} to {place['address']}"
                port = self._port("flows" if kind == "flows" else "probes")
                if kind == "flows" and asked is not None:
                    self._ports.pop(port)
                    port, asked = asked, None
                if wrong := _send(place, make(port, time.time())):
                    self._say(Check(name, FAILED, wrong))
                    self._ports.pop(port)
                    continue
                yield Awaited(name, partial(self._is_stored, port), partial(Check, name, FAILED, _ADVICE[kind]))
        if asked is not None:
            self._ports.pop(asked)
        if not listening:
            self._say(Check("ports", FAILED, "the station says of no port that it listens. Is another program on it? `varde status` tells problems."))

    def _is_stored(self, port: int) -> str:
        return "in the store" if port in self._stored else ""

    def _look_into_store(self) -> None:
        """Files that are new since the last look; those of before the test hold nothing of it."""
        for table in {*self._ports.values()}:
            for file in self._files(table) - self._looked:
                with contextlib.suppress(pl.exceptions.PolarsError, OSError):  # merged away meanwhile: what took its place is looked at next
                    self._stored.update(self._ports.keys() & _ports_in(file, self._begun))
                    self._looked.add(file)

    def _files(self, table: str) -> set[str]:
        return set(self.context.store.files(table, first=self._day()))

    def _day(self) -> date:
        """An exporter's clock may be behind: the day before the test began."""
        return datetime.fromtimestamp(self._begun, timezone.utc).date() - timedelta(days=1)

    def _sinks(self, port: int) -> Iterator[Awaited]:
        """Each sink of the station delivers one more than before."""
        takes_flows = any(one["name"].startswith("flows") for one in self.station["listening"])
        for sink in self.station["sinks"]:
            name = f"a marked warning through sink {sink['name']} ({sink['kind']})"
            if port and takes_flows:
                yield Awaited(name, partial(self._delivered, sink), partial(self._undelivered, name, sink))
            else:
                self._say(Check(name, SKIPPED, "a warning is set off by a flow, and none can be sent. `varde warn --test` tries the sinks alone."))

    def _sink(self, name: str) -> dict[str, Any]:
        station = _station(self.context) or self.station
        return next((one for one in station["sinks"] if one["name"] == name), {})

    def _delivered(self, before: dict[str, Any]) -> str:
        now = self._sink(before["name"])
        return f"delivered ({now['answer'] or 'no answer'})" if now and now["sent"] > before["sent"] else ""

    def _undelivered(self, name: str, before: dict[str, Any]) -> Check:
        now = self._sink(before["name"])
        if before["kind"] == "mail" and now.get("waiting") and not now.get("error"):
            return Check(name, SKIPPED, "it waits for the next mail of this sink, which collects ([[sink]] period_minutes). `varde warn --test` sends one now.")
        return Check(name, FAILED, f"{now.get('error') or 'it was not delivered.'} `varde warn --test` says what the other end answers.")

    def _face(self, name: str, before: dict[str, float] | None, now: Callable[[], dict[str, float]]) -> Iterator[Awaited]:
        """Counts of flows and of refused probes grow by what was sent at least."""
        if before is None:
            self._say(Check(name, SKIPPED, "the station serves no page (varde listen)"))
            return
        if not before:  # all that was ever counted would pass for what was sent
            self._say(Check(name, FAILED, "it told nothing of now when the test began, so nobody can see whether it grows. `varde status` tells problems."))
            return
        sent = {table: sum(of == table for of in self._ports.values()) for table in ("flows", "probes")}

        def seen() -> str:
            grown = {table: count - before.get(table, 0) for table, count in now().items()}
            if all(grown.get(table, 0) >= count for table, count in sent.items()):
                return f"{counted(sent['flows'], 'flow')} and {counted(sent['probes'], 'refused probe')} more"
            return ""

        yield Awaited(name, seen, partial(Check, name, FAILED, "the counters did not grow by what was sent. Does another station tell for this store? See `varde status`."))

    def _counts(self) -> dict[str, float]:
        """Of faces.db, by table; empty where it tells nothing of now."""
        try:
            board = read_board(board_of(self.context.store.path))
        except VardeError:
            return {}
        flows = board.samples.get("varde_records_total", {}).get((("table", "flows"),), 0.0)
        return {} if board.is_stale() else {"flows": flows, "probes": sum(board.samples.get("varde_refused_probes_total", {}).values())}

    def _page(self) -> str:
        """The text of /metrics: empty where there is no page, a space where it does not answer."""
        address = next((one["address"] for one in self.station["listening"] if one["name"] == "page"), "")
        if not address:
            return ""
        parts = urlsplit(address)
        headers = {"Authorization": f"Bearer {token}"} if (token := self.context.config.web.token) else {}
        request = urllib.request.Request(f"http://{_reachable(parts.hostname or '')[1]}:{parts.port}/metrics", headers=headers)
        try:
            with _DIRECT.open(request, timeout=ANSWER_SECONDS) as answer:
                return str(answer.read(_ANSWER_MAX).decode("utf-8", "replace"))
        except (OSError, ValueError):
            return " "

    def _clean(self) -> None:
        """Take back the records; what is counted since the start stays counted."""
        stays = f"counters of the station keep what they counted, and `varde flow exporters` names {SENSOR}"
        try:
            removed = self.context.store.forget_sensor(SENSOR, datetime.fromtimestamp(self._begun - 1, timezone.utc))
        except VardeError as error:
            self._say(Check("cleaning up", SKIPPED, f"records of sensor {SENSOR} stay: {error}"))
            return
        left = len(self._stored) - removed
        more = f"; {counted(left, 'record')} of a sensor of another name stay" if left > 0 else ""
        self._say(Check("cleaning up", OK, f"{counted(removed, 'record')} of sensor {SENSOR} taken back{more}; {stays}"))


def selftest(context: Context, seconds: float = SECONDS, told: Callable[[Check], None] = lambda check: None) -> list[Check]:
    """Test the station of this machine that runs on the store. Never raises for what is wrong with it: that is a check that failed."""
    station = _steady(context)
    if station is None:
        failed = Check("station", FAILED, f"no station of this machine runs on {context.store.path}. Start `varde up`, or name its store with --store.")
    elif not station["listening"]:
        failed = Check("station", FAILED, f"process {station['pid']} does not say where it listens. It has just started, or is of an older Varde: try again, else start it anew.")
    else:
        return Trial(context, station, told).run(seconds)
    told(failed)
    return [failed]


def _steady(context: Context) -> dict[str, Any] | None:
    """One that began just now is given the time to say where it listens."""
    while (station := _station(context)) is not None:
        begun = datetime.fromisoformat(station["started"]).timestamp()
        if not 0 <= time.time() - begun < STEADY_SECONDS:
            break
        time.sleep(LOOK_SECONDS)
    return station


def _station(context: Context) -> dict[str, Any] | None:
    """The one that runs here and began last."""
    here = [one for one in standings(context.store.facts) if one["runs"] and one["host"] == os.uname().nodename]
    return here[-1] if here else None


def _reachable(host: str) -> tuple[str, str]:
    """The host to send to where one listens on `host`, bare and as in a URL; a port of all addresses is one of the loopback too."""
    bare = "127.0.0.1" if host in ("::", "0.0.0.0", "") else host  # noqa: S104 - compared, not bound
    return bare, f"[{bare}]" if ":" in bare else bare


def _ports_in(file: str, begun: float) -> set[int]:
    """Destination ports of what one file has received since."""
    rows = pl.scan_parquet(file, hive_partitioning=False, glob=False)
    if not {"dst_port", "received"} <= set(rows.collect_schema().names()):  # columns that no row of it has are not there
        return set()
    new = pl.col("received").dt.epoch("us") >= int((begun - 1) * 1e6)
    return set(rows.filter(new).select(pl.col("dst_port").unique()).collect()["dst_port"])


def _send(place: dict[str, str], data: bytes) -> str:
    """Send it. Answers what went wrong, empty where nothing did."""
    parts = urlsplit(place["address"])
    host, port, (kind, wire) = _reachable(parts.hostname or "")[0], parts.port or 0, place["name"].split()
    source = (SENDER, 0) if ":" not in host else ("", 0)
    try:
        if wire == "udp":
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind(source)
                sender.sendto(data, (host, port))
            return ""
        with _connected(host, port, source, wire) as stream:
            stream.sendall(data if kind == "flows" else data + b"\n")
    except OSError as error:
        return f"cannot send: {(error.strerror or str(error)).lower()}. Is the port open, and does a packet filter of this machine refuse the loopback?"
    return ""


@contextlib.contextmanager
def _connected(host: str, port: int, source: tuple[str, int], wire: str) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), ANSWER_SECONDS, source) as plain:
        if wire != "tls":
            yield plain
            return
        known = ssl.create_default_context()
        known.check_hostname, known.verify_mode = False, ssl.CERT_NONE  # whose name is not that of the loopback; nothing secret is sent
        with known.wrap_socket(plain) as stream:
            yield stream


def _of_text(text: str) -> dict[str, float]:
    """The same counts of the text of /metrics; empty where it has none of them."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        series, _, value = line.rpartition(" ")
        if series == 'varde_records_total{table="flows"}':
            found["flows"] = float(value)
        elif series.startswith("varde_refused_probes_total{"):
            found["probes"] = found.get("probes", 0.0) + float(value)
    return found
