"""Cowrie's and Kippo's own text: the log file of every version since 2010, and what they send to syslog.

    2017-01-16 15:32:30+0100 [SSHService ssh-connection on HoneyPotSSHTransport,9704,192.0.2.1] login attempt [root/x] failed
    2026-11-21T16:52:28.630519Z [ssh,89f9df1f812e,192.0.2.1] direct-tcp connection request to 198.51.100.10:80 from localhost:5556
    Dec  8 06:28:43 host cowrie[2806]: [SSHService ssh-userauth on HoneyPotTransport,446,192.0.2.1] login attempt [ts/ts] failed
    <14>Nov 21 16:51:37 cowrie: [cowrie] login attempt [root/root] failed

Source: Twisted's log observer, Cowrie docs (OUTPUT.rst), captures of 3.1.4."""

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, holds, others
from varde.decode.honeypot._escapes import each
from varde.decode.honeypot._messages import BEGINNINGS, TELLS, UNFORMATTED, events_of
from varde.decode.honeypot._stamps import BSD, ISO
from varde.decode.lines import Lines

_SYSTEM = r"\[(?P<system>[^\]]*)\] (?P<message>.*)$"
_HOST = r"[!-Z\\-~][!-~]*"  # a bracket begins the system
_PROGRAM = rf"(?:(?:{_HOST} )?[A-Za-z]*(?:cowrie|kippo)[A-Za-z]*(?:\[[0-9]+\])?: )"

_FILE = rf"^(?P<stamp>{ISO}) \[(?P<system>[ -\\^-~]*)\] "
"""How the lines of the file begin, which are most: what follows is the message. Each octet matches in one way only, and
nothing beyond ASCII does, which makes it five times as fast as the forms below. None of them reads such a line otherwise."""

_SIGNS = len(" [] ")

_FORMS = (
    ("iso", rf"^{PRI}(?P<stamp>{ISO}) {_PROGRAM}?{_SYSTEM}"),
    ("bsd", rf"^{PRI}(?P<stamp>{BSD}) {_PROGRAM}{_SYSTEM}"),
    ("iso", rf"^<[0-9]{{1,3}}>1 (?P<stamp>{ISO}) {WORD} {WORD} {WORD} {WORD} (?:-|\[.*?[^\\]\])+ {{1,2}}{_SYSTEM}"),
)
"""Kind of stamp and pattern, the most frequent first."""

_OWN = rf"^{PRI}(?:1 )?(?:{ISO}|{BSD}) (?:{WORD} ){{0,5}}?{_PROGRAM}?\["
"""How any line of the program begins."""

_SYSTEM_NOW = r"^(?P<service>ssh|telnet),(?P<session>[0-9a-f]+),(?P<src>[0-9A-Fa-f:.]+)$"
_SYSTEM_ONCE = r"^(?P<program>.*),(?P<number>[0-9]+),(?P<src>[0-9A-Fa-f:.]*)$"
_PLAIN_ONCE = _SYSTEM_ONCE.replace(".*", r"[ -+\-.-~]*", 1)
"""The same without commas and beyond ASCII, in one pass."""

_TRANSPORT = re.compile(r"(?:HoneyPot|Cowrie)(?P<transport>[A-Za-z]*)Transport$")

_COUNTED = "^[ST]{0,2}([0-9]{1,7})$"
"""Kippo, and Cowrie of 2016, count connections; later names are hexadecimal and longer."""


def _read(lines: Lines) -> Found:
    """Most lines are what Cowrie says of itself: only those that hold the beginning of an event are taken apart."""
    text = lines.text
    maybe = holds(text, (*BEGINNINGS, UNFORMATTED))
    mine = _lines_of(text.filter(maybe), np.flatnonzero(maybe.to_numpy()))
    known = events_of(mine)
    rest = np.flatnonzero(~maybe.to_numpy() & text.str.contains(_OWN).to_numpy())
    return Found(events(_with_system(known)), np.concatenate([rest, others(mine, known)]))


