"""What most commands need: configuration, store, places and dialects, made once and only if asked for."""

import fnmatch
import ipaddress
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from varde.app import config as configuration
from varde.app.engine import backend_of
from varde.app.homes import Book, Kept, guarded, homes_in_force
from varde.app.output import say
from varde.decode.addresses import octets_of, text_of
from varde.intel import Geography, Guards
from varde.intel.geography import aged, credit_of
from varde.intel.geography import load as load_geography
from varde.intel.intervals import Network
from varde.model import VardeError
from varde.model.selftest import SENDER, SENSOR
from varde.store import Facts, Store, default_location

# readers of files and lists are for who reads some: they take a quarter of a second to load
if TYPE_CHECKING:
    from varde.collect import Importer, Summary
    from varde.collect.dnsbl import Dnsbl
    from varde.collect.lists import Lists
    from varde.decode import Origin, firewall
    from varde.decode.flow import Settings
    from varde.decode.reader import Dialect
    from varde.live import Watcher
    from varde.query import Backend
    from varde.views.world import World

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class ByAddress(Mapping[bytes, _Value]):
    """Values by the 16 octets of an address; the first network that holds it decides."""

    networks: list[tuple[Network, _Value]]

    def __getitem__(self, octets: bytes) -> _Value:
        address = ipaddress.ip_address(text_of(octets))
        for network, value in self.networks:
            if network.version == address.version and address in network:
                return value
        raise KeyError(octets)

    def __iter__(self) -> Iterator[bytes]:
        return (octets_of(str(network.network_address)) or b"" for network, _ in self.networks)

    def __len__(self) -> int:
        return len(self.networks)


