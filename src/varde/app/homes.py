"""Own networks as dated facts: what the configuration says, what `varde home` was told, what was learnt from the owner's sensors.

    varde.toml [[home]]  --wins where both speak of one network-->  in force
    facts/home.json      added by a person, or learnt (learning.py)

Facts stay when they end: yesterday's records belong to yesterday's addresses."""

import contextlib
import fcntl
import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from varde.app.config import Config
from varde.decode.rows import iso
from varde.intel import Home
from varde.intel.epochs import Dated, holds, micros
from varde.intel.intervals import Network
from varde.model import VardeError
from varde.store import Facts

FACT = "home"
"""The fact in which they are kept."""

KINDS = ("own", "outside", "tunnel", "cgnat")
"""Yours; the outside address of a router; the prefix of a tunnel broker; a carrier's, which others share."""

CONFIGURED, ADDED, LEARNT = "configuration", "added", "learnt"

FACTS_MAX = 4_000
"""Facts that are kept: ten years of an address that changes every day. Of learnt ones the oldest go."""

REFUSED_MAX = 1_000
"""Addresses that were removed and are not learnt again."""

SHORTEST = {4: 8, 6: 16}
"""Prefix lengths: no owner of what is larger keeps it in a list by hand, and a mistaken /0 would make everybody a neighbour."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a learnt fact rests on: records of a sensor, stamps of the first and last."""

    sensor: str
    records: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Own:
    """A network that is at home from `first` until just before `last`; None is without end."""

    network: Network
    name: str = ""
    kind: str = "own"
    first: datetime | None = None
    last: datetime | None = None
    origin: str = ADDED
    evidence: Evidence | None = None

    @property
    def home(self) -> Home:
        return Home(self.network, self.first, self.last, learnt=self.origin == LEARNT)

    def document(self) -> dict[str, Any]:
        """For programs and for the file; moments are ISO 8601 UTC."""
        return {
            "network": shortest(self.network), "name": self.name, "kind": self.kind, "from": self.first and iso(micros(self.first)),
            "until": self.last and iso(micros(self.last)), "origin": self.origin, "evidence": asdict(self.evidence) if self.evidence else None,
        }  # fmt: skip

    def meets(self, other: "Own") -> bool:
        """Whether both have a moment in common."""
        return (self.first is None or other.last is None or self.first < other.last) and (other.first is None or self.last is None or other.first < self.last)


@dataclass(frozen=True, slots=True)
class Kept:
    """What facts/home.json holds: facts in the order in which they came, and addresses that are not to be learnt."""

    facts: tuple[Own, ...] = ()
    refused: tuple[str, ...] = ()