def _lines_of(text: pl.Series, rows: NDArray[np.intp]) -> pl.DataFrame:
    """Stamp, system and message of the lines that are Cowrie's or Kippo's."""
    head = pl.DataFrame({ROW: rows, "text": text}).with_columns(text.str.extract_groups(_FILE).struct.unnest().get_columns())
    alike = head["stamp"].is_not_null()
    before = pl.col("stamp").str.len_bytes() + pl.col("system").str.len_bytes() + _SIGNS
    of_file = head.filter(alike).select(ROW, "stamp", "system", pl.col("text").str.slice(before).alias("message"), pl.lit("iso").alias("kind"))
    return of_file if alike.all() else pl.concat([of_file, _others_of(head.filter(~alike).select(ROW, "text"))])


def _others_of(frame: pl.DataFrame) -> pl.DataFrame:
    """The same of lines that something carried."""
    parts = []
    for kind, pattern in _FORMS:
        groups = frame["text"].str.extract_groups(pattern).struct.unnest()
        hit = groups["stamp"].is_not_null()
        parts.append(frame.select(ROW).with_columns(groups.get_columns()).with_columns(pl.lit(kind).alias("kind")).filter(hit))
        if hit.all():
            break
        frame = frame.filter(~hit)
    return pl.concat(parts)


def _with_system(known: pl.DataFrame) -> pl.DataFrame:
    """Service, session and source of what stands between the brackets, which few lines differ in, where the message does
    not say them."""
    joined = known.join(_systems(known["system"].unique()), on="system", how="left", maintain_order="left")
    own = [name for name in ("session", "src") if name in known.columns]
    said = {name: pl.coalesce(name, name + "#") if name in own else pl.col(name + "#") for name in ("session", "src")}
    full = joined.with_columns(service=pl.col("service#"), **said)
    number = pl.col("session").str.extract(_COUNTED)
    return full.with_columns(pl.coalesce(pl.concat_str(number, pl.lit("@"), "src"), "session").alias("session"))


def _systems(systems: pl.Series) -> pl.DataFrame:
    """The columns of each system: of versions since 2016, and of those that named the connection by its number."""
    now = systems.str.extract_groups(_SYSTEM_NOW).struct.unnest()
    rest = systems.filter(now["service"].is_null())
    parts = [pl.DataFrame({"system": systems}).with_columns(now.get_columns()).filter(pl.col("service").is_not_null())]
    for pattern in (_PLAIN_ONCE, _SYSTEM_ONCE):
        once = rest.str.extract_groups(pattern).struct.unnest().with_columns(rest.alias("system"))
        parts.append(_numbered(once.filter(pl.col("number").is_not_null())))
        rest = rest.filter(once["number"].is_null())
    return pl.concat(parts).select("system", pl.col("service", "session", "src").name.suffix("#"))


def _numbered(systems: pl.DataFrame) -> pl.DataFrame:
    service = each(systems["program"], _service, pl.String()).alias("service")
    named = systems.with_columns(service).filter(pl.col("service").is_not_null())
    return named.select("system", "service", pl.concat_str("number", pl.lit("@"), "src").alias("session"), "src")


def _service(program: str) -> str | None:
    found = _TRANSPORT.search(program)
    return found and ("telnet" if "telnet" in found["transport"].lower() else "ssh")


COWRIE_TEXT = Dialect(
    "cowrie-text", "Cowrie or Kippo, text", ("[ssh,", "[telnet,", "Transport,", "[cowrie]", "[cowrie.", "] New connection: "), _read,
    {table: (*texts, UNFORMATTED) for table, texts in TELLS.items()},
    fix="read Cowrie's JSON instead of its text: [output_jsonlog] enabled = true in cowrie.cfg. A user name or password with a slash "
        "cannot be told apart in the text.",
    lost="Cowrie's plain syslog names neither the source nor the session: set `format = cef` under [output_localsyslog], or read "
         "var/log/cowrie/cowrie.json",
)  # fmt: skip
