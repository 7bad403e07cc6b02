"""Endlessh, an SSH server that never ends its greeting: who was held, and for how long.

    2026-11-21T22:32:47.600Z CLOSE host=::ffff:198.51.100.7 port=52066 fd=4 time=20.015 bytes=9
    Nov 21 22:32:47 host endlessh[812]: 2026-11-21T22:32:47.600Z ACCEPT host=::ffff:198.51.100.7 port=52066 fd=4 n=1/4096
    I1121 18:19:33.074002       1 client.go:99] CLOSE host=198.51.100.7 port=46374 time=28.014545892 bytes=449

Source: skeeto/endlessh, endlessh.c (logmsg, client_destroy); shizunge/endlessh-go, which logs as Go's glog does."""

import numpy as np
import polars as pl

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.lines import Lines
from varde.decode.stamps import MONTHS

_TAIL = (
    r"(?P<word>ACCEPT|CLOSE) host=(?P<src>[0-9A-Fa-f:.]+) port=(?P<src_port>[0-9]{1,5})(?: fd=[0-9]+)?"
    r"(?: n=[0-9]+/[0-9]+| time=(?P<lasted>[0-9.]+) bytes=[0-9]+) *$"
)
_UTC = r"(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)"
_SYSLOG = rf"(?P<stamp>[A-Z][a-z]{{2}} +[0-9]{{1,2}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}) {WORD} endlessh(?:\[[0-9]+\])?:"
_GLOG = r"[A-Z](?P<month>[0-9]{2})(?P<rest>[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+) +[0-9]+ [a-z_]+\.go:[0-9]+\]"
_FORMS = (
    ("iso", rf"^(?:.* )?{_UTC} {_TAIL}"),
    ("bsd", rf"^{PRI}{_SYSLOG} {_TAIL}"),
    ("bsd", rf"^(?:.* )?{_GLOG} {_TAIL}"),
)
_MONTHS = {f"{number:02}": name.capitalize() for number, name in enumerate(MONTHS, start=1)}


def _read(lines: Lines) -> Found:
    frame = pl.DataFrame({ROW: np.arange(len(lines)), "text": lines.text})
    parts = []
    for kind, pattern in _FORMS:
        groups = frame["text"].str.extract_groups(pattern).struct.unnest()
        mine = groups["word"].is_not_null()
        parts.append(_columns(frame.select(ROW).with_columns(groups.get_columns()).filter(mine), kind))
        frame = frame.filter(~mine)
    known = pl.concat([events(part) for part in parts])
    return Found(known, others(known, known))


def _columns(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    if "month" in frame.columns:
        month = pl.col("month").replace_strict(_MONTHS, default=None, return_dtype=pl.String)
        frame = frame.with_columns(pl.concat_str(month, pl.lit(" "), "rest").alias("stamp"))
    return frame.with_columns(
        pl.lit(kind).alias("kind"), pl.lit("ssh").alias("service"),
        pl.when(pl.col("word") == "ACCEPT").then(pl.lit("connect")).otherwise(pl.lit("close")).alias("event"),
        pl.concat_str("src", pl.lit(":"), "src_port").alias("session"),
        (pl.col("lasted").cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64, strict=False).cast(pl.String).alias("duration"),
    )  # fmt: skip


_PIVOTS = ("ACCEPT host=", "CLOSE host=")

ENDLESSH = Dialect(
    "endlessh", "Endlessh", _PIVOTS, _read, dict.fromkeys(("sessions",), _PIVOTS),
    fix="start it with -v (LogLevel 1): it is silent otherwise.",
)  # fmt: skip
