"""Trees to columns: each expression is computed once for all rows, patterns by a regex engine that takes linear time."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from varde.export.afterglow.grammar import Call, Column, Count, Literal, Match, Operation, Tree
from varde.export.afterglow.tokens import RefusedError

_NUMBER = r"^\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
"""What Perl takes for the number at the beginning of a text; nothing of the kind is 0."""

_GREEN, _RED = (0x60, 0xBB, 0x22), (0xCC, 0x00, 0x00)
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Value:
    """A column of texts, numbers (Float64) or truths."""

    column: pl.Expr
    kind: str

    @property
    def text(self) -> pl.Expr:
        """As Perl writes it: whole numbers without a point, truth as 1 and untruth as nothing."""
        if self.kind == "text":
            return self.column
        if self.kind == "truth":
            return pl.when(self.column).then(pl.lit("1")).otherwise(pl.lit(""))
        whole = self.column == self.column.round(0)
        return pl.when(whole & (self.column.abs() < 1e15)).then(self.column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(self.column.cast(pl.String))

    @property
    def number(self) -> pl.Expr:
        if self.kind == "number":
            return self.column
        if self.kind == "truth":
            return self.column.cast(pl.Float64)
        return self.column.str.extract(_NUMBER).cast(pl.Float64, strict=False).fill_null(0.0)

    @property
    def truth(self) -> pl.Expr:
        """Nothing, "0" and 0 are untrue."""
        if self.kind == "truth":
            return self.column
        return self.column != 0 if self.kind == "number" else ~self.column.is_in(["", "0"])


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean: the columns of `$fields` in order, and the column that field() is for this property."""

    fields: tuple[str, ...]
    field: str


def evaluate(tree: Tree, scope: Scope) -> Value:
    """The column of an expression. Raises RefusedError for a pattern that the engine does not have, or a bad network."""
    return _KINDS[type(tree)](tree, scope)


def _literal(tree: Literal, scope: Scope) -> Value:
    if isinstance(tree.value, float):
        return Value(pl.lit(tree.value), "number")
    return Value(pl.lit(tree.value), "text")


def _named(name: str) -> Value:
    return Value(pl.col(name).fill_null(""), "text")


def _column(tree: Column, scope: Scope) -> Value:
    if tree.name == "field":
        return _named(scope.field)
    if not tree.name.isdigit():
        return _named(tree.name)
    place = int(tree.name)
    return _named(scope.fields[place]) if place < len(scope.fields) else Value(pl.lit(""), "text")


def _count(tree: Count, scope: Scope) -> Value:
    return Value(pl.col(f"{tree.role}_count").cast(pl.Float64), "number")


def pattern(text: str, flags: str = "") -> str:
    """A pattern that the engine compiles. It has no look-around and no back-references, which is why it is linear."""
    whole = f"(?i){text}" if "i" in flags else text
    try:
        pl.Series([""]).str.contains(whole)
    except pl.exceptions.PolarsError as error:
        raise RefusedError(f"the pattern /{text[:80]}/ cannot be used: {_short(error)}") from error
    return whole


def _short(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line.removeprefix("error: ") for line in reversed(lines) if line.startswith("error: ")), lines[-1] if lines else "no reason given")


def _match(tree: Match, scope: Scope) -> Value:
    found = evaluate(tree.subject, scope).text.str.contains(pattern(tree.pattern, tree.flags))
    return Value(~found if tree.negated else found, "truth")


def _operation(tree: Operation, scope: Scope) -> Value:
    values = [evaluate(operand, scope) for operand in tree.operands]
    return _SIGNS[tree.sign](*values)


def _call(tree: Call, scope: Scope) -> Value:
    return _CALLS[tree.name](tree.arguments, scope)


