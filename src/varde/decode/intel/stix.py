"""STIX 2 bundles: the indicators in them, by their patterns.

https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html"""

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
from varde.decode.intel._patterns import Comparison, UnreadError, comparisons
from varde.decode.intel._read import ListFormat, ListOrigin, ListRead, ListText

_MANUAL = "https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html"

_KINDS: tuple[tuple[re.Pattern[str], str | None], ...] = (
    (re.compile(r"ipv[46]-addr:value$"), "address"),
    (re.compile(r"domain-name:value$"), "domain"),
    (re.compile(r"network-traffic:(?:src|dst)_ref\.value$"), None),  # an address or a name
    (re.compile(r"url:value$"), "url"),
    (re.compile(r"(?:file|artifact):hashes\.['\"]?[A-Za-z0-9_-]+['\"]?$"), "hash"),
)
"""Object paths, and what their values are; those of all others are kept and never matched."""


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    document = document_of(text)
    return read_items("stix", bad_document(text) if document is BAD else _items(document), origin)


def _items(document: Any) -> Iterator[Item | Refused]:
    for indicator in _indicators(document):
        pattern = text_of(indicator.get("pattern")) or ""
        if indicator.get("revoked") is True:
            yield Refused(pattern, "withdrawn")
            continue
        try:
            found = comparisons(pattern if _is_stix(indicator) else "")
        except UnreadError:
            yield Refused(pattern, "unread_pattern")
            continue
        yield from (_item(indicator, one) for one in found)


def _is_stix(indicator: dict[str, Any]) -> bool:
    """Whether its pattern is one of STIX: others are rules for YARA, Snort, Sigma."""
    return (text_of(indicator.get("pattern_type")) or "stix") == "stix"


def _item(indicator: dict[str, Any], one: Comparison) -> Item:
    kind = next((kind for path, kind in _KINDS if path.match(one.path)), "other")
    links = (text_of(reference.get("url")) for reference in objects(indicator.get("external_references")))
    return Item(
        one.value, kind, f"{one.path} {one.value}", id=text_of(indicator.get("id")), name=text_of(indicator.get("name")),
        url=next((link for link in links if link), None), description=text_of(indicator.get("description")),
        first_seen=text_of(indicator.get("valid_from")) or text_of(indicator.get("created")), last_seen=text_of(indicator.get("modified")),
        expires=text_of(indicator.get("valid_until")), confidence=text_of(indicator.get("confidence")),
    )  # fmt: skip


def _indicators(document: Any) -> list[dict[str, Any]]:
    """Indicators of a bundle, of an envelope, or alone; of several versions of one the newest."""
    given = document.get("objects", [document]) if isinstance(document, dict) else document
    newest: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(objects(given)):
        if one.get("type") == "indicator":
            identity = text_of(one.get("id")) or f"#{number}"
            known = newest.get(identity)
            if known is None or (text_of(one.get("modified")) or "") >= (text_of(known.get("modified")) or ""):
                newest[identity] = one
    return list(newest.values())


STIX = ListFormat(
    name="stix",
    title="STIX 2.0 and 2.1 bundles: indicators whose pattern is single values, or several joined by OR; all other patterns are counted",
    manual=_MANUAL,
    example='{"type":"bundle","objects":[{"type":"indicator","id":"indicator--5f0c","pattern":"[ipv4-addr:value = \'203.0.113.5\']","pattern_type":"stix"}]}',
    claims=lambda head: begins_with(head, r'"type"\s*:\s*"(?:bundle|indicator)"|"spec_version"\s*:\s*"2\.'),
    read=_read,
)
