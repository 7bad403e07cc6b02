"""A response policy zone: https://datatracker.ietf.org/doc/draft-vixie-dnsop-dns-rpz/, BIND's and unbound's manuals.

    evil.example    CNAME .          NXDOMAIN for the name
    *.evil.example  CNAME .          and for everything under it
    24.0.100.51.198.rpz-ip CNAME .   for answers with an address in 198.51.100.0/24
"""

import ipaddress

from varde.export.intel.names import Cover, cover
from varde.export.intel.selection import Blocks, Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written, stamp
from varde.intel.names import suffixes
from varde.intel.space import Net

NAME_OCTETS = 255
"""Of an owner with its zone, on the wire (RFC 1035 section 2.3.4)."""

LABEL_MAX = 63

TRIGGERS = ("rpz-ip", "rpz-client-ip", "rpz-nsdname", "rpz-nsip")
"""Last labels that make another rule of a name: a listed `32.5.0.0.10.rpz-client-ip` would be about our own client."""

_TTL = 300
_TARGETS = {"nxdomain": "CNAME .", "nodata": "CNAME *.", "drop": "CNAME rpz-drop."}
_PASS = "CNAME rpz-passthru."
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")


def _write(selection: Selection, options: ExportOptions) -> Written:
    written = Written([], 0, restricted(selection, RPZ.types))
    names = _fitting(selection, options, written)
    has_addresses = bool(len(selection.v4) + len(selection.v6))
    body = "".join([*_name_rules(names, _target(options), with_free=has_addresses), *_address_rules(selection, options)])
    written.entries = len(names.blocked) + len(names.passed_alone) + len(selection.v4) + len(selection.v6)
    head = (
        stamp(selection, options, ";") + f"$TTL {_TTL}\n"
        f"@ IN SOA localhost. hostmaster.localhost. ( {options.serial} 3600 600 604800 {_TTL} )\n@ IN NS localhost.\n"
    )  # fmt: skip
    written.parts = [Part(body, head)]
    return written


def _fitting(selection: Selection, options: ExportOptions, written: Written) -> Cover:
    """Which names stand in the zone: all that fit, and none whose exceptions do not."""
    most = NAME_OCTETS - len(options.origin) - len("*.") - 3
    listed = []
    for name in selection.listed_names:
        reason = "the name of another rule" if name.rpartition(".")[2] in TRIGGERS else "too long for the zone" if len(name) > most else ""
        if reason:
            written.leave_out(name, reason)
        else:
            listed.append(name)
    ways, alone = ([name for name in names if _can_be_asked(name)] for names in (selection.allowed, selection.allowed_alone))
    # an exception that cannot be said leaves nothing but not to block what it is an exception of
    unsaid = {part for name in (*ways, *alone) if len(name) > most for part in suffixes(name)}
    for name in [name for name in listed if name in unsaid]:
        written.leave_out(name, "an allowed name under it is too long for the zone")
    return cover((name for name in listed if name not in unsaid), ways, alone)


def _can_be_asked(name: str) -> bool:
    return all(0 < len(label) <= LABEL_MAX for label in name.split(".")) and name.rpartition(".")[2] not in TRIGGERS


def _target(options: ExportOptions) -> str:
    """The record of a blocked name, behind its owner."""
    if options.action in _TARGETS:
        return _TARGETS[options.action]
    if options.address is not None:
        return f"{'AAAA' if options.address.version == 6 else 'A'} {options.address}"
    return f"CNAME {options.action}."


def _name_rules(names: Cover, target: str, *, with_free: bool) -> list[str]:
    """Lines, in the order of the names. Allowed names that nothing blocks pass all the same where answers are looked at too."""
    lines = {name: f"{name} {target}\n*.{name} {target}\n" for name in (*names.blocked, *names.restated)}
    free, free_alone = (names.free, names.free_alone) if with_free else ([], [])
    lines |= {name: f"{_owner(name)} {_PASS}\n*.{_owner(name)} {_PASS}\n" for name in (*names.passed, *free)}
    lines |= {name: f"{_owner(name)} {_PASS}\n*.{_owner(name)} {target}\n" for name in names.passed_alone}
    lines |= {name: f"{_owner(name)} {_PASS}\n" for name in free_alone}
    return [lines[name] for name in sorted(lines)]


def _owner(name: str) -> str:
    """A name that the owner of the configuration wrote: what is a sign in a zone file is escaped (RFC 1035 section 5.1)."""
    return name if _SAFE.issuperset(name) else "".join(c if c in _SAFE else f"\\{ord(c):03d}" for c in name)


def _address_rules(selection: Selection, options: ExportOptions) -> list[str]:
    target = _target(options)
    return [f"{owner_of(net, blocks)}.rpz-ip {target}\n" for blocks in (selection.v4, selection.v6) for net in blocks.pairs()]


def owner_of(net: Net, blocks: Blocks) -> str:
    """`24.0.100.51.198`, `32.zz.db8.2001`: prefix, then the groups backwards; `zz` is the longest run of zeros (RFC 5952)."""
    first, length = net
    if blocks.version == 4:
        return f"{length}.{'.'.join(map(str, reversed(first.to_bytes(4, 'big'))))}"
    text = str(ipaddress.IPv6Address(first))
    if text.startswith("::ffff:") and "." in text:
        text = f"::ffff:{first >> 16 & 0xFFFF:x}:{first & 0xFFFF:x}"
    groups = [group or "zz" for group in text.replace("::", ":zz:").strip(":").split(":")]
    return f"{length}.{'.'.join(reversed(groups))}"


RPZ = Format(
    title="a response policy zone for BIND, unbound, PowerDNS and Knot Resolver",
    write=_write,
    manual="draft-vixie-dnsop-dns-rpz-00; BIND ARM, response-policy",
    types=("domain", "ipv4", "ipv6", "cidr"),
    actions=("nxdomain", "nodata", "drop", "address", "host"),
    uses=("origin",),
    loaded_by="BIND 9.18 (`named`, `named-checkzone`), unbound 1.17, PowerDNS Recursor 4.8, Knot Resolver 5.6",
)
