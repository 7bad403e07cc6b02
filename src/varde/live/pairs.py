"""Two flows that are the two directions of one conversation: what one says of who began it, and which of them began first."""

import secrets

import numpy as np
import polars as pl

PAIRS_MAX = 65_536
"""Flows whose directions are remembered between batches, some 2 MB; twice as many for a moment. The one that came longest ago is
forgotten first: by arrival, so that no clock of an exporter, or of who pretends to be one, makes it forget."""

ANSWER_US = 10_000_000
"""us between the first packets of two directions: a slow answer comes within seconds. What lies further apart is another
conversation between the same ports."""

_SYN = 2
_SCHEMA = {"key": pl.UInt64, "low": pl.Boolean, "start": pl.Int64, "said": pl.String, "is_exact": pl.Boolean, "syn": pl.Boolean}

PAIRED = {"said": pl.String, "first": pl.String, "is_whole": pl.Boolean}
"""Columns of what is known by the other direction: which end it says began; which began by time; whether one of them has the
beginning of a TCP connection."""


class Pairs:
    """Remembers directions of conversations of each exporter, whose clock both directions share."""

    def __init__(self, most: int = PAIRS_MAX) -> None:
        self._most = most
        self._seed = secrets.randbits(64)  # nobody can make conversations that look like another's
        self._seen = pl.DataFrame(schema=_SCHEMA)

    @property
    def remembered(self) -> int:
        """How many directions."""
        return len(self._seen)

    def paired(self, flows: pl.DataFrame) -> pl.DataFrame:
        """Columns PAIRED, one row for each flow: null where its other direction is in neither this batch nor one before."""
        here = self._directions(flows)
        asked = here.with_row_index("row").filter(pl.col("key").is_not_null())
        self._seen = pl.concat([self._seen, asked.select(list(_SCHEMA))])
        again = self._seen["key"].is_duplicated()  # most flows are alone, and sorting them is most of the work
        known, asked = self._seen.filter(again), asked.filter(again.tail(len(asked)))
        if len(self._seen) > 2 * self._most:
            self._seen = self._seen.tail(self._most)
        return _judged(_nearest(asked, known), len(flows))

    def _directions(self, flows: pl.DataFrame) -> pl.DataFrame:
        """The conversation of each flow as a number that is the same both ways, and which way this one goes."""
        ends = [self._hash(flows, f"{end}_addr", f"{end}_port") for end in ("src", "dst")]
        with np.errstate(over="ignore"):
            key = ends[0] + ends[1] + self._hash(flows, "exporter", "domain", "proto")
        told = pl.DataFrame({"key": key, "low": ends[0] < ends[1]})
        of_flows = flows.select(
            pl.col("time").alias("start"), pl.col("initiator").alias("said"),
            is_exact=pl.col("end_time").is_not_null() & ~(pl.col("sampling") > 1).fill_null(value=False),
            syn=(pl.col("tcp_flags") & _SYN > 0).fill_null(value=False),
            _there=pl.col("src_addr").is_not_null() & pl.col("dst_addr").is_not_null() & pl.Series(ends[0] != ends[1]),
        )  # fmt: skip
        both = pl.concat([told, of_flows], how="horizontal")
        return both.with_columns(key=pl.when("_there").then("key")).select(list(_SCHEMA))

    def _hash(self, flows: pl.DataFrame, *names: str) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        return flows.select(pl.struct(names).hash(self._seed)).to_series().to_numpy()


def _nearest(asked: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Of each direction the flow the other way that began nearest to it, in columns that end in `_other`."""
    turned = known.with_columns(low=~pl.col("low"), start_other=pl.col("start")).sort("start")
    return asked.sort("start").join_asof(
        turned, on="start", by=["key", "low"], strategy="nearest", tolerance=ANSWER_US, suffix="_other", check_sortedness=False
    )


def _judged(joined: pl.DataFrame, count: int) -> pl.DataFrame:
    """A time of the first packet says something only where all packets are counted and the exporter gave it."""
    earlier, later = pl.col("start") < pl.col("start_other"), pl.col("start") > pl.col("start_other")
    judged = joined.select(
        "row", said=pl.col("said_other").replace_strict({"src": "dst", "dst": "src"}, default=None, return_dtype=pl.String),
        first=pl.when(pl.col("is_exact") & pl.col("is_exact_other")).then(pl.when(earlier).then(pl.lit("src")).when(later).then(pl.lit("dst"))),
        is_whole=pl.col("syn") | pl.col("syn_other"),
    )  # fmt: skip
    rows = pl.DataFrame({"row": pl.arange(count, eager=True, dtype=pl.UInt32)})
    return rows.join(judged, on="row", how="left", maintain_order="left").drop("row")
