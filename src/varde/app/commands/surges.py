"""surges: ports that suddenly many strangers wanted, with what is known of each."""

from dataclasses import dataclass, replace

from varde.app.commands.asking import asked_store, recent_window
from varde.app.comparing import beside_public, check_with
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import say, visible
from varde.app.tables import Output, save
from varde.collect.dshield import ATTRIBUTION
from varde.detect import open_keys
from varde.model import CAPTURES, PROBES, VardeError, counted
from varde.query import Window
from varde.query.summary import extent
from varde.query.surges import Answer, surges
from varde.views.listing import text_of
from varde.views.public_curve import Beside, lines, title
from varde.views.public_curve import document as public_document
from varde.views.surges import COLUMNS, basis, document, finding_document, row_of, sentences, table_rows

DETAILED = 5
"""Surges that a terminal shows in sentences, beside their lines in the table; JSON has all of each."""


@dataclass(frozen=True, slots=True)
class SurgesOptions:
    day: str | None = None
    since: str | None = None
    until: str | None = None
    country: str | None = None
    action: str = "refused"
    sensor: str | None = None
    compare: str | None = None


def surges_command(context: Context, paths: list[str], options: SurgesOptions, output: Output) -> int:
    """Print surges of a period. Returns the exit status: 1 where there are none."""
    check_with(options.compare)
    if options.compare and output.kind not in (None, "json"):
        raise VardeError(f"--compare is told in text and in JSON: leave out {output.kind}")
    open_ports = open_keys(context.config.insight.open_ports)
    with asked_store(context, paths, (PROBES, CAPTURES)) as (store, _):
        engine = engine_of(context, store)
        window = _narrowed(recent_window(context, engine, paths, PROBES, options.day, options.since, options.until), options)
        answer = surges(engine, window, open_ports)
        empty = extent(engine, (PROBES,))[0] is None
        beside = beside_public(context, engine, answer) if options.compare else []
    _write(context, answer, output, beside, empty=empty)
    return 0 if answer.findings else 1


def _narrowed(window: Window, options: SurgesOptions) -> Window:
    country = options.country.upper() if options.country else None
    if country and (len(country) != 2 or not country.isascii() or not country.isalpha()):
        raise VardeError(f"--country {options.country}: write the two letters of a country, such as BR")
    return replace(window, action=options.action, sensor=options.sensor, country=country)


def _write(context: Context, answer: Answer, output: Output, beside: list[Beside], *, empty: bool) -> None:
    if output.kind:
        rows = [finding_document(each) if output.kind == "jsonl" else row_of(each) for each in answer.findings]
        compared = {"compare": [public_document(each, ATTRIBUTION) for each in beside]} if beside else {}
        save(rows, COLUMNS, output, document=document(answer) | compared)
    elif answer.findings:
        rows = table_rows(answer.findings, context.world, context.zone)
        print(text_of(rows, list(rows[0]), visible))
        for finding in answer.findings[:DETAILED]:
            print()
            for line in sentences(finding, context.world, context.zone):
                print(visible(line))
        _print_beside(beside)
    if context.quiet:
        return
    if empty:
        say(f"varde: {context.location} has no packets that a firewall refused. Fill it with `varde read FILES` or `varde up`, or name the files here.")
    elif not answer.findings:
        say(f"varde: no port was wanted by more strangers than usual; {basis(answer.known)}")
    if len(answer.findings) > DETAILED and not output.kind:
        say(f"varde: more is known of the first {DETAILED}; --json has all of each")
    if answer.left_out:
        say(f"varde: {counted(answer.left_out, 'surge')} more, less sure than these; ask about fewer hours to see them")


def _print_beside(beside: list[Beside]) -> None:
    for each in beside:
        print(f"\n{visible(title(each))}")
        for line in lines(each):
            print(f"  {visible(line)}")
    if beside:
        print(f"\n{ATTRIBUTION}")
