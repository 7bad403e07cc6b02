"""Plain text: an address, a network, a range, a name, a URL or a hash a line, with comments; hosts files too."""

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish

_COMMENT = "^(?:[#;!]|//)"
_URL = r"^([A-Za-z][A-Za-z0-9+.-]*://\S+)(?:\s+(.*))?$"
_RANGE = r"^([0-9A-Fa-f:.]+ *- *[0-9A-Fa-f:.]+)(?:\s*[#;,]\s*(.*))?$"
_HOSTS = r"^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+([A-Za-z0-9_.-]+\.[A-Za-z0-9_.-]+)(?:\s*#\s*(.*))?$"
_FIRST = r"^([^\s#;,]*)(.*)$"
_BARE = r"^[^\s#;,]+$"
_SIGN = r"^[\s#;,/-]+"


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    return finish("plain", (_entries(before, lines) for before, lines in text.blocks()), origin)


def _entries(before: int, lines: pl.Series) -> Entries:
    rows = ((lines != "") & ~lines.str.contains(_COMMENT)).arg_true()
    given = lines.gather(rows)
    value, comment = given.clone(), pl.Series([None] * len(given), dtype=pl.String)
    if not (bare := given.str.contains(_BARE)).all():
        at = (~bare).arg_true()
        some = _split(given.gather(at))
        value, comment = value.scatter(at, some[0]), comment.scatter(at, some[1])
    return Entries(rows.to_numpy().astype(np.int64) + 1 + before, given, value, about={"description": comment})


def _split(given: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The indicator of each line, and the remark behind it (null where there is none)."""
    forms = [given.str.extract_groups(form).struct.unnest() for form in (_URL, _RANGE, _HOSTS, _FIRST)]
    value = pl.select(pl.coalesce(form.to_series(0) for form in forms)).to_series()
    taken = [form.to_series(0).is_not_null() for form in forms]
    remark = pl.select(
        pl.when(taken[0]).then(forms[0].to_series(1)).when(taken[1]).then(forms[1].to_series(1))
        .when(taken[2]).then(forms[2].to_series(1)).otherwise(forms[3].to_series(1))
    ).to_series()  # fmt: skip
    clean = remark.str.replace(_SIGN, "").str.strip_chars()
    return value, pl.select(pl.when(clean != "").then(clean)).to_series()


PLAIN = ListFormat(
    name="plain",
    title="plain text, one indicator a line: addresses, networks, ranges, names, URLs, hashes; comments behind `#`, `;` and `//`; hosts files",
    manual="no standard; what most block lists are",
    example="198.51.100.7\n198.51.100.64/26   # a network\n203.0.113.5-203.0.113.9\nevil.example ; a name holds all names under it",
    claims=lambda head: len(head) > 0,
    read=_read,
)