def shortest(network: Network) -> str:
    """An address where it is one."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


class Book:
    """The file of facts; several processes may write it, one at a time."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def read(self) -> Kept:
        told = self._facts.get(FACT) or {}
        facts = tuple(own for row in _list(told.get("homes")) if (own := _own(row)))
        return Kept(facts, tuple(str(text) for text in _list(told.get("refused"))))

    @property
    def mark(self) -> int:
        """Another number where the file is another one."""
        try:
            return (self._facts.folder / f"{FACT}.json").stat().st_mtime_ns
        except OSError:
            return 0

    def change(self, work: Callable[[Kept], Kept]) -> Kept:
        """Replace what is kept by what `work` makes of it. Raises VardeError when the disk refuses, and what `work` raises."""
        with self._alone():
            old = self.read()
            new = work(old)
            if new != old:
                kept = _bounded(new)
                self._facts.put(FACT, {"homes": [own.document() for own in kept.facts], "refused": list(kept.refused)})
            return new

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        folder = self._facts.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / f".{FACT}.lock").open("w")
        except OSError as error:
            raise VardeError(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _bounded(kept: Kept) -> Kept:
    spare = len(kept.facts) - FACTS_MAX
    oldest = [own for own in kept.facts if own.origin == LEARNT and own.last][: max(0, spare)]
    return Kept(tuple(own for own in kept.facts if own not in oldest), kept.refused[-REFUSED_MAX:])


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _own(row: Any) -> Own | None:
    """None for what was damaged or written by hand into something else."""
    try:
        evidence = Evidence(**row["evidence"]) if row["evidence"] else None
        network = ipaddress.ip_network(row["network"])
        return Own(network, str(row["name"]), str(row["kind"]), _moment(row["from"]), _moment(row["until"]), str(row["origin"]), evidence)
    except (TypeError, ValueError, KeyError):
        return None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


# what is in force ----------------------------------------------------------------------------------------------------------------------


def configured(config: Config) -> list[Own]:
    return [Own(h.network, h.name, h.kind, h.first, h.last, CONFIGURED) for h in config.home]


def overruled(own: Own, config: Config) -> str:
    """Why a fact is not in force; empty where it is."""
    if any(section.network == own.network for section in config.home):
        return "the configuration says when it is home"
    if own.origin != LEARNT:
        return ""
    elsewhere = (o for o in config.override if o.country not in (None, "--") and o.network.version == own.network.version)
    named = next((o for o in elsewhere if own.network.subnet_of(o.network)), None)  # type: ignore[arg-type]  # of one version, as looked at
    return f"an [[override]] says that {named.network} is in {named.country}" if named else ""


def homes_in_force(config: Config, kept: Kept) -> list[Home]:
    """What is at home when: of the configuration, and facts that it does not overrule."""
    return [own.home for own in (*configured(config), *(fact for fact in kept.facts if not overruled(fact, config)))]


def guarded(config: Config, kept: Kept, now: datetime) -> list[Network]:
    """Networks that no list is matched or published with: what the owner said is or will be home. What was learnt is not among them:
    it rests on what strangers sent, who could keep themselves from being found."""
    told: list[Dated] = [home for home in homes_in_force(config, kept) if not home.learnt]
    told += [override for override in config.overrides() if override.country == "--"]
    return [fact.network for fact in told if fact.last is None or fact.last > now]


# changes ---------------------------------------------------------------------------------------------------------------------------------


def add(kept: Kept, own: Own) -> Kept:
    """With one more fact; what was learnt of the network gives way to it. Raises VardeError where they contradict each other."""
    if own.network.prefixlen < SHORTEST[own.network.version]:
        raise VardeError(f"{own.network} is larger than a /{SHORTEST[own.network.version]}: nobody's home is. Name the networks in it that are yours.")
    if own.first and own.last and own.last <= own.first:
        raise VardeError(f"{own.network} would never be home: until {iso(micros(own.last))} is not after from {iso(micros(own.first))}.")
    if len(kept.facts) >= FACTS_MAX:
        raise VardeError(f"{FACTS_MAX:,} facts are kept already. Remove some, or name larger networks.")
    told = [fact for fact in kept.facts if fact.network == own.network and fact.origin == ADDED and fact.meets(own)]
    if told:
        raise VardeError(f"{shortest(own.network)} is home already {period(told[0])}. End that with `varde home end`, or remove it.", status=1)
    others = (fact for fact in kept.facts if not (fact.network == own.network and fact.origin == LEARNT and fact.meets(own)))
    return Kept((*others, own), tuple(text for text in kept.refused if text != shortest(own.network)))


def end(kept: Kept, network: Network, at: datetime) -> Kept:
    """With the fact of a network that holds at a moment ended there. Raises VardeError where there is none."""
    found = [fact for fact in kept.facts if fact.network == network and (fact.first is None or fact.first < at) and (fact.last is None or at < fact.last)]
    if not found:
        known = [period(fact) for fact in kept.facts if fact.network == network]
        said = f"it is home {' and '.join(known)}" if known else "`varde home` shows what is known"
        raise VardeError(f"{shortest(network)} is not known to be home at {at.astimezone(UTC):%Y-%m-%dT%H:%MZ}: {said}.", status=1)
    return replace(kept, facts=tuple(replace(fact, last=at) if fact in found else fact for fact in kept.facts))


def remove(kept: Kept, network: Network) -> Kept:
    """Without a network; one that was learnt is not learnt again. Raises VardeError where it is not known."""
    found = [fact for fact in kept.facts if fact.network == network]
    if not found:
        raise VardeError(f"{shortest(network)} is none of the facts that were added or learnt. `varde home` shows them.", status=1)
    refused = (shortest(network),) if any(fact.origin == LEARNT for fact in found) else ()
    return Kept(tuple(fact for fact in kept.facts if fact.network != network), (*kept.refused, *refused))


def period(own: Own) -> str:
    """When, in words."""
    begins = f"from {iso(micros(own.first))[:16]}Z" if own.first else ""
    ends = f"until {iso(micros(own.last))[:16]}Z" if own.last else ""
    return " ".join(part for part in (begins, ends) if part) or "always"


def document(config: Config, kept: Kept, file: str | None, now: datetime) -> dict[str, Sequence[dict[str, Any]]]:
    """All of it, for programs: `homes` and `overrides`, each with where it was said, and `in_force`: whether it holds now."""
    moment = micros(now)
    homes = []
    for own in (*configured(config), *kept.facts):
        why = overruled(own, config) if own.origin != CONFIGURED else ""
        where = {"file": file} if own.origin == CONFIGURED else {}
        homes.append(own.document() | where | {"overruled": why or None, "in_force": not why and holds(own, moment)})
    overrides = [
        {"network": str(o.network), "name": o.name, "country": o.country, "as": o.asn, "as_name": o.as_name or None, "from": o.first and iso(micros(o.first)),
         "until": o.last and iso(micros(o.last)), "origin": CONFIGURED, "file": file, "in_force": holds(o, moment)}
        for o in config.override
    ]  # fmt: skip
    return {"homes": homes, "overrides": overrides, "refused": [{"network": text} for text in kept.refused]}
