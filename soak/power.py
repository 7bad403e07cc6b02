"""`python -m soak power [--short] [--seed N]`: what a loss of power leaves at each moment, opened and read on.

A program that appends, merges, forgets, publishes, warns and draws is recorded with strace; what it did is done again to a disk in memory,
and after each step the power goes, in the ways of `soak/disk.py`. What is left is given to Varde."""

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from material import environment, firewall_lines, import_file, probe_batch, stored

from soak import scene
from soak.disk import Tree, variants
from soak.recorded import Replay, record
from varde.deliver.journal import Journal
from varde.deliver.publisher import Output, Publisher
from varde.faces import board_of, read_board
from varde.model import TABLES, VardeError
from varde.store import Store, durable

SEED = 20261122
QUIET = {"write", "writev", "pwrite64", "mkdir", "mkdirat"}
"""Calls after most of which nothing new can be left: every so many of them are looked at."""

EVERY = 12
MOST = 100
"""Warnings read at once; the scene has fewer."""


class LostError(Exception):
    """What a loss of power must not do."""


@dataclass(slots=True)
class Tally:
    """What was tried and what was found."""

    prefixes: int = 0
    states: int = 0
    failures: list[str] = field(default_factory=list)
    cut: int = 0
    "States in which commits were cut off."
    read_again: int = 0
    "Lines that were not acknowledged and had to be read again, over all states."

    def told(self) -> str:
        return (f"{self.prefixes} moments, {self.states} different disks: {len(self.failures)} failures; "
                f"{self.cut} with a commit cut off, {self.read_again:,} lines read again that nobody was told of")  # fmt: skip


def moments(folder: Path, trace: Path, every: int, luck: random.Random) -> Iterator[tuple[int, Replay]]:
    """The disk after each call that is looked at."""
    replay, quiet = Replay(str(folder / "disk")), 0
    for number, call in enumerate(replay.steps(trace)):
        quiet += call in QUIET
        if call not in QUIET or quiet % every == luck.randrange(every):
            yield number, replay


def run(folder: Path, *, short: bool, seed: int, most: int | None = None, careless: bool = False) -> Tally:
    """Record the scene in `folder`, and try what is left at each moment; about so many different disks, chosen by luck.

    `careless`: with a store that leaves it to the system when commits reach the disk, to see that it is found out."""
    scene.prepare(folder, short=short)
    trace, tally, luck = folder / "trace", Tally(), random.Random(seed)
    root = Path(__file__).resolve().parents[1]
    surroundings = environment(folder)
    surroundings["PYTHONPATH"] += f":{root}"
    record([sys.executable, "-m", "soak.scene", str(folder), *(["short"] * short), *(["careless"] * careless)], trace, surroundings)
    tried: set[bytes] = set()
    chance = 1.0 if most is None else most / _count(folder, trace, luck)
    for number, replay in moments(folder, trace, EVERY, luck):
        tally.prefixes += 1
        for word, tree in variants(replay.disk, luck).items():
            if (digest := _digest(tree, replay.marks)) in tried or luck.random() >= chance:
                continue
            tried.add(digest)
            _try(folder, tree, replay.marks, f"step {number}, {word}", tally, short=short)
    return tally


def _count(folder: Path, trace: Path, luck: random.Random) -> int:
    """How many different disks there are, about."""
    found = {_digest(tree, replay.marks) for _, replay in moments(folder, trace, EVERY, luck) for tree in variants(replay.disk, luck).values()}
    return max(1, len(found))


def _digest(tree: Tree, marks: list[str]) -> bytes:
    sums = hashlib.sha256(repr(marks).encode())
    for path, data in sorted(tree.items()):
        sums.update(f"{path}\0{'folder' if data is None else hashlib.sha256(data).hexdigest()}\0".encode())
    return sums.digest()


def _try(folder: Path, tree: Tree, marks: list[str], where: str, tally: Tally, *, short: bool) -> None:
    tally.states += 1
    disk = folder / "left"
    shutil.rmtree(disk, ignore_errors=True)
    _lay_out(disk, tree)
    before, durable.BOOT = durable.BOOT, folder / "next-boot"
    durable.BOOT.write_text("another start of the machine\n")
    try:
        Left(folder, disk, marks, tally, short=short).look()
    except (LostError, VardeError, OSError, ValueError, LookupError) as error:
        tally.failures.append(f"{where}, after {marks[-1] if marks else 'nothing'}: {type(error).__name__}: {error}")
    finally:
        durable.BOOT = before


def _lay_out(disk: Path, tree: Tree) -> None:
    disk.mkdir()
    for path, data in tree.items():
        if data is None:
            (disk / path).mkdir(parents=True, exist_ok=True)
        else:
            (disk / path).write_bytes(data)


