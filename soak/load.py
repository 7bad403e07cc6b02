"""`python -m soak load [--minutes 10]`: everything at once, for a while, and then the accounts.

Syslog over UDP and TCP, flows, a followed log and a honeypot's that are rotated, `varde catch`; beside them the page in Chromium, questions
on the command line, a list that changes, imports that are taken back, merging and expiring. Memory and what waits are looked at all the
time; in the end everything that was sent must be stored, or counted as lost."""

import argparse
import json
import os
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from statistics import mean

import numpy as np
import polars as pl
from material import ROOT, cowrie_login, firewall_line, firewall_lines, stored

from soak.running import Process, free_port
from varde.store import Store

LINES, FLOWS, LOGINS, CAPTURES = 1000, 10_000, 50, 4
"""A second, of each kind of lines, that a machine of two cores takes beside those who send, ask and look."""

UDP_SENDER, TCP_SENDER = "127.0.0.2", "127.0.0.3"
TICK = 0.05
ROTATE_SECONDS = 30.0
FEED_SECONDS = 15.0
TIDY_SECONDS = 60.0
SAMPLE_SECONDS = 5.0
DRAIN_SECONDS = 20.0
VIEWS = ("fireplot", "live", "calendar", "honeypot", "graph", "map", "doctor", "lists")
WARM = 0.4
"""Of the time: caches fill, and a day's cells become more. The slope is of the rest."""

GROWTH = 0.15
"""Of its memory that a process may seem to gain in ten minutes: what the allocators keep goes up and down by more."""

CONFIGURATION = """
[[list]]
name = "changing"
url = "{feed}"
format = "plain"
"""


@dataclass(slots=True)
class Sample:
    at: float
    own: float
    "MB of the station."
    resident: float
    "With its processes, which come and go."
    catch: float
    waiting: float
    "Records that are not committed."


@dataclass
class Soak:
    """What runs and what was counted."""

    folder: Path
    rates: argparse.Namespace
    sent: Counter[str] = field(default_factory=Counter)
    questions: int = 0
    wrong: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def steadily(self, rate: float, send: Callable[[int, int], None]) -> None:
        """Call `send(first, count)` so that `rate` a second are sent until the end."""
        began, done = time.monotonic(), 0
        while not self.ended.wait(TICK):
            due = int((time.monotonic() - began) * rate)
            if due > done:
                send(done, due - done)
                done = due

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        while not self.ended.wait(seconds):
            try:
                work()
            except (OSError, RuntimeError) as error:
                self.wrong.append(f"{work.__name__}: {error}")


def _line(number: int) -> bytes:
    return firewall_line(number, when=datetime.now(timezone.utc))


def udp(soak: Soak) -> None:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind((UDP_SENDER, 0))
    sender.connect(("127.0.0.1", soak.ports["udp"]))

    def send(first: int, count: int) -> None:
        for number in range(first, first + count):
            sender.send(_line(number))
        soak.sent["udp"] += count

    soak.steadily(soak.rates.lines, send)


def tcp(soak: Soak) -> None:
    with socket.create_connection(("127.0.0.1", soak.ports["tcp"]), 5, (TCP_SENDER, 0)) as peer:

        def send(first: int, count: int) -> None:
            peer.sendall(b"".join(_line(number) for number in range(first, first + count)))
            soak.sent["tcp"] += count

        soak.steadily(soak.rates.lines, send)


def _written(soak: Soak, name: str, rate: float, line: Callable[[int], bytes]) -> None:
    """A file that grows and is rotated."""
    path, turned = soak.folder / name, time.monotonic()
    file = path.open("ab", buffering=0)

    def send(first: int, count: int) -> None:
        nonlocal file, turned
        if time.monotonic() > turned + ROTATE_SECONDS:
            file.close()
            path.replace(path.with_name(f"{name}.1"))
            file, turned = path.open("ab", buffering=0), time.monotonic()
        file.write(b"".join(line(number) for number in range(first, first + count)))
        soak.sent[name] += count

    soak.steadily(rate, send)
    file.close()


def log(soak: Soak) -> None:
    _written(soak, "edge.log", soak.rates.lines / 4, _line)


def honeypot(soak: Soak) -> None:
    def line(number: int) -> bytes:
        stamp = datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return cowrie_login(number, password=f"p{number % 5000}", timestamp=stamp)

    _written(soak, "pot.json", soak.rates.logins, line)


def flows(soak: Soak) -> None:
    exporter = Process(soak.folder / "home", "-m", "bench.exporter", "--port", str(soak.ports["flows"]), "--rate", str(soak.rates.flows),
                       "--seconds", str(soak.rates.minutes * 60))  # fmt: skip
    if exporter.wait(soak.rates.minutes * 60 + 60) != 0:
        soak.wrong.append(f"the exporter failed: {exporter.said[-300:]}")
        return
    soak.sent["flows"] = int(json.loads(exporter.said)["flows"])


