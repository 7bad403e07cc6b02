"""Lines made to mislead or to take time: none becomes another source, and none takes more than its length."""

import time

import pytest
from firewall_family import NAMES, fixture, outcomes, read, records

from varde.decode import LINE_MAX
from varde.decode.firewall import DIALECTS

SECONDS = 0.5  # of the processor, for one line of 64 kB that all dialects read; the best of three counts
LINES = 25  # of each dialect are measured
_FILLERS = ("a", " ", '"', '\\"', "=", ",", ";", "|", "1", ":", "a-", "a=", " a=b", ', Aa: ', "a,a", "a:", "1.", "[", "]", "\\")


def _hostile(name: str) -> list[bytes]:
    """Golden lines stretched to the limit: before the pivot, behind it, and at their end."""
    lines = []
    for form in DIALECTS[name].forms:
        line = next((one for one in fixture(name).decode().splitlines() if form.pivot in one), "")
        before, pivot, after = line.partition(form.pivot)
        for filler in _FILLERS:
            fill = filler * ((LINE_MAX - len(line) - 16) // len(filler))
            lines += [before + fill + pivot + after, before + pivot + fill + after, line + fill, line + fill + after]
    return [line.encode()[:LINE_MAX] for line in dict.fromkeys(lines)]


def _fastest(line: bytes) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        read(line)
        best = min(best, time.process_time() - start)
        if best < SECONDS / 4:
            break
    return best


@pytest.mark.parametrize("name", NAMES)
def test_no_line_takes_longer_than_its_length_explains(name: str) -> None:
    lines = _hostile(name)
    sample = lines[:: max(1, len(lines) // LINES)]
    slow = [(seconds, line[:120]) for line in sample if (seconds := _fastest(line)) > SECONDS]
    assert not slow


@pytest.mark.parametrize("name", NAMES)
def test_long_lines_are_counted_once(name: str) -> None:
    lines = _hostile(name)[::7]
    total, made, ignored, rejected = outcomes(read(b"\n".join(lines)))
    assert total == len(lines) == made + ignored + rejected


def test_a_line_over_the_limit_is_a_reject_before_any_pattern() -> None:
    decoded = read(b"x" * (LINE_MAX + 1) + b"\n" + fixture("mikrotik"))
    assert decoded.counts["", "reject:too_long"] == 1
    assert decoded.counts["mikrotik", "records"] == len(fixture("mikrotik").splitlines())


# What a peer chooses stands in these lines where such lines have it; 10.6.6.6 must never be the source.
_MISLEADING = {
    "fortigate, host name": ' srcname="SRCTEXT"',
    "fortigate, host name that ends like a pair": ' srcname="x srcip=" dstname="SRCTEXT"',
    "fortigate, quote in a host name": ' srcname="x\\" SRCTEXT y=\\"z"',
}


@pytest.mark.parametrize("text", _MISLEADING.values(), ids=_MISLEADING)
@pytest.mark.parametrize("behind", [True, False], ids=["behind the addresses", "before the addresses"])
def test_text_of_a_peer_in_quotes_is_never_the_source(text: str, behind: bool) -> None:
    line = fixture("fortigate").decode().splitlines()[0]
    planted = text.replace("SRCTEXT", "srcip=10.6.6.6")
    line = line + planted if behind else line.replace(" srcip=", planted + " srcip=", 1)
    assert [row["src_addr"] for row in records(read(line.encode()))] == ["203.0.113.7"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("sophos", 'user_name="x src_ip=10.6.6.6"', 'user_name="x src_ip=" user_gp="src_ip=10.6.6.6"'),
        ("sophos", 'user_name="x src_ip=10.6.6.6"', 'user_name="x\\" src_ip=10.6.6.6 y=\\""'),
        ("sophos", 'user_name="x src_ip=10.6.6.6"', 'user_name="x" src_ip=10.6.6.6 y=""'),
        ("junos", 'username="N/A"', 'username="x source-address="'),
        ("junos", 'username="N/A"', 'username="x\\" source-address=\\"10.6.6.6"'),
        ("checkpoint", 'rule_action:"Drop"', 'user:"x; src:\\"10.6.6.6\\""'),
        ("checkpoint", 'rule_action:"Drop"', 'user:"x"; src:"10.6.6.6"'),
        ("checkpoint", 'rule_action:"Drop"', 'user:"x; src:" ; z:"10.6.6.6"'),
        ("sonicwall", 'rule="15 (WAN->LAN)"', 'usr="x src=10.6.6.6:1:X0 "'),
        ("panos", "interzone-default", '"a,TRAFFIC,drop,1,2026/11/12 03:14:01,10.6.6.6,10.6.6.7"'),
        ("cef", "UNIFIhost=Express 7", "UNIFIhost=x src\\=10.6.6.6"),
        ("cef", "UNIFIhost=Express 7", "UNIFIhost=x src=10.6.6.6"),
        ("cef", "Threat Detected and Blocked", "x src=10.6.6.6 dst=10.6.6.7 proto=TCP"),
        ("asa", "(LOCAL\\eve)", "(LOCAL\\outside:10.6.6.6/1)"),
        ("linux", "IPT-BLOCK:", "SRC=10.6.6.6 DST=10.6.6.7 PROTO=TCP"),
        ("mikrotik", "BLOCK", "10.6.6.6:1->10.6.6.7:2"),
        ("meraki", "pattern: 1 all", "pattern: 1 src=10.6.6.6 dst=10.6.6.7 protocol=tcp"),
    ],
)
def test_text_that_poses_as_a_source_is_not_believed(name: str, old: str, new: str) -> None:
    """Read with its own source, or refused where nothing tells which is the device's."""
    text = fixture(name).decode()
    line = next(one for one in text.splitlines() if old in one)
    whole = records(read(line.encode()))
    decoded = read(line.replace(old, new, 1).encode())
    assert {row["src_addr"] for row in records(decoded)} <= {whole[0]["src_addr"]}
    assert outcomes(decoded)[1] + outcomes(decoded)[3] == 1, "neither a record nor a reject"


def test_an_address_that_is_there_twice_without_quotes_is_refused() -> None:
    line = b"CEF:0|A|B|1|1|n|1|src=10.6.6.6 msg=x src=203.0.113.7 dst=198.51.100.2 proto=TCP spt=1 dpt=2"
    decoded = read(line, live=True)
    assert decoded.counts["cef", "reject:form"] == 1


_THREAT = b"Nov 12 03:14:05 gw CEF:0|Ubiquiti|UniFi Network|10.0|201|Threat|7|proto=TCP src=203.0.113.20 %s dpt=80 UNIFIdstZone=Internal UNIFIutcTime=2026-11-12T02:14:05Z"


@pytest.mark.parametrize("ends", [b"dst=198.51.100.999", b"dst=x", b"dst=", b"dst=198.51.100.1 dst=198.51.100.2", b"c6a3=x:y"])
def test_a_destination_that_is_none_is_not_as_if_there_were_none(ends: bytes) -> None:
    assert outcomes(read(_THREAT % ends + b"\n")) == (1, 0, 0, 1)
    assert outcomes(read(_THREAT % b"" + b"\n")) == (1, 1, 0, 0)
