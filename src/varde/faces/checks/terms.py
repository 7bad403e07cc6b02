"""What a check is, what it may be asked with, and what it is given."""

import getopt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from varde.faces.board import Board, board_of, read_board
from varde.faces.nagios import STATES, Range, Result, State, UnwellError, number_of
from varde.model.errors import VardeError
from varde.model.panels import Panel

TIMEOUT_MIN, TIMEOUT_MAX = 1.0, 3600.0
"""Seconds that a check may take: schedulers kill what takes longer."""


def _state(text: str) -> State:
    if text not in STATES:
        raise VardeError(f"{text!r} is no state: {', '.join(STATES)}")
    return STATES[text]


def _bad_state(text: str) -> State:
    if _state(text) is State.OK:
        raise VardeError("'ok' would hide that nothing was checked: warning, critical or unknown")
    return STATES[text]


def _timeout(text: str) -> float:
    seconds = number_of(text, "s")
    if not TIMEOUT_MIN <= seconds <= TIMEOUT_MAX:
        raise VardeError(f"{text!r}: from {TIMEOUT_MIN:g} to {TIMEOUT_MAX:g} seconds")
    return seconds


def _span(text: str) -> float:
    seconds = number_of(text, "s")
    if seconds <= 0:
        raise VardeError(f"{text!r} is no period: it must be more than nothing")
    return seconds


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise VardeError(f"{text!r} is no whole number")
    return int(text)


KINDS: dict[str, Callable[[str], Any]] = {
    "text": str, "path": Path, "state": _state, "bad state": _bad_state, "whole": _whole, "seconds": _span, "timeout": _timeout, "range": Range.parse,
    "flag": lambda text: True, "range of seconds": lambda text: Range.parse(text, "s"), "range of shares": lambda text: Range.parse(text, "%"),
}  # fmt: skip
"""What the text of an option becomes; each raises VardeError."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option, `--name VALUE`, or `--name` alone (kind flag); or one word where it has its place instead of a name (`placed`)."""

    name: str
    shown: str
    "Its value in help."
    about: str
    kind: str = "text"
    default: str | None = None
    short: str = ""
    required: bool = False
    placed: bool = False
    repeated: bool = False
    choices: tuple[str, ...] = ()

    def read(self, text: str) -> Any:
        """Raises VardeError that names the option."""
        if self.choices and text not in self.choices:
            raise VardeError(f"{self.shown} is one of {', '.join(self.choices)}, not {text!r}")
        try:
            return KINDS[self.kind](text)
        except VardeError as error:
            raise VardeError(f"--{self.name}: {error}") from None


STORE = Option("store", "DIR", "Folder of the store of `varde up`.", kind="path")
TIMEOUT = Option("timeout", "SECONDS", "How long it may take.", kind="timeout", default="10", short="t")
ON_TIMEOUT = Option("on-timeout", "STATE", "State when it takes longer: warning, critical or unknown.", kind="bad state", default="unknown")


def thresholds(kind: str, of: str, warning: str | None = None, critical: str | None = None) -> tuple[Option, Option]:
    """-w and -c."""
    return (
        Option("warning", "RANGE", f"WARNING where {of} is outside.", kind=kind, default=warning, short="w"),
        Option("critical", "RANGE", f"CRITICAL where {of} is outside.", kind=kind, default=critical, short="c"),
    )


Fetch = Callable[[str, float], bytes]
"""The content of a URL, within that many seconds. Raises VardeError."""


Trial = Callable[[Path, float], list[tuple[str, str, str]]]
"""What a test of the station of a store found, within that many seconds: what was looked at, ok, failed or skipped, and a sentence."""


def _no_trial(store: Path, seconds: float) -> list[tuple[str, str, str]]:
    raise VardeError("nothing is sent here")


@dataclass(frozen=True, slots=True)
class Surged:
    """Surges of the last hours: level (notice or alarm) and a sentence of each, what they are judged by, and whether that is enough."""

    surges: tuple[tuple[str, str], ...]
    basis: str
    is_judged: bool
    is_fed: bool = True
    "Whether anything of these hours is stored."


Surging = Callable[[Path, float, float], Surged]
"""Of a store, over so many seconds, within that many. Raises VardeError."""


def _no_surges(store: Path, over: float, seconds: float) -> Surged:
    raise VardeError("no store is asked here")


