"""Sets for `nft -f`: https://www.netfilter.org/projects/nftables/manpage.html. One file is one transaction: all of it or nothing."""

from collections.abc import Iterator

from varde.export.intel.selection import Blocks, Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

CHUNK = 5_000
"""Elements of one command: nft reads a command whole."""

_TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}


def _write(selection: Selection, options: ExportOptions) -> Written:
    lines = [f"add table inet {options.name}\n"]
    for blocks in (selection.v4, selection.v6):
        lines += _set(blocks, options)
    count = len(selection.v4) + len(selection.v6)
    return Written([Part("".join(lines), stamp(selection, options, "#"))], count, restricted(selection, NFT.types))


def _set(blocks: Blocks, options: ExportOptions) -> Iterator[str]:
    name = f"inet {options.name} bl{blocks.version}"
    timeout = f" timeout {options.timeout}s;" if options.timeout else ""
    flags = "interval,timeout" if options.timeout else "interval"
    yield f"add set {name} {{ type {_TYPES[blocks.version]}; flags {flags}; auto-merge;{timeout} }}\nflush set {name}\n"
    for first in range(0, len(blocks), CHUNK):
        yield f"add element {name} {{ {', '.join(blocks.texts[first : first + CHUNK])} }}\n"


NFT = Format(
    title="sets `bl4` and `bl6` for `nft -f`, in one transaction",
    write=_write,
    manual="nft(8)",
    types=("ipv4", "ipv6", "cidr"),
    uses=("name", "timeout"),
    loaded_by="nftables 1.0.6 in the kernel",
)
