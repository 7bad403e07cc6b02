"""Cowrie's CEF, from [output_localsyslog] or [output_textlog] with `format = cef`.

    <14>Nov 21 16:53:46 cowrie: [cowrie] CEF:0|Cowrie|Cowrie|1.0|cowrie.login.failed|cowrie.login.failed|5|app=SSHv2
    destinationServicename=sshd deviceExternalId=lab msg=login attempt [root/root] failed src=192.0.2.7 proto=tcp duser=root outcome=failed

Blanks in values are not quoted, but `=` is escaped in them: ` src=` is never what a visitor typed (Cowrie, core/cef.py)."""

import re

import numpy as np
import polars as pl

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.honeypot._escapes import each
from varde.decode.honeypot._messages import TELLS, events_of
from varde.decode.lines import Lines

_FORM = (
    rf"^{PRI}(?:1 )?(?P<stamp>[0-9]{{4}}-[0-9T:.Z+-]+|[A-Z][a-z]{{2}} +[0-9]{{1,2}} [0-9:]{{8}}|) ?(?:{WORD} ){{0,5}}?(?:\[cowrie\] )?"
    r"CEF:0\|Cowrie\|Cowrie\|[^|]*\|[^|]*\|[^|]*\|[^|]*\|(?:app=(?P<app>\S*) )?.*?msg=(?P<message>.*) src=(?P<src>[0-9A-Fa-f:.]+)"
    r"(?: .*?duser=(?P<user>.*) outcome=[a-z]+| .*)?$"
)
_ESCAPE = re.compile(r"\\([\\=nr])")
_MEANT = {"n": "\n", "r": "\r"}


def _read(lines: Lines) -> Found:
    groups = lines.text.str.extract_groups(_FORM).struct.unnest()
    numbered = groups.with_columns(pl.Series(ROW, np.arange(len(lines))))
    mine = numbered.filter(pl.col("message").is_not_null())
    mine = mine.with_columns(
        pl.when(pl.col("stamp") == "").then(pl.lit("none")).when(pl.col("stamp").str.contains("^[0-9]")).then(pl.lit("iso"))
        .otherwise(pl.lit("bsd")).alias("kind"),
        pl.when(pl.col("app").str.to_lowercase().str.contains("telnet")).then(pl.lit("telnet")).otherwise(pl.lit("ssh")).alias("service"),
        *[each(mine[name], _plain, pl.String()) for name in ("message", "user")],
    )  # fmt: skip
    known = events_of(mine)
    damaged = np.flatnonzero(groups["message"].is_null().to_numpy())
    return Found(events(known), others(mine, known), {"form": damaged} if len(damaged) else {})


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text)


COWRIE_CEF = Dialect(
    "cowrie-cef", "Cowrie, CEF", ("CEF:0|Cowrie|",), _read, TELLS,
    lost="CEF has no session and calls Telnet SSH too, so what one visitor did cannot be told from what another did at the same time "
         "from the same address: read cowrie.json",
)  # fmt: skip
