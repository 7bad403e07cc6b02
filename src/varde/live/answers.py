"""Which flows were answered: the other direction of the same pair was seen, in the same batch or a little before."""

import polars as pl

PAIRS_MAX = 65_536
"""Directions of pairs that are remembered, some 10 MB; the one last seen longest ago is forgotten first."""

WINDOW_SECONDS = 600.0
"""An exporter tells of a long connection at least every half hour, of the two directions of a short one at once; this is between."""

_PAIR = ("src_addr", "src_port", "dst_addr", "dst_port", "proto")
_TURNED = {"src_addr": "dst_addr", "dst_addr": "src_addr", "src_port": "dst_port", "dst_port": "src_port"}
_ICMP = (1, 58)


class Answers:
    """Remembers directions of pairs by when their flows ended, so that a clock that jumps harms nothing."""

    def __init__(self, pairs: int = PAIRS_MAX, window: float = WINDOW_SECONDS) -> None:
        self._most = pairs
        self._window = window * 1e6
        self._seen: pl.DataFrame | None = None

    def answered(self, flows: pl.DataFrame) -> pl.Series:
        """Whether the other direction of each flow is known: by its own record (RFC 5103), this batch, or one before."""
        here = _directions(flows)
        seen = here.unique(_PAIR) if self._seen is None else pl.concat([self._seen, here]).unique(_PAIR, keep="last")
        turned = seen.select(*(pl.col(_TURNED.get(name, name)).alias(name) for name in _PAIR), pl.col("end").alias("_answer"))
        joined = here.join(turned, on=list(_PAIR), how="left", nulls_equal=True, maintain_order="left")
        near = ((joined["_answer"] - joined["end"]).abs() <= self._window).fill_null(value=False)
        self._seen = seen.sort("end").tail(self._most)
        return near | (flows["rev_packets"].fill_null(0) > 0)


def _directions(flows: pl.DataFrame) -> pl.DataFrame:
    """Pairs and when they ended. An answer to a ping has another type, and nothing of it is a port."""
    portless = pl.col("proto").is_in(_ICMP)
    return flows.select(
        "src_addr", pl.when(~portless).then("src_port").alias("src_port"),
        "dst_addr", pl.when(~portless).then("dst_port").alias("dst_port"),
        "proto", pl.coalesce("end_time", "time").alias("end"),
    )  # fmt: skip
