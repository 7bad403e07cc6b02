"""Expressions of property files as trees: a recursive-descent parser for the part of Perl that they need."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from varde.export.afterglow.tokens import RefusedError, Token, tokens

DEPTH_MAX = 40
"""Of brackets and signs within each other: a tree is walked by recursion."""

OPERATORS_MAX = 200
"""Of one expression: `a . b . c` is a tree as deep as it is long."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | float


@dataclass(frozen=True, slots=True)
class Column:
    """`$fields[n]`: number; or the name of a node: source, event, target; or field: the one the property is about."""

    name: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many requests a source, event or target had a part in."""

    role: str


@dataclass(frozen=True, slots=True)
class Match:
    """`subject =~ /pattern/flags`, or its opposite."""

    subject: Tree
    pattern: str
    flags: str
    negated: bool


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One or two operands; or three of `?`."""

    sign: str
    operands: tuple[Tree, ...]


Tree: TypeAlias = Literal | Column | Count | Match | Call | Operation

FUNCTIONS = {
    "field": (0, 0, "field()", "the source, event or target that the property is about"),
    "match": (1, 1, 'match("re")', "whether the pattern is in field()"),
    "any_regex": (1, 1, 'any_regex("re")', "whether the pattern is in any column"),
    "regex_replace": (1, 1, 'regex_replace("re")', "what the pattern's first group matched in field(); all it matched where it has no group; else nothing"),
    "subnet": (2, 2, "subnet(address, network/bits)", "whether the address is in the network; IPv4 and IPv6"),
    "get_severity": (1, 2, "get_severity(n, steps)", "a colour from green at 0 to red at the last step; ten steps unless told"),
    "substr": (2, 3, "substr(text, begin, length)", "a part of a text; from the end where `begin` is negative"),
}
"""Fewest and most arguments, how it is written, and what it gives."""

LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}), frozenset({"&&"}), frozenset({"==", "!=", "eq", "ne"}), frozenset({"<", ">", "<=", ">=", "lt", "gt", "le", "ge"}),
    frozenset({"+", "-", "."}), frozenset({"*", "/", "%"}),
)  # fmt: skip
"""Binary operators from the loosest to the tightest, as perlop has them; `=~` and `!~` bind tighter still."""

_NETWORK_KINDS = frozenset({"number", "operator", "word"})


@dataclass(frozen=True, slots=True)
class Statement:
    """`value`, or `value if (condition)`: a condition makes it specific, no condition a catch-all."""

    value: Tree
    condition: Tree | None


def parse(text: str) -> Statement:
    """Parse an expression. Raises RefusedError for whatever is not in the grammar."""
    reader = _Reader(tokens(text), text)
    value = reader.expression()
    condition = None
    if (word := reader.peek()).text in ("if", "unless") and word.kind == "word":
        reader.take()
        condition = reader.expression()
        condition = Operation("!", (condition,)) if word.text == "unless" else condition
    if reader.peek().kind != "end":
        raise RefusedError(f"{reader.peek().text!r} was not expected")
    return Statement(value, condition)


