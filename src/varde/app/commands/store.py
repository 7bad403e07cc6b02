"""status, tidy, forget: what to do with the store."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta, timezone
from pathlib import Path
from typing import Any

from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import octets, print_json, say, visible
from varde.app.standing import standings
from varde.decode.rows import iso
from varde.model import FLOWS, LOSSES, RECORDS, TABLES, VardeError, counted
from varde.query import extent, sensors
from varde.query.ledger import accounts
from varde.store import Forgotten, Store
from varde.views.ledger import seen_document

_CALLED = {"losses": ("count of losses", "counts of losses")}
"""What one row of a table is called, and several, where that is not the table's name without its s, and with it."""


def version_text(version: str) -> str:
    """The version, and the dates of the tables it carries."""
    databases = Context().geography.databases
    lines = [f"varde {version}"]
    lines += [f"{d.name} table of {d.date}, {d.licence}: {d.attribution}" for d in databases]
    return "\n".join(lines if databases else [*lines, "no country and AS tables were built"])


def status_document(context: Context) -> dict[str, object]:
    """What `status` and the page's doctor say."""
    store, engine = context.store, engine_of(context)
    first, last = extent(engine)
    told = accounts(engine)
    keep = context.config.store.keep_days
    tables = [{"name": t.name, "rows": t.rows, "files": t.files, "bytes": t.octets} for t in store.sizes()]
    return {
        "store": {"path": str(store.path), "bytes": sum(t.octets for t in store.sizes()), "free": store.free(), "tables": tables},
        "first": iso(first) if first else None, "last": iso(last) if last else None, "sensors": sensors(engine),
        "exporters": [account.document() for account in told], **seen_document(told), "stations": standings(store.facts), "keep_days": keep,
        "databases": [{"name": d.name, "date": d.date} for d in context.geography.databases],
        "notices": context.notices(),
    }  # fmt: skip


def status_command(context: Context, *, as_json: bool) -> None:
    """Print what is there."""
    document = status_document(context)
    if as_json:
        print_json(document)
        return
    store, keep = document["store"], document["keep_days"]
    assert isinstance(store, dict)
    print(f"store {store['path']}: {octets(store['bytes'])}, {octets(store['free'])} free on the disk")
    if document["first"] is None:
        print("it is empty: fill it with `varde read FILES` or `varde up`")
    else:
        print(f"records from {document['first']} to {document['last']}, kept for {counted(int(str(keep)), 'day')} after they are received")
    for table in store["tables"]:
        print(f"  {_rows(table['name'], table['rows'])} in {counted(table['files'], 'file')}, {octets(table['bytes'])}")
    for sensor in document["sensors"]:  # type: ignore[attr-defined]
        share = "-" if sensor["share_parsed"] is None else f"{100 * sensor['share_parsed']:.1f} %"
        print(f"sensor {visible(sensor['sensor'])}: {', '.join(sensor['dialects']) or 'no dialect'}, {share} parsed, {counted(sensor['lines'], 'line')}: "
              f"{counted(sensor['records'], 'record')}, {sensor['ignored']:,} of other programs, {sensor['rejects']:,} rejected; "
              f"last record {sensor['last'] or 'none'}, last stored {sensor['committed']}")  # fmt: skip
    if {table["name"] for table in store["tables"]} & {FLOWS.name, LOSSES.name}:
        print(f"flows: {document['flows_seen']}; `varde flow exporters` tells them one by one")
    for line in (*_stations(document["stations"]), *document["notices"]):  # type: ignore[arg-type, misc]
        print(visible(line))


