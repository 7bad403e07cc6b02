"""What Cowrie says happened, in English: the message is the same in its text log, syslog, CEF and OCSF.

The words of `cowrie.json`'s `message` (Cowrie docs, OUTPUT.rst), and those of Kippo before it. A user name may hold a
slash and both may hold brackets, unescaped: the first slash divides, the last bracket ends. A target may hold blanks and
colons: the last colon before the last ` from ` divides."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from varde.decode.honeypot._dialect import EVENT_OF, ROW
from varde.decode.honeypot._escapes import each, each_escaped, named, unescaped, version

_ADDRESS = r"[0-9A-Fa-f:.]+"
_NAME = "[!-9;-~]*"  # without blanks and colons
_PORT = "[0-9]{1,10}"  # as SSH can say it (RFC 4254 section 7.2: uint32); what is no port is told as such later
_LASTED = "(?P<lasted>[0-9.]+) (?P<unit>seconds|milliseconds)"
_SUM = "(?P<sha256>[0-9a-f]{64})"


@dataclass(frozen=True, slots=True)
class Message:
    """One kind: how it begins, the pattern of all that follows, the event it is, and what it says without words."""

    begins: str
    pattern: str
    event: str
    says: dict[str, str] = field(default_factory=dict)
    plain: str = ""
    """A pattern with the same groups for what most such messages say: each octet matches in one way only, so it is several
    times as fast, and finds what `pattern` would."""


MESSAGES = (
    Message("login attempt [", r"(?P<pair>.*)\] (?P<success>failed|succeeded)", "login", plain=r"(?P<pair>[ -\\^-~]*)\] (?P<success>failed|succeeded)"),
    Message("public key login attempt for [", r"(?P<user>.*)\] (?P<success>failed|succeeded)", "login"),
    Message(
        "direct-tcp connection request to ",
        f"(?P<target>.*):(?P<target_port>{_PORT}) from (?P<claimed_src>.*):(?P<claimed_src_port>{_PORT})", "request",
        plain=f"(?P<target>{_NAME}):(?P<target_port>{_PORT}) from (?P<claimed_src>{_NAME}):(?P<claimed_src_port>{_PORT})",
    ),
    Message(
        "discarded direct-tcp forward request ",
        f"(?:(?P<tunnel>[0-9]+) )?to (?P<target>.*?):(?P<target_port>{_PORT}) with data (?P<data>.*)", "payload",
    ),
    Message("JA4 fingerprint for ", rf".* to (?P<target>.*):(?P<target_port>{_PORT}): (?P<ja4>\S+)", "payload"),
    Message("JA4H fingerprint for ", rf".* to (?P<target>.*):(?P<target_port>{_PORT}): (?P<ja4h>\S+)", "payload"),
    Message("CMD: ", "(?P<input>.*)", "command", {"outcome": "typed"}),
    Message("Command not found: ", "(?P<input>.*)", "command", {"outcome": "unknown"}),
    Message("INPUT (", r"[^)]*\): (?P<input>.*)", "command", {"outcome": "answer"}),
    Message(
        "New connection: ",
        rf"(?P<src>{_ADDRESS}):(?P<src_port>{_PORT}) \((?P<dst>{_ADDRESS}):(?P<dst_port>{_PORT})\) \[session: (?P<session>[0-9A-Za-z]+)\]",
        "connect",
    ),
    Message("Remote SSH version: ", "(?P<version>.*)", "version"),
    Message("SSH client hassh fingerprint: ", "(?P<hassh>[0-9a-f]{32})", "fingerprint"),
    Message("Terminal Size: ", "(?P<width>[0-9]+) (?P<height>[0-9]+)", "terminal"),
    Message("request_env: ", "(?P<variable>.*)", "variable"),
    Message("Telnet NEW-ENVIRON: ", "(?P<variable>.*)", "variable"),
    Message("Closing TTY Log: ", f"(?P<recording>.*) after {_LASTED}", "recording"),
    Message("Connection lost", f"(?: after {_LASTED})?", "close"),
    Message("Downloaded URL (", rf"(?P<url>.*)\) with SHA-256 {_SUM} to (?P<kept>.*)", "file", {"direction": "download"}),
    Message("Saved ", f".* contents with SHA-256 {_SUM} to (?P<kept>.*)", "file", {"direction": "download"}),
    Message("Attempt to download file(s) from URL (", r"(?P<url>.*)\) failed.*", "file", {"direction": "failed"}),
    Message('SFTP Uploaded file "', r'(?P<name>.*)" to (?P<kept>.*)', "file", {"direction": "upload"}),
    Message('SCP Uploaded file "', r'(?P<name>.*)" to (?P<kept>.*)', "file", {"direction": "upload"}),
)  # fmt: skip

BEGINNINGS = tuple(message.begins for message in MESSAGES)
"""Texts one of which begins every message that is an event."""

def _tells() -> dict[str, tuple[str, ...]]:
    tells: dict[str, tuple[str, ...]] = {}
    for message in MESSAGES:
        tells[EVENT_OF[message.event]] = (*tells.get(EVENT_OF[message.event], ()), message.begins)
    return tells


TELLS = _tells()
"""The beginnings of the messages that each table has rows of."""

UNFORMATTED = "Unable to format event"
"""Twisted's way to say that a name was not ASCII: what should have been said stands in the event it prints."""

_SAID = r"^Unable to format event .*'log_text': (?:u?'|\")(?P<message>(?:login attempt |direct-tcp ).*?)(?:'|\")(?:, '|\}|$)"
_SUCCESS = {"failed": "0", "succeeded": "1"}
_PYTHON_PAIR = r"""^(?P<first>b'.*?'|b".*?")/(?P<second>b'.*'|b".*")$"""
"""User and password as Cowrie printed them between its move to Python 3 and 2022."""


