"""A log is rotated while lines come: the counters that monitoring reads lose none, unlike a grep for what was added to a file."""

import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.peers.munin import munin, node
from tests.peers.running import Running, up, wait_for
from varde.faces import STEP_SECONDS, board_of, panel_named, read_board
from varde.model import VardeError

pytestmark = pytest.mark.peer("munin-node")

ATTEMPTS = 600
BETWEEN = 120
"""Attempts between two rotations."""
_PACE = 0.01
_LOGINS = panel_named("logins")
_TOLD_SECONDS = 40.0
"""A line is counted when its batch is closed, and told within the ten seconds of a board."""


def _line(number: int, at: float) -> str:
    """A failed login of a synthetic honeypot."""
    document = {
        "eventid": "cowrie.login.failed", "username": "root", "password": f"p{number}", "message": f"login attempt [root/p{number}] failed",
        "sensor": "pot", "timestamp": datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "src_ip": f"198.18.{number >> 8}.{number & 255}", "session": f"{number:012x}", "protocol": "ssh",
    }  # fmt: skip
    return json.dumps(document) + "\n"


def _failed(running: Running, store: Path) -> float | None:
    assert running.process.poll() is None, running.said
    try:
        return next(curve.value for curve in read_board(board_of(store)).panel(_LOGINS) if curve.name == "failed")
    except VardeError:
        return None


def _rotate(log: Path, number: int) -> None:
    """As logrotate does it with `create`. Its `copytruncate` loses by itself what comes between the copy and the cut."""
    log.rename(log.with_name(f"{log.name}.{number}"))
    log.touch()


def _at_a_node(store: Path) -> int:
    """What a real munin-node told last."""
    with munin() as one:
        one.install(store)
        with node(one):
            answer = one.say("cap multigraph", "fetch varde_all")
    told = [line for line in answer if line.startswith("failed.value ")]
    return int(told[-1].rpartition(":")[2])


def test_no_login_is_lost_or_counted_twice_when_its_log_is_rotated(tmp_path: Path) -> None:
    log, store = tmp_path / "cowrie.json", tmp_path / "store"
    log.touch()
    with up(tmp_path, str(log), listen=()) as running:
        wait_for(lambda: _failed(running, store) == 0, _TOLD_SECONDS)
        for number in range(1, ATTEMPTS + 1):
            with log.open("a") as file:
                file.write(_line(number, time.time()))
            if number % BETWEEN == BETWEEN // 2:
                _rotate(log, number // BETWEEN)
            time.sleep(_PACE)
        wait_for(lambda: (_failed(running, store) or 0) >= ATTEMPTS, _TOLD_SECONDS)
        time.sleep(STEP_SECONDS + 1)  # one board more: what is counted twice would show
        assert _failed(running, store) == ATTEMPTS
        assert _at_a_node(store) == ATTEMPTS