def _stations(told: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Of each station that runs on this store: since when, what is wrong, and what its sinks have done."""
    for one in told:
        who = f"process {one['pid']} on {one['host']}"
        if not one["runs"]:
            yield f"{who} ended without saying so, or hangs: it was heard last at {one['written'][:19]}Z"
            continue
        yield f"{who} runs since {one['started'][:19]}Z"
        yield from (f"  {problem}" for problem in one["problems"])
        yield from (f"  sink {sink['name']} ({sink['kind']}): {sink['sent']:,} sent, {sink['waiting']:,} waiting" for sink in one["sinks"])
        yield from _published(one["publishing"])


def _published(told: dict[str, Any] | None) -> Iterator[str]:
    """How publishing fares that a station does by itself; what keeps it from that is among the problems."""
    if told is not None:
        last = f"tried last at {told['tried'][:19]}Z" if told["tried"] else "not tried yet"
        place = f"generation {told['generation']} is in place" if told["generation"] else "nothing is in place yet"
        yield f"  publishing by itself: {place}; {last}; {counted(told['published'], 'generation')} made, {counted(told['failures'], 'try', 'tries')} failed"


def _rows(table: str, number: int) -> str:
    return counted(number, *_CALLED.get(table, (TABLES[table].one.replace("_", " "), table)))


def tidy_command(context: Context) -> None:
    """Expire, then merge."""
    for line in expire(context):
        if not context.quiet:
            say(line)
    for line in context.store.compact():
        if not context.quiet:
            say(line)
    if (line := context.store.roll_up(context.now().astimezone(timezone.utc).date())) and not context.quiet:
        say(line)


def expire(context: Context) -> Iterator[str]:
    """Delete the oldest days while the disk is too full, then what is older than the configuration keeps. Says each when done.

    Room comes first: emptying lines writes their records anew, for which a full disk has none."""
    yield from _make_room(context)
    section, store, now = context.config.store, context.store, context.now()
    days = dict.fromkeys(TABLES, section.keep_days) | {"rejects": section.raw_days} | dict.fromkeys(("flows", "nat"), section.keep_flows_days)
    for table in TABLES:
        if count := store.expire(table, now - timedelta(days=days[table])):
            yield f"{table}: {counted(count, 'row')} past their time deleted"
    if count := store.drop_raw(now - timedelta(days=section.raw_days)):
        yield f"{counted(count, 'original line')} past their time emptied"


def _make_room(context: Context) -> Iterator[str]:
    """Delete the oldest days until the store fits its share of the disk and enough is free."""
    section, store = context.config.store, context.store
    while _is_too_large(context) and len(days := _days(store)) > 1:
        count = sum(store.drop_day(table.name, days[0]) for table in RECORDS)
        store.sweep()
        yield (f"{days[0]} deleted ({counted(count, 'record')}), because the store may take {section.disk_share:.0%} of the disk and must "
               f"leave {section.disk_free_gb:g} GB")  # fmt: skip


def _days(store: Store) -> list[date]:
    """Days of which there is any record, in order."""
    return sorted({day for table in RECORDS for day in store.days(table.name)})


def _is_too_large(context: Context) -> bool:
    section, (total, free) = context.config.store, context.store.disk()
    used = sum(table.octets for table in context.store.sizes()) + context.store.rollups.octets()
    return used > section.disk_share * total or (free < section.disk_free_gb * 1e9 and used > FULL_DISK_MIN)


FULL_DISK_MIN = 100_000_000
"""Octets below which deleting days is no help against a disk that others filled."""


FORGOTTEN_MAX = 65_536
"""Addresses that are forgotten without being asked again."""


def forget_command(context: Context, what: str, *, yes: bool = False) -> None:
    """Take back all sources that were read from a path, or delete all that is stored of an address or network."""
    read = {name: str(fact["path"]) for name in context.store.facts.names("sources") if (fact := context.store.facts.get(name)) and "path" in fact}
    names = [name for name, known in read.items() if what == known or Path(what).absolute() == Path(known).absolute()]
    if names:
        _forget_sources(context.store, names, what)
    elif _is_network(what):
        _forget_address(context.store, what, yes=yes)
    else:
        known = sorted(set(read.values()))
        raise VardeError(f"nothing was read from {what}. The store knows: {', '.join(known[:10]) or 'no file'}.", status=1)


def _forget_sources(store: Store, names: list[str], path: str) -> None:
    removed = 0
    for name in names:
        removed += store.forget(name.removeprefix("sources/"))
        store.facts.put(name, {"forgotten": True})  # its number stays taken: other texts with this first line keep theirs
    say(f"{visible(path)}: {counted(removed, 'record')} taken back")


def _forget_address(store: Store, what: str, *, yes: bool) -> None:
    forgotten = Forgotten.of(what)
    if forgotten.addresses > FORGOTTEN_MAX and not yes:
        raise VardeError(f"{what} has {forgotten.addresses:,} addresses. Say --yes if all that is stored of them is to be deleted.")
    removed = {table: count for table, count in store.forget_address(forgotten).items() if count}
    facts = _forget_facts(store, forgotten)
    if not removed and not facts:
        raise VardeError(f"nothing is stored of {what}.", status=1)
    say(f"{what}: {', '.join(_rows(table, count) for table, count in removed.items()) or 'no record'} deleted, with the files they stood in")
    for name in facts:
        say(f"{what} is still named in {store.facts.folder / name}.json, which is Varde's own note; look whether it may go")


def _forget_facts(store: Store, forgotten: Forgotten) -> list[str]:
    """Remove it from notes that are kept by address. Returns the names of notes that tell of it otherwise."""
    left = []
    groups = [path.name for path in store.facts.folder.glob("*") if path.is_dir()]
    for name in (*(path.stem for path in store.facts.folder.glob("*.json")), *(name for group in groups for name in store.facts.names(group))):
        fact = store.facts.get(name) or {}
        kept = {key: value for key, value in fact.items() if key not in forgotten.spellings}
        if len(kept) < len(fact):
            store.facts.put(name, kept)
        if forgotten.stands_in(json.dumps(kept)):
            left.append(name)
    return left


def _is_network(text: str) -> bool:
    try:
        Forgotten.of(text)
    except VardeError:
        return False
    return True
