"""Sentences of which parts were written by strangers: plain words, and what is quoted from them, which each sink must show harmlessly."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from varde.model import visible

QUOTED_MAX = 60
"""Characters of a quotation: a password of a thousand is no part of a sentence."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a stranger wrote: a user name, a password, the name of a host."""

    text: str

    @property
    def shown(self) -> str:
        """Without anything that a terminal would obey, and cut."""
        plain = visible(self.text[: QUOTED_MAX + 1])
        return plain if len(plain) <= QUOTED_MAX else f"{plain[: QUOTED_MAX - 1]}…"


Said = tuple[str | Quoted, ...]
"""A sentence in parts."""


def plain(said: Said) -> str:
    """For terminals, mail and JSON: quotations stand in quotation marks."""
    return _joined(said, visible, lambda quoted: f'"{quoted.shown}"')


def html(said: Said) -> str:
    return _joined(said, lambda words: escape(visible(words)), lambda quoted: f"<code>{escape(quoted.shown)}</code>")


def markdown(said: Said) -> str:
    """CommonMark: words cannot begin or end anything, and quotations are code, in which nothing is a link."""
    return _joined(said, lambda words: escaped(visible(words)), _code)


def _joined(said: Said, words: Callable[[str], str], quoted: Callable[[Quoted], str]) -> str:
    return "".join(words(part) if isinstance(part, str) else quoted(part) for part in said)


_MARKS = {ord(mark): f"\\{mark}" for mark in r"\`*_{}[]<>#|~!&"}
"""What begins something inside a line. Neither dot, dash nor plus do, where the line does not begin with them."""


def escaped(words: str) -> str:
    """Text that CommonMark shows as it is, inside a line."""
    return words.translate(_MARKS)


def _code(quoted: Quoted) -> str:
    """A code span whose fence is longer than any run of backticks in it (CommonMark 0.31 section 6.1)."""
    text = quoted.shown
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * (longest + 1)
    room = " " if text.startswith("`") or text.endswith("`") or not text.strip() or (text[0] == text[-1] == " ") else ""
    return f"{fence}{room}{text}{room}{fence}"


def _runs(text: str) -> Iterable[str]:
    return (run for run in "".join(letter if letter == "`" else " " for letter in text).split() if run)


def listed(parts: Iterable[Said]) -> Said:
    """`a`, `a and b`, `a, b and c`."""
    each = list(parts)
    said: list[str | Quoted] = []
    for place, part in enumerate(each):
        before = "" if place == 0 else " and " if place == len(each) - 1 else ", "
        said += [before, *part] if before else part
    return tuple(said)
