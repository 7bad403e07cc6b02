"""What is written after a key or a switch, by the kind of the key: text to values that can be compared, and said."""

import difflib
import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from varde.intel.ipset import IPSet
from varde.model import PROTOCOLS, VardeError, proto_name, proto_number
from varde.model.filters import (
    COUNTRY,
    END,
    FLAGS,
    NUMBER,
    PORT,
    PROTO,
    SECONDS,
    SET,
    SYSTEM,
    TEXT,
    TIME,
    VALUES,
    WAY,
)
from varde.model.services import service_ports
from varde.query.engine import network_range

LoadSet = Callable[[str], IPSet]
"""Reads the set that a file holds."""

VALUES_MAX = 10_000
"""Values of one list: more of addresses are a set."""

_NUMBER_MAX = 2**62
_UNITS = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_FLAG_BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
_WEB = ("inweb", "outweb")

WAYS = {
    "in": "inbound", "inweb": "inbound", "inicmp": "inbound", "innull": "inbound", "out": "outbound", "outweb": "outbound", "outicmp": "outbound",
    "outnull": "outbound", "int2int": "internal", "ext2ext": "transit", "inbound": "inbound", "outbound": "outbound", "internal": "internal",
    "transit": "transit", "all": "all",
}  # fmt: skip
"""SiLK's types and our directions."""


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`, both of it; None is no end."""

    low: int
    high: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Net:
    """An address or network: first and last, 16 octets each."""

    first: bytes
    last: bytes
    said: str


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    "None of it is known where it is empty."

    @property
    def said(self) -> str:
        return {"--": "at home", "": "in no known country"}.get(self.code, f"in {self.code}")


@dataclass(frozen=True, slots=True)
class System:
    number: int

    @property
    def said(self) -> str:
        return f"AS{self.number}"


@dataclass(frozen=True)
class Listed:
    """A set of addresses, and the file that it is of."""

    members: IPSet
    path: str

    @property
    def said(self) -> str:
        return f"in the set {self.path}"


@dataclass(frozen=True, slots=True)
class Flags:
    """TCP flags: those of `mask` are exactly those of `high`."""

    high: int
    mask: int
    said: str


@dataclass(frozen=True, slots=True)
class Way:
    """A direction; `web` is whether it must, or must not, be of the web."""

    direction: str
    web: bool | None
    said: str


@dataclass(frozen=True, slots=True)
class Moments:
    """From `first` up to, not including, `last`: us since 1970 UTC."""

    first: int
    last: int
    said: str


@dataclass(frozen=True, slots=True)
class Word:
    text: str

    @property
    def said(self) -> str:
        return self.text


Value = Span | Net | Country | System | Listed | Flags | Way | Moments | Word


def values_of(kind: str, text: str, load: LoadSet) -> tuple[Value, ...]:
    """The values of a list. Raises VardeError that says what is wrong with which."""
    words = [text] if kind in (SET, TIME) else [word.strip() for word in text.split(",")]
    if len(words) > VALUES_MAX:
        raise VardeError(f"{len(words):,} values are more than a list may have ({VALUES_MAX:,}). Put them into a file and write `varde set build`.")
    return tuple(_value(kind, word, load) for word in words)


def _value(kind: str, word: str, load: LoadSet) -> Value:
    made = _MAKERS[kind](word, load) if word else None
    if made is None:
        if turned := _turned(kind, word, load):
            raise VardeError(f"{word[:60]!r} ends before it begins. Did you mean {turned}?")
        near = _nearest(kind, word)
        raise VardeError(f"{word[:60]!r} is none of these: {VALUES[kind]}." + (f" Did you mean {near}?" if near else ""))
    return made


_RANGES = frozenset({END, PROTO, NUMBER, PORT, TIME, SECONDS})
"""Kinds of which two with a dash between are a range."""

_RANGE_MOST = 100
"""Letters of a range: the longest is of two IPv6 addresses or two moments."""


def _turned(kind: str, word: str, load: LoadSet) -> str:
    """The range with its ends in order; empty where it is none that way either."""
    if kind not in _RANGES or len(word) > _RANGE_MOST:
        return ""
    dashes = (found.start() for found in re.finditer("-", word))
    ways = (f"{word[at + 1 :].strip()}-{word[:at].strip()}" for at in dashes if word[at + 1 :].strip() and word[:at].strip())
    # of an end only what is no file: nothing is read for a suggestion
    return next((way for way in ways if (_net(way) if kind == END else _MAKERS[kind](way, load)) is not None), "")


def _nearest(kind: str, word: str) -> str:
    known: Sequence[str] = {PORT: list(service_ports()), PROTO: list(PROTOCOLS.values()), WAY: list(WAYS)}.get(kind, [])
    return next(iter(difflib.get_close_matches(word.lower()[:40], known, 1)), "")


def _end(word: str, load: LoadSet) -> Value | None:
    if word.lower() == "home" or word == "--":
        return Country("--")
    if re.fullmatch("[A-Za-z]{2}", word):
        return Country(word.upper())
    if re.fullmatch("(?i)as[0-9]{1,10}", word):
        return _system(word, load)
    net = _net(word)
    if net is None and not _is_ip(word.partition("/")[0]) and ("/" in word or re.search(r"\.[A-Za-z]", word) or word.startswith("@")):
        return _listed(word.removeprefix("@"), load)
    return net


def _is_ip(text: str) -> bool:
    """Whether it is an address: what follows it is meant as a prefix then, and not as a file."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _net(word: str) -> Net | None:
    if len(word) > 60:
        return None
    if "-" in word:
        ends = word.split("-")
        try:
            first, last = (network_range(str(ipaddress.ip_address(end)))[0] for end in ends)
        except ValueError:
            return None
        return Net(first, last, f"from {ends[0]} to {ends[1]}") if first <= last else None
    try:
        first, last = network_range(word)
    except VardeError:
        return None
    return Net(first, last, word)


def _listed(word: str, load: LoadSet) -> Value | None:
    return Listed(load(word), word)


def _country(word: str, load: LoadSet) -> Value | None:
    if word.lower() in ("home", "--"):
        return Country("--")
    if word.lower() in ("unknown", "??"):
        return Country("")
    return Country(word.upper()) if re.fullmatch("[A-Za-z][A-Za-z0-9]", word) else None


def _system(word: str, load: LoadSet) -> Value | None:
    digits = word.lower().removeprefix("as")
    return System(int(digits)) if re.fullmatch("[0-9]{1,10}", digits) and int(digits) < 2**32 else None


def _proto(word: str, load: LoadSet) -> Value | None:
    number = proto_number(word)
    if number is not None:
        return Span(number, number, proto_name(number).upper())
    return _span(word, 255)


def _port(word: str, load: LoadSet) -> Value | None:
    ports = service_ports().get(word.lower())
    if ports:
        return Span(ports[0], ports[0], f"{ports[0]} ({word.lower()})")
    return _span(word, 65535)


def _number(word: str, load: LoadSet) -> Value | None:
    return _span(word, _NUMBER_MAX)


_RANGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kKmMgGtT]?)(?:[bB])?(?:(-)(?:([0-9]+(?:\.[0-9]+)?)([kKmMgGtT]?)(?:[bB])?)?)?", re.ASCII)
_DIGITS_MAX = 40


def _span(word: str, most: int) -> Span | None:
    found = _RANGE.fullmatch(word) if len(word) <= _DIGITS_MAX else None
    if found is None:
        return None
    low = _scaled(found[1], found[2])
    high = low if found[3] is None else None if found[4] is None else _scaled(found[4], found[5])
    if low > most or (high is not None and not low <= high <= most):
        return None
    return Span(low, high, f"{low:,}" if high == low else f"{low:,} or more" if high is None else f"{low:,} to {high:,}")


def _scaled(digits: str, unit: str) -> int:
    factor = _UNITS.get(unit.lower(), 1)
    return int(digits) * factor if digits.isdigit() else round(float(digits) * factor)


_LASTED = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)?", re.ASCII)


def _seconds(word: str, load: LoadSet) -> Value | None:
    """In microseconds."""
    begin, dash, end = word.partition("-")
    ends = [_LASTED.fullmatch(text) if len(text) <= 20 else None for text in (begin, end or begin)]
    if ends[0] is None or (ends[1] is None and end):
        return None
    low, high = (int(float(found[1]) * _SECONDS[found[2] or "s"] * 1e6) for found in ends if found)
    if dash and not end:
        return Span(low, None, f"{begin} or more")
    return Span(low, high, word) if low <= high else None


def _flags(word: str, load: LoadSet) -> Value | None:
    high, slash, mask = word.upper().partition("/")
    if len(word) > 20 or not set(high + mask) <= set(_FLAG_BITS) or (slash and not set(high) <= set(mask)):
        return None
    bits = [sum(_FLAG_BITS[letter] for letter in set(letters)) for letters in (high, mask if slash else high)]
    return Flags(bits[0], bits[1], word.upper())


def _way(word: str, load: LoadSet) -> Value | None:
    direction = WAYS.get(word.lower())
    if direction is None:
        return None
    web = word.lower() in _WEB if word.lower() in ("in", "out", *_WEB) else None
    return Way(direction, web, word.lower())


_STAMP = re.compile(
    r"([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})(?:[:T ]([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?)?)?Z?", re.ASCII
)  # fmt: skip
_GRAINS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


def span_of_time(word: str) -> tuple[datetime, datetime] | None:
    """The day, hour, minute, second or part of one that is written so, UTC: `2009/02/13`, `2009/02/13:12`, `2009-02-13T12:59:59.999`."""
    found = _STAMP.fullmatch(word) if len(word) <= 32 else None
    if found is None:
        return None
    parts = [int(part or 0) for part in found.groups()[:6]]
    fraction = found[7]
    try:
        year, month, day, hour, minute, second = parts
        first = datetime(year, month, day, hour, minute, second, int((fraction or "0").ljust(6, "0")), timezone.utc)
        grain = timedelta(microseconds=10 ** (6 - len(fraction))) if fraction else _GRAINS[sum(part is not None for part in found.groups()[3:6])]
        return first, first + grain
    except (ValueError, OverflowError):
        return None


def _time(word: str, load: LoadSet) -> Value | None:
    """A stretch of time, or two ends with a dash between; the end is part of it as finely as it is written."""
    for dash in (found.start() for found in re.finditer("-", word[:80])):
        first, last = span_of_time(word[:dash].strip()), span_of_time(word[dash + 1 :].strip())
        if first and last and first[0] < last[1]:
            return Moments(_us(first[0]), _us(last[1]), word)
    one = span_of_time(word)
    return Moments(_us(one[0]), _us(one[1]), word) if one else None


def _us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def _word(word: str, load: LoadSet) -> Value | None:
    return Word(word)


_MAKERS: dict[str, Callable[[str, LoadSet], Value | None]] = {
    END: _end, SET: _listed, COUNTRY: _country, SYSTEM: _system, PROTO: _proto, NUMBER: _number, PORT: _port, FLAGS: _flags, TEXT: _word, WAY: _way,
    TIME: _time, SECONDS: _seconds,
}  # fmt: skip
