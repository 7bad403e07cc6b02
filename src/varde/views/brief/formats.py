"""A morning's page as text, Markdown and HTML; what strangers wrote in it is harmless in each."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from varde.model import visible
from varde.views.brief.page import Told
from varde.views.palette import SCHEMES
from varde.views.said import escaped, html, markdown, plain

WIDTH = 96
"""Characters of a line: as many as are read without losing the next one. Addresses are never broken."""

MAIL_WIDTH = 76
"""RFC 5322 2.1.1 wants at most 78, and quoting adds two."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What stands below the sentences: a heading, lines as they are, and who is to be named for them."""

    title: str
    lines: Sequence[str]
    attribution: str = ""


def as_text(page: Told, base: str, extras: Sequence[Extra] = (), width: int = WIDTH) -> str:
    """For a terminal, a file and a mail. A quiet day is its one line."""
    if page.quiet and not extras:
        (only,) = page.sentences
        return f"{_wrapped(f'{page.title}: {plain(only.said)}', width)}\n  {base}{only.page}\n"
    parts = [f"Varde, {page.title}"]
    parts += [f"{_wrapped(plain(each.said), width)}\n  {base}{each.page}" for each in page.sentences]
    parts += ["\n".join([visible(extra.title), *(f"  {visible(line)}" for line in extra.lines), *([f"  {visible(extra.attribution)}"] if extra.attribution else [])]) for extra in extras]
    return "\n\n".join([*parts, *(_wrapped(line, width) for line in page.unknown)]) + "\n"


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def as_markdown(page: Told, base: str, extras: Sequence[Extra] = ()) -> str:
    """CommonMark: a heading and a list."""
    lines = [f"# {escaped(page.title)}", "", *(f"* {markdown(each.said)} [look]({_target(base + each.page)})" for each in page.sentences)]
    for extra in extras:
        lines += ["", f"## {escaped(visible(extra.title))}", "", *(f"    {visible(line)}" for line in extra.lines)]
        lines += ["", escaped(visible(extra.attribution))] if extra.attribution else []
    return "\n".join([*lines, *(f"\n{escaped(line)}" for line in page.unknown)]) + "\n"


def _target(url: str) -> str:
    """A link's target between angles, in which nothing but these ends it (CommonMark 6.3)."""
    return f"<{url.replace('<', '%3C').replace('>', '%3E')}>"


_STYLE = """
:root{color-scheme:%(dark)s}body{margin:0 auto;max-width:720px;padding:32px 16px;background:%(ground)s;color:%(ink)s;font:16px/1.5 system-ui,sans-serif}
h1{font-size:20px;margin:0 0 16px}h2{font-size:16px;margin:32px 0 8px}ul{list-style:none;margin:0;padding:0}li{padding:12px 0;border-top:1px solid %(line)s}
p{color:%(quiet)s}a{color:inherit}code{font-family:ui-monospace,monospace;background:%(panel)s;padding:0 4px;overflow-wrap:anywhere}pre{overflow-x:auto}
@media print{body{background:#fff;color:#000;padding:0}}
"""


def as_html(page: Told, base: str, extras: Sequence[Extra] = (), scheme: str = "light") -> str:
    """One file that needs nothing else, and has no scripts."""
    colours = SCHEMES[scheme]
    style = _STYLE % {"dark": "light" if scheme == "light" else "dark", "ground": colours.ground, "ink": colours.ink, "line": colours.line,
                      "quiet": colours.quiet, "panel": colours.panel}  # fmt: skip
    title = escape(page.title)
    items = "".join(f'<li>{html(each.said)} <a href="{escape(base + each.page)}" aria-label="look at {escape(each.topic)}">look</a></li>' for each in page.sentences)
    below = "".join(map(_below, extras)) + "".join(f"<p>{escape(line)}</p>" for line in page.unknown)
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
    return f'<!doctype html><html lang="en"><head>{head}<title>Varde, {title}</title><style>{style}</style></head><body><h1>{title}</h1><ul>{items}</ul>{below}</body></html>\n'


def _below(extra: Extra) -> str:
    lines = "\n".join(escape(visible(line)) for line in extra.lines)
    named = f"<p>{escape(visible(extra.attribution))}</p>" if extra.attribution else ""
    return f"<h2>{escape(visible(extra.title))}</h2><pre>{lines}</pre>{named}"


WRITERS: dict[str, Callable[[Told, str, Sequence[Extra]], str]] = {"txt": as_text, "md": as_markdown, "html": as_html}
"""By the suffix of a file; JSON is `varde.views.brief.document`."""
