"""Honeypot logs to columns: Cowrie's text beside the articles' grep and Perl, and its JSON; both synthetic."""

import random
import tempfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.measure import ROOT, Result, Run, child, python

LINES = 1_000_000
JSON_OCTETS = 200_000_000
DAY = date(2017, 1, 16)

_VARDE = """
import sys
from zoneinfo import ZoneInfo
from varde.collect.ahead import ahead
from varde.collect.text import blocks, open_text
from varde.decode import Lines, Origin
from varde.decode.reader import DIALECTS, Readers
origin = Origin("hp", "s", sys.argv[1], 0, ZoneInfo("UTC"), 1795305600_000000)
readers = Readers(DIALECTS.values(), frozenset(sys.argv[2:]) or None)
requests = ports = 0
def decode(block):
    return readers.read(Lines.of(block.data, block.offset), origin)
for _, decoded in ahead(blocks(open_text(sys.argv[1])), decode):
    tunnels = decoded.others.get("tunnels")
    requests += 0 if tunnels is None else len(tunnels)
    ports += 0 if tunnels is None else tunnels["target_port"].sum()
print(requests, ports)
"""

_SAID = (
    "[SSHService ssh-userauth on HoneyPotSSHTransport,{n},{ip}] login attempt [{user}/{password}] failed",
    "[SSHService ssh-connection on HoneyPotSSHTransport,{n},{ip}] direct-tcp connection request to {host}:{port} from localhost:5556",
    "[SSHService ssh-connection on HoneyPotSSHTransport,{n},{ip}] got channel direct-tcpip request",
    "[HoneyPotSSHTransport,{n},{ip}] Connection lost after {n} seconds",
    "[-] Unhandled Error",
)
"""A log's lines, about as often as each is there: half of them say nothing that a table has a column for."""

_WEIGHTS = (30, 15, 30, 10, 15)


def run(*, small: bool) -> list[Result]:
    """Both sides must find the same requests, or there is nothing to compare."""
    with tempfile.TemporaryDirectory() as folder:
        text, json_ = Path(folder, "cowrie.log"), Path(folder, "cowrie.json")
        _write_text(text, LINES // 10 if small else LINES)
        _write_json(json_, JSON_OCTETS // 10 if small else JSON_OCTETS)
        return [*_text(text, LINES // 10 if small else LINES), *_json(json_)]


def _text(path: Path, lines: int) -> list[Result]:
    grep = f"grep '{DAY}.*direct-tcp connection request' {path} | perl {ROOT}/bench/cowrie.pl"
    peer = child(["sh", "-c", grep])
    one, two = (python(_VARDE, str(path), POLARS_MAX_THREADS=threads) for threads in ("1", "2"))
    few, wide = (python(_VARDE, str(path), "tunnels", POLARS_MAX_THREADS=threads) for threads in ("1", "2"))
    if {one.output, few.output} != {peer.output}:
        raise AssertionError(f"the sides disagree: grep and Perl {peer.output.strip()}, Varde {one.output.strip()} and {few.output.strip()}")
    begin = _start(path)
    job = "Cowrie's text to columns"
    return [
        Result(job, "grep and Perl, requests only", f"{lines / peer.cpu / 1e3:,.0f} k lines/s CPU"),
        Result(job, "Varde, requests only", f"{lines / few.cpu / 1e3:,.0f} k lines/s CPU", f"{peer.cpu / few.cpu:.2f} x grep and Perl"),
        *_without_start(job, lines, few, peer, begin),
        Result(job, "Varde, requests only, wall clock, two cores", f"{lines / wide.wall / 1e3:,.0f} k lines/s", f"{peer.wall / wide.wall:.2f} x grep and Perl"),
        Result(job, "Varde, all events", f"{lines / one.cpu / 1e3:,.0f} k lines/s CPU", f"{peer.cpu / one.cpu:.2f} x grep and Perl"),
        Result(job, "Varde, wall clock, two cores", f"{lines / two.wall / 1e3:,.0f} k lines/s"),
    ]


def _without_start(job: str, lines: int, few: Run, peer: Run, begin: float) -> list[Result]:
    """Nothing where most of the work was the start: of what is left noise is the larger part."""
    work = few.cpu - begin
    if work < begin:
        return []
    return [Result(job, "Varde, requests only, without its start", f"{lines / work / 1e3:,.0f} k lines/s CPU", f"{peer.cpu / work:.2f} x grep and Perl")]


def _start(path: Path) -> float:
    """CPU seconds until the first line: of a million lines that is a third of the work, of a year's nothing."""
    few = path.with_name("few.log")
    with path.open() as file:
        few.write_text(file.readline())
    return python(_VARDE, str(few), "tunnels", POLARS_MAX_THREADS="1").cpu


def _json(path: Path) -> list[Result]:
    one, two = (python(_VARDE, str(path), POLARS_MAX_THREADS=threads) for threads in ("1", "2"))
    few = python(_VARDE, str(path), "tunnels", POLARS_MAX_THREADS="1")
    size = path.stat().st_size / 1e6
    return [
        Result("Cowrie's JSON to columns", "Varde, CPU", f"{size / one.cpu:,.0f} MB/s"),
        Result("Cowrie's JSON to columns", "Varde, requests only, CPU", f"{size / few.cpu:,.0f} MB/s"),
        Result("Cowrie's JSON to columns", "Varde, wall clock, two cores", f"{size / min(one.wall, two.wall):,.0f} MB/s"),
    ]


def _write_text(path: Path, lines: int) -> None:
    rng = random.Random(1)
    begin, step = datetime(DAY.year, DAY.month, DAY.day, tzinfo=timezone.utc), timedelta(days=1) / lines
    with path.open("w") as file:
        for number, said in enumerate(rng.choices(_SAID, _WEIGHTS, k=lines)):
            words = said.format(
                n=number // 40, ip=f"198.51.{rng.randrange(4)}.{rng.randrange(256)}", user=rng.choice(("root", "admin", "pi")),
                password=f"p{rng.randrange(20_000)}", host=f"203.0.113.{rng.randrange(256)}", port=rng.choice((25, 80, 443)),
            )  # fmt: skip
            file.write(f"{begin + step * number:%Y-%m-%d %H:%M:%S}+0000 {words}\n")


def _write_json(path: Path, octets: int) -> None:
    from varde.simulate import honeypot_day

    with path.open("wb") as file:
        for seed in range(1, 1000):
            file.write(honeypot_day(DAY + timedelta(days=seed), zone=ZoneInfo("UTC"), seed=seed, sessions=9_000)[0])
            if file.tell() >= octets:
                return
