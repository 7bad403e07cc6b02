"""Fields of SiLK as expressions over a table."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.expr.operations import Field

from varde.model import VardeError
from varde.model.fields import BY_FIELD, BY_VALUE, CUT_DEFAULT, FIELDS, INTEGER, WORD, Counted, Shown
from varde.model.rollups import SUMMED
from varde.query.engine import epoch_us
from varde.query.filters import Node, expression

FIELDS_MAX = 40
_ICMP = (1, 58)

_COMPUTED: dict[str, Callable[[ir.Table], Any]] = {
    "sport": lambda t: t.src_port.fill_null(0),
    "dport": lambda t: ibis.coalesce(t.dst_port, t.icmp_type * 256 + t.icmp_code.fill_null(0), 0) if "icmp_type" in t.columns else t.dst_port.fill_null(0),
    "duration": lambda t: epoch_us(t.end_time) - epoch_us(t.time),
}
_NEEDED = {"sport": ("src_port",), "dport": ("dst_port",), "duration": ("time", "end_time")}


def labelled(name: str) -> Shown:
    """A field of labels that a prefix map gives."""
    return Shown(name, 20, WORD, name, f"Label of the map {name}.", None, (name,))


def fields_of(text: str | None, table: ir.Table, own: Sequence[Shown] = ()) -> list[Shown]:
    """Fields of a list such as `1-5,scc`; those of rwcut that the table has where nothing is said. `own`: fields beside FIELDS.

    Raises VardeError for one that is not known or that the table has not."""
    known = BY_FIELD | {word: field for field in own for word in field.words}
    if text is None:
        return [field for field in CUT_DEFAULT if _has(table, field.column)] + list(own)
    found = [known[word] if word in known else _unknown(word, list(known)) for word in _words(text)]
    if len(found) > FIELDS_MAX:
        raise VardeError(f"--fields has {len(found)} fields, and {FIELDS_MAX} is the most")
    for field in found:
        if not _has(table, field.column):
            raise VardeError(f"--fields: these records have no {field.title}; they have {', '.join(f.name for f in FIELDS if _has(table, f.column))}")
    return list(dict.fromkeys(found))


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in text.lower().split(","):
        first, dash, last = word.strip().partition("-")
        if dash and first.isdigit() and last.isdigit() and len(first) <= 2 and len(last) <= 2:
            words += map(str, range(int(first), int(last) + 1))
        else:
            words.append(word.strip())
    return words


def _unknown(word: str, known: list[str]) -> Shown:
    near = difflib.get_close_matches(word[:40], known, 1)
    raise VardeError(f"--fields: there is no field {word[:40]!r}." + (f" Did you mean {near[0]}?" if near else f" There are {', '.join(field.name for field in FIELDS)}."))


def has_field(columns: Sequence[str], column: str) -> bool:
    """Whether a table of these columns has what a field is made of."""
    return all(needed in columns for needed in _NEEDED.get(column, (column,)))


def _has(table: ir.Table, column: str) -> bool:
    return has_field(table.columns, column)


def values_of(text: str, table: ir.Table) -> list[Counted]:
    """What is counted, from a list such as `records,bytes`. Raises VardeError for what is not known or not there."""
    found = []
    for word in text.lower().split(","):
        value = BY_VALUE.get(word.strip())
        if value is None:
            near = difflib.get_close_matches(word[:40], list(BY_VALUE), 1)
            raise VardeError(f"--values: there is no value {word[:40]!r}." + (f" Did you mean {near[0]}?" if near else f" There are {', '.join(BY_VALUE)}."))
        if value.column and not _has(table, value.column):
            raise VardeError(f"--values: these records have no {value.title.lower()}")
        found.append(value)
    return list(dict.fromkeys(found))


def columns_of(table: ir.Table, fields: Sequence[Shown], values: Sequence[Counted], nodes: Iterable[Node]) -> set[str] | None:
    """Stored columns by which records are grouped, compared and filtered; None where what is counted is not among what is summed."""
    if any(value.column and not value.distinct and value.column not in SUMMED for value in values):
        return None
    names = [field.column for field in fields] + [value.column for value in values if value.distinct]
    looked_at = [expression_of(table, name) for name in names] + [expression(node, table) for node in nodes]
    return {field.name for one in looked_at for field in one.op().find(Field) if field.rel == table.op()}


def expression_of(table: ir.Table, column: str) -> Any:
    """A stored or computed column."""
    return _COMPUTED[column](table) if column in _COMPUTED else table[column]


def shown(table: ir.Table, fields: Sequence[Shown]) -> ir.Table:
    """The fields as columns by their titles, numbers never null."""
    return table.select(**{field.title: _filled(table, field) for field in fields})


def _filled(table: ir.Table, field: Shown) -> Any:
    column = expression_of(table, field.column)
    return column.fill_null(0) if field.form == INTEGER and column.type().is_integer() else column
