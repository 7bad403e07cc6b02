"""CrowdSec's decisions: the local API's answers, and `cscli decisions list -o json`.

https://docs.crowdsec.net/u/user_guides/decisions_mgmt"""

import re
from collections.abc import Iterator
from typing import Any

from varde.decode.intel._items import (
    BAD,
    Item,
    Refused,
    bad_document,
    begins_with,
    document_of,
    objects,
    read_items,
    text_of,
)
from varde.decode.intel._read import ListFormat, ListOrigin, ListRead, ListText

_KINDS = {"ip": "address", "range": "address"}
"""Scopes that are addresses; countries, autonomous systems and names of users are kept and never matched."""

_DURATION = re.compile(r"(-?)(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})(?:\.[0-9]{1,9})?s)?$", re.ASCII)
_SECONDS = (3600, 60, 1)


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    document = document_of(text)
    return read_items("crowdsec", bad_document(text) if document is BAD else _items(document, origin), origin)


def _items(document: Any, origin: ListOrigin) -> Iterator[Item | Refused]:
    for decision in _decisions(document):
        value, scope = text_of(decision.get("value")), (text_of(decision.get("scope")) or "").lower()
        shown = f"{scope or '?'} {value or ''}"
        if decision.get("simulated") is True:
            yield Refused(shown, "not_for_detection")
            continue
        scenario = text_of(decision.get("scenario"))
        yield Item(
            value, _KINDS.get(scope, "other"), shown, id=scenario, name=scenario,
            description=f"{text_of(decision.get('type')) or '?'} by {text_of(decision.get('origin')) or '?'}",
            first_seen=text_of(decision.get("created_at")), expires=_end(decision, origin.received),
        )  # fmt: skip


def _decisions(document: Any) -> Iterator[dict[str, Any]]:
    """Of a stream those that are new; of alerts those within each; else the list itself."""
    if isinstance(document, dict):
        document = document.get("new") if "new" in document else document.get("decisions")
    for entry in objects(document):
        if isinstance(inner := entry.get("decisions"), list):
            yield from ({"created_at": entry.get("created_at"), **one} for one in objects(inner))
        else:
            yield entry


def _end(decision: dict[str, Any], received: int) -> str | None:
    """`until`, or the rest of the duration (Go's: 3h59m57.6s) from when the list was read."""
    if until := text_of(decision.get("until")):
        return until
    match = _DURATION.match(text_of(decision.get("duration")) or "?")
    if match is None or not any(match.groups()[1:]):
        return None
    seconds = sum(int(part or 0) * unit for part, unit in zip(match.groups()[1:], _SECONDS, strict=True))
    end = received + (-seconds if match[1] else seconds) * 1_000_000
    return f"{end:016d}" if 0 < end < 10**16 else None


CROWDSEC = ListFormat(
    name="crowdsec",
    title="CrowdSec decisions: the local API (`/v1/decisions`, `/v1/decisions/stream`) and `cscli decisions list -o json`",
    manual="https://docs.crowdsec.net/u/user_guides/decisions_mgmt",
    example='[{"duration":"3h59m57.6s","id":1,"origin":"crowdsec","scenario":"crowdsecurity/ssh-bf","scope":"Ip","type":"ban","value":"203.0.113.5"}]',
    claims=lambda head: begins_with(head, r'"scenario"\s*:') and begins_with(head, r'"(?:scope|decisions)"\s*:'),
    read=_read,
)
