"""Block lists: rows and rejects, each of an entry that the list has; nothing is matched that it does not say."""

from collections.abc import Callable
from functools import partial

from fuzz.scenes import START
from varde.decode.addresses import octets_of
from varde.decode.intel import (
    FORMATS,
    SAMPLES_MAX,
    SCHEMA,
    ListOrigin,
    ListRead,
    ListText,
    read_list,
    recognise,
)
from varde.model import INDICATOR_TYPES

MATCHED = ("ipv4", "ipv6", "cidr")
"""Kinds that have an address and a prefix."""

TEXT_MAX = 512


def check_of(name: str) -> Callable[[bytes], None]:
    """The check of one format."""
    return partial(_check, name)


def _check(name: str, data: bytes) -> None:
    """As the format that it is named to be, and as what it looks like."""
    _sound(read_list(data, ListOrigin("list", START), name))
    recognised = recognise(ListText(data)).name
    assert recognised in FORMATS
    if recognised != name:
        found = read_list(data, ListOrigin("list", START))
        assert found.format == recognised
        _sound(found)


def _sound(found: ListRead) -> None:
    rows = found.indicators
    assert dict(rows.schema) == SCHEMA
    assert len(found.rejected) == min(sum(found.reasons.values()), SAMPLES_MAX) and all(count > 0 for count in found.reasons.values())
    lines = [rejected.line for rejected in found.rejected]
    assert lines == sorted(lines) and all(line > 0 for line in lines)
    assert set(rows["type"]) <= set(INDICATOR_TYPES) and not rows["first_seen"].null_count() and set(rows["source"]) <= {"list"}
    for name in ("id", "name", "url", "description"):
        assert (rows[name].str.len_chars().max() or 0) <= TEXT_MAX  # type: ignore[operator]
    for kind, value, address, prefix in rows.select("type", "value", "address", "prefix").iter_rows():
        assert value and (address is not None) == (prefix is not None) == (kind in MATCHED)
        if address is not None:
            network, _, length = value.partition("/")
            assert octets_of(network) == address and int(length or (128 if ":" in network else 32)) == prefix
