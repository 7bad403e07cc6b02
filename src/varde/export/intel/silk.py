"""Text for rwsetbuild of SiLK: https://tools.netsa.cert.org/silk/rwsetbuild.html. A set is of one family, so there are two files."""

from varde.export.intel.selection import Blocks, Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp


def _write(selection: Selection, options: ExportOptions) -> Written:
    head = stamp(selection, options, "#")
    parts = [_part(selection.v4, head, ""), _part(selection.v6, head, "v6")]
    return Written(parts, len(selection.v4) + len(selection.v6), restricted(selection, SILK.types))


def _part(blocks: Blocks, head: str, name: str) -> Part:
    return Part("".join(f"{text}\n" for text in blocks.texts), head, name)


SILK = Format(
    title="text for rwsetbuild of SiLK; IPv6 in a file of its own",
    write=_write,
    manual="rwsetbuild(1)",
    types=("ipv4", "ipv6", "cidr"),
    parts=("v6",),
    never_loaded_by="SiLK: there is no package of it; the grammar of every line is held",
)
