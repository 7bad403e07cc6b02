"""warn: follow warnings, list, count and test them, run the lists over stored flows, acknowledge and mute."""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any

from varde.app.acknowledging import said, say_it, take_back
from varde.app.beacon import live_path
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import print_json, say, visible
from varde.app.period import period_of
from varde.app.trial import test_row
from varde.collect import Tail
from varde.decode.rows import iso
from varde.model import ACK, MUTE, Acknowledgement, VardeError, counted
from varde.model.acknowledged import check_what
from varde.query import Window
from varde.query.ledger import Account, accounts
from varde.query.warnings import BY, ROWS_MAX, statistics, stored, unacknowledged
from varde.views.ledger import seen_document, seen_sentence
from varde.views.listing import fitted

POLL_SECONDS = 0.2
LAST = 10
"""Warnings that are shown before following: enough to see that there are some."""

DEFAULT_PERIOD = timedelta(days=30)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WarnOptions:
    """The switches of the command."""

    day: str | None = None
    since: str | None = None
    until: str | None = None
    replay: bool = False
    per: str = "list"
    stats: bool = False
    by: str = "day"
    test: bool = False
    about: str | None = None
    open_only: bool = False
    as_json: bool = False
    as_jsonl: bool = False


def warn_command(context: Context, options: WarnOptions) -> None:
    """Do the one thing that is asked. Exit status 1 where there is nothing, or a sink does not take a test."""
    asked = [name for name in ("replay", "stats", "test") if getattr(options, name)]
    if len(asked) > 1:
        raise VardeError(f"--{asked[0]} and --{asked[1]} are two things; ask for one of them.")
    for name, work in _WORK.items():
        if getattr(options, name):
            work(context, options)
            return
    if any((options.day, options.since, options.until, options.as_json, options.about, options.open_only)):
        _list(context, options)
    else:
        _follow(context, options)


def _window(context: Context, options: WarnOptions) -> Window:
    """The period that is asked for, else the last 30 days; an instant more, because what is just told counts."""
    now = context.now()
    period = period_of(options.day, options.since, options.until, now, context.zone)
    first, last = period or (now - DEFAULT_PERIOD, now + timedelta(minutes=1))
    return Window(first, last, action="all")


def _list(context: Context, options: WarnOptions) -> None:
    """Stored warnings of a period, the oldest first."""
    engine, window = engine_of(context), _window(context, options)
    rows, told = stored(engine, window), accounts(engine, window)
    if options.about is not None:
        wanted = Acknowledgement(ACK, check_what(options.about), iso(context.now()))
        rows = [row for row in rows if wanted.is_about(row)]
    if options.open_only:
        rows = unacknowledged(rows, said(context))
    if len(rows) >= ROWS_MAX:
        say(f"only the newest {ROWS_MAX:,} are shown: ask about a shorter period")
    _print(rows, options, window, told)
    if not rows:
        say(f"no warnings from {iso(window.first)[:16]} to {iso(window.last)[:16]} UTC")
    say(seen_sentence(told))
    if not rows:
        raise SystemExit(1)


def _print(rows: Sequence[Row], options: WarnOptions, window: Window, told: Sequence[Account]) -> None:
    if options.as_json:
        print_json({"from": iso(window.first), "to": iso(window.last), **seen_document(told), "warnings": rows})
        return
    for row in rows:
        sys.stdout.write((json.dumps(row, default=str) if options.as_jsonl else str(row["line"])) + "\n")


def _follow(context: Context, options: WarnOptions) -> None:
    """The newest warnings, then each as it is told, until interrupted."""
    path = live_path(context.store.path)
    before = _newest(path)
    tail = Tail(str(path))
    tail.poll()  # from now on
    _print_live(before, options)
    if not context.quiet:
        say(f"following the warnings of {context.store.path}; they come while `varde up` runs. Ctrl-C ends.")
    try:
        while True:
            if text := tail.poll():
                _print_live(text.splitlines(), options)
            else:
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return


