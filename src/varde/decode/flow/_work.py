"""One batch on its way through the decoder, and how records of one layout become rows of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import Origin
from varde.decode.flow._columns import is_flow, tables
from varde.decode.flow._facts import Facts
from varde.decode.flow._layout import Layout
from varde.decode.flow._messages import PROTOCOLS, Messages
from varde.decode.flow._records import Records, fixed_records, variable_records
from varde.decode.flow._rejects import Rejects
from varde.decode.flow._rows import Rows
from varde.decode.flow._streams import Stream


@dataclass(slots=True)
class Work:
    """What is read, and what came of it so far."""

    octets: NDArray[np.uint8]
    messages: Messages
    streams: list[Stream]
    "Of the batch; a message's `stream` is a place in it."
    rejects: Rejects
    origin: Origin
    facts: list[Facts] = field(init=False)
    "What held when: a message's `facts` is a place in it; the first are those of `streams`."
    arrived: int = field(init=False)
    "How many messages came; behind them stand those of sets that waited for their template."
    promised: NDArray[np.int64] = field(init=False)
    "Of each message that came: the flows that its header says it has."
    records: NDArray[np.int64] = field(init=False)
    "Of each message that came: its data records."
    plain: NDArray[np.int64] = field(init=False)
    "Of each message that came: its data records that are no options."
    slack: NDArray[np.int64] = field(init=False)
    "Of each message that came: octets of sets whose records could not be counted."
    flows: list[pl.DataFrame] = field(default_factory=list)
    nat: list[pl.DataFrame] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    losses: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = [stream.facts for stream in self.streams]
        self.arrived = len(self.messages)
        self.promised, self.records, self.plain, self.slack = np.zeros((4, self.arrived), np.int64)

    @property
    def view(self) -> memoryview:
        """The octets, to cut pieces from without copying."""
        return memoryview(self.octets)  # type: ignore[arg-type]  # NumPy's stubs do not say that arrays are buffers

    def count(self, outcome: str, message: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Count records of sets under their protocol."""
        sums = np.bincount(self.messages["protocol"][message], weights=counts, minlength=len(PROTOCOLS))
        for protocol in np.flatnonzero(sums).tolist():
            self.counts[PROTOCOLS[protocol], outcome] += int(sums[protocol])

    def rows(self, message: NDArray[np.int64], counts: NDArray[np.int64]) -> Rows:
        return Rows(self.messages, self.facts, message, counts, self.origin, [stream.sensor for stream in self.streams])


@dataclass(frozen=True, slots=True)
class Group:
    """Sets of one layout: their octets, and the message of each."""

    layout: Layout
    pieces: Sequence["bytes | memoryview"]
    sizes: NDArray[np.int64]
    "Octets of each set."
    message: NDArray[np.int64]
    source: NDArray[np.int64]
    "The message that the set came in; -1 where that was in an earlier batch."


def read_group(work: Work, group: Group) -> tuple[Records, NDArray[np.int64]]:
    """The records of a group and how many each set has; sets that end in the midst of one are rejected."""
    if group.layout.fixed:
        records, counts = fixed_records(group.layout, group.pieces, group.sizes)
        damaged = np.flatnonzero((counts == 0) & (group.sizes > 0)).tolist()
        found: Records = records
    else:
        found, counts, damaged = variable_records(group.layout, group.pieces)
    for number in damaged:
        work.rejects.add(work.messages, int(group.message[number]), "truncated", bytes(group.pieces[number]))
    return found, counts


def add_flows(work: Work, records: Records, message: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Make rows of records, and count them for their streams."""
    if not len(records):
        return
    if not is_flow(records.layout):
        work.count("ignored", message, counts)
        return
    flows, nat, wrong = tables(records, work.rows(message, counts))
    if wrong is not None:
        _tally(work, "times", np.repeat(message, counts)[wrong], 1)
    work.flows.append(flows)
    work.nat.append(nat)
    work.count("records", message, counts)
    _tally(work, "flows", message, counts)
    _tally(work, "late", message, counts * work.messages["late"][message])


def add_options(work: Work, message: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Count options records."""
    work.count("options", message, counts)
    _tally(work, "options", message, counts)


def _tally(work: Work, name: str, message: NDArray[np.int64], counts: "NDArray[np.int64] | int") -> None:
    """Add up by stream."""
    weights = np.broadcast_to(np.asarray(counts), message.shape)
    sums = np.bincount(work.messages["stream"][message], weights=weights, minlength=len(work.streams))
    for number in np.flatnonzero(sums).tolist():
        tally = work.streams[number].tally
        setattr(tally, name, getattr(tally, name) + int(sums[number]))
