"""Indicators as a matcher needs them, taken over part by part: a few octets for each, and no row of a table."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from varde.intel.arrays import matrix
from varde.intel.families import Keys, sixteen_octets, split
from varde.intel.members import TEXTS, Gathering
from varde.intel.names import hashes

MATCHED = ("type", "value", "address", "prefix", *TEXTS, "first_seen", "expires")
"""Columns of INDICATORS of which a matcher is made."""

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Listed prefixes of one family."""

    start: Keys
    length: NDArray[np.uint8]
    member: Ids


@dataclass(frozen=True, slots=True)
class Named:
    """Listed names, as often as lists have them."""

    names: pl.Series
    hashed: NDArray[np.uint64]
    member: Ids


class _Prefixes:
    """Prefixes of one family that come in parts; IPv4 waits in four octets each."""

    def __init__(self, kind: str) -> None:
        self._start: list[Keys] = [np.zeros(0, dtype=kind)]
        self._length = [np.zeros(0, dtype=np.uint8)]
        self._member = [np.zeros(0, dtype=np.int32)]

    def add(self, start: Keys, length: NDArray[np.uint8], member: Ids) -> None:
        self._start.append(start)
        self._length.append(length)
        self._member.append(member)

    def taken(self, number: Ids) -> Prefixes:
        """All, with the members that `number` says; none are kept."""
        start = np.concatenate(self._start)
        start = start.astype(np.uint64) if start.dtype == np.uint32 else start
        made = Prefixes(start, np.concatenate(self._length), number[np.concatenate(self._member)])
        self._start, self._length, self._member = [], [], []
        return made


class _Names:
    """Names that come in parts."""

    def __init__(self) -> None:
        self._names = [pl.Series([], dtype=pl.String)]
        self._hashed = [np.zeros(0, dtype=np.uint64)]
        self._member = [np.zeros(0, dtype=np.int32)]

    def add(self, names: pl.Series, member: Ids) -> None:
        # a copy: its own view would keep the text of the whole part
        self._names.append(pl.Series(names.to_arrow().cast(pa.large_string())))
        self._hashed.append(hashes(names.to_list()))
        self._member.append(member)

    def taken(self, number: Ids) -> Named:
        """As of prefixes."""
        made = Named(pl.concat(self._names), np.concatenate(self._hashed), number[np.concatenate(self._member)])
        self._names, self._hashed, self._member = [], [], []
        return made


@dataclass(slots=True)
class Compact:
    """What was added."""

    v4: _Prefixes = field(default_factory=lambda: _Prefixes("u4"))
    v6: _Prefixes = field(default_factory=lambda: _Prefixes("S16"))
    names: _Names = field(default_factory=_Names)
    gathering: Gathering = field(default_factory=Gathering)
    count: int = 0
    expires: int | None = None

    def add(self, part: pl.DataFrame, now: int) -> None:
        """Take over the rows (columns MATCHED) that have not expired at `now`."""
        live = part.filter(pl.col("expires").is_null() | (pl.col("expires") > now))
        member = self.gathering.add(live)
        self.count += len(live)
        expires = live["expires"].min()
        if isinstance(expires, int):
            self.expires = expires if self.expires is None else min(self.expires, expires)
        self._add_addresses(live, member)
        named = (live["type"] == "domain").arg_true()
        self.names.add(live["value"].gather(named), member[named.to_numpy()])

    def _add_addresses(self, live: pl.DataFrame, member: Ids) -> None:
        rows = live["address"].is_not_null().arg_true()
        octets = matrix(live["address"].gather(rows))
        length, mine = live["prefix"].gather(rows).to_numpy().astype(np.uint8), member[rows.to_numpy()]
        is_v4, numbers = split(octets)
        self.v4.add(numbers[is_v4], length[is_v4], mine[is_v4])
        self.v6.add(sixteen_octets(octets[~is_v4]), length[~is_v4], mine[~is_v4])