def _newest(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()[-LAST:]
    except OSError:
        return []


def _print_live(lines: Sequence[bytes], options: WarnOptions) -> None:
    for line in lines:
        try:
            shown = line.decode("ascii") if options.as_jsonl else str(json.loads(line)["line"])
        except (ValueError, KeyError, TypeError):
            continue  # a line that was cut by a full disk
        sys.stdout.write(visible(shown) + "\n")
    sys.stdout.flush()


def _replay(context: Context, options: WarnOptions) -> None:
    """Today's lists over stored flows: a row for each host and list, with first, last and how many."""
    from varde.app.replayed import replayed
    from varde.views.warning import rows_of

    window = _window(context, options)
    context.lists.open()
    context.lists.poll()
    if not context.lists.matcher.indicators:
        raise VardeError("there are no lists to run over the stored flows. Read one with `varde intel import FILE`, or name some in [[list]].", status=1)
    found = replayed(context.store, context.lists.matcher, window.first, window.last, by_address=options.per == "address")
    rows, told = rows_of(found.warnings), accounts(engine_of(context), window)
    _print(rows, options, window, told)
    period = f"from {iso(window.first)[:16]} to {iso(window.last)[:16]} UTC"
    say(f"{counted(found.flows, 'stored flow')} {period}: {found.hits:,} with a listed end, {counted(len(rows), 'warning')}")
    say(seen_sentence(told))
    if not rows:
        raise SystemExit(1)


def _stats(context: Context, options: WarnOptions) -> None:
    """How many warnings, by day, list, country or host."""
    if options.by not in BY:
        raise VardeError(f"warnings are not counted by {options.by!r}. Choose one of {', '.join(BY)}.")
    engine, window = engine_of(context), _window(context, options)
    groups = [asdict(group) for group in statistics(engine, window, options.by, context.zone)]
    fresh = unacknowledged(stored(engine, window), said(context))
    rows, told = [{options.by: group.pop("key")} | group for group in groups], accounts(engine, window)
    if options.as_json:
        print_json({"from": iso(window.first), "to": iso(window.last), "by": options.by, "tz": context.zone.key, "unacknowledged": len(fresh),
                    **seen_document(told), "rows": rows})  # fmt: skip
    elif options.as_jsonl:
        for row in rows:
            print(json.dumps(row))
    elif rows:
        print(fitted(rows, list(rows[0]), visible, shutil.get_terminal_size((0, 0)).columns)[0])
    if not rows:
        say(f"no warnings from {iso(window.first)[:16]} to {iso(window.last)[:16]} UTC")
    elif options.by == "list":
        say("a warning counts for each list that holds its address")
    say(seen_sentence(told))
    if not rows:
        raise SystemExit(1)
    say(f"{counted(len(fresh), 'warning')} not acknowledged: `varde warn --open` lists them")


def _test(context: Context, options: WarnOptions) -> None:
    """One marked warning to every sink, and what each answered."""
    from varde.deliver import SinkError, sink_of

    if not context.config.sink:
        raise VardeError("no sinks are configured. Name some as [[sink]]; `varde config init -` prints examples.", status=1)
    row, answers = test_row(), []
    for settings in context.config.sink:
        sink = sink_of(settings.model_copy(update={"threshold": 1}))
        try:
            answers.append({"sink": settings.name, "kind": settings.kind, "ok": True, "answer": sink.send([row])})
        except SinkError as error:
            answers.append({"sink": settings.name, "kind": settings.kind, "ok": False, "answer": str(error)})
        finally:
            sink.close()
    if options.as_json:
        print_json({"warning": row, "sinks": answers})
    else:
        for told in answers:
            say(f"{told['sink']} ({told['kind']}): {'' if told['ok'] else 'FAILED: '}{told['answer']}")
    if not all(told["ok"] for told in answers):
        raise SystemExit(1)


def say_command(context: Context, kind: str, what: str | None, until: str | None, why: str, *, undo: bool, as_json: bool) -> None:
    """Acknowledge or mute, take it back, or list what was said."""
    if what is None:
        _print_said([each for each in said(context) if each.kind == kind], kind, as_json=as_json)
    else:
        say(take_back(context, kind, what) if undo else say_it(context, kind, what, until, why))


def _print_said(words: Sequence[Acknowledgement], kind: str, *, as_json: bool) -> None:
    now = iso(datetime.now(timezone.utc))
    shown = [each for each in words if kind == ACK or each.is_in_force(now)]
    if as_json:
        print_json([each.as_fact() for each in shown])
    else:
        for each in shown:
            print(visible(f"{each.what}  since {each.made[:19]}Z  until {each.until[:19] + 'Z' if each.until else 'then'}  {each.why}".rstrip()))
    if not shown:
        say(f"nothing is {'muted' if kind == MUTE else 'acknowledged'}")


def rules_command(system: str) -> None:
    """Decoders and rules for OSSEC or Wazuh, to be put into their files."""
    folder = files("varde") / "data" / "ossec"
    for name in RULE_FILES[system]:
        print((folder / name).read_text(encoding="utf-8"))


RULE_FILES = {"ossec": ("decoders.xml", "rules.xml"), "wazuh": ("decoders.xml", "rules.xml", "wazuh.xml")}
"""The shipped files of each system, in the order in which they are printed."""

_WORK: dict[str, Callable[[Context, WarnOptions], None]] = {"replay": _replay, "stats": _stats, "test": _test}

