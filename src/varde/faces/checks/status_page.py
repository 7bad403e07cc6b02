"""A vendor's XML page that names its newest signature file: read with expat, which is told to refuse what such a page never needs.

Declarations of types and entities are refused as they begin: without them nothing grows, and nothing else is fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.parsers import expat

from varde.model.errors import VardeError

DEPTH_MAX = 64
"""Elements in elements; the page has three."""

ELEMENTS_MAX = 20_000

TEXT_MAX = 1000
"""Characters of an element that are kept: a name or a checksum has fewer."""

_WANTED = ("name", "md5", "timestamp", "published")
_MD5 = frozenset("0123456789abcdef")
_MD5_LENGTH = 32
_SECONDS = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that a page names: `at`, when it was published, in seconds since 1970 UTC; None where it does not say."""

    name: str
    md5: str
    at: float | None


def read_entries(data: bytes) -> list[Entry]:
    """All elements that have both a name and an md5. Raises VardeError for what is no such page."""
    if not data.strip():
        raise VardeError("the page is empty")
    reader = _Reader()
    try:
        reader.parser().Parse(data, True)
    except expat.ExpatError as error:
        raise VardeError(f"the page is no XML: {expat.ErrorString(error.code)} in line {error.lineno}") from None
    except (ValueError, LookupError) as error:  # of characters that its declaration does not mean
        raise VardeError(f"the page is no XML: {error}") from None
    entries = list(_entries(reader.found))
    if not entries:
        raise VardeError("the page names no file: no element has both a name and an md5")
    return entries


def newest(entries: list[Entry]) -> Entry:
    """The one that was published last. Raises VardeError where the page does not say which."""
    dated = [entry for entry in entries if entry.at is not None]
    if not dated and len(entries) > 1:
        raise VardeError(f"the page names {len(entries)} files, and no timestamp says which is the newest")
    return max(dated, key=lambda entry: entry.at or 0.0) if dated else entries[0]


@dataclass(slots=True)
class _Element:
    texts: dict[str, str] = field(default_factory=dict)
    own: str = ""


@dataclass(slots=True)
class _Reader:
    found: list[dict[str, str]] = field(default_factory=list)
    _open: list[_Element] = field(default_factory=list)
    _elements: int = 0

    def parser(self) -> expat.XMLParserType:
        made = expat.ParserCreate()
        made.buffer_text = True
        made.StartElementHandler, made.EndElementHandler, made.CharacterDataHandler = self._begin, self._end, self._text
        made.StartDoctypeDeclHandler = made.EntityDeclHandler = made.ExternalEntityRefHandler = _refuse
        return made

    def _begin(self, name: str, attributes: object) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise VardeError("the page has more elements than a page of this kind")
        self._open.append(_Element())

    def _text(self, text: str) -> None:
        if self._open:
            element = self._open[-1]
            element.own = (element.own + text)[:TEXT_MAX]

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if "name" in element.texts and "md5" in element.texts:
            self.found.append(element.texts)
        short = name.rpartition(":")[2].lower()
        if self._open and short in _WANTED:
            self._open[-1].texts.setdefault(short, element.own.strip())


def _refuse(*_: object) -> int:
    raise VardeError("the page declares types or entities, which a page of this kind never does; it was not read further")


def _entries(found: list[dict[str, str]]) -> Iterator[Entry]:
    for texts in found:
        md5 = texts["md5"].lower()
        if len(md5) == _MD5_LENGTH and _MD5.issuperset(md5):
            yield Entry(texts["name"], md5, _moment(texts.get("timestamp", "")) or _moment(texts.get("published", "")))


def _moment(text: str) -> float | None:
    """Seconds since 1970, ISO 8601 or the date of a mail; UTC where no zone is named."""
    from email.utils import parsedate_to_datetime  # only here: it brings half of the network's libraries

    if _SECONDS.fullmatch(text):
        return float(text)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
