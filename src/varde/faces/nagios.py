"""What Nagios, Icinga and NRPE run and read: a state, one line, and numbers behind its bar.

    work() -> Result(state, text, numbers, more) -> "CHECK STATE - text | numbers", exit status 0 to 3

The form is that of the Monitoring Plugins' guidelines. Numbers stand on the first line alone: programs take a later bar for another label."""

import contextlib
import math
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TextIO

from varde.model.errors import VardeError
from varde.model.visible import visible

TEXT_MAX = 600
"""Characters of a line: what a pager or a mail's subject shows; Nagios keeps 8 kB of all."""

LINES_MAX = 40
"""Lines behind the first; NRPE 2 hands over 1 kB, NRPE 4 takes 64."""

NUMBERS_MAX = 60
"""Numbers of one check."""

_SPECIAL = re.compile(r"[|<>$]")
"""What begins numbers, a tag of a page, or a macro of who reads the line."""

_NOT_IN_LABELS = re.compile(r"[='`|<>$]")
LABEL_MAX = 80

_BARE = re.compile(r"[A-Za-z0-9_.\-/]+")


class State(IntEnum):
    """Exit statuses."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


STATES = {"ok": State.OK, "warning": State.WARNING, "critical": State.CRITICAL, "unknown": State.UNKNOWN}
"""By the words of options."""

_BADNESS = (State.OK, State.UNKNOWN, State.WARNING, State.CRITICAL)


def worst(states: Iterable[State]) -> State:
    """Of several: what is known to be bad goes before what is not known."""
    return max(states, key=_BADNESS.index, default=State.OK)


class UnwellError(VardeError):
    """A check ends early: `state`, and the sentence of its line."""

    def __init__(self, state: State, message: str) -> None:
        super().__init__(message, status=int(state))
        self.state = state


_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PERCENT = {"%": 1.0}
_SUFFIXES = {"s": _SECONDS, "%": _PERCENT}
_NUMBER = re.compile(r"(-?(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}))([a-z%]?)")


def number_of(text: str, unit: str = "") -> float:
    """A number of the command line; of seconds also `90s`, `10m`, `36h`, `2d`, of shares `5%`. Raises VardeError."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or (found[2] and found[2] not in _SUFFIXES.get(unit, {})):
        also = {"s": " (or 90s, 10m, 36h, 2d)", "%": " (or 5%)"}.get(unit, "")
        raise VardeError(f"{text!r} is no number{also}")
    return float(found[1]) * _SUFFIXES.get(unit, {}).get(found[2], 1.0)


@dataclass(frozen=True, slots=True)
class Range:
    """Values that raise no alert: `10` is 0 to 10, `10:` 10 and more, `~:10` up to 10, `10:20` between; `@10:20` alerts inside instead."""

    start: float = 0.0
    end: float = math.inf
    inside: bool = False

    @classmethod
    def parse(cls, text: str, unit: str = "") -> "Range":
        """Raises VardeError with what is wrong."""
        bare = text.strip().removeprefix("@")
        first, colon, last = bare.rpartition(":")
        try:
            start = -math.inf if first == "~" else number_of(first, unit) if first else 0.0
            end = number_of(last, unit) if last or not colon else math.inf
        except VardeError as error:
            raise VardeError(f"{text!r} is no range: {error}. Ranges are 10, 10:, ~:10, 10:20 and @10:20.") from None
        if start > end:
            raise VardeError(f"{text!r} is no range: it begins behind its end. Ranges are 10, 10:, ~:10, 10:20 and @10:20.")
        return cls(start, end, text.strip().startswith("@"))

    def alerts(self, value: float) -> bool:
        """Whether a value raises an alert; one that is no number always does."""
        within = self.start <= value <= self.end
        return math.isnan(value) or within == self.inside

    def __str__(self) -> str:
        start = "~:" if self.start == -math.inf else f"{figure(self.start)}:" if self.start or self.end == math.inf else ""
        return ("@" if self.inside else "") + start + ("" if self.end == math.inf else figure(self.end))


