"""INetSim's service.log: a line for each thing a client of a simulated service said or was told.

    [2026-11-21 17:13:09] [session] [smtp_25_tcp 25165] [192.0.2.9:40621] stat: 1 mails=2 recips=4 auth= creds= bytes=454 tls=0 cipher=

What a connection came to stands in its `stat:` line; names and envelopes in `recv:` lines. Source: INetSim 1.3.2 (Log.pm,
SMTP.pm, HTTP.pm) and captures. Its clock may be a false one on purpose: the stamps are kept as they are."""

import numpy as np
import polars as pl

from varde.decode.honeypot._dialect import ROW, Dialect, Found, events
from varde.decode.lines import Lines

_FORM = (
    r"^\[(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})\] \[(?P<run>[^\]]*)\] "
    r"\[(?P<service>[a-z0-9]+)_(?P<dst_port>[0-9]+)_(?:tcp|udp) (?P<pid>[0-9]+)\] \[(?P<src>[0-9A-Fa-f:.]+):(?P<src_port>[0-9]+)\] (?P<message>.*)$"
)
_MAIL = r"^stat: 1 mails=(?P<mails>[0-9]+) recips=(?P<recipients>[0-9]+) auth=(?P<auth>.*?) creds=(?P<credentials>.*?) bytes=(?P<length>[0-9]+) tls=(?P<tls>[01])"
_EHLO = r"^recv: (?i:ehlo|helo) (?P<ehlo>.+)$"
_SENDER = r"^recv: (?i:mail from): ?<?(?P<sender>[^>]*)>?"
_HTTP = r"^stat: 1 method=(?P<method>\S+) url=(?P<url>\S*) sent="
_URL = r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?P<host>[^/]*)(?P<path>.*)$"
_CREDENTIALS = r"^stat: 1 .*creds=(?P<user>[^:]*):(?P<password>.*?)(?: cipher=| tls=|$)"
_MAILS = ("smtp", "smtps")
_WEB = ("http", "https")


def _read(lines: Lines) -> Found:
    groups = lines.text.str.extract_groups(_FORM).struct.unnest()
    numbered = groups.with_columns(pl.Series(ROW, np.arange(len(lines))))
    mine = numbered.filter(pl.col("stamp").is_not_null()).with_columns(
        pl.lit("iso").alias("kind"), pl.concat_str("run", pl.lit("/"), "service", pl.lit("/"), "pid").alias("session")
    )
    mail, web = mine.filter(pl.col("service").is_in(list(_MAILS))), mine.filter(pl.col("service").is_in(list(_WEB)))
    rest = mine.filter(~pl.col("service").is_in([*_MAILS, *_WEB]))
    parts = [_matched(mail, pattern, "mail") for pattern in (_MAIL, _EHLO, _SENDER)] + [_requests(web), _logins(rest), _connects(mine)]
    known = pl.concat([events(part) for part in parts])
    return Found(known, np.setdiff1d(mine[ROW].to_numpy(), known[ROW].to_numpy()))


def _matched(frame: pl.DataFrame, pattern: str, event: str) -> pl.DataFrame:
    mine = frame.filter(pl.col("message").str.contains(pattern))
    groups = mine["message"].str.extract_groups(pattern).struct.unnest()
    return mine.with_columns([pl.when(column != "").then(column).alias(column.name) for column in groups]).with_columns(pl.lit(event).alias("event"))


def _requests(web: pl.DataFrame) -> pl.DataFrame:
    found = _matched(web, _HTTP, "payload")
    parts = found["url"].str.extract_groups(_URL).struct.unnest() if "url" in found.columns else None
    if parts is None:
        return found
    return found.with_columns(parts["host"], pl.coalesce(parts["path"], found["url"]).alias("path")).drop("url")


def _logins(rest: pl.DataFrame) -> pl.DataFrame:
    """INetSim lets everybody in: credentials in a `stat:` line are an accepted login."""
    return _matched(rest, _CREDENTIALS, "login").with_columns(pl.lit("1").alias("success"))


def _connects(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("message") == "connect").with_columns(pl.lit("connect").alias("event"))


INETSIM = Dialect("inetsim", "INetSim", ("_tcp ", "_udp "), _read)
