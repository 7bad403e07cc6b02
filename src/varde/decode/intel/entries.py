"""Entries as `[[allow]]` has them, one a line: addresses, networks, names with all under them, `=name` for a name alone."""

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish
from varde.model import EXACT


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    lines = text.lines
    rows = ((lines != "") & ~lines.str.contains("^(?:#|;|//)")).arg_true()
    given = lines.gather(rows)
    bare = given.str.replace(r"\s+[#;].*$", "")
    exact = pl.select(pl.when(bare.str.starts_with("=")).then(pl.lit(EXACT))).to_series()
    return finish("entries", Entries(rows.to_numpy().astype(np.int64) + 1, given, bare.str.strip_prefix("="), about={"description": exact}), origin)


ENTRIES = ListFormat(
    name="entries",
    title="entries as `[[allow]]` has them, one a line, where one of the first begins with `=`",
    manual="[how to match](../how-to/lists.md)",
    example="=www.evil.example   # this name alone\nfriend.example\n198.51.100.53",
    claims=lambda head: bool(head.head(_FIRST).str.contains(r"^=[A-Za-z0-9_]").any()),
    read=_read,
)

_FIRST = 200  # lines that are looked at: comments stand before the first entry
