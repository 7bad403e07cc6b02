"""Varde's own counters over SNMP: the tree that snmpd's pass_persist asks for, and its MIB.

    faces.db -> numbers and values in order -> get, getnext

A row of the table is a line of a panel, named by both, so that its number is the same after every restart (RFC 2578 7.7).
"""

import math
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from varde.faces.board import Board, read_board
from varde.model.errors import VardeError
from varde.model.panels import PANELS, Curve, Panel
from varde.model.visible import visible

PLAYPEN = "1.3.6.1.4.1.8072.9999.9999.86"
"""Below netSnmpPlaypen, which Net-SNMP leaves to everybody's trials: Varde has no number of its own at IANA."""

ENTERPRISES = "1.3.6.1.4.1"
EXPERIMENTAL = "1.3.6.1.3"

RATE_SECONDS = 300
"""Over which a rate is told: the pace of most who ask."""

TEXT_MAX = 255
"""Octets of a DisplayString (RFC 2579)."""

LINE_MAX = 4_096
"""Characters of a request: the longest number has 128 parts of ten digits."""

RUNNING, STALE, ABSENT = 1, 2, 3
"""vardeState."""

Number = tuple[int, ...]
Cell = tuple[str, str]
"""Type and value, as pass_persist writes them (snmpd.conf(5))."""


def number_of(text: str) -> Number:
    """`.1.3.6` as numbers. Raises ValueError."""
    parts = text.strip().strip(".").split(".")
    if len(parts) > 128 or not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts):
        raise ValueError(text)
    return tuple(map(int, parts))


def checked_base(text: str) -> str:
    """A number to put the tree at. Raises VardeError for one where it has no business."""
    try:
        base = ".".join(map(str, number_of(text)))
    except ValueError:
        base = ""
    if not any(base.startswith(f"{arc}.") for arc in (ENTERPRISES, EXPERIMENTAL)) or len(base.split(".")) > 30:
        raise VardeError(f"{text!r} is no number for a tree of one's own: name one below {ENTERPRISES} (your enterprise's) or {EXPERIMENTAL}.")
    return base


@dataclass(slots=True)
class Tree:
    """What is told at a moment; read again when the station wrote again."""

    path: Path
    base: str = PLAYPEN
    clock: Callable[[], float] = time.time
    read: Callable[[Path], Board] = read_board
    _mark: tuple[int, int] = (0, 0)
    _board: Board | None = None
    _numbers: list[Number] = field(default_factory=list)
    _cells: list[Cell] = field(default_factory=list)
    _told_at: tuple[bool, int] = (True, -1)

    def get(self, number: Number) -> tuple[Number, Cell] | None:
        self._look()
        at = bisect_left(self._numbers, number)
        return (number, self._cells[at]) if at < len(self._numbers) and self._numbers[at] == number else None

    def next(self, number: Number) -> tuple[Number, Cell] | None:
        """The first one after a number."""
        self._look()
        at = bisect_right(self._numbers, number)
        return (self._numbers[at], self._cells[at]) if at < len(self._numbers) else None

    def _look(self) -> None:
        """Make the tree anew where the file or its age changed: at most once a second."""
        changed = self._read_again()
        stale = self._board is None or self._board.is_stale(self.clock())
        if not changed and self._told_at == (stale, second := int(self.clock())):
            return
        second = int(self.clock())
        whole = dict(self._cells_now(stale=stale))
        self._numbers = sorted(whole)
        self._cells, self._told_at = [whole[number] for number in self._numbers], (stale, second)

    def _read_again(self) -> bool:
        try:
            status = self.path.stat()
            mark = (status.st_mtime_ns, status.st_ino)
        except OSError:
            mark = (0, 0)
        if mark == self._mark and (self._board is not None or mark == (0, 0)):
            return False
        self._mark = mark
        try:
            self._board = self.read(self.path)
        except VardeError:
            self._board = None  # the state says so
        return True

    def _cells_now(self, *, stale: bool) -> Iterator[tuple[Number, Cell]]:
        base, board = number_of(self.base), self._board
        state = ABSENT if board is None else STALE if stale else RUNNING
        yield (*base, 1, 1, 0), ("integer", str(state))
        if board is None:
            return
        age = max(0, min(int(board.age(self.clock())), 2**32 - 1))
        yield (*base, 1, 2, 0), ("gauge", str(age))
        yield (*base, 1, 3, 0), ("string", _text(board.about.get("version", "")))
        yield (*base, 1, 4, 0), ("string", _text(board.about.get("host", "")))
        if state == RUNNING:
            for panel in PANELS:
                for curve in board.panel(panel):
                    yield from _row((*base, 2, 1), panel, curve, board)


