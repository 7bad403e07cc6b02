"""flow nat: who had an outside address and port, and when."""

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from varde.app.commands.flows import NOBODY
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import print_json, say, visible
from varde.app.period import moment_of, period_of
from varde.decode.rows import iso
from varde.model import FLOWS, NAT, VardeError, counted, proto_number
from varde.query import Engine, Window, extent
from varde.query.ledger import accounts
from varde.query.translations import REACH, Wanted, translations
from varde.views.ledger import seen_document, seen_sentence
from varde.views.listing import csv_of, text_of
from varde.views.translations import COLUMNS, answer, documents, how_to_export, nearest, table_rows

MOMENT = timedelta(seconds=1)
"""A time is written in seconds, and means all of its second."""

AROUND = timedelta(hours=1)
"""How far from a moment a loss may hide when a translation that was there then began or ended."""

DEFAULT_PERIOD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NatOptions:
    """The switches of the command."""

    at: str | None = None
    since: str | None = None
    until: str | None = None
    address: str | None = None
    port: int | None = None
    proto: str | None = None
    limit: int = 100
    as_json: bool = False
    as_csv: bool = False


def nat_command(context: Context, options: NatOptions) -> int:
    """Print the spans, and what share of the flows the answer rests on. Returns the exit status."""
    if options.as_json and options.as_csv:
        raise VardeError("--json and --csv are two forms; ask for one of them.")
    wanted, engine = _wanted(context, options), engine_of(context)
    every = translations(engine, wanted)
    found = every.filter(pl.col("when") == 0)
    spans = documents(found.tail(options.limit))
    told = accounts(engine, _ledger_period(wanted, options))
    if options.as_json:
        period = {"from": iso(wanted.first), "to": iso(wanted.last)}
        print_json(period | {"total": len(found), **seen_document(told), "translations": spans})
    elif options.as_csv:
        sys.stdout.write(csv_of(spans, COLUMNS).decode())
    elif spans:
        rows = table_rows(spans, context.zone)
        print(text_of(rows, list(rows[0]), visible))
        print(visible(f"{answer(spans)}; times are of {context.zone.key}"))
    if not spans:
        _say_why(context, engine, wanted, every)
    if len(found) > len(spans) and not context.quiet:
        say(f"the newest {len(spans):,} of {len(found):,}; --limit shows more, --address, --port and --at fewer")
    if told or spans:
        say(seen_sentence(told))
    return 0 if spans else 1


def _wanted(context: Context, options: NatOptions) -> Wanted:
    """What is asked for. Raises VardeError for what is no moment, no period or no protocol."""
    if options.at and (options.since or options.until):
        raise VardeError("--at names one moment; leave out --since and --until, or leave out --at.")
    now = context.now()
    if options.at:
        first = moment_of(options.at, now, context.zone)
        period = first, first + MOMENT
    else:
        period = period_of(None, options.since, options.until, now, context.zone) or (now - DEFAULT_PERIOD, now + MOMENT)
    return Wanted(*period, options.address, options.port, _proto(options.proto))


def _proto(word: str | None) -> int | None:
    number = None if word is None else proto_number(word)
    if word is not None and number is None:
        raise VardeError(f"{word!r} is no protocol. Write tcp, udp, icmp or a number from 0 to 255.")
    return number


def _ledger_period(wanted: Wanted, options: NatOptions) -> Window:
    around = AROUND if options.at else timedelta()
    return Window(wanted.first - around, wanted.last + around, action="all")


def _say_why(context: Context, engine: Engine, wanted: Wanted, every: pl.DataFrame) -> None:
    """What there is instead, or what to do."""
    first, last = extent(engine, (NAT,))
    if first is None or last is None:
        for line in how_to_export() if extent(engine, (FLOWS,))[0] else [NOBODY]:
            say(line)
        return
    what = " and ".join(part for part in (wanted.address and f"address {wanted.address}", wanted.port is not None and f"port {wanted.port}") if part)
    say(f"no translation{f' of {what}' if what else ''} {_when(context, wanted)}; the store knows of some from {_local(context, first)} to "
        f"{_local(context, last)} {context.zone.key}")  # fmt: skip
    for line in nearest(every, context.zone):
        say(line)
    if every.is_empty():
        of_events = "" if wanted.address else f", and of events those of {counted(REACH.days, 'day')} around it, as no --address is named"
        say(f"of flows those of the hour before and after are looked at{of_events}")


def _when(context: Context, wanted: Wanted) -> str:
    if wanted.last - wanted.first == MOMENT:
        return f"at {_local(context, wanted.first)}"
    return f"from {_local(context, wanted.first)} to {_local(context, wanted.last)}"


def _local(context: Context, moment: datetime) -> str:
    return f"{moment.astimezone(context.zone):%Y-%m-%d %H:%M:%S}"
