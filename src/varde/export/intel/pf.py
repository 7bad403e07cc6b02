"""A table of pf: https://man.openbsd.org/pf.conf, TABLES. Also what pfSense and OPNsense read as an alias of networks."""

from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

ENTRIES = 200_000
"""Entries of all tables that pf takes where `set limit table-entries` does not say more."""


def _write(selection: Selection, options: ExportOptions) -> Written:
    texts = [*selection.v4.texts, *selection.v6.texts]
    notes = [f"pf takes {ENTRIES:,} entries: raise `set limit table-entries`"] if len(texts) > ENTRIES else []
    body = "".join(f"{text}\n" for text in texts)
    return Written([Part(body, stamp(selection, options, "#"))], len(texts), restricted(selection, PF.types), notes=notes)


PF = Format(
    title="a table of pf",
    write=_write,
    manual="pf.conf(5); pfctl -t varde -T replace -f FILE",
    types=("ipv4", "ipv6", "cidr"),
    never_loaded_by="pf of FreeBSD and OpenBSD, pfSense, OPNsense: `pfctl` is not for Linux; the grammar of every line is held",
)
