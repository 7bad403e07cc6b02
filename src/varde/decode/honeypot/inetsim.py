"""INetSim's service.log: a line for each thing a client of a simulated service said or was told.

    [2026-11-21 17:13:09] [session] [smtp_25_tcp 25165] [192.0.2.9:40621] stat: 1 mails=2 recips=4 auth= creds= bytes=454 tls=0 cipher=

What a connection came to stands in its `stat:` line; names and envelopes in `recv:` lines. Source: INetSim 1.3.2 (Log.pm,
SMTP.pm, HTTP.pm, FTP.pm, POP3.pm) and captures. Its clock may be a false one on purpose (`faketime`), and is local time: the
stamps are kept as they are. Octets that cannot be printed have become dots."""

import numpy as np
import polars as pl

from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.honeypot._memory import Memory
from varde.decode.lines import Lines

_FORM = (
    r"^\[(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})\] \[(?P<run>[^\]]*)\] "
    r"\[(?P<service>[a-z0-9]+)_(?P<dst_port>[0-9]+)_(?P<transport>tcp|udp|tcp_udp) (?P<pid>[0-9]+)\] "
    r"\[(?P<src>[0-9A-Fa-f:.]+?)(?::(?P<src_port>[0-9]+))?\] (?P<message>.*)$"
)
_MAIL = r"^stat: 1 mails=(?P<mails>[0-9]+) recips=(?P<recipients>[0-9]+) auth=(?P<auth>.*?) creds=(?P<credentials>.*?) bytes=(?P<length>[0-9]+) tls=(?P<tls>[01])"
_EHLO = r"^recv: (?i:ehlo|helo) (?P<ehlo>.+)$"
_SENDER = r"^recv: (?i:mail from): ?<?(?P<sender>[^>]*)>?"
_HTTP = r"^stat: [01] method=(?P<method>\S*) url=(?P<url>\S*) sent="
_URL = r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?P<host>[^/]*)(?P<path>.*)$"
_CREDENTIALS = r"^stat: 1 [^:]*?creds=(?P<user>[^:]*):(?P<password>.*?)(?: bytes=[0-9]+)?(?: tls=[01] cipher=[^ ]*)?$"
_EVENTS = {"connect": "connect", "disconnect": "close", "disconnect (timeout)": "close"}
_MAILS = ("smtp", "smtps")
_WEB = ("http", "https")
_PROTOCOLS = {"udp": "17", "tcp_udp": "17"}  # DNS listens on both and does not say which was asked
_BODY = "<(POSTDATA)>"
_END = "\r\n"

REQUEST_MAX = 8192
"""Characters of a request that are put together: as many octets as a payload keeps."""


def _read(lines: Lines) -> Found:
    return _recall(lines, Memory())


def _recall(lines: Lines, said: Memory[str]) -> Found:
    groups = lines.text.str.extract_groups(_FORM).struct.unnest()
    numbered = groups.with_columns(pl.Series(ROW, np.arange(len(lines))))
    mine = numbered.filter(pl.col("stamp").is_not_null()).with_columns(
        pl.lit("iso").alias("kind"), pl.col("transport").replace_strict(_PROTOCOLS, default=None).alias("proto"),
        pl.concat_str("run", pl.lit("/"), "service", pl.lit("/"), "pid", pl.lit(":"), pl.col("src_port").fill_null("")).alias("session"),
    )  # fmt: skip
    mail = mine.filter(pl.col("service").is_in(list(_MAILS)))
    parts = [_matched(mail, pattern, "mail") for pattern in (_MAIL, _EHLO, _SENDER)]
    parts += [_requests(mine.filter(pl.col("service").is_in(list(_WEB))), said), _logins(mine), _connections(mine)]
    known = pl.concat([events(part) for part in parts]).sort(ROW)
    return Found(known, others(mine, known))


def _matched(frame: pl.DataFrame, pattern: str, event: str) -> pl.DataFrame:
    mine = frame.filter(pl.col("message").str.contains(pattern))
    groups = mine["message"].str.extract_groups(pattern).struct.unnest()
    return mine.with_columns([pl.when(column != "").then(column).alias(column.name) for column in groups]).with_columns(pl.lit(event).alias("event"))


def _requests(web: pl.DataFrame, said: Memory[str]) -> pl.DataFrame:
    """A payload for each answered request: what the client said in the same connection, put together again."""
    found = _matched(web, _HTTP, "payload")
    parts = found["url"].str.extract_groups(_URL).struct.unnest()
    texts = _texts(web, said)
    data = pl.DataFrame([(name, _octets(text)) for name, text in texts.items()], schema={"session": pl.String, "data": pl.String}, orient="row")
    _remember(texts, set(found["session"].to_list()), said)
    full = found.with_columns(parts["host"], pl.coalesce(parts["path"], found["url"]).alias("path")).drop("url")
    return full.join(data, on="session", how="left", maintain_order="left")


def _texts(web: pl.DataFrame, said: Memory[str]) -> dict[str, str]:
    """What the clients of these lines have said, by connection."""
    heard = web.select("session", pl.col("message").str.strip_prefix("recv: ").alias("said"), pl.col("message").str.starts_with("recv: ").alias("is"))
    here = heard.filter(pl.col("is") & (pl.col("said") != _BODY)).group_by("session", maintain_order=True).agg(pl.col("said").str.join(_END))
    texts = {str(name): _END.join(filter(None, (said.get((name,)), text))) for name, text in here.rows()}
    silent = {name: said.get((name,)) for name in web["session"].unique().to_list() if name not in texts}
    return texts | {name: text for name, text in silent.items() if text}


def _remember(texts: dict[str, str], answered: set[str], said: Memory[str]) -> None:
    """Until its answer is told, what was said in a connection is needed."""
    for name, text in texts.items():
        said.pop((name,)) if name in answered else said.keep((name,), text[:REQUEST_MAX])


def _octets(text: str) -> str:
    return repr((text[:REQUEST_MAX] + "\r\n\r\n").encode())


def _logins(mine: pl.DataFrame) -> pl.DataFrame:
    """INetSim lets everybody in: credentials in a `stat:` line are an accepted login."""
    return _matched(mine, _CREDENTIALS, "login").with_columns(pl.lit("1").alias("success"))


def _connections(mine: pl.DataFrame) -> pl.DataFrame:
    named = mine.with_columns(pl.col("message").replace_strict(_EVENTS, default=None, return_dtype=pl.String).alias("event"))
    return named.filter(pl.col("event").is_not_null())


_PIVOTS = ("_tcp ", "_udp ")

INETSIM = Dialect(
    "inetsim", "INetSim", _PIVOTS, _read, dict.fromkeys(("logins", "mails", "payloads", "sessions"), _PIVOTS), recalls=_recall,
    fix="read service.log: the report names no address. Its clock is false while `faketime` is set in inetsim.conf.",
)  # fmt: skip
