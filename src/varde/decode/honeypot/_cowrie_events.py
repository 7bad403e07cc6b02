"""Cowrie's events as JSON objects, whatever carries them.

Between 2017 and 2024 a tunnel's `src_port` is the originator's claim; since 2026 `orig_ip` and `orig_port` are the claim
and `src_port` the visitor's. Its `dst_ip` is always the target, never the honeypot (Cowrie docs, OUTPUT.rst)."""

import json
from decimal import Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.distinct import of_each
from varde.decode.honeypot._dialect import EVENT_OF, ROW, Found, events, holds
from varde.decode.honeypot._escapes import each_escaped, encodable, unescaped, version

_KEYS = (
    "eventid", "timestamp", "session", "protocol", "src_ip", "src_port", "dst_ip", "dst_port", "username", "password", "input", "data",
    "message", "orig_ip", "orig_port", "id", "version", "hassh", "ttylog", "duration", "duration_ms", "url", "outfile", "shasum",
    "filename", "destfile", "ja4", "ja4h", "name", "value", "width", "height", "system",
)  # fmt: skip
_STRUCT = pl.Struct(dict.fromkeys(_KEYS, pl.String()))

_EVENTS = {
    "cowrie.login.failed": "login", "cowrie.login.success": "login", "cowrie.direct-tcpip.request": "request",
    "cowrie.direct-tcpip.data": "payload", "cowrie.direct-tcpip.ja4": "payload", "cowrie.direct-tcpip.ja4h": "payload",
    "cowrie.command.input": "command", "cowrie.command.failed": "command", "cowrie.command.success": "command",
    "cowrie.session.input": "command",
    "cowrie.session.file_download": "file", "cowrie.session.file_download.failed": "file", "cowrie.session.file_upload": "file",
    "cowrie.session.connect": "connect", "cowrie.client.version": "version", "cowrie.client.kex": "fingerprint",
    "cowrie.client.size": "terminal", "cowrie.client.var": "variable", "cowrie.log.closed": "recording", "cowrie.session.closed": "close",
}  # fmt: skip
"""Event of each eventid; others tell nothing that a table has a column for."""

OLD_EVENTS = {
    "0001": "cowrie.session.connect", "0002": "cowrie.login.success", "0003": "cowrie.login.failed", "0005": "cowrie.command.input",
    "0006": "cowrie.command.failed", "0007": "cowrie.session.file_download", "0008": "cowrie.session.input", "0009": "cowrie.client.version",
    "0010": "cowrie.client.size", "0011": "cowrie.session.closed", "0012": "cowrie.log.closed", "0013": "cowrie.client.var",
    "0014": "cowrie.direct-tcpip.request", "0015": "cowrie.direct-tcpip.data", "0017": "cowrie.session.file_upload",
}  # fmt: skip
"""Event ids of 2014 and 2015, `KIPPnnnn` and `COWnnnn`, as they are called since (cowrie/core/output.py of 2015)."""

def _tells() -> dict[str, tuple[str, ...]]:
    tells: dict[str, tuple[str, ...]] = {}
    for name, event in _EVENTS.items():
        old = tuple(f'{number}"' for number, since in OLD_EVENTS.items() if since == name)
        tells[EVENT_OF[event]] = (*tells.get(EVENT_OF[event], (ESCAPED,)), name, *old)
    return tells


ESCAPED = "\\u"
"""What stands in JSON where a character of an event's name would not: nobody writes it so, but it is the same name."""

TELLS = _tells()
"""Texts one of which stands in every object that a table has a row of."""

_OLD = {f"{maker}{number}": name for maker in ("COW", "KIPP") for number, name in OLD_EVENTS.items()}
_FOUND = "Command found:"  # what `cowrie.command.success` also says, of a line that has been told as typed
_ANSWER = "INPUT ("

_SUCCESS = {"cowrie.login.failed": "0", "cowrie.login.success": "1"}
_OUTCOMES = {
    "cowrie.command.input": "typed", "cowrie.command.failed": "unknown", "cowrie.command.success": "answer", "cowrie.session.input": "answer",
}  # fmt: skip
_DIRECTIONS = {
    "cowrie.session.file_download": "download", "cowrie.session.file_download.failed": "failed", "cowrie.session.file_upload": "upload",
}  # fmt: skip
_ODD = (*(f'"{key}":{blank}[' for key in ("message", "input") for blank in ("", " ")), r"\ud", r"\uD")
"""What a line holds that is read by itself: a list, or a half of a surrogate pair, which Polars takes for NUL."""

_ODD_MAYBE = r'": ?\[|\\u[dD]'

_TUNNEL = ("cowrie.direct-tcpip.request", "cowrie.direct-tcpip.data", "cowrie.direct-tcpip.ja4", "cowrie.direct-tcpip.ja4h")
_ORIGIN = r" from (.*):[0-9]{1,5}$"
_ESCAPED = {"user": unescaped, "password": unescaped, "version": version}
"""What Cowrie escapes (core/utils.py); commands, URLs and file names stand as they came."""


def found_in(text: pl.Series, rows: NDArray[np.intp]) -> Found:
    """What JSON objects tell that stand in these rows of a block."""
    whole, damaged = _parsed(text)
    kinds = of_each(whole["eventid"], _kinds)
    repeats = (kinds["eventid"] == "cowrie.command.success") & whole["message"].str.starts_with(_FOUND)
    mine = ~damaged & kinds["eventid"].is_not_null().to_numpy()
    tells = mine & kinds["event"].is_not_null().to_numpy() & ~repeats.fill_null(value=False).to_numpy()
    known = whole.with_columns(*kinds, pl.Series(ROW, rows)).filter(pl.Series(tells))
    broken = rows[damaged]
    return Found(events(_columns(known)), rows[mine & ~tells].astype(np.intp), {"json": broken} if len(broken) else {})


