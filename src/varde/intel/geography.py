"""Country and autonomous system of addresses, offline, with the owner's own facts on top.

Order of authority: home networks, overrides by prefix (both may be dated), special space (nowhere), a MaxMind-format file if one
is configured, the built-in tables.
"""

import ipaddress
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, SupportsIndex

import maxminddb
import numpy as np
from numpy.typing import NDArray

from varde.intel.country_map import read_country_map
from varde.intel.epochs import Epochs, is_dated
from varde.intel.families import sixteen_octets
from varde.intel.geo_terms import terms_of
from varde.intel.intervals import IntervalTable, Network
from varde.intel.places import Found, Places
from varde.intel.range_table import COUNTRY, SYSTEM, RangeTable, country_of, kept_about, kept_table, system_of
from varde.intel.special import TABLE as SPECIAL
from varde.model import VardeError

_MAPPED = b"\x00" * 10 + b"\xff\xff"

HOME = "--"
"""Country code of the owner's own networks."""

MANY = 4_000_000
"""Addresses asked so far that took as long as one table of everything takes to be made, a second; it has 15 MB and is ten times as fast."""


@dataclass(frozen=True, slots=True)
class Database:
    """A built-in or configured table: what people must be told about it."""

    name: str
    date: str
    licence: str
    attribution: str
    origin: str = "built in"
    "built in, fetched (varde geo update), or the path of a file."


def credit_of(databases: Sequence[Database], name: str) -> str:
    """What stands under a picture of places: the table's date, and the attribution that its licence asks for; empty where there is no such table."""
    return next((f"{one.name} table of {one.date}, {one.attribution} ({one.licence})" for one in databases if one.name == name), "")


def age_of(database: Database, today: date) -> int | None:
    """Days since it was made; None where nobody says when that was."""
    try:
        return (today - date.fromisoformat(database.date)).days
    except ValueError:
        return None


AGED_DAYS = 90
"""From then on people are told how old a table is: in a quarter, some thousand ranges change hands."""


def aged(databases: list[Database], today: date) -> list[str]:
    """A sentence for each table that is older than it should be."""
    old = [(database, age) for database in databases if (age := age_of(database, today)) is not None and age > AGED_DAYS]
    return [f"the {database.name} table is of {database.date}, {age:,} days old: `varde geo update` looks for a newer one" for database, age in sorted(old, key=lambda one: one[0].name)]


@dataclass(frozen=True, slots=True)
class Home:
    """A network that is the owner's, from and to when: an outside address that changes does not break history."""

    network: Network
    first: datetime | None = None
    last: datetime | None = None
    learnt: bool = False
    "From records, not from the owner: there may be networks of his that nobody named."


