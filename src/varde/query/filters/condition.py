"""Conditions as expressions over a table, and as sentences."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import VardeError
from varde.model.filters import AT_LEAST, AT_MOST, COMPUTED, HAS, LESS, MORE, SIGNS, UNEQUAL, Key
from varde.query.engine import epoch_us
from varde.query.filters.members import is_member
from varde.query.filters.values import Country, Flags, Listed, Moments, Net, Span, System, Value, Way, Word

WEB_PORTS = (80, 443, 8080)
"""What SiLK's own site configuration takes for the web."""

_SAID_MAX = 5
"""Values of a list that a sentence names."""


@dataclass(frozen=True)
class Condition:
    """A key, a sign and values, any of which may fit."""

    key: Key
    sign: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = Condition | All | AnyOf | Not


def expression(node: Node, table: ir.Table) -> ir.BooleanValue:
    """A Boolean column, null where what is asked about is not known. Raises VardeError for a column that the table has not."""
    if isinstance(node, Not):
        return ~expression(node.part, table).fill_null(False)
    if isinstance(node, Condition):
        fits = reduce(operator.or_, (_fits(node, column, table) for column in node.key.columns))
        return ~fits.fill_null(False) if node.sign == UNEQUAL else fits
    join = operator.and_ if isinstance(node, All) else operator.or_
    return reduce(join, (expression(part, table) for part in node.parts))


def column_of(table: ir.Table, name: str) -> ir.Value:
    """A stored or computed column. Raises VardeError where the table has not what it takes."""
    missing = [needed for needed in COMPUTED.get(name, (name,)) if needed not in table.columns]
    if missing:
        raise VardeError(f"the table has no {missing[0]}; it has {', '.join(table.columns)}")
    return _COMPUTED[name](table) if name in _COMPUTED else table[name]


def _initial_flags(table: ir.Table) -> Any:
    """What YAF and SiLK export as initialTCPFlags, 6871.14: two hexadecimal digits among the other fields."""
    digits = table.other.re_extract(r'"6871\.14": ?"([0-9a-f]{2})"', 1)
    return sum((digits[at].ascii_str() - 48 - ibis.ifelse(digits[at].ascii_str() > 57, 39, 0)) * 16 ** (1 - at) for at in range(2))


_COMPUTED: dict[str, Callable[[ir.Table], Any]] = {
    "bpp": lambda t: t.octets / t.packets.nullif(0),
    "duration": lambda t: epoch_us(t.end_time) - epoch_us(t.time),
    "initial_flags": _initial_flags,
}


def _fits(node: Condition, name: str, table: ir.Table) -> ir.BooleanValue:
    column = column_of(table, name)
    if node.sign in _ORDERS:
        return _ordered(column, node)
    if node.sign == HAS:
        return reduce(operator.or_, (column.lower().contains(value.said.lower()) for value in node.values))
    return reduce(operator.or_, _equal(table, name, column, node.values))


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {LESS: operator.lt, AT_MOST: operator.le, MORE: operator.gt, AT_LEAST: operator.ge}


def _ordered(column: Any, node: Condition) -> ir.BooleanValue:
    value = node.values[0]
    if isinstance(value, Moments):
        edge = value.first if node.sign in (LESS, AT_LEAST) else value.last
        compare = operator.lt if node.sign in (LESS, AT_MOST) else operator.ge
        return compare(column, _moment(edge))
    assert isinstance(value, Span)
    return _ORDERS[node.sign](column, value.low)


def _equal(table: ir.Table, name: str, column: Any, values: tuple[Value, ...]) -> list[ir.BooleanValue]:
    """What fits any value; many of the same kind are one list."""
    single = [value.low for value in values if isinstance(value, Span) and value.low == value.high and name not in _PORTS]
    alone = column.isin(single) if len(single) > 1 else None
    rest = [value for value in values if alone is None or not (isinstance(value, Span) and value.low == value.high)]
    made = [_MATCHES[type(value)](table, name, column, value) for value in rest]
    return made if alone is None else [alone, *made]


_PORTS = ("src_port", "dst_port")


def _span(table: ir.Table, name: str, column: Any, value: Span) -> Any:
    within = column == value.low if value.low == value.high else column >= value.low if value.high is None else column.between(value.low, value.high)
    # protocols without ports have 0 there in SiLK
    return within | column.isnull() if value.low == 0 and name in _PORTS else within


def _net(table: ir.Table, name: str, column: Any, value: Net) -> Any:
    first, last = (ibis.literal(end, "binary") for end in (value.first, value.last))
    return column == first if value.first == value.last else (column >= first) & (column <= last)


def _country(table: ir.Table, name: str, column: Any, value: Country) -> Any:
    code = table[name.replace("_addr", "_cc")] if name.endswith("_addr") else column
    return code == value.code if value.code else code.isnull()


def _system(table: ir.Table, name: str, column: Any, value: System) -> Any:
    return (table[name.replace("_addr", "_as")] if name.endswith("_addr") else column) == value.number


def _way(table: ir.Table, name: str, column: Any, value: Way) -> Any:
    if value.direction == "all":
        return ibis.literal(True)
    web = (table.proto == 6) & (table.src_port.isin(WEB_PORTS) | table.dst_port.isin(WEB_PORTS)).fill_null(False)
    wanted = column == value.direction
    return wanted if value.web is None else wanted & (web if value.web else ~web)


def _moments(table: ir.Table, name: str, column: Any, value: Moments) -> Any:
    return (column >= _moment(value.first)) & (column < _moment(value.last))


def _moment(us: int) -> ir.Value:
    return ibis.literal(datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=us), type="timestamp('UTC')")


_MATCHES: dict[type, Callable[[ir.Table, str, Any, Any], Any]] = {
    Span: _span, Net: _net, Country: _country, System: _system, Way: _way, Moments: _moments,
    Flags: lambda table, name, column, value: (column & value.mask) == value.high,
    Listed: lambda table, name, column, value: is_member(table, name, value.members),
    Word: lambda table, name, column, value: column == value.text,
}  # fmt: skip


def sentence(node: Node) -> str:
    """What is asked for, in words."""
    if isinstance(node, Not):
        return f"not ({sentence(node.part)})"
    if isinstance(node, Condition):
        return f"{node.key.meaning} {SIGNS[node.sign]} {_list(node.values)}"
    word = " and " if isinstance(node, All) else " or "
    parts = (sentence(part) for part in node.parts)
    return word.join(f"({part})" if isinstance(inner, AnyOf | All) else part for part, inner in zip(parts, node.parts, strict=True))


def _list(values: tuple[Value, ...]) -> str:
    said = [value.said for value in values[:_SAID_MAX]]
    more = len(values) - len(said)
    if more:
        return f"{', '.join(said)} or {more} more"
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"

