"""Outside addresses that sensors agree on become dated facts: the old one ends where the new one begins."""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial

from varde.app.config import Config
from varde.app.homes import ADDED, LEARNT, Book, Evidence, Kept, Own, configured, overruled, shortest
from varde.decode.addresses import text_of
from varde.decode.rows import iso
from varde.intel.epochs import holds
from varde.intel.intervals import Network
from varde.live.outside import Agreed, Outside, Track
from varde.model import COLLECTOR, counted

EVIDENCE_SECONDS = 600.0
"""Between two writings of the same evidence."""

_LOOPBACK = ("127.0.0.1", "::1")


@dataclass(slots=True)
class Learning:
    """Takes what sensors agree on into the book."""

    book: Book
    config: Config
    note: Callable[[str], None]
    outside: Outside = field(init=False)
    _counted: dict[tuple[Track, bytes], int] = field(default_factory=dict)
    "Records that an earlier run counted."
    _written: dict[Track, tuple[bytes, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outside = Outside(self._is_trusted)

    def _is_trusted(self, sensor: str, source: str) -> bool:
        """Sensors that the owner named, and what this machine says of itself: another sender is anybody."""
        if any(section.name == sensor for section in self.config.sensor):
            return True
        local = sensor if source == COLLECTOR else source.removeprefix("syslog:")
        return local in _LOOPBACK or not (source == COLLECTOR or source.startswith("syslog:"))

    def tell(self) -> None:
        """Write down what is new. Raises VardeError when the disk refuses."""
        now = time.monotonic()
        for track, agreed in self.outside.agreed().items() if self.config.geo.learn else ():
            address, when = self._written.get(track, (b"", 0.0))
            if address == agreed.address and now < when + EVIDENCE_SECONDS:
                continue
            said: list[str] = []
            self.book.change(partial(self._learnt, track, agreed, said))
            self._written[track] = agreed.address, now
            for sentence in said:
                self.note(sentence)

    def _learnt(self, track: Track, agreed: Agreed, said: list[str], kept: Kept) -> Kept:
        """With what a track agrees on: more evidence, or the end of the old address and the beginning of the new. Says which."""
        text = text_of(agreed.address)
        network = ipaddress.ip_network(text)
        mine = [fact for fact in kept.facts if fact.origin == LEARNT and fact.last is None and _track(fact) == track]
        old = next((fact for fact in mine if fact.network == network), None)
        evidence = self._evidence(track, agreed, old)
        if old is not None:
            return replace(kept, facts=tuple(replace(fact, evidence=evidence) if fact is old else fact for fact in kept.facts))
        begins = datetime.fromtimestamp(agreed.first / 1e6, timezone.utc)
        # one that began later, by its stamps, was none
        ended = [replace(fact, last=begins) if fact in mine else fact for fact in kept.facts if fact not in mine or fact.first is None or fact.first < begins]
        if mine:
            said.append(f"{track.sensor}: {', '.join(shortest(fact.network) for fact in mine)} is its outside address no more, since {iso(agreed.first)[:16]}Z")
        fresh = Own(network, "", "outside", begins, None, LEARNT, evidence)
        if text in kept.refused or self._is_known(track, network, agreed.last, kept) or overruled(fresh, self.config):
            return replace(kept, facts=tuple(ended))
        said.append(f"{track.sensor}: its outside address is {text} since {iso(agreed.first)[:16]}Z, as {counted(agreed.records, 'record')} say; "
                    f"`varde home remove {text}` if it is not yours")  # fmt: skip
        return replace(kept, facts=(*ended, fresh))

    def _evidence(self, track: Track, agreed: Agreed, old: Own | None) -> Evidence:
        key = track, agreed.address
        before = old.evidence if old else None
        if before is None:
            self._counted[key] = 0
        earlier = self._counted.setdefault(key, before.records if before else 0)
        first = min(before.first, iso(agreed.first)) if before else iso(agreed.first)
        return Evidence(track.sensor, earlier + agreed.records, first, iso(agreed.last))

    def _is_known(self, track: Track, network: Network, moment: int, kept: Kept) -> bool:
        """Whether the owner said so himself, or another sensor did."""
        others = (fact for fact in kept.facts if fact.origin == ADDED or _track(fact) != track)
        told = (own for own in (*configured(self.config), *others) if own.network.version == network.version)
        return any(network.subnet_of(own.network) and holds(own, moment) for own in told)  # type: ignore[arg-type]  # of one version


def _track(fact: Own) -> Track:
    return Track(fact.evidence.sensor if fact.evidence else "", fact.network.version)
