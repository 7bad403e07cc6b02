"""STIX patterns: what an indicator's condition says, where it says single values.

STIX 2.1 section 9 (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html). A pattern is read where each of its comparisons
alone is enough: `=`, `IN` and `ISSUBSET`, joined by OR. Whatever needs two things at once (AND, FOLLOWEDBY, REPEATS), excludes (NOT),
or compares otherwise (LIKE, MATCHES, <) is more than a list of values and is not read at all."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PATTERN_MAX = 64 * 1024
"""Characters of a pattern; those of published indicators have a few hundred."""

_DEPTH_MAX = 32
"""Parentheses within parentheses."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<mark>[\[\]()=,]|!=|<=|>=|<|>)"
    r"|(?P<path>[A-Za-z][A-Za-z0-9-]*:[A-Za-z0-9_.*\[\]'\"-]+)|(?P<word>[A-Za-z]+)|(?P<other>\S))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class UnreadError(Exception):
    """A pattern that is more than single values, or none at all."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An object path and a value that it is compared with."""

    path: str
    value: str


_Token = tuple[str, str]
"""Kind and text."""


def comparisons(pattern: str) -> list[Comparison]:
    """The values each of which alone fulfils the pattern. Raises UnreadError for patterns that are not of that kind."""
    if len(pattern) > PATTERN_MAX:
        raise UnreadError("too long")
    reader = _Reader(list(_tokens(pattern)))
    found = reader.observations()
    if reader.more():
        raise UnreadError("something follows")
    return found


def _tokens(pattern: str) -> Iterator[_Token]:
    at, end = 0, len(pattern.rstrip())
    while at < end:
        match = _TOKEN.match(pattern, at)
        if match is None or match.lastgroup in (None, "other"):  # at the first: looking for the end of an open text again would be quadratic
            raise UnreadError("no token")
        yield str(match.lastgroup), match[str(match.lastgroup)]
        at = match.end()


class _Reader:
    """Tokens from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def more(self) -> bool:
        return self._at < len(self._tokens)

    def observations(self, depth: int = 0) -> list[Comparison]:
        """`[...]`, and several joined by OR."""
        return self._joined(self._observation, self.observations, depth)

    def _observation(self, depth: int) -> list[Comparison]:
        self._need("mark", "[")
        found = self._alternatives(depth)
        self._need("mark", "]")
        return found

    def _alternatives(self, depth: int) -> list[Comparison]:
        """Comparisons joined by OR."""
        return self._joined(self._comparison, self._alternatives, depth)

    def _joined(self, one: "_Part", grouped: "_Part", depth: int) -> list[Comparison]:
        """One or more, each alone or in parentheses."""
        found: list[Comparison] = []
        while True:
            if self._takes("mark", "("):
                if depth >= _DEPTH_MAX:
                    raise UnreadError("too deep")
                found += grouped(depth + 1)
                self._need("mark", ")")
            else:
                found += one(depth)
            if not self._takes("word", "OR"):
                return found

    def _comparison(self, depth: int) -> list[Comparison]:
        path = self._need("path")
        if self._takes("word", "IN"):
            return [Comparison(path, value) for value in self._set()]
        if not self._takes("word", "ISSUBSET"):
            self._need("mark", "=")
        return [Comparison(path, self._text())]

    def _set(self) -> list[str]:
        self._need("mark", "(")
        values = [self._text()]
        while self._takes("mark", ","):
            values.append(self._text())
        self._need("mark", ")")
        return values

    def _text(self) -> str:
        return _ESCAPE.sub(r"\1", self._need("text")[1:-1])

    def _takes(self, kind: str, text: str) -> bool:
        if self.more() and self._tokens[self._at] == (kind, text):
            self._at += 1
            return True
        return False

    def _need(self, kind: str, text: str | None = None) -> str:
        if not self.more() or self._tokens[self._at][0] != kind or (text is not None and self._tokens[self._at][1] != text):
            raise UnreadError("another token is due")
        self._at += 1
        return self._tokens[self._at - 1][1]


_Part = Callable[[int], list[Comparison]]
"""What reads a part of a pattern, given how many parentheses lie around it."""
