"""A map from ranges of addresses to countries as a text file, as SiLK's rwgeoip2ccmap takes it.

    "192.0.2.0","192.0.2.255","3221225984","3221226239","NO","Norway"
    2001:db8::|2001:db8::ffff|SE

First address, last address, and the first of the other columns that is a country code; separated by commas or |."""

import csv
import ipaddress
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from varde.intel.intervals import IntervalTable, sixteen
from varde.model import VardeError

SIZE_MAX = 256 * 1024 * 1024
"""Octets of a file: a map of all address space has some 30 MB."""

_CODE = re.compile("[A-Za-z]{2}|--|[Oo]1|[Aa][12]")
_Range = tuple[int, int, str, int]


def read_country_map(path: Path) -> tuple[IntervalTable, list[str]]:
    """Ranges, each with the place of its country in the list of codes (upper case).

    Raises VardeError that names the line for what is no such map."""
    try:
        if path.stat().st_size > SIZE_MAX:
            raise VardeError(f"the map of countries {path} is larger than {SIZE_MAX // 2**20} MB")
        text = path.read_text(encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise VardeError(f"cannot read the map of countries {path}: {(error.strerror or str(error)).lower()}") from error
    ranges: dict[int, list[_Range]] = {4: [], 6: []}
    for version, entry in _ranges(text, path):
        ranges[version].append(entry)
    codes = sorted({code for entries in ranges.values() for _, _, code, _ in entries})
    place = {code: at for at, code in enumerate(codes)}
    for entries in ranges.values():
        _in_order(entries, path)
    v4, v6 = ranges[4], ranges[6]
    return IntervalTable(
        np.array([first for first, *_ in v4], dtype=np.uint32), np.array([last for _, last, *_ in v4], dtype=np.uint32),
        np.array([place[code] for _, _, code, _ in v4], dtype=np.int32), sixteen(first for first, *_ in v6), sixteen(last for _, last, *_ in v6),
        np.array([place[code] for _, _, code, _ in v6], dtype=np.int32),
    ), codes  # fmt: skip


def _ranges(text: str, path: Path) -> Iterator[tuple[int, _Range]]:
    lines = text.splitlines()
    delimiter = "|" if lines and "|" in lines[0] else ","
    for number, cells in enumerate(csv.reader(lines, delimiter=delimiter, skipinitialspace=True), 1):
        if not cells or cells[0].lstrip().startswith("#"):
            continue
        code = next((cell.strip() for cell in cells[2:] if _CODE.fullmatch(cell.strip())), None)
        try:
            first, last = (ipaddress.ip_address(cell.strip()) for cell in cells[:2])
        except ValueError:
            code = None
        if code is None or first.version != last.version or int(last) < int(first):
            raise VardeError(f"{path}, line {number}: no range of addresses with a country. Write \"192.0.2.0\",\"192.0.2.255\",\"NO\".")
        yield first.version, (int(first), int(last), code.upper(), number)


def _in_order(entries: list[_Range], path: Path) -> None:
    entries.sort()
    for (_, last, _, one), (first, _, _, other) in pairwise(entries):
        if first <= last:
            raise VardeError(f"{path}, lines {one} and {other}: their ranges overlap; an address can be in one country only")
