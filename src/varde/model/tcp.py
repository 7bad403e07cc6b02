"""TCP control bits (RFC 9293 section 3.1, RFC 3168; IPFIX element 6) and the words that logs use for them."""

TCP_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}


def tcp_flag_names(bits: int) -> str:
    """`SYN,ACK` for 18; `none` for 0."""
    return ",".join(name for name, bit in TCP_FLAGS.items() if bits & bit) or "none"
