"""Terminals that Cowrie and Kippo recorded: octets of a file in, what was shown and when out.

The format is that of User Mode Linux's tty log as `cowrie/core/ttylog.py` writes it: records of a head `<iLiiLL` (operation,
terminal, length, direction, seconds, microseconds) and as many octets as the length says. No byte of it is executed or
interpreted here; what shows it has to make control sequences harmless."""

import codecs
import struct
from dataclasses import dataclass

from varde.model import VardeError

HEAD = struct.Struct("<iLiiLL")
OPEN, CLOSE, WRITE, EXEC = 1, 2, 3, 4
INPUT, OUTPUT, COMMAND = 1, 2, 3
"""Directions. Input is left out: what was typed is in the output, as the honeypot's echo, and a password is not shown there.
A command is what `ssh host command` asks for, which nothing echoes."""

FILE_MAX = 16 * 1024 * 1024
"""Octets of a recording that is read: Cowrie's own sessions end after five minutes by default, and are a few kilobytes."""

TEXT_MAX = 2 * 1024 * 1024
"""Characters that are told: more nobody looks at, and a browser stops to answer."""

EVENTS_MAX = 50_000
"""Events that are told; those within FRAME_MS are one."""

FRAME_MS = 20
"""What comes within this time nobody sees apart."""


@dataclass(frozen=True, slots=True)
class Recording:
    """When it began (us since 1970 UTC), how long it lasted (ms), [ms since it began, text] in order, and whether the end of
    it is left out."""

    began: int
    lasted_ms: int
    events: list[tuple[int, str]]
    is_cut: bool


def read_ttylog(data: bytes) -> Recording:
    """Read a recording. One that ends in the middle of a record, because it is still being written, is read so far.

    Raises VardeError where the octets are no such recording."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    events: list[tuple[int, list[str]]] = []
    began = last = length = 0
    at, is_cut = 0, False
    while at + HEAD.size <= len(data):
        operation, _, size, direction, seconds, micro = HEAD.unpack_from(data, at)
        _check(at, operation, size, direction)
        moment = seconds * 1_000_000 + micro
        began = began or moment
        last = max(last, (moment - began) // 1000)  # a clock that was set back does not turn the story around
        chunk = data[at + HEAD.size : at + HEAD.size + size]
        at += HEAD.size + size
        if operation == CLOSE:
            break
        if operation == WRITE and direction != INPUT and chunk:
            text = decoder.decode(chunk)
            is_cut = length + len(text) > TEXT_MAX or len(events) >= EVENTS_MAX
            if is_cut:
                break
            length += len(text)
            _add(events, last, text)
    if not at:
        raise VardeError("the file is no recording of Cowrie's: it is shorter than one record")
    return Recording(began, last, [(ms, "".join(texts)) for ms, texts in events], is_cut)


def _check(at: int, operation: int, size: int, direction: int) -> None:
    first = at == 0 and (operation != OPEN or size != 0)
    if first or not OPEN <= operation <= EXEC or not 0 <= size <= FILE_MAX or not 0 <= direction <= COMMAND:
        raise VardeError(f"the file is no recording of Cowrie's: what stands at offset {at} is no record")


def _add(events: list[tuple[int, list[str]]], moment: int, text: str) -> None:
    if events and moment - events[-1][0] < FRAME_MS:
        events[-1][1].append(text)
    else:
        events.append((moment, [text]))
