"""The reference page of the honeypot dialects, made from the dialects and what their files say of them."""

import sys

from varde.decode.honeypot import DIALECTS, Dialect

_INTRODUCTION = """\
# Honeypot dialects

Varde knows {count} formats of honeypot logs (and that of a real SSH server) and tells them apart by itself, from a file or over
syslog, also when one file mixes them. `varde honeypot`, `varde linkgraph` and `varde logstalgia` show what they tell. A line that
looks like a dialect but cannot be read is a reject, counted and sampled with its reason; a line that tells nothing that a table
has a column for is counted as ignored.

This page is made by `python -m varde.decode.honeypot`.

| dialect | program |
|---|---|
{table}
"""


def dialect_page() -> str:
    """Markdown with a section for each dialect."""
    table = "\n".join(f"| [{dialect.name}](#{dialect.name}) | {dialect.title} |" for dialect in DIALECTS.values())
    return "\n".join([_INTRODUCTION.format(count=len(DIALECTS), table=table), *map(_section, DIALECTS.values())])


def _section(dialect: Dialect) -> str:
    told = (sys.modules[dialect.read.__module__].__doc__ or "").strip()
    notes = [f"* {what}: {_plain(text)}" for what, text in (("Advice", dialect.fix), ("What its lines do not say", dialect.lost)) if text]
    return "\n".join([f"## {dialect.name}", "", _marked(told), "", *notes, *([""] if notes else [])])


def _marked(text: str) -> str:
    """A docstring as Markdown: indented lines are an example and stay as they are."""
    return "\n".join(line if line.startswith("    ") else _plain(line) for line in text.splitlines())


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")
