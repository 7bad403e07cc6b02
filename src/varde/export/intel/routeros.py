"""Address lists for MikroTik's RouterOS, to /import: https://help.mikrotik.com/docs/, Address-lists."""

from collections.abc import Iterator

from varde.export.intel.selection import Blocks, Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

TIMEOUT = 86_400
"""Seconds: an entry with a timeout lives in memory, one without is written to flash, which wears out."""

MANY = 20_000
"""Entries from which on a small router is slow to import and short of memory."""

_PATHS = {4: "/ip firewall address-list", 6: "/ipv6 firewall address-list"}


def _write(selection: Selection, options: ExportOptions) -> Written:
    count = len(selection.v4) + len(selection.v6)
    body = "".join(line for blocks in (selection.v4, selection.v6) for line in _list(blocks, options))
    notes = [f"{count:,} entries are many for a small router: try it on one first"] if count > MANY else []
    return Written([Part(body, stamp(selection, options, "#"))], count, restricted(selection, ROUTEROS.types), notes=notes)


def _list(blocks: Blocks, options: ExportOptions) -> Iterator[str]:
    yield f"{_PATHS[blocks.version]}\nremove [find list={options.name} dynamic=yes]\n"
    timeout = f"{options.timeout or TIMEOUT}s"
    # an entry that is there already ends an import; remarks are plain, so nothing in them is a variable or a command
    for text, remark in zip(blocks.texts, blocks.remarks, strict=True):
        yield f':do {{ add list={options.name} address={text} timeout={timeout} comment="{remark}" }} on-error={{}}\n'


ROUTEROS = Format(
    title="address lists for MikroTik RouterOS, to /import",
    write=_write,
    manual="help.mikrotik.com, Address-lists",
    types=("ipv4", "ipv6", "cidr"),
    uses=("name", "timeout"),
    never_loaded_by="MikroTik RouterOS: there is none to be had; the grammar of every line is held",
)
