"""Records, octets and packets over time, in bins of so many seconds.

How a record is put into bins (`--load-scheme` of rwcount(1)): a share into each bin that it lasts through, or all of it into the
bin of its beginning, its end or its middle, or a share by how long it is in each."""

from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import VardeError
from varde.query.engine import epoch_us

SCHEMES = {0: "the same share in each bin", 1: "all in the bin of its beginning", 2: "all in the bin of its end", 3: "all in the bin of its middle",
           4: "a share by how long it is in each bin"}  # fmt: skip
"""By rwcount's numbers; 4 is its default."""

BINS_MAX = 1_000_000
"""Bins of an answer: eleven days in seconds."""

SPREAD_MAX = 10_000
"""Bins that one record may lie in, where it is shared out."""


def spread(table: ir.Table, seconds: float, scheme: int) -> ir.Table:
    """Rows of `bin` (us since 1970 UTC), `records`, `octets`, `packets` (not whole), in order; bins without records are left out."""
    size = round(seconds * 1_000_000)
    if size < 1000:
        raise VardeError(f"--bin-size {seconds:g}: a thousandth of a second is the smallest")
    begin = epoch_us(table.time)
    end = ibis.greatest(epoch_us(table.end_time).fill_null(begin), begin) if "end_time" in table.columns else begin
    timed = table.select(
        begin=begin, end=end, packets=table.packets.fill_null(0) if "packets" in table.columns else ibis.literal(0),
        octets=table.octets.fill_null(0) if "octets" in table.columns else ibis.literal(0),
    )  # fmt: skip
    shared = _shared(timed, size, scheme) if scheme in (0, 4) else _whole(timed, size, scheme)
    return shared.group_by("bin").aggregate(
        records=shared.share.sum(), octets=(shared.octets * shared.share).sum(), packets=(shared.packets * shared.share).sum()
    ).order_by("bin").limit(BINS_MAX)  # fmt: skip


def _whole(timed: ir.Table, size: int, scheme: int) -> ir.Table:
    at: Any = {1: timed.begin, 2: timed.end, 3: (timed.begin + timed.end) // 2}.get(scheme)
    if at is None:
        raise VardeError(f"--load-scheme {scheme}: there are {', '.join(f'{number} ({what})' for number, what in SCHEMES.items())}")
    return timed.select("packets", "octets", bin=at // size * size, share=ibis.literal(1.0))


def _shared(timed: ir.Table, size: int, scheme: int) -> ir.Table:
    """A row for each bin that a record lies in."""
    first, last = timed.begin // size, ibis.least(timed.end // size, timed.begin // size + SPREAD_MAX)
    bins = timed.mutate(at=ibis.range(first, last + 1), parts=last - first + 1).unnest("at")
    lasted = ibis.greatest(bins.end - bins.begin, 1)
    inside = ibis.least(bins.end, (bins.at + 1) * size) - ibis.greatest(bins.begin, bins.at * size)
    share = 1.0 / bins.parts if scheme == 0 else ibis.ifelse(bins.parts == 1, 1.0, inside / lasted)
    return bins.select("packets", "octets", bin=bins["at"] * size, share=share)
