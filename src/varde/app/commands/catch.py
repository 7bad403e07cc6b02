"""catch: ports that listen without answering, and a store that takes what is sent to them."""

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from varde.app import privileges
from varde.app.context import Context
from varde.app.output import octets, say
from varde.collect import text_name
from varde.collect.catch import Catcher, room_for_files
from varde.collect.certificate import welcoming_context
from varde.collect.doorkeeper import ROW_OCTETS, Bounds
from varde.collect.ports import Bound, bind, close, parse_ports
from varde.decode import Decoded, Origin
from varde.decode.payload import known, recognise
from varde.decode.payload.capture import DIALECT, Capture, captures_batch
from varde.live import COMMIT_SECONDS, Writer
from varde.model import CAPTURES, COUNTERS, VardeError, proto_name
from varde.store import Progress, Store

BANNER_MAX = 4096
"""Octets of a banner: a greeting, not a page."""

COMMIT_OCTETS = 8 * 1024 * 1024
"""Payloads that wait for a commit: more are not held back for the clock."""

WAITING_MAX = 64 * 1024 * 1024
"""Octets that wait in memory while the disk refuses them; captures beyond that are counted as lost."""

LINES_A_SECOND = 20
"""Captures shown on the terminal: more than that nobody reads, and a flood must not wait for it."""

LOOK_SECONDS = 0.5
TIDY_SECONDS = 3600.0

REASONS = {
    "too_many_connections": "connections over the number at once",
    "too_many_of_source": "connections over the number at once from one source",
    "too_many_in_hour": "captures over the number an hour from one source",
    "day_full": "captures over what a day may store",
    "kernel_dropped": "datagrams dropped by the kernel, because they came faster than they were taken",
    "store_refuses": "captures lost, because the store took none for too long",
}


@dataclass(frozen=True, slots=True)
class CatchOptions:
    """The switches of `varde catch`."""

    ports: tuple[str, ...]
    address: str
    tls: bool
    banner: Path | None
    user: str | None
    stay_root: bool


def catch_command(context: Context, options: CatchOptions) -> None:
    """Listen until interrupted. What is wrong with the switches is said before a port is opened."""
    ports = parse_ports(list(options.ports))
    banner = _read_banner(options.banner)
    tls = welcoming_context() if options.tls else None
    _ = context.zone, context.geography
    bound = bind(ports, options.address)
    try:
        _give_up_root(context, options)
        recorder = Recorder(context, _origin(context))
        bounds = Bounds(connections=room_for_files(Bounds().connections, len(bound)))
        catcher = Catcher(recorder.take, bounds, banner, tls)
        recorder.catcher = catcher
        catcher.doorkeeper.stored_before(_stored_today(context.store), time.time())
        asyncio.run(_catch(recorder, catcher, bound))
    finally:
        close(bound)
    recorder.finish()


