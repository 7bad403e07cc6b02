"""captures: what strangers sent to ports that listened, listed or one of them shown."""

import sys
from dataclasses import dataclass

from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import print_json, say, visible
from varde.app.period import period_of
from varde.model import VardeError
from varde.query.captures import LIMIT_MAX, Wanted, capture, captures, sightings
from varde.query.engine import Engine
from varde.views.captures import capture_document, capture_lines, csv_text, documents, table_lines


@dataclass(frozen=True, slots=True)
class CapturesOptions:
    """The switches of `varde captures`."""

    day: str | None
    since: str | None
    until: str | None
    port: int | None
    src: str | None
    limit: int
    show: str | None
    csv: bool


def captures_command(context: Context, options: CapturesOptions, *, as_json: bool) -> None:
    """List captures or show one. Exit status 1 where there is none."""
    if options.csv and (as_json or options.show):
        raise VardeError("--csv is a list for other programs; leave out --json and --show.")
    period = period_of(options.day, options.since, options.until, context.now(), context.zone) or (None, None)
    wanted = Wanted(period[0], period[1], options.port, options.src)
    engine = engine_of(context)
    if options.show is not None:
        _show_one(context, engine, wanted, options.show, as_json=as_json)
        return
    rows, total = captures(engine, wanted, options.limit)
    if as_json:
        print_json({"total": total, "captures": documents(rows)})
    elif options.csv:
        sys.stdout.write(csv_text(rows))
    elif rows:
        _print(table_lines(rows, context.zone))
    if not rows:
        say(f"varde: no such capture in {context.location}. `varde catch PORT` makes some.")
        raise SystemExit(1)
    if total > len(rows) and not context.quiet:
        say(f"the newest {len(rows):,} of {total:,}; --limit shows more (up to {LIMIT_MAX:,}), --since and --until others")


def _show_one(context: Context, engine: Engine, wanted: Wanted, name: str, *, as_json: bool) -> None:
    if name == "last":
        row = next(iter(captures(engine, wanted, 1)[0]), None)
    else:
        row = capture(engine, _place_of(name))
    if row is None:
        raise VardeError(f"there is no capture {name} in {context.location}. `varde captures` lists them.", status=1)
    seen = sightings(engine, row["sha256"])
    if as_json:
        print_json(capture_document(row, seen))
    else:
        _print(capture_lines(row, seen, context.zone))


def _place_of(name: str) -> int:
    try:
        place = int(name, 16)
    except ValueError:
        place = -1
    if not 0 <= place < 2**63:  # what the column can hold
        raise VardeError(f"{name!r} is no capture. Write last, or the id from `varde captures`.")
    return place


def _print(lines: list[str]) -> None:
    for line in lines:
        print(visible(line))
