"""MISP events as JSON: one event, the answer of a search, or attributes alone.

https://www.misp-standard.org/rfc/misp-standard-core.html"""

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

_KINDS = {
    "ip-src": "address", "ip-dst": "address", "ip": "address", "domain": "domain", "hostname": "domain", "url": "url", "uri": "url",
    "md5": "hash", "sha1": "hash", "sha224": "hash", "sha256": "hash", "sha384": "hash", "sha512": "hash", "imphash": "hash", "pehash": "hash",
}  # fmt: skip
"""What attributes are by their type; all others are kept and never matched."""

_NESTED_MAX = 3
"""Answers around events: a search's, a list's, an event's."""


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    document = document_of(text)
    return read_items("misp", bad_document(text) if document is BAD else _items(document), origin)


def _items(document: Any) -> Iterator[Item | Refused]:
    for event, attribute in _attributes(document):
        yield from _of_attribute(event, attribute)


def _attributes(document: Any, depth: int = 0) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each attribute with its event, also those of objects."""
    if isinstance(document, list):
        inner: list[Any] = document
    elif isinstance(document, dict):
        if isinstance(event := document.get("Event"), dict) and "value" not in document:
            yield from _of_event(event)
            return
        if "Attribute" in document:
            yield from _of_event(document)
            return
        inner = [document.get("response")]
    else:
        return
    if depth < _NESTED_MAX:
        for one in inner:
            yield from _attributes(one, depth + 1)


def _of_event(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    groups = [event, *objects(event.get("Object"))]
    for group in groups:
        for attribute in objects(group.get("Attribute")):
            inner = attribute.get("Event")
            yield (inner if isinstance(inner, dict) else event), attribute


def _of_attribute(event: dict[str, Any], attribute: dict[str, Any]) -> Iterator[Item | Refused]:
    """The indicators of an attribute: `domain|ip` is two, `filename|md5` the hash alone."""
    value, kind = text_of(attribute.get("value")), text_of(attribute.get("type")) or ""
    shown = f"{kind or '?'} {value or ''}"
    if attribute.get("deleted") is True:
        yield Refused(shown, "withdrawn")
    elif attribute.get("to_ids") in (False, 0, "0"):
        yield Refused(shown, "not_for_detection")
    else:
        seen = text_of(attribute.get("first_seen")) or text_of(attribute.get("timestamp")) or text_of(event.get("date"))
        for part, of_part in _parts(value, kind):
            yield Item(
                part, of_part, shown, id=text_of(event.get("uuid")) or text_of(event.get("id")), name=text_of(event.get("info")),
                description=text_of(attribute.get("comment")), first_seen=seen, last_seen=text_of(attribute.get("last_seen")),
            )  # fmt: skip


def _parts(value: str | None, kind: str) -> list[tuple[str | None, str]]:
    kinds, values = kind.split("|"), (value or "").split("|")
    if len(kinds) == 1 or len(values) != len(kinds):
        return [(value, _KINDS.get(kind, "other"))]
    known = [(part, _KINDS[name]) for part, name in zip(values, kinds, strict=True) if name in _KINDS]
    return [*known] or [(value, "other")]


MISP = ListFormat(
    name="misp",
    title="MISP events and attributes as JSON; what is not marked for detection (`to_ids`) is no indicator",
    manual="https://www.misp-standard.org/rfc/misp-standard-core.html",
    example='{"Event":{"uuid":"5f0c...","info":"Mirai","Attribute":[{"type":"ip-dst","value":"203.0.113.5","to_ids":true}]}}',
    claims=lambda head: begins_with(head, r'"(?:Event|Attribute|to_ids)"\s*:'),
    read=_read,
)
