"""The reference page of the dialects, made from the dialects."""

from varde.decode.firewall import DIALECTS, Dialect

_INTRODUCTION = """\
# Firewall dialects

Varde knows {count} formats of firewall lines and tells them apart by itself, also when one file mixes them. Each may stand
behind any syslog header: RFC 3164 with or without a year, RFC 5424, ISO 8601, seconds since 1970, or none. A line that
looks like a dialect but cannot be read is a reject, counted and sampled with its reason; a line that describes no packet
(an event, a session of an administrator) is counted as ignored.

This page is made by `python -m varde.decode.firewall`.

| dialect | products |
|---|---|
{table}
"""

_SECTION = """\
## {name}

{title}.

* Forms: {forms}.
* Set on the device: {fix}{clock}
* Actions: {actions}.
* Described in: {manual}.
"""


def dialect_page() -> str:
    """Markdown with a section for each dialect."""
    table = "\n".join(f"| [{_escape(d.name)}](#{d.name}) | {_escape(d.title)} |" for d in DIALECTS.values())
    sections = [_section(dialect) for dialect in DIALECTS.values()]
    return "\n".join([_INTRODUCTION.format(count=len(DIALECTS), table=table), *sections])


def _section(dialect: Dialect) -> str:
    return _SECTION.format(
        name=dialect.name,
        title=_escape(dialect.title),
        forms="; ".join(_escape(form.name) for form in dialect.forms),
        fix=_code(dialect.fix),
        clock=f"\n* For stamps with year and zone: {_code(dialect.clock)}" if dialect.clock else "",
        actions=_actions(dialect),
        manual=_escape(dialect.manual),
    )


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def _actions(dialect: Dialect) -> str:
    """The vendor's words, by what they mean."""
    by_meaning: dict[str, list[str]] = {}
    for word, meaning in dialect.actions.items():
        by_meaning.setdefault(meaning, []).append(f"`{word}`")
    said = [f"{meaning} for {', '.join(words)}" for meaning, words in sorted(by_meaning.items())]
    if dialect.action is not None:
        said.append("taken from the words of the prefix or rule name (drop, block, reject, accept and so on)")
    return "; ".join(said)


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
