"""abuse.ch as JSON: URLhaus, ThreatFox and the Feodo Tracker, as their pages give it for download.

Their CSV files need nothing of their own: `csv` finds the columns by their names."""

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
    words_of,
)
from varde.decode.intel._read import ListFormat, ListOrigin, ListRead, ListText

_VALUES = {"url": "url", "ioc_value": None, "ioc": None, "ip_address": "address"}
"""The key with the indicator (URLhaus, ThreatFox's files, its API, Feodo Tracker), and what it is."""

_THREATFOX = "https://threatfox.abuse.ch/ioc/"
_FIRST = ("dateadded", "first_seen_utc", "first_seen")
_LAST = ("last_online", "last_seen_utc", "last_seen")
_NAMES = ("malware_printable", "malware", "threat", "threat_type")
_LINKS = ("urlhaus_link", "reference")


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    document = document_of(text)
    return read_items("abusech", bad_document(text) if document is BAD else _items(document), origin)


def _items(document: Any) -> Iterator[Item | Refused]:
    for number, entry in _entries(document):
        key = next((name for name in _VALUES if name in entry), None)
        value = text_of(entry.get(key)) if key else None
        identity = number or text_of(entry.get("id"))
        link = _first(entry, _LINKS) or (_THREATFOX + identity if key in ("ioc", "ioc_value") and identity else None)
        yield Item(
            value, _VALUES[key] if key else None, id=identity, name=_first(entry, _NAMES), url=link, description=words_of(entry.get("tags")),
            first_seen=_first(entry, _FIRST), last_seen=_first(entry, _LAST), confidence=text_of(entry.get("confidence_level")),
        )  # fmt: skip


def _entries(document: Any) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Number and entry: of a list, of the list within an answer, or of lists by their numbers."""
    if isinstance(document, dict):
        inner = next((document[name] for name in ("data", "blocklist", "urls") if isinstance(document.get(name), list)), None)
        if inner is None:
            yield from ((number, entry) for number, entries in document.items() for entry in objects(entries))
            return
        document = inner
    yield from ((None, entry) for entry in objects(document))


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := text_of(entry.get(name)))), None)


ABUSECH = ListFormat(
    name="abusech",
    title="abuse.ch as JSON: URLhaus, ThreatFox, Feodo Tracker",
    manual="https://urlhaus.abuse.ch/api/, https://threatfox.abuse.ch/export/, https://feodotracker.abuse.ch/blocklist/",
    example='{"12":[{"ioc_value":"203.0.113.5:443","ioc_type":"ip:port","malware_printable":"Dridex","confidence_level":75}]}',
    claims=lambda head: begins_with(head, r'"(?:urlhaus_link|ioc_type|url_status)"\s*:|"ip_address"\s*:[^{}]*"malware"\s*:'),
    read=_read,
)
