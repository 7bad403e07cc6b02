"""why: everything that is known about an address, a network, a name, a port, an autonomous system or a country."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np
import polars as pl

from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import print_json, visible
from varde.decode import empty_batch, schema_of
from varde.decode.addresses import octets_of
from varde.decode.rows import iso
from varde.deliver.generations import Generations, published_at
from varde.export.intel import FORMATS
from varde.intel.holding import Entries, about_name, about_network, network_of
from varde.intel.intervals import Network
from varde.intel.names import NAME_MAX, plain
from varde.model import INDICATORS, PROBES, VardeError, counted
from varde.query import Engine, mentions
from varde.query.engine import microseconds
from varde.query.hold import Hold
from varde.query.ledger import accounts
from varde.query.mentions import Mention
from varde.query.question import understand
from varde.query.took_part import Knocked, took_part
from varde.views.campaigns import document as scan_document
from varde.views.ledger import seen_document
from varde.views.listing import text_of
from varde.views.origins import origins_of
from varde.views.surges import name_of as port_name
from varde.views.surges import reason as surge_reason

SHOWN = 20
"""Entries that are shown of each kind; --json has up to SAID."""

SAID = 1000

HOUR_US = 3_600_000_000

PART_SECONDS = 20.0
"""For looking through a week for scans and through five for surges: why is asked in the middle of something else."""

MEMORY = "640MB"
"""Of that, as a page's question may take."""

OF_FLOWS = {"flows", "nat", "warnings"}
"""Tables that are worth what was seen of the exported flows."""

