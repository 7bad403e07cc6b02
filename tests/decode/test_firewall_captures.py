"""Real lines: captures of our own rules, counted independently, and other projects' samples with their expectations."""

import re
from collections import Counter

import pytest
from firewall_family import DATA, SHARED, outcomes, read, records

LAB = sorted((DATA / "lab").glob("*"))


@pytest.mark.parametrize("path", LAB, ids=lambda path: path.name)
def test_a_capture_of_linux_rules_is_read_whole(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text()
    lines = [line for line in text.splitlines() if " SRC=" in line]
    rows = records(read(path.read_bytes()))
    assert len(rows) == len(lines) == len(text.splitlines())
    assert Counter(row["proto"] for row in rows) == Counter(
        {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPv6": 58}[re.search(r" PROTO=(\w+)", line)[1]] for line in lines
    )
    assert [row.get("dst_port") for row in rows] == [
        int(found[1]) if (found := re.search(r"DPT=(\d+)", line)) else None for line in lines
    ]
    assert [row["length"] for row in rows] == [int(re.search(r" LEN=(\d+)", line)[1]) for line in lines]
    assert [row["ttl"] for row in rows] == [int(re.search(r"(?:TTL|HOPLIMIT)=(\d+)", line)[1]) for line in lines]
    assert [row.get("tcp_seq") for row in rows] == [
        int(found[1]) if (found := re.search(r" PROTO=TCP .*SEQ=(\d+)", line)) else None for line in lines
    ]
    assert sum(row.get("tcp_flags") == 2 for row in rows) == text.count(" SYN ")
    assert len({row["src_mac"] for row in rows}) == 1
    expected = "block" if path.name != "nft_dmesg.txt" else None
    assert {row["action"] for row in rows} == {expected} if expected else "unknown" in {row["action"] for row in rows}


_HUB = SHARED / "data" / "firewall" / "crowdsec-hub" / ".tests"
_ASSERTION = re.compile(r'results\["s01-parse"\]\["([^"]+)"\]\[(\d+)\]\.(?:Success == (\w+)|Evt\.(Parsed|Meta)\["(\w+)"\] == "(.*)")$')
_FIELDS = {"source_ip": "src_addr", "src_ip": "src_addr", "dst_ip": "dst_addr", "src_port": "src_port", "dst_port": "dst_port"}
_HUB_TESTS = {
    "iptables-logs": "linux", "mikrotik-logs": "mikrotik", "pf-logs": "filterlog", "proxmox-iptables-logs": "linux",
    "unifi-logs": "linux",
}  # fmt: skip


def _expected(path) -> list[dict[str, str]]:  # type: ignore[no-untyped-def]
    """What the hub's parsers are to find in packets that they read, by our column names, each once."""
    found: dict[tuple[str, int], dict[str, str]] = {}
    for line in path.read_text().splitlines():
        if match := _ASSERTION.match(line):
            entry = found.setdefault((match[1], int(match[2])), {})
            if match[3]:
                entry["ok"] = match[3]
            elif match[5] in _FIELDS and match[6]:
                entry[_FIELDS[match[5]]] = match[6]
    packets = [entry for entry in found.values() if entry.pop("ok", "") == "true" and {"src_addr", "dst_addr"} <= entry.keys()]
    return [dict(items) for items in dict.fromkeys(tuple(sorted(entry.items())) for entry in packets)]


@pytest.mark.parametrize(("name", "dialect"), _HUB_TESTS.items())
def test_lines_of_crowdsec_hub_give_what_its_parsers_expect(name: str, dialect: str) -> None:
    if not _HUB.is_dir():
        pytest.skip(f"no crowdsec-hub samples in {_HUB}")
    log = next((_HUB / name).glob("*.log")).read_bytes()
    rows = records(read(log))
    expected = _expected(_HUB / name / "parser.assert")
    assert expected, "no expectation was read"
    found = [{key: str(row[key]) for key in _FIELDS.values() if key in row} for row in rows if row["dialect"] == dialect]
    for entry in expected:
        assert any(entry.items() <= one.items() for one in found), entry
    assert len(found) >= len(expected)


def test_a_unifi_threat_to_a_client_without_address_is_a_record_without_destination() -> None:
    if not _HUB.is_dir():
        pytest.skip(f"no crowdsec-hub samples in {_HUB}")
    decoded = read((_HUB / "unifi-cef" / "cef-logs.log").read_bytes())
    (row,) = records(decoded)
    assert (row["src_addr"], row["dst_port"], row["action"], row["chain"]) == ("198.51.100.10", 80, "block", "External->Internal")
    assert "dst_addr" not in row
    assert outcomes(decoded) == (3, 1, 2, 0)


_HUB_PACKETS = {
    "iptables-scan-multi-port": "linux", "mikrotik-scan-multi_ports": "mikrotik", "pf-scan-multi-port": "filterlog",
    "pfsense-rfc5424-filterlog": "filterlog",
}  # fmt: skip


@pytest.mark.parametrize(("name", "dialect"), _HUB_PACKETS.items())
def test_every_packet_of_crowdsec_hub_without_expectations_is_read(name: str, dialect: str) -> None:
    if not _HUB.is_dir():
        pytest.skip(f"no crowdsec-hub samples in {_HUB}")
    log = next((_HUB / name).glob("*.log")).read_bytes()
    packets = [line for line in log.splitlines() if line.strip() and (b"SRC=" in line or b"->" in line or b",match," in line)]
    decoded = read(log)
    assert decoded.counts[dialect, "records"] == len(packets) >= 4
    with_port = [line for line in packets if dialect != "linux" or b" DPT=" in line]
    assert decoded.batch["dst_port"].count() == len(with_port)
    assert outcomes(decoded)[3] == 0


# line of data/firewall/vendor-lines/lines.txt that holds a packet -> dialect; all others describe none or are masked
_VENDOR_RECORDS = {
    "mikrotik": 1, "linux": 1, "asa": 3, "fortigate": 2, "junos": 4, "panos": 4, "sophos": 1, "checkpoint": 2, "meraki": 3,
}  # fmt: skip


def test_sample_lines_of_vendors_are_packets_or_ignored_or_masked() -> None:
    path = SHARED / "data" / "firewall" / "vendor-lines" / "lines.txt"
    if not path.is_file():
        pytest.skip(f"no vendor lines in {path}")
    decoded = read(path.read_bytes())
    assert Counter(row["dialect"] for row in records(decoded)) == _VENDOR_RECORDS
    masked = [sample for sample in decoded.rejects["sample"] if "X" in sample]
    assert len(decoded.rejects) == len(masked), "a reject that is no masked line"
