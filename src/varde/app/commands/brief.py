"""brief: one page of sentences on what a period had that is worth knowing, to a terminal, a file or a mailbox."""

import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from varde.app.commands.asking import say_nothing
from varde.app.comparing import beside_public, check_with
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import say, write_json, write_output
from varde.app.period import period_of
from varde.collect.dshield import ATTRIBUTION
from varde.deliver.mail import post
from varde.model import FLOWS, PROBES, VardeError
from varde.query import Window
from varde.query.brief import Brief, brief
from varde.query.engine import microseconds
from varde.query.life import HONEYPOTS
from varde.views.brief import Feed, Told, document, told
from varde.views.brief.formats import MAIL_WIDTH, WIDTH, WRITERS, Extra, as_text
from varde.views.origins import Origins, origins_of
from varde.views.public_curve import document as public_document
from varde.views.public_curve import lines, title

PAGE = "http://127.0.0.1:8420"
"""Where `varde up` serves the page unless it is told otherwise."""

_URL = re.compile(r"https?://(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]{0,200})?")
"""A page's address, with the path that a proxy may give it: no name or password, no question, and nothing that ends a link in Markdown."""

SUFFIXES = ("txt", "md", "html", "json")


@dataclass(frozen=True, slots=True)
class BriefOptions:
    """The switches of the command."""

    day: str | None = None
    since: str | None = None
    until: str | None = None
    action: str = "refused"
    url: str = PAGE
    as_json: bool = False
    as_markdown: bool = False
    output: str | None = None
    mail: tuple[str, ...] = ()
    compare: str | None = None


def brief_command(context: Context, options: BriefOptions) -> int:
    """Tell what is notable. Returns the exit status: 1 where the period has no records at all."""
    check_with(options.compare)
    base, kind = base_of(options.url), kind_of(options)
    engine = engine_of(context)
    found = brief(engine, _window(context, options), context.zone, context.config.insight.open_ports)
    if not _has_anything(found):
        say_nothing(context, [], engine, (PROBES, FLOWS, *HONEYPOTS), "records")
        return 1
    page = told(found, feeds_of(context), context.world, context.zone, _origins(context, found))
    beside = beside_public(context, engine, found.surges) if options.compare else []
    extras = [Extra(title(each), list(lines(each)), ATTRIBUTION) for each in beside]
    if options.mail:
        _mail(context, page, base, extras, options.mail)
    if not options.mail or options.output or options.as_json or options.as_markdown:
        whole = document(page, found, base, context.zone) | ({"compare": [public_document(each, ATTRIBUTION) for each in beside]} if beside else {})
        _write(page, whole, base, extras, options, kind)
    return 0


def base_of(url: str) -> str:
    """The page's address, before which links are put. Raises VardeError where it is none."""
    if not _URL.fullmatch(url):
        raise VardeError(f"--url {url[:100]!r}: write the address of the page as your browser has it, such as https://varde.example.net or {PAGE}")
    return url.rstrip("/")


def kind_of(options: BriefOptions) -> str:
    """One of SUFFIXES. Raises VardeError where -o and the switches contradict each other."""
    asked = [name for name, wanted in (("json", options.as_json), ("md", options.as_markdown)) if wanted]
    suffix = Path(options.output).suffix.removeprefix(".").lower() if options.output not in (None, "-") else ""
    if suffix and suffix not in asked:
        asked.append(suffix)
    if len(asked) > 1:
        raise VardeError(f"{' and '.join(asked)} are {len(asked)} formats: name one of {', '.join(SUFFIXES)}")
    kind = asked[0] if asked else "txt"
    if kind not in SUFFIXES or (options.output not in (None, "-") and not suffix and not asked):
        raise VardeError(f"cannot tell what to write from {options.output!r}: use a suffix of {', '.join('.' + name for name in SUFFIXES)}")
    return kind


def _window(context: Context, options: BriefOptions) -> Window:
    """The period asked for, up to now: half a day is held against half a day. The last 24 hours where none is."""
    now = context.now()
    first, last = period_of(options.day, options.since, options.until, now, context.zone) or (now - timedelta(days=1), now)
    return Window(first, min(last, now) if first < now else last, action=options.action)


def _has_anything(found: Brief) -> bool:
    """Whether there is anything to tell: that nothing came from where something always does is news too."""
    counts = (found.probes and found.probes.now, found.flows and found.flows.now, found.touched.now, found.pot and any(found.pot.novelty.counts.values()))
    return any(counts) or bool(found.silent)


def feeds_of(context: Context) -> list[Feed]:
    """The configured lists as they are kept. Nothing is fetched for it."""
    every = {section.name: section.every_minutes * 60.0 for section in context.config.list_}
    told_of = context.lists.status()["lists"] if every else []
    return [Feed(one["name"], one["age_seconds"], one["error"], every[one["name"]]) for one in told_of if one["name"] in every]


def _origins(context: Context, found: Brief) -> Origins:
    sources = [source for one in found.campaigns.campaigns for source in one.sources]
    return origins_of(sources, microseconds(found.times.now.first), context.geography, context.world)


def _mail(context: Context, page: Told, base: str, extras: Sequence[Extra], recipients: tuple[str, ...]) -> None:
    settings = next((sink for sink in context.config.sink if sink.kind == "mail"), None)
    if settings is None:
        raise VardeError('--mail needs a [[sink]] with kind = "mail" in the configuration: it says by which server mail goes, and from whom. See docs/how-to/morning-brief.md.')
    subject = f"Varde: {page.title}{', quiet' if page.quiet else ''}"
    taken = post(settings, recipients, subject, as_text(page, base, extras, MAIL_WIDTH), "brief")
    if not context.quiet:
        say(f"varde: {taken}")


def _write(page: Told, whole: dict[str, object], base: str, extras: Sequence[Extra], options: BriefOptions, kind: str) -> None:
    if kind == "json":
        write_json(whole, options.output)
    elif options.output in (None, "-") and kind == "txt":
        sys.stdout.write(as_text(page, base, extras, _room()))
    else:
        write_output(options.output or "-", WRITERS[kind](page, base, extras).encode())


def _room() -> int:
    """Columns of a terminal; where there is none, as wide as it is read well."""
    columns = shutil.get_terminal_size((WIDTH, 0)).columns
    return max(40, min(WIDTH, columns))


