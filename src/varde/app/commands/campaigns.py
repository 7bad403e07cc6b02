"""scans: who scanned, as the detectors of scans find it in what firewalls met, told in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from varde.app.commands.asking import asked_store, recent_window
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import say, visible
from varde.app.tables import Output, save
from varde.decode.rows import iso
from varde.detect import Campaign
from varde.model import FLOWS, PROBES, VardeError, counted
from varde.model.findings import KINDS
from varde.query.campaigns import Found, campaigns
from varde.query.summary import extent
from varde.views.campaigns import (
    COLUMNS,
    advice,
    document,
    evidence,
    link,
    reason,
    row_of,
    sentence,
    table_row,
)
from varde.views.listing import text_of
from varde.views.origins import Origin, origins_of

DETAILED = 10
"""Scans that a terminal shows in sentences, beside their lines in the table: at least one of each kind. JSON has all."""

Origins = Mapping[bytes, Origin]


@dataclass(frozen=True, slots=True)
class CampaignOptions:
    kinds: tuple[str, ...] = ()
    day: str | None = None
    since: str | None = None
    until: str | None = None


def campaigns_command(context: Context, paths: list[str], options: CampaignOptions, output: Output) -> int:
    """Print scans of a period. Returns the exit status: 1 where there are none."""
    kinds = _kinds(options.kinds)
    tables = (PROBES,)
    with asked_store(context, paths, tables) as (store, _):
        engine = engine_of(context, store)
        window = recent_window(context, engine, paths, PROBES, options.day, options.since, options.until)
        found = campaigns(engine, window, context.config.insight.open_ports)
        nothing = None if extent(engine, tables)[0] else "flows" if extent(engine, (FLOWS,))[0] else ""
    wanted = [campaign for campaign in found.campaigns if campaign.kind in kinds]
    _write(context, found, wanted, output)
    _say(context, found, wanted, nothing, output)
    return 0 if wanted else 1


def _kinds(asked: tuple[str, ...]) -> frozenset[str]:
    names = [kind.name for kind in KINDS]
    for name in asked:
        if name not in names:
            raise VardeError(f"--kind {name}: there are {', '.join(names)}")
    return frozenset(asked or names)


def _write(context: Context, found: Found, wanted: list[Campaign], output: Output) -> None:
    origins = _origins(context, wanted)
    if output.kind:
        one = document if output.kind == "jsonl" else row_of
        whole = {"from": iso(found.window.first), "to": iso(found.window.last), "events": found.events, "sources": found.sources, "left_out": found.left_out,
                 "scans": [document(each, context.zone, origins) for each in wanted]} if output.kind == "json" else None  # fmt: skip
        save([one(each, context.zone, origins) for each in wanted], COLUMNS, output, document=whole)
    elif wanted:
        rows = [table_row(each, context.zone, origins) for each in wanted]
        print(text_of(rows, list(rows[0]), visible))
        for campaign in _detailed(wanted):
            print("\n" + visible(sentence(campaign, context.zone, origins)))
            lines = (reason(campaign), advice(campaign), f"evidence: {evidence(campaign, context.zone)}", f"page:     {link(campaign)}")
            print("\n".join(f"  {visible(line)}" for line in lines))


def _detailed(wanted: list[Campaign]) -> list[Campaign]:
    """The first of each kind, and then the others as far as there is room, in their order: twelve alike would hide what is not."""
    first = list({campaign.kind: at for at, campaign in reversed(list(enumerate(wanted)))}.values())
    others = [at for at in range(len(wanted)) if at not in first]
    return [wanted[at] for at in sorted([*sorted(first), *others][:DETAILED])]


def _origins(context: Context, wanted: list[Campaign]) -> Origins:
    """Where sources are now: who holds an address today is who can be asked about it."""
    sources = [source for campaign in wanted for source in campaign.sources]
    return origins_of(sources, int(context.now().timestamp() * 1e6), context.geography, context.world)


def _say(context: Context, found: Found, wanted: list[Campaign], nothing: str | None, output: Output) -> None:
    if context.quiet:
        return
    if nothing is not None:
        flows = " It has flows: `varde scans --table flows` judges these." if nothing else ""
        say(f"varde: {context.location} has no packets that a firewall met.{flows} Fill it with `varde read FILES` or `varde up`, or name the files here.")
    elif not wanted:
        others = f"; {counted(len(found.campaigns), 'scan')} of other kinds" if found.campaigns else ""
        say(f"varde: nobody scanned among {counted(found.events, 'packet')} of {counted(found.sources, 'source')}{others}")
    else:
        say(f"varde: {counted(len(wanted), 'scan')} among {counted(found.events, 'packet')} of {counted(found.sources, 'source')}")
    if len(wanted) > DETAILED and not output.kind:
        say(f"varde: {DETAILED} of them are told in sentences; --json and --kind have the others")
    if found.left_out:
        say(f"varde: {found.left_out:,} packets, or ports of sources that did least, were too many to be looked at one by one; ask about fewer hours to see more")