def _row(table: Number, panel: Panel, curve: Curve, board: Board) -> Iterator[tuple[Number, Cell]]:
    """The columns of a line. A value that is not known now has none."""
    index = (*_index(panel.id), *_index(curve.name))
    yield (*table, 3, *index), ("string", _text(f"{panel.title}: {curve.title}"))
    yield (*table, 4, *index), ("string", _text(panel.unit))
    if curve.value is None:
        return
    if not panel.rate:
        yield (*table, 7, *index), ("gauge", str(_bounded(curve.value, 32)))
        return
    yield (*table, 5, *index), ("counter64", str(_bounded(curve.value, 64)))
    rate = board.rate(panel, curve.name, RATE_SECONDS)
    if rate is not None:
        yield (*table, 6, *index), ("gauge", str(_bounded(rate * 100, 32)))


def _index(name: str) -> Number:
    """A string as part of a number: its length and its octets."""
    return (len(name), *name.encode("ascii", "replace"))


def _bounded(value: float, bits: int) -> int:
    return max(0, min(round(value), 2**bits - 1)) if math.isfinite(value) else 0


def _text(text: str) -> str:
    """One line of ASCII: what others wrote cannot answer in our place."""
    return visible(text).encode("ascii", "backslashreplace").decode()[:TEXT_MAX] or "-"


def serve(tree: Tree, asked: TextIO, answered: TextIO) -> int:
    """Answer requests until they end (snmpd.conf(5), pass_persist). How many."""
    count = 0
    while line := _line(asked):
        command = line.strip().lower()
        if not command:
            continue
        answered.write("".join(f"{said}\n" for said in _answer(tree, command, asked)))
        answered.flush()
        count += 1
    return count


def _line(asked: TextIO) -> str:
    """A whole line, of which LINE_MAX are kept: the rest of a value that somebody sets must not be the next request. Empty at the end."""
    line = part = asked.readline(LINE_MAX)
    while part and not part.endswith("\n"):
        part = asked.readline(LINE_MAX)
    return line


def _answer(tree: Tree, command: str, asked: TextIO) -> tuple[str, ...]:
    if command == "ping":
        return ("PONG",)
    if command == "set":
        _line(asked), _line(asked)
        return ("not-writable",)
    find = {"get": tree.get, "getnext": tree.next}.get(command)
    if find is None:
        return ("NONE",)
    try:
        found = find(number_of(_line(asked)))
    except ValueError:
        return ("NONE",)
    if found is None:
        return ("NONE",)
    number, (kind, value) = found
    return "." + ".".join(map(str, number)), kind, value


def mib(base: str = PLAYPEN) -> str:
    """VARDE-MIB (SMIv2, RFC 2578) for the tree at `base`."""
    arc, name = (ENTERPRISES, "enterprises") if base.startswith(f"{ENTERPRISES}.") else (EXPERIMENTAL, "experimental")
    place = " ".join(base.removeprefix(f"{arc}.").split("."))
    objects = "\n".join(_object(*row) for row in _OBJECTS)
    return _MIB.format(arc=name, place=place, objects=objects, playpen=_PLAYPEN_WORDS if base == PLAYPEN else _OWN_WORDS)


def _object(name: str, syntax: str, access: str, place: str, meaning: str, more: str) -> str:
    return f'{name} OBJECT-TYPE\n    SYNTAX      {syntax}\n{more}    MAX-ACCESS  {access}\n    STATUS      current\n    DESCRIPTION\n        "{meaning}"\n    ::= {{ {place} }}\n'


_READ, _NOT = "read-only", "not-accessible"
_OBJECTS = (
    ("vardeState", "INTEGER { running(1), stale(2), absent(3) }", _READ, "vardeStation 1",
     "running: what is told is of now. stale: the station wrote nothing\n         for a minute. absent: there is nothing to read.", ""),
    ("vardeAge", "Gauge32", _READ, "vardeStation 2", "Since the station wrote what is told.", '    UNITS       "seconds"\n'),
    ("vardeVersion", "DisplayString", _READ, "vardeStation 3", "Of the station's program.", ""),
    ("vardeHost", "DisplayString", _READ, "vardeStation 4", "The machine that the station runs on.", ""),
)  # fmt: skip

_PLAYPEN_WORDS = (
    "Varde has no enterprise number of its own. This tree lies below\n         netSnmpPlaypen, which is there for trials: make it one of your own\n"
    "         with --base where anything else of yours lies there."
)
_OWN_WORDS = "This tree lies where whoever runs Varde put it."

