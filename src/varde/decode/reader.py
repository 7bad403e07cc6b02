"""Lines of any kind: honeypot dialects take theirs first, then those of sightings and of printed flows, and firewall dialects
are asked for the rest.

Honeypots first because theirs are the narrower claims: a CEF line of Cowrie is a firewall's to a reader of CEF."""

import re
from collections.abc import Iterable

import numpy as np
import polars as pl

from varde.decode import firewall, flowtext, honeypot, sightings
from varde.decode.batch import STRANGERS_MAX, Decoded, Origin
from varde.decode.lines import Lines
from varde.model import PROBES

WHOLE_MIN = 100
"""Lines of a block that is looked at as a whole first. Few lines may be of a large block."""

Dialect = firewall.Dialect | honeypot.Dialect | sightings.Dialect | flowtext.Dialect

DIALECTS: dict[str, Dialect] = {**honeypot.DIALECTS, **sightings.DIALECTS, **flowtext.DIALECTS, **firewall.DIALECTS}
"""All formats that lines may be of, by name."""


UNASKED = "unasked"
"""Outcome of lines that were not looked at, because they can have no record of a table that is wanted."""


class Reader:
    """Reads blocks of lines of one sender or file; remembers what they speak. Not shared between threads.

    `wanted`: names of the only tables whose records are asked for; all where None, and where probes are among them.
    `in_order`: whether blocks come in the order of the text, so that what one says may complete the next."""

    def __init__(self, dialects: Iterable[Dialect], start: firewall.Boot | None = None, wanted: frozenset[str] | None = None, *, in_order: bool = True) -> None:
        known = tuple(dialects)
        self._wanted = None if wanted is None or PROBES.name in wanted else wanted
        self._honeypot = honeypot.HoneypotReader.of((d for d in known if isinstance(d, honeypot.Dialect)), in_order=in_order)
        self._sightings = sightings.SightingReader.of(d for d in known if isinstance(d, sightings.Dialect))
        self._flows = flowtext.FlowTextReader(d for d in known if isinstance(d, flowtext.Dialect))
        pivots = dict.fromkeys(pivot for reader in (self._honeypot.dialects, self._sightings.dialects, self._flows.dialects) for dialect in reader for pivot in dialect.pivots)
        self._pivots = "|".join(map(re.escape, pivots))
        self._were_others = False  # of the last block: then it is no use to ask whether some of this one are
        self._firewall = firewall.FirewallReader((d for d in known if isinstance(d, firewall.Dialect)), start)

    def read(self, lines: Lines, origin: Origin) -> Decoded:
        """Decode one block. Raises nothing: what cannot be read is counted and sampled in the answer."""
        if self._wanted is not None:
            return self._of_wanted(lines, origin, self._wanted)
        if len(lines) >= WHOLE_MIN and not self._were_others and not self._flows.is_within and not self._may_be_of_others(lines):
            return self._firewall.read(lines, origin)
        decoded: Decoded | None = None
        for reader in self._others():
            found, left = reader.read(lines, origin)
            if len(left) < len(lines):
                decoded = _together(decoded, found) if decoded else found
                lines = lines.take(left)
        self._were_others = decoded is not None
        if decoded is None:
            return self._firewall.read(lines, origin)
        return _together(decoded, self._firewall.read(lines, origin)) if len(lines) else decoded

    def _others(self) -> tuple[honeypot.HoneypotReader | sightings.SightingReader | flowtext.FlowTextReader, ...]:
        """Who is asked before the firewalls; printed flows first while a header says that they go on."""
        others = (self._honeypot, self._sightings, self._flows)
        return (self._flows, self._honeypot, self._sightings) if self._flows.is_within else others

    def _may_be_of_others(self, lines: Lines) -> bool:
        """Whether any pivot stands anywhere: asked of the block as one text, which takes a third of asking each line."""
        whole = lines.spans(np.zeros(1, dtype=np.int64), np.array([len(lines.octets)]))
        return bool(self._pivots) and bool(whole.str.contains(self._pivots)[0])

    def _of_wanted(self, lines: Lines, origin: Origin, wanted: frozenset[str]) -> Decoded:
        rows = self._honeypot.telling(lines, wanted)
        decoded, left = self._honeypot.read(lines.take(rows), origin)
        decoded.others = {name: batch for name, batch in decoded.others.items() if name in wanted}
        asked = np.zeros(len(lines), dtype=bool)
        asked[np.delete(rows, left)] = True
        decoded.tell("", UNASKED, lines.offset[~asked])
        decoded.counts["", "lines"] = len(lines)
        return decoded


def _together(earlier: Decoded, later: Decoded) -> Decoded:
    later.others = earlier.others | later.others
    later.counts.update(earlier.counts)
    later.fates += earlier.fates
    later.strangers = (later.strangers + earlier.strangers)[:STRANGERS_MAX]
    later.stamps.update(earlier.stamps)
    later.unsaid.update(earlier.unsaid)
    later.rejects = pl.concat([earlier.rejects, later.rejects])
    return later


class Readers:
    """Readers of one text for several threads, each used by one at a time; all count uptimes from the same start.

    The first block must be read alone: it says when the machine started."""

    def __init__(self, dialects: Iterable[Dialect], wanted: frozenset[str] | None = None, start: firewall.Start | None = None) -> None:
        """`wanted`: as for Reader. `start`: where something told of it already."""
        self._dialects = tuple(dialects)
        self._wanted = wanted
        self._idle: list[Reader] = []
        self._start = start or firewall.Start()

    def read(self, lines: Lines, origin: Origin) -> Decoded:
        """As Reader.read."""
        reader = self._idle.pop() if self._idle else Reader(self._dialects, self._start, self._wanted, in_order=False)
        decoded = reader.read(lines, origin)
        self._idle.append(reader)
        return decoded
