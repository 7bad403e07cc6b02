"""A million listed addresses and fifty thousand networks: reading the list, building the matcher, starting with it, matching."""

import ipaddress
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.measure import Result, python
from varde.decode.intel import ListOrigin, read_list
from varde.intel import Guards, Matcher, build, dump, load

ADDRESSES = 1_000_000
NETWORKS = 50_000
ASKED = 10_000_000
SEED = 1
JOB = "match against 1 M addresses and 50 k networks"


def run(*, small: bool) -> list[Result]:
    """CPU seconds of one core, but for the start. Addresses are drawn over all unicast space, as those of scanners are."""
    share = 10 if small else 1
    rng = np.random.default_rng(SEED)
    listed = unicast(rng, ADDRESSES // share)
    text = list_of(listed, rng, NETWORKS // share)
    began = time.process_time()
    read = read_list(text, ListOrigin("bench", 0))
    reading = time.process_time() - began
    guards = Guards.of()
    began = time.process_time()
    matcher = build(guards.judge(read.indicators).kept, guards, now=0)
    building = time.process_time() - began
    return [
        Result(JOB, "a plain list of them read", f"{len(read.indicators) / reading / 1e6:.2f} M lines/s"),
        Result(JOB, "guarded and built, beside the matcher in force", f"{building:.1f} s"),
        *_matched(matcher, listed, rng, ASKED // share), *_ipv6(rng, ADDRESSES // share // 10, ASKED // share // 10), *_started(), *_rebuilt(share),
    ]  # fmt: skip


def _matched(matcher: Matcher, listed: NDArray[np.uint32], rng: np.random.Generator, count: int) -> list[Result]:
    asked = unicast(rng, count)
    rate, hits = _rate(lambda: matcher.lookup_v4(asked), count)
    octets = np.zeros((count, 16), dtype=np.uint8)
    octets[:, 10:12] = 255
    octets[:, 12:] = asked.astype(">u4").view(np.uint8).reshape(-1, 4)
    slower, _ = _rate(lambda: matcher.lookup(octets), count)
    sure = listed[rng.integers(0, len(listed), count // 4)]
    all_hits, _ = _rate(lambda: matcher.lookup_v4(sure), len(sure))
    return [
        Result(JOB, f"{count / 1e6:g} M IPv4 addresses as numbers, {100 * hits:.0f} % of them listed", f"{rate:.0f} M/s"),
        Result(JOB, "the same as 16 octets", f"{slower:.0f} M/s"),
        Result(JOB, "addresses that are all listed", f"{all_hits:.0f} M/s"),
    ]


def _ipv6(rng: np.random.Generator, networks: int, count: int) -> list[Result]:
    """Listed /48s, and addresses of which none is in one."""
    text = "\n".join(f"2a{at >> 16 & 255:02x}:{at & 65535:x}:{at % 65521:x}::/48" for at in range(networks)).encode()
    matcher = build(read_list(text, ListOrigin("bench", 0)).indicators, Guards.of(), now=0)
    octets = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    octets[:, 0] = 0x26
    rate, _ = _rate(lambda: matcher.lookup(octets), count)
    return [Result(JOB, f"IPv6 addresses in none of {networks:,} listed /48s", f"{rate:.0f} M/s")]


def _started() -> list[Result]:
    """A start with the matcher of the last run, with one and a half times as many indicators."""
    rng = np.random.default_rng(SEED)
    read = read_list(list_of(unicast(rng, ADDRESSES * 3 // 2), rng, 0), ListOrigin("bench", 0))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matcher.bin"
        path.write_bytes(dump(build(read.indicators, Guards.of(), now=0)))
        began = time.monotonic()
        load(path).lookup_v4(unicast(rng, 1000))
        took = time.monotonic() - began
        return [Result("start-up", "a kept matcher of 1.5 M indicators", f"{took:.2f} s wall clock", f"{path.stat().st_size / 1e6:.0f} MB mapped")]


_REBUILD = """
import sys, time
from pathlib import Path
from varde.collect.lists import Lists
from varde.intel import Guards

def resident(what):
    return next(int(line.split()[1]) // 1000 for line in open("/proc/self/status") if line.startswith(what))

lists = Lists(Path(sys.argv[1]))
assert lists.open()
Path("/proc/self/clear_refs").write_text("5")  # what was the most until now is forgotten
before = resident("VmRSS")
lists.configure([], Guards.of(allowed=["198.51.100.7"]))
began = time.monotonic()
assert lists.poll()
took = time.monotonic() - began
time.sleep(5)
print(took, resident("VmHWM") - before, resident("VmRSS") - before)
"""
"""A process with the lists of a station and the matcher of its last run, in which something else is allowed."""


_IMPORT = "import sys; from pathlib import Path; from varde.collect.lists import Lists; Lists(Path(sys.argv[1])).import_file(sys.argv[2], 'it')"

_READ_AGAIN = """
import sys, time
from pathlib import Path
from varde.collect.list_source import ListSource
from varde.collect.lists import Lists

def resident(what):
    return next(int(line.split()[1]) // 1000 for line in open("/proc/self/status") if line.startswith(what))

path = Path(sys.argv[2])
lists = Lists(Path(sys.argv[1], "station"), [ListSource("it", str(path))])
lists.apart = True
assert lists.poll()
with path.open("ab") as file:
    file.write(b"\\n198.51.100.7\\n")
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
began = time.monotonic()
assert lists.poll()
took = time.monotonic() - began
time.sleep(5)
print(took, resident("VmHWM") - before, resident("VmRSS") - before)
"""
"""A process as a station, whose list is another than before."""


def _rebuilt(share: int) -> list[Result]:
    """What a station grows by when lists change: three quarters addresses, a twentieth networks, a fifth names."""
    rng, count = np.random.default_rng(SEED), ADDRESSES * 3 // 2 // share
    names = [f"{first:x}.synthetic-{at % 50_000}.example" for at, first in enumerate(rng.integers(0, 1 << 32, count // 5).tolist())]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        path.write_bytes(list_of(unicast(rng, count * 3 // 4), rng, count // 20) + b"\n" + "\n".join(names).encode())
        python(_IMPORT, folder, str(path))
        took, most, rest = python(_REBUILD, folder).output.split()
        again, grew, kept = python(_READ_AGAIN, folder, str(path)).output.split()
        imported = python(_IMPORT, folder + "/new", str(path))
    job = f"a station whose lists have {count / 1e6:g} M indicators"
    return [
        Result(job, "guarded and built anew, in the background", f"{float(took):.1f} s wall clock", f"{most} MB more at most, {rest} MB 5 s later"),
        Result(job, "a list of them that changed: read in a process of its own, and built", f"{float(again):.1f} s wall clock", f"{grew} MB more at most, {kept} MB 5 s later"),
        Result(job, "all of it by a command: `varde intel import`", f"{imported.wall:.1f} s wall clock", f"{imported.memory / 1e6:.0f} MB at most"),
    ]


def unicast(rng: np.random.Generator, count: int) -> NDArray[np.uint32]:
    return rng.integers(1 << 24, 224 << 24, count, dtype=np.uint32)


def list_of(addresses: NDArray[np.uint32], rng: np.random.Generator, networks: int) -> bytes:
    octets = addresses.astype(">u4").view(np.uint8).reshape(-1, 4)
    lines = pl.DataFrame(octets, schema=["a", "b", "c", "d"]).select(pl.concat_str(pl.all(), separator=".")).to_series().to_list()
    pairs = zip(unicast(rng, networks).tolist(), rng.integers(16, 29, networks).tolist(), strict=True)
    lines += [str(ipaddress.IPv4Network((start, bits), strict=False)) for start, bits in pairs]
    return "\n".join(lines).encode()


def _rate(work: Callable[[], NDArray[np.int32]], count: int) -> tuple[float, float]:
    """Million addresses a second of one core, and the share of them that was found; the better of two."""
    best, found = 0.0, np.zeros(0, dtype=np.int32)
    for _ in range(2):
        began = time.process_time()
        found = work()
        best = max(best, count / (time.process_time() - began) / 1e6)
    return best, float((found >= 0).mean())
