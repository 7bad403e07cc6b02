"""A hosts file: hosts(5). It has no wildcards, so only the listed names themselves are blocked."""

from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

_NOWHERE = ("0.0.0.0", "::")  # noqa: S104 - what a blocked name is sent to, not where we listen


def _write(selection: Selection, options: ExportOptions) -> Written:
    sent = _NOWHERE if options.address is None else (str(options.address),)
    names = selection.names
    body = "".join(f"{address} {name}\n" for name in names for address in sent)
    note = "a hosts file blocks listed names, and none of those under them"
    return Written([Part(body, stamp(selection, options, "#"))], len(names), restricted(selection, HOSTS.types), notes=[note] if names else [])


HOSTS = Format(
    title="a hosts file",
    write=_write,
    manual="hosts(5)",
    types=("domain",),
    actions=("nxdomain", "address"),
    loaded_by="the C library of Debian 12 (`getent`), dnsmasq 2.90",
    never_loaded_by="Windows, macOS",
)
