"""Checks under the real programs: NRPE hands them over, Icinga 2 runs and keeps them, Nagios reads their definitions."""

import hashlib
import http.server
import os
import pwd
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.checked_boards import sample, write
from tests.conftest import find_peer
from tests.peers.monitors import agent, definitions, icinga, icinga_command, nrpe, open_way, program, told
from tests.peers.running import up, wait_for
from varde.faces import board_of
from varde.faces.checks import CHECKS
from varde.faces.checks.signatures import CLAMAV_DIR

SERVICES = 7
"""Checks of a station, but for that of a mail filter, which not every station reads."""

NAGIOS = """log_file={folder}/nagios.log
cfg_file={folder}/base.cfg
cfg_file={folder}/varde.cfg
check_result_path={folder}
temp_path={folder}
temp_file={folder}/temp
status_file={folder}/status
lock_file={folder}/lock
nagios_user={user}
nagios_group={user}
"""

BASE = """define timeperiod {
    timeperiod_name 24x7
    alias always
    monday 00:00-24:00
}
define command {
    command_name none
    command_line /bin/true
}
define contact {
    contact_name nobody
    host_notification_commands none
    service_notification_commands none
    host_notification_period 24x7
    service_notification_period 24x7
}
define host {
    host_name localhost
    address 127.0.0.1
    max_check_attempts 1
    contacts nobody
    check_period 24x7
    notification_period 24x7
}
define service {
    name generic-service
    register 0
    max_check_attempts 1
    check_interval 1
    check_period 24x7
    notification_period 24x7
    contacts nobody
}
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    open_way(tmp_path)
    program(tmp_path)
    return tmp_path


@pytest.mark.peer("nagios")
def test_nagios_reads_the_definitions(machine: Path) -> None:
    (machine / "varde.cfg").write_text(definitions(machine / "bin" / "varde", "nagios", machine))
    (machine / "base.cfg").write_text(BASE)
    (machine / "nagios.cfg").write_text(NAGIOS.format(folder=machine, user=pwd.getpwuid(os.geteuid()).pw_name))
    done = subprocess.run([find_peer("nagios"), "-v", machine / "nagios.cfg"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Total Errors:   0" in done.stdout, done.stdout
    assert f"Checked {len(CHECKS) + 1} commands" in done.stdout and f"Checked {SERVICES} services" in done.stdout


@pytest.mark.peer("icinga2")
def test_icinga_reads_the_definitions(machine: Path) -> None:
    command = icinga_command(machine, 'object Host "edge" { check_command = "dummy", vars.varde = true }\n', definitions(machine / "bin" / "varde", "icinga2", machine / "store"))
    done = subprocess.run([*command, "-C"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"Instantiated {SERVICES} Services" in done.stdout, done.stdout
    assert "critical/" not in done.stdout


OBJECTS = """
object Host "edge" {{ check_command = "dummy", check_interval = 5s, vars.varde_store = "{store}" }}
template Service "quick" {{ host_name = "edge", check_interval = 2s, retry_interval = 2s, max_check_attempts = 1 }}
object Service "collector" {{ import "quick", check_command = "varde-collector", vars.varde_collector_exporter = [ "fw1", "fw 2" ] }}
object Service "feed" {{ import "quick", check_command = "varde-feed", vars.varde_feed_name = "{hostile}" }}
object Service "metric" {{ import "quick", check_command = "varde-metric", vars.varde_metric_line = "logins.failed", vars.varde_metric_warning = "@5:7" }}
object Service "wrong" {{ import "quick", check_command = "varde-metric", vars.varde_metric_line = "logins.failed", vars.varde_metric_warning = "many" }}
object Service "nowhere" {{ import "quick", check_command = "varde-logins", vars.varde_store = "/nonexistent" }}
"""

HOSTILE = "a|b=1 <script>"


@pytest.mark.peer("icinga2")
def test_icinga_runs_checks_and_keeps_their_states_words_and_numbers(machine: Path) -> None:
    now = time.time()
    one = sample(list=HOSTILE)
    heard = {sample(sensor="s", exporter=name, domain="0", protocol="ipfix"): now - 5 for name in ("fw1", "fw 2")}
    samples = {"varde_list_up": {one: 0.0}, "varde_list_age_seconds": {one: 60.0}, "varde_list_indicators": {one: 5.0}, "varde_logins_total": {sample(outcome="failed"): 2.0},
               "varde_flow_last_heard_timestamp_seconds": heard}  # fmt: skip
    write(machine / "store", samples, {"logins.failed": [0.0, 1.0, 2.0]}, at=now + 50)
    with icinga(machine, OBJECTS.format(store=machine / "store", hostile=HOSTILE), definitions(machine / "bin" / "varde", "icinga2", machine / "store")):
        found = {name: told(machine, name) for name in ("collector", "feed", "metric", "wrong", "nowhere")}
    assert {name: one["current_state"] for name, one in found.items()} == {"collector": "0", "feed": "1", "metric": "1", "wrong": "3", "nowhere": "3"}
    assert found["feed"]["plugin_output"].startswith(r"FEED WARNING - list a\x7cb=1 \x3cscript\x3e is 60 s old")
    assert found["feed"]["plugin_output"].endswith("http://127.0.0.1:8420/?view=lists")
    assert found["metric"]["performance_data"] == "logins.failed=6;@5:7;;0"
    assert found["collector"]["performance_data"].split(" ", 1)[0].startswith("age=")
    assert "'heard_fw 2'=" in found["collector"]["performance_data"]
    assert all(one["long_plugin_output"] == "" for one in found.values())
    assert "--warning: 'many' is no range" in found["wrong"]["plugin_output"]


CONTENT = b"signatures"


class _Vendor(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"<l><ide><name>agent.ide</name><md5>{hashlib.md5(CONTENT).hexdigest()}</md5></ide></l>".encode()
        self.send_response(200 if self.path == "/good" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.peer("nrpe", "check_nrpe")
def test_nrpe_hands_over_checks_of_a_running_station_and_of_a_scanner(machine: Path) -> None:
    varde = machine / "bin" / "varde"
    store = machine / "store"
    vendor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Vendor)
    threading.Thread(target=vendor.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{vendor.server_address[1]}"
    (machine / "agent.ide").write_bytes(CONTENT)
    (machine / "agent.ide").chmod(0o644)
    own = definitions(varde, "nrpe", store)
    own += f"command[long]={varde} check collector --store {store} -v\n"
    own += "".join(f"command[sophos_{page}]={varde} check sophos --url {url}/{page} --dir {machine}\n" for page in ("good", "missing"))
    with up(machine) as station, nrpe(machine, own) as agent_:
        wait_for(board_of(store).exists)
        if os.geteuid() == 0:
            assert _sealed(store, agent_.ask("varde_collector"))
        wait_for(lambda: agent_.ask("varde_collector")[0] == 0, 30)
        wait_for(lambda: "see http" in agent_.ask("long")[1], 30)  # where the page is, it knows with the second that it writes
        status, text = agent_.ask("long")
        assert status == 0 and text.splitlines()[0].startswith("COLLECTOR OK - Varde ") and " | age=" in text
        assert f"see {station.url}/?view=flows" in text.splitlines()[1:]
        assert agent_.ask("varde_metric")[0] in (0, 3)  # 3 until two points are known
        assert "reads no lists" in agent_.ask("varde_feed")[1]
        # without ClamAV nobody knows; where it is installed and freshclam never ran, there are none
        assert agent_.ask("varde_signatures")[0] == (3 if not CLAMAV_DIR.is_dir() else 2 if not [*CLAMAV_DIR.glob("daily.c[vl]d")] else 0)
    with nrpe(_again(machine), own) as agent_:
        board_of(store).unlink()
        status, text = agent_.ask("varde_collector")
        assert status == 2 and "does not run" in text
        assert [agent_.ask(f"sophos_{page}")[0] for page in ("good", "missing")] == [0, 3]
    vendor.shutdown()


def _sealed(store: Path, answered: tuple[int, str]) -> bool:
    """A file of root's group says so; then the agent's group gets it, as the how-to has it."""
    status, text = answered
    assert status == 3 and "join the group" in text, text
    group = pwd.getpwnam(agent()).pw_gid
    for path in (store, board_of(store)):
        os.chown(path, -1, group)
    store.chmod(0o2750)
    return True


def _again(machine: Path) -> Path:
    folder = machine / "again"
    folder.mkdir()
    folder.chmod(0o755)
    return folder
