"""Cowrie's [output_textlog] in its plain form: time, session, message; the address stands in the first line of a session.

    2026-11-21T16:51:37.422157Z b45eaad21cc3 login attempt [root/root] failed"""

import numpy as np
import polars as pl

from varde.decode.honeypot._dialect import ROW, Dialect, Found, events
from varde.decode.honeypot._messages import BEGINNINGS, events_of
from varde.decode.lines import Lines

_FORM = (
    r"^(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})) "
    r"(?P<session>[0-9a-f]{8,32}) (?P<message>.*)$"
)


def _read(lines: Lines) -> Found:
    groups = lines.text.str.extract_groups(_FORM).struct.unnest()
    frame = groups.with_columns(pl.Series(ROW, np.arange(len(lines))), pl.lit("iso").alias("kind"))
    mine = frame.filter(pl.col("stamp").is_not_null())
    known = events_of(mine)
    return Found(events(known), np.setdiff1d(mine[ROW].to_numpy(), known[ROW].to_numpy()))


COWRIE_TEXTLOG = Dialect(
    "cowrie-textlog", "Cowrie, text by session", tuple(f" {begins}" for begins in BEGINNINGS), _read,
    fix="[output_textlog] names a source only in the first line of its session: set `format = cef`, or read cowrie.json.",
)  # fmt: skip
