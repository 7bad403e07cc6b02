"""Whether the newest signature file that a vendor's status page names is here and whole, as the page of Sophos names one."""

from pathlib import Path

from varde.faces.checks.files import md5_of, open_file, require_folder
from varde.faces.checks.status_page import Entry, newest, read_entries
from varde.faces.checks.terms import Asked, Check, Option, lasting
from varde.faces.nagios import Number, Range, Result, State, UnwellError
from varde.model.errors import VardeError

URL = "https://downloads.sophos.com/downloads/info/latest_IDE.xml"
AHEAD_SECONDS = 3600
"""By which a published time may be ahead of our clock before that is told."""

_FETCH_SHARE = 0.8
"""Of the time that the check has: what is left is for the file."""


def check_sophos(asked: Asked) -> Result:
    """Raises UnwellError or VardeError where it cannot be known: UNKNOWN, unless `--unreachable` says another of the page."""
    require_folder(asked["dir"])
    data = _page(asked)
    try:
        entry = newest(read_entries(data))
    except VardeError as error:
        raise UnwellError(asked["unreachable"], f"{asked['url']}: {error}") from None
    if not entry.name or "/" in entry.name or "\0" in entry.name or entry.name in (".", ".."):
        raise UnwellError(State.UNKNOWN, f"{asked['url']}: {entry.name!r} is no name of a file in {asked['dir']}; it was not looked for")
    return _compared(entry, asked)


def _page(asked: Asked) -> bytes:
    try:
        return asked.fetch(asked["url"], asked["timeout"] * _FETCH_SHARE)
    except VardeError as error:
        raise UnwellError(asked["unreachable"], str(error)) from None


def _compared(entry: Entry, asked: Asked) -> Result:
    age = None if entry.at is None else asked.now - entry.at
    number = Number("age", None if age is None else round(age), "s", None, Range(end=asked["critical-age"]), None)
    path: Path = asked["dir"] / entry.name
    try:
        with open_file(path) as file:
            found = md5_of(file)
    except FileNotFoundError:
        return Result(_lag(age, asked), f"{entry.name} is not in {asked['dir']}{_published(age)}: the scanner has not fetched its newest signatures", (number,))
    more = (f"published md5 {entry.md5}", f"md5 of {path} {found}")
    if found != entry.md5:
        text = f"{entry.name} has another checksum than the published one{_published(age)}: it is older, damaged, or was changed"
        return Result(_lag(age, asked), text, (number,), more)
    return Result(State.OK, f"newest signature file {entry.name} is here and has the published checksum{_published(age)}", (number,), more)


def _lag(age: float | None, asked: Asked) -> State:
    return State.CRITICAL if age is not None and age > asked["critical-age"] else State.WARNING


def _published(age: float | None) -> str:
    if age is None:
        return ""
    if age < -AHEAD_SECONDS:
        return f", published {lasting(-age)} ahead of this machine's clock, which may be wrong"
    return f", published {lasting(max(0.0, age))} ago"


CHECK = Check(
    "sophos", "Whether the newest signature file that a vendor's status page names is here and whole.", check_sophos, (
        Option("url", "URL", "The page: XML with a name and an md5. https; http from this machine alone.", default=URL),
        Option("dir", "DIR", "Where the scanner keeps its signature files.", kind="path", required=True),
        Option("critical-age", "AGE", "CRITICAL where a file that is missing or different was published longer ago.", kind="seconds", default="24h"),
        Option("unreachable", "STATE", "State where the page cannot be fetched in time or read: critical, warning, unknown.", kind="bad state", default="unknown"),
    ), (
        ("OK", "the file is here and its checksum is the published one"), ("WARNING", "the file is missing or its checksum differs"),
        ("CRITICAL", "the same, and it was published longer ago than `--critical-age`"),
        ("UNKNOWN", "the page was not fetched, is no XML, is empty, declares entities or names no file (`--unreachable` changes these); the name has a slash; "
                    "the folder is missing or may not be read"),
    ), (("age", "seconds since the file was published; `U` where the page does not say"),),
    ("--dir", "/opt/sophos-av/lib/sav"), late="unreachable", reads_board=False,
)  # fmt: skip
