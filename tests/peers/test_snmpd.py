"""Varde's own counters, served by a real snmpd and read by Net-SNMP's clients; its MIB, read by libsmi and by Net-SNMP."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, find_peer
from tests.peers.mailfilter import snmpd, walk
from tests.peers.nameserver import free_port
from tests.peers.running import wait_for
from varde.faces import Labels, Ring, board_of, write_board
from varde.faces.snmp import PLAYPEN, mib

pytestmark = pytest.mark.peer("snmpd", "snmpwalk", "snmpbulkwalk", "snmptranslate", "smilint")

STANDARD = ROOT / "tests" / "data" / "mibs"
FAILED = f".{PLAYPEN}.2.1.5.6.108.111.103.105.110.115.6.102.97.105.108.101.100"


def tell(store: Path, failed: float, written: float | None = None) -> None:
    """What a station would write: some logins, a list with a name that a stranger chose."""
    store.mkdir(exist_ok=True)
    now = time.time() if written is None else written
    samples: dict[str, dict[Labels, float]] = {
        "varde_logins_total": {(("outcome", "failed"),): failed, (("outcome", "accepted"),): 1},
        "varde_list_age_seconds": {(("list", "evil\nset\n.1.3"),): 17.4},
    }
    ring = Ring()
    ring.put(now - 60, {**samples, "varde_logins_total": {(("outcome", "failed"),): failed - 30}})
    ring.put(now, samples)
    about = {"written": f"{now:.3f}", "started": f"{now:.3f}", "version": "0", "pid": "1", "host": "edge", "page": ""}
    write_board(board_of(store), about, dict.fromkeys(samples, ("counter", "")), samples, ring)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """snmpd with our pass_persist line; its port, and the store."""
    store, port = tmp_path / "store", free_port()
    command = shlex.join(["/usr/bin/env", f"PYTHONPATH={ROOT / 'src'}", f"HOME={tmp_path}", sys.executable, "-P", "-m", "varde", "snmp", "pass", "--store", str(store)])
    more = f"view mail included .{PLAYPEN}\npass_persist .{PLAYPEN} {command}"
    with snmpd(tmp_path, port, free_port(), more):
        yield port, store


def test_snmpd_serves_what_a_station_counts(agent: tuple[int, Path]) -> None:
    port, store = agent
    assert f".{PLAYPEN}.1.1.0 = INTEGER: 3" in walk(port, PLAYPEN), "nothing is there yet, and it says so"
    tell(store, 12_345_678_901)
    wait_for(lambda: "INTEGER: 1" in walk(port, f"{PLAYPEN}.1.1"))
    told = walk(port, PLAYPEN)
    assert f"{FAILED} = Counter64: 12345678901" in told
    assert f"{FAILED.replace('.2.1.5.', '.2.1.6.', 1)} = Gauge32: 3000" in told, "thirty a minute, times 100"
    assert "evil\\nset" in told.replace("\\\\", "\\"), "one line, whatever the name"
    assert walk(port, PLAYPEN, "snmpbulkwalk") == told
    tell(store, 12_345_678_999)
    wait_for(lambda: f"{FAILED} = Counter64: 12345678999" in walk(port, PLAYPEN))
    tell(store, 12_345_678_999, time.time() - 3_600)
    wait_for(lambda: "INTEGER: 2" in walk(port, f"{PLAYPEN}.1.1"))
    assert FAILED not in walk(port, PLAYPEN), "what is an hour old is nothing of now"
    board_of(store).write_bytes(b"SQLite format 3\0" + os.urandom(5_000))
    wait_for(lambda: "INTEGER: 3" in walk(port, f"{PLAYPEN}.1.1"))


def test_a_walk_a_second_for_long(agent: tuple[int, Path]) -> None:
    port, store = agent
    tell(store, 5)
    wait_for(lambda: FAILED in walk(port, PLAYPEN))
    rows = len(walk(port, PLAYPEN).splitlines())
    start = time.monotonic()
    assert all(len(walk(port, PLAYPEN).splitlines()) == rows for _ in range(30))
    assert time.monotonic() - start < 30


def test_both_readers_of_mibs_take_ours(tmp_path: Path) -> None:
    for one in STANDARD.glob("*.txt"):
        shutil.copy(one, tmp_path / one.stem)
    (tmp_path / "smi.conf").write_text(f"path {tmp_path}\n")
    (tmp_path / "VARDE-MIB").write_text(mib())
    assert lint(tmp_path) == ""
    (tmp_path / "VARDE-MIB").write_text(mib("1.3.6.1.4.1.32473.5"))
    assert lint(tmp_path) == ""
    (tmp_path / "VARDE-MIB").write_text(mib().replace("Counter64\n    MAX", "Counter65\n    MAX"))
    assert "Counter65" in lint(tmp_path), "it does look"
    (tmp_path / "VARDE-MIB").write_text(mib())
    environment = os.environ | {"MIBDIRS": f"{tmp_path}", "HOME": str(tmp_path)}
    name = [str(find_peer("snmptranslate")), "-m", "VARDE-MIB", "-On", 'VARDE-MIB::vardeLineTotal."logins"."failed"']
    done = subprocess.run(name, env=environment, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == FAILED


def lint(folder: Path) -> str:
    command = [str(find_peer("smilint")), "-c", str(folder / "smi.conf"), "-l", "5", str(folder / "VARDE-MIB")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return "".join(line for line in (done.stdout + done.stderr).splitlines(keepends=True) if "implicit node definition" not in line)