@dataclass(frozen=True, slots=True)
class Override:
    """What the owner knows better: a tunnel broker's prefix is home (`--`), a customer's prefix is in NO; from and to when."""

    network: Network
    country: str | None = None
    asn: int | None = None
    as_name: str = ""
    first: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class Geography:
    """Looks up columns of addresses. Build with `load`."""

    countries: IntervalTable
    country_codes: list[str]
    systems: IntervalTable
    system_names: dict[int, str]
    databases: list[Database] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    country_file: maxminddb.Reader | None = None
    system_file: maxminddb.Reader | None = None
    country_map: tuple[IntervalTable, list[str]] | None = None
    "Ranges and codes of the owner's own map, which has the last word but for homes and overrides: private addresses too."
    again: "Callable[[], Geography] | None" = None
    "Loads the same, for another process; None where it was not loaded."
    codes: list[str] = field(init=False)
    "Of countries, by their numbers in the answers of `place`: those of the tables, and the owner's."
    _override_table: IntervalTable = field(init=False)
    _undated: IntervalTable = field(init=False)
    _epochs: Epochs = field(init=False)
    _places: Places | None = None
    _makes_places: bool = False
    _asked: int = 0

    def __post_init__(self) -> None:
        self._override_table = IntervalTable.of_networks((o.network, i) for i, o in enumerate(self.overrides) if not is_dated(o))
        self._undated = IntervalTable.of_networks((home.network, 0) for home in self.homes if not is_dated(home))
        self._epochs = Epochs(self.homes, self.overrides)
        self.codes = [*dict.fromkeys([*self.country_codes, HOME, *(o.country for o in self.overrides if o.country is not None), *(self.country_map[1] if self.country_map else [])])]

    @property
    def has_home(self) -> bool:
        """Whether anything is known to be at home, whenever and from whomever."""
        return bool(self.homes) or self.is_told

    @property
    def is_told(self) -> bool:
        """Whether the owner said which networks are his: then others are not."""
        mapped = self.country_map is not None and HOME in self.country_map[1]
        return mapped or any(not home.learnt for home in self.homes) or any(override.country == HOME for override in self.overrides)

    def at_home(self, homes: list[Home]) -> "Geography":
        """The same with other homes; the tables are shared."""
        again = None if self.again is None else partial(_homed, self.again, homes)
        kept = None if any(not is_dated(home) for home in (*homes, *self.homes)) else self._places  # which has what is without dates
        return replace(self, homes=homes, again=again, _places=kept)

    def place(self, octets: NDArray[np.uint8], times: NDArray[np.int64]) -> Found:
        """Number of the country in `codes`, and AS number, for each row of (n, 16) addresses seen at `times` (us since 1970 UTC); -1
        where there is none.

        Who asks much is answered from one table of everything, as soon as it is made."""
        self._asked += len(octets)
        if self._asked >= MANY and not (self._makes_places or self.country_file or self.system_file):
            self._makes_places = True
            threading.Thread(target=self._make_places, name="places", daemon=True).start()  # no warning waits a second for it
        country, system = self._places.lookup(octets) if self._places else self._look(octets)
        for epoch, rows in self._epochs.of(times):
            here = octets[rows]
            if len(known := np.flatnonzero(epoch.dated.lookup(here) >= 0)):
                country[rows[known]], system[rows[known]] = self._look(here[known], epoch.overrides)
            country[rows[epoch.homes.lookup(here) >= 0]] = self.codes.index(HOME)
        return country, system

    def _make_places(self) -> None:
        tables = (self.countries, self.systems, SPECIAL, self._override_table, self._undated, *([self.country_map[0]] if self.country_map else []))
        self._places = Places.of(tables, self._look)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        """Another process loads it itself: that is quicker than sending it, and open files cannot be sent."""
        return (self.again, ()) if self.again else super(Geography, self).__reduce_ex__(protocol)

    def locate(
        self, octets: NDArray[np.uint8], times: NDArray[np.int64]
    ) -> tuple[list[str | None], list[int | None]]:
        """The same as values: country code and AS number, None where there is none."""
        country, system = self.place(octets, times)
        codes = np.array([*self.codes, None], dtype=object)
        systems = system.astype(object)
        systems[system < 0] = None
        return codes[country].tolist(), systems.tolist()

    def _look(self, octets: NDArray[np.uint8], overrides: IntervalTable | None = None) -> Found:
        """In each table, with the overrides without dates or those given; homes with dates are left out."""
        special = SPECIAL.lookup(octets) >= 0
        country = self._countries(octets)
        system = self._systems(octets)
        country[special], system[special] = -1, -1
        self._mapped(octets, country)
        own = (self._override_table if overrides is None else overrides).lookup(octets)
        for value in np.unique(own[own >= 0]).tolist():
            override = self.overrides[value]
            if override.country is not None:
                country[own == value] = self.codes.index(override.country)
            if override.asn is not None:
                system[own == value] = override.asn
        country[self._undated.lookup(octets) >= 0] = self.codes.index(HOME)
        return country, system

    def _mapped(self, octets: NDArray[np.uint8], country: NDArray[np.int32]) -> None:
        """Write what the owner's own map says over what the tables say."""
        if self.country_map is not None:
            ranges, codes = self.country_map
            found = ranges.lookup(octets)
            country[found >= 0] = np.array([self.codes.index(code) for code in codes], dtype=np.int32)[found[found >= 0]]

    def as_name(self, asn: int | None) -> str:
        """The holder's name of an AS number, or empty."""
        if asn is None:
            return ""
        own = next((o.as_name for o in self.overrides if o.asn == asn and o.as_name), "")
        return own or self.system_names.get(asn, "")

    def _countries(self, octets: NDArray[np.uint8]) -> NDArray[np.int32]:
        if self.country_file is None:
            return self.countries.lookup(octets)
        found = _ask_file(self.country_file, octets, country_of)
        for code in {code for code in found if isinstance(code, str)} - {*self.codes}:
            self.codes.append(code)
        numbers = {code: number for number, code in enumerate(self.codes)}
        return np.array([numbers.get(code, -1) for code in found], dtype=np.int32)

    def _systems(self, octets: NDArray[np.uint8]) -> NDArray[np.int64]:
        if self.system_file is None:
            return self.systems.lookup(octets).astype(np.int64)
        found = _ask_file(self.system_file, octets, system_of)
        return np.array([-1 if number is None else number for number in found], dtype=np.int64)


