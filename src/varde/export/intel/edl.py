"""Plain lists, an entry a line and nothing else, as firewalls fetch them: Palo Alto's External Dynamic Lists, Fortinet's external
block lists, pfBlockerNG. A list is of one kind, so there are three files."""

from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written


def _write(selection: Selection, options: ExportOptions) -> Written:
    addresses = [*selection.v4.texts, *selection.v6.texts]
    urls = sorted({value.partition("://")[2] or value for value in selection.values("url")})
    lists = {"": addresses, "names": selection.names, "urls": urls}
    parts = [Part("".join(f"{value}\n" for value in values), name=name) for name, values in lists.items()]
    return Written(parts, sum(map(len, lists.values())), restricted(selection, EDL.types))


EDL = Format(
    title="plain lists for firewalls that fetch them by URL: addresses, and beside it names and URLs",
    write=_write,
    manual="PAN-OS, External Dynamic List; FortiOS, external resources",
    types=("ipv4", "ipv6", "cidr", "domain", "url"),
    parts=("names", "urls"),
    shared=True,
    never_loaded_by="PAN-OS, FortiOS, pfBlockerNG: the grammar of every line is held",
)
