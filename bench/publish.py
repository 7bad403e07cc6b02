"""A policy zone of half a million names: selected, written and proved, beside named-checkzone reading the same file."""

import shutil
import tempfile
import time
from pathlib import Path

import polars as pl

from bench.measure import Result, child, python
from varde.decode.intel import ListOrigin, read_list
from varde.export.intel import FORMATS, ExportOptions, select
from varde.intel import Guards

NAMES = 500_000
ALLOWED = 1_000
JOB = "RPZ of 500,000 names"

_CODE = """
import gc, sys, time
from pathlib import Path
import polars as pl
from varde.export.intel import FORMATS, ExportOptions, select
from varde.intel import Guards
from varde.intel.proof import Expected, prove
from varde.intel.zonefile import read_zone
from varde.app.cli import GARBAGE_AFTER
gc.set_threshold(GARBAGE_AFTER)  # as the program runs
rows = pl.read_parquet(sys.argv[1])
allowed = Path(sys.argv[2]).read_text().split()
begun = time.process_time(), time.monotonic()
content = FORMATS["rpz"].write(select(rows, Guards.of(allowed=allowed), now=0), ExportOptions()).parts[0].content()
Path(sys.argv[3]).write_bytes(content)
written = time.process_time(), time.monotonic()
found = prove(read_zone(Path(sys.argv[3]).read_bytes(), "rpz.varde"), Expected.of(rows["value"].to_list(), [], allowed))
proved = time.process_time(), time.monotonic()
assert found.holds, found.leaks[:3]
print(written[0] - begun[0], proved[0] - written[0], proved[1] - begun[1], found.names, found.owners)
"""


def run(*, small: bool) -> list[Result]:
    """CPU seconds of one process each, and wall clock for the whole. Names are synthetic: two thirds stand alone, a third under others."""
    count = NAMES // (10 if small else 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, allowed, zone = folder / "rows.parquet", folder / "allowed.txt", folder / "rpz.db"
        read_list("\n".join(synthetic_names(count)).encode(), ListOrigin("bench", 0)).indicators.write_parquet(rows)
        allowed.write_text("\n".join(f"good.deep.h{at * 3}.site{at * 3 % 9973}.example" for at in range(ALLOWED)))
        writing, proving, wall, names, owners = python(_CODE, str(rows), str(allowed), str(zone)).output.split()
        results = [
            Result(JOB, f"{int(names):,} names selected and written, {int(owners):,} owners", f"{float(writing):.1f} s"),
            Result(JOB, "the file read again and proved", f"{float(proving):.1f} s"),
            Result(JOB, "written and proved, wall clock", f"{float(wall):.1f} s"),
        ]
        return results + _beside(zone, float(proving)) + _others(rows)


def synthetic_names(count: int) -> list[str]:
    """Made-up names of the reserved ends."""
    return [f"h{at}.site{at % 9973}.example" if at % 3 == 0 else f"bad{at}.{('example', 'test')[at % 2]}" for at in range(count)]


def _beside(zone: Path, proving: float) -> list[Result]:
    peer = shutil.which("named-checkzone")
    if peer is None:
        return []
    run = child([peer, "-q", "rpz.varde", str(zone)])
    return [Result(JOB, "named-checkzone reads it, and proves nothing", f"{run.cpu:.1f} s", f"the proof takes {proving / run.cpu:.1f} times that")]


def _others(rows: Path) -> list[Result]:
    """The other formats of names, from the same selection."""
    begun = time.process_time()
    selection = select(pl.read_parquet(rows), Guards.of(), now=0)
    results = [Result(JOB, "judged for any format", f"{time.process_time() - begun:.1f} s")]
    for form in ("unbound", "dnsmasq", "suricata"):
        begun = time.process_time()
        FORMATS[form].write(selection, ExportOptions())
        results.append(Result(JOB, f"the same as {form}", f"{time.process_time() - begun:.1f} s"))
    return results
