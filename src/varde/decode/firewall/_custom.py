"""Dialects that a user writes, in TOML: the same data as the dialects here, with errors that name the line.

    [[dialect]]
    name = "acme"
    title = "Acme Firewall"
    claims = ["ACMEFW"]
    tags = ["(?P<hostname>[!-~]+) "]
    [[dialect.form]]
    name = "ports"
    pivot = "ACMEFW "
    tail = "(?P<action>[a-z]+) (?P<proto>[a-z]+) (?P<src>[0-9.]+):(?P<src_port>[0-9]+) (?P<dst>[0-9.]+):(?P<dst_port>[0-9]+)"
    [dialect.actions]
    stop = "block"
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from varde.decode.firewall._action import action_of
from varde.decode.firewall._dialect import PRINTABLE, Dialect, Form
from varde.decode.firewall._reader import check
from varde.decode.stamps import KINDS
from varde.model import ALLOWED, REFUSED, VardeError

TEXT_MAX = 256 * 1024
"""Characters of a file: a hundred dialects, each with a dozen forms, are less."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_HEADING = re.compile(r"^[ \t]*\[\[[ \t]*dialect[ \t]*(\.[ \t]*form[ \t]*)?\]\]", re.MULTILINE)

# key -> kind of value, and whether it must be there
_DIALECT = {
    "name": ("text", True), "title": ("text", False), "claims": ("texts", True), "tags": ("texts", False),
    "not_packets": ("texts", False), "fix": ("text", False), "clock": ("text", False), "manual": ("text", False), "form": ("tables", True),
    "actions": ("mapping", False),
}  # fmt: skip
_FORM = {
    "name": ("text", True), "pivot": ("text", True), "head": ("text", False), "tail": ("text", False),
    "keys": ("mapping", False), "fixed": ("mapping", False), "where": ("mapping", False), "event_stamp": ("text", False),
}  # fmt: skip


class _Kind(NamedTuple):
    words: str
    fits: Callable[[Any], bool]


def _texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


_KINDS = {
    "text": _Kind("a text", lambda value: isinstance(value, str)),
    "texts": _Kind("a list of texts", lambda value: isinstance(value, list) and _texts(value)),
    "mapping": _Kind("a table of texts", lambda value: isinstance(value, dict) and _texts(value.values())),
    "tables": _Kind("at least one [[dialect.form]]",
                    lambda value: isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)),
}  # fmt: skip


def load_dialects(text: str, path: str) -> list[Dialect]:
    """The dialects of one TOML file, checked: every pattern compiles and gives both addresses.

    Raises VardeError that names file, dialect, form and, where it can be told, line."""
    if len(text) > TEXT_MAX:
        raise VardeError(f"{path}: {len(text)} characters, at most {TEXT_MAX} are read")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise VardeError(f"{path}: {error}") from error
    tables = document.pop("dialect", [])
    if document or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise VardeError(f"{path}: expected [[dialect]] tables and nothing else, found {', '.join(document) or 'dialect'}")
    places = _places(text)
    dialects: dict[str, Dialect] = {}
    for number, table in enumerate(tables):
        dialect = _dialect(table, _Place(path, text, places, number))
        if dialect.name in dialects:
            raise VardeError(f"{path}: dialect {dialect.name} is there twice")
        dialects[dialect.name] = dialect
    return list(dialects.values())


class _Place:
    """Where a table stands in the file, for messages."""

    def __init__(self, path: str, text: str, places: list[list[int]], number: int) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._headings = places[number] if number < len(places) else []
        self._end = places[number + 1][0] - 1 if number + 1 < len(places) else len(self._lines)

    def of(self, form: int | None = None, key: str = "") -> str:
        """`path:line`, the line of a key if it has one of its own, else of the table's heading."""
        which = 0 if form is None else form + 1
        if which >= len(self._headings):  # tables written inline have no heading
            return self._path
        first = self._headings[which]
        last = self._headings[which + 1] - 1 if which + 1 < len(self._headings) else self._end
        found = self._find(key, first, last)
        if not found and form is None:  # [dialect.actions] stands behind the forms
            found = self._find(key, first, self._end)
        return f"{self._path}:{found or first}"

    def _find(self, key: str, first: int, last: int) -> int:
        """The line that sets the key, 0 if none does."""
        pattern = re.compile(rf"""[ \t]*["']?{re.escape(key)}["']?[ \t]*=""")
        return next((n for n in range(first, last + 1) if key and pattern.match(self._lines[n - 1])), 0)


