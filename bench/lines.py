"""Lines to columns: RouterOS lines read by Varde, by Perl doing the same job, and scanned by ripgrep as the bound."""

import re
import shutil
import tempfile
from pathlib import Path

from bench.measure import ROOT, Result, child, python, synthetic_file

LINES = 2_000_000
_STAMP = re.compile(rb"^2026-11-([0-9]{2})T([0-9:]{8})\S*", re.MULTILINE)
_PIECE = 16 * 1024 * 1024

_VARDE = """
import sys, numpy as np
from zoneinfo import ZoneInfo
from varde.collect.text import blocks, open_text
from varde.decode import Lines, Origin
from varde.decode.addresses import matrix
from varde.decode.firewall import DIALECTS, FirewallReader
origin = Origin("fw", "s", sys.argv[1], 0, ZoneInfo("UTC"), 1795305600_000000)
reader = FirewallReader(DIALECTS.values())
lines = records = total = 0
def number(addresses):
    return np.ascontiguousarray(matrix(addresses)[:, 12:]).view(">u4").sum(dtype=np.int64)
for block in blocks(open_text(sys.argv[1])):
    decoded = reader.read(Lines.of(block.data, block.offset), origin)
    batch = decoded.batch
    lines += decoded.counts["", "lines"]
    records += len(batch)
    seconds = (batch["time"] // 1_000_000 % 86400).sum()
    total += int(seconds + batch["src_port"].sum() + batch["dst_port"].sum() + batch["length"].sum())
    total += int(number(batch["src_addr"]) + number(batch["dst_addr"]))
print(lines, records, total)
"""


def run(*, small: bool) -> list[Result]:
    """Both sides must print the same lines, records and checksum, or there is nothing to compare."""
    count = LINES // 10 if small else LINES
    with tempfile.TemporaryDirectory() as folder:
        path = _old_stamps(synthetic_file(Path(folder), "mikrotik", count))
        perl = child(["perl", str(ROOT / "bench" / "lines.pl"), "2026", str(path)])
        one = python(_VARDE, str(path), POLARS_MAX_THREADS="1")
        two = python(_VARDE, str(path), POLARS_MAX_THREADS="2")
        if one.output != perl.output:
            raise AssertionError(f"the sides disagree: Perl {perl.output.strip()}, Varde {one.output.strip()}")
        read = int(one.output.split()[0])
        results = [
            Result("lines to columns", "Perl, one core", f"{read / perl.cpu / 1e3:,.0f} k lines/s"),
            Result("lines to columns", "Varde, one core", f"{read / one.cpu / 1e3:,.0f} k lines/s", f"{perl.cpu / one.cpu:.1f} x Perl"),
            Result("lines to columns", "Varde, wall clock, two cores", f"{read / two.wall / 1e3:,.0f} k lines/s", f"{perl.wall / two.wall:.1f} x Perl"),
        ]
        if shutil.which("rg"):
            scan = child(["rg", "-c", "proto TCP", str(path)])
            results.append(Result("lines to columns", "ripgrep -c, the bound", f"{path.stat().st_size / scan.wall / 1e6:,.0f} MB/s wall clock"))
            results.append(Result("lines to columns", "Varde, two cores", f"{path.stat().st_size / two.wall / 1e6:,.0f} MB/s wall clock"))
        return results


def _old_stamps(path: Path) -> Path:
    """The same lines with RFC 3164 stamps and IPv4 TCP and UDP only, which is what the Perl knows."""
    out = path.with_suffix(".3164.log")
    with path.open("rb") as source, out.open("wb") as target:
        held = b""
        while piece := source.read(_PIECE):
            text, _, held = (held + piece).rpartition(b"\n")
            kept = [line for line in text.split(b"\n") if b"->" in line and b"[" not in line and b"ICMP" not in line and b":" in line.split(b"->")[1]]
            target.write(_STAMP.sub(rb"Nov \1 \2", b"\n".join(kept)) + b"\n")
    return out
