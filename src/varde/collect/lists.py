"""Block lists and threat intelligence, kept current: fetched or read when due, guarded, built into a matcher and swapped.

Everything slow happens in `poll`, which a thread of its own calls; who matches takes `lists.matcher` and goes on."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from varde.collect.apart import Said, Task, read_apart
from varde.collect.feed_terms import LIST_MAX, FeedError, Limits, check_octets
from varde.collect.keys import key_of
from varde.collect.list_source import CLIENT_FORMATS, EXPIRE_DAYS, ListSource
from varde.collect.rowfile import RowsError
from varde.collect.shelf import ListState, Shelf, failed
from varde.collect.text import open_text
from varde.decode import empty_batch
from varde.decode.addresses import octets_of
from varde.decode.intel import SCHEMA, ListOrigin, ListRead, Rejected, read_list
from varde.intel import MATCHED, Guards, Matcher, Row, Suppressed, Verdict, build
from varde.intel.give_back import give_back
from varde.model import EXACT, INDICATORS, VardeError, visible

POLL_SECONDS = 2.0
"""Between looks at files and at what other processes wrote; feeds have their own time."""

RETRY_SECONDS = 60.0
"""After the first failure; doubled with each further one, up to the list's own interval."""

JITTER = 0.1
"""Share of the interval by which fetches are spread, so that not all of the world asks at the full hour."""

SHRUNK = 0.1
"""A list with less than this share of what it had is held back."""

SHRUNK_FROM = 10
"""Indicators a list had, from which on shrinking is looked at; becoming empty always is."""

APART_FROM = 50_000
"""Indicators of a list from which on a station reads it in another process: that takes half a second to begin, and 20 MB to read so many here."""

APART_OCTETS = 1 << 20
"""Of a file: as many."""

LOOK_SECONDS = 3600.0
"""Between looks through the stored rows for bits that fell over: what writes to them is seen at once. A million rows take 20 ms."""

STOP_SECONDS = 5.0
"""Waited for a fetch at the end; one that is broken off leaves all as it was."""

_KEY = ("type", "value", "id")
"""By which an indicator of a list is known again."""

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import found: counts, and samples of what was rejected and what is suppressed. The rows themselves are on disk by then."""

    format: str
    indicators: int
    by_type: dict[str, int]
    rejected: list[Rejected]
    reasons: dict[str, int]
    suppressed: list[Suppressed]
    suppressed_count: int
    kept: int | None = None
    "Indicators of the list as it was, where it stays so: what came was empty, or a tenth of it at most."


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows with the columns of INDICATORS, of which lists, and which were left out because they may not be passed on."""

    rows: pl.DataFrame
    lists: tuple[str, ...]
    kept_back: tuple[str, ...]