def _contains(text: str, column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.contains(pattern(text))


def _constant(tree: Tree) -> str:
    assert isinstance(tree, Literal)
    return str(tree.value)


def _any_regex(arguments: tuple[Tree, ...], scope: Scope) -> Value:
    return Value(pl.any_horizontal([_contains(_constant(arguments[0]), name) for name in scope.fields]), "truth")


def _regex_replace(arguments: tuple[Tree, ...], scope: Scope) -> Value:
    """The first group of the pattern where it matches (the whole match where it has none), else nothing."""
    text = pattern(_constant(arguments[0]))
    field = pl.col(scope.field).fill_null("")
    group = 1 if _groups(text) else 0
    return Value(field.str.extract(text, group).fill_null(""), "text")


def _groups(text: str) -> bool:
    return len(pl.Series([""]).str.extract_groups(text).struct.fields) > 0


def _subnet(arguments: tuple[Tree, ...], scope: Scope) -> Value:
    if not isinstance(arguments[1], Literal):
        raise RefusedError("subnet() takes its network as it is written, as in subnet(field(), 10.0.0.0/8)")
    try:
        network = ipaddress.ip_network(_constant(arguments[1]), strict=False)
    except ValueError as error:
        raise RefusedError(f"subnet(): {error}") from error

    def inside(texts: pl.Series) -> pl.Series:
        # addresses repeat: look at each distinct one once
        distinct = texts.unique()
        known = pl.DataFrame({"text": distinct, "in": [_inside(text, network) for text in distinct]}, schema={"text": pl.String, "in": pl.Boolean})
        return pl.DataFrame({"text": texts}).join(known, on="text", how="left", maintain_order="left")["in"]

    return Value(evaluate(arguments[0], scope).text.map_batches(inside, return_dtype=pl.Boolean), "truth")


def _inside(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == network.version and address in network


def _severity(arguments: tuple[Tree, ...], scope: Scope) -> Value:
    """#60BB22 at 0 to #CC0000 at the highest step."""
    steps = evaluate(arguments[1], scope).number if len(arguments) > 1 else pl.lit(float(_STEPS))
    steps = pl.when(steps > 0).then(steps).otherwise(float(_STEPS))
    share = (evaluate(arguments[0], scope).number.round(0) / steps).clip(0, 1)
    parts = [_octet(pl.lit(float(first)) + (last - first) * share) for first, last in zip(_GREEN, _RED, strict=True)]
    return Value(pl.concat_str([pl.lit("#"), *parts]), "text")


def _octet(value: pl.Expr) -> pl.Expr:
    digits = pl.lit("0123456789ABCDEF")
    whole = value.floor().cast(pl.Int64)
    return digits.str.slice(whole // 16, 1) + digits.str.slice(whole % 16, 1)


def _substr(arguments: tuple[Tree, ...], scope: Scope) -> Value:
    text, begin = evaluate(arguments[0], scope).text, evaluate(arguments[1], scope).number.cast(pl.Int64)
    length = None if len(arguments) < 3 else pl.max_horizontal(evaluate(arguments[2], scope).number.cast(pl.Int64), 0)
    return Value(text.str.slice(begin, length), "text")


def _compared(sign: str) -> "Operator":
    numeric = {"==": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
    if sign in numeric:
        return lambda a, b: Value(getattr(a.number, numeric[sign])(b.number), "truth")
    return lambda a, b: Value(getattr(a.text, sign)(b.text), "truth")


def _divided(a: Value, b: Value) -> Value:
    """Nothing is divided by 0: Perl would end there."""
    return Value(pl.when(b.number != 0).then(a.number / b.number).otherwise(0.0), "number")


def _remainder(a: Value, b: Value) -> Value:
    whole = b.number.cast(pl.Int64)
    left = a.number.cast(pl.Int64) % pl.when(whole != 0).then(whole).otherwise(1)
    return Value(left.cast(pl.Float64), "number")


def _chosen(condition: Value, first: Value, second: Value) -> Value:
    kind = first.kind if first.kind == second.kind else "text"
    a, b = (first.column, second.column) if kind == first.kind == second.kind else (first.text, second.text)
    return Value(pl.when(condition.truth).then(a).otherwise(b), kind)


Operator = Callable[..., Value]

_SIGNS: dict[str, Operator] = {
    **{sign: _compared(sign) for sign in ("==", "!=", "<", ">", "<=", ">=", "eq", "ne", "lt", "gt", "le", "ge")},
    "&&": lambda a, b: Value(a.truth & b.truth, "truth"),
    "||": lambda a, b: Value(a.truth | b.truth, "truth"),
    "!": lambda a: Value(~a.truth, "truth"),
    "+": lambda a, b: Value(a.number + b.number, "number"),
    "-": lambda a, b: Value(a.number - b.number, "number"),
    "*": lambda a, b: Value(a.number * b.number, "number"),
    "/": _divided,
    "%": _remainder,
    ".": lambda a, b: Value(a.text + b.text, "text"),
    "negative": lambda a: Value(-a.number, "number"),
    "positive": lambda a: a,
    "?": _chosen,
}

_CALLS: dict[str, Callable[[tuple[Tree, ...], Scope], Value]] = {
    "field": lambda arguments, scope: _named(scope.field),
    "match": lambda arguments, scope: Value(_contains(_constant(arguments[0]), scope.field), "truth"),
    "any_regex": _any_regex,
    "regex_replace": _regex_replace,
    "subnet": _subnet,
    "get_severity": _severity,
    "substr": _substr,
}

_KINDS: dict[type, Callable[..., Value]] = {Literal: _literal, Column: _column, Count: _count, Match: _match, Call: _call, Operation: _operation}