def catch(soak: Soak) -> None:
    def send(first: int, count: int) -> None:
        for number in range(first, first + count):
            source = f"127.1.{number // 150 % 250}.{number % 150 + 1}"
            with suppress(OSError), socket.create_connection(("127.0.0.1", soak.ports["catch"]), 5, (source, 0)) as peer:
                peer.sendall(b"GET /shell?%d HTTP/1.0\r\n\r\n" % number)
                soak.sent["catch"] += 1

    soak.steadily(soak.rates.captures, send)


def feed(soak: Soak) -> None:
    number = 0

    def change() -> None:
        nonlocal number
        number += 1
        beside = soak.folder / "feed.new"
        beside.write_text("".join(f"198.18.{n >> 8 & 255}.{n & 255}\n" for n in range(number * 100, number * 100 + 3000)))
        beside.replace(soak.folder / "feed.txt")

    soak.every(FEED_SECONDS, change)


def tidy(soak: Soak) -> None:
    """Imports that are taken back, then merging and expiring, each in a process of its own, as cron would."""
    number = 0

    def work() -> None:
        nonlocal number
        number += 1
        extra = soak.folder / f"extra{number}.log"
        extra.write_bytes(firewall_lines(number * 2000, 2000))
        os.utime(extra, (1_795_200_000, 1_795_200_000))
        for command in (("read", str(extra)), ("forget", str(extra)), ("tidy",)):
            child = _varde(soak, *command)
            if (status := child.wait(120)) != 0:
                soak.wrong.append(f"varde {command[0]} ended with {status}: {child.said[-300:]}")

    soak.every(TIDY_SECONDS, work)


def questions(soak: Soak) -> None:
    commands = (("status",), ("stats", "--fields", "sip"), ("brief",), ("honeypot", "passwords"))

    def ask() -> None:
        child = _varde(soak, *commands[soak.questions % len(commands)])
        status = child.wait(120)
        if status not in (0, 1):
            soak.wrong.append(f"varde {commands[soak.questions % len(commands)]} ended with {status}: {child.said[-300:]}")
        soak.questions += 1

    soak.every(10.0, ask)


def page(soak: Soak) -> None:
    """A reader who goes from section to section and leaves the live view open between."""
    from playwright.sync_api import Error, sync_playwright
    from tests.conftest import BROWSER, find_peer

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(find_peer(BROWSER)), args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page()
        opened.on("pageerror", lambda error: soak.wrong.append(f"page: {error}"))
        number = 0
        while not soak.ended.wait(8.0):
            try:
                opened.goto(f"http://127.0.0.1:{soak.ports['page']}/?view={VIEWS[number % len(VIEWS)]}", timeout=60_000)
                number += 1
            except Error as error:
                soak.wrong.append(f"page: {str(error).partition(chr(10))[0]}")
        soak.sent["views of the page"] = number
        browser.close()


def _varde(soak: Soak, *arguments: str) -> Process:
    return Process(soak.folder / "home", "-P", "-m", "varde", *arguments, "--store", str(soak.store), "--config", str(soak.folder / "varde.toml"))


WORK = (udp, tcp, log, honeypot, flows, catch, feed, tidy, questions, page)


def _start(soak: Soak) -> tuple[Process, Process]:
    soak.ports = {name: free_port() for name in ("tcp", "page", "catch")} | {name: free_port(socket.SOCK_DGRAM) for name in ("udp", "flows")}
    (soak.folder / "feed.txt").write_text("198.18.0.1\n")
    (soak.folder / "varde.toml").write_text(CONFIGURATION.format(feed=soak.folder / "feed.txt"))
    for name in ("edge.log", "pot.json"):
        (soak.folder / name).touch()
    local = {name: f"127.0.0.1:{port}" for name, port in soak.ports.items()}
    station = _varde(soak, "up", str(soak.folder / "edge.log"), str(soak.folder / "pot.json"), "--listen", f"udp://{local['udp']}", "--listen",
                     f"tcp://{local['tcp']}", "--flows", f"udp://{local['flows']}", "--web", local["page"], "-q")  # fmt: skip
    station.wait_for("page at")
    catcher = _varde(soak, "catch", str(soak.ports["catch"]), "--bind", "127.0.0.1", "--stay-root", "-q")
    end = time.monotonic() + 30
    while time.monotonic() < end and catcher.runs:
        with suppress(OSError), socket.create_connection(("127.0.0.1", soak.ports["catch"]), 1):
            break
        time.sleep(0.1)
    return station, catcher


def _watch(soak: Soak, station: Process, catcher: Process) -> None:
    end = time.monotonic() + soak.rates.minutes * 60
    began = time.monotonic()
    while (now := time.monotonic()) < end:
        if not station.runs or not catcher.runs:
            soak.wrong.append(f"ended by itself: {(catcher if station.runs else station).said[-1000:]}")
            return
        soak.samples.append(Sample(now - began, station.own(), station.resident(), catcher.resident(), _waiting(soak)))
        time.sleep(SAMPLE_SECONDS)


