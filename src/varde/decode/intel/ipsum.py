"""IPsum: addresses with the number of public lists that have each."""

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish

_LINE = r"^([0-9A-Fa-f:.]+)\s+([0-9]{1,3})$"
_TITLE = "^# IPsum Threat Intelligence Feed"
_LISTS_FULL = 8
"""Lists from which on the confidence is 100: the highest level that IPsum publishes by itself."""


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    lines = text.lines
    rows = ((lines != "") & ~lines.str.starts_with("#")).arg_true()
    given = lines.gather(rows)
    value, count = given.str.extract_groups(_LINE).struct.unnest().get_columns()
    share = (count.cast(pl.Int64).clip(0, _LISTS_FULL) * 100 / _LISTS_FULL).floor().cast(pl.Int64).cast(pl.String)
    about = {"description": "on " + count + " lists", "confidence": share}
    kind = pl.Series(["address"] * len(given), dtype=pl.String)
    whole = pl.select(pl.coalesce(value, given)).to_series()
    return finish("ipsum", Entries(rows.to_numpy().astype(np.int64) + 1, given, whole, kind, about), origin)


IPSUM = ListFormat(
    name="ipsum",
    title="IPsum: the number of lists that have an address is its confidence, 100 from eight lists on",
    manual="https://github.com/stamparm/ipsum",
    example="# IPsum Threat Intelligence Feed\n# IP\tnumber of (black)lists\n203.0.113.5\t8",
    claims=lambda head: bool(head.str.contains(_TITLE).any()),
    read=_read,
)
