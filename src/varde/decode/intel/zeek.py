"""Zeek's intelligence files: columns by the names in the line `#fields`, divided by tabs.

https://docs.zeek.org/en/master/frameworks/intel.html"""

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish

_TYPES = {
    "Intel::ADDR": "address", "Intel::SUBNET": "address", "Intel::DOMAIN": "domain", "Intel::URL": "url",
    "Intel::FILE_HASH": "hash", "Intel::CERT_HASH": "hash", "Intel::PUBKEY_HASH": "hash",
}  # fmt: skip
"""All other types are kept and never matched."""

_ABOUT = {"meta.source": "id", "meta.desc": "name", "meta.url": "url"}
_COLUMNS_MAX = 64
_UNSET = ("-", "(empty)", "")


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    lines = text.lines
    header = lines.filter(lines.str.starts_with("#fields")).head(1).to_list()
    columns = header[0].split("\t")[1 : _COLUMNS_MAX + 1] if header else []
    rows = ((lines != "") & ~lines.str.starts_with("#")).arg_true()
    given = lines.gather(rows)
    parts = given.str.split("\t")
    values = {name: _unset(parts.list.get(at, null_on_oob=True)) for at, name in enumerate(columns)}
    nothing = pl.Series([None] * len(given), dtype=pl.String)
    kind = values.get("indicator_type", nothing).replace_strict(_TYPES, default="other", return_dtype=pl.String)
    # without its type a value is no indicator: Zeek would not read the line either
    value = pl.select(pl.when(values.get("indicator_type", nothing).is_not_null()).then(values.get("indicator", nothing))).to_series()
    about = {ours: values[theirs] for theirs, ours in _ABOUT.items() if theirs in values}
    return finish("zeek", Entries(rows.to_numpy().astype(np.int64) + 1, given, value, kind, about), origin)


def _unset(texts: pl.Series) -> pl.Series:
    return pl.select(pl.when(~texts.is_in(_UNSET)).then(texts)).to_series()


ZEEK = ListFormat(
    name="zeek",
    title="Zeek intelligence file",
    manual="https://docs.zeek.org/en/master/frameworks/intel.html",
    example="#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\n203.0.113.5\tIntel::ADDR\totx:5f0c\tMirai\thttps://otx.alienvault.com/pulse/5f0c",
    claims=lambda head: bool(head.str.contains("^#fields\\s.*indicator").any()),
    read=_read,
)
