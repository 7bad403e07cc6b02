"""What is known to be harmless: MISP's warning lists. Only lists with `role = "allow"` and `[[allow]]` take them.

https://github.com/MISP/misp-warninglists#format-of-a-warning-list"""

from collections.abc import Iterator
from typing import Any

from varde.decode.intel._items import (
    BAD,
    Item,
    Refused,
    bad_document,
    begins_with,
    document_of,
    read_items,
    text_of,
)
from varde.decode.intel._read import ListFormat, ListOrigin, ListRead, ListText
from varde.model import EXACT

_READ = ("string", "hostname", "cidr")
"""Types that are values; parts of words and expressions (`substring`, `regex`) are none, and all their entries are refused."""


def _read(text: ListText, origin: ListOrigin) -> ListRead:
    document = document_of(text)
    return read_items("warninglist", bad_document(text) if document is BAD else _items(document), origin)


def _items(document: Any) -> Iterator[Item | Refused]:
    if not isinstance(document, dict) or not isinstance(entries := document.get("list"), list):
        return
    kind, name = text_of(document.get("type")) or "string", text_of(document.get("name"))
    for entry in entries:
        value = text_of(entry)
        if kind not in _READ:
            yield Refused(value or "", "unread_pattern")
        else:
            # a string is that one name, a host name holds what lies under it; a dot says the same
            exact = kind == "string" and value is not None and not value.startswith(".")
            yield Item(value, "address" if kind == "cidr" else None, name=name, description=EXACT if exact else None)


WARNINGLIST = ListFormat(
    name="warninglist",
    title="MISP warning lists of the types string, hostname and cidr: what is never matched",
    manual="https://github.com/MISP/misp-warninglists",
    example='{"name":"Resolvers","type":"cidr","version":1,"list":["198.51.100.53","203.0.113.0/28"],"matching_attributes":["ip-dst"]}',
    claims=lambda head: begins_with(head, r'"list"\s*:') and begins_with(head, r'"(?:matching_attributes|version)"\s*:'),
    read=_read,
)
