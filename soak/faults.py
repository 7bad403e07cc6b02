"""`python -m soak faults [NAME ...]`: what surrounds a running station fails and comes back.

Each trial runs a station that hears a port and follows a file, lets something go wrong beneath it, and mends it. It must live, say what
was wrong, and in the end have every line once. Root is needed, in a mount namespace of its own: disks are full, and may only be read."""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from material import ROOT

from soak.kill import Kills, Sender, _numbers, _reachable
from soak.running import Process, free_port
from varde.store import Store

INSIDE = "VARDE_SOAK_INSIDE"
"""Says that the mount namespace is our own."""

DISK_MB = 48
SLOW_MICROSECONDS = 250_000
WRONG_SECONDS = 15.0
"""Longer than a commit is waited for."""

BERLIN = datetime(2026, 10, 25, 0, 59, 40, tzinfo=timezone.utc)
"""Twenty seconds before the clocks of Berlin go back."""


@dataclass
class Trial:
    """A station, who sends to it, and what went wrong."""

    folder: Path
    name: str
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    before: tuple[str, ...] = ()
    "Of the command line of the station: what runs it."
    surroundings: dict[str, str] = field(default_factory=dict)
    configuration: str = ""

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    def run(self, fault: Callable[["Trial"], None]) -> None:
        """Start, let the fault happen, wait, stop, and count."""
        port, path = free_port(), self.folder / "followed.log"
        path.touch()
        (self.folder / "varde.toml").write_text(self.configuration)
        command = ("-P", "-m", "varde", "up", str(path), "--listen", f"tcp://127.0.0.1:{port}", "--web", f"127.0.0.1:{free_port()}",
                   "--store", str(self.disk / "store"), "--config", str(self.folder / "varde.toml"), "-q")  # fmt: skip
        if self.before:
            command = ("-c", "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])", *self.before, sys.executable, *command)
        self.station = Process(self.folder / "home", *command, **self.surroundings)
        self.notes.append(f"listening after {_reachable(self.station, port):.1f} s")
        sender = Sender(port, path)
        sender.start()
        time.sleep(3)
        try:
            fault(self)
        finally:
            sender.stop()
        time.sleep(5)
        status = self.station.end(seconds=120)
        if status or "Traceback" in self.station.said:
            self.wrong.append(f"ended with {status}: {self.station.said[-1500:]}")
        self._count(sender)

    def _count(self, sender: Sender) -> None:
        sent, kills = sum(moment > 0 for moment in sender.times), Kills()
        found = _numbers(self.disk / "store", sockets=True)
        if len(found) != sent or any(count > 1 for count in found.values()):
            self.wrong.append(f"of {sent} lines that were sent {len(found)} are stored")
        from soak.kill import _check_files

        _check_files(self.disk / "store", sender, kills)
        self.wrong += kills.failures
        self.notes.append(f"{sent:,} lines sent and {sender.written:,} written, each stored once" if not self.wrong else "")

    def must_say(self, words: str, seconds: float = 30.0) -> None:
        """Whether the station says it, or `varde status` does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if words in self.station.said:
                self.notes.append(f"said: {next(line for line in self.station.said.splitlines() if words in line)[:140]}")
                return
            time.sleep(0.2)
        self.wrong.append(f"{words!r} was not said: {self.station.said[-800:]}")


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def full(trial: Trial) -> None:
    """A disk that is full for a quarter of a minute."""
    _fill(trial.disk / "filler")
    trial.must_say("the disk is full")
    time.sleep(WRONG_SECONDS)
    (trial.disk / "filler").unlink()
    time.sleep(WRONG_SECONDS)


def _fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(65536)):
            pass


def read_only(trial: Trial) -> None:
    """A disk that from one moment to the next may only be read."""
    disk = str(trial.disk)
    _mount("--bind", disk, disk)  # over what locks are held in, which would keep it from being remounted
    _mount("-o", "remount,bind,ro", disk)
    trial.must_say("only be read")
    time.sleep(WRONG_SECONDS)
    subprocess.run(["umount", disk], check=True)
    time.sleep(WRONG_SECONDS)


def slow(trial: Trial) -> None:
    """Every sync takes a quarter of a second: a commit of its four tables takes many."""
    began = time.monotonic()
    time.sleep(3 * WRONG_SECONDS)
    trial.notes.append(f"every fsync {SLOW_MICROSECONDS // 1000} ms longer for {time.monotonic() - began:.0f} s")


def clock(trial: Trial) -> None:
    """The clock is set an hour ahead, two hours back, and right again."""
    for offset in (3600, -3600, 0):
        _set_clock(trial, offset)
        time.sleep(12)


def _set_clock(trial: Trial, offset: int) -> None:
    beside = trial.folder / "clock.new"
    beside.write_text(f"{offset}\n")
    beside.replace(trial.folder / "clock")


def summer_time(trial: Trial) -> None:
    """The night in which an hour comes twice."""
    time.sleep(35)


def no_names(trial: Trial) -> None:
    """No name can be asked for, while a list and a block list are to be fetched and asked."""
    trial.must_say("feed.example", 60.0)
    time.sleep(WRONG_SECONDS)


LISTS = """
[[list]]
name = "far"
url = "https://feed.example/list.txt"
format = "plain"
[[sink]]
name = "away"
kind = "syslog"
address = "tcp://collector.example:514"
"""


def _trial(folder: Path, name: str) -> Trial:
    trial = Trial(folder, name)
    trial.disk.mkdir(parents=True)
    if name == "full":
        _mount("-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(trial.disk))
    if name == "slow":
        delay = f"inject=fsync,fdatasync:delay_exit={SLOW_MICROSECONDS}"
        trial.before = ("strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-e", delay, "-e", "signal=none", "-o", os.devnull)
    if name in {"clock", "summer-time"}:
        library = folder / "clock.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(ROOT / "soak" / "clock.c")], check=True)
        trial.surroundings = {"LD_PRELOAD": str(library), "SOAK_CLOCK": str(folder / "clock"), "TZ": "Europe/Berlin"}
        _set_clock(trial, int(BERLIN.timestamp() - time.time()) if name == "summer-time" else 0)
    if name == "no-names":
        (folder / "resolv.conf").write_text("nameserver 192.0.2.53\noptions timeout:2 attempts:1\n")
        _mount("--bind", str(folder / "resolv.conf"), "/etc/resolv.conf")
        trial.configuration = LISTS
    return trial


TRIALS: dict[str, Callable[[Trial], None]] = {
    "full": full, "read-only": read_only, "slow": slow, "clock": clock, "summer-time": summer_time, "no-names": no_names,
}  # fmt: skip


def _one(name: str) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="varde-fault-"))
    trial = _trial(folder, name)
    try:
        trial.run(TRIALS[name])
        assert Store(trial.disk / "store").sizes()
    except (RuntimeError, OSError) as error:
        trial.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        subprocess.run(["umount", str(trial.disk)], capture_output=True, check=False)
        if name == "no-names":
            subprocess.run(["umount", "/etc/resolv.conf"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"  {name}: {'; '.join(filter(None, trial.notes))}", flush=True)
    for what in trial.wrong:
        print(f"  WRONG {name}: {what}", flush=True)
    return not trial.wrong


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TRIALS))
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(TRIALS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if INSIDE not in os.environ:
        inside = os.environ | {INSIDE: "1"}
        return subprocess.run(["unshare", "-m", sys.executable, "-m", "soak", "faults", *asked.names], cwd=ROOT, env=inside, check=False).returncode
    print(f"faults: {len(asked.names or TRIALS)} trials", flush=True)
    good = [_one(name) for name in asked.names or TRIALS]
    print("faults: " + ("good" if all(good) else "failed"))
    return 0 if all(good) else 1
