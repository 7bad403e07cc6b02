"""map: where traffic comes from and goes to."""

import re
from dataclasses import dataclass, replace
from functools import partial

from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.given_table import text_if
from varde.app.output import kind_of_output, say, write_output
from varde.model import FLOWS, PROBES, TABLES, Table, VardeError
from varde.query import Engine, Window
from varde.query.ledger import accounts
from varde.query.places import Place, Places, Within, check, places, usual_table
from varde.views import SCHEMES
from varde.views.ledger import seen_document
from varde.views.world import NO_PLACE
from varde.views.worldmap import FORMATS, Drawing, draw_map, drawing_of
from varde.views.worldmap.drawing import STYLES

_MEASURES = {"bytes": "octets", "octets": "octets", "packets": "packets", "records": "flows", "flows": "flows"}
"""How rwstats calls what it sums, in lower case, and how we do."""

_COUNTRIES = ("scc", "dcc", "country", "cc")
LINES_MAX = 10_000
TABLE_MAX = LINES_MAX * 200
"""Octets of a table that are read; there are 250 countries."""

_CODE = re.compile("[A-Za-z][A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class MapOptions:
    """The switches of the command."""

    table: str | None
    by: str | None
    direction: str
    style: str
    top: int
    width: int
    scheme: str | None
    day: str | None
    since: str | None
    until: str | None
    only_sensor: str | None
    src: str | None
    dst: str | None
    action: str
    arcs: bool = False


def map_command(context: Context, paths: list[str], output: str | None, options: MapOptions, *, as_json: bool) -> None:
    """Draw. Exit status 1 when nothing in the period can be located."""
    scheme = options.scheme or context.config.view.scheme
    for name, value, known in (("scheme", scheme, SCHEMES), ("style", options.style, STYLES)):
        if value not in known:
            raise VardeError(f"no such {name}: {value}. There are {', '.join(known)}.")
    kind = kind_of_output(output, as_json, FORMATS, "png")
    home = context.home_place if options.arcs else None
    if options.arcs and home is None:
        say(f"varde: {NO_PLACE}")
    if len(paths) == 1 and not options.table and (text := text_if(_is_table, paths[0], TABLE_MAX)) is not None:
        _write(context, _of_rwstats(context, text, options, scheme), kind, output, options)
        return
    table = TABLES.get(options.table or "")
    if options.table and table is None:
        check(options.table, "events", "in")
    with asked_store(context, paths, (table,) if table else None) as (store, summaries):
        engine = engine_of(context, store)
        chosen, whole = _asked(context, engine, table, options)
        by = options.by or ("octets" if chosen.name == "flows" else "events")
        check(chosen.name, by, options.direction)
        window = replace(whole, dst=options.dst, action=options.action if chosen.name == PROBES.name else "all")
        found = places(engine, window, chosen, by=by, direction=options.direction, within=Within(), top=options.top)
        drawing = drawing_of(
            found, context.world, period=(window.first, window.last), zone=context.zone, scheme=scheme, style=options.style, note=context.config.view.note,
            rests=(seen_document(accounts(engine, window)) if chosen.name == FLOWS.name else {}) | {"places": context.places_credit, "notices": context.notices()},
            home=home, credit=context.places_credit,
        )  # fmt: skip
        _write(context, drawing, kind, output, options)
        if not found.total:
            say_nothing(context, summaries, engine, (chosen,), chosen.name)
            raise SystemExit(1)


def _asked(context: Context, engine: Engine, table: Table | None, options: MapOptions) -> tuple[Table, Window]:
    """Which table and which period: where no table is named, one that the period has."""
    window = partial(window_of, context, engine, day=options.day, since=options.since, until=options.until, sensor=options.only_sensor, src=options.src)
    if table:
        return table, window((table,))
    chosen = usual_table(engine, window((FLOWS if engine.store.days(FLOWS.name) else PROBES,)))
    return chosen, window((chosen,))


def _write(context: Context, drawing: Drawing, kind: str, output: str | None, options: MapOptions) -> None:
    target = output or ("-" if kind == "json" else f"map.{kind}")
    write_output(target, draw_map(drawing, kind, options.width))
    if not context.quiet and target != "-":
        say(f"{target}: {drawing.totals}")
        if seen := drawing.rests.get("flows_seen"):
            say(str(seen))
        for notice in context.notices():
            say(notice)


def _is_table(head: bytes) -> bool:
    """Whether a text is what rwstats or rwuniq print: a line of titles between bars, one of which is a country's."""
    return any(_titles(line) is not None for line in head.decode("utf-8", "replace").splitlines()[:10])


def _titles(line: str) -> tuple[int, int, str] | None:
    """The columns of country and amount, and what is summed; None for a line that is not one of titles."""
    words = [word.strip().lower() for word in line.split("|")]
    country = next((at for at, word in enumerate(words) if word in _COUNTRIES), None)
    amount = next((at for at, word in enumerate(words) if word in _MEASURES), None)
    return None if country is None or amount is None else (country, amount, _MEASURES[words[amount]])


def _of_rwstats(context: Context, text: str, options: MapOptions, scheme: str) -> Drawing:
    """A map of what SiLK summed by country. Raises VardeError for a line that cannot be one of the table."""
    titles: tuple[int, int, str] | None = None
    sums: dict[str, int] = {}
    for number, line in enumerate(text.splitlines()[:LINES_MAX], start=1):
        if titles is None:
            titles = _titles(line)
        elif "|" in line:
            cells = [cell.strip() for cell in line.split("|")]
            try:
                code, value = cells[titles[0]].upper(), int(cells[titles[1]])
            except (IndexError, ValueError):
                raise VardeError(f"line {number} is no row of a table of countries: {line[:80]!r}") from None
            sums[code] = sums.get(code, 0) + max(0, value)
    known = {code: value for code, value in sums.items() if _CODE.fullmatch(code)}
    rows = [Place(code, value, 0, 0) for code, value in sorted(known.items(), key=lambda item: (-item[1], item[0]))[: options.top]]
    by = titles[2] if titles else "flows"
    found = Places("flows", by, options.direction, "country", rows, len(known), sum(known.values()), sum(sums.values()), 0)
    return drawing_of(found, context.world, period=None, zone=context.zone, scheme=scheme, style=options.style, home=context.home_place if options.arcs else None)
