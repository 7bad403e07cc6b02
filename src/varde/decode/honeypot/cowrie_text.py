"""Cowrie's and Kippo's own text: the log file of every version since 2010, and what they send to syslog.

    2017-01-16 15:32:30+0100 [SSHService ssh-connection on HoneyPotSSHTransport,9704,192.0.2.1] login attempt [root/x] failed
    2026-11-21T16:52:28.630519Z [ssh,89f9df1f812e,192.0.2.1] direct-tcp connection request to 198.51.100.10:80 from localhost:5556
    Dec  8 06:28:43 host cowrie[2806]: [SSHService ssh-userauth on HoneyPotTransport,446,192.0.2.1] login attempt [ts/ts] failed
    <14>Nov 21 16:51:37 cowrie: [cowrie] login attempt [root/root] failed

Source: Twisted's log observer, Cowrie docs (OUTPUT.rst), captures of 3.1.4."""

import numpy as np
import polars as pl

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events
from varde.decode.honeypot._messages import BEGINNINGS, events_of
from varde.decode.lines import Lines

_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_BSD = r"[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_SYSTEM = r"\[(?P<system>[^\]]*)\] (?P<message>.*)$"
_PROGRAM = rf"(?:(?:{WORD} )?[A-Za-z]*(?:cowrie|kippo)[A-Za-z]*(?:\[[0-9]+\])?: )"

_FORMS = (
    ("iso", rf"^{PRI}(?P<stamp>{_ISO}) {_PROGRAM}?{_SYSTEM}"),
    ("bsd", rf"^{PRI}(?P<stamp>{_BSD}) {_PROGRAM}{_SYSTEM}"),
    ("iso", rf"^<[0-9]{{1,3}}>1 (?P<stamp>{_ISO}) {WORD} {WORD} {WORD} {WORD} (?:-|\[.*?[^\\]\])+ {{1,2}}{_SYSTEM}"),
)
"""Kind of stamp and pattern, the most frequent first."""

_SYSTEMS = (
    r"^(?P<service>ssh|telnet),(?P<session>[0-9a-f]+),(?P<src>[0-9A-Fa-f:.]+)$",
    r"(?P<service>HoneyPot|Cowrie)(?P<transport>[A-Za-z]*)Transport,(?P<number>[0-9]+),(?P<src>[0-9A-Fa-f:.]*)$",
)


def _read(lines: Lines) -> Found:
    text = lines.text
    frame = pl.DataFrame({ROW: np.arange(len(lines)), "text": text})
    parts = []
    for kind, pattern in _FORMS:
        groups = frame["text"].str.extract_groups(pattern).struct.unnest()
        hit = groups["stamp"].is_not_null()
        parts.append(frame.select(ROW).with_columns(groups.get_columns()).filter(hit).with_columns(pl.lit(kind).alias("kind")))
        frame = frame.filter(~hit)
        if frame.is_empty():
            break
    mine = pl.concat(parts)
    known = events_of(_with_system(mine))
    silent = np.setdiff1d(mine[ROW].to_numpy(), known[ROW].to_numpy())
    return Found(events(known), silent)


def _with_system(frame: pl.DataFrame) -> pl.DataFrame:
    """Service, session and source of what stands between the brackets, which few lines differ in; only of lines that
    begin as an event does."""
    frame = frame.filter(pl.col("message").str.contains_any([*BEGINNINGS, "Unable to format event"]))
    systems = frame["system"].unique()
    new, old = (systems.str.extract_groups(pattern).struct.unnest() for pattern in _SYSTEMS)
    telnet = old["transport"].str.to_lowercase().str.contains("telnet", literal=True)
    numbered = pl.concat_str(pl.col("number"), pl.lit("@"), pl.col("src"))
    session = old.select(numbered).to_series()
    service = pl.select(pl.when(telnet).then(pl.lit("telnet")).when(telnet.is_not_null()).then(pl.lit("ssh"))).to_series()
    table = pl.DataFrame(
        {
            "system": systems,
            "service": pl.select(pl.coalesce(new["service"], service)).to_series(),
            "session": pl.select(pl.coalesce(new["session"], session)).to_series(),
            "src": pl.select(pl.coalesce(new["src"], old["src"])).to_series(),
        }
    )
    return frame.join(table, on="system", how="left", maintain_order="left")


COWRIE_TEXT = Dialect(
    "cowrie-text", "Cowrie or Kippo, text", ("[ssh,", "[telnet,", "Transport,", "[cowrie]", "[cowrie.", "] New connection: "), _read,
    fix="read Cowrie's JSON instead of its text: [output_jsonlog] enabled = true in cowrie.cfg. A user name or password with a slash "
        "cannot be told apart in the text.",
    lost="Cowrie's plain syslog names neither the source nor the session: set `format = cef` under [output_localsyslog], or read "
         "var/log/cowrie/cowrie.json",
)  # fmt: skip
