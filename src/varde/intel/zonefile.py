"""Reads a zone file (RFC 1035 section 5) into owners and records, for those who check what somebody else has written.

Nothing is included and nothing generated: a file that asks for it cannot be proved, and that is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

PROBLEMS_MAX = 1000
"""Problems that are kept with their line: a person reads fewer; all are counted."""

NAME_OCTETS = 255
LABEL_OCTETS = 63
_TYPES = frozenset(["A", "AAAA", "CNAME", "TXT", "NS", "SOA", "DNAME", "MX", "PTR", "SRV", "CAA", "HTTPS", "SVCB"])
_CLASSES = frozenset(["IN", "CH", "HS", "CS"])
_TIME = re.compile(r"(?:[0-9]+[smhdw]?)+", re.IGNORECASE | re.ASCII)
_ODD = re.compile(r"[^a-z0-9_*.:\- \nACNME]", re.ASCII)
"""What no plain line has: without it a line is an owner, a type and a name or an address."""

_PLAIN_TYPES = frozenset(["CNAME", "A", "AAAA"])
_LINES = 5_000
"""Lines that are looked at together: most zones have signs in their first ones only."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;.*|[()]|(?:[^\s;()"\\]|\\[0-9]{3}|\\.)+|"|\\', re.ASCII)
_DECIMAL = re.compile(r"\\([0-9]{3})|\\(.)", re.ASCII | re.DOTALL)

Record = tuple[str, str]
"""Type, and the rest as it is written, in lower case."""


@dataclass(slots=True)
class Zone:
    """Owners without the zone's own name, in lower case; its apex is the empty text."""

    origin: str | None
    records: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    serial: int | None = None
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0

    def complain(self, line: int, text: str) -> None:
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(f"line {line}: {text}")


def read_zone(data: bytes, origin: str | None = None) -> Zone:
    """Read a whole zone. `origin` is the zone's name; where it is not given, $ORIGIN or the owner of the SOA says it."""
    zone = Zone(_bare(origin) if origin else None)
    reader = _Reader(zone)
    lines = data.decode("utf-8", "backslashreplace").split("\n")
    for first in range(0, len(lines), _LINES):
        some = lines[first : first + _LINES]
        if reader.is_plain and not _ODD.search("\n".join(some)):
            reader.take_plain(first + 1, some)
        else:
            for number, line in enumerate(some, first + 1):
                reader.take(number, line.rstrip("\r"))
    if reader.waiting:
        zone.complain(len(lines), "a parenthesis is not closed")
    if zone.serial is None:
        zone.complain(1, "there is no SOA record")
    return zone


