"""Files that hold no lines of text, told by their first octets."""

import struct

from varde.decode.silk import FORMATS

SILK = "a SiLK flow file"
_SILK_MAGIC = b"\xde\xad\xbe\xef"
"""Its sixth octet says what it holds: flows, sets and more."""

_MAGIC = {
    b"PAR1": "a Parquet file", b"\x7fELF": "a program", b"PK\x03\x04": "a zip archive", b"%PDF": "a PDF document",
    b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)", b"GIF8": "a picture (GIF)",
    b"SQLite format 3": "an SQLite database", b"\xd4\xc3\xb2\xa1": "a packet capture (pcap)",
    b"\xa1\xb2\xc3\xd4": "a packet capture (pcap)", b"\x4d\x3c\xb2\xa1": "a packet capture (pcap)",
    b"\xa1\xb2\x3c\x4d": "a packet capture (pcap)", b"\x0a\x0d\x0d\x0a": "a packet capture (pcapng)",
    b"LPKSHHRH": "a systemd journal", b"\x0c\xa5": "an nfdump file",
    b"\xa5\x0c": "an nfdump file", b"\x00\x00\x00\x05\x00\x00\x00\x01": "sFlow datagrams",
    b"\x00\x00\x00\x05\x00\x00\x00\x02": "sFlow datagrams",
}  # fmt: skip

_OWN_SETS = {9: (20, (0, 1)), 10: (16, (2, 3))}
"""NetFlow v9 (RFC 3954) and IPFIX (RFC 7011): octets of the header, identifiers of template sets; data sets are from 256 on."""
_V5_RECORDS = 30  # of 48 octets, at most, behind a header of 24
_V5_WHOLE = 24 + 48 * _V5_RECORDS
"""Octets that some collectors write of each NetFlow v5 datagram, whatever it holds."""

_DATA_SETS = 256


def name_of(head: bytes) -> str | None:
    """What a file is that begins so; None where no name is known."""
    if head.startswith(_SILK_MAGIC):
        return SILK if head[5:6] and head[5] in FORMATS else "a SiLK file"
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    return _datagrams(head)


def _datagrams(head: bytes) -> str | None:
    """Export datagrams written one behind another. They have no magic number, so the first header and set must be plausible."""
    if len(head) < 24:
        return None
    version, count = struct.unpack_from(">HH", head)
    if version == 5 and 1 <= count <= _V5_RECORDS and (head[24 + 48 * count :][:2] in (b"", b"\x00\x05") or head[_V5_WHOLE:][:2] == b"\x00\x05"):
        return "NetFlow v5 datagrams"
    if version in _OWN_SETS and count:
        header, templates = _OWN_SETS[version]
        set_id, length = struct.unpack_from(">HH", head, header)
        if length >= 4 and (set_id in templates or set_id >= _DATA_SETS):
            return "NetFlow v9 datagrams" if version == 9 else "IPFIX messages"
    return None