_NAME = re.compile(r"(?=.*[A-Za-z_-])[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_-]+)+\.?")
_ABOUT = ("source", "id", "name", "url", "value", "description", "first_seen", "last_seen", "expires", "confidence")
_MOMENTS = ("first_seen", "last_seen", "expires")
_PROTOCOLS = {"tcp": (6,), "udp": (17,)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: its kind, how it is written, and where the store mentions it."""

    kind: str
    title: str
    mentioned: Callable[[Engine], list[Mention]]
    network: Network | None = None
    name: str = ""


def subject_of(text: str) -> Subject:
    """Raises VardeError that says what may be asked about."""
    word = text.strip()
    if _NAME.fullmatch(word) and len(word) <= NAME_MAX and network_of(word) is None:
        name = plain(word)
        return Subject("name", name, lambda engine: mentions.of_name(engine, name), name=name)
    try:
        question = understand(word)
    except VardeError as error:
        raise VardeError(f"{visible(str(error)).rstrip('.')}, or a name (evil.example).") from None
    filters = question.filters
    if question.kind in ("address", "network"):
        return Subject(question.kind, question.title, lambda engine: mentions.of_network(engine, word), network=network_of(word))
    if question.kind == "port":
        proto = next((numbers for prefix, numbers in _PROTOCOLS.items() if word.lower().startswith(prefix)), ())
        return Subject("port", question.title, lambda engine: mentions.of_port(engine, filters["port_min"], proto))
    if question.kind == "as":
        return Subject("as", question.title, lambda engine: mentions.of_system(engine, filters["src_as"]))
    return Subject("country", question.title, lambda engine: mentions.of_country(engine, filters["country"]))


def why_command(context: Context, text: str, *, as_json: bool) -> None:
    """Answer. Exit status 1 where nothing is known at all."""
    subject = subject_of(text)
    document = {**answer(context, subject), "dnsbl": _asked(context, subject), **took_part_in(context, subject)}
    if as_json:
        print_json(document)
    else:
        _print(document)
    if not (document["lists"] or document["inside"]["entries"] or document["seen"] or document["rules"]):
        raise VardeError(f"nothing is known about {visible(document['q'])}", status=1)


def _asked(context: Context, subject: Subject) -> list[dict[str, Any]]:
    """What DNS block lists say of an address: who asks why suspects it. Nothing where none is configured, and of one's own space."""
    if subject.kind != "address" or context.dnsbl is None:
        return []
    try:
        found = context.dnsbl.ask(subject.title)
        context.dnsbl.save()
    except VardeError:  # special or own space; a store that cannot be written
        found = context.dnsbl.known(subject.title)
    return [{"zone": one.zone, "listed": one.listed, "said": one.said(), "asked": iso(one.asked)} for one in found]


def answer(context: Context, subject: Subject) -> dict[str, Any]:
    """What is known, with values that JSON has. Moments are ISO 8601 in UTC."""
    engine = engine_of(context)
    return {
        "q": subject.title, "kind": subject.kind, "place": _place(context, subject), **listed(context, subject),
        "seen": mentioned(engine, subject), **seen_document(accounts(engine)),
    }  # fmt: skip


def listed(context: Context, subject: Subject) -> dict[str, Any]:
    """What lists, rules and outputs have of it: `lists`, `inside`, `rules`, `cuts` (what of a network is never matched), `outputs`, `allow`; `lists_missed`: which lists cannot be read, and why."""
    missed: list[str] = []
    found, (rules, cuts) = _entries(context, subject, missed.append), _rules(context, subject)
    judged = context.lists.guards.judge(found.holding)
    never = {one.indicator: one.rule for one in judged.suppressed if one.cut is None}
    matched = Entries(judged.kept, found.inside)
    return {
        "lists": [_entry(row, never.get(row["value"])) for row in found.holding.head(SAID).iter_rows(named=True)],
        "inside": {"entries": len(found.inside), "first": [_entry(row) for row in found.inside.head(SHOWN).iter_rows(named=True)]},
        "rules": rules, "cuts": cuts, "outputs": [] if rules else _outputs(context, matched), "allow": _allow(subject, matched), "lists_missed": missed,
    }  # fmt: skip


def mentioned(engine: Engine, subject: Subject) -> list[dict[str, Any]]:
    """Where the store has it, in which part, how often, and when first and last."""
    return [_mention(each) for each in subject.mentioned(engine)]


def took_part_in(context: Context, subject: Subject) -> dict[str, Any]:
    """`scans` and `surges` that an address or network had a part in, in the week up to its last packet; empty for other questions. `not_looked`:
    why they were not looked for, where the store has too much for that. Of surges `packets` are its own."""
    engine = engine_of(context)
    seen = [each for each in subject.mentioned(engine) if (each.table, each.part) == (PROBES.name, "source")]
    if subject.network is None or not seen:
        return {"scans": [], "surges": [], "not_looked": None}
    hold = Hold(PART_SECONDS, "`varde scans` and `varde surges` look as long as it takes")
    try:
        with engine.held(hold, MEMORY):
            found = took_part(engine, str(subject.network), seen[0].first, seen[0].last, context.config.insight.open_ports)
    except VardeError as error:
        return {"scans": [], "surges": [], "not_looked": str(error)}
    sources = [source for one in found.campaigns[:SHOWN] for source in one.sources]
    origins = origins_of(sources, microseconds(found.window.last), context.geography, context.world)
    scans, surges = [scan_document(one, context.zone, origins) for one in found.campaigns[:SHOWN]], [_knocked(each) for each in found.surges[:SHOWN]]
    return {"scans": scans, "surges": surges, "not_looked": None}


def _knocked(each: Knocked) -> dict[str, Any]:
    surge = each.surge
    ends = {"time": iso(surge.begin * HOUR_US), "end_time": iso((surge.last + 1) * HOUR_US)}
    return ends | {"name": port_name(surge), "dst_port": surge.port, "plane": surge.plane, "level": surge.level, "packets": each.packets,
                   "reason": surge_reason(surge)}  # fmt: skip


def _entries(context: Context, subject: Subject, missed: Callable[[str], None]) -> Entries:
    """What lists have of it: of ports, systems and countries they have nothing, and are not read."""
    found = [Entries(empty_batch(INDICATORS), empty_batch(INDICATORS))]
    if (network := subject.network) is not None:
        found += [about_network(rows, network) for rows in context.lists.parts(missed)]
    elif subject.name:
        found += [about_name(rows, subject.name) for rows in context.lists.parts(missed)]
    return Entries.joined(found)


def _entry(row: dict[str, Any], never: str | None = None) -> dict[str, Any]:
    """What a list says; what it does not is left out. `not_matched`: why this entry counts for nothing, as a network that is too large."""
    told = {name: iso(row[name]) if name in _MOMENTS and row[name] is not None else row[name] for name in _ABOUT} | {"not_matched": never}
    return {name: value for name, value in told.items() if value not in (None, "")}


def _place(context: Context, subject: Subject) -> dict[str, Any]:
    octets = octets_of(subject.title) if subject.kind == "address" else None
    if octets is None:
        return {}
    now = np.array([int(datetime.now(timezone.utc).timestamp() * 1e6)])
    (country,), (system,) = context.geography.locate(np.frombuffer(octets, dtype=np.uint8).reshape(1, 16), now)
    return {"cc": country, "as": system, "as_name": context.geography.as_name(system)}


def _rules(context: Context, subject: Subject) -> tuple[list[str], list[str]]:
    """Why it is never matched, whatever a list says: own, special or allowed; and of what part of a network that is so."""
    if subject.network is None and not subject.name:
        return [], []
    row: dict[str, Any] = {"type": "domain", "value": subject.name}
    if subject.network is not None:
        packed = octets_of(str(subject.network.network_address))
        row = {"type": "cidr", "value": str(subject.network), "address": packed, "prefix": subject.network.prefixlen}
    judged = context.lists.guards.judge(pl.DataFrame([row], schema=schema_of(INDICATORS)))
    return [one.rule for one in judged.suppressed if one.cut is None], [one.rule for one in judged.suppressed if one.cut is not None]


def _outputs(context: Context, found: Entries) -> list[dict[str, str | None]]:
    """Outputs that it goes into: of its lists, in a format that has its type; `published`: when each was made last, None for never."""
    newest = Generations(published_at(context.store.path)).newest()
    last = {stored.name: newest.made for stored in newest.outputs} if newest else {}
    return [
        {"name": section.name, "format": section.format, "path": str(section.path), "published": last.get(section.name)}
        for section in context.config.publish if _has(section.lists, FORMATS[section.format].types, found.holding)
    ]  # fmt: skip


def _has(lists: Collection[str], types: Collection[str], holding: pl.DataFrame) -> bool:
    return any(kind in types and (not lists or source in lists) for kind, source in holding.select("type", "source").iter_rows())


def _allow(subject: Subject, found: Entries) -> dict[str, Any] | None:
    """The line that takes it out of everything, and what else that line lets through."""
    if found.holding.is_empty() and found.inside.is_empty():
        return None
    if subject.name:
        own = set(found.holding["value"].to_list())
        entry = subject.name if subject.name in own else f"={subject.name}"
        frees = len(found.inside) if not entry.startswith("=") else 0
        return {"entry": entry, "also_frees": frees, "examples": found.inside["value"].head(5).to_list() if frees else []}
    assert subject.network is not None  # nothing else has entries
    return {"entry": _shortest(subject.network), "also_frees": len(found.inside), "examples": found.inside["value"].head(5).to_list()}


def _shortest(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _mention(each: Mention) -> dict[str, Any]:
    return {"table": each.table, "part": each.part, "records": each.records, "first": iso(each.first), "last": iso(each.last)}


def _print(document: dict[str, Any]) -> None:
    place = document["place"]
    where = ", ".join(str(part) for part in (place.get("cc"), f"AS{place['as']} {place['as_name']}" if place.get("as") else None) if part)
    print(f"{visible(document['q'])}: {document['kind']}{f' ({visible(where)})' if where else ''}")
    _print_rules(document)
    _print_lists(document)
    for one in document["dnsbl"]:
        print(f"DNS block list {one['zone']}: {visible(one['said'])}")
    for output in document["outputs"]:
        last = f"published last at {output['published']}" if output["published"] else "never published yet"
        print(f"goes into {visible(output['name'])} ({output['format']}): {visible(output['path'])}, {last}")
    if (allow := document["allow"]) and not document["rules"]:
        also = f"; it frees {counted(allow['also_frees'], 'entry', 'entries')} more: {', '.join(map(visible, allow['examples']))}" if allow["also_frees"] else ""
        print(f"to let it through: [[allow]] entry = \"{visible(allow['entry'])}\"{also}")
    if document["seen"]:
        print()
        print(text_of(document["seen"], ["table", "part", "records", "first", "last"], visible))
        if {mention["table"] for mention in document["seen"]} & OF_FLOWS:
            print(visible(document["flows_seen"]))
    else:
        print("the store has no record of it")
    if document["not_looked"]:
        print(f"scans and surges that it had a part in were not looked for: {visible(document['not_looked'])}")
    for scan in document["scans"]:
        print(f"{visible(scan['title'])}: {visible(scan['sentence'])}")
        print(f"  {visible(scan['evidence'])}")
    for surge in document["surges"]:
        print(f"surge of {visible(surge['name'])} ({surge['level']}) since {surge['time']}: {counted(surge['packets'], 'packet')} of it")


def _print_rules(document: dict[str, Any]) -> None:
    for rule in document["rules"]:
        print(f"never matched: {visible(rule)}")
    for rule in document["cuts"][:SHOWN]:
        print(f"never matched of it: {visible(rule)}")
    if (more := len(document["cuts"]) - SHOWN) > 0:
        print(f"and {counted(more, 'more network')}; --json has them")


def _print_lists(document: dict[str, Any]) -> None:
    for entry in document["lists"][:SHOWN]:
        since = f", since {entry['first_seen'][:10]}" if "first_seen" in entry else ""
        until = f", until {entry['expires'][:10]}" if "expires" in entry else ""
        own = ":".join(part for part in (entry["source"], entry.get("id")) if part)
        more = " ".join(part for part in (entry.get("name"), entry.get("url")) if part)
        never = f", which is not matched ({entry['not_matched']})" if "not_matched" in entry else ""
        print(f"listed by {visible(own)} as {visible(entry['value'])}{visible(never)}{since}{until}{f': {visible(more)}' if more else ''}")
    if (more_lists := len(document["lists"]) - SHOWN) > 0:
        print(f"and by {counted(more_lists, 'more entry', 'more entries')}; --json has them")
    if inside := document["inside"]["entries"]:
        print(f"{counted(inside, 'listed entry', 'listed entries')} within it, as {', '.join(visible(entry['value']) for entry in document['inside']['first'][:5])}")
    for sentence in document["lists_missed"]:
        print(visible(sentence))
    if document["kind"] in ("address", "network", "name") and not document["lists"]:
        print("no list that can be read has it" if document["lists_missed"] else "no list has it")
