"""unbound's local zones: https://nlnetlabs.nl/documentation/unbound/unbound.conf/, local-zone. The nearest zone above a name decides."""

from varde.export.intel.names import marks
from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

_TYPES = {"nxdomain": "always_nxdomain", "nodata": "always_nodata", "drop": "always_deny"}
_ALONE = "allowed alone: what is under it passes too, unless it is listed by itself"


def _write(selection: Selection, options: ExportOptions) -> Written:
    names = marks(selection.names, selection.allowed, selection.allowed_alone)
    written = Written([], len(names.blocked), restricted(selection, UNBOUND.types))
    for name in (name for name in names.passed if name in selection.allowed_alone):
        written.leave_out(name, _ALONE)
    blocked = (_zone(name, options) for name in names.blocked)
    passed = (f'local-zone: "{_quoted(name)}." always_transparent\n' for name in names.passed)
    written.parts = [Part("".join(["server:\n", *blocked, *passed]), stamp(selection, options, "#"))]
    return written


def _zone(name: str, options: ExportOptions) -> str:
    kind = _TYPES.get(options.action)
    if kind:
        return f'local-zone: "{name}." {kind}\n'
    address = options.address
    record = f"CNAME {options.action}." if address is None else f"{'AAAA' if address.version == 6 else 'A'} {address}"
    return f'local-zone: "{name}." redirect\nlocal-data: "{name}. 300 IN {record}"\n'


def _quoted(name: str) -> str:
    """Of a name that the owner of the configuration wrote: what ends a quoted text is no part of a host's name."""
    return "".join(c if c.isalnum() or c in "-_." else f"\\{ord(c):03d}" for c in name)


UNBOUND = Format(
    title="local zones for unbound, to include",
    write=_write,
    manual="unbound.conf(5), local-zone",
    types=("domain",),
    actions=("nxdomain", "nodata", "drop", "address", "host"),
    loaded_by="unbound 1.17",
)
