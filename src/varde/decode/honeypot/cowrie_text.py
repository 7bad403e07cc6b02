"""Cowrie's and Kippo's own text: the log file of every version since 2010, and what they send to syslog.

    2017-01-16 15:32:30+0100 [SSHService ssh-connection on HoneyPotSSHTransport,9704,192.0.2.1] login attempt [root/x] failed
    2026-11-21T16:52:28.630519Z [ssh,89f9df1f812e,192.0.2.1] direct-tcp connection request to 198.51.100.10:80 from localhost:5556
    Dec  8 06:28:43 host cowrie[2806]: [SSHService ssh-userauth on HoneyPotTransport,446,192.0.2.1] login attempt [ts/ts] failed
    <14>Nov 21 16:51:37 cowrie: [cowrie] login attempt [root/root] failed

Source: Twisted's log observer, Cowrie docs (OUTPUT.rst), captures of 3.1.4."""

import re
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.headers import PRI, WORD
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, holds, others
from varde.decode.honeypot._messages import BEGINNINGS, PLAIN, TELLS, UNFORMATTED, events_of, said_in
from varde.decode.honeypot._stamps import BSD, ISO
from varde.decode.lines import Lines

_SYSTEM = r"\[(?P<system>[^\]]*)\] (?P<message>.*)$"
_HOST = r"[!-Z\\-~][!-~]*"  # a bracket begins the system
_PROGRAM = rf"(?:(?:{_HOST} )?[A-Za-z]*(?:cowrie|kippo)[A-Za-z]*(?:\[[0-9]+\])?: )"

_FILE = rf"^(?P<stamp>{ISO}) \[(?P<system>[ -\\^-~]*)\] "
"""How the lines of the file begin, which are most: what follows is the message. Each octet matches in one way only, and
nothing beyond ASCII does, which makes it five times as fast as the forms below. None of them reads such a line otherwise."""

_NAMED = _FILE.replace(r"(?P<system>[ -\\^-~]*)", r"(?P<program>[ -+\-.-Z\\^-~]*),(?P<number>[0-9a-f]+),(?P<address>[0-9A-Fa-f:.]*)")
"""Those among them that name a connection, as nearly all events do."""

_FORMS = (
    ("iso", rf"^{PRI}(?P<stamp>{ISO}) {_PROGRAM}?{_SYSTEM}"),
    ("bsd", rf"^{PRI}(?P<stamp>{BSD}) {_PROGRAM}{_SYSTEM}"),
    ("iso", rf"^<[0-9]{{1,3}}>1 (?P<stamp>{ISO}) {WORD} {WORD} {WORD} {WORD} (?:-|\[.*?[^\\]\])+ {{1,2}}{_SYSTEM}"),
)
"""Kind of stamp and pattern, the most frequent first."""

_OWN = rf"^{PRI}(?:1 )?(?:{ISO}|{BSD}) (?:{WORD} ){{0,5}}?{_PROGRAM}?\["
"""How any line of the program begins."""

_SYSTEM_NOW = r"^(?P<program>ssh|telnet),(?P<number>[0-9a-f]+),(?P<address>[0-9A-Fa-f:.]+)$"
_SYSTEM_ONCE = r"^(?P<program>.*),(?P<number>[0-9]+),(?P<address>[0-9A-Fa-f:.]*)$"
_TRANSPORT = re.compile(r"(?:HoneyPot|Cowrie)(?P<transport>[A-Za-z]*)Transport$")
_NOW = ("ssh", "telnet")
"""What stands between the brackets: since 2016 the service and the connection's name, before that a transport and its number."""

_SAID = ("service#", "session#", "src#")
_NOBODYS = pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(("stamp", "kind", "message", *_SAID), pl.String)})

_COUNTED = "^[ST]{0,2}([0-9]{1,7})$"
"""Kippo, and Cowrie of 2016, count connections; later names are hexadecimal and longer."""


def _read(lines: Lines) -> Found:
    """Most lines are what Cowrie says of itself: only those that hold the beginning of an event are taken apart."""
    text = lines.text
    whole, left = _said_whole(text)
    mine, silent = _taken_apart(text.gather(left), left) if len(left) else (_NOBODYS, left)
    known = events_of(mine, whole)
    return Found(events(_full(known)), np.concatenate([silent, others(mine, known)]))


def _taken_apart(text: pl.Series, rows: NDArray[np.intp]) -> tuple[pl.DataFrame, NDArray[np.intp]]:
    """Lines that may be events, as `_lines_of`, and the rows of those of Cowrie's and Kippo's that are none."""
    maybe = holds(text, (*BEGINNINGS, UNFORMATTED))
    return _lines_of(text.filter(maybe), rows[maybe.to_numpy()]), rows[~maybe.to_numpy() & text.str.contains(_OWN).to_numpy()]


