"""JA4, the fingerprint of a TLS client by FoxIO (BSD 3-Clause); no other member of that family is made here.

Computed as its technical description says: https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md
"""

import hashlib
from collections.abc import Iterable

VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
COUNT_MAX = 99
"""Two digits."""

NOTHING = "000000000000"
_SNI, _ALPN = 0x0000, 0x0010
_HASH_CHARACTERS = 12


def ja4(
    *, version: int, versions: Iterable[int], ciphers: Iterable[int], extensions: Iterable[int], alpn: bytes | None, signatures: Iterable[int]
) -> str:
    """The fingerprint of a ClientHello over TCP.

    `version` is the hello's own, `versions` those of supported_versions, `extensions` the types and `alpn` the first
    protocol offered."""
    suites, kinds = _without_grease(ciphers), _without_grease(extensions)
    newest = max(_without_grease(versions), default=version)
    server = "d" if _SNI in kinds else "i"
    first = f"t{VERSIONS.get(newest, '00')}{server}{_count(suites)}{_count(kinds)}{_protocol(alpn)}"
    return f"{first}_{_hash(_listed(sorted(suites)))}_{_hash(_extensions(kinds, _without_grease(signatures)))}"


def is_grease(value: int) -> bool:
    """Whether a value is one of the sixteen that mean nothing (RFC 8701)."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _without_grease(values: Iterable[int]) -> list[int]:
    return [value for value in values if not is_grease(value)]


def _count(values: list[int]) -> str:
    return f"{min(len(values), COUNT_MAX):02d}"


def _protocol(alpn: bytes | None) -> str:
    """First and last character of the protocol, of its hexadecimal form where one of them is no letter or digit."""
    if not alpn:
        return "00"
    ends = alpn[:1] + alpn[-1:]
    return ends.decode() if ends.isalnum() else alpn.hex()[0] + alpn.hex()[-1]


def _listed(values: Iterable[int]) -> str:
    return ",".join(f"{value:04x}" for value in values)


def _extensions(kinds: list[int], signatures: list[int]) -> str:
    listed = _listed(sorted(kind for kind in kinds if kind not in (_SNI, _ALPN)))
    return f"{listed}_{_listed(signatures)}" if listed and signatures else listed


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS] if text else NOTHING