class _Reader:
    """What has to be remembered from one line to the next."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.owner: str | None = None
        self.base = ""
        "What names without a dot at the end stand under, in the zone; the empty text is its apex."

        self.waiting: list[str] = []
        "Tokens of a record that goes on in the next line."
        self._shared: dict[Record, tuple[Record, ...]] = {}
        "Most owners have the same record: one of it is kept."

    @property
    def is_plain(self) -> bool:
        """Whether lines may be read by themselves."""
        return not self.base and not self.waiting

    def take_plain(self, first: int, lines: list[str]) -> None:
        """Lines of plain characters, most of them of three words."""
        short = self._short
        for number, line in enumerate(lines, first):
            words = line.split(" ")
            if len(words) == 3 and words[1] in _PLAIN_TYPES and words[0] and words[2] and words[0][-1] != "." and words[0].islower():
                self.owner = words[0]
                self.add(number, words[0], words[1], words[2], short)
            elif line:
                self.take(number, line)

    def take(self, number: int, line: str) -> None:
        """Any line."""
        tokens = [token for token in _TOKEN.findall(line) if not token.startswith(";")]
        if not self.waiting and tokens and line[0] in " \t":
            tokens.insert(0, "")
        tokens = self.waiting + tokens
        self.waiting = tokens if tokens.count("(") > tokens.count(")") else []
        if self.waiting:
            return
        record = [token for token in tokens if token not in ("(", ")")]
        if record and record != [""]:
            self._record(number, record)

    def _record(self, number: int, tokens: list[str]) -> None:
        if tokens[0].startswith("$"):
            self._directive(number, tokens)
            return
        owner = self.owner if tokens[0] == "" else self._name(number, tokens[0])
        if owner is None:
            if tokens[0] == "":
                self.zone.complain(number, "a record without an owner, and none before it")
            return
        self.owner = owner
        rest = list(_without_ttl_and_class(tokens[1:]))
        if not rest or rest[0].upper() not in _TYPES:
            self.zone.complain(number, f"{' '.join(tokens[1:])[:60]!r} is no record")
            return
        kind = rest[0].upper()
        if kind == "SOA":
            self._soa(number, owner, tokens[0], rest)
        else:
            self.add(number, owner, kind, self._data(kind, rest[1:]), self._short)

    def _data(self, kind: str, tokens: list[str]) -> str:
        """What a record says; names in it with the dot at their end."""
        text = " ".join(tokens)
        return text if kind == "TXT" else text.lower()

    def _soa(self, number: int, owner: str, written: str, rest: list[str]) -> None:
        if len(rest) != 8 or not rest[3].isdecimal():
            self.zone.complain(number, "the SOA record is not whole")
            return
        if self.zone.serial is not None:
            self.zone.complain(number, "a second SOA record")
            return
        self.zone.serial = int(rest[3])
        if self.zone.origin is None and written.endswith(".") and written != ".":
            self.zone.origin = _bare(written)
        elif owner:
            self.zone.complain(number, f"the SOA record stands at {owner!r}, which is not the zone's apex")

    def _directive(self, number: int, tokens: list[str]) -> None:
        word = tokens[0].upper()
        if word == "$TTL":
            return
        if word != "$ORIGIN" or len(tokens) != 2:
            self.zone.complain(number, f"{tokens[0]} is not followed: what it brings cannot be proved")
            return
        if self.zone.origin is None:
            self.zone.origin = _bare(tokens[1])
        self.base = self._name(number, tokens[1]) or ""

    def _name(self, number: int, text: str) -> str | None:
        """A name as owners are kept; None, and a complaint, for what lies outside of the zone."""
        name = _unescaped(text).lower()
        if name == "@":
            return self.base
        if not name.endswith(".") or name.endswith("\\."):
            return f"{name}.{self.base}" if self.base else name
        name = name[:-1]
        if self.zone.origin is None and self.zone.serial is None:
            self.zone.origin = name
        origin = self.zone.origin or ""
        if name == origin:
            return ""
        if name.endswith(f".{origin}"):
            return name[: -len(origin) - 1]
        self.zone.complain(number, f"{name!r} is not in the zone {origin!r}")
        return None

    def add(self, number: int, owner: str, kind: str, data: str, short: int) -> None:
        """One record; the same one twice is one. An owner of more than `short` characters may be too long."""
        record = (kind, data)
        known = self.zone.records.get(owner)
        if known is None:
            self.zone.records[owner] = self._shared.setdefault(record, (record,))
            if len(owner) > short or ".." in owner or owner[:1] == ".":
                self._check(number, owner)
        elif record not in known:
            self.zone.records[owner] = (*known, record)

    @property
    def _short(self) -> int:
        """Characters of an owner that is not too long, whatever its labels are."""
        return LABEL_OCTETS if len(self.zone.origin or "") < NAME_OCTETS - LABEL_OCTETS - 3 else 0

    def _check(self, number: int, owner: str) -> None:
        if reason := _too_long(owner, self.zone.origin):
            self.zone.complain(number, f"{owner[:80]!r}: {reason}")


def _without_ttl_and_class(tokens: list[str]) -> Iterator[str]:
    seen_type = False
    for token in tokens:
        if not seen_type and (token.upper() in _CLASSES or _TIME.fullmatch(token)):
            continue
        seen_type = True
        yield token


def _bare(name: str) -> str:
    return name.lower().rstrip(".")


def _unescaped(text: str) -> str:
    """Escapes as the characters they stand for; a dot inside of a label stays escaped."""
    if "\\" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1]) & 0xFF) if found[1] else found[2]
        return "\\." if character == "." else character

    return _DECIMAL.sub(one, text)


def _too_long(owner: str, origin: str | None) -> str:
    """Why no server can load it; empty where it can."""
    whole = f"{owner}.{origin}" if origin else owner
    labels = whole.replace("\\.", "_").split(".")
    if any(not label for label in labels):
        return "an empty label"
    if any(len(label) > LABEL_OCTETS for label in labels):
        return f"a label of more than {LABEL_OCTETS} octets"
    if sum(len(label) + 1 for label in labels) + 1 > NAME_OCTETS:
        return f"more than {NAME_OCTETS} octets with the zone's name"
    return ""
