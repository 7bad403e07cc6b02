"""Cowrie's CEF, from [output_localsyslog] or [output_textlog] with `format = cef`.

    <14>Nov 21 16:53:46 cowrie: [cowrie] CEF:0|Cowrie|Cowrie|1.0|cowrie.login.failed|cowrie.login.failed|5|app=SSHv2
    destinationServicename=sshd deviceExternalId=lab msg=login attempt [root/root] failed src=192.0.2.7 proto=tcp duser=root outcome=failed

Blanks in values are not quoted, so the message ends where the last ` src=` begins; `=` and `\\` in it are escaped."""

import numpy as np
import polars as pl

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events
from varde.decode.honeypot._messages import events_of
from varde.decode.lines import Lines

_FORM = (
    rf"^{PRI}(?:1 )?(?P<stamp>[0-9]{{4}}-[0-9T:.Z+-]+|[A-Z][a-z]{{2}} +[0-9]{{1,2}} [0-9:]{{8}}|) ?(?:{WORD} ){{0,5}}?(?:\[cowrie\] )?"
    r"CEF:0\|Cowrie\|Cowrie\|[^|]*\|(?P<eventid>[^|]*)\|[^|]*\|[^|]*\|(?:app=(?P<app>\S*) )?.*?msg=(?P<message>.*) src=(?P<src>[0-9A-Fa-f:.]+)(?: .*)?$"
)


def _read(lines: Lines) -> Found:
    groups = lines.text.str.extract_groups(_FORM).struct.unnest()
    numbered = groups.with_columns(pl.Series(ROW, np.arange(len(lines))))
    mine = numbered.filter(pl.col("message").is_not_null()).with_columns(
        pl.when(pl.col("stamp") == "").then(pl.lit("none")).when(pl.col("stamp").str.contains("^[0-9]")).then(pl.lit("iso"))
        .otherwise(pl.lit("bsd")).alias("kind"),
        pl.when(pl.col("app").str.to_lowercase().str.contains("telnet")).then(pl.lit("telnet")).otherwise(pl.lit("ssh")).alias("service"),
        pl.col("message").str.replace_all(r"\=", "=", literal=True).str.replace_all("\\\\", "\\", literal=True),
    )  # fmt: skip
    known = events_of(mine)
    damaged = np.flatnonzero(groups["message"].is_null().to_numpy())
    return Found(events(known), np.setdiff1d(mine[ROW].to_numpy(), known[ROW].to_numpy()), {"form": damaged} if len(damaged) else {})


COWRIE_CEF = Dialect(
    "cowrie-cef", "Cowrie, CEF", ("CEF:0|Cowrie|",), _read,
    lost="CEF has no session, so what one visitor did cannot be told from what another did at the same time from the same address: "
         "read cowrie.json",
)  # fmt: skip