def _kinds(names: pl.Series) -> pl.DataFrame:
    """What the names of events say: that name as it is now, and columns of an event that follow from it."""
    name = names.replace(_OLD)
    said = {"event": _EVENTS, "success": _SUCCESS, "outcome": _OUTCOMES, "direction": _DIRECTIONS}
    columns = [name.replace_strict(values, default=None, return_dtype=pl.String).alias(column) for column, values in said.items()]
    return pl.DataFrame([name.alias("eventid"), *columns])


def _parsed(text: pl.Series) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """JSON objects as columns of text, and which lines are no JSON object.

    All at once but for odd lines, which are few; one by one where that does not work."""
    odd = _odd(text)
    try:
        frame = (text.filter(pl.Series(~odd)) if odd.any() else text).str.json_decode(_STRUCT).struct.unnest()
    except pl.exceptions.ComputeError:
        return _one_by_one(text)
    if len(frame) + int(odd.sum()) != len(text):  # an empty text has no row
        return _one_by_one(text)
    if not odd.any():
        return frame, np.zeros(len(text), dtype=bool)
    others_, damaged = _one_by_one(text.filter(pl.Series(odd)))
    order = np.argsort(np.concatenate([np.flatnonzero(~odd), np.flatnonzero(odd)]), kind="stable")
    broken = np.zeros(len(text), dtype=bool)
    broken[np.flatnonzero(odd)[damaged]] = True
    return pl.concat([frame, others_])[order], broken


def _odd(text: pl.Series) -> NDArray[np.bool_]:
    """Which lines hold a list that becomes text, or a half of a surrogate pair, which Polars takes for NUL, or are no object, which it
    takes for an empty one.

    Few hold any list or such an escape, which is seen much faster than which of them."""
    held = ~text.str.starts_with("{") | text.str.contains(_ODD_MAYBE)
    some: NDArray[np.bool_] = held.to_numpy(writable=True)
    rows = np.flatnonzero(some)
    if len(rows):
        few = text.gather(rows)
        some[rows] = (holds(few, _ODD) | ~few.str.starts_with("{")).to_numpy()
    return some


def _one_by_one(text: pl.Series) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    objects = [_object(line) for line in text.to_list()]
    columns = {key: [_scalar(found.get(key)) if found else None for found in objects] for key in _KEYS}
    return pl.DataFrame(columns, schema=dict.fromkeys(_KEYS, pl.String())), np.array([found is None for found in objects], dtype=bool)


def _object(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line, object_pairs_hook=_first_wins)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object in which a key may stand twice: Polars takes the first, so that is what counts, whichever way a line is read."""
    found: dict[str, object] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _scalar(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):  # a message, or a command's words, in some versions
        return encodable(" ".join(str(part) for part in value))
    if isinstance(value, float):  # as Polars writes it: a port of 22.0 is one, and no exponents
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return json.dumps(value) if isinstance(value, (bool, dict)) else str(value)


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    id_, tunnel = pl.col("eventid"), pl.col("eventid").is_in(list(_TUNNEL))
    claimed = tunnel & pl.col("orig_port").is_null()
    request = id_ == "cowrie.direct-tcpip.request"
    said = pl.when(request).then("message")  # before the expression sees it: few lines are requests
    seconds = pl.coalesce(pl.col("duration_ms").cast(pl.Float64, strict=False) / 1000, pl.col("duration").cast(pl.Float64, strict=False))
    made = frame.select(
        ROW, "event", "success", "direction", "session", "password", "input", "data", "ja4", "ja4h", "url", "version", "hassh",
        pl.col("timestamp").alias("stamp"), pl.lit("iso").alias("kind"),
        pl.coalesce("protocol", _service()).alias("service"),
        pl.col("src_ip").alias("src"), pl.when(~claimed).then("src_port").alias("src_port"),
        pl.when(~tunnel).then("dst_ip").alias("dst"), pl.when(~tunnel).then("dst_port").alias("dst_port"),
        pl.when(tunnel).then("dst_ip").alias("target"), pl.when(tunnel).then("dst_port").alias("target_port"),
        pl.when(request).then(pl.coalesce("orig_ip", said.str.extract(_ORIGIN))).alias("claimed_src"),
        pl.when(request).then(pl.coalesce("orig_port", pl.when(claimed).then("src_port"))).alias("claimed_src_port"),
        pl.col("id").alias("tunnel"), pl.col("username").alias("user"),
        pl.when(pl.col("message").str.starts_with(_ANSWER)).then(pl.lit("answer")).otherwise("outcome").alias("outcome"),
        pl.coalesce("filename", "destfile").alias("name"), pl.col("outfile").alias("kept"), pl.col("shasum").alias("sha256"),
        pl.concat_str("width", pl.lit("x"), "height").alias("terminal"), pl.concat_str("name", pl.lit("="), "value").alias("variable"),
        pl.col("ttylog").alias("recording"), (seconds * 1e6).round().cast(pl.Int64, strict=False).cast(pl.String).alias("duration"),
    )  # fmt: skip
    return made.with_columns([each_escaped(made[name], convert) for name, convert in _ESCAPED.items()])


def _service() -> pl.Expr:
    """Versions without `protocol` name the transport in `system`."""
    system = pl.col("system").str.to_lowercase()
    return pl.when(system.str.contains("telnet", literal=True)).then(pl.lit("telnet")).when(system.is_not_null()).then(pl.lit("ssh"))
