"""Queues of a real Postfix, as amavisd's subagent counts them and `varde` reads them over SNMP."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.cli_run import varde
from tests.peers.mailfilter import BASE, COMMUNITY, MailFilter, mail_filter, walk
from tests.peers.postfix import Postfix, postfix
from tests.peers.running import up, wait_for
from varde.faces import board_of, panel_named, read_board

pytestmark = [
    pytest.mark.peer("postfix", "amavisd", "amavisd-snmp-subagent", "libsnmp-perl", "snmpd", "snmpwalk"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix is started by root"), pytest.mark.timeout(240),
]  # fmt: skip

WAITING = 5
QUEUES = panel_named("postfix_queues")


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Postfix, MailFilter]]:
    with tempfile.TemporaryDirectory(prefix="varde-mta-") as folder:
        Path(folder).chmod(0o755)
        with postfix(Path(folder)) as mta, mail_filter(mta=mta.config) as mail:
            mta.send(WAITING)
            wait_for(lambda: mta.waiting("deferred") == WAITING, 60)
            wait_for(lambda: f"Gauge32: {WAITING}" in walk(mail.snmp, f"{BASE}.3"), 60)
            yield mta, mail


def test_the_queues_are_told(tmp_path: Path, both: tuple[Postfix, MailFilter]) -> None:
    _, mail = both
    (tmp_path / "community").write_text(COMMUNITY + "\n")
    done = varde(tmp_path, "amavis", f"127.0.0.1:{mail.snmp}", "--json", "--community-file", str(tmp_path / "community"))
    assert done.status == 0, done.err
    values = json.loads(done.out)["hosts"][0]["values"]
    queues = {name: count for name, count in values.items() if name.startswith("mtaQueueEntries")}
    assert queues == {"mtaQueueEntriesMaildrop": 0, "mtaQueueEntriesIncoming": 0, "mtaQueueEntriesActive": 0, "mtaQueueEntriesDeferred": WAITING}


def test_a_station_draws_and_checks_them(tmp_path: Path, both: tuple[Postfix, MailFilter]) -> None:
    _, mail = both
    (tmp_path / "community").write_text(COMMUNITY + "\n")
    config = tmp_path / "varde.toml"
    config.write_text(f'[amavis]\nhosts = ["127.0.0.1:{mail.snmp}"]\nevery_seconds = 5\ntimeout = 4\ncommunity_file = "{tmp_path}/community"\n')
    store = tmp_path / "store"
    with up(tmp_path, "--config", str(config), "/dev/null"):
        board = board_of(store)
        wait_for(lambda: board.exists() and {curve.name: curve.value for curve in read_board(board).panel(QUEUES)}.get("deferred") == WAITING, 60)
        fine = varde(tmp_path, "check", "amavis", "queue-deferred", "--store", str(store), "-w", "10", "-c", "20")
        bad = varde(tmp_path, "check", "amavis", "queue-deferred", "--store", str(store), "-w", "2", "-c", "4")
        munin = varde(tmp_path, "munin", "fetch", "postfix_queues", "--store", str(store))
    assert fine.status == 0 and bad.status == 2, (fine, bad)
    assert "deferred.value" in munin.out and f":{WAITING}\n" in munin.out
