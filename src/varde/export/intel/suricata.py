"""Reputation and datasets for Suricata: https://docs.suricata.io/en/latest/reputation/ and rules/datasets.html.

Networks stand in the reputation list, names and hashes in datasets; a file of rules uses all of them."""

import base64

from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp

SCORE = 100
"""Of 127: a rule of its own may ask for more than some score."""

CATEGORY = 1
_SID = 9_000_001
_HASHES = {"md5": 32, "sha256": 64}
"""Digits of the hashes that datasets have."""

_HASHSIZE_MIN = 1024


def _write(selection: Selection, options: ExportOptions) -> Written:
    addresses = [*selection.v4.texts, *selection.v6.texts]
    head = stamp(selection, options, "#")
    hashes = {kind: [value for value in selection.values("hash") if len(value) == digits] for kind, digits in _HASHES.items()}
    names = selection.names
    datasets = {"dns": [base64.b64encode(name.encode()).decode() for name in names], **hashes}
    written = Written([], len(addresses) + sum(map(len, datasets.values())), restricted(selection, SURICATA.types))
    written.left_out["hashes of other lengths"] += len(selection.values("hash")) - sum(map(len, hashes.values()))
    written.parts = [
        Part("".join(f"{text},{CATEGORY},{SCORE}\n" for text in addresses), head),
        Part(f"{CATEGORY},{options.name},listed by Varde\n", name="categories"),
        *(Part("".join(f"{value}\n" for value in values), name=kind) for kind, values in datasets.items()),
        Part(_rules(options, {kind: len(values) for kind, values in datasets.items()}), head, "rules"),
    ]
    if names:
        written.notes.append("a dataset holds whole names: those under a listed one are not seen")
    return written


def _rules(options: ExportOptions, sizes: dict[str, int]) -> str:
    """A rule for each kind; datasets are files beside it, called as the export to NAME.list calls them."""
    rule = "alert {what} any any -> any any (msg:\"VARDE listed {kind}\"; {match} sid:{sid}; rev:1;)\n"
    kinds = {
        "dns": ("dns", f"dns.query; dataset:isset,{options.name}-dns,type string,load {options.name}-dns.list,{_size(sizes['dns'])};"),
        "md5": ("http", f"filemd5:{options.name}-md5.list;"),
        "sha256": ("http", f"filesha256:{options.name}-sha256.list;"),
    }
    lines = [rule.format(what="ip", kind="address", match=f"iprep:any,{options.name},>,30;", sid=_SID)]
    lines += [rule.format(what=what, kind=kind, match=match, sid=_SID + at) for at, (kind, (what, match)) in enumerate(kinds.items(), 1) if sizes[kind]]
    return "".join(lines)


def _size(count: int) -> str:
    return f"hashsize {max(_HASHSIZE_MIN, 1 << count.bit_length())}"


SURICATA = Format(
    title="a reputation list for Suricata, and beside it its category, datasets of names and hashes, and rules",
    write=_write,
    manual="Suricata, IP reputation and datasets",
    types=("ipv4", "ipv6", "cidr", "domain", "hash"),
    parts=("categories", "dns", "md5", "sha256", "rules"),
    uses=("name",),
    loaded_by="the rules and the dataset of names: suricata-update 1.2, OISF's reader of rules",
    never_loaded_by="Suricata: Debian 12 has none; the reputation list and the datasets of hashes were read by nobody",
)
