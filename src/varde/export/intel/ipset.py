"""Sets for `ipset restore`: https://ipset.netfilter.org/ipset.man.html. A full set is made beside the one in use and swapped."""

from collections.abc import Iterator

from varde.export.intel.selection import Blocks, Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

MAXELEM = 8_388_608
"""Entries that a set may have; the same in every export, because a set is only taken for the same with the same one. It takes no
memory by itself; ipset's own 65,536 makes the next entry fail."""

_HASHSIZE_MIN = 1024
_FAMILIES = {4: "inet", 6: "inet6"}


def _write(selection: Selection, options: ExportOptions) -> Written:
    body = "".join(line for blocks in (selection.v4, selection.v6) for line in _set(blocks, options))
    count = len(selection.v4) + len(selection.v6)
    return Written([Part(body, stamp(selection, options, "#"))], count, restricted(selection, IPSET.types))


def _set(blocks: Blocks, options: ExportOptions) -> Iterator[str]:
    name = f"{options.name}{blocks.version}"
    hashsize = max(_HASHSIZE_MIN, 1 << len(blocks).bit_length())
    timeout = f" timeout {options.timeout}" if options.timeout else ""
    for one in (name, f"{name}_new"):
        yield f"create {one} hash:net family {_FAMILIES[blocks.version]} hashsize {hashsize} maxelem {MAXELEM}{timeout} comment -exist\n"
    yield f"flush {name}_new\n"
    # remarks are plain: ipset has no escape for a quotation mark
    for text, remark in zip(blocks.texts, blocks.remarks, strict=True):
        yield f'add {name}_new {text} comment "{remark}"\n'
    yield f"swap {name}_new {name}\ndestroy {name}_new\n"


IPSET = Format(
    title="sets for `ipset restore`, swapped whole",
    write=_write,
    manual="ipset(8)",
    types=("ipv4", "ipv6", "cidr"),
    uses=("name", "timeout"),
    loaded_by="ipset 7.17 in the kernel",
)
