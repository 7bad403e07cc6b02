"""geo: which tables say where addresses are, how old they are and what they ask for; and newer ones."""

import tempfile
from pathlib import Path
from typing import Any

from varde.app import geo_tables
from varde.app.context import Context
from varde.app.output import print_json, say, visible
from varde.intel.epochs import micros
from varde.intel.geography import age_of
from varde.intel.range_table import COUNTRY, KINDS, SYSTEM
from varde.model import VardeError, counted

_CALLED = {COUNTRY: "countries", SYSTEM: "systems"}


def geo_document(context: Context) -> dict[str, Any]:
    """What `varde geo show --json` says."""
    geography, folder, today = context.geography, context.location / "geo", context.now().date()
    tables = []
    for kind in KINDS:
        found = next((database for database in geography.databases if database.name == kind), None)
        if found is not None:
            fetched = geo_tables.source_of(folder, kind) if found.origin == "fetched" else {}
            tables.append({
                "name": kind, "date": found.date, "age_days": age_of(found, today), "licence": found.licence, "attribution": found.attribution,
                "origin": found.origin, "source": fetched.get("source"), "fetched": fetched.get("fetched"),
            })  # fmt: skip
    return {
        "tables": tables, "notices": context.notices(), "homes": len(geography.homes), "overrides": len(geography.overrides),
        "order": ["home", "override", "special space", *(table["origin"] for table in tables)],
    }  # fmt: skip


def geo_show_command(context: Context, *, as_json: bool) -> None:
    """Print them, and what goes before what."""
    document = geo_document(context)
    if as_json:
        print_json(document)
        return
    for table in document["tables"]:
        where = f"{table['origin']}{' from ' + table['source'] if table['source'] else ''}"
        age = f", {counted(table['age_days'], 'day')} old" if table["age_days"] is not None else ""
        print(visible(f"{_CALLED[table['name']]}: of {table['date']}{age}; {where}; {table['licence']}: {table['attribution']}"))
    if not document["tables"]:
        print("no table of countries or systems is there")
    print(f"before them go {counted(document['homes'], 'home')} and {counted(document['overrides'], 'override')} (`varde home`); private and reserved space is nowhere")
    for notice in document["notices"]:
        say(notice)


def geo_update_command(context: Context, sources: dict[str, str | None], *, check: bool, as_json: bool) -> None:
    """Bring newer tables, prove them, put them in place. Exit status 1 where one cannot be had; what is in force stays then."""
    if not check:
        context.store.require_writable()
    named = [kind for kind in KINDS if sources[kind]]
    rows = [_update(context, kind, sources[kind], check=check) for kind in named or KINDS]
    if as_json:
        print_json({"tables": rows, "dry_run": check})
    else:
        for row in rows:
            if not row["error"]:
                print(visible(f"{_CALLED[row['name']]}: {row['said']}"))
    if failed := [row for row in rows if row["error"]]:
        stays = "; ".join(f"{_CALLED[row['name']]}: {row['error']}" for row in failed)
        raise VardeError(f"{stays}. What is in force stays.", status=1)
    if not check and any(row["taken"] for row in rows):
        say("records that are read from now on are placed by it; a running `varde up` takes it on SIGHUP or at its next start")


def _update(context: Context, kind: str, named: str | None, *, check: bool) -> dict[str, Any]:
    settings, folder = context.config.geo, context.location / "geo"
    own = {COUNTRY: settings.country, SYSTEM: settings.asn}[kind]
    source = named or {COUNTRY: settings.country_from, SYSTEM: settings.as_from}[kind]
    row: dict[str, Any] = {"name": kind, "taken": False, "date": None, "source": None, "error": None}
    if own is not None:
        return row | {"said": f"{own} is yours, as [geo] says: nothing is fetched for it"}
    try:
        scratch = Path(tempfile.gettempdir()) if check else folder  # a look makes no store
        fresh = geo_tables.look(kind, source, context.geography, folder, context.now().date(), scratch=scratch)
        row |= {"date": fresh.made, "source": fresh.source}
        if fresh.table is None or fresh.proof is None:
            return row | {"said": f"nothing newer: {fresh.why_not}"}
        proof = f"right about {fresh.proof.right} of {fresh.proof.right + len(fresh.proof.wrong)} known addresses"
        proof += f", {fresh.proof.agreeing:.0%} as before" if fresh.proof.agreeing is not None else ""
        if check:
            return row | {"said": f"there is a table of {fresh.made} from {fresh.source}: {proof}"}
        database = geo_tables.install(fresh, folder, micros(context.now()), chosen=source is not None)
    except VardeError as error:
        return row | {"said": "", "error": str(error).rstrip(".")}
    return row | {"taken": True, "said": f"of {fresh.made} from {fresh.source}, {proof}; {database.licence}: {database.attribution}"}


def geo_back_command(context: Context) -> None:
    """Take the last update back."""
    context.store.require_writable()
    folder = context.location / "geo"
    there = [kind for kind in KINDS if geo_tables.source_of(folder, kind)]
    if not there:
        raise VardeError("no table was fetched: the built-in ones are in force.", status=1)
    for kind in there:
        say(visible(f"{_CALLED[kind]}: {geo_tables.go_back(folder, kind)} is in force"))
