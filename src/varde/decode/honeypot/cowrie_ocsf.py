"""Cowrie's OCSF: [output_textlog] with `format = ocsf`, JSON in the Open Cybersecurity Schema Framework 1.x."""

import json

import numpy as np
import polars as pl

from varde.decode.honeypot._cowrie_events import TELLS as EVENTS
from varde.decode.honeypot._cowrie_events import found_in
from varde.decode.honeypot._dialect import ROW, Dialect, Found, events, others
from varde.decode.honeypot._escapes import each_escaped, encodable, unescaped
from varde.decode.honeypot._messages import TELLS as MESSAGES
from varde.decode.honeypot._messages import UNFORMATTED, events_of
from varde.decode.honeypot._objects import loaded
from varde.decode.lines import Lines

_PATHS = {
    "stamp": ("time",), "message": ("message",), "session": ("unmapped", "session"), "service": ("connection_info", "protocol_name"),
    "src": ("src_endpoint", "ip"), "src_port": ("src_endpoint", "port"), "dst": ("dst_endpoint", "ip"), "dst_port": ("dst_endpoint", "port"),
    "user": ("user", "name"), "secret": ("unmapped", "password"), "elsewhere": ("unmapped", "src_ip"),
}  # fmt: skip
"""Where each column stands in the object; files have their source elsewhere."""

_SCHEMA = dict.fromkeys(_PATHS, pl.String())


def _read(lines: Lines) -> Found:
    """An event that OCSF has no class for carries Cowrie's own JSON as `raw_data`; of the others the message is read."""
    objects = [loaded(text) for text in lines.text.to_list()]
    whole = {place: encodable(raw) for place, found in enumerate(objects) if found and isinstance(raw := found.get("raw_data"), str)}
    rest = [place for place, found in enumerate(objects) if found and place not in whole]
    raw = found_in(pl.Series(list(whole.values()), dtype=pl.String), np.array(list(whole), dtype=np.intp)) if whole else Found()
    frame = pl.DataFrame([_row(objects[place]) for place in rest], schema=_SCHEMA, orient="row").with_columns(
        pl.Series(ROW, rest, dtype=pl.Int64), pl.lit("epoch_ms").alias("kind"), pl.coalesce("src", "elsewhere").alias("src"),
        pl.col("message").fill_null(""),
    )  # fmt: skip
    known = events(_with_secret(events_of(frame)))
    broken = np.array([place for place, found in enumerate(objects) if found is None], dtype=np.intp)
    damaged = np.concatenate([broken, *raw.damaged.values()])
    together = pl.concat([raw.events, known]).sort(ROW)
    return Found(together, np.concatenate([raw.silent, others(frame, known)]), {"json": damaged} if len(damaged) else {})


def _with_secret(frame: pl.DataFrame) -> pl.DataFrame:
    """A password that the object has apart is surer than the message's."""
    if "password" not in frame.columns:
        return frame
    return frame.with_columns(pl.coalesce(each_escaped(frame["secret"], unescaped), frame["password"]).alias("password"))


def _row(found: dict[str, object] | None) -> tuple[str | None, ...]:
    return tuple(_at(found, path) for path in _PATHS.values())


def _at(found: object, path: tuple[str, ...]) -> str | None:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return None if found is None or isinstance(found, (dict, list)) else encodable(str(found))


def _escaped(begins: str) -> str:
    return json.dumps(begins)[1:-1]


_TELLS = {table: (*names, UNFORMATTED, *map(_escaped, MESSAGES.get(table, ()))) for table, names in EVENTS.items()}

COWRIE_OCSF = Dialect("cowrie-ocsf", "Cowrie, OCSF", ('"name": "Cowrie Honeypot"', '"name":"Cowrie Honeypot"'), _read, _TELLS)
