"""OTX pulses: a page of `/api/v1/pulses/subscribed`, a list of pulses, or one pulse, as JSON.

https://otx.alienvault.com/api"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from varde.decode.intel._read import Entries, ListFormat, ListOrigin, ListRead, ListText, finish, reject

PULSE_PAGE = "https://otx.alienvault.com/pulse/"

_TYPES = {
    "IPv4": "address", "IPv6": "address", "CIDR": "address", "domain": "domain", "hostname": "domain", "URL": "url",
    "FileHash-MD5": "hash", "FileHash-SHA1": "hash", "FileHash-SHA256": "hash", "FileHash-PEHASH": "hash", "FileHash-IMPHASH": "hash",
}  # fmt: skip
"""All other types are kept and never matched."""

_COLUMNS = ("line", "value", "type", "id", "name", "url", "description", "first_seen", "last_seen", "expires")


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    """Entries are numbered in the order of the document: JSON has no lines."""
    document = _document(text.data)
    rows = [(number, *row) for number, row in enumerate(_rows(document), start=1)]
    schema = {name: pl.Int64 if name == "line" else pl.String for name in _COLUMNS}
    made = pl.DataFrame(rows, schema=schema, orient="row")
    kind = made["type"].replace_strict(_TYPES, default="other", return_dtype=pl.String)
    about = {name: made[name] for name in _COLUMNS[3:]}
    shown = (made["type"].fill_null("?") + " " + made["value"].fill_null("")).str.slice(0, 512)
    read = finish("otx", Entries(made["line"].to_numpy(), shown, made["value"], kind, about), origin)
    if document is None:
        reject(read, np.ones(1, dtype=np.int64), pl.Series([text.data[:512].decode("utf-8", "backslashreplace")]), pl.Series(["bad_json"]))
    return read


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _rows(document: Any) -> Iterator[tuple[str | None, ...]]:
    """Value, type and what its pulse says, for each indicator that is active."""
    for pulse in _pulses(document):
        name, entry = _text(pulse.get("name")), _text(pulse.get("id"))
        url = PULSE_PAGE + quote(entry, safe="") if entry else None
        for indicator in _items(pulse.get("indicators")):
            if indicator.get("is_active") in (0, False):
                continue
            remark = _text(indicator.get("description")) or _text(indicator.get("title")) or None
            seen = _text(indicator.get("created")) or _text(pulse.get("created"))
            yield (_text(indicator.get("indicator")), _text(indicator.get("type")), entry, name, url, remark, seen,
                   _text(pulse.get("modified")), _text(indicator.get("expiration")))  # fmt: skip


def _pulses(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        return _objects(document["results"]) if "results" in document else [document]
    return _objects(document)


def _items(value: Any) -> list[dict[str, Any]]:
    """Indicators; what is none is one without a value, so that it is rejected and counted."""
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _claims(head: pl.Series) -> bool:
    """A document whose beginning names what pulses have; a page may be one long line."""
    beginning = "\n".join(head.to_list())
    return re.match(r"[\[{]", beginning) is not None and re.search(r'"(?:indicators|results|pulse_key|author_name)"\s*:', beginning) is not None


OTX = ListFormat(
    name="otx",
    title="OTX pulses: a saved page of `/api/v1/pulses/subscribed`, or pulses one by one",
    manual="https://otx.alienvault.com/api",
    example='{"results":[{"id":"5f0c...","name":"Mirai","created":"2026-11-01T00:00:00","indicators":[{"type":"IPv4","indicator":"203.0.113.5"}]}],"next":null}',
    claims=_claims,
    read=_read,
)
