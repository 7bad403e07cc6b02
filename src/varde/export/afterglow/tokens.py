"""Words of an expression in a property file."""

import re
from dataclasses import dataclass

LENGTH_MAX = 4096
"""Characters of an expression; the articles' longest have a hundred."""

_WORDS = re.compile(
    r"""(?P<blank>[ \t]+)
      | (?P<hex>\#(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6})(?![0-9A-Za-z]))
      | (?P<comment>\#.*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<count>\$(?:source|event|target)Count\{[ ]*\$(?:source|event|target)Name[ ]*\})
      | (?P<field>\$fields\[[ ]*[0-9]{1,2}[ ]*\])
      | (?P<name>\$(?:source|event|target)Name\b)
      | (?P<operator>=~|!~|==|!=|<=|>=|&&|\|\||[<>!.+\-*/%(),?:;])
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)""",
    re.VERBOSE,
)
"""Each alternative begins with characters of its own and has no repetition within one, so a match takes linear time."""

_REGEX = re.compile(r"/(?P<body>(?:[^/\\]|\\.)*)/(?P<flags>[a-z]*)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: `kind` is the name of its group, or regex; `place` counts characters from 0."""

    kind: str
    text: str
    place: int
    flags: str = ""


class RefusedError(ValueError):
    """An expression that is none of ours. Its text says what is wrong; the reader of the file adds where."""


def tokens(text: str) -> list[Token]:
    """The words of an expression, without blanks, comment and closing semicolon."""
    if len(text) > LENGTH_MAX:
        raise RefusedError(f"the expression is longer than {LENGTH_MAX} characters")
    found: list[Token] = []
    place = 0
    while place < len(text):
        token, place = _next(text, place, found)
        if token.kind == "comment":
            break
        if token.kind != "blank":
            found.append(token)
    while found and found[-1].text == ";":
        found.pop()
    return found


def _next(text: str, place: int, before: list[Token]) -> tuple[Token, int]:
    if before and before[-1].text in ("=~", "!~") and text[place] not in " \t":
        begin = place + (text[place] == "m")
        regex = _REGEX.match(text, begin)
        if regex is None:
            raise RefusedError(f"after {before[-1].text} only /.../ is understood")
        return Token("regex", regex["body"].replace("\\/", "/"), place, regex["flags"]), regex.end()
    word = _WORDS.match(text, place)
    if word is None or word.lastgroup is None:
        raise RefusedError(f"{text[place : place + 20]!r} is not understood")
    return Token(word.lastgroup, word.group(), place), word.end()
