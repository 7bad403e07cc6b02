"""Any CSV or JSON, by a mapping that the owner writes: `columns = {value = "ip", first_seen = "date"}`.

In CSV a column is named by the header, or by its number from 1 where there is none. In JSON it is a path: names divided by dots, `[]`
for each of a list, `*` for each of an object (`data[].ip`, `hosts.*.address`); JSON lines are read too."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from varde.decode.intel._items import BAD, Item, Refused, bad_document, document_of, read_items, words_of
from varde.decode.intel._read import ListOrigin, ListRead, ListText
from varde.decode.lines import LINE_MAX

MAPPED = "mapped"
"""What the status calls the format of such a list."""

COLUMNS = ("value", "id", "name", "url", "description", "first_seen", "last_seen", "expires", "confidence")
"""What a mapping may name."""

_STEP = re.compile(r"\.?(\[\]|[^.\[\]]+)")
PATH = r"^(?:\[\]|[^.\[\]]+)(?:\.[^.\[\]]+|\[\])*$"
"""Paths that there may be."""

_EACH = ("[]", "*")
_HEADER_LINES = 200  # licences stand before a header


def read_mapped(text: ListText, origin: ListOrigin, columns: Mapping[str, str]) -> ListRead:
    """Read a whole list by a mapping, which names `value` at least."""
    is_json = text.data.lstrip()[:1] in (b"{", b"[")
    return read_items(MAPPED, _of_json(text, columns) if is_json else _of_csv(text, columns), origin)


def _of_json(text: ListText, columns: Mapping[str, str]) -> Iterator[Item | Refused]:
    document = document_of(text)
    if document is not BAD:
        yield from _of_document(document, columns)
        return
    lines = [line for line in text.lines.to_list() if line]
    if len(lines) < 2:  # one line that is no JSON is a broken document
        yield from bad_document(text)
        return
    for line in lines:
        try:
            yield from _of_document(json.loads(line), columns)
        except (ValueError, RecursionError):
            yield Refused(line, "bad_json")


def _of_document(document: Any, columns: Mapping[str, str]) -> Iterator[Item]:
    """A record for each element of the innermost list or object on the path of the value."""
    steps = _steps(columns["value"])
    depth = max((at + 1 for at, step in enumerate(steps) if step in _EACH), default=0)
    paths = {name: _steps(path) for name, path in columns.items()}
    inner = {name: path[depth:] for name, path in paths.items() if path[:depth] == steps[:depth]}
    outer = {name: _one(document, path) for name, path in paths.items() if name not in inner}
    for record in _walk(document, steps[:depth]):
        yield _item({**outer, **{name: _one(record, path) for name, path in inner.items()}})


def _steps(path: str) -> list[str]:
    return _STEP.findall(path)


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "[]":
        inner: list[Any] = value if isinstance(value, list) else []
    elif step == "*":
        inner = list(value.values()) if isinstance(value, dict) else []
    else:
        inner = [value[step]] if isinstance(value, dict) and step in value else []
    for one in inner:
        yield from _walk(one, rest)


def _one(value: Any, steps: list[str]) -> str | None:
    return words_of(next(_walk(value, steps), None))


def _of_csv(text: ListText, columns: Mapping[str, str]) -> Iterator[Item | Refused]:
    lines = text.lines.to_list()
    at, delimiter, places = _places(lines, columns)
    for line in lines[at + 1 :]:
        if line and not line.startswith(("#", ";", "//")):
            cells = _split(line, delimiter)
            yield _item({name: words_of(cells[place]) if place < len(cells) else None for name, place in places.items()})


def _places(lines: list[str], columns: Mapping[str, str]) -> tuple[int, str, dict[str, int]]:
    """The line of the header, what divides it, and where the columns are. Without a header all lines are records."""
    if all(re.fullmatch("[1-9][0-9]{0,2}", name) for name in columns.values()):
        first = next((line for line in lines[:_HEADER_LINES] if line and not line.startswith("#")), "")
        return -1, _delimiter(first), {name: int(number) - 1 for name, number in columns.items()}
    for at, line in enumerate(lines[:_HEADER_LINES]):
        bare = line[: LINE_MAX + 1].lstrip("#; ")
        names = [cell.strip().lower() for cell in _split(bare, _delimiter(bare))]
        if columns["value"].lower() in names:
            found = {ours: names.index(theirs.lower()) for ours, theirs in columns.items() if theirs.lower() in names}
            return at, _delimiter(bare), found
    return len(lines), ",", {}


def _delimiter(line: str) -> str:
    return max(",;\t|", key=line.count)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a field of more than 128 KiB, or a NUL
        return []


def _item(found: Mapping[str, str | None]) -> Item:
    about = {name: found.get(name) for name in COLUMNS[1:]}
    return Item(found.get("value"), **about)