def _read_banner(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        with path.open("rb") as file:
            banner = file.read(BANNER_MAX + 1)
    except OSError as error:
        raise VardeError(f"cannot read the banner {path}: {(error.strerror or str(error)).lower()}") from error
    if len(banner) > BANNER_MAX:
        raise VardeError(f"the banner {path} is longer than {BANNER_MAX} octets; a greeting is one line.")
    return banner


def _give_up_root(context: Context, options: CatchOptions) -> None:
    if os.geteuid() == 0 and not options.stay_root:
        user = privileges.user_for(context.location, options.user)
        privileges.hand_over(context.location, user)
        _load_everything(context)
        privileges.give_up(user)
        privileges.check_writable(context.location, (CAPTURES.name, COUNTERS.name))
    elif options.user is not None and os.geteuid() != 0:
        raise VardeError("--user needs root's rights, which this process does not have. Leave it out, or start as root.")


def _load_everything(context: Context) -> None:
    """Go the whole way once, because libraries that are loaded late may lie where only root may read."""
    import varde.app.commands.store  # noqa: F401 - is needed once an hour

    with tempfile.TemporaryDirectory(prefix="varde-") as folder:
        writer = Writer(Store(Path(folder)), context.geography)
        example = Capture(0, "192.0.2.1", 1, "192.0.2.2", 1, 6, 0, 0, 1, b"x")
        writer.add(captures_batch([example], _origin(context)), _origin(context))
        writer.commit()


def _origin(context: Context) -> Origin:
    """Each run is a source of its own, so that its captures are committed once however often it has to try."""
    now = time.time_ns() // 1000
    sensor = text_name(context.sensor or socket.gethostname())
    return Origin(sensor, f"catch:{sensor}:{now}", f"caught by {sensor}", now, context.zone, now, live=True)


def _stored_today(store: Store) -> int:
    """Octets of today's captures on the disk."""
    today = datetime.now(timezone.utc).date()
    return sum(Path(name.removeprefix("file://")).stat().st_size for name in store.files(CAPTURES.name, today, today))


async def _catch(recorder: "Recorder", catcher: Catcher, bound: list[Bound]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup wants us to stay
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await catcher.listen(bound)
    recorder.greet([str(entry.port) for entry in bound])
    await recorder.commit_until(stop)
    await catcher.close()


@dataclass(frozen=True, slots=True)
class Batch:
    """Captures to commit together, what was over a bound so far, and a place behind all of it."""

    captures: list[Capture]
    over: Counter[str]
    end: int


@dataclass(slots=True)
class Recorder:
    """Shows captures as they come and commits them."""

    context: Context
    origin: Origin
    catcher: Catcher = field(init=False)
    lost: Counter[str] = field(default_factory=Counter)
    _waiting: list[Capture] = field(default_factory=list)
    _octets: int = 0
    _committed: int = 0
    _since: float = 0.0
    _told: Counter[str] = field(default_factory=Counter)
    "What was over a bound and has been committed."
    _second: int = 0
    _shown: int = 0
    _hidden: int = 0
    _note: str = ""
    _tidied: float = field(default_factory=time.monotonic)

    def greet(self, ports: list[str]) -> None:
        rights = ", with root's rights" if os.geteuid() == 0 else ""
        named = " ".join(ports[:20]) + (f" and {len(ports) - 20} more" if len(ports) > 20 else "")
        say(f"catching on {named}; store {self.context.location}{rights}; Ctrl-C ends it")

    def take(self, caught: Capture) -> None:
        """The catcher's sink."""
        self._show(caught)
        if self._octets >= WAITING_MAX:
            self.lost["store_refuses"] += 1
            return
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(caught)
        self._octets += len(caught.data) + ROW_OCTETS

    async def commit_until(self, stop: asyncio.Event) -> None:
        """Commit what waits now and then. A commit that is under way when we are stopped is finished first."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
            if self._hidden and int(time.monotonic()) != self._second:
                self._show_hidden()
            if self._is_due():
                batch = self.batch()
                self.written(batch, await asyncio.to_thread(self.try_to_write, batch))
            if time.monotonic() - self._tidied >= TIDY_SECONDS:
                await asyncio.to_thread(self._tidy)

    def _is_due(self) -> bool:
        """Whether enough waits, or has waited for long enough; somebody looks for the first one at once."""
        old = time.monotonic() - self._since >= COMMIT_SECONDS
        return bool(self._waiting) and (old or self._octets >= COMMIT_OCTETS or (not self._committed and not self._note))

    def finish(self) -> None:
        """Commit what is left and say what came of everything. Raises VardeError where the store does not take it."""
        self._show_hidden()
        batch = self.batch()
        try:
            self.write(batch)
        except VardeError as error:
            raise VardeError(f"{len(self._waiting):,} captures were not stored: {error}") from error
        self.written(batch, "")
        say(self.summary())

    def summary(self) -> str:
        counters, over = self.catcher.counters, self._over()
        parts = [f"captures: {counters['captures']:,}, {octets(counters['octets'])}"]
        if counters["silent"]:
            parts.append(f"{counters['silent']:,} came and sent nothing (where the server speaks first, --banner makes them talk)")
        parts += [f"{count:,} {REASONS.get(reason, reason)}" for reason, count in sorted(over.items()) if count]
        return "; ".join(parts)

    def _over(self) -> Counter[str]:
        return self.catcher.refused() + self.lost

    def batch(self) -> "Batch":
        """What waits now. Taken together with its end, so that what comes later lies behind it."""
        return Batch(self._waiting[:], self._over() + Counter({"silent": self.catcher.counters["silent"]}), self.catcher.place())

    def try_to_write(self, batch: "Batch") -> str:
        """As `write`, in another thread; answers what is wrong, or nothing."""
        try:
            self.write(batch)
        except VardeError as error:
            return str(error)
        return ""

    def write(self, batch: "Batch") -> None:
        """Commit a batch. The progress makes a second try write nothing twice, whichever table the first one reached."""
        decoded = captures_batch(batch.captures, self.origin) if batch.captures else Decoded()
        for reason, count in (batch.over - self._told).items():
            outcome = "ignored" if reason == "silent" else f"reject:{reason}"
            decoded.counts[DIALECT, outcome] += count
            decoded.counts[DIALECT, "lines"] += count
        if not decoded.counts:
            return
        self._check_room()
        writer = Writer(self.context.store, self.context.geography)
        writer.add(decoded, self.origin)
        writer.commit(Progress(self.origin.source, batch.end))

    def written(self, batch: "Batch", problem: str) -> None:
        """What became of a batch: it no longer waits, or is tried again after as long as a commit waits."""
        if problem:
            self._since = time.monotonic()
            if problem != self._note:
                say(f"varde: {problem} Captures wait in memory and are tried again.")
        else:
            self._told = batch.over
            self._committed += len(batch.captures)
            self._octets -= sum(len(entry.data) + ROW_OCTETS for entry in batch.captures)
            del self._waiting[: len(batch.captures)]
        self._note = problem

    def _check_room(self) -> None:
        wanted = self.context.config.store.disk_free_gb * 1e9
        if (free := self.context.store.free()) < wanted:
            raise VardeError(f"only {octets(free)} are free on the disk of {self.context.location}, and [store] disk_free_gb keeps {octets(wanted)}.")

    def _tidy(self) -> None:
        from varde.app.commands.store import expire  # brings the query engine, which nothing else here needs

        self._tidied = time.monotonic()
        try:
            expire(self.context)
            self.context.store.compact()
        except VardeError as error:
            say(f"varde: {error}")

    def _show(self, caught: Capture) -> None:
        if self.context.quiet:
            return
        second = int(time.monotonic())
        if second != self._second:
            self._show_hidden()
            self._second, self._shown = second, 0
        if self._shown >= LINES_A_SECOND:
            self._hidden += 1
            return
        self._shown += 1
        say(self._line(caught))

    def _line(self, caught: Capture) -> str:
        moment = datetime.fromtimestamp(caught.until / 1e6, self.context.zone)
        source = f"[{caught.src_addr}]" if ":" in caught.src_addr else caught.src_addr
        found = known(caught.data)
        what = found.name if found else recognise(caught.data).form
        tls = " in TLS" if caught.tls else ""
        return (f"{moment:%H:%M:%S} {source}:{caught.src_port} -> {caught.dst_port}/{proto_name(caught.proto)}{tls} "
                f"{caught.length:,} octets: {what} ({caught.name})")  # fmt: skip

    def _show_hidden(self) -> None:
        if self._hidden:
            say(f"and {self._hidden:,} more captures")
        self._hidden = 0
