"""Prepare Varde in its own folder: the Python environment, then the page and the geography tables.

Standard library only: it runs before anything is installed. Every step is skipped when what it makes is there and
made from the same inputs, so an interrupted run is healed by the next one.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

import installers
import page
from progress import SetupError, run, say

ROOT = Path(__file__).resolve().parent.parent
SIZES: dict[str, dict[str, int]] = json.loads((ROOT / "setup" / "sizes.json").read_text())
"""Megabytes to download and on disk by part, as `setup/lock` measured them."""
BUILD = ROOT / ".varde-build"
UNFINISHED = "varde-unfinished"
READY = "varde-ready"


@dataclass(frozen=True)
class Job:
    """What is asked for: the environment's folder, the lock file (dev.txt holds all of runtime.txt), open files."""

    env: Path
    locks: tuple[str, ...]
    variables: dict[str, str]
    held: tuple[int, ...]


def main() -> int:
    parser = argparse.ArgumentParser(prog="setup/environment.py", description=__doc__)
    parser.add_argument(
        "--stamp", default="", help="written when all is done: the launcher's checksum of the inputs"
    )
    parser.add_argument("--dev", action="store_true", help="install what the tests need too")
    parser.add_argument(
        "--cluster", action="store_true", help="install what asks a Spark Connect server too"
    )
    parser.add_argument("places", nargs="+", type=Path, help="where the environment may live, best first")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        group = "dev" if asked.dev else "cluster" if asked.cluster else "runtime"
        _prepare(asked.places, asked.stamp, group)
    except SetupError as error:
        _explain(error, f"varde: {error}.")
        if error.tail:
            say(
                "varde: packages come over the network, or from the index that pip or uv is configured for. Start again."
            )
        return 2
    except KeyboardInterrupt:
        say("varde: stopped; the next start goes on from here.")
        return 130
    return 0


def _explain(error: SetupError, sentence: str) -> None:
    say(sentence)
    for line in error.tail:
        say(f"  | {line}")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _prepare(places: list[Path], stamp: str, group: str) -> None:
    env = _first_writable(places)
    with _locked(env) as lock:
        scratch = env.parent if env.parent != ROOT else BUILD
        locks = _locks(env, group)
        variables = installers.environ(_home_writable(), scratch)
        job = Job(env, locks, variables, (lock.fileno(),))
        _announce(job)
        _packages(job)
        note = _page(job)
        if stamp:
            _write(env / READY, stamp + note)
    print(env)


def _locks(env: Path, group: str) -> tuple[str, ...]:
    """What is asked for. An environment that asks a cluster is kept so."""
    if group == "runtime" and (env / "varde-cluster").exists():
        group = "cluster"
    return ("runtime",) if group == "runtime" else ("runtime", group)


def _announce(job: Job) -> None:
    """Say what will be done and how much it takes before anything is fetched. Raises SetupError when it cannot fit."""
    parts = {job.locks[-1]: f"the packages in {job.env}"} if _stale(job.env, job.locks) else {}
    if os.access(ROOT, os.W_OK) and _page_wanted(job):
        parts |= {"build": "Node to build the page"} if _stale(BUILD / "env", ("build",)) else {}
        parts |= {"page": "the page and the geography tables"}
    if not parts:
        return
    more = job.locks[1:] and job.locks[-1] in parts
    there = ["runtime"] if more and not _stale(job.env, ("runtime",)) else []
    download, disk = (
        sum(SIZES[part][key] for part in parts) - sum(SIZES[part][key] for part in there)
        for key in ("download_mb", "disk_mb")
    )
    say(f"varde: preparing, once: {', '.join(parts.values())}. {download} MB to download, {disk} MB on disk.")
    free = shutil.disk_usage(job.env.parent).free // 1_000_000
    if free < disk:
        raise SetupError(f"{job.env.parent} has {free} MB left, {disk} MB are needed")


