"""What of flows is summed by the hour and by the day, so that a question about a month need not read all of its flows."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

SUMMED = ("packets", "octets", "packets_scaled", "octets_scaled", "rev_packets", "rev_octets")
"""Columns that are added up; those that are scaled as exported where nobody says how."""

WEIGHT = "records#"
"""Column of sums: how many records a row is of."""

ROLLUPS_VERSION = 1
"""Of what is written below; files of another version are made anew."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """Sums for each hour and each combination of `columns`."""

    name: str
    columns: tuple[str, ...]


ROLLUPS = (
    Rollup("faces", ("sensor", "direction", "exporter", "domain", "in_if", "out_if", "vlan", "proto")),
    Rollup("services", ("sensor", "direction", "proto", "dst_port", "icmp_type", "icmp_code")),
    Rollup("sources", ("sensor", "direction", "src_addr", "src_cc", "src_as")),
    Rollup("destinations", ("sensor", "direction", "dst_addr", "dst_cc", "dst_as")),
    Rollup("source-ports", ("sensor", "direction", "proto", "src_port")),
)
"""The smallest first. Each has what flows share that few others do: more columns together would be as many rows as there are flows."""


def rollup_of(columns: AbstractSet[str]) -> Rollup | None:
    """The smallest roll-up that has all of some columns; None where there is none."""
    return next((rollup for rollup in ROLLUPS if columns <= {*rollup.columns}), None)