def _no_fetch(url: str, seconds: float) -> bytes:
    raise VardeError(f"{url}: nothing is fetched here")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check is given: what its options say, whose store, the time, how pages come, how a station is tested, and how its store is asked."""

    values: Mapping[str, Any]
    store: Path
    now: float = field(default_factory=time.time)
    fetch: Fetch = _no_fetch
    trial: Trial = _no_trial
    surges: Surging = _no_surges

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def board(self) -> Board:
        """What the station last wrote. Raises UnwellError(UNKNOWN) where it says nothing of now: what it counts cannot be judged then."""
        board = read_board(board_of(self.store))
        if board.is_stale(self.now):
            raise UnwellError(State.UNKNOWN, stale(board.age(self.now)))
        return board


def stale(age: float) -> str:
    """The sentence about a station whose last word is that old, or ahead of the clock."""
    if age < 0:
        return (f"what `varde up` wrote last is {lasting(-age)} ahead of this machine's clock, which was set back or is wrong. "
                "Look at the time of this machine, and whether `varde up` still runs.")  # fmt: skip
    return f"`varde up` wrote last {lasting(age)} ago, and it does so every 10 s: it has ended or hangs. Start it again."


def lasting(seconds: float) -> str:
    """A period as people say it."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


def seconds_known(board: Board, panel: Panel, line: str, seconds: float) -> float:
    """Of a period that is asked about, what a curve has."""
    points = board.lately(panel, line, seconds)
    return points[-1][0] - points[0][0] if points else 0.0


def page_of(board: Board, panel: Panel) -> str:
    """Where a person sees what a panel counts; empty where the station serves no page."""
    address = board.about.get("page", "").partition("?")[0].rstrip("/")
    return f"{address}/{panel.page}" if address else ""


@dataclass(frozen=True, slots=True)
class Check:
    """One of `varde check NAME`."""

    name: str
    about: str
    "One sentence."
    run: Callable[[Asked], Result]
    "Raises VardeError (UNKNOWN) or UnwellError."
    options: tuple[Option, ...]
    states: tuple[tuple[str, str], ...]
    "When it is which."
    numbers: tuple[tuple[str, str], ...]
    "Labels of its numbers and what they are."
    example: tuple[str, ...] = ()
    "Words behind its name that do something on a usual machine."
    late: str = "on-timeout"
    "The option that says its state when it is late."
    reads_board: bool = True
    is_usual: bool = True
    "Whether any station has what it looks at: definitions make a service of it then."
    minutes: int = 1
    "Between two calls of such a service."

    @property
    def all_options(self) -> tuple[Option, ...]:
        """With those that checks share."""
        shared = (TIMEOUT, *((ON_TIMEOUT,) if self.late == ON_TIMEOUT.name else ()))
        return (*self.options, *((STORE,) if self.reads_board else ()), *shared)

    def read(self, words: Sequence[str]) -> dict[str, Any]:
        """Values by the names of options, of a command line. Raises VardeError (UNKNOWN) that says what is wrong with it."""
        named = {option.name: option for option in self.all_options if not option.placed}
        shorts = {option.short: option for option in named.values() if option.short}
        try:
            pairs, rest = getopt.gnu_getopt(list(words), "v" + "".join(f"{short}:" for short in shorts), ["verbose", *(option.name if option.kind == "flag" else f"{option.name}=" for option in named.values())])
        except getopt.GetoptError as error:
            raise VardeError(f"{error}: see `varde check {self.name} --help`") from None
        said: dict[str, list[str]] = {}
        for flag, text in pairs:
            option = shorts.get(flag[1:]) if not flag.startswith("--") else named.get(flag[2:])
            said.setdefault(option.name if option else "verbose", []).append(text)
        return {"verbose": len(said.pop("verbose", ())), **self.values(said | self._placed(rest))}

    def values(self, said: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Values of what was said, by names of options; defaults of the rest. Raises VardeError."""
        found: dict[str, Any] = {}
        for option in self.all_options:
            texts = said.get(option.name) or ([option.default] if option.default is not None else [])
            if option.required and not texts:
                raise VardeError(f"{option.shown if option.placed else f'--{option.name} {option.shown}'} is missing: see `varde check {self.name} --help`")
            read = [option.read(text) for text in texts]
            found[option.name] = read if option.repeated else read[-1] if read else None
        return found

    def _placed(self, rest: Sequence[str]) -> dict[str, list[str]]:
        """Words without a name, in their order."""
        places = [option for option in self.options if option.placed]
        if len(rest) > len(places):
            raise VardeError(f"{rest[len(places)]!r} is one word too many: see `varde check {self.name} --help`")
        return {option.name: [text] for option, text in zip(places, rest, strict=False)}
