"""Cowrie's [output_remotesyslog]: the event as Python prints a dict, NUL at its end, without stamp or host before it.

    <12>{'session': 'b45eaad21cc3', 'protocol': 'ssh', 'src_ip': '192.0.2.1', 'eventid': 'cowrie.session.closed', ...}"""

import ast
import json

import numpy as np
import polars as pl

from varde.decode.honeypot._cowrie_events import found_in
from varde.decode.honeypot._dialect import Dialect, Found
from varde.decode.lines import Lines

_DICT_MAX = 64 * 1024


def _read(lines: Lines) -> Found:
    """As JSON, of which it holds the same keys; a dict that Python cannot read is damaged."""
    texts = [_as_json(text) for text in lines.text.to_list()]
    good = np.array([text is not None for text in texts], dtype=bool)
    rows = np.flatnonzero(good)
    damaged = {"dict": np.flatnonzero(~good)} if not good.all() else {}
    found = found_in(pl.Series([text for text in texts if text is not None], dtype=pl.String), rows)
    return Found(found.events, found.silent, found.damaged | damaged)


def _as_json(text: str) -> str | None:
    begin, end = text.find("{"), text.rfind("}")
    if begin < 0 or end - begin > _DICT_MAX:
        return None
    try:
        value = ast.literal_eval(text[begin : end + 1])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return json.dumps(value, default=repr) if isinstance(value, dict) else None


COWRIE_REPR = Dialect(
    "cowrie-remotesyslog", "Cowrie, remote syslog", ("'eventid': 'cowrie.",), _read,
    fix="read cowrie.json, or send it by rsyslog: [output_remotesyslog] writes Python and no time of its own.",
)  # fmt: skip
