"""What a firewall dialect is: data. The engine in `_reader` runs it; no dialect has code for reading lines.

Groups that patterns may name (all optional but `src`, `dst` and a stamp):
`hostname rule chain in_if out_if src src_port dst dst_port proto flags icmp_type icmp_code length ttl ip_id tcp_window
tcp_seq src_mac action nat_src nat_src_port nat_dst nat_dst_port event_stamp`, and `lead`, see `Dialect.lead`. Parts that
make one of them: `event_date event_clock event_zone` a stamp, `from_zone to_zone` a chain `from->to`; `pairs` is what
`Form.keys` are looked for in. A group whose name has one more `_` at its end is the second choice for the same field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

GROUPS = (
    "stamp", "event_stamp", "hostname", "app", "lead", "rule", "chain", "in_if", "out_if", "src", "src_port", "dst", "dst_port",
    "proto", "flags", "icmp_type", "icmp_code", "length", "ttl", "ip_id", "tcp_window", "tcp_seq", "src_mac", "action",
    "nat_src", "nat_src_port", "nat_dst", "nat_dst_port",
)  # fmt: skip

PARTS = ("pairs", "event_date", "event_clock", "event_zone", "from_zone", "to_zone")
"""Groups that are joined into others before a line becomes a record."""

V4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
ADDRESS = r"[0-9a-fA-F.:]+"
PRINTABLE = r"[ -~]*"
TEXT = r"(?s).*"


@dataclass(frozen=True, slots=True)
class Pairs:
    """How a line of pairs is written; all but `quote` are patterns. What stands between quotes is never taken for a key,
    whatever a peer put there: `\\"` does not end it, and one that is not closed reaches to the end of the line."""

    before: str = r"(?:^|[ \t,;|])"
    "What stands before a key."
    assign: str = "="
    "What stands between key and value."
    value: str = r'[^ \t,;|"]+'
    "A value without quotes."
    after: str = ""
    "What must follow such a value."
    quote: str = '"'
    "Empty where values are not quoted."
    once: bool = True
    """Refuse a line in which the key of an address is seen twice, because nothing says which is the device's. Turn it off
    where the device prints the addresses before any text that a peer can choose; then the first counts."""
    escapes: bool = False
    "Whether `\\` escapes the character after it in values."


@dataclass(frozen=True, slots=True)
class Form:
    """One shape of line: `pivot` is text that every such line contains, and the line is cut at its first occurrence.

    `head` matches what stands between header and pivot, `tail` what follows it, to the end of the line. For lines of
    pairs in any order give `keys`: group -> key, or (key, pattern of the value with one group); they are looked for in
    what follows the pivot, or in group `pairs` of `tail`, and the line is of this form if it has the addresses, the
    `event_stamp` if one is asked for, and what `where` says. Patterns are Rust regular expressions, ASCII and one-pass
    where speed matters; put the most frequent form first. `fixed` are groups this form implies; `"dst": ""` among them says
    that such lines name no destination, which else makes a reject."""

    name: str
    pivot: str
    head: str = PRINTABLE
    tail: str = ""
    keys: Mapping[str, str | tuple[str, str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    pairs: Pairs = field(default_factory=Pairs)
    where: Mapping[str, str] = field(default_factory=dict)
    "Key -> pattern that its whole value matches, in any case."
    without: tuple[str, ...] = ()
    "Keys that the line must not have."
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    "Group -> what words in it stand for, lower case: names of ICMP types to numbers."
    event_stamp: str = ""
    "Kind of the stamp in group `event_stamp` (see `varde.decode.stamps`), which then counts instead of the header's."


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of firewall lines. `claims`: patterns that a line of it contains even if damaged, so that it is a reject
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
    fragment: str = ""
    "Pattern of a line about a fragment of a packet: all but the first have no ports."
    fix: str = ""
    "What to set on the device so that no packet is missing and each says what was done with it, for the doctor."
    clock: str = ""
    "What to set on the device so that its stamps have a year and a zone, where the device decides that."
    manual: str = ""
    "Where the vendor describes the lines."
