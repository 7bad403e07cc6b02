"""`varde up`: everything at once in one process.

    event loop      syslog sockets -> queue of (sender, lines);  page
    ingest thread   queue -> decode -> enrich -> hub (page) and writer (store); followed files, a poll each turn
    tidy thread     merge and expire, once an hour

A batch is shown when it is decoded; it is committed within COMMIT_SECONDS.
"""

import asyncio
import contextlib
import ipaddress
import os
import queue
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timezone
from pathlib import Path
from typing import TYPE_CHECKING

from varde.app.beacon import Beacon, beacon_of
from varde.app.checks import certificate, check_start, token
from varde.app.commands.files import print_report, refuse_foreign, size_of, warn_of_twice
from varde.app.commands.store import expire
from varde.app.config import split_address
from varde.app.context import Context
from varde.app.gap import told
from varde.app.homes import homes_in_force
from varde.app.learning import Learning
from varde.app.mailfilters import agents_of
from varde.app.output import octets, reading, say
from varde.app.ports import Ports, keep_trying, look_at, open_all
from varde.app.publishing import Publishing
from varde.app.report import examine
from varde.app.retro import Retro
from varde.app.scan_search import Places, ScanSearch
from varde.app.sources import look_around
from varde.app.standing import Standing
from varde.app.surging import Surging
from varde.collect import (
    FLOWS,
    JOURNAL,
    KINDS,
    Address,
    Follower,
    Journal,
    SyslogListener,
    flow_address,
    what_is,
)
from varde.collect.flow_intake import FlowIntake
from varde.collect.mailfilters import MailFilters
from varde.collect.rotated import rotated
from varde.collect.syslog import Guard
from varde.decode import Origin
from varde.decode.senders import SendersReader
from varde.intel import Matcher
from varde.live import Hub, Knocks, Outcomes, Watcher, Writer
from varde.model import READINGS, VardeError, counted
from varde.model.selftest import SENDER, SENSOR

if TYPE_CHECKING:
    from varde.collect.dnsbl import Suspects
    from varde.query import Engine

POLL_SECONDS = 0.2
TIDY_SECONDS = 3600.0
GATHER_SECONDS = 0.05
"""Waited for the other senders when the first has sent something: a turn costs nearly the same for one as for all."""

TURN_OCTETS = 8 * 1024 * 1024
"""Text decoded in one turn: bounds the wait of followed files and of a commit."""

WAITING_MAX = 1_000_000
"""Records that wait in memory, about 1 GB, while the disk refuses them; more are counted as lost and said."""

QUEUE_OCTETS = 256 * 1024 * 1024
"""Text between the sockets and the decoder: a minute of a flood while the disk is slow. More is counted as lost and said."""

ITEM_OCTETS = 200
"""What a piece of text in the queue costs beside its octets."""

END_SECONDS = 60.0
"""Given to the threads to finish what has arrived: a few seconds of the busiest exporters, and a slow commit."""

FIXED = ("syslog", "flows", "web", "warn", "sink", "dnsbl", "amavis")
"""Sections that say which ports are open, where warnings go and whom to ask: those stay as they are until a restart."""

_LOSSES = {"queue_full": "the decoder is behind", "store_refuses": "the store took none for too long"}
_COMPRESSED = (".gz", ".xz", ".zst", ".bz2")