def _places(text: str) -> list[list[int]]:
    """For each [[dialect]] the line of its heading and those of its forms."""
    places: list[list[int]] = []
    for heading in _HEADING.finditer(text):
        line = text.count("\n", 0, heading.start()) + 1
        if heading[1] and places:
            places[-1].append(line)
        else:
            places.append([line])
    return places


def _dialect(table: Mapping[str, Any], place: _Place) -> Dialect:
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise VardeError(f"{place.of(key='name')}: a dialect needs a name of a-z, 0-9, _ and -, not {name!r}")
    _shape(table, _DIALECT, f"dialect {name}", lambda key: place.of(key=key))
    if not table["claims"] or not all(table["claims"]):
        raise VardeError(f"{place.of(key='claims')}: dialect {name}: claims: give a text that each of its lines contains")
    for word, action in table.get("actions", {}).items():
        if action not in (*REFUSED, *ALLOWED):
            known = ", ".join((*REFUSED, *ALLOWED))
            raise VardeError(f"{place.of(key=word)}: dialect {name}: action {action!r} of {word!r} is none of {known}")
    dialect = Dialect(
        name=name,
        title=table.get("title", name),
        forms=(),
        claims=tuple(re.escape(claim) for claim in table["claims"]),
        tags=tuple(table.get("tags", ["(?P<hostname>[!-~]+) ", ""])),
        action=action_of,
        actions={word.lower(): action for word, action in table.get("actions", {}).items()},
        not_packets=tuple(table.get("not_packets", ())),
        fix=table.get("fix", ""),
        clock=table.get("clock", ""),
        manual=table.get("manual", ""),
    )
    forms = tuple(_form(one, number, dialect, place) for number, one in enumerate(table["form"]))
    return replace(dialect, forms=forms)


def _form(table: Mapping[str, Any], number: int, dialect: Dialect, place: _Place) -> Form:
    name = table.get("name", f"number {number + 1}")
    where = f"dialect {dialect.name}, form {name}"
    _shape(table, _FORM, where, lambda key: place.of(number, key))
    if not table["pivot"]:
        raise VardeError(f"{place.of(number, 'pivot')}: {where}: the pivot is empty; give a text that each such line contains")
    if not table.get("tail") and not table.get("keys"):
        raise VardeError(f"{place.of(number)}: {where}: neither tail nor keys; give one of them")
    stamp = table.get("event_stamp", "")
    if stamp and stamp not in KINDS:
        raise VardeError(f"{place.of(number, 'event_stamp')}: {where}: event_stamp {stamp!r} is none of {', '.join(KINDS)}")
    form = Form(
        name, table["pivot"], table.get("head", PRINTABLE), table.get("tail", ""), table.get("keys", {}),
        table.get("fixed", {}), where=table.get("where", {}), event_stamp=stamp,
    )  # fmt: skip
    _compile(form, number, dialect, place)
    return form


def _compile(form: Form, number: int, dialect: Dialect, place: _Place) -> None:
    """Check the head with a tail that is known to be good, then all of it, so that the message names the right line."""
    good = replace(form, tail="(?P<src>[0-9.]+) (?P<dst>[0-9.]+)", keys={}, where={}, fixed={})
    for one, key in ((good, "head"), (form, "keys" if form.keys and not form.tail else "tail")):
        try:
            check(replace(dialect, forms=(one,)))
        except VardeError as error:
            raise VardeError(f"{place.of(number, key)}: {error}") from error


def _shape(table: Mapping[str, Any], keys: Mapping[str, tuple[str, bool]], where: str, line: Callable[[str], str]) -> None:
    for key in table:
        if key not in keys:
            raise VardeError(f"{line(key)}: {where}: unknown key {key}; known are {', '.join(keys)}")
    for key, (kind, needed) in keys.items():
        if key not in table and needed:
            raise VardeError(f"{line('')}: {where}: {key} is missing")
        if key in table and not _KINDS[kind].fits(table[key]):
            raise VardeError(f"{line(key)}: {where}: {key} is not {_KINDS[kind].words}")
