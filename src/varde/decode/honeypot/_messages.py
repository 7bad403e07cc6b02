"""What Cowrie says happened, in English: the message is the same in its text log, syslog, CEF and OCSF.

The words of `cowrie.json`'s `message` (Cowrie docs, OUTPUT.rst), and those of Kippo before it. A user name may hold a
slash and both may hold brackets, unescaped: the first slash divides, the last bracket ends. A target may hold blanks and
colons: the last colon before the last ` from ` divides."""

from dataclasses import dataclass, field

import polars as pl

from varde.decode.honeypot._escapes import each, unescaped

_ADDRESS = r"[0-9A-Fa-f:.]+"
_PORT = "[0-9]{1,5}"


@dataclass(frozen=True, slots=True)
class Message:
    """One kind: how it begins, its pattern, the event it is, and what it says without words."""

    begins: str
    pattern: str
    event: str
    says: dict[str, str] = field(default_factory=dict)


MESSAGES = (
    Message("login attempt [", r"^login attempt \[(?P<pair>.*)\] (?P<success>failed|succeeded)", "login"),
    Message(
        "direct-tcp connection request to ",
        rf"^direct-tcp connection request to (?P<target>.*):(?P<target_port>{_PORT}) from (?P<claimed_src>.*):(?P<claimed_src_port>{_PORT})",
        "request",
    ),
    Message(
        "discarded direct-tcp forward request ",
        rf"^discarded direct-tcp forward request (?:(?P<tunnel>[0-9]+) )?to (?P<target>.*?):(?P<target_port>{_PORT}) with data (?P<data>.*)$",
        "payload",
    ),
    Message("JA4 fingerprint for ", rf"^JA4 fingerprint for .* to (?P<target>.*):(?P<target_port>{_PORT}): (?P<ja4>\S+)", "payload"),
    Message("JA4H fingerprint for ", rf"^JA4H fingerprint for .* to (?P<target>.*):(?P<target_port>{_PORT}): (?P<ja4h>\S+)", "payload"),
    Message("CMD: ", "^CMD: (?P<input>.*)$", "command", {"outcome": "typed"}),
    Message("Command not found: ", "^Command not found: (?P<input>.*)$", "command", {"outcome": "unknown"}),
    Message("INPUT (", r"^INPUT \([^)]*\): (?P<input>.*)$", "command", {"outcome": "answer"}),
    Message(
        "New connection: ",
        rf"^New connection: (?P<src>{_ADDRESS}):(?P<src_port>{_PORT}) \((?P<dst>{_ADDRESS}):(?P<dst_port>{_PORT})\) \[session: (?P<session>[0-9A-Za-z]+)\]",
        "connect",
    ),
    Message("Remote SSH version: ", "^Remote SSH version: (?P<version>.*)$", "version"),
    Message("SSH client hassh fingerprint: ", r"^SSH client hassh fingerprint: (?P<hassh>[0-9a-f]{32})", "fingerprint"),
    Message("Terminal Size: ", "^Terminal Size: (?P<width>[0-9]+) (?P<height>[0-9]+)", "terminal"),
    Message("request_env: ", "^request_env: (?P<variable>.*)$", "variable"),
    Message("Closing TTY Log: ", "^Closing TTY Log: (?P<recording>.*) after (?P<lasted>[0-9.]+) (?P<unit>seconds|milliseconds)", "recording"),
    Message("Connection lost", "^Connection lost(?: after (?P<lasted>[0-9.]+) (?P<unit>seconds|milliseconds))?", "close"),
    Message(
        "Downloaded URL (", r"^Downloaded URL \((?P<url>.*)\) with SHA-256 (?P<sha256>[0-9a-f]{64}) to (?P<kept>.*)$",
        "file", {"direction": "download"},
    ),
    Message("Saved ", r"^Saved .* contents with SHA-256 (?P<sha256>[0-9a-f]{64}) to (?P<kept>.*)$", "file", {"direction": "download"}),
    Message("Attempt to download file(s) from URL (", r"^Attempt to download file\(s\) from URL \((?P<url>.*)\) failed", "file", {"direction": "failed"}),
    Message("SFTP Uploaded file ", r'^SFTP Uploaded file "(?P<name>.*)" to (?P<kept>.*)$', "file", {"direction": "upload"}),
    Message("SCP Uploaded file ", r'^SCP Uploaded file "(?P<name>.*)" to (?P<kept>.*)$', "file", {"direction": "upload"}),
)  # fmt: skip

