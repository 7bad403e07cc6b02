"""Hostile text in what commands print and write: read back by parsers of each format."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.app.cli_run import varde
from tests.hostile import readers
from tests.hostile.conftest import Filled
from tests.hostile.sources import NAMED, SOURCES
from tests.hostile.texts import TEXTS

pytestmark = pytest.mark.xdist_group("hostile")

HONEYPOT = ("passwords", "users", "pairs", "logins", "sources", "tunnels", "ports", "payloads", "commands", "sessions", "mails", "downloads")
TABLES = ("probes", "logins", "tunnels", "payloads", "sessions", "commands", "downloads", "mails", "dns", "warnings", "rejects")
ALL = ("--since", "2010-01-01", "--until", "2027-01-01")
MANY = ("--top", "5000")


def test_every_source_carries_the_strings(filled: Filled) -> None:
    """A line of text may hide a part of it from its reader; what is counted as refused is no record."""
    few = {source: count for source, count in filled.carried.texts.items() if count < len(TEXTS) * 0.6}
    assert not few and set(filled.carried.texts) == {*SOURCES, *NAMED}
    whole = [source for source, count in filled.carried.texts.items() if count == len(TEXTS)]
    assert len(whole) >= 18, filled.carried.texts


FIELDS = {
    "probes": "sip,sensor,action,rule,in,out", "logins": "sip,sensor,user,password,service", "tunnels": "sip,sensor,target,service", "dns": "sip,sensor,name", "rejects": "sensor",
    "commands": "sip,sensor,service", "warnings": "sip,sensor,name",
}  # fmt: skip
"""Fields with text in them, by table."""


def _cut(table: str, *more: str) -> tuple[str, ...]:
    return ("cut", "--table", table, *ALL, "--fields", FIELDS[table], *more)


TERMINAL: dict[str, tuple[str, ...]] = {
    **{f"honeypot {table}": ("honeypot", table, *ALL, *MANY) for table in ("pairs", "tunnels", "commands", "sessions", "mails", "downloads", "payloads")},
    **{f"cut {table}": _cut(table) for table in ("logins", "tunnels", "dns", "rejects", "probes")},
    "status": ("status",), "brief": ("brief", "--day", "2026-11-20"), "warn": ("warn", "--replay", *ALL), "warn stats": ("warn", "--stats", *ALL), "why": ("why", "198.18.4.1"),
    "one session": ("honeypot", "sessions", "--session", "s198.18.6.10"), "stats": ("stats", "--table", "logins", *ALL, "--fields", "user", "--count", "500"), "audit": ("audit",),
    "afterglow": ("afterglow", "csv", *ALL), "gallery": ("gallery",),
}  # fmt: skip
"""Commands that print text: by name, their words."""


@pytest.mark.parametrize("name", TERMINAL)
def test_a_terminal_sees_nothing_but_letters(filled: Filled, name: str) -> None:
    done = varde(filled.home, *TERMINAL[name])
    assert done.status in (0, 1), done.err
    readers.terminal(done.err)
    assert len(readers.terminal(done.out)) >= 1


def _rows(document: Any) -> int:
    """Of a document that is a list, or an object with one list: how many entries."""
    lists = [document] if isinstance(document, list) else [value for value in document.values() if isinstance(value, list)]
    return max(map(len, lists))


PRINTED: dict[str, tuple[tuple[str, ...], Callable[[str], int], str | None]] = {
    **{f"{table} csv": (_cut(table, "--csv"), lambda text: len(readers.table(text)) - 1, table) for table in ("logins", "dns", "tunnels", "warnings")},
    **{f"{table} jsonl": (_cut(table, "--jsonl"), lambda text: len(readers.documents(text)), table) for table in ("probes", "logins", "rejects", "commands")},
    "honeypot csv": (("honeypot", "logins", *ALL, *MANY, "--csv"), lambda text: len(readers.table(text)) - 1, "logins"),
    "honeypot json": (("honeypot", "commands", *ALL, *MANY, "--json"), lambda text: _rows(readers.document(text)), None),
    "mails csv": (("sql", "select * from mails", "--csv"), lambda text: len(readers.table(text)) - 1, "mails"),
    "sql csv": (("sql", "select * from logins", "--csv"), lambda text: len(readers.table(text)) - 1, "logins"),
    "sql json": (("sql", "select * from warnings", "--json"), lambda text: _rows(readers.document(text)), "warnings"),
    "logstalgia": (("logstalgia",), lambda text: len(readers.logstalgia(text)), None),
}  # fmt: skip
"""Commands that print what programs read: words, the reader, and the table that has as many records (None where some are summed)."""


@pytest.mark.parametrize("name", PRINTED)
def test_a_program_reads_as_many_records_as_there_are(filled: Filled, name: str) -> None:
    arguments, read, table = PRINTED[name]
    done = varde(filled.home, *arguments)
    assert done.status in (0, 1), done.err
    found = read(done.out)
    assert found == filled.carried.rows[table] if table else found > 1
