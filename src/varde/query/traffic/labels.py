"""Labels of addresses and of ports from prefix maps, as rwpmapbuild(1) takes them as text.

    map-name service-host      mode ip            default external
    192.168.0.0/16 internal    10.0.0.0 10.0.0.9 printers

    mode proto-port            6/22 6/22 ssh      17/67 17/68 dhcp

A later line has precedence over what it covers of earlier ones."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import VardeError
from varde.model.fields import Shown
from varde.query.traffic.columns import labelled

SIZE_MAX = 16 * 1024 * 1024
"""Octets of a map."""

EDGES_MAX = 20_000
"""Places where a label begins or ends: each is a comparison in the question."""

LABEL_MAX = 200
_ADDRESS, _PORT = "ip", "proto-port"
_MODES = {"ip": _ADDRESS, "ipv4": _ADDRESS, "ipv6": _ADDRESS, "proto-port": _PORT}


@dataclass(frozen=True, slots=True)
class Map:
    """Labels by number: from each edge on, up to the next."""

    name: str
    mode: str
    edges: tuple[tuple[int, str], ...]
    default: str


@cache
def read_map(text: str) -> Map:
    """The map of `NAME:FILE` or `FILE`. Raises VardeError that names the line."""
    name, colon, path = text.partition(":")
    if not colon or Path(text).exists():
        name, path = "", text
    try:
        with Path(path).open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except OSError as error:
        raise VardeError(f"cannot read the prefix map {path}: {(error.strerror or str(error)).lower()}") from error
    if len(content) > SIZE_MAX:
        raise VardeError(f"the prefix map {path} is larger than {SIZE_MAX // 2**20} MB")
    return _Lines(path).read(content.decode("utf-8", "backslashreplace").splitlines(), name)


class _Lines:
    def __init__(self, path: str) -> None:
        self._path = path
        self._facts = {"mode": _ADDRESS, "default": "UNKNOWN", "map-name": ""}
        self._numbers: dict[str, str] = {}
        self._ranges: list[tuple[int, int, str]] = []

    def read(self, lines: list[str], name: str) -> Map:
        for number, line in enumerate(lines, 1):
            words = line.partition("#")[0].split()
            if words:
                self._take(words, number)
        name = name or self._facts["map-name"] or Path(self._path).stem
        return Map(name, self._facts["mode"], tuple(self._edges()), self._facts["default"])

    def _take(self, words: list[str], number: int) -> None:
        if words[0] == "mode" and words[-1] in _MODES and len(words) == 2:
            self._facts["mode"] = _MODES[words[1]]
        elif words[0] in ("default", "map-name") and len(words) > 1:
            self._facts[words[0]] = " ".join(words[1:])[:LABEL_MAX]
        elif words[0] == "label" and len(words) > 2:
            self._numbers[words[1]] = " ".join(words[2:])[:LABEL_MAX]
        else:
            try:
                self._ranges.append(self._range(words))
            except (ValueError, IndexError):
                raise VardeError(f"{self._path}, line {number}: no line of a prefix map. Write a network and its label, or two ends and a label.") from None

    def _range(self, words: list[str]) -> tuple[int, int, str]:
        if self._facts["mode"] == _PORT:
            first, last, rest = _port(words[0], 0), _port(words[1], 65535), words[2:]
        elif "/" in words[0]:
            network = ipaddress.ip_network(words[0], strict=False)
            first, last, rest = _number(network.network_address), _number(network.broadcast_address), words[1:]
        else:
            first, last, rest = _number(ipaddress.ip_address(words[0])), _number(ipaddress.ip_address(words[1])), words[2:]
        if last < first or not rest:
            raise ValueError(words)
        label = " ".join(rest)[:LABEL_MAX]
        return first, last, self._numbers.get(label, label)

    def _edges(self) -> list[tuple[int, str]]:
        """Where labels begin, in order: of all ranges around a place the last one counts."""
        places = sorted({edge for first, last, _ in self._ranges for edge in (first, last + 1)})
        if len(places) > EDGES_MAX:
            raise VardeError(f"the prefix map {self._path} has {len(places):,} edges, and {EDGES_MAX:,} is the most")
        at = {place: number for number, place in enumerate(places)}
        labels = [self._facts["default"]] * len(places)
        for first, last, label in self._ranges:
            begin, end = at[first], at[last + 1]
            labels[begin:end] = [label] * (end - begin)
        return list(zip(places, labels, strict=True))


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return int(address) | (0xFFFF << 32 if address.version == 4 else 0)


def _port(text: str, missing: int) -> int:
    proto, slash, port = text.partition("/")
    number = int(proto) << 16 | (int(port) if slash else missing)
    if not 0 <= number < 1 << 24:
        raise ValueError(text)
    return number


def fields_of_maps(maps: Sequence[str]) -> list[Shown]:
    """Fields that maps give: one for each end."""
    return [labelled(f"{end}-{read_map(text).name}".lower()) for text in maps for end in ("src", "dst")]


def labels_of(table: ir.Table, maps: Sequence[str]) -> ir.Table:
    """The table with a column for each field of the maps."""
    for text in maps:
        known = read_map(text)
        for end in ("src", "dst"):
            column = table[f"{end}_addr"] if known.mode == _ADDRESS else table.proto * 65536 + table[f"{end}_port"].fill_null(0)
            table = table.mutate(**{f"{end}-{known.name}".lower(): _tree(column, known)})
    return table


def _tree(column: Any, known: Map) -> Any:
    edges = known.edges

    def literal(number: int) -> Any:
        return ibis.literal(number.to_bytes(16, "big"), "binary") if known.mode == _ADDRESS else ibis.literal(number)

    def half(low: int, high: int) -> Any:
        """What is between two edges: the label of edge `low`, or a comparison with the one in the middle."""
        if high - low == 1:
            return ibis.literal(edges[low][1] if low >= 0 else known.default)
        middle = (low + high) // 2
        return ibis.ifelse(column < literal(edges[middle][0]), half(low, middle), half(middle, high))

    return half(-1, len(edges))