@dataclass
class Context:
    """Shared switches of the command line, and what they lead to."""

    store_path: Path | None = None
    config_path: Path | None = None
    tz: str | None = None
    dialect: str | None = None
    year: int | None = None
    sensor: str | None = None
    quiet: bool = False
    country_map: Path | None = None
    config: configuration.Config = field(init=False)
    ending: threading.Event = field(default_factory=threading.Event)
    "Set at the end, for what waits."

    def __post_init__(self) -> None:
        self.config = configuration.load(self.config_path)

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.tz) if self.tz else self.config.zone_info
        except (ZoneInfoNotFoundError, ValueError, OSError):  # folders of zones, names too long for a file
            raise VardeError(f"{self.tz!r} is no time zone. Write one such as Europe/Oslo or UTC.") from None

    @cached_property
    def location(self) -> Path:
        return self.store_path or self.config.store.path or default_location()

    @cached_property
    def store(self) -> Store:
        return Store(self.location)

    @cached_property
    def backend(self) -> "Backend":
        """Who answers about the store: this process or a cluster. Raises VardeError where that cannot be reached so."""
        return backend_of(self)

    @cached_property
    def book(self) -> Book:
        """Facts about own networks, beside those of the configuration. A store that is not there has none, and is not made."""
        return Book(Facts(self.location / "facts"))

    @cached_property
    def kept(self) -> Kept:
        """What the book held when it was first looked at."""
        return self.book.read()

    def own(self) -> list[Network]:
        """Networks that are home now or will be, as the owner said."""
        return guarded(self.config, self.kept, self.now())

    def guards(self) -> Guards:
        """What is never matched: special space, own networks, and what is allowed until later than now."""
        return Guards.of(own=self.own(), allowed=self.config.allowed(self.now()))

    @cached_property
    def geography(self) -> Geography:
        with as_file(files("varde") / "data") as folder:
            return load_geography(
                folder, homes=homes_in_force(self.config, self.kept), overrides=self.config.overrides(),
                country_mmdb=self.config.geo.country, as_mmdb=self.config.geo.asn,
                country_map=self.country_map, fetched=self.location / "geo",
            )  # fmt: skip

    def notices(self) -> list[str]:
        """What people should know of the age of the tables of places."""
        return aged(self.geography.databases, self.now().date())

    @property
    def places_credit(self) -> str:
        """Of when the table of countries is and whose, for pictures of places."""
        return credit_of(self.geography.databases, "country")

    @cached_property
    def world(self) -> "World":
        """Outlines and names of countries."""
        from varde.views.world import (
            load_world,  # what views ask with takes as long to load as all else of a small command
        )

        with as_file(files("varde") / "data") as folder:
            return load_world(folder)

    @cached_property
    def home_place(self) -> tuple[int, int] | None:
        """Where home is on the map; None where the configuration does not say. Raises VardeError where it says what is no place."""
        place = self.config.view.place
        return None if place is None else self.world.place_of(place)

    @cached_property
    def lists(self) -> "Lists":
        """Configured and imported lists, in the folder of facts. Nothing is read or fetched before it is asked to."""
        from varde.collect.lists import Lists

        return Lists(self.store.facts.folder, self.config.list_sources(self.now()), self.guards(), note=lambda text: say(f"varde: {text}"))

    @cached_property
    def dnsbl(self) -> "Dnsbl | None":
        """The configured DNS block lists and what they said; None where there are none."""
        if not self.config.dnsbl:
            return None
        from varde.collect.dnsbl import Dnsbl  # its library is for those who ask

        return Dnsbl([section.made() for section in self.config.dnsbl], self.store.facts, self.guards(), pause=self.ending.wait)

    @cached_property
    def dialects(self) -> "tuple[Dialect, ...]":
        """The owner's dialects first, then the built-in ones; only one where --as names it."""
        from varde.decode.reader import DIALECTS

        known: dict[str, Dialect] = {**{d.name: d for d in self._own_dialects()}, **DIALECTS}
        if self.dialect is None:
            return tuple(known.values())
        if self.dialect not in known:
            raise VardeError(f"no such dialect: {self.dialect}. There are {', '.join(known)}.")
        return (known[self.dialect],)

    def _own_dialects(self) -> "list[firewall.Dialect]":
        path = self.config.dialects
        if path is None:
            return []
        from varde.decode import firewall

        try:
            return firewall.load_dialects(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise VardeError(f"cannot read the dialects in {path}: {str(getattr(error, 'strerror', None) or error).lower()}") from error

    def reference(self) -> int | None:
        """us since 1970 that --year makes yearless stamps count back from: the end of that year."""
        if self.year is None:
            return None
        return int(datetime(self.year, 12, 31, tzinfo=self.zone).timestamp() * 1e6)

    def sensor_of_file(self, path: str) -> str:
        from varde.collect import sensor_of, text_name

        named = next((s.name for s in self.config.sensor if s.file and fnmatch.fnmatch(path, s.file)), None)
        return text_name(self.sensor or named or sensor_of(path))

    def zone_of_sensor(self, name: str) -> ZoneInfo:
        zone = next((s.zone for s in self.config.sensor if s.name == name and s.zone), None)
        return ZoneInfo(zone) if zone and not self.tz else self.zone

    def exporters(self) -> "Settings":
        """What the configuration says of exporters of flows."""
        from varde.decode.flow import Settings

        known = [(section.address, section) for section in self.config.sensor if section.address]
        return Settings(
            ByAddress([(ipaddress.ip_network(SENDER), SENSOR), *((network, section.name) for network, section in known)]),
            ByAddress([(network, section.sampling) for network, section in known if section.sampling]),
        )

    def importer(
        self, path: str, store: Store, *, watchers: "tuple[Watcher, ...]" = (),
        progress: Callable[[str, int], None] = lambda path, octets: None, wanted: frozenset[str] | None = None,
    ) -> "Importer":  # fmt: skip
        """An importer for one file, with the sensor and zone that belong to it. `wanted`: as Importer has it."""
        from varde.collect import Importer

        sensor = self.sensor_of_file(path)
        return Importer(
            store, self.geography, self.dialects, self.zone_of_sensor(sensor), sensor=sensor,
            reference=self.reference(), watchers=watchers, progress=progress, wanted=wanted, settings=self.exporters(),
        )  # fmt: skip

    def origin(self, summary: "Summary") -> "Origin":
        """Where lines come from that are looked at without a store."""
        from varde.collect import text_name
        from varde.decode import Origin

        return Origin(
            summary.sensor, summary.source, text_name(summary.path), time.time_ns() // 1000, ZoneInfo(summary.zone), summary.reference,
            live=summary.path == "-",
        )  # fmt: skip

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), self.zone)

    def blank_summary(self, path: str) -> "Summary":
        """A summary to count into, for reading without a store."""
        from varde.collect import Summary

        changed = time.time() if path == "-" else Path(path).stat().st_mtime
        sensor = self.sensor_of_file(path)
        zone = self.zone_of_sensor(sensor)
        return Summary(path, sensor, zone=zone.key, reference=self.reference() or int(changed * 1e6))