_MIB = """\
VARDE-MIB DEFINITIONS ::= BEGIN

IMPORTS
    MODULE-IDENTITY, OBJECT-TYPE, Counter64, Gauge32, {arc}
        FROM SNMPv2-SMI
    DisplayString
        FROM SNMPv2-TC
    MODULE-COMPLIANCE, OBJECT-GROUP
        FROM SNMPv2-CONF;

varde MODULE-IDENTITY
    LAST-UPDATED "202611220000Z"
    ORGANIZATION "Varde"
    CONTACT-INFO
        "See the documentation of Varde."
    DESCRIPTION
        "What a running Varde counts: the panels of its monitoring.
         {playpen}"
    REVISION    "202611220000Z"
    DESCRIPTION
        "The first one."
    ::= {{ {arc} {place} }}

vardeStation     OBJECT IDENTIFIER ::= {{ varde 1 }}
vardeConformance OBJECT IDENTIFIER ::= {{ varde 3 }}

{objects}
vardeLineTable OBJECT-TYPE
    SYNTAX      SEQUENCE OF VardeLineEntry
    MAX-ACCESS  not-accessible
    STATUS      current
    DESCRIPTION
        "The lines of all panels. It is empty while nothing is known of now."
    ::= {{ varde 2 }}

vardeLineEntry OBJECT-TYPE
    SYNTAX      VardeLineEntry
    MAX-ACCESS  not-accessible
    STATUS      current
    DESCRIPTION
        "A line of a panel, by the names that every face of Varde gives it."
    INDEX       {{ vardePanel, vardeLine }}
    ::= {{ vardeLineTable 1 }}

VardeLineEntry ::= SEQUENCE {{
    vardePanel      DisplayString,
    vardeLine       DisplayString,
    vardeLineTitle  DisplayString,
    vardeLineUnit   DisplayString,
    vardeLineTotal  Counter64,
    vardeLineRate   Gauge32,
    vardeLineValue  Gauge32
}}

vardePanel OBJECT-TYPE
    SYNTAX      DisplayString (SIZE (1..32))
    MAX-ACCESS  not-accessible
    STATUS      current
    DESCRIPTION
        "Name of the panel."
    ::= {{ vardeLineEntry 1 }}

vardeLine OBJECT-TYPE
    SYNTAX      DisplayString (SIZE (1..64))
    MAX-ACCESS  not-accessible
    STATUS      current
    DESCRIPTION
        "Name of the line in its panel."
    ::= {{ vardeLineEntry 2 }}

vardeLineTitle OBJECT-TYPE
    SYNTAX      DisplayString
    MAX-ACCESS  read-only
    STATUS      current
    DESCRIPTION
        "Panel and line in words."
    ::= {{ vardeLineEntry 3 }}

vardeLineUnit OBJECT-TYPE
    SYNTAX      DisplayString
    MAX-ACCESS  read-only
    STATUS      current
    DESCRIPTION
        "What is counted or measured."
    ::= {{ vardeLineEntry 4 }}

vardeLineTotal OBJECT-TYPE
    SYNTAX      Counter64
    MAX-ACCESS  read-only
    STATUS      current
    DESCRIPTION
        "How many since the station started, of lines that count."
    ::= {{ vardeLineEntry 5 }}

vardeLineRate OBJECT-TYPE
    SYNTAX      Gauge32
    UNITS       "hundredths a minute"
    MAX-ACCESS  read-only
    STATUS      current
    DESCRIPTION
        "How many a minute over the last five, times 100, of lines that
         count."
    ::= {{ vardeLineEntry 6 }}

vardeLineValue OBJECT-TYPE
    SYNTAX      Gauge32
    MAX-ACCESS  read-only
    STATUS      current
    DESCRIPTION
        "What is measured now, of lines that do not count."
    ::= {{ vardeLineEntry 7 }}

vardeGroups      OBJECT IDENTIFIER ::= {{ vardeConformance 1 }}
vardeCompliances OBJECT IDENTIFIER ::= {{ vardeConformance 2 }}

vardeGroup OBJECT-GROUP
    OBJECTS     {{ vardeState, vardeAge, vardeVersion, vardeHost, vardeLineTitle,
                  vardeLineUnit, vardeLineTotal, vardeLineRate, vardeLineValue }}
    STATUS      current
    DESCRIPTION
        "All of it."
    ::= {{ vardeGroups 1 }}

vardeCompliance MODULE-COMPLIANCE
    STATUS      current
    DESCRIPTION
        "What `varde snmp pass` serves."
    MODULE
        MANDATORY-GROUPS {{ vardeGroup }}
    ::= {{ vardeCompliances 1 }}

END
"""
