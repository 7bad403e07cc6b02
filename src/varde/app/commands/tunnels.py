"""What linkgraph and afterglow ask of files or the store: requests, filtered."""

import contextlib
import fnmatch
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import polars as pl

from varde.app.commands.afterglow import afterglow_csv, afterglow_drawn, read_csv
from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.commands.linkgraph import LinkgraphOptions, draw, linkgraph_csv
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import say
from varde.app.period import day_of
from varde.model import TUNNELS, VardeError
from varde.query import Engine, Window
from varde.query.tunnels import in_order, triples
from varde.views.axes import day_window

CSV = ".csv"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests."""

    day: str | None = None
    since: str | None = None
    until: str | None = None
    sensor: str | None = None
    src: str | None = None
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    compare: str | None = None


def linkgraph_command(context: Context, paths: list[str], output: str | None, asked: Asked, options: LinkgraphOptions, *, json_: bool) -> None:
    """Draw the requests of honeypot logs, of the store, or of AfterGlow CSV files."""
    if paths and all(path.endswith(CSV) for path in paths):
        if asked != Asked():
            raise VardeError("CSV has no times and no sensors: leave out --day, --since, --until, --only, --except, --compare and the like.")
        linkgraph_csv(paths, options, output, json_=json_)
        return
    with _asked(context, paths, asked) as (engine, window, nothing):
        requests = filtered(triples(engine, window), asked)
        before = None if asked.compare is None else earlier(engine, before_of(context, window, asked.compare), asked)
        if asked.compare is not None and before is None and not options.quiet:
            say(f"varde: no requests of the period before ({asked.compare}) are there to compare with: nothing is marked as new.")
        named = replace(options, note=options.note or context.config.view.note, title=options.title or title_of(context.zone, window))
        if not draw(requests, named, output, json_=json_, before=before):
            raise nothing()


def afterglow_csv_command(context: Context, paths: list[str], output: str | None, asked: Asked) -> None:
    """Write a line for each request, in the order in which they were made."""
    with _asked(context, paths, asked) as (engine, window, nothing):
        parts = (part for whole in in_order(engine, window) if not (part := filtered(whole, asked)).is_empty())
        first = next(parts, None)
        if first is None:
            raise nothing()
        afterglow_csv(chain([first], parts), output)


@contextlib.contextmanager
def _asked(context: Context, paths: list[str], asked: Asked) -> Iterator[tuple[Engine, Window, Callable[[], SystemExit]]]:
    """What answers, the period, and what to raise where there are no requests, which is said then."""
    with asked_store(context, paths, (TUNNELS,)) as (store, summaries):
        engine = engine_of(context, store)
        window = window_of(context, engine, (TUNNELS,), asked.day, asked.since, asked.until, sensor=asked.sensor, src=asked.src)

        def nothing() -> SystemExit:
            say_nothing(context, summaries, engine, (TUNNELS,), "tunnel requests")
            return SystemExit(1)

        yield engine, window, nothing


def afterglow_drawn_command(paths: list[str], properties: str | None, output: str | None, *, two: bool, graphson: bool = False) -> None:
    afterglow_drawn(read_csv(paths or ["-"], two=two), properties, output, as_graphson=graphson)


def title_of(zone: ZoneInfo, window: Window) -> str:
    """The title of a picture: what it shows, and of which days."""
    first, last = window.first.astimezone(zone), (window.last - timedelta(microseconds=1)).astimezone(zone)
    days = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return f"Where visitors wanted to go on to, {days} ({zone.key})"


def before_of(context: Context, window: Window, compare: str) -> Window:
    """The period to compare with: `before` is as much time right before; else a day. Raises VardeError for what is none."""
    if compare == "before":
        return replace(window, first=window.first - (window.last - window.first), last=window.first)
    if compare == "yesterday":
        return replace(window, first=window.first - timedelta(days=1), last=window.last - timedelta(days=1))
    first, last = day_window(day_of(compare, context.now(), context.zone), context.zone)
    return replace(window, first=first, last=last)


def earlier(engine: Engine, window: Window, asked: Asked) -> pl.DataFrame | None:
    """The requests to compare with; None where there are none, because against nothing everything would be new."""
    before = filtered(triples(engine, window), asked)
    return None if before.is_empty() else before


def filtered(requests: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """The requests that `only` and `without` leave."""
    for wanted in asked.only:
        requests = requests.filter(_matches(requests, wanted))
    for unwanted in asked.without:
        requests = requests.filter(~_matches(requests, unwanted))
    return requests


def _matches(requests: pl.DataFrame, word: str) -> pl.Series:
    """Rows that a filter means: `port=25`, `cc=CN`, `as=64512`, an address or network of either end, or a target's name, * for any text."""
    key, equals, value = word.partition("=")
    columns = {"port": ["port"], "cc": ["source_cc", "target_cc"], "as": ["source_as", "target_as"]}.get(key)
    if equals and columns:
        return _any(requests, [requests[column].cast(pl.String).str.to_lowercase() == value.lower() for column in columns])
    try:
        network = ipaddress.ip_network(word, strict=False)
    except ValueError:
        return _by_name(requests["target"], lambda name: fnmatch.fnmatchcase(name.lower(), word.lower()))
    return _any(requests, [_by_name(requests[end], lambda name: _is_in(name, network)) for end in ("source", "target")])


def _any(requests: pl.DataFrame, found: list[pl.Series]) -> pl.Series:
    either = pl.Series([False] * len(requests), dtype=pl.Boolean)
    for one in found:
        either = either | one.fill_null(value=False)
    return either


def _by_name(names: pl.Series, test: "object") -> pl.Series:
    assert callable(test)
    distinct = names.drop_nulls().unique().to_list()
    return names.replace_strict(distinct, [bool(test(name)) for name in distinct], default=False, return_dtype=pl.Boolean)


def _is_in(name: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.version == network.version and address in network
