"""gallery: pictures that somebody drew with packets, as a contact sheet."""

from dataclasses import dataclass
from datetime import timedelta

from varde.app.commands.asking import asked_store, window_of
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import kind_of_output, say, visible, write_json, write_output
from varde.app.period import period_of
from varde.model import PROBES, VardeError
from varde.query import Engine, Window, extent
from varde.query.drawings import Gallery, drawing, gallery
from varde.views import SCHEMES, Style
from varde.views.campaigns import advice, evidence, link, reason, sentence, table_row
from varde.views.gallery import GALLERY_FORMATS, THUMB, Hung, gallery_json, nothing, totals
from varde.views.listing import text_of

DAYS = 31
"""Before now, where no period is asked for: drawings are rare."""


@dataclass(frozen=True, slots=True)
class GalleryOptions:
    day: str | None = None
    since: str | None = None
    until: str | None = None
    scheme: str | None = None


def gallery_command(context: Context, paths: list[str], options: GalleryOptions, output: str | None, *, as_json: bool) -> int:
    """Print, or draw where -o names a file. Returns the exit status: 1 where nobody drew."""
    kind = kind_of_output(output, as_json, GALLERY_FORMATS, "json") if output or as_json else None
    name = options.scheme or context.config.view.scheme
    if name not in SCHEMES:
        raise VardeError(f"no such scheme: {name}. There are {', '.join(SCHEMES)}.")
    style = Style(SCHEMES[name], context.zone, note=context.config.view.note)
    with asked_store(context, paths, (PROBES,)) as (store, _):
        engine = engine_of(context, store)
        found = gallery(engine, _window(context, engine, paths, options), context.config.insight.open_ports)
        _write(context, engine, found, style, kind, output)
        is_empty = extent(engine, (PROBES,))[0] is None
    if not found.campaigns and not context.quiet:
        say(f"varde: {context.location} has no packets that a firewall met. Fill it with `varde read FILES` or `varde up`, or name the files here." if is_empty
            else f"varde: {nothing(found)}")  # fmt: skip
    return 0 if found.campaigns else 1


def _window(context: Context, engine: Engine, paths: list[str], options: GalleryOptions) -> Window:
    now = context.now()
    period = period_of(options.day, options.since, options.until, now, context.zone)
    if period is None and paths:
        return window_of(context, engine, (PROBES,), None, None, None)
    return Window(*(period or (now - timedelta(days=DAYS), now)), action="all")


def _write(context: Context, engine: Engine, found: Gallery, style: Style, kind: str | None, output: str | None) -> None:
    if kind == "json":
        write_json(gallery_json(found, style), output)
    elif kind:
        hung = [Hung(one, drawing(engine, one, *THUMB)) for one in found.campaigns]
        write_output(str(output), GALLERY_FORMATS[kind](found, hung, style))
        if not context.quiet and output != "-":
            say(f"{output}: {totals(found)}")
    elif found.campaigns:
        _print(context, found)


def _print(context: Context, found: Gallery) -> None:
    rows = [table_row(one, context.zone) for one in found.campaigns]
    print(text_of(rows, list(rows[0]), visible))
    for one in found.campaigns:
        lines = (reason(one), advice(one), f"evidence: {evidence(one, context.zone)}", f"page:     {link(one)}")
        print("\n".join(["", visible(sentence(one, context.zone)), *(f"  {visible(line)}" for line in lines)]))