BEGINNINGS = tuple(message.begins for message in MESSAGES)
"""Texts one of which begins every message that is an event."""

_UNFORMATTED = r"^Unable to format event .*'log_text': (?:u?'|\")(?P<message>(?:login attempt |direct-tcp ).*?)(?:'|\")(?:, '|\}|$)"
"""Twisted's way to say that a name was not ASCII: what should have been said stands in the event it prints."""

_SUCCESS = {"failed": "0", "succeeded": "1"}
_TEXTS = ("user", "password", "input", "variable", "url", "name", "target")


def events_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `frame` (with a column `message`) that are events, with `event` and what the messages say as columns.

    What a message says of itself goes before what the line's prefix said; columns that came stay."""
    frame = _formatted(frame)
    found = [_read(frame, message) for message in MESSAGES]
    together = [part for part in found if not part.is_empty()]
    if not together:
        return frame.clear().with_columns(pl.lit(None, dtype=pl.String).alias("event"))
    out = pl.concat(together, how="diagonal")
    return _finished(out)


def _formatted(frame: pl.DataFrame) -> pl.DataFrame:
    unformatted = frame["message"].str.starts_with("Unable to format event")
    if not unformatted.any():
        return frame
    inner = pl.col("message").str.extract(_UNFORMATTED)
    return frame.with_columns(pl.when(unformatted).then(inner).otherwise(pl.col("message")).fill_null("").alias("message"))


def _read(frame: pl.DataFrame, message: Message) -> pl.DataFrame:
    mine = frame.filter(pl.col("message").str.starts_with(message.begins))
    if mine.is_empty():
        return mine
    mine = mine.filter(pl.col("message").str.contains(message.pattern))
    groups = mine["message"].str.extract_groups(message.pattern).struct.unnest()
    kept = [pl.coalesce(groups[name], mine[name]).alias(name) if name in mine.columns else groups[name] for name in groups.columns]
    said = [pl.lit(value).alias(name) for name, value in {"event": message.event, **message.says}.items()]
    return mine.with_columns(kept).with_columns(said)


def _finished(frame: pl.DataFrame) -> pl.DataFrame:
    """Pairs taken apart, times in microseconds, escapes undone."""
    if "pair" in frame.columns:
        halves = pl.col("pair").str.splitn("/", 2).struct
        frame = frame.with_columns(halves[0].alias("user"), halves[1].alias("password"))
        frame = frame.with_columns(_bare("user"), _bare("password"), pl.col("success").replace_strict(_SUCCESS, default=None))
    if "lasted" in frame.columns:
        scale = pl.when(pl.col("unit") == "milliseconds").then(1_000).otherwise(1_000_000)
        frame = frame.with_columns((pl.col("lasted").cast(pl.Float64, strict=False) * scale).cast(pl.Int64).cast(pl.String).alias("duration"))
    if "width" in frame.columns:
        frame = frame.with_columns(pl.concat_str("width", pl.lit("x"), "height").alias("terminal"))
    return frame.with_columns([each(frame[name], unescaped, pl.String()) for name in _TEXTS if name in frame.columns])


def _bare(name: str) -> pl.Expr:
    """`b'root'` as some versions of Cowrie print it, without its quotes."""
    text = pl.col(name)
    quoted = (text.str.starts_with("b'") & text.str.ends_with("'")) | (text.str.starts_with('b"') & text.str.ends_with('"'))
    return pl.when(quoted & (text.str.len_chars() > 2)).then(text.str.slice(2, text.str.len_chars() - 3)).otherwise(text).alias(name)
