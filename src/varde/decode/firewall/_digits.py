"""Which digits of a line an expression can tell apart: those where it asks for particular ones, as in `ICMPv6`.

Lines that differ in no other octets than the rest of their digits are matched alike, octet for octet."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from varde.decode.firewall._dialect import Dialect, Form
from varde.decode.firewall._match import beginnings
from varde.decode.headers import HEADERS
from varde.decode.lines import places

LITERALS_MAX = 8
"""Texts with digits that a dialect may ask for: each is looked for in every block."""

_PATTERNS_MAX = 1024  # remembered: those of all dialects here, and of a hundred of a user's
_DIGITS = "0123456789"
_TOKEN = re.compile(
    r"\(\?(?:P?<[^>]*>|[a-zA-Z-]*[:)])"  # what begins a group
    r"|\{[0-9,]*\}"  # how often
    r"|\\x[0-9A-Fa-f]{2}|\\."  # an escape
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"  # a class
    r"|.",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_SET_ALGEBRA = re.compile(r"\[|&&|--|~~")
"""In a class: one within it, or two combined, which Python reads in another way than the engine that matches."""
_SYNTAX = frozenset(".^$*+?()[]{}|")
_REPEATS = ("*", "+", "?", "{")


@cache
def seeing_headers() -> str:
    """An expression for all lines whose header one that tells digits apart could match, whatever its digits are."""
    wide = {header.pattern: "".join(map(_widened, _TOKEN.findall(header.pattern))) for header in HEADERS}
    seeing = [re.sub(r"\?P<[^>]*>", "?:", new) for old, new in wide.items() if new != old]
    return "^(?:" + "|".join(seeing) + ")"


def literals(dialect: Dialect) -> tuple[bytes, ...] | None:
    """All texts with digits that the expressions of a dialect ask for, headers left aside; outside them no digit is told
    from another. None where there are too many or that cannot be said."""
    if any(char in _DIGITS for form in dialect.forms for text in _added(form) for char in text):
        return None  # a digit of a captured text must be one of the line
    found: set[bytes] = set()
    for pattern in _patterns(dialect):
        some = _literals(pattern)
        if some is None:
            return None
        found.update(some)
    return tuple(sorted(found)) if len(found) <= LITERALS_MAX else None


def told(octets: NDArray[np.uint8], texts: tuple[bytes, ...]) -> NDArray[np.bool_]:
    """Which octets are digits within one of the texts."""
    found = np.zeros(len(octets), dtype=bool)
    found[told_at(octets, texts)] = True
    return found


def told_at(octets: NDArray[np.uint8], texts: tuple[bytes, ...]) -> NDArray[np.intp]:
    """Where they stand; in no order, and some twice."""
    found = [np.zeros(0, dtype=np.intp)]
    for text in texts:
        begins = places(text[0], octets[: max(0, len(octets) - len(text) + 1)])
        for place, octet in enumerate(text):
            begins = begins[octets[begins + place] == octet]
        found += [begins + place for place, octet in enumerate(text) if chr(octet) in _DIGITS]
    return np.concatenate(found)


def _patterns(dialect: Dialect) -> Iterator[str]:
    yield from (tag for _, tag in beginnings(dialect))
    for form in dialect.forms:
        style = form.pairs
        yield from (re.escape(form.pivot), form.head, form.tail, style.before, style.assign, style.value, style.after)
        for key in form.keys.values():
            yield from (key,) if isinstance(key, str) else key
        yield from form.without
        for key, value in form.where.items():
            yield from (key, f"(?i:{value})")


def _added(form: Form) -> Iterator[str]:
    yield from form.fixed.values()
    yield from (text for words in form.words.values() for item in words.items() for text in item)


@lru_cache(_PATTERNS_MAX)
def _literals(pattern: str) -> tuple[bytes, ...] | None:
    """The texts around each digit that the expression asks for; None where it asks for one whatever stands beside it."""
    tokens = _TOKEN.findall(pattern)
    found = []
    for at, token in enumerate(tokens):
        if _widened(token) == token:
            continue
        text = _around(tokens, at) if token in _DIGITS and "(?i" not in pattern else ""
        if len(text) < 2 or '"' in text:  # pairs are also read with nothing between their quotes
            return None
        found.append(text.encode())
    return tuple(found)


def _around(tokens: list[str], at: int) -> str:
    """The text of plain characters that a token is part of; empty where it may be repeated."""
    if at + 1 < len(tokens) and tokens[at + 1][0] in _REPEATS and tokens[at + 1] != "?":
        return ""
    begin, end = at, at + 1
    while begin > 0 and _plain(tokens, begin - 1):
        begin -= 1
    while end < len(tokens) and _plain(tokens, end):
        end += 1
    return "".join(token[-1] for token in tokens[begin:end])


def _plain(tokens: list[str], at: int) -> bool:
    """Whether a token is one character that must be there."""
    token = tokens[at]
    is_character = (len(token) == 1 and token not in _SYNTAX) or (len(token) == 2 and token[0] == "\\" and not token[1].isalnum())
    return is_character and not (at + 1 < len(tokens) and tokens[at + 1][0] in _REPEATS)


@lru_cache(_PATTERNS_MAX)
def _widened(token: str) -> str:
    """The token with every digit allowed where it asks for particular ones; the very same where it does not."""
    if token[0] not in "[\\" + _DIGITS:
        return token
    any_digit = f"(?:{token}|[0-9])"
    if token[0] == "[" and _SET_ALGEBRA.search(_ESCAPED.sub("", token[1:])):
        return any_digit
    try:
        alike = len({bool(re.fullmatch(token, digit)) for digit in _DIGITS}) == 1
    except re.error:  # an escape that only the other engine knows
        return any_digit
    return token if alike else any_digit
