"""DShield's recommended block list: networks with the number of targets that they attacked."""

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish

_ADDRESS = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_LINE = rf"^({_ADDRESS})\t({_ADDRESS})\t([0-9]{{1,2}})\t([0-9]+)\t?(.*)$"
_PAGE = "https://isc.sans.edu/ipinfo/"


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    lines = text.lines
    rows = ((lines != "") & ~lines.str.starts_with("#") & ~lines.str.contains("^(?i)start\t")).arg_true()
    given = lines.gather(rows)
    first, last, prefix, attacks, who = given.str.extract_groups(_LINE).struct.unnest().get_columns()
    network = first + "/" + prefix
    value = pl.select(pl.coalesce(network, given)).to_series()
    remark = attacks + " targets attacked" + who.str.replace_all(r"\s*\t\s*", ", ").str.replace("^(.)", "; $1")
    about = {"description": remark, "url": _PAGE + first, "name": pl.select(pl.when(last.is_not_null()).then(pl.lit("DShield block list"))).to_series()}
    kind = pl.Series(["address"] * len(given), dtype=pl.String)
    return finish("dshield", Entries(rows.to_numpy().astype(np.int64) + 1, given, value, kind, about), origin)


DSHIELD = ListFormat(
    name="dshield",
    title="DShield block.txt",
    manual="https://feeds.dshield.org/block.txt",
    example="# DShield.org Recommended Block List\nStart\tEnd\tNetmask\tAttacks\tName\tCountry\temail\n198.51.100.0\t198.51.100.255\t24\t3122\tEXAMPLE\tNO\tabuse@example.net",
    claims=lambda head: bool(head.str.contains(_LINE).any()),
    read=_read,
)