def figure(value: float) -> str:
    """A number as programs read it: no exponent, no more digits than it has, six behind the point at most."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def judged(value: float, warning: Range | None, critical: Range | None) -> State:
    """The state of a value by its thresholds."""
    if critical is not None and critical.alerts(value):
        return State.CRITICAL
    return State.WARNING if warning is not None and warning.alerts(value) else State.OK


@dataclass(frozen=True, slots=True)
class Number:
    """One of the numbers behind the bar; no value is `U`, undetermined. `unit` is one of none, s, %, B, c."""

    label: str
    value: float | None
    unit: str = ""
    warning: Range | None = None
    critical: Range | None = None
    least: float | None = 0.0
    most: float | None = None

    def __str__(self) -> str:
        known = self.value is not None and math.isfinite(self.value)
        shown = f"{figure(self.value or 0.0)}{self.unit}" if known else "U"
        rest = [str(bound) if isinstance(bound, Range) else figure(bound) if bound is not None else "" for bound in (self.warning, self.critical, self.least, self.most)]
        return f"{_label(self.label)}={shown};{';'.join(rest)}".rstrip(";")


def _label(text: str) -> str:
    """A label has no quote, no equals sign and no bar; with anything but letters it stands in quotes."""
    plain = _NOT_IN_LABELS.sub("_", visible(text))[:LABEL_MAX].strip() or "_"
    return plain if _BARE.fullmatch(plain) else f"'{plain}'"


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found."""

    state: State
    text: str
    "The sentence of the first line."
    numbers: tuple[Number, ...] = ()
    more: tuple[str, ...] = ()
    "Lines that -v shows."
    evidence: tuple[str, ...] = ()
    "Lines that -vv shows too."
    link: str = ""
    "The page that explains it: on the first line where something is wrong."


def printed(service: str, result: Result, verbose: int = 0) -> str:
    """All lines of a result, whoever wrote the words in it; the numbers on the first line alone."""
    text = f"{service.upper()} {result.state.name} - {one_line(result.text)}"
    wrong = result.state is not State.OK
    text += f" {one_line(result.link)}" if wrong and result.link else ""
    numbers = " ".join(str(number) for number in result.numbers[:NUMBERS_MAX])
    lines = [f"{text} | {numbers}" if numbers else text, *_long(result, verbose, wrong=wrong)]
    return "\n".join(lines) + "\n"


def _long(result: Result, verbose: int, *, wrong: bool) -> Iterator[str]:
    link = () if wrong or not result.link else (f"see {result.link}",)
    lines = [*(result.more if verbose else ()), *(result.evidence if verbose > 1 else ()), *(link if verbose else ())]
    yield from (one_line(line) for line in lines[:LINES_MAX])
    if len(lines) > LINES_MAX:
        yield f"and {len(lines) - LINES_MAX} more lines"


def one_line(text: str) -> str:
    """Text in which nothing ends the line, begins numbers, or means something to a terminal or a page."""
    shown = _SPECIAL.sub(lambda found: f"\\x{ord(found[0]):02x}", visible(text).replace("`", "'"))
    return shown if len(shown) <= TEXT_MAX else shown[: TEXT_MAX - 3] + "..."


@dataclass(slots=True)
class Deadline:
    """Work in a thread of its own, because a name that is looked up or a folder on a dead server cannot be interrupted."""

    seconds: float
    late: State = State.UNKNOWN
    "The state when it is not done in time."
    _found: list[Result] = field(default_factory=list)

    def result(self, work: Callable[[], Result]) -> Result:
        """What `work` answers, in time. Never OK without an answer."""
        thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        thread.start()
        thread.join(self.seconds)
        late = Result(self.late, f"it was not done within {self.seconds:g} s. Give it longer with --timeout, or see what it waits for.")
        return self._found[0] if self._found else late

    def _work(self, work: Callable[[], Result]) -> None:
        self._found.append(answered(work))


def answered(work: Callable[[], Result]) -> Result:
    """What `work` answers, or why it does not."""
    try:
        return work()
    except UnwellError as unwell:
        return Result(unwell.state, str(unwell))
    except VardeError as error:
        return Result(State.UNKNOWN, str(error))
    except Exception as error:  # noqa: BLE001 - a check that fails by itself is UNKNOWN, and never looks like another state
        return Result(State.UNKNOWN, f"the check itself failed: {type(error).__name__}: {error}. Please report that.")


def told(text: str, state: State, output: TextIO | None = None) -> int:
    """Write the lines; answers the exit status, UNKNOWN where nobody could read them."""
    stream = output or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError, AttributeError):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # Python must not try again at its end, and end with another status
        return int(State.UNKNOWN)
    return int(state)

