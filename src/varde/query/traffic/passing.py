"""Which records pass, and how much passes and how much does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.query.filters import All, Node, Not, expression


@dataclass(frozen=True, slots=True)
class Volume:
    records: int
    packets: int
    octets: int

    def without(self, part: "Volume") -> "Volume":
        return Volume(self.records - part.records, self.packets - part.packets, self.octets - part.octets)


@dataclass(frozen=True, slots=True)
class Totals:
    """What was looked at and what of it passed; `files` is from how many files and sockets it came."""

    read: Volume
    passed: Volume
    files: int


def passing(table: ir.Table, nodes: Sequence[Node], *, failing: bool = False) -> ir.Table:
    """Records that fit all conditions; those that do not, where `failing` is said."""
    if not nodes:
        return table.filter(ibis.literal(False)) if failing else table
    if failing:
        return table.filter(expression(Not(All(tuple(nodes))), table))
    return table.filter(*(expression(node, table) for node in nodes))


def totals(table: ir.Table, nodes: Sequence[Node]) -> ir.Table:
    """One row: volumes of all and of what passes."""
    fits: Any = expression(All(tuple(nodes)), table).fill_null(False) if nodes else ibis.literal(True)
    marked = table.select(
        fits=fits, source=table.source if "source" in table.columns else ibis.literal(""),
        **{name: table[name].fill_null(0) if name in table.columns else ibis.literal(0) for name in ("packets", "octets")},
    )  # fmt: skip
    some = {"passed": marked.fits.sum()} | {f"{name}_passed": marked[name].sum(where=marked.fits) for name in ("packets", "octets")}
    return marked.aggregate(read=marked.count(), packets_read=marked.packets.sum(), octets_read=marked.octets.sum(), files=marked.source.nunique(), **some)


def totals_of(row: dict[str, Any]) -> Totals:
    """From the row of `totals`."""
    read, passed = (Volume(*(int(row[name] or 0) for name in names)) for names in (
        ("read", "packets_read", "octets_read"), ("passed", "packets_passed", "octets_passed"),
    ))  # fmt: skip
    return Totals(read, passed, int(row["files"]))


_V4 = tuple(ibis.literal(bytes(10) + b"\xff\xff" + end, type="binary") for end in (bytes(4), b"\xff" * 4))


def of_policy(table: ir.Table, policy: str) -> ir.Table:
    """Records of IPv4 for `ignore` and `asv4`, of IPv6 for `only`, else all."""
    if policy in ("mix", "force") or "src_addr" not in table.columns:
        return table
    v4 = (table.src_addr >= _V4[0]) & (table.src_addr <= _V4[1])
    return table.filter(~v4 if policy == "only" else v4)