@dataclass(slots=True)
class Left:
    """A disk after the power came back."""

    folder: Path
    disk: Path
    marks: list[str]
    tally: Tally
    short: bool

    def look(self) -> None:
        store = Store(self.disk / "store")
        frames = {table: stored(store, table) for table in TABLES}  # every value of every file
        self.tally.cut += any(store.facts.get(name) for name in store.facts.names("cut"))
        self._files(Counter(frames["probes"].filter(frames["probes"]["source"] != "syslog:1")["raw"].to_list()) if len(frames["probes"]) else Counter())
        self._sockets(store)
        self._read_on(store)
        self._published()
        self._warned()
        self._board(store)

    def _acknowledged(self, what: str) -> int:
        """The last number that was acknowledged of something."""
        return max((int(mark.partition(":")[2]) for mark in self.marks if mark.startswith(f"{what}:")), default=0)

    def _lines(self, name: str) -> list[str]:
        first, count = scene.FILES[name]
        return firewall_lines(first, count // 5 if self.short else count).decode().splitlines()

    def _files(self, found: Counter[str]) -> None:
        if doubled := [line for line, count in found.items() if count > 1]:
            raise LostError(f"{len(doubled)} lines are there twice")
        for name in scene.FILES:
            lines = self._lines(name)
            there = sum(line in found for line in lines)
            if name == "gone" and "forgetting" in self.marks:
                if "forgotten" in self.marks and there:
                    raise LostError(f"{there} lines came back that were forgotten")
            elif f"read:{name}" in self.marks and there < len(lines):
                raise LostError(f"{len(lines) - there} of {len(lines)} lines of {name} are lost, whose import had ended")

    def _sockets(self, store: Store) -> None:
        probes, sure = stored(store), self._acknowledged("sockets")
        offsets = sorted(probes.filter(probes["source"] == "syslog:1")["offset"].to_list()) if len(probes) else []
        if offsets[:sure] != list(range(sure)) or len(set(offsets)) < len(offsets) or len(offsets) % scene.DATAGRAMS:
            raise LostError(f"of {sure} probes of sockets that were committed there are {offsets}")

    def _read_on(self, store: Store) -> None:
        """Everything is read again, and something new comes."""
        names = [name for name in scene.FILES if name != "gone"]
        for name in names:
            self.tally.read_again += import_file(store, self.folder / "in" / f"{name}.log", name).records
        before = len(stored(store))
        store.append("probes", probe_batch([{"time": scene.NOON, "source": "new", "offset": 0}]))
        store.compact(keep_hours=0)
        probes, counters = stored(store), stored(store, "counters")
        if len(probes) != before + 1:
            raise LostError("a new probe did not come once")
        found = Counter(probes["raw"].to_list())
        wanted = [line for name in names for line in self._lines(name)]
        if any(found[line] != 1 for line in wanted):
            raise LostError(f"{sum(found[line] != 1 for line in wanted)} of {len(wanted)} lines are not there once after they were read again")
        of_these = counters.filter((counters["outcome"] == "lines") & counters["sensor"].is_in(names))
        if of_these["count"].sum() != len(wanted):
            raise LostError(f"{of_these['count'].sum()} lines were counted, there are {len(wanted)}")

    def _published(self) -> None:
        target, sure = self.disk / "list.txt", self._acknowledged("published")
        text = target.read_bytes() if target.exists() else b""
        whole = {f"list {number}\n".encode() * 900 for number in range(max(sure, 1), 4)} | ({b""} if not sure and not target.exists() else set())
        if text not in whole:
            raise LostError(f"list {sure} was in place, and {len(text)} octets are: {text[:20]!r}")
        last = b"last\n" * 900
        done = Publisher(self.disk / "published", 2).publish([Output("dns", "pf", ((target, last),), 900, digest="last")], "2026-11-22T13:00:00Z")
        if done.failures or target.read_bytes() != last:
            raise LostError(f"a new list could not be put in place: {done.failures}")

    def _warned(self) -> None:
        journal = Journal(self.disk / "journal", segment=600)
        journal.join("sink")
        numbers = [row["number"] for row in journal.read("sink", MOST)[0]]
        first = 3 if "published:3" in self.marks or self._acknowledged("warned") >= 3 else 1
        if missing := set(range(first, self._acknowledged("warned") + 1)) - set(numbers):
            raise LostError(f"warnings {sorted(missing)} are not delivered any more")

    def _board(self, store: Store) -> None:
        try:
            read_board(board_of(store.path))
        except VardeError as error:
            if "`varde up` writes it" not in str(error):
                raise


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak power", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most", type=int, help="different disks to try; all where it is not named")
    parser.add_argument("--short", action="store_true", help="a scene of a fifth")
    parser.add_argument("--careless", action="store_true", help="with a store that syncs no commit: it must fail")
    parser.add_argument("--keep", type=Path, help="a new folder to work in, which is left")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="varde-power-"))
    folder.mkdir(exist_ok=True)
    try:
        tally = run(folder, short=asked.short, seed=asked.seed, most=asked.most, careless=asked.careless)
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    for failure in tally.failures[:40]:
        print(f"  {failure}")
    print(f"power, seed {asked.seed}: {tally.told()}; {time.monotonic() - began:.0f} s")
    return 1 if tally.failures else 0
