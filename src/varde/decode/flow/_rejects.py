"""What could not be read: counted by reason, with samples of the first of each."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from varde.decode.batch import SAMPLES_PER_BLOCK, Origin, empty_batch, schema_of
from varde.decode.flow._messages import PROTOCOLS, Messages
from varde.model import REJECTS

SAMPLE_OCTETS = 64
"""Octets of a sample: a header and the beginning of what is behind it."""

REASONS = {
    "version": "datagrams that are of no flow protocol that Varde reads, or shorter than a header",
    "count": "datagrams whose header says that they hold no records, though they do",
    "truncated": "datagrams, sets or records that end before they should",
    "set_length": "sets that say to be shorter than their own header",
    "set_id": "sets with a number that is reserved (4 to 255, or of the other protocol)",
    "template_id": "templates with a number below 256",
    "template_fields": "templates without fields, with too many, or whose records would have no octets",
    "field_length": "NetFlow v9 templates with a field of variable length, which only IPFIX has",
    "scope": "options templates with more scope fields than fields, or odd lengths",
    "unknown_template": "sets whose template did not come in time",
    "layouts": "sets of more different templates than are read at once, those with the least data first",
    "sample": "sFlow samples that end before they should",
}
"""Reason of a reject and what it counts, for people."""


_NONE = empty_batch(REJECTS)  # a batch without any is the usual one, and frames are never changed


@dataclass(slots=True)
class Rejects:
    """Collects; a place in the buffer says where the damage is."""

    origin: Origin
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    damaged: set[int] = field(default_factory=set)
    "Places of messages with something in them that could not be read."
    _rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, messages: Messages, message: int, reason: str, sample: bytes) -> None:
        """One thing that could not be read, in one message."""
        row = messages[message]
        protocol = PROTOCOLS[int(row["protocol"])]
        self.damaged.add(message)
        self.counts[protocol, f"reject:{reason}"] += 1
        if self.counts[protocol, f"reject:{reason}"] <= SAMPLES_PER_BLOCK:
            self._rows.append({
                "time": int(row["received"]), "sensor": self.origin.sensor, "dialect": protocol, "reason": reason, "sample": sample[:SAMPLE_OCTETS].hex(), "source": self.origin.source,
                "file": self.origin.file, "offset": int(row["offset"]),
            })  # fmt: skip

    def frame(self) -> pl.DataFrame:
        if not self._rows:
            return _NONE
        schema = schema_of(REJECTS)
        known = {name: dtype for name, dtype in schema.items() if name != "day"}
        made = pl.DataFrame(self._rows, schema=known)
        return made.with_columns(pl.from_epoch("time", "us").dt.date().alias("day")).select(list(schema))
