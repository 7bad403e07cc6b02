"""Two flows that are the two directions of one conversation: what one says of who began it, and which of them began first."""

import secrets

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.addresses import matrix

Numbers = NDArray[np.uint64]

PAIRS_MAX = 65_536
"""Flows whose directions are remembered between batches, some 2 MB; twice as many for a moment. The one that came longest ago is
forgotten first: by arrival, so that no clock of an exporter, or of who pretends to be one, makes it forget."""

ANSWER_US = 10_000_000
"""us between the first packets of two directions: a slow answer comes within seconds. What lies further apart is another
conversation between the same ports."""

_SYN = 2
_ONE = np.uint64(1)

_MARK_BITS = 21
"""Of a key that tell which mark is its own: 4 MB of marks, of which some 5 % are set."""

_UNMARKED = np.uint64(64 - _MARK_BITS)
_MIXING = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
"""Shifts and factors that spread the bits of a number over all of it (Steele, Lea and Flood, Fast splittable pseudorandom number
generators, 2014)."""

_SCHEMA = {"key": pl.UInt64, "low": pl.Boolean, "start": pl.Int64, "said": pl.String, "is_exact": pl.Boolean, "syn": pl.Boolean}

PAIRED = {"said": pl.String, "first": pl.String, "is_whole": pl.Boolean}
"""Columns of what is known by the other direction: which end it says began; which began by time; whether one of them has the
beginning of a TCP connection."""


class Pairs:
    """Remembers directions of conversations of each exporter, whose clock both directions share."""

    def __init__(self, most: int = PAIRS_MAX) -> None:
        self._most = most
        self._seeds = [np.uint64(secrets.randbits(64) | 1) for _ in range(3)]  # nobody can make conversations that look like another's
        self._seen = pl.DataFrame(schema=_SCHEMA)

    @property
    def remembered(self) -> int:
        """How many directions."""
        return len(self._seen)

    def paired(self, flows: pl.DataFrame) -> pl.DataFrame:
        """Columns PAIRED, one row for each flow: null where its other direction is in neither this batch nor one before."""
        here = self._directions(flows)
        asked = here.with_row_index("row")
        asked = asked.filter(pl.col("key").is_not_null()) if here["key"].null_count() else asked
        self._seen = pl.concat([self._seen, asked.select(list(_SCHEMA))])
        again = _may_be_paired(self._seen)  # most flows are alone, and sorting them is most of the work
        known, asked = self._seen.filter(again), asked.filter(again.tail(len(asked)))
        if len(self._seen) > 2 * self._most:
            self._seen = self._seen.tail(self._most)
        return _judged(_nearest(asked, known), len(flows))

    def _directions(self, flows: pl.DataFrame) -> pl.DataFrame:
        """The conversation of each flow as a number that is the same both ways, and which way this one goes."""
        src, dst = (self._hash(flows, f"{end}_addr", f"{end}_port") for end in ("src", "dst"))
        key = src + dst + self._hash(flows, "exporter", "domain") * (_numbers(flows, "proto") << _ONE | _ONE)
        of_flows = flows.select(
            pl.Series("low", src < dst), pl.col("time").alias("start"), pl.col("initiator").alias("said"),
            is_exact=pl.col("end_time").is_not_null() & ~(pl.col("sampling") > 1).fill_null(value=False),
            syn=(pl.col("tcp_flags") & _SYN > 0).fill_null(value=False),
        )  # fmt: skip
        there = flows["src_addr"].is_not_null() & flows["dst_addr"].is_not_null() & pl.Series(src != dst)
        return of_flows.with_columns(key=pl.when(there).then(pl.Series("key", key))).select(list(_SCHEMA))

    def _hash(self, flows: pl.DataFrame, address: str, number: str) -> Numbers:
        """64 bits of an address and a number, of which every bit depends on every bit of theirs."""
        words = matrix(flows[address].fill_null(bytes(16))).view(np.uint64)
        high, low, other = self._seeds
        mixed: Numbers = (words[:, 0] ^ high) * low + words[:, 1] * high
        mixed ^= mixed >> np.uint64(32)
        mixed ^= _numbers(flows, number) * other
        for shift, factor in _MIXING:
            mixed ^= mixed >> shift
            mixed *= factor
        mixed ^= mixed >> np.uint64(31)
        return mixed


def _numbers(flows: pl.DataFrame, name: str) -> Numbers:
    """A column of integers, null as a number that is no port."""
    return flows[name].fill_null(-1).to_numpy().view(np.uint64)


def _may_be_paired(seen: pl.DataFrame) -> pl.Series:
    """Which directions may have one of the same conversation the other way: all that have, and a few more."""
    place = (seen["key"].to_numpy() >> _UNMARKED << _ONE | seen["low"].to_numpy()).view(np.int64)
    marks = np.zeros(2 << _MARK_BITS, dtype=np.bool_)
    marks[place] = True
    return pl.Series(marks.take(place ^ 1))


def _nearest(asked: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Of each direction the flow the other way that began nearest to it, in columns that end in `_other`."""
    turned = known.with_columns(low=~pl.col("low"), start_other=pl.col("start")).sort("start")
    return asked.sort("start").join_asof(
        turned, on="start", by=["key", "low"], strategy="nearest", tolerance=ANSWER_US, suffix="_other", check_sortedness=False
    )


def _judged(joined: pl.DataFrame, count: int) -> pl.DataFrame:
    """A time of the first packet says something only where all packets are counted and the exporter gave it."""
    earlier, later = pl.col("start") < pl.col("start_other"), pl.col("start") > pl.col("start_other")
    judged = joined.filter(pl.col("start_other").is_not_null()).select(
        "row", said=pl.col("said_other").replace_strict({"src": "dst", "dst": "src"}, default=None, return_dtype=pl.String),
        first=pl.when(pl.col("is_exact") & pl.col("is_exact_other")).then(pl.when(earlier).then(pl.lit("src")).when(later).then(pl.lit("dst"))),
        is_whole=pl.col("syn") | pl.col("syn_other"),
    )  # fmt: skip
    if judged.is_empty():
        return pl.select(pl.repeat(None, count, dtype=dtype).alias(name) for name, dtype in PAIRED.items())
    place = pl.select(pl.repeat(None, count, dtype=pl.Int64)).to_series().scatter(judged["row"], np.arange(len(judged)))
    return judged.select(pl.col(name).gather(place) for name in PAIRED)
