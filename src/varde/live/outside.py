"""Outside addresses, learnt from what the owner's own sensors log: where probes from everywhere go to, and what routers translate to.

    records of trusted sensors --15 s each--> samples --100 of them--> one address, or none

What arrives was written by strangers, so one record is worth nothing. However many come in a slot of time, it is one sample, and a sample
only where nearly all of its records agree: a flood of minutes changes nothing, and beside the ordinary noise it must be ten times as much for
half an hour. Only addresses that are located at all are learnt: private and reserved ones are the owner's to name."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from varde.decode.addresses import matrix
from varde.intel.geography import HOME
from varde.intel.special import TABLE as SPECIAL

SLOT = 15_000_000
"""us of our own clock that make one sample, however many records they have."""

SAMPLES = 100
"""Samples that an answer is made of: 25 minutes of them at least."""

AGREEING = 95
"""Of SAMPLES, how many must name the same address: two addresses of one router are none that changes, and are the owner's to name."""

AGREEING_IN_SLOT = 0.9
"""Share of the records of a slot that make it a sample for their address; others make it a sample for none."""

NETWORKS = 30
"""Of how many different networks the agreeing samples must come: own hosts that all want one far server come from a few."""

TRACKS_MAX = 64
"""Sensors that are looked at, each by family; a configuration names fewer."""

ADDRESSES_MAX = 64
"""Addresses counted in one slot; more are counted as others, which keeps any from agreeing."""

_MAPPED = b"\x00" * 10 + b"\xff\xff"
_OTHERS = b""


@dataclass(frozen=True, slots=True)
class Track:
    """Whose outside address it is: a sensor has one of each family at a time, or none is learnt."""

    sensor: str
    version: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """An address on which a track agrees: 16 octets; stamps of the first and last record that named it (us), and how many did."""

    address: bytes
    first: int
    last: int
    records: int


@dataclass(frozen=True, slots=True)
class _Sample:
    address: bytes
    net: bytes
    first: int
    last: int
    records: int


@dataclass(slots=True)
class _Slot:
    """What came in one slot of time."""

    number: int
    counts: Counter[bytes] = field(default_factory=Counter)
    about: dict[bytes, tuple[bytes, int, int]] = field(default_factory=dict)
    "Of each address: network of a peer, first and last stamp."

    def add(self, address: bytes, net: bytes, first: int, last: int, records: int) -> None:
        known = address if address in self.counts or len(self.counts) < ADDRESSES_MAX else _OTHERS
        self.counts[known] += records
        if old := self.about.get(known):
            net, first, last = old[0], min(first, old[1]), max(last, old[2])
        self.about[known] = net, first, last

    def sample(self) -> _Sample:
        ((address, records),) = self.counts.most_common(1)
        agrees = records >= AGREEING_IN_SLOT * self.counts.total()
        net, first, last = self.about[address]
        return _Sample(address if agrees else _OTHERS, net, first, last, records)


@dataclass(slots=True)
class _Trail:
    """The last samples of a track."""

    slot: _Slot
    samples: deque[_Sample] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    agreed: Agreed | None = None

    def close(self, number: int) -> None:
        """A slot has gone: judge by its sample, and begin the next."""
        sample = self.slot.sample()
        self.samples.append(sample)
        self.slot = _Slot(number)
        if self.agreed and sample.address == self.agreed.address:
            old = self.agreed
            self.agreed = Agreed(old.address, old.first, max(old.last, sample.last), old.records + sample.records)
        elif (found := self._judge()) and (self.agreed is None or found.address != self.agreed.address):
            self.agreed = found

    def _judge(self) -> Agreed | None:
        if len(self.samples) < SAMPLES:
            return None
        ((address, count),) = Counter(sample.address for sample in self.samples).most_common(1)
        mine = [sample for sample in self.samples if sample.address == address]
        if address == _OTHERS or count < AGREEING or len({sample.net for sample in mine}) < NETWORKS:
            return None
        return Agreed(address, min(s.first for s in mine), max(s.last for s in mine), sum(s.records for s in mine))