class Lists:
    """Configured and imported lists, and the matcher made of them."""

    def __init__(
        self, folder: Path, sources: Sequence[ListSource] = (), guards: Guards | None = None, *,
        clock: Callable[[], float] = time.time, note: Callable[[str], None] = lambda text: None, limits: Limits | None = None,
    ) -> None:  # fmt: skip
        """`folder` is the store's folder of facts; `note` is told what people should know. Nothing is read before `open` or `poll`."""
        self._shelf = Shelf(folder)
        self._clock, self._note, self._limits = clock, note, limits
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._sources, self._guards = tuple(sources), guards or Guards.of()
        self._wanted = self._sources, self._guards
        self._allowing: tuple[str, Guards] = ("", self._guards)
        self._seen: tuple[tuple[str, int], ...] | None = None
        self._said: dict[str, str] = {}
        self._damaged: dict[str, str] = {}
        "Lists whose stored rows cannot be read whole, and why: nothing of them is matched or written, for half a list looks like a whole one."
        self._looked: dict[str, tuple[int, ...]] = {}
        "Stamps of the files of each list when they were looked through."
        self._look_at = 0.0
        self.changed: Callable[[Matcher, Matcher], None] = lambda old, new: None
        "Told of each exchange of matchers that lists or guards made, in the thread that polls: it must not wait."
        self.apart = False
        "Whether large lists are read in a process of their own: who runs for months wants the memory back."
        self.generation = 0
        "How many matchers there were; 0 while there is none yet."
        self.matcher: Matcher = build(empty_batch(INDICATORS), self._guards, now=0)
        "The matcher in force. Set ids belong to it: take it once for `lookup` and `rows`."

    @property
    def image(self) -> Path:
        """The matcher in force as a file that other processes can map with `varde.intel.load`; replaced, never changed."""
        return self._shelf.image

    def configure(self, sources: Sequence[ListSource], guards: Guards) -> None:
        """Take another configuration; the next `poll` acts on it. Never waits, whatever is being fetched."""
        self._wanted = tuple(sources), guards

    def open(self) -> bool:
        """Take the matcher of the last run, if it is of these guards: a fraction of a second for a million indicators."""
        try:
            kept = self._shelf.matcher()
        except VardeError as error:
            self._note(f"{error}. It is built anew.")
            return False
        if kept is None or not kept.key.startswith(self._guards_key()):
            return False
        self._swap(kept)
        return True

    def start(self) -> None:
        """Open, and poll in a thread of its own until `stop`."""
        self.open()
        self._thread = threading.Thread(target=self._run, name="lists", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.poll()
            except VardeError as error:  # the disk refuses: said, and tried again
                self._say("", str(error))
            except Exception as error:  # noqa: BLE001 - lists that are no longer kept current, in silence, are worse than any mistake of ours
                self._say("", f"lists: a mistake of Varde itself: {type(error).__name__}: {error}. The matcher in force stays; it is tried again.")
            self._stop.wait(POLL_SECONDS)

    def poll(self) -> bool:
        """Do what is due: read files that changed, fetch feeds whose time has come, build when anything changed. Whether the matcher is new.

        Raises VardeError when the disk refuses."""
        with self._lock:
            if (self._sources, self._guards) != self._wanted:
                self._sources, self._guards = self._wanted
                self._seen = None
            self._look()
            # what is damaged first: where it comes back, nothing is built without it
            for source in self._sources:
                if source.name in self._damaged and not self._stop.is_set() and self._is_due(source):
                    self._refresh(source, force=False)
            # files first: a slow server must not keep what the owner has just written from being matched
            changed = [self._poll_some(source for source in self._sources if (source.path is not None) == is_file) for is_file in (True, False)]
            return any(changed)

    def _poll_some(self, sources: Iterable[ListSource]) -> bool:
        for source in sources:
            if not self._stop.is_set() and self._is_due(source):
                self._refresh(source, force=False)
        return self._rebuild()

    def update(self, names: Iterable[str] = (), *, force: bool = False) -> list[dict[str, Any]]:
        """Read and fetch now: the named lists, or all. `force` takes what is held back. Answers their states as `status` has them.

        Raises VardeError for a name that is not configured."""
        wanted = set(names) or {source.name for source in self._sources}
        known = {source.name: source for source in self._sources}
        if unknown := sorted(wanted - set(known)):
            raise VardeError(f"no list is called {visible(unknown[0])} in the configuration. There are {', '.join(known) or 'none'}.", status=1)
        with self._lock:
            self._look()
            for name, source in known.items():
                if name in wanted:
                    self._refresh(source, force=force)
            self._rebuild()
        return [told for told in self.status()["lists"] if told["name"] in wanted]

    def import_file(self, path: str, name: str, form: str | None = None, *, force: bool = False) -> Imported:
        """Read a file (- is standard input) as the list `name`, which it replaces; not one that emptied or shrank, unless by `force`.

        Raises VardeError when it cannot be read, or when the configuration has a list of that name."""
        if any(source.name == name for source in self._sources):
            raise VardeError(f"the configuration has a list {name}: `varde intel update {name}` reads it, or give another --name.")
        with self._lock:
            found = self._imported(path, name, form, force=force)
            give_back()
            if found.kept is None:
                self._rebuild()  # when the rows are on disk alone
        return found

    def _imported(self, path: str, name: str, form: str | None, *, force: bool) -> Imported:
        now = self._now()
        read = _checked(read_list(_read_file(path), ListOrigin(name, now), form), None)
        judged = self._guards_in_force().verdict(read.indicators)
        before = self._shelf.state(name)
        was = before.indicators if before is not None and before.imported else 0
        by_type = dict(sorted(read.indicators["type"].value_counts().iter_rows()))
        found = Imported(read.format, len(read.indicators), by_type, read.rejected, dict(read.reasons), judged.suppressed, judged.count)
        if not force and (read.indicators.is_empty() or _is_shrunk(was, len(read.indicators))):
            return replace(found, kept=was)
        url = "" if path == "-" else str(Path(path).absolute())
        self._keep(ListState(name, url, imported=True, tried=now), read, judged, now)
        return found

    def forget(self, name: str) -> None:
        """Take an imported list back. Raises VardeError where there is none of that name."""
        with self._lock:
            state = self._shelf.state(name)
            if name not in self._lost() and (state is None or not state.imported):
                names = [state.name for state in self._shelf.states() if state.imported]
                raise VardeError(f"no list {visible(name)} was imported. There are {', '.join(names) or 'none'}.", status=1)
            self._shelf.forget(name)
            self._damaged.pop(name, None)
            self._rebuild()

    def rows(self, number: int) -> list[Row]:
        """The lists and entries behind a set id of the matcher in force."""
        return self.matcher.rows(number)

    def indicators(self, names: Iterable[str] = (), *, shared: bool = False) -> "Taken":
        """What the lists hold, of all or of the named ones, for those who write it somewhere else.

        `shared`: others fetch it, so lists that may not be passed on are left out. Raises VardeError for a name that there is not, and where
        one of the lists, or one of the harmless, cannot be read whole: what others block by would lose it."""
        states = {state.name: state for state in self._live_states()}
        harmless = self._allow_lists()
        wanted = [name for name in list(names) or list(states) if name not in harmless]
        if unknown := next((name for name in wanted if name not in states), None):
            raise VardeError(f"there is no list {visible(unknown)}. There are {', '.join(states) or 'none'}.", status=1)
        kept = {source.name for source in self._sources if source.redistribute is False} if shared else set()
        self.require_whole(name for name in [*wanted, *harmless] if name not in kept)
        try:
            frames = {name: self._in_force(states[name], self._shelf.rows(name)) for name in wanted if name not in kept and states[name].digest}
        except RowsError as error:  # it was whole a moment ago
            raise VardeError(f"{error}. Nothing is written.") from error
        rows = pl.concat(frames.values()) if frames else empty_batch(INDICATORS)
        return Taken(rows, tuple(frames), tuple(name for name in wanted if name in kept))

    def parts(self, missed: Callable[[str], None]) -> Iterator[pl.DataFrame]:
        """What `indicators` takes of all lists, some rows at a time, for those who look for a few of them; `missed` is told of lists that
        cannot be read."""
        harmless = self._allow_lists()
        self._look()
        for state in self._live_states():
            if state.name in self._damaged:
                missed(self._unwell(state))
            if state.name in harmless or not state.digest or state.name in self._damaged:
                continue
            try:
                yield from (self._in_force(state, rows) for rows in self._shelf.parts(state.name))
            except RowsError as error:
                self._damaged[state.name] = str(error)
                missed(self._unwell(state))

    @property
    def guards(self) -> Guards:
        """What is never matched: as configured, and what the lists of the harmless name, as they were last read."""
        return self._guards_in_force()

    def harmless(self) -> list[str]:
        """What the lists of the harmless name, as entries of [[allow]]. Raises VardeError where one cannot be read."""
        frames = [self._shelf.rows(state.name) for state in self._live_states() if state.name in self._allow_lists() and state.digest]
        entries = pl.concat(frames).select("value", exact=(pl.col("description") == EXACT).fill_null(value=False)).rows() if frames else []
        return [f"={value}" if exact and not octets_of(value) else value for value, exact in entries]

    def status(self) -> dict[str, Any]:
        """What `varde intel status` tells: the matcher, and each list with counts, age and what is wrong."""
        now, matcher = self._now(), self.matcher
        return {
            "generation": self.generation, "indicators": matcher.indicators, "sets": len(matcher), "names": matcher.names.listed,
            "next_expiry": matcher.expires, "lists": [_told(state, now) | self._terms(state.name) | self._damage_of(state) for state in self._live_states()],
        }  # fmt: skip

    def look(self) -> list[str]:
        """Look through the rows of all lists, whose state `status` then tells. What is wrong, in sentences."""
        with self._lock:
            self._looked = {}
            self._look()
        return self.problems()

    def problems(self) -> list[str]:
        """What is wrong with what is stored, for people."""
        return [self._unwell(state) for state in self._live_states() if state.name in self._damaged] if self._damaged else []

    def require_whole(self, names: Iterable[str]) -> None:
        """Raises VardeError where one of these lists cannot be read whole."""
        self._look()
        states = {state.name: state for state in self._live_states()}
        if wrong := next((states[name] for name in names if name in self._damaged and name in states), None):
            raise VardeError(f"{self._unwell(wrong)} Until then nothing is written of it.", status=1)

    def _look(self) -> None:
        """See whether the rows of all lists can be read whole: of those whose files were touched, and of all when the hour is over."""
        stamps, now = self._shelf.stamps(), self._clock()
        if now >= self._look_at:
            self._looked, self._look_at = {}, now + LOOK_SECONDS
        if stamps == self._looked:
            return
        live = [state.name for state in self._live_states()]
        why = {name: self._damaged.get(name, "") if stamps.get(name) == self._looked.get(name, ()) else self._shelf.damage(name) for name in live}
        found = {name: text for name, text in why.items() if text}
        if found != self._damaged:
            self._seen = None
        self._looked, self._damaged = stamps, found
        for state in self._live_states():
            self._say(f"{state.name} stored", self._unwell(state) if state.name in found else "")

    def _unwell(self, state: ListState) -> str:
        """What is wrong with the stored rows of a list, and what to do."""
        name = visible(state.name)
        again = f"`varde intel import FILE --name {name}` reads it again, `varde intel forget {name}` takes it away."
        if not state.imported:
            again = f"It is read anew; `varde intel update {name}` does so at once."
        return f"list {name}: {visible(self._damaged.get(state.name, ''))}. Nothing of it is matched: half a list would look like a whole one. {again}"

    def _damage_of(self, state: ListState) -> dict[str, Any]:
        """`damaged`: why nothing of a list is matched although it has rows; it is an error of the list too."""
        why = self._damaged.get(state.name)
        if why is None:
            return {"damaged": None}
        return {"damaged": why, "error": f"{why}; nothing of it is matched" + (f"; {state.error}" if state.error else "")}

    def _lost(self) -> list[str]:
        """Lists of which there is something that nothing is known of, and which are not configured: they were imported."""
        configured = {source.name for source in self._sources}
        return [name for name in self._shelf.unknown() if name not in configured]

    def _live_states(self) -> list[ListState]:
        """Of configured lists, also those never fetched, in the order of the configuration; then of imported ones."""
        kept = {state.name: state for state in self._shelf.states()}
        configured = [self._state_of(source, kept.get(source.name)) for source in self._sources]
        imported = [state for state in kept.values() if state.imported and state.name not in {s.name for s in self._sources}]
        return configured + imported + [ListState(name, "", imported=True) for name in self._lost()]

    def _terms(self, name: str) -> dict[str, Any]:
        """What the configuration says of a list beside where it is."""
        source = next((source for source in self._sources if source.name == name), None)
        return {
            "role": source.role if source else "block", "licence": source.licence if source else "",
            "redistribute": source.redistribute if source else None, "needs_key": source.needs_key if source else False,
        }  # fmt: skip

    @staticmethod
    def _state_of(source: ListSource, kept: ListState | None) -> ListState:
        """What is known of a source: nothing, where the name was another's before."""
        return kept if kept is not None and kept.url == source.url and not kept.imported else ListState(source.name, source.url)

    def _is_due(self, source: ListSource) -> bool:
        state = self._state_of(source, self._shelf.state(source.name))
        is_damaged = source.name in self._damaged
        if source.watched is not None and (not is_damaged or state.stamp != _stamp(source.watched)):
            return state.stamp != _stamp(source.watched) or state.tried is None
        if is_damaged and not state.failures:
            return True
        if state.not_before is not None and self._now() < state.not_before:
            return False
        last = max(state.checked or 0, state.tried or 0)
        wait = min(source.every, RETRY_SECONDS * 2 ** (state.failures - 1)) if state.failures else source.every
        return self._now() >= last + wait * 1e6 * (1 + JITTER * _spread(source.name, last))

    def read_here(self, name: str, *, force: bool) -> Said:
        """Read one list, and build nothing: what a process that was begun for that does. Answers what is to be said."""
        said: Said = []
        self._look()
        self._say = lambda name, text: said.append((name, text))  # type: ignore[method-assign]
        self._refresh_here(next(source for source in self._sources if source.name == name), force=force)
        return said

    def _refresh(self, source: ListSource, *, force: bool) -> None:
        """Fetch or read one list; what goes wrong is kept in its state and said once."""
        if self.apart and self._is_large(source):
            task = Task(self._shelf.folder, self._sources, self._guards, source.name, force, self._clock(), self._limits)
            try:
                said = read_apart(task, self._stop)
            except VardeError as error:
                self._fail(source, self._state_of(source, self._shelf.state(source.name)), error)
                return
            for about, text in said or ():
                self._say(about, text)
            if said is not None or self._stop.is_set():
                self._look()
                return
        self._refresh_here(source, force=force)

    def _is_large(self, source: ListSource) -> bool:
        """Whether reading a list takes much: by what it had, or by its file; of a feed that never came nobody knows."""
        if source.path is not None and source.format not in CLIENT_FORMATS:
            with suppress(OSError):
                return Path(source.path).stat().st_size >= APART_OCTETS
            return False
        state = self._state_of(source, self._shelf.state(source.name))
        return state.checked is None or state.indicators >= APART_FROM

    def _fail(self, source: ListSource, state: ListState, error: VardeError) -> None:
        self._shelf.put_state(replace(failed(state, error, self._now()), stamp=_stamp(source.watched) if source.watched is not None else ""))
        self._say(source.name, f"list {source.name}: {error}. {_kept(state)}")

    def _refresh_here(self, source: ListSource, *, force: bool) -> None:
        now = self._now()
        state = self._state_of(source, self._shelf.state(source.name))
        stamp = _stamp(source.watched) if source.watched is not None else ""
        try:
            read, told = self._come(source, state, now, force=force)
        except VardeError as error:
            self._fail(source, state, error)
            return
        before, state = state, replace(state, tried=now, stamp=stamp, error=None, failures=0, not_before=None, **told)
        if read is None:
            self._shelf.put_state(replace(state, checked=now))
            return
        if not force and _is_shrunk(state.indicators, len(read.indicators)):
            self._hold(replace(state, cursor=before.cursor), len(read.indicators), now)
            return
        self._say(source.name, "")
        judged = Verdict([], 0) if source.role == "allow" else self._guards_in_force().verdict(read.indicators)
        self._keep(replace(state, held=None), read, judged, now)

    def _come(self, source: ListSource, state: ListState, now: int, *, force: bool) -> tuple[ListRead | None, dict[str, Any]]:
        """What a list holds now, None where that is what we have; with what is to be remembered of it. Raises VardeError."""
        if source.format in CLIENT_FORMATS:
            return self._harvest(source, state, now)
        data, told = self._fetch(source, state, force=force)
        return None if data is None else _checked(read_list(data, ListOrigin(source.name, now), source.format, source.columns), source), told

    def _harvest(self, source: ListSource, state: ListState, now: int) -> tuple[ListRead | None, dict[str, Any]]:
        from varde.collect.clients import CLIENTS, Errand  # as `feeds` below

        base = self._rows_or_none(state)
        cursor = {} if base is None else state.cursor
        pages = self._shelf.pages(source.name)
        brought = CLIENTS[str(source.format)](Errand(source, now, cursor, base, pages, self._stop.wait, self._limits or Limits()))
        # what was not taken is asked for anew: it may be well by then. A crash before this line merges the same pages again, which changes nothing
        pages.clear()
        return brought.read, {"cursor": brought.cursor}

    def _fetch(self, source: ListSource, state: ListState, *, force: bool) -> tuple[bytes | None, dict[str, Any]]:
        if source.path is not None:
            return _read_file(source.path), {}
        from varde.collect.feeds import (
            fetch,  # its library takes as long to load as all else of a small command
        )

        again = not (force or state.held or state.checked is None or source.name in self._damaged)
        key = {source.key_header: key_of(source.key_file, source.name)} if source.key_header else None
        etag, last_modified = (state.etag, state.last_modified) if again else (None, None)
        fetched = fetch(source.url, etag=etag, last_modified=last_modified, limits=self._limits, key=key)
        if fetched.data is None and not again:
            raise FeedError(f"{source.url}: the server says that nothing changed, and was not asked that")
        return fetched.data, {} if fetched.data is None else {"etag": fetched.etag, "last_modified": fetched.last_modified}

    def _hold(self, state: ListState, came: int, now: int) -> None:
        since = state.held["since"] if state.held else now
        self._shelf.put_state(replace(state, held={"indicators": came, "was": state.indicators, "since": since}))
        self._say(state.name, f"list {state.name}: it has {came:,} indicators, and had {state.indicators:,}. It is held back and the last good set stays; "
                              f"`varde intel update {state.name} --force` takes it.")  # fmt: skip

    def _keep(self, state: ListState, read: ListRead, judged: Verdict, now: int) -> None:
        """Rows and state of a list that was read, since when each is listed carried over."""
        rows = _carried(read.indicators, self._rows_or_none(state, (*_KEY, "first_seen")))
        # what lists say anew each day (last seen, counts of attacks) does not make another matcher
        digest = hashlib.sha256(rows.select("type", "value", "id", "name", "url", "first_seen", "expires").hash_rows().to_numpy().tobytes()).hexdigest()[:16]
        by_type = dict(sorted(rows["type"].value_counts().iter_rows()))
        fresh = replace(
            state, format=read.format, digest=f"{digest}-{len(rows)}", indicators=len(rows), by_type=by_type, rejected=sum(read.reasons.values()),
            reasons=dict(read.reasons), suppressed=judged.count, checked=now, changed=now if f"{digest}-{len(rows)}" != state.digest else state.changed,
        )  # fmt: skip
        if fresh.digest == state.digest and state.name not in self._damaged:
            self._shelf.put_state(fresh)
        else:
            self._shelf.put(fresh, rows)
        self._look()

    def _rows_or_none(self, state: ListState, columns: Sequence[str] = tuple(SCHEMA)) -> pl.DataFrame | None:
        """What a list has had so far, where it has anything that can be read."""
        try:
            return self._shelf.rows(state.name, columns) if state.digest else None
        except RowsError:
            return None

    def _rebuild(self) -> bool:
        """Build when lists, guards or the time ask for it."""
        now = self._now()
        expired = self.matcher.expires is not None and self.matcher.expires <= now
        self._look()
        signature = self._shelf.signature()
        if signature == self._seen and not expired:
            return False
        self._seen = signature
        states = self._live_states()
        key = self._guards_key() + ":" + _hash("\n".join(f"{state.name} {'damaged' if state.name in self._damaged else state.digest}" for state in states))
        nothing = not states and not self.matcher.indicators
        if nothing or (key == self.matcher.key and not expired):
            return False
        if any(name in self._damaged for name in self._allow_lists()) and (self.generation or self.open()):
            return False  # better matched as before than what is harmless told as bad
        guards, old = self._guards_in_force(), self.matcher
        try:
            made = build(self._judged(states, guards), guards, now=now, key=key)
        except RowsError as error:  # it was whole a moment ago: without it, or when it can be read again
            self._damaged[error.name], self._seen = str(error), None
            return self._rebuild()
        self._swap(self._shelf.put_matcher(made))
        if key != old.key:  # not when indicators only ended
            self.changed(old, self.matcher)
        return True

    def _judged(self, states: Iterable[ListState], guards: Guards) -> Iterator[pl.DataFrame]:
        """What of each list may be matched, in parts. How much may not is noted: lists of the harmless may have come after the list itself."""
        harmless = self._allow_lists()
        for state in states:
            if state.name in harmless or not state.digest or state.name in self._damaged:
                continue
            suppressed = 0
            for judged in guards.judge_parts(self._matched_parts(state)):
                suppressed += judged.count
                yield judged.kept
            if suppressed != state.suppressed:
                self._shelf.put_state(replace(state, suppressed=suppressed))

    def _allow_lists(self) -> set[str]:
        return {source.name for source in self._sources if source.role == "allow"}

    def _guards_in_force(self) -> Guards:
        """The owner's guards with those of the lists of the harmless; made anew when one of these changed."""
        harmless = self._allow_lists()
        states = [state for state in self._live_states() if state.name in harmless and state.digest and state.name not in self._damaged]
        mark = self._guards_key() + "".join(f" {state.name} {state.digest}" for state in states)
        if mark != self._allowing[0]:
            frames = [rows for state in states if (rows := self._rows_or_none(state)) is not None]
            self._allowing = mark, self._guards.allowing(pl.concat(frames)) if frames else self._guards
        return self._allowing[1]

    def _in_force(self, state: ListState, rows: pl.DataFrame) -> pl.DataFrame:
        source = self._feed_of(state)
        return rows if source is None else rows.with_columns(_ending(state, source), pl.coalesce("confidence", pl.lit(source.confidence, pl.Int64)))

    def _matched_parts(self, state: ListState) -> Iterator[pl.DataFrame]:
        """The same, the columns of which a matcher is made, some rows at a time."""
        source = self._feed_of(state)
        for part in self._shelf.parts(state.name, MATCHED):
            yield part if source is None else part.with_columns(_ending(state, source))

    def _feed_of(self, state: ListState) -> ListSource | None:
        """Where a list is fetched from; None for files, imported lists and what never came."""
        return next((source for source in self._sources if source.name == state.name and source.path is None and state.checked is not None), None)

    def _swap(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.generation += 1

    def _guards_key(self) -> str:
        return _hash(self._guards.signature())

    def _say(self, name: str, text: str) -> None:
        """What is wrong with a list, when it begins and when it is another thing."""
        if text and text != self._said.get(name):
            self._note(text)
        self._said[name] = text

    def _now(self) -> int:
        return int(self._clock() * 1e6)


def _checked(read: ListRead, source: ListSource | None) -> ListRead:
    """Raises VardeError for a list of what is harmless that would be matched."""
    if read.format == "warninglist" and (source is None or source.role != "allow"):
        raise VardeError('it names what is harmless, not what is bad: give its [[list]] role = "allow", or name its file in [[allow]]')
    return read


def _ending(state: ListState, source: ListSource) -> pl.Expr:
    """When the rows of a feed end, where they do not say it themselves."""
    days = pl.col("type").replace_strict(dict(source.expire_days), default=EXPIRE_DAYS["other"], return_dtype=pl.Int64)
    return pl.col("expires").fill_null((state.checked or 0) + days * _DAY_US)


def _is_shrunk(was: int, has: int) -> bool:
    return (was > 0 and has == 0) or (was >= SHRUNK_FROM and has <= was * SHRUNK)


def _carried(rows: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Since when an indicator is listed, where an earlier reading knew it for longer."""
    if before is None or before.is_empty():
        return rows
    known = before.select(*_KEY, pl.col("first_seen").alias("earlier")).unique(_KEY, keep="first")
    joined = rows.join(known, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.min_horizontal("first_seen", "earlier").alias("first_seen")).drop("earlier")


def _read_file(path: str) -> bytes:
    """A whole file, uncompressed. Raises VardeError when it cannot be read, is damaged, or is larger than any list."""
    text = open_text(path)
    try:
        data = text.read(LIST_MAX + 1)
        text.read(1)  # raises where what follows is damaged
    finally:
        text.close()
    if len(data) > LIST_MAX:
        raise VardeError(f"{path} has more than {LIST_MAX:,} octets, which no list needs. Divide it.")
    return check_octets(data, path)


def _stamp(path: str) -> str:
    try:
        stat = Path(path).stat()
    except OSError as error:
        return f"absent: {error.errno}"
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"


def _spread(name: str, moment: int) -> float:
    """-1 to 1, another for each list and each time."""
    return int(_hash(f"{name} {moment}")[:8], 16) / 0x7FFFFFFF - 1


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kept(state: ListState) -> str:
    return "The last good set stays in force." if state.digest else "Nothing is known of it yet."


def _told(state: ListState, now: int) -> dict[str, Any]:
    names = ("name", "url", "format", "imported", "indicators", "by_type", "rejected", "reasons", "suppressed", "checked", "changed", "error", "held")
    age = None if state.checked is None else max(0, (now - state.checked) // 1_000_000)
    return {name: getattr(state, name) for name in names} | {"age_seconds": age}
