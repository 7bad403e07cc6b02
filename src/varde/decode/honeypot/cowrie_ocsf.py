"""Cowrie's OCSF: [output_textlog] with `format = ocsf`, JSON in the Open Cybersecurity Schema Framework 1.x."""

import json

import numpy as np
import polars as pl

from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.honeypot._escapes import each, unescaped
from varde.decode.honeypot._messages import events_of
from varde.decode.lines import Lines

_PATHS = {
    "stamp": ("time",), "message": ("message",), "session": ("unmapped", "session"), "service": ("connection_info", "protocol_name"),
    "src": ("src_endpoint", "ip"), "src_port": ("src_endpoint", "port"), "dst": ("dst_endpoint", "ip"), "dst_port": ("dst_endpoint", "port"),
    "user": ("user", "name"), "secret": ("unmapped", "password"),
}  # fmt: skip
"""Where each column stands in the object."""

_TUNNELS = ("request", "payload")
_SCHEMA = dict.fromkeys(_PATHS, pl.String())


def _read(lines: Lines) -> Found:
    rows, damaged, places = [], [], []
    for place, text in enumerate(lines.text.to_list()):
        row = _row(text)
        if row is None:
            damaged.append(place)
        else:
            rows.append(row)
            places.append(place)
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_columns(
        pl.Series(ROW, places, dtype=pl.Int64), pl.lit("epoch_ms").alias("kind")
    )
    known = events(_with_own(events_of(frame.with_columns(pl.col("message").fill_null("")))))
    return Found(known, others(frame, known), {"json": np.array(damaged, dtype=np.intp)} if damaged else {})


def _with_own(frame: pl.DataFrame) -> pl.DataFrame:
    """A password that the object has apart is surer than the message's; a tunnel's destination is its target."""
    tunnel = pl.col("event").is_in(list(_TUNNELS))
    secret = each(frame["secret"], unescaped, pl.String())
    own = [pl.coalesce(secret, frame["password"]).alias("password")] if "password" in frame.columns else []
    return frame.with_columns(*own, *[pl.when(~tunnel).then(end) for end in ("dst", "dst_port")])


def _row(text: str) -> tuple[str | None, ...] | None:
    try:
        found = json.loads(text[text.find("{") :])
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return tuple(_at(found, path) for path in _PATHS.values())


def _at(found: object, path: tuple[str, ...]) -> str | None:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return None if found is None or isinstance(found, (dict, list)) else str(found)


COWRIE_OCSF = Dialect("cowrie-ocsf", "Cowrie, OCSF", ('"name": "Cowrie Honeypot"', '"name":"Cowrie Honeypot"'), _read)
