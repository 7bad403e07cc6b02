"""The filter language: `src in DE and dport 22 and octets > 1M since yesterday`.

    query   = [any] period*                       period = since MOMENT | until MOMENT | on DAY | today | yesterday | last AGE
    any     = all ("or" all)*
    all     = one (["and"] one)*
    one     = "not" one | "(" any ")" | key [sign] value ("," value)* | a protocol's name | a direction

Keys, signs and values are those of `varde.model.filters`. A reader of words with one word of foresight; time grows with the text,
and nesting is bounded."""

import difflib
import re
from dataclasses import dataclass, field

from varde.model import PROTOCOLS, VardeError
from varde.model.filters import BY_WORD, EQUAL, SIGNS_OF, SPELLINGS, TIME, UNEQUAL, Key
from varde.query.filters.condition import All, AnyOf, Condition, Node, Not
from varde.query.filters.values import LoadSet, values_of

TEXT_MAX = 4000
"""Characters: a screenful; longer lists are files."""

WORDS_MAX = 1000
DEPTH_MAX = 40
"""Brackets and `not` within each other: nobody reads more, and each takes some of the stack."""

_TOKEN = re.compile(r"""\s*(?:(?P<sign><=|>=|!=|==|<>|[=<>~(),])|(?P<quoted>"[^"]*"|'[^']*')|(?P<word>[^\s=<>~!(),"']+))""")
_PERIODS = {"since": "since", "until": "until", "before": "until", "after": "since", "on": "day", "day": "day", "last": "since"}
_DAYS = ("today", "yesterday")
_BARE = {name for name in PROTOCOLS.values() if name not in BY_WORD} | {"icmp6", "icmpv6"}
_WAYS = ("inbound", "outbound", "internal", "transit")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for, and of which period, as `--day`, `--since` and `--until` have it."""

    node: Node | None
    day: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    at: int
    quoted: bool = False

    @property
    def lower(self) -> str:
        return "" if self.quoted else self.text.lower()


def understood(text: str, load: LoadSet) -> Query:
    """What a text in the filter language asks for. Raises VardeError that points at the word that is not understood."""
    if len(text) > TEXT_MAX:
        raise VardeError(f"the filter has {len(text):,} characters, and {TEXT_MAX:,} is the most. Put long lists into a file: src in hosts.set")
    return _Reader(text, _words(text), load).query()


JOINS = ("and", "or", "not")
PERIODS = ("since", "until", "on", "last", "today", "yesterday")
"""What begins a clause of time, the main spellings."""


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or len(words) >= WORDS_MAX:
            begin = place + len(text[place:]) - len(text[place:].lstrip())
            raise _error(text, begin, begin + 1, "has no meaning here" if found is None else f"is beyond the {WORDS_MAX} words that a filter may have")
        word = found[found.lastgroup or 0]
        words.append(_Word(word[1:-1] if found["quoted"] else word, found.start(found.lastgroup or 0), bool(found["quoted"])))
        place = found.end()
    return words


class FilterError(VardeError):
    """A word of a filter that is not understood: where it stands, from 0 up to, not including, `end`, and the word it may stand for."""

    def __init__(self, message: str, begin: int, end: int, what: str, near: str = "") -> None:
        super().__init__(message)
        self.begin, self.end, self.what, self.near = begin, end, what, near


def _error(text: str, begin: int, end: int, what: str, near: str = "") -> FilterError:
    """A sentence with the filter, where the word stands between marks."""
    marked = f"{text[max(0, begin - 60) : begin]}»{text[begin:end]}«{text[end : end + 60]}"
    return FilterError(f"the filter {marked}: the word between »« (character {begin + 1}) {what}", begin, end, what, near)


@dataclass
class _Reader:
    text: str
    words: list[_Word]
    load: LoadSet
    place: int = 0
    period: dict[str, str] = field(default_factory=dict)

    def query(self) -> Query:
        parts: list[Node] = []
        while self.place < len(self.words):
            if self._period():
                continue
            if parts:
                self._wrong("has no meaning here", ("and", "or", "since", "until"), tuple(BY_WORD))
            parts.append(self._any(0))
        return Query(parts[0] if parts else None, self.period.get("day"), self.period.get("since"), self.period.get("until"))

    @property
    def _next(self) -> _Word:
        return self.words[self.place] if self.place < len(self.words) else _Word("", len(self.text))

    def _take(self) -> _Word:
        word = self._next
        self.place += 1
        return word

    def _wrong(self, what: str, *known: tuple[str, ...]) -> None:
        """Raise the error, with the nearest of the words that are known here; those of the first list are the likelier."""
        word = self._next
        if not word.text and not word.quoted:
            what = "ends too early: a key and a value must follow, as in `dport 22`"
            raise FilterError(f"the filter {self.text[-60:]!r} {what}", len(self.text), len(self.text), what)
        near = next((near for words in known for near in difflib.get_close_matches(word.lower[:40], words, 1)), "")
        raise _error(self.text, word.at, word.at + len(word.text) + 2 * word.quoted, what + (f". Did you mean {near}?" if near else ""), near)

    def _period(self) -> bool:
        """Take one clause of time, if one begins here."""
        start = self.place + (self._next.lower == "and")
        word = self.words[start] if start < len(self.words) else self._next
        if word.lower not in _PERIODS and word.lower not in _DAYS:
            return False
        self.place = start + 1
        name = _PERIODS.get(word.lower, "day")
        if name in self.period:
            self.place = start
            self._wrong(f"names a second {name}")
        self.period[name] = word.lower if word.lower in _DAYS else self._moment()
        return True

    def _moment(self) -> str:
        """A moment; the time of day may stand apart from its date."""
        if not self._next.text:
            self._wrong("")
        moment = self._take().text
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", moment) and re.fullmatch("[0-9]{1,2}:[0-9:.]+", self._next.text):
            moment += " " + self._take().text
        return moment

    def _any(self, depth: int) -> Node:
        parts = [self._all(depth)]
        while self._next.lower == "or":
            self._take()
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self, depth: int) -> Node:
        parts = [self._one(depth)]
        while self._goes_on():
            if self._next.lower == "and":
                self._take()
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _goes_on(self) -> bool:
        """Whether another condition follows; a clause of time may follow `and` too, and ends them."""
        at = self.place + (self._next.lower == "and")
        word = self.words[at] if at < len(self.words) else self._next
        if word.lower in _PERIODS or word.lower in _DAYS:
            return False
        return self._next.lower == "and" or self._begins(self._next)

    def _begins(self, word: _Word) -> bool:
        return word.lower in BY_WORD or word.lower in _BARE or word.lower in _WAYS or word.lower in ("not", "(")

    def _one(self, depth: int) -> Node:
        word = self._next
        if depth > DEPTH_MAX:
            self._wrong(f"is within more than {DEPTH_MAX} brackets")
        if word.lower == "not":
            self._take()
            return Not(self._one(depth + 1))
        if word.lower == "(":
            return self._bracket(depth)
        if word.lower in _BARE | set(_WAYS) and word.lower not in BY_WORD:
            self._take()
            key = BY_WORD["direction" if word.lower in _WAYS else "proto"]
            return Condition(key, EQUAL, values_of(key.kind, word.lower, self.load))
        if word.lower not in BY_WORD:
            self._wrong("is no key", (*BY_WORD, *_BARE, *_WAYS, "not", "since", "until"))
        return self._condition(BY_WORD[self._take().lower])

    def _bracket(self, depth: int) -> Node:
        opened = self._take()
        inner = self._any(depth + 1)
        if self._next.lower != ")":
            raise _error(self.text, opened.at, opened.at + 1, "opens a bracket that is never closed")
        self._take()
        return inner

    def _condition(self, key: Key) -> Condition:
        sign = self._sign(key)
        first = self._next
        if (first.lower in ("", ")", "(", ",") and not first.quoted) or first.lower in JOINS:
            self._wrong(f"stands where a value of {key.name} must")
        words = [self._value(key)]
        while self._next.lower == ",":
            self._take()
            words.append(self._value(key))
        try:
            return Condition(key, sign, values_of(key.kind, ",".join(words), self.load))
        except VardeError as error:
            last = self.words[self.place - 1]
            raise _error(self.text, first.at, last.at + len(last.text) + 2 * last.quoted, f"is no value of {key.name}: {error}") from error

    def _value(self, key: Key) -> str:
        if not self._next.text and not self._next.quoted:
            self._wrong("")
        return self._moment() if key.kind == TIME else self._take().text

    def _sign(self, key: Key) -> str:
        negated = self._next.lower == "not"
        if negated:
            self._take()
        sign = SPELLINGS.get(self._next.lower)
        if sign is None and negated:
            return UNEQUAL
        if sign is None:
            return EQUAL
        if self._next.lower == "is" and self.place + 1 < len(self.words) and self.words[self.place + 1].lower == "not":
            self.place += 1
            sign = UNEQUAL
        if sign not in SIGNS_OF[key.kind]:
            self._wrong(f"is no sign for {key.name}, which has {' '.join(SIGNS_OF[key.kind])}")
        self._take()
        return UNEQUAL if negated and sign == EQUAL else sign
