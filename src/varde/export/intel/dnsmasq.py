"""dnsmasq's answers by domain: https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html, --address and --server. The longest domain decides."""

from varde.export.intel.names import marks
from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

_ALONE = "allowed alone: what is under it passes too, unless it is listed by itself"
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")


def _write(selection: Selection, options: ExportOptions) -> Written:
    names = marks(selection.names, selection.allowed, selection.allowed_alone)
    written = Written([], len(names.blocked), restricted(selection, DNSMASQ.types))
    for name in (name for name in names.passed if name in selection.allowed_alone):
        written.leave_out(name, _ALONE)
    answer = "" if options.address is None else str(options.address)
    blocked = (f"address=/{name}/{answer}\n" for name in names.blocked)
    # dnsmasq has no escapes; a name with other signs is no host's
    passed = (f"server=/{name}/#\n" for name in names.passed if _HOST.issuperset(name))
    written.parts = [Part("".join([*blocked, *passed]), stamp(selection, options, "#"))]
    return written


DNSMASQ = Format(
    title="domains for dnsmasq, as on OpenWrt and Pi-hole",
    write=_write,
    manual="dnsmasq(8), --address",
    types=("domain",),
    actions=("nxdomain", "address"),
    loaded_by="dnsmasq 2.90",
    never_loaded_by="Pi-hole, OpenWrt (they run dnsmasq)",
)
