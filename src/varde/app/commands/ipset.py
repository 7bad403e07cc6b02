"""set: sets of addresses, from text, from SiLK and from stored flows."""

import ipaddress
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import ibis.expr.types as ir

from varde.app.context import Context
from varde.app.output import write_output
from varde.app.traffic import Asked, Records, records_of, require_pipe
from varde.export.intel.silk_set import encoded
from varde.intel.ipset import IPSet, difference, intersection, sample, union
from varde.intel.ipset_file import SIZE_MAX, read_set
from varde.intel.space import Range
from varde.model import VardeError
from varde.query.traffic import passing

ADDRESSES_MAX = 100_000_000
"""Single addresses that are printed; networks say the same in less."""

_ENDS = {"sip": ("src_addr",), "dip": ("dst_addr",), "nhip": ("next_hop",), "any": ("src_addr", "dst_addr")}
_MAPPED = bytes(10) + b"\xff\xff"


def load(path: str) -> IPSet:
    """The set of a file, or of standard input for -."""
    if path not in ("-", "stdin"):
        return read_set(path)
    data = sys.stdin.buffer.read(SIZE_MAX + 1)
    if len(data) > SIZE_MAX:
        raise VardeError(f"standard input has more than {SIZE_MAX // 2**20} MB; a set has not")
    return read_set("standard input", data)


def build_command(context: Context, asked: Asked, files: dict[str, str], output: str | None, version: int | None) -> None:
    """A set of what files hold, or sets of the ends of flows. `files`: where to, by the words of _ENDS."""
    if not files:
        if not asked.words:
            raise VardeError("name the files to build the set of, or --sip-file, --dip-file or --any-file to make it of flows")
        save_set(union(map(load, asked.words)), output, version)
        return
    records = records_of(context, asked, several=len(files) > 1)
    for end, path in files.items():
        save_set(_of_flows(records, _ENDS[end]), path, version)


def _of_flows(records: Records, columns: tuple[str, ...]) -> IPSet:
    """Addresses in columns of the records that pass."""

    def found(table: ir.Table) -> Iterator[bytes]:
        chosen = passing(table, records.nodes)
        named = chosen.select(address=chosen[columns[0]])
        for column in columns[1:]:
            named = named.union(chosen.select(address=chosen[column]))
        for batch in records.answerer.batches(named.filter(named.address.notnull()).distinct()):
            yield from batch.column(0).to_pylist()

    return _of_octets(records.ask(lambda table: list(found(table))))


def _of_octets(addresses: Iterable[bytes]) -> IPSet:
    v4: list[Range] = []
    v6: list[Range] = []
    for octets in addresses:
        number = int.from_bytes(octets[12:] if octets.startswith(_MAPPED) else octets, "big")
        (v4 if octets.startswith(_MAPPED) else v6).append((number, number))
    return IPSet.of(v4, v6)


def save_set(members: IPSet, output: str | None, version: int | None) -> None:
    """To a .set; to text where the name ends in .txt, and where a terminal would get it."""
    path = "-" if output in (None, "stdout", "-") else str(output)
    if path.endswith(".txt") or (path == "-" and sys.stdout.isatty()):
        write_output(path, "".join(f"{block}\n" for block in written(members)).encode())
    else:
        if path == "-":
            require_pipe("a set")
        write_output(path, encoded(members, version))


def written(members: IPSet) -> Iterator[str]:
    """Its networks, single addresses without a prefix."""
    for block in members.blocks():
        yield str(block.network_address) if block.prefixlen == block.max_prefixlen else str(block)


def cat_command(paths: list[str], *, cidr: bool, ranges: bool, count: bool) -> None:
    """What is in sets: addresses, networks, ranges, or how many."""
    for path in paths or ["-"]:
        members = load(path)
        if count:
            print(f"{path}: {members.count}" if len(paths) > 1 else members.count)
        else:
            sys.stdout.writelines(f"{line}\n" for line in _lines(members, path, cidr=cidr, ranges=ranges))


def _lines(members: IPSet, path: str, *, cidr: bool, ranges: bool) -> Iterator[str]:
    if ranges:
        for version, spaces in members.families():
            kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
            yield from (f"{kind(first)}|{kind(last)}|{last - first + 1}|" for first, last in spaces)
    elif cidr:
        yield from written(members)
    elif members.count > ADDRESSES_MAX:
        raise VardeError(f"{path} has {members.count:,} addresses: ask for networks with --cidr-blocks, or for their number with --count-ips")
    else:
        yield from map(str, members.addresses())


def member_command(what: str, paths: list[str], *, count: bool) -> None:
    """Which of the sets hold an address, or any of a network or of another set. Nothing is printed where none does."""
    asked = read_set("the address", what.encode()) if not Path(what).exists() else load(what)
    found = 0
    for path in paths:
        common = intersection([load(path), asked])
        if common:
            found += 1
            print(f"{path}: {common.count}" if count else path)
    if not found:
        raise SystemExit(1)


_JOINS: dict[str, Callable[[list[IPSet]], IPSet]] = {"union": union, "intersect": intersection, "difference": lambda sets: difference(sets[0], sets[1:])}


def join_command(how: str, paths: list[str], output: str | None, version: int | None) -> None:
    """What sets have together."""
    save_set(_JOINS[how]([load(path) for path in paths]), output, version)


def sample_command(paths: list[str], size: int, seed: int | None, output: str | None, version: int | None) -> None:
    """Some addresses of sets."""
    save_set(sample(union(map(load, paths)), size, seed), output, version)