class _Reader:
    """Reads tokens from the front."""

    def __init__(self, words: list[Token], text: str) -> None:
        self._words, self._text, self._at, self._depth, self._operators = words, text, 0, 0, 0

    def peek(self, ahead: int = 0) -> Token:
        place = self._at + ahead
        return self._words[place] if place < len(self._words) else Token("end", "end of line", len(self._text))

    def take(self) -> Token:
        token = self.peek()
        self._at += 1
        return token

    def _operator(self) -> str:
        self._operators += 1
        if self._operators > OPERATORS_MAX:
            raise RefusedError(f"more than {OPERATORS_MAX} operators in one expression")
        return self.take().text

    def expect(self, text: str) -> None:
        if (token := self.take()).text != text:
            raise RefusedError(f"{text!r} was expected, not {token.text!r}")

    def expression(self) -> Tree:
        """not and or bind loosest of all."""
        tree = self._negation()
        while self.peek().kind == "word" and self.peek().text in ("and", "or"):
            sign = {"and": "&&", "or": "||"}[self._operator()]
            tree = Operation(sign, (tree, self._negation()))
        return tree

    def _negation(self) -> Tree:
        if self.peek().kind == "word" and self.peek().text == "not":
            self.take()
            return self._deeper(lambda: Operation("!", (self._negation(),)))
        return self._choice()

    def _choice(self) -> Tree:
        condition = self._binary(0)
        if self.peek().text != "?" or self.peek().kind != "operator":
            return condition
        self.take()
        first = self._deeper(self._choice)
        self.expect(":")
        return Operation("?", (condition, first, self._deeper(self._choice)))

    def _binary(self, level: int) -> Tree:
        if level == len(LEVELS):
            return self._matched()
        tree = self._binary(level + 1)
        while self.peek().kind in ("operator", "word") and self.peek().text in LEVELS[level]:
            sign = self._operator()
            tree = Operation(sign, (tree, self._binary(level + 1)))
        return tree

    def _matched(self) -> Tree:
        tree = self._unary()
        while (sign := self.peek().text) in ("=~", "!~"):
            self._operator()
            token = self.take()
            tree = Match(tree, _pattern(token.text, token.flags), token.flags, sign == "!~")
        return tree

    def _unary(self) -> Tree:
        if self.peek().kind == "operator" and self.peek().text in ("!", "-", "+"):
            sign = self.take().text
            # Perl binds =~ tighter than these
            return self._deeper(lambda: Operation({"!": "!", "-": "negative", "+": "positive"}[sign], (self._matched(),)))
        return self._primary()

    def _primary(self) -> Tree:
        token = self.take()
        if token.text == "(" and token.kind == "operator":
            tree = self._deeper(self.expression)
            self.expect(")")
            return tree
        if token.kind == "word" and self.peek().text == "(":
            return self._call(token)
        if token.kind in _LITERALS:
            return _LITERALS[token.kind](token.text)
        raise RefusedError(f"{token.text!r} is not understood: see the list of what a property file may use")

    def _call(self, token: Token) -> Tree:
        if token.text not in FUNCTIONS:
            raise RefusedError(f"there is no function {token.text}(): {', '.join(FUNCTIONS)}")
        self.expect("(")
        arguments: list[Tree] = []
        while self.peek().text != ")":
            if arguments:
                self.expect(",")
            network = token.text == "subnet" and len(arguments) == 1 and self.peek().kind in ("number", "word") and self.peek(1).text != "("
            arguments.append(self._network() if network else self._deeper(self.expression))
        self.expect(")")
        fewest, most, *_ = FUNCTIONS[token.text]
        if not fewest <= len(arguments) <= most:
            raise RefusedError(f"{token.text}() takes {fewest} to {most} arguments, not {len(arguments)}" if fewest != most else f"{token.text}() takes {fewest}")
        _check_patterns(token.text, arguments)
        return Call(token.text, tuple(arguments))

    def _network(self) -> Tree:
        """`10.0.0.0/8` without quotes, as AfterGlow's own examples write it."""
        parts = []
        while self.peek().kind in _NETWORK_KINDS and self.peek().text not in (")", ","):
            parts.append(self.take().text)
        return Literal("".join(parts))

    def _deeper(self, read: Callable[[], Tree]) -> Tree:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise RefusedError(f"more than {DEPTH_MAX} brackets or signs within each other")
        tree = read()
        self._depth -= 1
        return tree


def _check_patterns(name: str, arguments: list[Tree]) -> None:
    if name in ("match", "any_regex", "regex_replace"):
        if not isinstance(arguments[0], Literal):
            raise RefusedError(f"{name}() takes its pattern as a text in quotes")
        _pattern(str(arguments[0].value), "")


def _pattern(text: str, flags: str) -> str:
    """A pattern that Perl would not put variables into. Raises RefusedError for flags other than i."""
    if set(flags) - {"i"}:
        raise RefusedError(f"a pattern may have the flag i, not {flags!r}")
    if _INTERPOLATED.search(text):
        raise RefusedError("a pattern cannot have variables in it")
    return text


_INTERPOLATED = re.compile(r"(?<!\\)[$@](?=[A-Za-z_{\[])")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "$": "$", "@": "@", "/": "/"}


def _string(text: str) -> Literal:
    """A quoted text. Raises RefusedError where Perl would put a variable into it."""
    body = text[1:-1]
    if text.startswith("'"):
        return Literal(body.replace("\\'", "'").replace("\\\\", "\\"))
    if _INTERPOLATED.search(body):
        raise RefusedError("a text in double quotes cannot have variables in it: join it with a dot instead")
    # an escape that Perl has not keeps its backslash, so that patterns may be written with one
    return Literal(re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), body))


def _column(text: str) -> Column:
    return Column(text[text.index("[") + 1 : -1].strip())


def _counted(text: str) -> Count:
    role, name = text[1 : text.index("Count")], text[text.rindex("$") + 1 : text.rindex("Name")]
    if role != name:
        raise RefusedError(f"${role}Count is counted by ${role}Name, not by ${name}Name")
    return Count(role)


_LITERALS: dict[str, Callable[[str], Tree]] = {
    "number": lambda text: Literal(float(text)),
    "hex": Literal,
    "word": Literal,  # Perl takes a bare word for a text
    "string": _string,
    "field": _column,
    "name": lambda text: Column(text[1:].removesuffix("Name")),
    "count": _counted,
}
