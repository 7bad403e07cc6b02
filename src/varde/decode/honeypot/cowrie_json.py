"""Cowrie's JSON lines, of every version since 2015: file, [output_socketlog], or carried by syslog."""

import numpy as np

from varde.decode.honeypot._cowrie_events import TELLS, found_in
from varde.decode.honeypot._dialect import Dialect, Found
from varde.decode.lines import Lines


def _read(lines: Lines) -> Found:
    begins = lines.text.str.find("{", literal=True)
    rows = np.flatnonzero(begins.is_not_null().to_numpy())
    header = begins.drop_nulls().to_numpy().astype(np.int64)
    if len(rows) < len(lines) or header.any():
        lines = lines.take(rows).behind(header)
    return found_in(lines.text, rows)


_IDS = ("cowrie.", "COW00", "KIPP00")
_PIVOTS = tuple(f'"eventid":{blank}"{begin}' for begin in _IDS for blank in ("", " "))

COWRIE_JSON = Dialect("cowrie-json", "Cowrie, JSON", _PIVOTS, _read, TELLS)
