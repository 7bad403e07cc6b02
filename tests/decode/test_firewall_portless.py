"""Records of TCP, UDP and the like without ports are records, and are counted by why they have none."""

import pytest
from firewall_family import read

_V4 = b"Nov 12 03:14:15 gw kernel: DROP IN=eth0 OUT= MAC= SRC=203.0.113.17 DST=198.51.100.2 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=11 "
_FILTERLOG = b"Nov 12 03:14:15 gw filterlog[1]: 5,,,1000000103,em0,match,block,in,4,0x0,,64,11,%d,none,17,udp,60,203.0.113.17,198.51.100.2,%s\n"


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        (_V4 + b"FRAG:185 PROTO=UDP\n", {"fragment": 1}),
        (_V4 + b"PROTO=TCP INCOMPLETE [4 bytes]\n", {"unsaid": 1}),
        (_V4 + b"PROTO=TCP SPT=1 DPT=0 WINDOW=1 RES=0x00 SYN URGP=0\n", {}),
        (_V4 + b"PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=1\n", {}),
        (_V4 + b"FRAG:185 PROTO=47\n", {}),
        (_FILTERLOG % (1480, b""), {"fragment": 1}),
        (_FILTERLOG % (0, b"5060,5060,40"), {}),
    ],
)
def test_records_without_ports_are_counted_by_reason(line: bytes, counted: dict[str, int]) -> None:
    decoded = read(line)
    assert len(decoded.batch) == 1
    assert {reason: n for reason, n in decoded.portless.items() if n} == counted