def _waiting(soak: Soak) -> float:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{soak.ports['page']}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
    except OSError as error:
        soak.wrong.append(f"/metrics: {error}")
        return 0.0
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("varde_waiting_records"))


def _dropped(port: int) -> int:
    """Datagrams that the kernel dropped at a socket (proc(5), net/udp)."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) == port)


def run(soak: Soak) -> None:
    """Start everything, watch it, stop it and make up the accounts."""
    station, catcher = _start(soak)
    threads = [threading.Thread(target=work, args=(soak,), daemon=True) for work in WORK]
    for thread in threads:
        thread.start()
    _watch(soak, station, catcher)
    soak.ended.set()
    for thread in threads:
        thread.join(120)
    time.sleep(DRAIN_SECONDS)  # the last lines are followed, the last datagrams taken
    dropped = _dropped(soak.ports["udp"])
    statuses = catcher.end(), station.end()
    if any(statuses):
        soak.wrong.append(f"ended with {statuses}: {station.said[-500:]}")
    _accounts(soak, dropped)


def _accounts(soak: Soak, dropped: int) -> None:
    """Everything that was sent is stored, or counted as lost."""
    store = Store(soak.store)
    probes = stored(store).group_by("source", "sensor").len()
    of = {source: count for source, _, count in probes.rows()}
    named = Counter[str]()
    for _, sensor, count in probes.rows():
        named[sensor] += count
    losses = stored(store, "losses")
    lost_flows = int(losses.filter(pl.col("unit") == "datagrams")["lost"].sum()) * 24 if len(losses) else 0
    found = {
        "udp": of.get(f"syslog:{UDP_SENDER}", 0), "tcp": of.get(f"syslog:{TCP_SENDER}", 0), "edge.log": named["edge"],
        "pot.json": len(stored(store, "logins")), "flows": _rows(store, "flows"), "catch": len(stored(store, "captures")),
    }  # fmt: skip
    lost = {"udp": dropped, "flows": lost_flows}
    for name, count in found.items():
        print(f"  {name}: {soak.sent[name]:,} sent, {count:,} stored, {lost.get(name, 0):,} counted as lost")
        if soak.sent[name] != count + lost.get(name, 0):
            soak.wrong.append(f"{name}: {soak.sent[name]:,} were sent, {count:,} are stored and {lost.get(name, 0):,} were counted as lost")
    if named["extra1"]:
        soak.wrong.append("what was taken back is there")


def _rows(store: Store, table: str) -> int:
    return next((size.rows for size in store.sizes() if size.name == table), 0)


def _slope(soak: Soak, value: Callable[[Sample], float]) -> tuple[float, float]:
    """Of the samples after the warm-up: their mean, and how much they grow in ten minutes (least squares)."""
    warm = [sample for sample in soak.samples if sample.at >= WARM * soak.rates.minutes * 60]
    fit = np.polyfit([sample.at for sample in warm], [value(sample) for sample in warm], 1)
    return mean(map(value, warm)), float(fit[0]) * 600


def _tell(soak: Soak) -> None:
    for name, value in (("station", lambda sample: sample.own), ("catch", lambda sample: sample.catch)):
        size, growth = _slope(soak, value)
        print(f"  memory of {name}: {size:.0f} MB on average, {max(map(value, soak.samples)):.0f} MB at most, {growth:+.0f} MB in ten minutes")
        if growth > GROWTH * size and soak.rates.minutes >= 5:
            soak.wrong.append(f"the memory of {name} grows by {growth:.0f} MB in ten minutes, of {size:.0f}")
    print(f"  memory of the station with its processes: {max(sample.resident for sample in soak.samples):.0f} MB at most")
    waiting, growth = _slope(soak, lambda sample: sample.waiting)
    bound = 15 * (2 * soak.rates.lines + soak.rates.flows)
    print(f"  waiting for a commit: {waiting:,.0f} records on average, {max(sample.waiting for sample in soak.samples):,.0f} at most, {growth:+,.0f} in ten minutes")
    if soak.samples[-1].waiting > bound:
        soak.wrong.append(f"{soak.samples[-1].waiting:,.0f} records wait in the end")
    print(f"  {soak.questions} questions, {soak.sent['views of the page']} views of the page, load of the machine {os.getloadavg()[0]:.1f}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--lines", type=float, default=LINES, help="a second, over UDP and again over TCP; a quarter into a file")
    parser.add_argument("--flows", type=float, default=FLOWS, help="a second")
    parser.add_argument("--logins", type=float, default=LOGINS, help="lines of a honeypot a second")
    parser.add_argument("--captures", type=float, default=CAPTURES, help="connections a second")
    asked = parser.parse_args(arguments)
    print(f"load for {asked.minutes:g} minutes: {asked.lines:g} lines/s over UDP and TCP each, {asked.flows:g} flows/s, {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory(prefix="varde-soak-") as folder:
        soak = Soak(Path(folder), asked)
        run(soak)
    _tell(soak)
    for what in dict.fromkeys(soak.wrong):
        print(f"  WRONG {what}")
    print("load: " + ("failed" if soak.wrong else "good"))
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
