"""Spamhaus DROP lists: networks with the number of their case, as text and as JSON lines."""

import json
from typing import Any

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish, reject

_MANUAL = "https://www.spamhaus.org/blocklists/do-not-route-or-peer/"
_CASE = "https://check.spamhaus.org/sbl/query/"
_LINE = r"^([0-9A-Fa-f:./]+)\s*;\s*(SBL[0-9]{1,12})$"


def _read_text(text: ListText, origin: ListOrigin) -> ListRead:
    lines = text.lines
    rows = ((lines != "") & ~lines.str.starts_with(";") & ~lines.str.starts_with("#")).arg_true()
    given = lines.gather(rows)
    parts = given.str.extract_groups(_LINE).struct.unnest()
    value = pl.select(pl.coalesce(parts.to_series(0), given.str.extract(r"^([^\s;]+)"))).to_series()
    return finish("drop", _entries(rows.to_numpy().astype(np.int64) + 1, given, value, parts.to_series(1)), origin)


def _entries(line: "np.ndarray[Any, Any]", text: pl.Series, value: pl.Series, case: pl.Series) -> Entries:
    about = {"id": case, "name": "Spamhaus " + case, "url": _CASE + case}
    return Entries(line, text, value, pl.Series(["address"] * len(value), dtype=pl.String), about)


def _read_json(text: ListText, origin: ListOrigin) -> ListRead:
    """Lines with `cidr` and `sblid`; the last one tells about the list."""
    lines = text.lines
    found: list[tuple[int, str, str]] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(lines.to_list(), start=1):
        entry = _object(line)
        if entry is None:
            bad += [(number, line)] if line else []
        elif entry.get("type") != "metadata":
            found.append((number, str(entry.get("cidr", "")), str(entry.get("sblid", ""))))
    made = pl.DataFrame(found, schema={"line": pl.Int64, "value": pl.String, "case": pl.String}, orient="row")
    case = pl.select(pl.when(made["case"].str.contains("^SBL[0-9]{1,12}$")).then(made["case"])).to_series()
    read = finish("drop-json", _entries(made["line"].to_numpy(), lines.gather(made["line"] - 1), made["value"], case), origin)
    reject(read, np.array([number for number, _ in bad], dtype=np.int64), pl.Series([line for _, line in bad], dtype=pl.String),
           pl.Series(["bad_json"] * len(bad), dtype=pl.String))  # fmt: skip
    return read


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _claims_json(head: pl.Series) -> bool:
    first = _object(head[0]) if len(head) else None
    return first is not None and "cidr" in first


DROP = ListFormat(
    name="drop", title="Spamhaus DROP, EDROP and DROPv6 as text", manual=_MANUAL,
    example="; Spamhaus DROP List\n198.51.100.0/24 ; SBL256894",
    claims=lambda head: bool(head.str.contains(_LINE).any()), read=_read_text,
)  # fmt: skip
DROP_JSON = ListFormat(
    name="drop-json", title="Spamhaus DROP and DROPv6 as JSON lines", manual=_MANUAL,
    example='{"cidr":"198.51.100.0/24","sblid":"SBL256894","rir":"apnic"}',
    claims=_claims_json, read=_read_json,
)  # fmt: skip
