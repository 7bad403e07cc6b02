"""A real OpenSSH server's log: who tried which name, and who got in. It never logs a password.

    Nov 21 06:55:48 host sshd[24200]: Failed password for invalid user webmaster from 198.51.100.7 port 38926 ssh2
    2026-11-21T06:55:48.114761+01:00 host sshd-session[811]: Accepted publickey for alice from 192.0.2.9 port 50022 ssh2: ED25519 SHA256:...

Source: openssh-portable, auth.c (auth_log, getpwnamallow). A name may hold anything: the last ` from ` divides. Before 'invalid
user' is refused, sshd says `Invalid user`; that counts only where no refusal of the same process stands in the same block. Where
one follows in a later block, its first is the one that has been counted."""

import numpy as np
import polars as pl

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.honeypot._memory import Memory
from varde.decode.honeypot._stamps import BSD, ISO
from varde.decode.lines import Lines

_PROGRAM = r"sshd(?:-session|-auth)?"
_FORMS = (
    ("bsd", rf"^{PRI}(?P<stamp>{BSD}) (?:{WORD} )?{_PROGRAM}\[(?P<pid>[0-9]+)\]: (?P<message>.*)$"),
    ("iso", rf"^{PRI}(?P<stamp>{ISO}) (?:{WORD} )?{_PROGRAM}\[(?P<pid>[0-9]+)\]: (?P<message>.*)$"),
    ("iso", rf"^<[0-9]{{1,3}}>1 (?P<stamp>{ISO}) {WORD} {_PROGRAM} (?P<pid>[0-9]+) {WORD} (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) (?P<message>.*)$"),
)
_FROM = r"from (?P<src>[0-9A-Fa-f:.]+)(?:%[0-9A-Za-z]+)? port (?P<src_port>[0-9]{1,5})"
_ATTEMPT = (
    rf"^(?P<verb>Accepted|Failed) (?:publickey for (?P<invalid>invalid user )?(?P<user>.*) {_FROM} ssh2(?:: .*)?"
    rf"|[a-z0-9/-]+ for (?P<invalid_>invalid user )?(?P<user_>.*) {_FROM.replace('>', '_>')}(?: ssh2?)?)$"
)
"""What follows `ssh2` is the key's; a name is never followed by anything."""

_NAMED = r"^(?P<verb>Invalid) user (?P<user>.*) from (?P<src>[0-9A-Fa-f:.]+)(?: port (?P<src_port>[0-9]{1,5}))?$"
_REPEATED = r"^message repeated (?P<times>[0-9]{1,6}) times: \[ ?(?P<again>.*)\]$"
_SUCCESS = {"Accepted": "1", "Failed": "0", "Invalid": "0"}

REPEATS_MAX = 100
"""Logins made of one `message repeated`: sshd ends a connection after MaxAuthTries, six by default."""


def _read(lines: Lines) -> Found:
    return _recall(lines, Memory())


def _recall(lines: Lines, named_before: Memory[bool]) -> Found:
    mine = _lines_of(lines)
    told = mine["message"].str.extract_groups(_REPEATED).struct.unnest()
    times = told["times"].cast(pl.Int64, strict=False).fill_null(1).clip(1, REPEATS_MAX)
    message = pl.select(pl.coalesce(told["again"], mine["message"])).to_series()
    parts = [mine.with_columns(message.str.extract_groups(pattern).struct.unnest().get_columns(), times=times) for pattern in (_ATTEMPT, _NAMED)]
    attempts, named = (part.filter(pl.col("verb").is_not_null()) for part in parts)
    attempts = attempts.with_columns([pl.coalesce(name, f"{name}_").alias(name) for name in ("invalid", "user", "src", "src_port")])
    # what is refused has been told in full: the name alone would count twice
    refused = attempts.filter(pl.col("invalid").is_not_null()).select("pid", "src").unique()
    attempts = _without_told(attempts, [key for key in refused.rows() if named_before.pop(key)])
    alone = named.join(refused, on=["pid", "src"], how="anti", maintain_order="left")
    for key in alone.select("pid", "src").rows():
        named_before.keep(key, value=True)
    known = pl.concat([_columns(attempts), _columns(alone)]).sort(ROW)
    return Found(known, others(mine, known))


def _without_told(attempts: pl.DataFrame, told: list[tuple[str, str]]) -> pl.DataFrame:
    """The first refusal of these processes and sources is of a name that an earlier block has told."""
    if not told:
        return attempts
    known = pl.DataFrame(told, schema={"pid": pl.String, "src": pl.String}, orient="row").with_columns(pl.lit(1).alias("told"))
    joined = attempts.join(known, on=["pid", "src"], how="left", maintain_order="left")
    is_first = pl.col("invalid").is_not_null() & (pl.col("invalid").is_not_null().cum_sum().over("pid", "src") == 1)
    once = pl.when(is_first).then(pl.col("told")).otherwise(None).fill_null(0)
    return joined.with_columns(pl.col("times") - once).drop("told").filter(pl.col("times") > 0)


def _lines_of(lines: Lines) -> pl.DataFrame:
    """Stamp, process and message of the lines that are sshd's."""
    frame = pl.DataFrame({ROW: np.arange(len(lines)), "text": lines.text})
    parts = []
    for kind, pattern in _FORMS:
        groups = frame["text"].str.extract_groups(pattern).struct.unnest()
        hit = groups["stamp"].is_not_null()
        parts.append(frame.select(ROW).with_columns(groups.get_columns()).with_columns(pl.lit(kind).alias("kind")).filter(hit))
        frame = frame.filter(~hit)
    return pl.concat(parts)


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    """A row for each time that a line stands for."""
    each_time = frame.select(pl.all().repeat_by("times").explode()) if (frame["times"] > 1).any() else frame
    return events(
        each_time.with_columns(
            pl.lit("login").alias("event"), pl.lit("ssh").alias("service"), pl.concat_str("pid", pl.lit(":"), "src_port").alias("session"),
            pl.col("verb").replace_strict(_SUCCESS, default=None, return_dtype=pl.String).alias("success"),
        )
    )


_PIVOTS = ("sshd[", "sshd-session[", "sshd-auth[", " sshd ", " sshd-session ")

SSHD = Dialect(
    "sshd", "OpenSSH server", _PIVOTS, _read, dict.fromkeys(("logins",), _PIVOTS), recalls=_recall,
    fix="auth.log has them; RSYSLOG_FileFormat gives its lines a year and a zone.",
)  # fmt: skip