def events_of(frame: pl.DataFrame, whole: Iterable[pl.DataFrame] = ()) -> pl.DataFrame:
    """Rows of `frame` (with a column `message`) that are events, with `event` and what the messages say as columns.

    What a message says of itself goes before what the line's prefix said, save for a column `user`: that is surer than
    the pair. Columns that came stay. `whole`: rows of which `said_in` has read the messages already."""
    together = [part for part in (*whole, *(_each_kind(_formatted(frame)) if len(frame) else ())) if not part.is_empty()]
    if not together:
        return frame.clear().with_columns(pl.lit(None, dtype=pl.String).alias("event"))
    made = _finished(pl.concat(together, how="diagonal") if len(together) > 1 else together[0])
    return made if made[ROW].is_sorted() else made.sort(ROW)


def _each_kind(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    kinds = frame.select(_kind()).to_series()
    for kind in kinds.unique().drop_nulls().to_list():
        yield _read(frame.filter(kinds == kind), MESSAGES[kind])


def said_in(text: pl.Series, before: str, message: Message) -> pl.DataFrame:
    """What lines say of which all is plain, in one go: the groups of what stands `before` the message, and its own; `event` is
    null where that is not so."""
    groups = text.str.extract_groups(f"{before}{re.escape(message.begins)}{message.plain} *$").struct.unnest()
    there = pl.col(groups.columns[0]).is_not_null()
    return groups.with_columns(pl.when(there).then(pl.lit(value)).alias(name) for name, value in {"event": message.event, **message.says}.items())


PLAIN = tuple(message for message in MESSAGES if message.plain)
"""Messages that `said_in` reads; most lines that are an event say one of them."""


def _formatted(frame: pl.DataFrame) -> pl.DataFrame:
    unformatted = frame["message"].str.starts_with(UNFORMATTED)
    if not unformatted.any():
        return frame
    inner = pl.col("message").str.extract(_SAID)
    return frame.with_columns(pl.when(unformatted).then(inner).otherwise(pl.col("message")).fill_null("").alias("message"))


def _kind() -> pl.Expr:
    """Which of MESSAGES a message begins as, null for none."""
    begins = [pl.when(pl.col("message").str.starts_with(text)).then(pl.lit(kind, dtype=pl.Int8)) for kind, text in enumerate(BEGINNINGS)]
    return pl.coalesce(begins).alias("kind#")


def _read(frame: pl.DataFrame, message: Message) -> pl.DataFrame:
    groups = _groups(frame["message"].str.slice(len(message.begins)), message)
    both = [name for name in groups.columns if name in frame.columns]
    known = [(pl.coalesce(frame[name], groups[name]) if name == "user" else pl.coalesce(groups[name], frame[name])).alias(name) for name in both]
    said = [pl.lit(value).alias(name) for name, value in {"event": message.event, **message.says}.items()]
    full = frame.with_columns(groups.drop(both)).with_columns(*known, *said)
    return full.filter(pl.col("matched").is_not_null()).drop("matched")


def _groups(behind: pl.Series, message: Message) -> pl.DataFrame:
    """What stands in the groups of the message's pattern, and `matched`: null where it is another."""
    whole = f"(?s)^(?P<matched>){message.pattern} *$"
    if not message.plain:
        return behind.str.extract_groups(whole).struct.unnest()
    groups = behind.str.extract_groups(f"^(?P<matched>){message.plain} *$").struct.unnest()
    odd = groups["matched"].is_null()
    if not odd.any():
        return groups
    rest = behind.filter(odd).str.extract_groups(whole).struct.unnest()
    order = pl.concat([(~odd).arg_true(), odd.arg_true()]).arg_sort()
    return pl.concat([groups.filter(~odd), rest])[order]


def _finished(frame: pl.DataFrame) -> pl.DataFrame:
    """Pairs taken apart, times in microseconds."""
    if "success" in frame.columns:
        frame = _with_names(frame)
    if "version" in frame.columns:
        frame = frame.with_columns(each_escaped(frame["version"], version))
    if "lasted" in frame.columns:
        scale = pl.when(pl.col("unit") == "milliseconds").then(1_000).otherwise(1_000_000)
        lasted = (pl.col("lasted").cast(pl.Float64, strict=False) * scale).round().cast(pl.Int64, strict=False)
        frame = frame.with_columns(lasted.cast(pl.String).alias("duration"))
    if "width" in frame.columns:
        frame = frame.with_columns(pl.concat_str("width", pl.lit("x"), "height").alias("terminal"))
    return frame


def _with_names(frame: pl.DataFrame) -> pl.DataFrame:
    """User and password of the pair, escapes undone: the first slash divides, unless `user` is known."""
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("user", "pair") if name not in frame.columns]
    halves = pl.col("pair").str.splitn("/", 2).struct
    behind = pl.when(pl.col("pair").str.starts_with(pl.col("user") + "/")).then(pl.col("pair").str.slice(pl.col("user").str.len_chars() + 1))
    frame = frame.with_columns(missing).with_columns(
        pl.coalesce("user", halves[0]).alias("user"), pl.when(pl.col("user").is_null()).then(halves[1]).otherwise(behind).alias("password"),
        pl.col("success").replace_strict(_SUCCESS, default=None),
    )  # fmt: skip
    plain = {name: each_escaped(frame[name], unescaped) for name in ("user", "password")}
    python = frame["pair"].str.extract_groups(_PYTHON_PAIR).struct.unnest()
    if python["first"].null_count() == len(frame):
        return frame.with_columns(plain.values())
    quoted = {"user": each(python["first"], named, pl.String()), "password": each(python["second"], named, pl.String())}
    return frame.with_columns([pl.coalesce(quoted[name], plain[name]).alias(name) for name in plain])