@dataclass(slots=True)
class Outside:
    """A watcher of several threads' batches. `is_trusted` is asked with the sensor and source of records."""

    is_trusted: Callable[[str, str], bool]
    _trails: dict[Track, _Trail] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Count what a batch says of outside addresses; cheap where it says nothing."""
        claims = _CLAIMS.get(table)
        if claims is None or batch.is_empty() or "received" not in batch.columns:
            return
        known = batch.filter(self._trusted(batch), pl.col("received").is_not_null(), pl.col("src_addr").is_not_null())
        found = [claim(known) for claim in claims] if len(known) else []
        if rows := [row for frame in found for row in _summed(frame)]:
            with self._lock:
                for row in rows:
                    self._add(*row)

    def stored(self) -> None:
        """It learns from what arrives, stored or not."""

    def agreed(self) -> dict[Track, Agreed]:
        """What each track agrees on now."""
        with self._lock:
            return {track: trail.agreed for track, trail in self._trails.items() if trail.agreed}

    def _trusted(self, batch: pl.DataFrame) -> pl.Series:
        who = batch.select("sensor", "source")
        pairs = {pair: self.is_trusted(*map(str, pair)) for pair in who.unique().rows()}
        return pl.Series([pairs[pair] for pair in who.rows()], dtype=pl.Boolean) if len(pairs) > 1 else pl.repeat(next(iter(pairs.values())), len(batch), eager=True)

    def _add(self, sensor: str, slot: int, address: bytes, net: bytes, first: int, last: int, records: int) -> None:
        track = Track(sensor, 4 if address.startswith(_MAPPED) else 6)
        trail = self._trails.get(track)
        if trail is None:
            if len(self._trails) >= TRACKS_MAX:
                return
            trail = self._trails[track] = _Trail(_Slot(slot))
        if slot > trail.slot.number:
            trail.close(slot)
        if slot == trail.slot.number:  # what is older was passed on late
            trail.slot.add(address, net, first, last, records)


def _is_special(addresses: pl.Series) -> pl.Series:
    return pl.Series(SPECIAL.lookup(matrix(addresses)) >= 0, dtype=pl.Boolean)


def _probed(batch: pl.DataFrame) -> pl.DataFrame:
    """From strangers to the firewall itself: what it would pass on has an interface to leave by."""
    rows = batch.filter(pl.col("dst_addr").is_not_null(), pl.col("out_if").fill_null("") == "", pl.col("src_cc").fill_null("") != HOME)
    strangers = rows.filter(~_is_special(rows["src_addr"]), ~_is_special(rows["dst_addr"])) if len(rows) else rows
    return strangers.select("sensor", "time", "received", address="dst_addr", net=pl.coalesce("src_net", "src_addr"))


def _translated(batch: pl.DataFrame) -> pl.DataFrame:
    """From within, to what the router put in its place."""
    rows = batch.filter(pl.col("nat_src_addr").is_not_null())
    inner = rows.filter(_is_special(rows["src_addr"]), ~_is_special(rows["nat_src_addr"])) if len(rows) else rows
    return inner.select("sensor", "time", "received", address="nat_src_addr", net=pl.coalesce("dst_net", "dst_addr", pl.lit(_OTHERS)))


_CLAIMS: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], ...]] = {"probes": (_probed, _translated), "nat": (_translated,)}


def _summed(claims: pl.DataFrame) -> list[tuple[str, int, bytes, bytes, int, int, int]]:
    """By sensor, slot and address: a peer's network, first and last stamp, how many."""
    if claims.is_empty():
        return []
    keys = ["sensor", "slot", "address"]
    return claims.with_columns(slot=pl.col("received") // SLOT).group_by(keys).agg(
        pl.col("net").first(), first=pl.col("time").min(), last=pl.col("time").max(), records=pl.len(),
    ).sort(keys).rows()  # fmt: skip
