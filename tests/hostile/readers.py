"""Readers of what Varde writes: each parses its format as a program would that knows nothing of Varde, and fails where text broke out."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that spreadsheets compute; the wide ones too, which some take for the others."""

_NUMBER = re.compile(r"[+-]?[0-9.]+(?:e[+-]?[0-9]+)?")


def terminal(text: str) -> list[str]:
    """Lines, of which none has a character that moves, colours, hides or turns anything."""
    for line in text.split("\n"):
        wrong = [letter for letter in line if not letter.isprintable() or ord(letter) in _BIDI]
        assert not wrong, f"{wrong[:3]!r} in {line[:200]!r}"
    return text.removesuffix("\n").split("\n")


def document(text: str) -> object:
    """One JSON document without NaN, safe to print."""
    terminal(text)
    return json.loads(text, parse_constant=_refuse)


def documents(text: str) -> list[object]:
    """JSON lines: one object a line, however others split lines."""
    assert len(text.splitlines()) == len(text.removesuffix("\n").split("\n")) if text else True
    return [document(line) for line in text.removesuffix("\n").split("\n") if line]


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def table(text: str) -> list[list[str]]:
    """Rows of CSV, all of them as wide as the first, no cell a formula."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(FORMULA) or _NUMBER.fullmatch(cell), f"a spreadsheet computes {cell[:80]!r}"
        assert "\x00" not in cell and "\x1b" not in cell
    return rows


class _Page(HTMLParser):
    """What a browser's parser would make of it: elements, and attributes that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.running: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.running += [f"{tag} {name}={value}" for name, value in attrs if name.startswith("on") or (value or "").strip().lower().startswith(("javascript:", "data:text"))]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(text: str) -> _Page:
    """A page: no attribute of it runs anything, and nothing that a string brought became an element."""
    found = _Page()
    found.feed(text)
    found.close()
    assert not found.running, found.running[:3]
    return found


def svg(text: bytes) -> ET.Element:
    """A picture of XML, without scripts, handlers, links to elsewhere or foreign elements."""
    root = ET.fromstring(text)
    for element in root.iter():
        name = element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
        assert name not in ("script", "foreignobject", "iframe", "animate", "set"), name
        assert not any(key.rpartition("}")[2].lower().startswith("on") for key in element.attrib)
        links = [value.strip().lower() for key, value in element.attrib.items() if key.rpartition("}")[2] in ("href", "src", "style", "fill", "filter")]
        assert not any(link.startswith(("javascript:", "data:text", "http")) for link in links), links
        assert name != "image" or all(link.startswith("data:image/png;base64,") for link in links if ":" in link)
    return root


def logstalgia(text: str) -> list[list[str]]:
    """Lines as Logstalgia splits them: seven fields between bars."""
    rows = [line.split("|") for line in terminal(text)]
    for row in rows:
        assert len(row) == 7 and re.fullmatch("[0-9]+", row[0]) and row[5] in "01" and re.fullmatch("[0-9A-F]{6}", row[6]), row
        assert len("|".join(row).encode()) < 1023
    return rows


def cef(text: str) -> dict[str, str]:
    """Header and extension as the standard reads them."""
    fields = re.split(r"(?<!\\)(?:\\\\)*\|", text, maxsplit=7)
    assert len(fields) == 8 and fields[0] == "CEF:0" and "\n" not in text, text[:200]
    keys = [match[1] for match in re.finditer(r"(?:^| )([A-Za-z0-9]+)(?<!\\)=", fields[7])]
    assert len(keys) == len(set(keys)), keys
    return dict.fromkeys(keys, "")


STRUCTURED = re.compile(r'<\d{1,3}>1 \S+ [!-~]{1,255} varde \d+ [A-Z]+ (\[[!-~]+(?: [!-~]+?="(?:[^"\\\]]|\\["\\\]])*")*\]) ([^\x00-\x1f\x7f]*)')
"""A message of RFC 5424 with one element of structured data."""

PLAIN = re.compile(r"<\d{1,3}>[A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} \S+ varde\[\d+\]: [A-Z]+ [^\x00-\x1f\x7f]*")
"""One of RFC 3164."""

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? ([0-9.eE+-]+|NaN|[+-]Inf)')


def exposition(text: str) -> list[tuple[str, str]]:
    """Prometheus's text format: name and labels of each sample."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        match = SAMPLE.fullmatch(line)
        assert match or line.startswith(("# HELP ", "# TYPE ")), line[:200]
        if match:
            found.append((match[1], match[2] or ""))
    return found
