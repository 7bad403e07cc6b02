"""fireplot: from files or the store to a picture."""

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from varde.app.commands.files import refuse_foreign, size_of
from varde.app.context import Context
from varde.app.output import print_json, reading, say, visible, write_output
from varde.app.period import period_of
from varde.app.report import examine
from varde.collect import Summary
from varde.model import PLANES, PROBES, VardeError
from varde.query import Answer, Engine, Window, extent, fireplot, sensors
from varde.store import Store
from varde.views import FORMATS, SCHEMES, Style, draw_fireplot
from varde.views.axes import day_window
from varde.views.calendar import draw_calendar
from varde.views.fireplot import as_json, totals


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


def fireplot_command(context: Context, paths: list[str], output: str | None, json_: bool, options: FireplotOptions) -> None:
    """Draw, or answer in JSON. Exit status 1 when nothing in the period was refused."""
    kind = _format(output, json_, options)
    style = Style(SCHEMES[_scheme(context, options)], context.zone, note=context.config.view.note)
    if options.calendar is None:
        period_of(options.day, options.since, options.until, context.now(), context.zone)  # a bad period is said before work
    with tempfile.TemporaryDirectory(prefix="varde-") as scratch:
        store, summaries = _source(context, paths, Path(scratch))
        engine = Engine(store)
        if options.calendar is not None:
            write_output(output or f"fireplot-{options.calendar}.png", draw_calendar(engine, options.calendar, style))
            return
        window = _window(context, engine, options, bool(paths))
        answer = fireplot(engine, window, width=options.width, height=options.height, port_min=options.port_min,
                          port_max=options.port_max, ports=options.top)  # fmt: skip
        if kind == "json":
            _answer_json(answer, style, _input(summaries, engine), output)
        else:
            target = output or f"fireplot.{kind}"
            write_output(target, draw_fireplot(answer, kind, style))
            if not context.quiet and target != "-":
                say(f"{target}: {totals(answer)}")
    if answer.total == 0:
        _say_nothing(context, summaries, window)
        raise SystemExit(1)


def _format(output: str | None, json_: bool, options: FireplotOptions) -> str:
    if options.port_min >= options.port_max:
        raise VardeError("--port-min must be below --port-max")
    unknown = set(options.planes) - {plane.key for plane in PLANES}
    if unknown:
        raise VardeError(f"no such plane: {', '.join(sorted(unknown))}. There are {', '.join(p.key for p in PLANES)}.")
    if json_:
        return "json"
    suffix = Path(output or "fireplot.png").suffix.removeprefix(".").lower() if output != "-" else "png"
    if suffix not in FORMATS:
        raise VardeError(f"cannot tell what to write from {output!r}: use a suffix of {', '.join('.' + name for name in FORMATS)}")
    return suffix


def _scheme(context: Context, options: FireplotOptions) -> str:
    name = options.scheme or context.config.view.scheme
    if name not in SCHEMES:
        raise VardeError(f"no such scheme: {name}. There are {', '.join(SCHEMES)}.")
    return name


def _source(context: Context, paths: list[str], scratch: Path) -> tuple[Store, list[Summary]]:
    """The store, or a temporary one with what the files hold: one road from lines to answer, and memory stays flat."""
    if not paths:
        return context.store, []
    store, summaries = Store(scratch), []
    with reading(size_of(paths), context.quiet) as progress:
        for path in paths:
            refuse_foreign(path)
            summary = context.importer(path, store, progress=progress).read(path)
            summaries.append(summary)
            if summary.error:
                say(f"varde: {path}: {summary.error}")
    return store, summaries


def _window(context: Context, engine: Engine, options: FireplotOptions, from_files: bool) -> Window:
    period = period_of(options.day, options.since, options.until, context.now(), context.zone)
    if period is None:
        period = _whole_days(context, engine) if from_files else day_window(context.now().date(), context.zone)
    first, last = period
    return Window(first, last, options.action, options.sensor, options.src, options.dst, options.planes)


def _whole_days(context: Context, engine: Engine) -> tuple[datetime, datetime]:
    """The local days that the files cover."""
    first, last = extent(engine, (PROBES,))
    if first is None or last is None:
        return day_window(context.now().date(), context.zone)
    begin = day_window(first.astimezone(context.zone).date(), context.zone)[0]
    end = day_window(last.astimezone(context.zone).date(), context.zone)[1]
    return begin, end


def _input(summaries: list[Summary], engine: Engine) -> dict[str, int]:
    if summaries:
        return {
            "lines": sum(s.lines for s in summaries), "records": sum(s.records for s in summaries),
            "ignored": sum(s.ignored for s in summaries), "rejects": sum(s.rejected for s in summaries),
        }  # fmt: skip
    totals_ = Counter[str]()
    for sensor in sensors(engine):
        totals_.update({key: int(sensor[key]) for key in ("lines", "records", "ignored", "rejects")})
    return {key: totals_[key] for key in ("lines", "records", "ignored", "rejects")}


def _answer_json(answer: Answer, style: Style, counts: dict[str, int], output: str | None) -> None:
    document = as_json(answer, style) | {"input": counts}
    if output in (None, "-"):
        print_json(document)
    else:
        import json

        write_output(str(output), (json.dumps(document, indent=1) + "\n").encode())


def _say_nothing(context: Context, summaries: list[Summary], window: Window) -> None:
    """Why there is nothing, and what to do."""
    if any(s.records for s in summaries):
        actions = sum((s.actions for s in summaries), Counter())
        words = ", ".join(f"{count:,} {name}" for name, count in actions.most_common())
        say(f"varde: no such probe from {window.first:%Y-%m-%d %H:%M} to {window.last:%Y-%m-%d %H:%M} UTC. The files have {words}; "
            "--action all shows every record, --since and --until another period.")  # fmt: skip
        return
    for summary in summaries:
        report = examine(summary, context.dialects, context.now())
        say(f"varde: {visible(summary.path)} is {report.kind}; it has no firewall line that Varde knows. `varde doctor {visible(summary.path)}` says more.")
    if not summaries:
        first, last = extent(Engine(context.store), (PROBES,))
        if first is None or last is None:
            say(f"varde: the store {context.location} is empty. Fill it with `varde read FILES` or `varde up`, or draw files at once: `varde fireplot FILES`.")
        else:
            say(f"varde: nothing in that period. The store has records from {first.astimezone(timezone.utc):%Y-%m-%d} to {last.astimezone(timezone.utc):%Y-%m-%d}.")
