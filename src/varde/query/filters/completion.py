"""What may follow in the filter language, for who is writing it: keys, signs, values, joins and clauses of time.

It looks at the few words before the place, not at the whole: a text that is being written is rarely whole."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from varde.model import PROTOCOLS
from varde.model.filters import (
    BY_WORD,
    COMPUTED,
    COUNTRY,
    END,
    FLAGS,
    KEYS,
    NUMBER,
    PORT,
    PROTO,
    SECONDS,
    SET,
    SIGNS,
    SIGNS_OF,
    SPELLINGS,
    WAY,
    Key,
)
from varde.model.services import service_ports
from varde.query.filters.language import JOINS, PERIODS, TEXT_MAX
from varde.query.filters.values import WAYS

SHOWN_MAX = 12
"""Suggestions that somebody reads while writing."""

_PIECE = re.compile(r"""<=|>=|!=|==|<>|[=<>~(),]|"[^"]*"?|'[^']*'?|[^\s=<>~!(),"']+""")
_TAIL = 400
"""Characters before the place that are looked at: more than any condition needs."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word, what it means, and the part of the text that it stands for."""

    text: str
    meaning: str
    begin: int
    end: int


def suggestions(text: str, at: int, columns: Sequence[str], *, files: bool = True) -> list[Suggestion]:
    """What may stand at a place of a text, the best first. `columns` are those of the table that is asked; without `files` no sets are named."""
    at = max(0, min(at, len(text), TEXT_MAX))
    start = max(0, at - _TAIL)
    pieces = [(found[0], start + found.start(), start + found.end()) for found in _PIECE.finditer(text[start:at])]
    begun = pieces.pop() if pieces and pieces[-1][2] == at and not pieces[-1][0].endswith(("=", "<", ">", "~", "(", ")", ",")) else ("", at, at)
    before = [piece[0].lower() for piece in pieces]
    word = begun[0].lower()
    fitting = [(name, meaning) for name, meaning in _following(before, keys_of(columns, files=files), columns) if name.lower().startswith(word) and name.lower() != word]
    return [Suggestion(name, meaning, begun[1], at) for name, meaning in fitting[:SHOWN_MAX]]


def _following(before: list[str], known: list[Key], columns: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Words that may follow others."""
    key = _key_that_waits(before)
    if key is not None:
        signs = _signs(key) if before[-1] in BY_WORD else [("in", "is one of")] if before[-1] == "not" else []
        return [*signs, *_values(key)]
    opens = not before or before[-1] in ("and", "or", "not", "(")
    keys = _openings(known, columns)
    return keys if opens else [*_JOINED, *_TIMES, *keys]


def _key_that_waits(before: list[str]) -> Key | None:
    """The key whose sign or value comes next, if one does."""
    rest = before[-4:]
    while rest and (rest[-1] in SPELLINGS or rest[-1] in (",", "not")):
        if rest[-1] == ",":
            return next((BY_WORD[word] for word in reversed(before) if word in BY_WORD), None)
        rest = rest[:-1]
    signed = len(rest) < len(before[-4:])
    waits = rest and rest[-1] in BY_WORD and not (len(rest) > 1 and _takes_value(rest[:-1]) and not signed)
    return BY_WORD[rest[-1]] if waits else None


def _takes_value(words: list[str]) -> bool:
    """Whether the word that follows these is a value, however it reads: `user name`."""
    return words[-1] in SPELLINGS or (words[-1] in BY_WORD and (len(words) < 2 or words[-2] in (*JOINS, "(")))


def _signs(key: Key) -> list[tuple[str, str]]:
    return [(sign, SIGNS[sign]) for sign in SIGNS_OF[key.kind]] + [("in", "is one of"), ("not", "is not")]


_HINTS: dict[str, tuple[tuple[str, str], ...]] = {
    END: (("home", "your own networks"), ("10.0.0.0/8", "a network"), ("DE", "a country"), ("AS3301", "an autonomous system")),
    COUNTRY: (("DE", "a code of two letters"), ("home", "your own networks"), ("unknown", "in no known country")),
    NUMBER: (("1000", "a number"), ("1k-1M", "a range"), ("1M-", "that much or more")),
    SECONDS: (("10", "seconds"), ("5m", "minutes"), ("1h-", "that long or longer")),
    FLAGS: (("S/SA", "a connection that begins"), ("R/R", "one that was refused"), ("FPU/FSRPAU", "an Xmas scan")),
}


def _values(key: Key) -> list[tuple[str, str]]:
    """Names that a kind of value has, or what values look like."""
    if key.kind == PROTO:
        return [(name, f"protocol {number}") for number, name in PROTOCOLS.items()]
    if key.kind == PORT:
        return [(name, f"port {ports[0]}") for name, ports in _common_services().items()]
    if key.kind == WAY:
        return [(name, way) for name, way in WAYS.items() if name == way or name == "all"]
    return list(_HINTS.get(key.kind, ()))


_COMMON = ("ssh", "http", "https", "domain", "telnet", "smtp", "ntp", "snmp", "ftp")


def _common_services() -> dict[str, tuple[int, ...]]:
    """All services, those that people ask about first."""
    known = service_ports()
    return {name: tuple(known[name]) for name in (*[name for name in _COMMON if name in known], *sorted(known))}


def _openings(known: list[Key], columns: Sequence[str]) -> list[tuple[str, str]]:
    """What a condition may begin with."""
    named = [(key.name, key.meaning) for key in known]
    ways = [(way, "the direction") for way in ("inbound", "outbound", "internal", "transit")] if "direction" in columns else []
    protocols = [(name, "the protocol") for name in ("tcp", "udp", "icmp")] if "proto" in columns else []
    return [*named, *ways, *protocols, ("not", "the opposite of what follows")]


def keys_of(columns: Sequence[str], *, files: bool = True) -> list[Key]:
    """Keys that a table with these columns can be asked by; without `files` those only that need none."""
    return [key for key in KEYS if (files or key.kind != SET) and all(needed in columns for column in key.columns for needed in COMPUTED.get(column, (column,)))]


_JOINED = (("and", "both"), ("or", "either"))
_TIMES = tuple(zip(PERIODS, ("from then on, as 6h or yesterday", "up to then", "a day", "so long ago, as 24h", "the day", "the day before"), strict=True))