def _packages(job: Job) -> None:
    if _stale(job.env, job.locks):
        _install(job.env, job.locks, "installing packages", job)
    site = next(job.env.glob("lib/python3*/site-packages"))
    source = ROOT / "src"
    # relative where it can be: the folder may be moved or copied with its environment
    path = os.path.relpath(source, site) if job.env.parent == ROOT else str(source)
    if not (pth := site / "varde.pth").exists() or pth.read_text() != path + "\n":
        _write(pth, path)


def _install(env: Path, locks: tuple[str, ...], title: str, job: Job) -> None:
    fresh = not installers.works(env) or (env / UNFINISHED).exists()
    if fresh:
        shutil.rmtree(env, ignore_errors=True)
    env.mkdir(parents=True, exist_ok=True)
    (env / UNFINISHED).touch()
    lock = ROOT / "locks" / f"{locks[-1]}.txt"
    try:
        installers.install(env, lock, title, variables=job.variables, held=job.held)
    except SetupError:
        if fresh:
            shutil.rmtree(env, ignore_errors=True)
        else:  # the tools fetch all before they change anything: what was there still works
            (env / UNFINISHED).unlink(missing_ok=True)
        raise
    for name in locks:
        _write(env / f"varde-{name}", _digest(name))
    (env / UNFINISHED).unlink()


def _page(job: Job) -> str:
    """Build the page and the tables; answer what the stamp says of them. Varde works without, on the command line."""
    if not _page_wanted(job):
        return ""
    try:
        _build(job)
    except SetupError as error:
        _explain(error, f"varde: the page is not built, the command line works without it ({error}).")
        return " without the page"
    return ""


def _page_wanted(job: Job) -> bool:
    """Tests check the page's source, so they want Node and its packages even where a built page ships."""
    return page.stale(ROOT) or (
        "dev" in job.locks and (_stale(BUILD / "env", ("build",)) or not page.installed(ROOT))
    )


def _build(job: Job) -> None:
    if not os.access(ROOT, os.W_OK):
        raise SetupError(f"{ROOT} cannot be written")
    if _stale(BUILD / "env", ("build",)):
        _install(BUILD / "env", ("build",), "installing Node", job)
    command: list[str | Path] = [BUILD / "env" / "bin" / "python", "-s", ROOT / "setup" / "page.py"]
    run(command, "building the page and the tables", env=job.variables, held=job.held)


def _stale(env: Path, locks: tuple[str, ...]) -> bool:
    marks = [env / f"varde-{name}" for name in locks]
    recorded = all(mark.exists() and mark.read_text().strip() == _digest(mark.name[6:]) for mark in marks)
    return not recorded or (env / UNFINISHED).exists() or not installers.works(env)


def _digest(lock: str) -> str:
    return hashlib.sha256((ROOT / "locks" / f"{lock}.txt").read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    """Replace a small file whole: a reader sees the old or the new."""
    new = path.with_name(path.name + ".new")
    new.write_text(text + "\n")
    new.replace(path)


def _first_writable(places: list[Path]) -> Path:
    for place in places:
        if place.exists():
            usable = os.access(place, os.W_OK) and (place.parent == ROOT or _private(place.parent))
        else:
            usable = _makes_folder(place.parent)
        if usable:
            return place
    raise SetupError(
        f"no folder can be written: tried {', '.join(map(str, places))}; set XDG_CACHE_HOME or TMPDIR"
    )


def _makes_folder(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and (folder == ROOT or _private(folder))


def _private(folder: Path) -> bool:
    """Nobody else can have put anything there: the temporary folder is shared."""
    facts = folder.lstat()
    return (
        folder.is_dir()
        and not folder.is_symlink()
        and facts.st_uid == os.geteuid()
        and not facts.st_mode & 0o002
    )


def _home_writable() -> bool:
    home = os.environ.get("HOME", "")
    return bool(home) and os.access(home, os.W_OK)


@contextmanager
def _locked(env: Path) -> Iterator[TextIO]:
    """One set-up at a time: the second start waits, then finds everything done."""
    if env.parent == ROOT:
        BUILD.mkdir(exist_ok=True)
    path = BUILD / "lock" if env.parent == ROOT else env.with_name(env.name + ".lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("varde: another start is preparing the same folder; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


if __name__ == "__main__":
    sys.exit(main())
