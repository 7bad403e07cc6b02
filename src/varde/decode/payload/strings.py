"""Printable runs in octets, ASCII and UTF-16."""

import re
from dataclasses import dataclass

RUN_MIN = 4
"""Characters: shorter runs happen by chance, in one of thirteen places of random octets (three) against one of fifty."""

STRINGS_MAX = 1000
"""Runs that are listed: a payload of nothing else has more than anybody reads."""

_ASCII = re.compile(rb"[\t -~]{%d,}" % RUN_MIN)
_UTF16 = re.compile(rb"(?:[\t -~]\x00){%d,}" % RUN_MIN)


@dataclass(frozen=True, slots=True)
class Text:
    """A run: where it begins, its encoding (ascii or utf-16le), and what it says."""

    offset: int
    encoding: str
    text: str


def strings(data: bytes) -> list[Text]:
    """Runs of at least RUN_MIN printable characters, in the order of their offsets, at most STRINGS_MAX."""
    found = [Text(run.start(), "ascii", run[0].decode("ascii")) for run in _ASCII.finditer(data)]
    found += [Text(run.start(), "utf-16le", run[0].decode("utf-16-le")) for run in _UTF16.finditer(data)]
    return sorted(found, key=lambda run: run.offset)[:STRINGS_MAX]
