"""Log file to stored table, and how much memory that takes as the file grows."""

import sys
import tempfile
from pathlib import Path

from bench.measure import Result, child, python, synthetic_file

LINES = 2_000_000
LARGE_OCTETS = 2_000_000_000

_READ = "from varde.app import main; main()"


def run(*, small: bool) -> list[Result]:
    """Import one file through the command line, then a file of 2 GB for its memory."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for form in ("mikrotik", "linux"):
            count = LINES // 10 if small else LINES
            path = synthetic_file(Path(folder), form, count)
            done = python(_READ, "read", "--quiet", "--store", f"{folder}/{form}", str(path))
            stored = sum(p.stat().st_size for p in Path(folder, form).rglob("*.parquet"))
            results.append(Result("log file to stored table", f"{form}, two cores", f"{count / done.wall / 1e3:,.0f} k lines/s wall clock",
                                  f"{stored / count:.0f} octets a record stored"))  # fmt: skip
            if form == "mikrotik":
                results.append(_memory(path, Path(folder), small))
            path.unlink()
    return results


def _memory(path: Path, folder: Path, small: bool) -> Result:
    large = folder / "large.log"
    wanted = LARGE_OCTETS // 10 if small else LARGE_OCTETS
    one = path.read_bytes()
    with large.open("wb") as file:
        while file.tell() < wanted:
            file.write(one)
    done = child([sys.executable, "-c", _READ, "read", "--quiet", "--store", f"{folder}/large", str(large)])
    size = large.stat().st_size
    large.unlink()
    return Result("memory", f"reading a file of {size / 1e9:.1f} GB", f"{done.memory / 1e6:,.0f} MB resident at most", f"{size / done.wall / 1e6:,.0f} MB/s wall clock")
