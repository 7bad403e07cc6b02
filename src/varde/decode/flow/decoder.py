"""The flow decoder: export datagrams in, rows of flows, translations and losses out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from varde.decode.addresses import text_of
from varde.decode.batch import Decoded, Origin, empty_batch
from varde.decode.flow import _state
from varde.decode.flow._follow import follow, take_losses
from varde.decode.flow._held import Held
from varde.decode.flow._losses import losses_frame
from varde.decode.flow._messages import NONE, PROTOCOLS, read_messages
from varde.decode.flow._read_fixed import read_fixed
from varde.decode.flow._read_templated import read_templated
from varde.decode.flow._rejects import Rejects
from varde.decode.flow._sflow import read_agents, read_sflow
from varde.decode.flow._streams import Key, Stream, Streams, keys_of
from varde.decode.flow._work import Work
from varde.decode.flow.datagrams import UDP, Datagrams
from varde.model import FLOWS, NAT, Table


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration says about exporters."""

    sensors: Mapping[bytes, str] = field(default_factory=dict)
    "Names by the 16 octets of their address."
    sampling: Mapping[bytes, int] = field(default_factory=dict)
    "One packet of how many, by the same: goes before everything that the exporter says."


@dataclass(slots=True)
class FlowBatch:
    """What became of a batch of datagrams. `counts` is keyed by (protocol, outcome): `lines` are datagrams, `records` those
    of flows and translations, `options` records about the exporter, `ignored` records that tell of no flow (statistics, sections of
    packets, counters), and `reject:REASON` what could not be read."""

    flows: pl.DataFrame = field(default_factory=lambda: empty_batch(FLOWS))
    nat: pl.DataFrame = field(default_factory=lambda: empty_batch(NAT))
    losses: pl.DataFrame = field(default_factory=lambda: losses_frame([]))
    "The ledger's changes since the batch before, one row for each observation domain that was heard."
    rejects: pl.DataFrame = field(default_factory=pl.DataFrame)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def decoded(self) -> Decoded:
        """As the writer of batches takes it: only tables that have rows, and what became of datagrams, not of what is in them."""
        named = {"flows": self.flows, "nat": self.nat, "losses": self.losses}
        others = {name: frame for name, frame in named.items() if not frame.is_empty()}
        counts = Counter({key: count for key, count in self.counts.items() if key[1] in ("lines", "records") or key[1].startswith("reject:")})
        return Decoded(others=others, rejects=self.rejects, counts=counts)


class FlowDecoder:
    """Reads what exporters send to one collector. Not shared between threads."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._streams = Streams()
        self._held = Held()

    def decode(self, datagrams: Datagrams, origin: Origin) -> FlowBatch:
        """Decode datagrams in order of arrival. Raises nothing: what cannot be read is counted and sampled in the answer.

        `origin.sensor` names the sensor, but for a live origin, where each exporter is one: by the settings, else by its address."""
        work = self._begin(datagrams, origin)
        read_fixed(work)
        read_templated(work, self._held)
        read_sflow(work)
        follow(work)
        if work.arrived:
            self._held.expire(int(work.messages["received"].max()))
        return self._end(work)

    def finish(self, origin: Origin) -> FlowBatch:
        """Give up what is still held: at the end of a file, or when the collector stops."""
        self._held.drop_all()
        work = self._begin(Datagrams.of([]), origin)
        work.streams += [stream for stream in self._streams if stream.convention and stream.convention.flush(stream.sequence)]
        return self._end(work)

    def end(self, transport: int) -> None:
        """Forget a connection that was closed: its templates die with it (RFC 7011 section 8.1)."""
        self._streams.end(transport)

    def state(self) -> dict[str, Any]:
        """What a restart should know, as JSON values: templates, options data and sequence numbers of exporters over UDP."""
        return _state.state_of(stream for stream in self._streams if stream.key.transport == UDP)

    def restore(self, state: Mapping[str, Any]) -> int:
        """Take in what `state` gave. Returns how many observation domains; what is damaged is left out."""
        count = _state.restore(self._streams, state)
        self._streams.bound(self._streams)
        return count

    def exporters(self) -> list[dict[str, Any]]:
        """What is known of each observation domain, for display: templates and when they came, sampling, names, clock, losses."""
        return [_state.shown(stream) for stream in self._streams]

    def _begin(self, datagrams: Datagrams, origin: Origin) -> Work:
        messages = read_messages(datagrams)
        read_agents(datagrams.octets, messages)
        strange = Rejects(origin)
        for row in np.flatnonzero(messages["protocol"] == NONE).tolist():
            start = int(datagrams.start[row])
            strange.add(messages, row, "version", datagrams.octets[start : start + int(datagrams.length[row])].tobytes())
        strange.damaged.clear()  # they are of no stream
        messages = messages[messages["protocol"] != NONE]
        keys, which = keys_of(messages)
        streams = [self._stream(key, origin) for key in keys]
        messages["stream"] = messages["facts"] = which
        fixed = np.array([stream.sampling or 0 for stream in streams], np.int64)[which] if streams else which
        messages["sampling"] = np.where(fixed > 0, fixed, messages["sampling"])
        work = Work(datagrams.octets, messages, streams, strange, origin)
        work.counts["", "lines"] = len(datagrams)
        return work

    def _stream(self, key: Key, origin: Origin) -> Stream:
        sensor = origin.sensor
        if origin.live:
            sensor = self.settings.sensors.get(key.exporter) or (text_of(key.exporter) if any(key.exporter) else sensor)
        return self._streams.get(key, sensor, self.settings.sampling.get(key.exporter))

    def _end(self, work: Work) -> FlowBatch:
        self._streams.bound(work.streams)
        gone = self._streams.take_forgotten()
        for stream in gone:
            self._held.drop(stream.number)
        touched = {stream.number: stream for stream in (*work.streams, *gone)}
        for number, sets in self._held.take_fallen().items():
            stream = touched.setdefault(number, self._streams.numbered(number))
            stream.tally.unknown_template += sets
            work.counts[PROTOCOLS[stream.key.protocol], "reject:unknown_template"] += sets
        rows = [row for stream in touched.values() for row in take_losses(stream, work.origin)]
        self._streams.release(gone)
        work.counts.update(work.rejects.counts)
        counts = Counter({outcome: count for outcome, count in work.counts.items() if count})
        return FlowBatch(_joined(work.flows, FLOWS), _joined(work.nat, NAT), losses_frame(rows), work.rejects.frame(), counts)


def _joined(frames: list[pl.DataFrame], table: Table) -> pl.DataFrame:
    return pl.concat(frames) if frames else empty_batch(table)
