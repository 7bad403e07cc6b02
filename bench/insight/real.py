"""Real logs with a licence that lets anybody read them, where they lie beside the checkout: read in place and never copied.

They are samples of a few lines each, from the tests of the CrowdSec hub (MIT): three of real scans, which its own rules find too, and the
rest of packets in which nobody scans. They are too few to count false alarms by the day with: only that none is there can be said."""

import ipaddress
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bench.insight.ours import alert_of
from bench.measure import ROOT, child
from varde.detect.campaigns import Campaigns

LOGS = Path(ROOT).parent / "shared" / "data" / "firewall" / "crowdsec-hub" / ".tests"

PACKETS = (
    "iptables-scan-multi-port", "mikrotik-scan-multi_ports", "pf-scan-multi-port", "proxmox-iptables-logs", "pf-logs", "mikrotik-logs", "iptables-logs",
    "pfsense-rfc5424-filterlog", "unifi-logs", "unifi-cef",
)  # fmt: skip
"""Folders of logs that have packets in them; the others tell of logins."""


@dataclass(frozen=True, slots=True)
class Read:
    """A log: its name, its packets, how many sources it has, whether its authors call it a scan, and what Varde calls it."""

    name: str
    packets: int
    sources: int
    is_scan: bool
    kinds: tuple[str, ...]


def logs() -> list[Read]:
    """What each log holds; nothing where the folder is not."""
    paths = [str(path) for name in PACKETS for path in sorted(LOGS.glob(f"{name}/*.log"))]
    if not paths:
        return []
    told = child([sys.executable, "-P", "-m", "varde", "decode", "--quiet", "--tz", "UTC", *paths]).output
    probes = [row for line in told.splitlines() if (row := json.loads(line))["kind"] == "probe"]
    return [_read(Path(path), [probe for probe in probes if probe["file"] == path]) for path in paths]


def _read(path: Path, probes: list[dict[str, object]]) -> Read:
    frame = _frame(probes)
    detectors = Campaigns(seed=1)
    detectors.add(frame)
    found = [alert_of(one, 0) for one in detectors.judge(int(frame["time"].to_numpy().max()) + 1)]
    return Read(path.stem, len(frame), frame["src_addr"].n_unique(), "scan" in path.parent.name, tuple(sorted({alert.kind for alert in found})))


def _frame(probes: list[dict[str, object]]) -> pl.DataFrame:
    names = ("src_port", "dst_port", "proto", "ttl", "ip_id", "tcp_window")
    rows = pl.DataFrame({name: pl.Series([probe.get(name) for probe in probes], dtype=pl.Int64) for name in names})
    return rows.with_columns(
        time=pl.Series([probe["time"] for probe in probes]).str.to_datetime(time_unit="us", time_zone="UTC").dt.epoch("us"),
        tcp_flags=pl.Series([_bits(str(probe["tcp_flags"])) if "tcp_flags" in probe else None for probe in probes], dtype=pl.Int64),
        src_addr=_addresses(probes, "src_addr"), dst_addr=_addresses(probes, "dst_addr"),
        action=pl.Series([str(probe["action"]) for probe in probes]),
    )  # fmt: skip


def _addresses(probes: list[dict[str, object]], name: str) -> pl.Series:
    """Null where the line has none."""
    return pl.Series([_octets(str(probe[name])) if name in probe else None for probe in probes], dtype=pl.Binary)


def _octets(address: str) -> bytes:
    known = ipaddress.ip_address(address)
    return known.packed if known.version == 6 else b"\0" * 10 + b"\xff\xff" + known.packed


def _bits(words: str) -> int:
    return sum(1 << place for place, word in enumerate(("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")) if word in words.split(","))
