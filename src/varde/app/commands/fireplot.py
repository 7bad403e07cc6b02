"""fireplot: from files or the store to a picture."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from threading import Thread
from typing import TYPE_CHECKING, Any

from varde.app.commands.asking import asked_store
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import kind_of_output, say, write_json, write_output
from varde.app.period import period_of
from varde.model import PLANES, PROBES, VardeError
from varde.query import Answer, Engine, Window, crowd, extent, fireplot, outside, sensors
from varde.query.fireplot import PORT_TOP
from varde.views import FORMATS, LISTS_PORTS, SCHEMES, SHOWS_FINDINGS, Mark, Style, draw_fireplot, prepare
from varde.views.axes import day_window
from varde.views.captions import totals
from varde.views.emptiness import why_empty
from varde.views.tables import as_json

if TYPE_CHECKING:
    from varde.collect import Summary

DAYS_WORTH = 0.5
"""Of the period: what a hint to ask for other days must leave out, to be worth a line."""


@dataclass(frozen=True, slots=True)
class FireplotOptions:
    """The switches of the command."""

    day: str | None
    since: str | None
    until: str | None
    calendar: int | None
    scheme: str | None
    width: int
    height: int
    port_min: int
    port_max: int
    src: str | None
    dst: str | None
    planes: tuple[str, ...]
    action: str
    sensor: str | None
    top: int
    findings: bool | None = None
    "Whether scans and surges are outlined; None: where it is quickly known which there are."


def fireplot_command(context: Context, paths: list[str], output: str | None, json_: bool, options: FireplotOptions) -> None:
    """Draw, or answer in JSON. Exit status 1 when nothing in the period was refused."""
    _check(options)
    kind = kind_of_output(output, json_, FORMATS, "png")
    style = Style(SCHEMES[_scheme(context, options)], context.zone, note=context.config.view.note)
    if options.calendar is None:
        period_of(options.day, options.since, options.until, context.now(), context.zone)  # a bad period is said before work
    with asked_store(context, paths) as (store, summaries):
        engine = engine_of(context, store)
        for summary in summaries:
            from varde.app.commands.files import say_nothing_found

            say_nothing_found(context, summary, PROBES)
        if summaries and not any(s.tables[PROBES.name] for s in summaries) and kind != "json":
            raise SystemExit(1)  # a blank picture would say that nothing knocked
        _check_sensor(engine, options.sensor)
        if options.calendar is None:
            _one_plot(context, engine, summaries, kind, style, output, options)
        else:
            _a_year(context, engine, summaries, kind, style, output, options)


def _one_plot(
    context: Context, engine: Engine, summaries: "list[Summary]", kind: str, style: Style, output: str | None, options: FireplotOptions
) -> None:
    window = _window(context, engine, options, bool(summaries))
    Thread(target=prepare, args=(kind,)).start()
    answer = fireplot(engine, window, width=options.width, height=options.height, port_min=options.port_min,
                      port_max=options.port_max, ports=options.top if kind in LISTS_PORTS else 0, explain=True)  # fmt: skip
    outlined = _outlined(context, engine, answer, kind, options)
    if kind == "json":
        write_json(as_json(answer, style, outlined) | {"input": _input(summaries, engine)}, output)
    else:
        _write(context, output or f"fireplot.{kind}", draw_fireplot(answer, kind, style, outlined), totals(answer))
    if answer.total == 0:
        _say_nothing(context, summaries, answer)
        raise SystemExit(1)
    if not context.quiet:
        _say_crowd(context, engine, answer)


def _outlined(context: Context, engine: Engine, answer: Answer, kind: str, options: FireplotOptions) -> list[Mark]:
    """Scans and surges in the picture; none where they were not asked for and would take long."""
    wanted = options.findings
    if wanted is False or not answer.total or (kind not in SHOWS_FINDINGS and not wanted):
        return []
    from varde.app.finding import EVENTS_MAX, SPAN_MAX, around, find, marks, too_much

    days = around(answer.window, context.zone)
    much = too_much(engine, days, EVENTS_MAX, answer.total) if wanted is None else ""
    # files whose stray lines stretch the period: another sentence says that
    is_stretched = not (options.day or options.since or options.until) and days.last - days.first > SPAN_MAX
    if much and not context.quiet and not is_stretched:
        say(f"varde: scans and surges are not outlined, because {much}; --findings looks for them anyway")
    return [] if much else marks(find(context, engine, days), answer.window, context.zone)


def _a_year(
    context: Context, engine: Engine, summaries: "list[Summary]", kind: str, style: Style, output: str | None, options: FireplotOptions
) -> None:
    from varde.views.calendar import (
        ask_calendar,
        calendar_json,
        calendar_totals,
        render_calendar,
        year_answer,
    )

    assert options.calendar is not None
    calendar = ask_calendar(engine, options.calendar, context.zone, **_filters(options), **_ports(options))
    if kind == "json":
        write_json(calendar_json(calendar, context.zone), output)
    else:
        target = output or f"fireplot-{options.calendar}.{kind}"
        _write(context, target, render_calendar(engine, calendar, kind, style), calendar_totals(calendar))
    if not calendar.days:
        _say_nothing(context, summaries, year_answer(engine, calendar))
        raise SystemExit(1)


def _write(context: Context, target: str, content: bytes, words: str) -> None:
    write_output(target, content)
    if not context.quiet and target != "-":
        say(f"{target}: {words}")


def _check(options: FireplotOptions) -> None:
    if options.port_min >= options.port_max:
        raise VardeError("--port-min must be below --port-max")
    unknown = set(options.planes) - {plane.key for plane in PLANES}
    if unknown:
        raise VardeError(f"no such plane: {', '.join(sorted(unknown))}. There are {', '.join(p.key for p in PLANES)}.")
    if options.calendar is not None and (options.day or options.since or options.until):
        raise VardeError("--calendar names the whole period; leave out --day, --since and --until, or leave out --calendar.")


def _filters(options: FireplotOptions) -> dict[str, Any]:
    return {"action": options.action, "sensor": options.sensor, "src": options.src, "dst": options.dst, "planes": options.planes}


def _ports(options: FireplotOptions) -> dict[str, Any]:
    """A window without ports counts what has none, too."""
    narrowed = (options.port_min, options.port_max) != (1, PORT_TOP)
    return {"port_min": options.port_min, "port_max": options.port_max} if narrowed else {}


def _scheme(context: Context, options: FireplotOptions) -> str:
    name = options.scheme or context.config.view.scheme
    if name not in SCHEMES:
        raise VardeError(f"no such scheme: {name}. There are {', '.join(SCHEMES)}.")
    return name


def _window(context: Context, engine: Engine, options: FireplotOptions, from_files: bool) -> Window:
    period = period_of(options.day, options.since, options.until, context.now(), context.zone)
    if period is None:
        period = _whole_days(context, engine) if from_files else day_window(context.now().date(), context.zone)
    first, last = period
    return Window(first, last, **_filters(options))


def _check_sensor(engine: Engine, name: str | None) -> None:
    known = [str(sensor["sensor"]) for sensor in sensors(engine)] if name is not None else []
    if known and name not in known:
        raise VardeError(f"no such sensor: {name}. There are {', '.join(known)}.")


def _whole_days(context: Context, engine: Engine) -> tuple[datetime, datetime]:
    """The local days that the files cover."""
    first, last = extent(engine, (PROBES,))
    if first is None or last is None:
        return day_window(context.now().date(), context.zone)
    begin = day_window(first.astimezone(context.zone).date(), context.zone)[0]
    end = day_window(last.astimezone(context.zone).date(), context.zone)[1]
    return begin, end


def _input(summaries: "list[Summary]", engine: Engine) -> dict[str, int]:
    if summaries:
        return {
            "lines": sum(s.lines for s in summaries), "records": sum(s.records for s in summaries),
            "ignored": sum(s.ignored for s in summaries), "rejects": sum(s.rejected for s in summaries),
        }  # fmt: skip
    totals_ = Counter[str]()
    for sensor in sensors(engine):
        totals_.update({key: int(sensor[key]) for key in ("lines", "records", "ignored", "rejects")})
    return {key: totals_[key] for key in ("lines", "records", "ignored", "rejects")}


def _say_crowd(context: Context, engine: Engine, answer: Answer) -> None:
    """That a few stray records stretch the axis, and the days to ask for instead."""
    found = crowd(engine, answer)
    if found is None:
        return
    first, last = (moment.astimezone(context.zone).date() for moment in (found.first, found.last))
    begin, end = day_window(first, context.zone)[0], day_window(last, context.zone)[1]
    span = answer.window.last - answer.window.first
    if end - begin > span * DAYS_WORTH:
        return
    count = outside(engine, answer, begin, end)
    named = f"--day {first}" if first == last else f"--since {first} --until {last}"
    lie, them = ("lies far from the others and stretches", "it") if count == 1 else ("lie far from the others and stretch", "them")
    say(f"varde: {count:,} of {answer.total:,} records {lie} the axis over {span.days:,} days; {named} leaves {them} out.")


def _say_nothing(context: Context, summaries: "list[Summary]", answer: Answer) -> None:
    """Why there is nothing, and what to do."""
    beside = answer.absence
    if answer.outside or (beside and (beside.actions or beside.unfiltered or any(s.records for s in summaries))):
        say(f"varde: {why_empty(answer, context.zone)}.")
        return
    if not summaries:
        first, last = extent(engine_of(context), (PROBES,))
        if first is None or last is None:
            say(f"varde: the store {context.location} is empty. Fill it with `varde read FILES` or `varde up`, or draw files at once: `varde fireplot FILES`.")
        else:
            say(f"varde: nothing in that period. The store has records from {first.astimezone(timezone.utc):%Y-%m-%d} to {last.astimezone(timezone.utc):%Y-%m-%d}.")