@dataclass(slots=True)
class Station:
    """What runs. `start` and `stop` are called once each."""

    context: Context
    hub: Hub = field(default_factory=Hub)
    outcomes: Outcomes = field(default_factory=Outcomes)
    knocks: Knocks = field(default_factory=Knocks)
    synthetic: bool = False
    ports: Ports = field(default_factory=Ports)
    notes: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    failure: str = ""
    "Why the station stopped by itself."
    _queue: "queue.SimpleQueue[tuple[str, bytes]]" = field(default_factory=queue.SimpleQueue)
    _entered: int = 0
    "Octets put into the queue; only the event loop counts here."
    _left: int = 0
    "Octets taken out of it; only the ingest thread counts here."
    _readers: dict[str, SendersReader] = field(default_factory=dict)
    "By zone: senders whose stamps are of one zone are read together."
    _followers: list[Follower | Journal] = field(default_factory=list)
    _said: dict[str, str] = field(default_factory=dict)
    "The last error of each followed file, said when it was new."
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _writer: Writer = field(init=False)
    flows: FlowIntake = field(init=False)
    beacon: Beacon = field(init=False)
    _standing: Standing = field(init=False)
    retro: Retro = field(init=False)
    learning: Learning = field(init=False)
    surging: Surging = field(init=False)
    looks_for_surges: bool = field(init=False)
    "Until a restart; nothing arrives at a demo."
    scan_search: ScanSearch = field(init=False)
    looks_for_scans: bool = field(init=False)
    publishing: Publishing = field(init=False)
    mail: MailFilters = field(init=False)
    suspects: "Suspects | None" = None
    "Asks DNS block lists about what warnings name, where any are configured."
    _home_mark: int = 0
    _reload: bool = False
    _place: int = field(default_factory=lambda: time.time_ns() // 1000)
    "Offset of the next line from a socket: counts octets from a new place each start, so that no two lines share one."

    def __post_init__(self) -> None:
        context = self.context
        self._standing = Standing(context.store.facts)
        self.learning = Learning(context.book, context.config, self._note)
        self._home_mark = context.book.mark
        guard = Guard(tuple(context.config.flows.accept))
        self.flows = FlowIntake(context.store, context.geography, guard, context.exporters(), [self.hub, self.outcomes, self.learning.outside], note=self._note)
        self.beacon = beacon_of(context, context.lists, self.flows.writer, self.hub, self._note)
        self.flows.watchers.append(self.beacon)
        self.flows.beat, self.flows.end = self.beacon.beat, self.beacon.end
        self.looks_for_surges = context.config.insight.surges and not self.synthetic
        self.surging = Surging(self._engine, context.store.facts, context.config.insight, self.beacon.past.put, self._note)
        self.looks_for_scans = context.config.insight.scans and not self.synthetic
        self.scan_search = ScanSearch(self._engine, context.store.facts, context.config.insight, self.beacon.past.put, self._note, places=self._places)
        self._writer = self._new_writer()
        self.retro = Retro(context.store, context.config.warn.retro_days, self.beacon.past.put, self._note, context.ending)
        self.publishing = Publishing(lambda: self.context, self._note)
        mail = context.config.amavis
        self.mail = MailFilters(agents_of(mail), mail.every_seconds, lambda frame: context.store.append(READINGS.name, frame), self._note)
        context.lists.changed, context.lists.apart = self._lists_changed, True
        if context.dnsbl is not None:
            from varde.collect.dnsbl import Suspects  # its library is for those who ask

            self.suspects = Suspects(context.dnsbl, self._note, context.ending)
            self.beacon.suspect = self.suspects.suspect

    def _engine(self) -> "Engine":
        """Who answers the station's own questions: nobody waits for them, so none says how far it is."""
        from varde.query import Engine  # when all is open

        return Engine(self.context.store, self.context.backend)

    def _places(self) -> Places:
        return Places(self.context.zone, self.context.geography, self.context.world)

    def _new_writer(self) -> Writer:
        return Writer(self.context.store, self.context.geography, list(self._watchers()))

    def _watchers(self) -> tuple[Watcher, ...]:
        """Who is shown lines and the records in them."""
        watchers = self.hub, self.outcomes, self.knocks, self.beacon.sighted, self.learning.outside
        surges = (self.surging.strangers,) if self.looks_for_surges else ()
        scans = (self.scan_search.arrivals,) if self.looks_for_scans else ()
        return (*watchers, *surges, *scans)

    def _lists_changed(self, old: Matcher, new: Matcher) -> None:
        """Told by the thread that polls, which must not wait."""
        self.retro.changed(old, new)
        self.publishing.changed()

    def take(self, sender: str, lines: bytes) -> None:
        """The listener's sink."""
        if self._entered - self._left > QUEUE_OCTETS:
            self.lost["queue_full"] += lines.count(b"\n")
            return
        self._entered += len(lines) + ITEM_OCTETS
        self._queue.put((sender, lines))

    def follow(self, path: str) -> None:
        importer = self.context.importer(path, self.context.store, watchers=self._watchers())
        self._followers.append(Journal(importer) if path == JOURNAL else Follower(importer, path))

    def start(self) -> None:
        self.beacon.lists.start()
        self.beacon.delivery.start()
        self.retro.start()
        self.publishing.start()
        self.mail.start()
        if self.looks_for_surges:
            self.surging.start()
        if self.looks_for_scans:
            self.scan_search.start()
        if self.suspects is not None:
            self.suspects.start()
        for work in (self._ingest, self._tidy, self._take_flows):
            thread = threading.Thread(target=work, name=work.__name__.strip("_"), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let the threads finish what they have, and commit it."""
        self._stop.set()
        self.retro.stop()
        self.publishing.stop()
        self.mail.stop()
        self.surging.stop()
        self.scan_search.stop()
        if self.suspects is not None:
            self.suspects.stop()
        for thread in self._threads:
            thread.join(timeout=END_SECONDS)
        self.beacon.delivery.stop()
        self.beacon.lists.stop()
        self._standing.end()

    def reload(self) -> None:
        """Read the configuration again before the next batch; sockets stay open, so nothing is lost meanwhile."""
        self._reload = True

    def waiting(self) -> int:
        """Records received from sockets and not yet committed: what a crash would cost."""
        return self._writer.waiting

    def _ingest(self) -> None:
        """Decode and commit until stopped. Without this thread the station is deaf, so it ends with it and says why."""
        try:
            self._take_in()
        except Exception as error:  # noqa: BLE001 - whatever it is, going on as if listening would lose lines in silence
            self._fail(f"stopped, because taking lines in failed: {type(error).__name__}: {error}")

    def _take_flows(self) -> None:
        try:
            self.flows.run(self._stop)
        except Exception as error:  # noqa: BLE001 - as above: a collector that is deaf must say so and end
            self._fail(f"stopped, because taking flows in failed: {type(error).__name__}: {error}")

    def _fail(self, why: str) -> None:
        self.failure = why
        self._note(why)
        os.kill(os.getpid(), signal.SIGTERM)

    def _say_gap(self) -> None:
        """What sockets sent to a station that was killed is lost, and not told by anything else."""
        with contextlib.suppress(VardeError, OSError):  # what keeps the store from being read is said by those who write it
            for left in self._standing.left():
                self._note(told(self.context.store, left))

    def _take_in(self) -> None:
        self._say_gap()
        while not self._stop.is_set() or not self._queue.empty():
            if self._reload:
                self._reload_now()
            arrived = self._arrived()
            if self._writer.waiting < WAITING_MAX:
                self._decode(arrived)
            else:
                self.lost["store_refuses"] += sum(text.count(b"\n") for text in arrived.values())
            for follower in self._followers:
                follower.poll()
                self._say_once(follower)
            self._commit_if_due(force=False)
            if self._standing.is_due():
                self._look_home()
                self._standing.tell(self.problems(), self.beacon.delivery.status(), self.publishing.document(), self.ports.listening())
        self._close_followers()
        self._commit_if_due(force=True)

    def _say_once(self, follower: Follower | Journal) -> None:
        """What keeps a followed file from being read, when it begins and when it is another thing."""
        if follower.last_error and follower.last_error != self._said.get(follower.path):
            self._note(follower.last_error)
        self._said[follower.path] = follower.last_error

    def _arrived(self) -> dict[str, bytes]:
        """What has come since the last turn, by sender: the busier it is, the larger the batches."""
        arrived: dict[str, list[bytes]] = {}
        octets_taken = 0
        with contextlib.suppress(queue.Empty):
            sender, text = self._queue.get(timeout=POLL_SECONDS)
            if self._entered - self._left < TURN_OCTETS:
                time.sleep(GATHER_SECONDS)
            while True:
                arrived.setdefault(sender, []).append(text)
                octets_taken += len(text)
                self._left += len(text) + ITEM_OCTETS
                if octets_taken >= TURN_OCTETS:
                    break
                sender, text = self._queue.get_nowait()
        return {sender: b"".join(texts) for sender, texts in arrived.items()}

    def _commit_if_due(self, *, force: bool) -> None:
        first = self._writer.waiting and self.context.store.version("probes") < 0  # an empty page waits for these
        if not (force or first or self._writer.is_due()):
            return
        try:
            self._writer.commit()
        except VardeError as error:
            self._note(f"{error} Records wait in memory and are tried again.")
            time.sleep(1)

    def _decode(self, arrived: dict[str, bytes]) -> None:
        """Read what all senders of a zone sent as one block: small ones cost nearly as much each as one large."""
        now = time.time_ns() // 1000
        blocks: dict[str, dict[Origin, bytes]] = {}
        for sender, text in arrived.items():
            sensor = self._sensor_of(sender)
            zone = self.context.zone_of_sensor(sensor)
            origin = Origin(sensor, f"syslog:{sender}", f"syslog from {sender}", now, zone, now, live=True)
            blocks.setdefault(zone.key, {})[origin] = text
        for zone_name, texts in blocks.items():
            reader = self._readers.setdefault(zone_name, SendersReader(self.context.dialects))
            decoded, counts = reader.read(texts, self._place)
            self._place += sum(map(len, texts.values()))
            self._writer.add_all(decoded, counts)

    def _sensor_of(self, sender: str) -> str:
        if sender == SENDER:
            return SENSOR
        address = ipaddress.ip_address(sender)
        named = (s.name for s in self.context.config.sensor if s.address and address.version == s.address.version and address in s.address)
        return next(named, sender)

    def _reload_now(self) -> None:
        self._reload = False
        old = self.context
        try:
            fresh = Context(old.store_path, old.config_path, old.tz, old.dialect, old.year, old.sensor, old.quiet)
            _ = fresh.geography, fresh.dialects
        except VardeError as error:
            self._note(f"the configuration was not taken: {error}")
            return
        fresh.__dict__ |= {"store": old.store, "lists": old.lists, "dnsbl": old.dnsbl, "ending": old.ending}
        fresh.lists.configure(fresh.config.list_sources(fresh.now()), fresh.guards())
        self.learning.config = fresh.config
        self.surging.configure(fresh.config.insight)
        self.scan_search.configure(fresh.config.insight)
        self.flows.configure(fresh.geography, fresh.exporters(), tuple(fresh.config.flows.accept))
        self.context = fresh
        self.publishing.changed()
        self._readers.clear()
        self._writer.geography = fresh.geography
        paths = [follower.path for follower in self._followers]
        self._close_followers()
        self._followers = []
        for path in paths:
            self.follow(path)
        changed = [name for name in FIXED if getattr(old.config, name) != getattr(fresh.config, name)]
        self._note("configuration read again" + "".join(f"; what changed in [{name}] needs a restart" for name in changed))

    def _look_home(self) -> None:
        """Write down what was learnt, and take what was written down, by whomever."""
        try:
            self.learning.tell()
        except VardeError as error:
            self._note(f"what was learnt of your outside address cannot be kept: {error}")
        if self._home_mark != (mark := self.context.book.mark):
            self._home_mark = mark
            self._take_homes()

    def _take_homes(self) -> None:
        """Place what comes from now on by the homes that are kept now."""
        context = self.context
        context.kept = context.book.read()
        homes = homes_in_force(context.config, context.kept)
        if homes == context.geography.homes:
            return
        context.geography = self._writer.geography = context.geography.at_home(homes)
        for follower in self._followers:
            follower.place(context.geography)
        self.flows.configure(context.geography, context.exporters(), tuple(context.config.flows.accept))
        context.lists.configure(context.config.list_sources(context.now()), context.guards())

    def _close_followers(self) -> None:
        for follower in self._followers:
            try:
                follower.close()
            except (VardeError, OSError) as error:  # what was not committed is read again
                self._note(f"{follower.path}: {error}")

    def _tidy(self) -> None:
        while not self._stop.wait(TIDY_SECONDS):
            try:
                for line in expire(self.context):
                    say(line)
                self.context.store.compact()
                self.context.store.roll_up(self.context.now().astimezone(timezone.utc).date())
            except VardeError as error:
                self._note(str(error))

    def tell_people(self, text: str) -> None:
        """Say a sentence, and show it on the page for a while."""
        self._note(text)

    def _note(self, text: str) -> None:
        if text not in self.notes[-5:]:
            self.notes = [*self.notes[-50:], text]
            say(f"varde: {text}")

    def problems(self) -> list[str]:
        """What is wrong now, for the page and `status`."""
        errors = [follower.last_error for follower in self._followers if follower.last_error]
        lost = [f"{counted(count, 'line')} lost: {_LOSSES[why]}" for why, count in self.lost.items() if count]
        all_ = [*errors, *lost, *self.flows.problems(), *self.beacon.problems(), *self.context.lists.problems(), *self.publishing.problems(), *self.surging.problems(), *self.scan_search.problems(), *self.mail.problems(), *self.notes[-5:]]
        return list(dict.fromkeys(all_))  # what was noted when it began goes on


def run(context: Context, paths: list[str] | None, *, listen: list[str] | None, flows: list[str] | None, web: str | None) -> None:
    """Run until interrupted. `paths` None: no files at all; `web` empty: no page."""
    # what is wrong with the switches or the configuration is said before anything is read
    addresses = _listeners(context, listen, flows)
    page = context.config.web.listen if web is None else web
    doors = [*addresses, *([page_address(page)] if page else [])]
    check_start(context, addresses, page)
    look_at(doors)
    station = Station(context)
    signal.signal(signal.SIGHUP, lambda *_: station.reload())  # the import may take long, and HUP would end it
    say(f"store {context.store.path}, {octets(context.store.free())} free")
    if paths is not None:
        _take_files(station, paths)
    asyncio.run(_serve(station, addresses, page))


def _listeners(context: Context, syslog: list[str] | None, flows: list[str] | None) -> list[Address]:
    """Where to listen: as named, and as configured where nothing is named."""
    if not syslog and not flows:
        syslog, flows = context.config.syslog.listen, context.config.flows.listen
    named = [*(Address.parse(text) for text in syslog or ()), *(flow_address(text) for text in flows or ())]
    return list(dict.fromkeys(named))


def page_address(text: str) -> Address:
    """Where the page is served, as a port among others. Raises VardeError."""
    return Address("http", *split_address(text))


def run_demo(web: str | None, *, quiet: bool) -> None:
    """Synthetic days in a store of their own; everything else is as with `up`."""
    from varde.app.demo import prepare

    if web is not None:
        token(None, web)  # the demo has no configuration, so nobody else can see it
        look_at([page_address(web)])
    folder = Path(tempfile.mkdtemp(prefix="varde-demo-"))
    try:
        context = prepare(folder, quiet=quiet)
        station = Station(context, synthetic=True)
        say("everything you see is synthetic; your own logs: `varde up FILES`")
        asyncio.run(_serve(station, [], web or context.config.web.listen, free_port=web is None))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_files(station: Station, paths: list[str]) -> None:
    chosen = paths or station.context.config.files or _found(station.context)
    with reading(size_of(chosen), station.context.quiet) as progress:
        for path in chosen:
            if path == JOURNAL:
                station.follow(path)
            elif not paths and not Path(path).exists():
                say(f"{path} does not exist yet; it is read when it does")
                station.follow(path)
            else:
                _take_file(station, path, progress)


def _found(context: Context) -> list[str]:
    """Files that looking around finds, with their rotated ones; says what was taken and left."""
    chosen: list[str] = []
    for entry in look_around(context):
        say(f"{'take' if entry.taken else 'leave'} {entry.path}: {entry.why}")
        chosen += [*rotated(entry.path), entry.path] if entry.taken else []
    if not chosen:
        say("no firewall log was found that may be read; listening for syslog. Name files: `varde up FILES`")
    return chosen


def _take_file(station: Station, path: str, progress: Callable[[str, int], None]) -> None:
    """Import a file and follow it. One that cannot be read does not keep the others from it; one that is absent ends it."""
    context = station.context
    try:
        refuse_foreign(path, captures=True)
    except VardeError as error:
        if not Path(path).exists():
            raise
        say(f"varde: {error}")
        return
    if Path(path).is_file() and not path.endswith(_COMPRESSED) and what_is(path) not in KINDS:
        station.follow(path)  # also where the import fails: the follower tries again
    try:
        summary = context.importer(path, context.store, progress=progress).read(path)
    except VardeError as error:
        say(f"varde: {error}")
        return
    warn_of_twice(summary)
    if not context.quiet:
        print_report(examine(summary, context.dialects, context.now()))


async def _serve(station: Station, addresses: list[Address], web: str, *, free_port: bool = False) -> None:
    from varde.app.faces import Faces  # which knows stations

    config = station.context.config
    stop = asyncio.Event()  # before anything is opened: what has arrived by then is stored, however soon we are stopped
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, station.reload)
    listener = SyslogListener(station.take, tuple(config.syslog.accept), certificate(station.context, addresses))

    async def open_one(address: Address) -> Address:
        return await (station.flows.open(address) if address.scheme in FLOWS.values() else listener.listen(address))

    await open_all(station.ports, open_one, addresses)
    trying = asyncio.create_task(keep_trying(station.ports, open_one))
    station.start()
    faces = Faces(station)
    faces.start()
    try:
        if web:
            from varde.app.web.serve import serve

            await serve(station, listener, web, stop, free_port=free_port)
        else:
            station.ports.require_one()
            await stop.wait()
    finally:
        trying.cancel()
        await listener.close()
        await station.flows.close()
        await asyncio.to_thread(faces.stop)
        await asyncio.to_thread(station.stop)
    if station.failure:
        raise VardeError(station.failure)
