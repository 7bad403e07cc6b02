"""Tables of countries and systems that were fetched: proved, put in place at once, and the one before kept."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from varde.collect.geo_source import NPM, bring, newest
from varde.decode.rows import iso
from varde.intel import Database, Geography
from varde.intel.geo_terms import terms_of
from varde.intel.range_table import COUNTRY, RangeTable, about_of, arrays_of, kept_about, read_table
from varde.intel.table_proof import Proof, prove_table
from varde.model import VardeError
from varde.store.facts import cannot, write_atomically

BUILD = {"country": "npm:@ip-location-db/geo-whois-asn-country", "as": "npm:@ip-location-db/asn"}
"""What the built-in tables are made of."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A table that was brought and proved, or why there is none to take."""

    kind: str
    source: str
    made: str
    table: RangeTable | None = None
    proof: Proof | None = None
    why_not: str = ""


def look(kind: str, source: str | None, geography: Geography, folder: Path, today: date, *, scratch: Path) -> Fresh:
    """Bring a table from its source into `scratch` and prove it. Raises VardeError where it cannot be had or is not to be trusted."""
    wanted = source or BUILD[kind]
    here = next((database for database in geography.databases if database.name == kind), None)
    if source is None:
        made, told = newest(wanted.removeprefix(NPM))
        if here is not None and made <= here.date:
            return Fresh(kind, f"{wanted}@{told['version']}", made, why_not=f"the newest that its supplier has is of {made}, and that in force is of {here.date}")
    with _beside(scratch) as new:
        brought = bring(wanted, new, today)
        table = read_table(kind, brought.paths)
    made = table.made or brought.made
    if here is not None and here.origin == "fetched" and made == here.date and _about(folder, kind).get("source") == brought.source:
        return Fresh(kind, brought.source, made, why_not=f"it is in force already, of {made}")
    return Fresh(kind, brought.source, made, table, prove_table(table, _in_force(kind, geography)))


def _in_force(kind: str, geography: Geography) -> RangeTable:
    if kind == COUNTRY:
        return RangeTable(kind, geography.countries, geography.country_codes, {})
    return RangeTable(kind, geography.systems, [], geography.system_names)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder for what is fetched; nothing of it stays."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    except OSError as error:
        raise VardeError(cannot(folder, error)) from error
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def install(fresh: Fresh, folder: Path, now: int, *, chosen: bool) -> Database:
    """Put a table in place: whoever reads sees the old one or the new. The one before stays until the next. Raises VardeError."""
    assert fresh.table is not None
    content = BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays_of(fresh.table))
    data = content.getvalue()
    licence, attribution = terms_of(fresh.table.maker or fresh.source.rpartition("/")[2], fresh.source)
    name = f"{fresh.kind}-{fresh.made}-{hashlib.sha256(data).hexdigest()[:8]}.npz"
    database = {"date": fresh.made, "licence": licence, "attribution": attribution}
    about = about_of(fresh.table) | {"file": name, "source": fresh.source, "fetched": iso(now), "chosen": chosen, "database": database}
    before = _about(folder, fresh.kind)
    try:
        write_atomically(folder / name, data)
        if before and before.get("file") != name:
            write_atomically(folder / f"{fresh.kind}.before.json", json.dumps(before).encode())
        write_atomically(folder / f"{fresh.kind}.json", json.dumps(about).encode())
    except OSError as error:
        raise VardeError(cannot(folder, error)) from error
    _sweep(folder, fresh.kind)
    return Database(fresh.kind, fresh.made, licence, attribution, "fetched")


def go_back(folder: Path, kind: str) -> str:
    """Put the table before in place again, or the built-in one. What is in force then."""
    before = kept_about(folder / f"{kind}.before.json")
    (folder / f"{kind}.before.json").unlink(missing_ok=True)
    if not before:
        (folder / f"{kind}.json").unlink(missing_ok=True)
        _sweep(folder, kind)
        return "the built-in table"
    write_atomically(folder / f"{kind}.json", json.dumps(before).encode())
    _sweep(folder, kind)
    return f"the table of {before['database']['date']} from {before['source']}"


def _sweep(folder: Path, kind: str) -> None:
    """Take away arrays that no document names."""
    named = {kept_about(folder / name).get("file") for name in (f"{kind}.json", f"{kind}.before.json")}
    for path in folder.glob(f"{kind}-*.npz"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def _about(folder: Path, kind: str) -> dict[str, Any]:
    return kept_about(folder / f"{kind}.json")


def source_of(folder: Path, kind: str) -> dict[str, Any]:
    """From where and when a fetched table came; empty where none was fetched."""
    about = _about(folder, kind)
    return {name: about[name] for name in ("source", "fetched") if name in about}
