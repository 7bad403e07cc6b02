"""Cowrie's [output_remotesyslog]: the event as Python prints a dict, NUL at its end, without stamp or host before it.

    <12>{'session': 'b45eaad21cc3', 'protocol': 'ssh', 'src_ip': '192.0.2.1', 'eventid': 'cowrie.session.closed', ...}

The number in front is syslog's priority.
"""

import json
import re

import numpy as np
import polars as pl

from varde.decode.honeypot._cowrie_events import TELLS, found_in
from varde.decode.honeypot._dialect import Dialect, Found
from varde.decode.honeypot._escapes import DOUBLE, SINGLE, quoted
from varde.decode.lines import Lines

_TOKEN = re.compile(rf"({SINGLE}|{DOUBLE})|(True|False|None|[()])", re.DOTALL)
_JSON = {"True": "true", "False": "false", "None": "null", "(": "[", ")": "]"}


def _read(lines: Lines) -> Found:
    """As JSON, of which it holds the same keys; what no object comes of is damaged."""
    texts = [_as_json(text) for text in lines.text.to_list()]
    found = found_in(pl.Series(texts, dtype=pl.String), np.arange(len(lines)))
    broken = list(found.damaged.values())
    return Found(found.events, found.silent, {"dict": broken[0]} if broken else {})


def _as_json(text: str) -> str:
    """Word for word: Python's own reader of literals descends into brackets, and warns of escapes it does not know."""
    begin, end = text.find("{"), text.rfind("}")
    return _TOKEN.sub(_word, text[begin : end + 1])


def _word(found: re.Match[str]) -> str:
    return json.dumps(quoted(found[1])) if found[1] else _JSON[found[2]]


COWRIE_REPR = Dialect(
    "cowrie-remotesyslog", "Cowrie, remote syslog", ("'eventid': 'cowrie.",), _read,
    {table: (*texts, "\\x") for table, texts in TELLS.items()},
    fix="read cowrie.json, or send it by rsyslog: [output_remotesyslog] writes Python and no time of its own.",
)  # fmt: skip
