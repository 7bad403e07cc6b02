"""Fields that have no column, as a JSON object in hexadecimal: nothing that an exporter says is lost."""

from typing import Any

import numpy as np
import polars as pl

from varde.decode.flow._layout import VARIABLE, Layout
from varde.decode.flow._octets import hexadecimal, texts
from varde.decode.flow._records import Records

VALUE_MAX = 512
"""Octets of one value that are kept: a URL or a name fits, a section of a packet need not."""


def other_texts(records: Records) -> dict[str, Any]:
    """Column `other`, or nothing where every field has a column."""
    places = records.layout.others
    if not places:
        return {}
    if all(records.layout.fields[place].length <= VALUE_MAX for place in places):
        return {"other": _of_one_width(records, places)}
    return {"other": _of_any_width(records, places)}


def _keys(layout: Layout, places: tuple[int, ...]) -> list[str]:
    """Names of fields; one that a template has twice gets a number behind it."""
    seen: dict[str, int] = {}
    keys = []
    for place in places:
        name = layout.fields[place].name
        seen[name] = seen.get(name, 0) + 1
        keys.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return keys


def _of_one_width(records: Records, places: tuple[int, ...]) -> pl.Series:
    """All rows have the same letters but for the digits, so one pass for each field fills them in."""
    pieces = []
    lead = "{"
    for key, place in zip(_keys(records.layout, places), places, strict=True):
        pieces += [_repeated(f'{lead}"{key}":"', len(records)), hexadecimal(np.ascontiguousarray(records.octets(place)))]
        lead = '",'
    return texts(np.concatenate([*pieces, _repeated('"}', len(records))], axis=1))


def _repeated(text: str, count: int) -> Any:
    letters = np.frombuffer(text.encode(), np.uint8)
    return np.broadcast_to(letters, (count, len(letters)))


def _of_any_width(records: Records, places: tuple[int, ...]) -> pl.Series:
    form = "{" + ",".join(f'"{key}":"%s"' for key in _keys(records.layout, places)) + "}"
    columns = [[piece[:VALUE_MAX].hex() for piece in records.pieces(place)] for place in places]
    return pl.Series([form % row for row in zip(*columns, strict=True)], dtype=pl.String)


assert VALUE_MAX < VARIABLE
