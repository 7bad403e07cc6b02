"""Tables of ranges as suppliers give them, read into intervals: MaxMind's format in any of its layouts, and CSV or TSV.

    1.0.0.0,1.0.0.255,AU                        DB-IP, ip-location-db: a country
    16777216,16777471,13335,Cloudflare, Inc.    the same with numbers: a system and who holds it
    1.0.0.0<tab>1.0.0.255<tab>13335<tab>US<tab>CLOUDFLARENET     iptoasn.com: both"""

import csv
import ipaddress
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np

from varde.intel.intervals import IntervalTable, sixteen
from varde.model import VardeError, visible

COUNTRY, SYSTEM = "country", "as"
KINDS = (COUNTRY, SYSTEM)

RANGES_MAX = 8_000_000
"""Ranges of a table: the largest public one of countries or systems has a million; one of cities is told by its countries."""

OVERLAPS_SHARE = 0.05
"""Of ranges that may overlap others: those of ip-location-db do in a few places of a million."""

NAME_MAX = 120
"""Characters of the name of who holds a system: longer ones are sentences."""

_MARKER = b"\xab\xcd\xefMaxMind.com"
_TAIL = 128 * 1024  # the format's own bound for what follows the marker
_CODE = re.compile("[A-Za-z]{2}")
_SYSTEM = re.compile("(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_PARTS = ("v4_start", "v4_end", "v4_value", "v6_start", "v6_end", "v6_value")

Range = tuple[int, int, int, str, str]
"""Version of IP, first and last address, what the range is (a code, or digits), and a name."""


@dataclass(frozen=True, slots=True)
class RangeTable:
    """Intervals whose values are places in `codes`, or numbers of systems, with names of these."""

    kind: str
    intervals: IntervalTable
    codes: list[str]
    names: dict[int, str]
    made: str = ""
    "When its supplier made it (a date), where the file says so."
    maker: str = ""
    "What the file calls itself."


def country_of(record: dict[str, Any]) -> str | None:
    """All layouts in use: MaxMind's nested one, that of cities, and the flat one of other suppliers."""
    for name in ("country", "registered_country"):
        if isinstance(nested := record.get(name), dict) and nested.get("iso_code"):
            return _code(nested["iso_code"])
    return _code(record.get("country_code") or record.get("country"))


def system_of(record: dict[str, Any]) -> int | None:
    """A number, or text such as AS15169."""
    value = record.get("autonomous_system_number", record.get("asn"))
    found = _SYSTEM.fullmatch(str(value)) if value is not None else None
    return int(found[1]) if found and int(found[1]) < 2**32 else None


def read_table(kind: str, paths: Sequence[Path]) -> RangeTable:
    """Of one file, or of one for each family. Raises VardeError for what is no such table."""
    made, maker = "", ""
    ranges: list[Range] = []
    for path in paths:
        if _is_mmdb(path):
            found, made, maker = _of_mmdb(kind, path)
            ranges += found
        else:
            ranges += _of_text(kind, path)
    if not ranges:
        raise VardeError(f"{paths[0].name if paths else 'nothing'}: no range with a {'country' if kind == COUNTRY else 'system'} is in it")
    return _table(kind, ranges, made, maker)


def _is_mmdb(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-min(_TAIL, path.stat().st_size), 2)
            return _MARKER in file.read()
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def _of_mmdb(kind: str, path: Path) -> tuple[list[Range], str, str]:
    """Ranges, when it was built, and its type."""
    try:
        with maxminddb.open_database(path) as reader:
            about = reader.metadata()
            built = datetime.fromtimestamp(about.build_epoch, timezone.utc).date().isoformat()
            return list(_bounded(_records(kind, reader), path)), built, about.database_type
    except (OSError, ValueError, OverflowError, RecursionError, maxminddb.InvalidDatabaseError) as error:
        raise VardeError(f"{path.name}: the database is damaged: {visible(str(error))[:200]}") from error


def _records(kind: str, reader: "maxminddb.Reader") -> Iterator[Range]:
    for network, record in reader:
        if not isinstance(record, dict):
            continue
        found = country_of(record) if kind == COUNTRY else system_of(record)
        if found is not None:
            name = record.get("autonomous_system_organization") or record.get("as_name") or record.get("name") or ""
            yield network.version, int(network.network_address), int(network.broadcast_address), str(found), str(name)


def _of_text(kind: str, path: Path) -> list[Range]:
    try:
        text = path.read_text(encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    lines = text.split("\n")  # not at every character that Unicode calls an end of lines
    delimiter = "\t" if "\t" in lines[0] else ","
    return list(_bounded(_rows(kind, csv.reader(lines, delimiter=delimiter), path), path))


def _rows(kind: str, rows: Iterator[list[str]], path: Path) -> Iterator[Range]:
    for number, cells in enumerate(_cells(rows, path), 1):
        try:
            found = _row(kind, cells) if len(cells) >= 3 and not cells[0].startswith("#") else None
        except ValueError:
            if number == 1:  # names of columns
                continue
            raise VardeError(f"{path.name}, line {number}: no range of addresses. Lines begin with a first and a last address.") from None
        if found is not None:
            yield found


def _cells(rows: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise VardeError(f"{path.name} is no CSV: {error}") from None


def _row(kind: str, cells: list[str]) -> Range | None:
    first, last = _address(cells[0]), _address(cells[1])
    rest = [cell.strip() for cell in cells[2:]]
    picked = next((code for cell in rest if (code := _code(cell))), None) if kind == COUNTRY else _digits(rest[0])
    if picked is None:
        return None
    if first.version != last.version or int(last) < int(first):
        raise ValueError("no range")
    return first.version, int(first), int(last), picked, rest[-1] if kind == SYSTEM and len(rest) > 1 else ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """As text, or as a number: those of IPv4 are below 2^32, and of IPv6 none that is a country's is."""
    text = text.strip().strip('"')
    return ipaddress.ip_address(int(text) if text.isdecimal() and len(text) <= 40 else text)


def _code(value: object) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text.upper() if _CODE.fullmatch(text) and text.upper() not in ("ZZ", "XX") else None


def _digits(text: str) -> str | None:
    found = _SYSTEM.fullmatch(text)
    return found[1] if found and 0 < int(found[1]) < 2**32 else None


def _bounded(ranges: Iterable[Range], path: Path) -> Iterator[Range]:
    for number, found in enumerate(ranges):
        if number >= RANGES_MAX:
            raise VardeError(f"{path.name} has more than {RANGES_MAX:,} ranges, which no table of countries or systems needs")
        yield found


def _table(kind: str, ranges: list[Range], made: str, maker: str) -> RangeTable:
    codes: dict[str, int] = {}
    names: dict[int, str] = {}
    for _, _, _, picked, name in ranges:
        if kind == COUNTRY:
            codes.setdefault(picked, len(codes))
        elif name:
            names.setdefault(int(picked), visible(name)[:NAME_MAX])
    value: Callable[[str], int] = codes.__getitem__ if kind == COUNTRY else int
    sides = [_joined([(first, last, value(picked)) for version, first, last, picked, _ in ranges if version == wanted]) for wanted in (4, 6)]
    (v4_start, v4_end, v4_value), (v6_start, v6_end, v6_value) = sides
    # systems from 2^31 on wrap to negative, which reads as unknown: nearly all are private
    intervals = IntervalTable(
        np.array(v4_start, dtype=np.uint32), np.array(v4_end, dtype=np.uint32), np.array(v4_value, dtype=np.int64).astype(np.int32),
        sixteen(v6_start), sixteen(v6_end), np.array(v6_value, dtype=np.int64).astype(np.int32),
    )  # fmt: skip
    return RangeTable(kind, intervals, list(codes), names, made, maker)


def _joined(ranges: list[tuple[int, int, int]]) -> tuple[list[int], list[int], list[int]]:
    """In order, disjoint, neighbours of one value as one. Where ranges overlap, which suppliers let slip through, the one that begins later
    wins, and of two that begin together the smaller. Raises VardeError where they do so often."""
    starts: list[int] = []
    ends: list[int] = []
    values: list[int] = []

    def put(first: int, last: int, value: int) -> None:
        if ends and first == ends[-1] + 1 and value == values[-1]:
            ends[-1] = last
        elif first <= last:
            starts.append(first)
            ends.append(last)
            values.append(value)

    around: list[tuple[int, int]] = []  # ends and values of what holds the current place
    place = overlaps = 0
    for first, last, value in [*sorted(ranges, key=lambda each: (each[0], -each[1])), _END]:
        while around and around[-1][0] < first:
            end, holder = around.pop()
            if place <= end:
                put(place, end, holder)
                place = end + 1
        overlaps += bool(around)
        if around and place < first:
            put(place, first - 1, around[-1][1])
        place = first
        around.append((last, value))
    if overlaps > OVERLAPS_SHARE * len(ranges):
        raise VardeError(f"{overlaps:,} of {len(ranges):,} ranges hold addresses that others hold too: that is no table of places")
    return starts, ends, values


_END = (2**128, 2**128, 0)  # behind all addresses: whatever is open ends before it


# as it is kept: arrays beside a document -------------------------------------------------------------------------------------------------


def arrays_of(table: RangeTable) -> dict[str, Any]:
    """For np.savez."""
    return {part: getattr(table.intervals, part) for part in _PARTS}


def about_of(table: RangeTable) -> dict[str, Any]:
    """What goes with the arrays, as JSON has it."""
    return {"kind": table.kind, "codes": table.codes, "names": {str(number): name for number, name in table.names.items()}}


def kept_table(about: dict[str, Any], arrays: Path) -> RangeTable | None:
    """What was kept, or None where it is damaged."""
    try:
        with arrays.open("rb") as file, np.load(file, allow_pickle=False) as parts:
            intervals = IntervalTable(*(parts[part] for part in _PARTS))
        table = RangeTable(str(about["kind"]), intervals, [str(code) for code in about["codes"]], {int(number): str(name) for number, name in about["names"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    largest = max((int(part.max()) for part in (intervals.v4_value, intervals.v6_value) if len(part)), default=-1)
    return None if table.kind == COUNTRY and largest >= len(table.codes) else table


def kept_about(path: Path) -> dict[str, Any]:
    """The document of a kept table; empty where there is none, or a damaged one."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