def _said_whole(text: pl.Series) -> tuple[list[pl.DataFrame], NDArray[np.intp]]:
    """What plain lines of the file say that name a connection, and the rows of all others."""
    parts, left = [], np.ones(len(text), dtype=bool)
    for message in PLAIN:
        rows = np.flatnonzero(left & text.str.contains(f"] {message.begins}", literal=True).to_numpy())
        if len(rows):
            said = said_in(text if len(rows) == len(text) else text.gather(rows), _NAMED, message)
            there = said["event"].is_not_null()
            left[rows[there.to_numpy()]] = False
            said = said.with_columns(pl.Series(ROW, rows), kind=pl.lit("iso"))
            parts.append(_said_by(said if there.all() else said.filter(there)).drop("program", "number", "address", "transport"))
    return parts, np.flatnonzero(left)


def _lines_of(text: pl.Series, rows: NDArray[np.intp]) -> pl.DataFrame:
    """Stamp, message and what the system says (columns of `_SAID`) of the lines that are Cowrie's or Kippo's."""
    named, rest = _begun(pl.DataFrame({ROW: rows, "text": text}), _NAMED, "program", "number", "address")
    parts = [_said_by(named)]
    if len(rest):
        of_file, carried = _begun(rest, _FILE, "system")
        parts += [_with_system(part) for part in (of_file, *_carried(carried))]
    return pl.concat([part.select(ROW, "stamp", "kind", "message", *_SAID) for part in parts])


def _begun(frame: pl.DataFrame, pattern: str, *parts: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose text begins as the pattern says, in ASCII, with its groups and what follows as `message`; and the others."""
    groups = frame["text"].str.extract_groups(pattern).struct.unnest()
    hit = groups["stamp"].is_not_null()
    marks = len(" [] ") + len(parts) - 1
    before = pl.sum_horizontal(pl.col(part).str.len_bytes() for part in ("stamp", *parts)) + marks
    begun = frame.with_columns(groups.get_columns()).filter(hit)
    return begun.with_columns(pl.col("text").str.slice(before).alias("message"), pl.lit("iso").alias("kind")), frame.filter(~hit)


def _carried(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The same of lines that something carried."""
    for kind, pattern in _FORMS:
        groups = frame["text"].str.extract_groups(pattern).struct.unnest()
        hit = groups["stamp"].is_not_null()
        yield frame.select(ROW).with_columns(groups.get_columns()).with_columns(pl.lit(kind).alias("kind")).filter(hit)
        frame = frame.filter(~hit)




def _with_system(frame: pl.DataFrame) -> pl.DataFrame:
    """With what the system says, which few lines differ in."""
    systems = frame["system"].unique()
    now, once = (systems.str.extract_groups(pattern).struct.unnest() for pattern in (_SYSTEM_NOW, _SYSTEM_ONCE))
    said = _said_by(now.select(pl.coalesce(pl.col(name), once[name]) for name in now.columns)).with_columns(systems.alias("system"))
    return frame.join(said.select("system", *_SAID), on="system", how="left", maintain_order="left")


def _said_by(frame: pl.DataFrame) -> pl.DataFrame:
    """With service, session and source that `program`, `number` and `address` mean; null where the program is no visitor's."""
    programs = frame["program"].unique().drop_nulls().to_list()
    now = pl.col("program").is_in(_NOW) & (pl.col("address") != "")
    once = pl.col("transport").is_not_null() & pl.col("number").str.contains("^[0-9]+$")
    transport = pl.col("program").replace_strict(programs, [_transport(program) for program in programs], default=None, return_dtype=pl.String)
    return frame.with_columns(transport.alias("transport")).with_columns(
        pl.when(now).then("program").when(once).then("transport").alias("service#"),
        pl.when(now).then("number").when(once).then(pl.concat_str("number", pl.lit("@"), "address")).alias("session#"),
        pl.when(now | once).then("address").alias("src#"),
    )  # fmt: skip


def _transport(program: str) -> str | None:
    found = _TRANSPORT.search(program)
    return found and ("telnet" if "telnet" in found["transport"].lower() else "ssh")


def _full(known: pl.DataFrame) -> pl.DataFrame:
    """Session and source of the system where the message does not say them."""
    own = [name for name in ("session", "src") if name in known.columns]
    said = {name: pl.coalesce(name, name + "#") if name in own else pl.col(name + "#") for name in ("session", "src")}
    full = known.with_columns(service=pl.col("service#"), **said)
    number = pl.col("session").str.extract(_COUNTED)
    return full.with_columns(pl.coalesce(pl.concat_str(number, pl.lit("@"), "src"), "session").alias("session"))


COWRIE_TEXT = Dialect(
    "cowrie-text", "Cowrie or Kippo, text", ("[ssh,", "[telnet,", "Transport,", "[cowrie]", "[cowrie.", "] New connection: "), _read,
    {table: (*texts, UNFORMATTED) for table, texts in TELLS.items()},
    fix="read Cowrie's JSON instead of its text: [output_jsonlog] enabled = true in cowrie.cfg. A user name or password with a slash "
        "cannot be told apart in the text.",
    lost="Cowrie's plain syslog names neither the source nor the session: set `format = cef` under [output_localsyslog], or read "
         "var/log/cowrie/cowrie.json",
)  # fmt: skip
