"""IP protocol numbers and their keywords (IANA Assigned Internet Protocol Numbers)."""

PROTOCOLS = {
    0: "hopopt",
    1: "icmp",
    2: "igmp",
    4: "ipv4",
    6: "tcp",
    8: "egp",
    17: "udp",
    27: "rdp",
    33: "dccp",
    41: "ipv6",
    43: "ipv6-route",
    44: "ipv6-frag",
    46: "rsvp",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "ipv6-icmp",
    59: "ipv6-nonxt",
    60: "ipv6-opts",
    88: "eigrp",
    89: "ospf",
    94: "ipip",
    97: "etherip",
    103: "pim",
    108: "ipcomp",
    112: "vrrp",
    115: "l2tp",
    132: "sctp",
    136: "udplite",
}

_OTHER_SPELLINGS = {
    "icmpv6": 58,
    "icmp6": 58,
    "ipv6icmp": 58,
    "ip-encap": 4,
    "ipencap": 4,
    "ip": 0,
    "ipsec-esp": 50,
    "ipsec-ah": 51,
    "ospfigp": 89,
    "carp": 112,
    "vrrp/carp": 112,
    "udp-lite": 136,
}

_NUMBERS = {name: number for number, name in PROTOCOLS.items()} | _OTHER_SPELLINGS

PROTO_MAX = 255  # the field has eight bits (RFC 791, RFC 8200)


def proto_number(word: str) -> int | None:
    """The protocol number of a keyword in any case, or of a decimal number; None if it is neither."""
    text = word.strip().lower()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 3 and int(text) <= PROTO_MAX else None
    return _NUMBERS.get(text)


def proto_name(number: int) -> str:
    """The lower-case keyword, or the number as text where there is none."""
    return PROTOCOLS.get(number, str(number))
