"""Cowrie's [output_textlog] in its plain form: time, session, message; the address stands in the first line of a session.

    2026-11-21T16:51:37.422157Z b45eaad21cc3 login attempt [root/root] failed"""

import numpy as np
import polars as pl

from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.honeypot._memory import Memory
from varde.decode.honeypot._messages import BEGINNINGS, TELLS, UNFORMATTED, events_of
from varde.decode.lines import Lines

_FORM = (
    r"^(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})) "
    r"(?P<session>[0-9a-f]{8,32}) (?P<message>.*)$"
)
_ENDS = ("src", "src_port", "dst", "dst_port")


_Ends = tuple[str | None, ...]


def _read(lines: Lines) -> Found:
    return _recall(lines, Memory())


def _recall(lines: Lines, ends: Memory[_Ends]) -> Found:
    groups = lines.text.str.extract_groups(_FORM).struct.unnest()
    frame = groups.with_columns(pl.Series(ROW, np.arange(len(lines))), pl.lit("iso").alias("kind"))
    mine = frame.filter(pl.col("stamp").is_not_null())
    known = events(events_of(mine))
    return Found(_with_ends(known, ends), others(mine, known))


def _with_ends(known: pl.DataFrame, ends: Memory[_Ends]) -> pl.DataFrame:
    """Addresses and ports of the session's first line, where that stands in this block or one before. A tunnel's destination is
    its target, which the line has said."""
    here = known.filter(pl.col("event") == "connect").unique("session", keep="first", maintain_order=True).select("session", *_ENDS)
    before = [(session, *found) for session in known["session"].unique().to_list() if (found := ends.get((session,)))]
    firsts = pl.concat([here, pl.DataFrame(before, schema=here.schema, orient="row")]).unique("session", keep="first", maintain_order=True)
    for session, *said in here.rows():
        ends.keep((session,), tuple(said))
    for session in known.filter(pl.col("event") == "close")["session"].to_list():
        ends.pop((session,))
    joined = known.drop(_ENDS).join(firsts, on="session", how="left", maintain_order="left")
    tunnel = pl.col("event").is_in(["request", "payload"])
    return joined.with_columns([pl.when(~tunnel).then(end) for end in ("dst", "dst_port")]).select(known.columns)


COWRIE_TEXTLOG = Dialect(
    "cowrie-textlog", "Cowrie, text by session", tuple(f" {begins}" for begins in BEGINNINGS), _read,
    {table: (*texts, UNFORMATTED) for table, texts in TELLS.items()}, recalls=_recall,
    fix="read cowrie.json: in [output_textlog] a visitor can put a line feed into a command, and so write a line of the log.",
    lost="[output_textlog] names the source only in the first line of its session: set `format = cef` there, or read cowrie.json",
)  # fmt: skip
