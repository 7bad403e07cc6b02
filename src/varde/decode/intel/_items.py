"""Entries of documents that are no tables: one after the other, each with what is said of it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from varde.decode.intel._read import TEXT_MAX, Entries, ListOrigin, ListRead, ListText, finish, reject

REFUSALS = ("bad_json", "not_for_detection", "withdrawn", "unread_pattern", "missing")
"""Why an entry is refused whatever its value is: no JSON, marked as no indicator by who wrote it, taken back, a condition that is not
one value alone, or announced and not there."""

_ABOUT = ("id", "name", "url", "description", "first_seen", "last_seen", "expires", "confidence")
_COLUMNS = ("line", "shown", "value", "kind", *_ABOUT)


@dataclass(frozen=True, slots=True)
class Item:
    """An entry: `kind` is a word of KINDS, None where nothing is said; moments are text as lists write them."""

    value: str | None
    kind: str | None = None
    shown: str | None = None
    "What it is shown as where it is rejected; its value, if nothing is said."
    id: str | None = None
    name: str | None = None
    url: str | None = None
    description: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    expires: str | None = None
    confidence: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that is none, with a word of REFUSALS."""

    text: str
    reason: str


def read_items(name: str, entries: Iterable[Item | Refused], origin: ListOrigin) -> ListRead:
    """Rows of what can be read; entries are numbered in the order of the document."""
    good: list[tuple[Any, ...]] = []
    bad: list[tuple[int, str, str]] = []
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, Refused):
            bad.append((number, entry.text[:TEXT_MAX], entry.reason))
        else:
            shown = (entry.shown or entry.value or "")[:TEXT_MAX]
            good.append((number, shown, entry.value, entry.kind, *(getattr(entry, column) for column in _ABOUT)))
    made = pl.DataFrame(good, schema={column: pl.Int64 if column == "line" else pl.String for column in _COLUMNS}, orient="row")
    about = {column: made[column] for column in _ABOUT}
    read = finish(name, Entries(made["line"].to_numpy(), made["shown"], made["value"], made["kind"], about), origin)
    refused = pl.DataFrame(bad, schema={"line": pl.Int64, "text": pl.String, "reason": pl.String}, orient="row")
    reject(read, refused["line"].to_numpy().astype(np.int64), refused["text"], refused["reason"])
    return read


def document_of(text: ListText) -> Any:
    """The JSON of a whole list; BAD where it is none."""
    try:
        return json.loads(text.data)
    except (ValueError, RecursionError):  # no JSON, not UTF-8, a number of 5,000 digits; nested without end
        return BAD


BAD = object()
"""What stands for a document that cannot be read; null is one that can."""


def bad_document(text: ListText) -> Iterator[Refused]:
    """The one entry of a document that is no JSON."""
    yield Refused(text.data[:TEXT_MAX].decode("utf-8", "backslashreplace"), "bad_json")


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; entries that are none are empty ones, so that they are rejected and counted."""
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """Texts, and numbers as text; None for anything else and for what says that there is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    return text if text not in ("", "None", "null") else None


def words_of(value: Any) -> str | None:
    """A text, or a list of texts in one."""
    if isinstance(value, list):
        return ", ".join(word for item in value[:_WORDS_MAX] if (word := text_of(item))) or None
    return text_of(value)


_WORDS_MAX = 50  # tags of one entry that are looked at; what is said of one is cut to 512 characters anyway


def begins_with(head: pl.Series, pattern: str) -> bool:
    """Whether the beginning of a document is JSON and names something."""
    beginning = "\n".join(head.to_list())
    return re.match(r"[\[{]", beginning) is not None and re.search(pattern, beginning) is not None
