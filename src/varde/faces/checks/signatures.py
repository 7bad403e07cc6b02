"""How old signatures are: ClamAV's databases by what they say of themselves, any other by its newest file."""

import contextlib
import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path

from varde.faces.checks.files import md5_of, open_file, require_folder, why
from varde.faces.checks.terms import Asked, Check, Option, lasting, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, judged, one_line, worst

CLAMAV_DIR = Path("/var/lib/clamav")
HEAD_OCTETS = 512
"""Of a database of ClamAV: fields between colons, filled up with spaces."""

FILES_MAX = 200_000
"""Entries of a folder that are looked at."""

AHEAD_SECONDS = 3600
"""By which a time may be ahead of our clock."""

_SUFFIXES = (".cld", ".cvd")
_FIELDS = ("magic", "time", "version", "signatures", "level", "md5", "signed", "builder", "built")
_MAGIC = "ClamAV-VDB"


@dataclass(frozen=True, slots=True)
class Database:
    """What a database of ClamAV says of itself; `built` in seconds since 1970 UTC."""

    path: Path
    built: float
    version: int
    signatures: int
    md5: str


def read_head(path: Path, head: bytes) -> Database:
    """Raises UnwellError(UNKNOWN) for what is no database of ClamAV."""
    fields = dict(zip(_FIELDS, head[:HEAD_OCTETS].decode("latin-1").rstrip(" \0").split(":"), strict=False))
    numbers = [fields.get(name, "") for name in ("built", "version", "signatures")]
    if fields.get("magic") != _MAGIC or not all(text.isascii() and text.isdigit() and len(text) < 12 for text in numbers):
        raise UnwellError(State.UNKNOWN, f"{path} is no database of ClamAV, or damaged: see freshclam's log")
    built, version, signatures = map(int, numbers)
    return Database(path, float(built), version, signatures, fields.get("md5", ""))


def check_signatures(asked: Asked) -> Result:
    """Raises UnwellError(UNKNOWN) where it cannot be known."""
    return _WORK[asked["kind"]](asked)


def _clamav(asked: Asked) -> Result:
    folder: Path = asked["dir"] or CLAMAV_DIR
    require_folder(folder)
    found = [database for suffix in _SUFFIXES if (database := _database(folder / f"{asked['database']}{suffix}"))]
    if not found:
        return Result(State.CRITICAL, f"there is no {asked['database']}.cvd or .cld in {folder}: freshclam has never fetched it")
    newest = max(found, key=lambda one: one.version)
    age = _age(asked.now - newest.built, f"{newest.path.name} was built")
    numbers = (
        Number("age", round(age), "s", asked["warning"], asked["critical"]), Number("version", newest.version), Number("signatures", newest.signatures),
    )  # fmt: skip
    text = f"{newest.path.name} version {newest.version} was built {lasting(age)} ago, {newest.signatures} signatures"
    if asked["verify"] == "yes" and not _is_whole(newest):
        return Result(State.CRITICAL, f"{newest.path} is damaged: its checksum is not the one in its head", numbers, (text,))
    return Result(judged(age, asked["warning"], asked["critical"]), text, numbers, (f"md5 in its head: {newest.md5}",))


def _database(path: Path) -> Database | None:
    try:
        with open_file(path) as file:
            return read_head(path, file.read(HEAD_OCTETS))
    except FileNotFoundError:
        return None


def _is_whole(database: Database) -> bool:
    """A .cvd as it was fetched has its checksum in its head; a .cld was changed on this machine since, and the head was not."""
    if database.path.suffix == ".cld":
        return True
    with open_file(database.path) as file:
        file.seek(HEAD_OCTETS)
        return md5_of(file) == database.md5.lower()


def _age(age: float, what: str) -> float:
    """At least nothing. Raises UnwellError(UNKNOWN) for a time ahead of the clock."""
    if age < -AHEAD_SECONDS:
        raise UnwellError(State.UNKNOWN, f"{what} {lasting(-age)} ahead of this machine's clock: one of the two is wrong")
    return max(0.0, age)


def _folder(asked: Asked) -> Result:
    folder: Path | None = asked["dir"]
    if folder is None:
        raise UnwellError(State.UNKNOWN, "--dir DIR is missing: `check signatures dir --dir DIR` looks at the files in it")
    require_folder(folder)
    times = _times(folder, asked["pattern"])
    least = asked["least"]
    if not times:
        return Result(State.CRITICAL, f"no file in {folder} is named {asked['pattern']}", (Number("files", 0),))
    name, newest = max(times.items(), key=lambda one: one[1])
    age = _age(asked.now - newest, f"{name} in {folder} is of a time")
    numbers = (Number("age", round(age), "s", asked["warning"], asked["critical"]), Number("files", len(times)))
    state = worst((judged(age, asked["warning"], asked["critical"]), State.CRITICAL if len(times) < least else State.OK))
    few = f", fewer than {least}" if len(times) < least else ""
    return Result(state, f"newest of {len(times)} files{few} in {folder} is {one_line(name)}, {lasting(age)} old", numbers)


def _times(folder: Path, pattern: str) -> dict[str, float]:
    """When files were written, by name. What vanishes meanwhile is left out."""
    times: dict[str, float] = {}
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= FILES_MAX:
                    raise UnwellError(State.UNKNOWN, f"{folder} has more than {FILES_MAX} entries, and not all were looked at. Give a smaller folder.")
                if fnmatch.fnmatchcase(entry.name, pattern) and entry.is_file():
                    with contextlib.suppress(FileNotFoundError):
                        times[entry.name] = entry.stat().st_mtime
    except OSError as error:
        raise UnwellError(State.UNKNOWN, f"{folder} {why(error)}") from None
    return times


_WORK = {"clamav": _clamav, "dir": _folder}

CHECK = Check(
    "signatures", "How old the signatures of a scanner are: ClamAV's, or the newest file of any folder.", check_signatures, (
        Option("kind", "clamav|dir", "Whose: of ClamAV by the heads of its databases, or any folder by its newest file.", placed=True, required=True, choices=("clamav", "dir")),
        Option("dir", "DIR", f"Where they are; of ClamAV {CLAMAV_DIR}.", kind="path"),
        *thresholds("range of seconds", "the age", "2d", "4d"),
        Option("database", "NAME", "clamav: which one; main is built anew every few years, daily each day.", default="daily"),
        Option("verify", "yes|no", "clamav: also reckon the checksum of a .cvd; takes a second for 100 MB.", default="no", choices=("yes", "no")),
        Option("pattern", "PATTERN", "dir: names of files that count.", default="*"),
        Option("least", "COUNT", "dir: CRITICAL where fewer files are there.", kind="whole", default="1"),
    ), (
        ("OK", "the age is within the thresholds"), ("WARNING", "it is outside `-w`"),
        ("CRITICAL", "it is outside `-c`; there is no database, or fewer files than `--least`; with `--verify yes` the checksum is wrong"),
        ("UNKNOWN", "the folder or file is missing or may not be read, is no database, or is of a time ahead of the clock"),
    ), (("age", "seconds since it was built or written"), ("version, signatures", "clamav: as its head says"), ("files", "dir: how many count")),
    ("clamav",), reads_board=False,
)  # fmt: skip