def _homed(again: Callable[[], Geography], homes: list[Home]) -> Geography:
    return again().at_home(homes)


def load(
    folder: Path,
    *,
    homes: list[Home] | None = None,
    overrides: list[Override] | None = None,
    country_mmdb: Path | None = None,
    as_mmdb: Path | None = None,
    country_map: Path | None = None,
    fetched: Path | None = None,
) -> Geography:
    """Read the built-in tables in `folder` (made by the build), or newer ones that were fetched into another, and the owner's facts.

    Raises VardeError when a configured MaxMind-format file cannot be read. Missing built-in tables mean that countries
    are unknown, which `databases` shows by being empty."""
    empty = IntervalTable.of_networks([])
    countries, country_codes, systems, names, databases = empty, [], empty, {}, []
    if (folder / "geography.npz").exists():
        with np.load(folder / "geography.npz") as arrays:
            countries, systems = _table(arrays, "country"), _table(arrays, "as")
        facts = json.loads((folder / "geography.json").read_text())
        country_codes = facts["countries"]
        names = {int(number): name for number, name in facts["systems"].items()}
        databases = [Database(**database) for database in facts["databases"]]
    if fetched and as_mmdb is None and (newer := newer_table(fetched, SYSTEM, databases)):
        systems, names = newer.intervals, newer.names
    if fetched and country_mmdb is None and (newer := newer_table(fetched, COUNTRY, databases)):
        countries, country_codes = newer.intervals, newer.codes
    return Geography(
        countries, country_codes, systems, names, databases, homes or [], overrides or [],
        _open(country_mmdb, databases, "country"), _open(as_mmdb, databases, "as"),
        read_country_map(country_map) if country_map else None,
        partial(load, folder, homes=homes, overrides=overrides, country_mmdb=country_mmdb, as_mmdb=as_mmdb, country_map=country_map, fetched=fetched),
    )  # fmt: skip


def newer_table(folder: Path, name: str, databases: list[Database]) -> RangeTable | None:
    """A table that was fetched: it takes the place of the one of that name in `databases` where it is newer, or was chosen by the owner.
    None where it is neither, or damaged."""
    about = kept_about(folder / f"{name}.json")
    built_in = next((database for database in databases if database.name == name), None)
    try:
        told = Database(**{**about["database"], "name": name, "origin": "fetched"})
        if built_in is not None and str(told.date) < built_in.date and not about.get("chosen"):
            return None
        table = kept_table(about, folder / Path(str(about["file"])).name)
    except (KeyError, TypeError):
        return None
    if table is None or table.kind != name:
        return None
    databases[:] = [database for database in databases if database.name != name] + [told]
    return table


def _table(arrays: "np.lib.npyio.NpzFile", name: str) -> IntervalTable:
    parts = ("v4_start", "v4_end", "v4_value", "v6_start", "v6_end", "v6_value")
    return IntervalTable(*(arrays[f"{name}_{part}"] for part in parts))


def _open(path: Path | None, databases: list[Database], name: str) -> maxminddb.Reader | None:
    if path is None:
        return None
    try:
        reader = maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        why = getattr(error, "strerror", None) or error
        raise VardeError(f"cannot read the {name} database {path}: {str(why).lower()}. Give a MaxMind-format (.mmdb) file.") from error
    built = datetime.fromtimestamp(reader.metadata().build_epoch, timezone.utc).date().isoformat()
    databases[:] = [d for d in databases if d.name != name]
    databases.append(Database(name, built, *terms_of(reader.metadata().database_type), str(path)))
    return reader


def _ask_file(
    reader: maxminddb.Reader, octets: NDArray[np.uint8], pick: Callable[[dict[str, Any]], Any]
) -> NDArray[np.object_]:
    """One look-up for each distinct address."""
    distinct, which = np.unique(sixteen_octets(octets), return_inverse=True)
    found = np.full(len(distinct), None, dtype=object)
    about = reader.metadata()
    for row, address in enumerate(distinct.view(np.uint8).reshape(-1, 16)):
        packed = address.tobytes()
        is_v4 = packed.startswith(_MAPPED)
        if not is_v4 and about.ip_version == 4:
            continue
        try:
            record = reader.get(ipaddress.ip_address(packed[12:] if is_v4 else packed))
        except (maxminddb.InvalidDatabaseError, ValueError) as error:
            raise VardeError(f"the database {about.database_type} in [geo] is damaged: {error}. Fetch it again.") from error
        if isinstance(record, dict):
            found[row] = pick(record)
    return found[which]
