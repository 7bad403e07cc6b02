"""Files in MaxMind's format, written for tests: a binary tree of 24-bit records, then data."""

import ipaddress
from pathlib import Path
from typing import Any


def encoded(value: Any) -> bytes:
    """A value in the format's data section: maps, texts and numbers."""
    if isinstance(value, dict):
        return bytes([0xE0 | len(value)]) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, str):
        text = value.encode()
        size = bytes([0x40 | len(text)]) if len(text) < 29 else bytes([0x5D, len(text) - 29])
        return size + text
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encoded, value))
    if isinstance(value, tuple):  # (octets, number): libraries insist on the width
        octets, number = value
        return {2: b"\xa2", 4: b"\xc4", 8: b"\x08\x02"}[octets] + number.to_bytes(octets, "big")
    return encoded((4, value))


def write_mmdb(path: Path, networks: dict[str, Any], version: int = 6, maker: str = "Test-Country") -> Path:
    """Networks with a record each. In a version 6 tree IPv4 lies below ::/96."""
    nodes: list[list[Any]] = [[None, None]]
    data = b""
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        bits = "0" * 96 + bits if version == 6 and network.version == 4 else bits
        place = ("data", len(data))
        data += encoded(record)
        at = 0
        for bit in bits[:-1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(bits[-1])] = place
    count = len(nodes)
    tree = b"".join((count if v is None else count + 16 + v[1] if isinstance(v, tuple) else v).to_bytes(3, "big") for node in nodes for v in node)
    about = {"node_count": (4, count), "record_size": (2, 24), "ip_version": (2, version), "database_type": maker, "languages": ["en"],
             "binary_format_major_version": (2, 2), "binary_format_minor_version": (2, 0), "build_epoch": (8, 1_780_000_000),
             "description": {"en": "x"}}  # fmt: skip
    path.write_bytes(tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + encoded(about))
    return path
