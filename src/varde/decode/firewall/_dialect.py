"""What a firewall dialect is: data. The engine in `_reader` runs it; no dialect has code for reading lines.

Groups that patterns may name (all optional but `src`, `dst` and a stamp):
`hostname rule chain in_if out_if src src_port dst dst_port proto flags icmp_type icmp_code length ttl ip_id tcp_window
tcp_seq src_mac action nat_src nat_src_port nat_dst nat_dst_port event_stamp`, and `lead`, see `Dialect.lead`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

GROUPS = (
    "stamp", "event_stamp", "hostname", "app", "lead", "rule", "chain", "in_if", "out_if", "src", "src_port", "dst", "dst_port",
    "proto", "flags", "icmp_type", "icmp_code", "length", "ttl", "ip_id", "tcp_window", "tcp_seq", "src_mac", "action",
    "nat_src", "nat_src_port", "nat_dst", "nat_dst_port",
)  # fmt: skip

V4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
ADDRESS = r"[0-9a-fA-F.:]+"
PRINTABLE = r"[ -~]*"
TEXT = r"(?s).*"


@dataclass(frozen=True, slots=True)
class Form:
    """One shape of line: `pivot` is text that every such line contains, and the line is cut at its first occurrence.

    `head` matches what stands between header and pivot, `tail` what follows it, to the end of the line. Give `keys`
    instead of `tail` for lines of key=value pairs in any order: group -> key. Patterns are Rust regular expressions,
    ASCII and one-pass where speed matters; put the most frequent form first. `fixed` are groups this form implies."""

    name: str
    pivot: str
    head: str = PRINTABLE
    tail: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    event_stamp: str = ""
    "Kind of the stamp in group `event_stamp` (see `varde.decode.stamps`), which then counts instead of the header's."


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of firewall lines. `claims`: texts that a line of it contains even if damaged, so that it is a reject
    and not somebody else's line. `tags`: patterns of what stands between stamp and message in plain syslog."""

    name: str
    title: str
    "For people: which products print it."
    forms: tuple[Form, ...]
    claims: tuple[str, ...]
    tags: tuple[str, ...] = ("",)
    lead: Callable[[str], Mapping[str, str]] | None = None
    "Takes the text of group `lead` (few distinct values: prefix, chain, rule) apart into other groups."
    action: Callable[[str], str] | None = None
    "The action a `rule` text stands for, where the line has no `action` group."
    actions: Mapping[str, str] = field(default_factory=dict)
    "The vendor's words in group `action`, lower case, to those of `varde.model`; a word that is missing is unknown."
    not_packets: tuple[str, ...] = ()
    "Texts of lines that look like this dialect but describe no packet: ignored, not rejected."
    fix: str = ""
    "What to set on the device so that nothing is missing, for the doctor."
    manual: str = ""
    "Where the vendor describes the lines."
