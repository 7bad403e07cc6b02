"""Real logrotate: by the rule that `varde service install` writes, and of logs that are followed, renamed or copied and cut."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.material import firewall_line, importer, stored
from varde.app.cli import app
from varde.collect import Follower
from varde.deliver import SinkSettings, sink_of
from varde.store import Store

pytestmark = pytest.mark.peer("logrotate")

LINES = 300
ROTATED = (20, 60, 63, 100, 140, 220, 223)
"""Lines after which it is rotated; looked at is every seventh, so at times twice between two looks."""

_FORMS = ("create", "copytruncate", "create\n compress", "create\n dateext\n dateformat -%Y%m%d%H%M%s", "create\n extension .log\n dateext\n dateformat -%Y%m%d%H%M%s")


class Rotation:
    """logrotate with a rule and a state of its own."""

    def __init__(self, program: Path, folder: Path, rule: str) -> None:
        self.rule, self.state = folder / "rule", folder / "state"
        self.rule.write_text(rule)
        self.rule.chmod(0o644)
        self.program = program

    def run(self) -> None:
        if "dateext" in self.rule.read_text():
            time.sleep(1.05)  # one generation a second, or two would have one name
        done = subprocess.run([str(self.program), "--force", "--state", str(self.state), str(self.rule)], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def logrotate(tmp_path: Path, peer: Callable[[str], Path]) -> Callable[[str], Rotation]:
    tmp_path.chmod(0o755)  # of a folder that others may write to it wants to be told as whom to work
    return lambda rule: Rotation(peer("logrotate"), tmp_path, rule)


@pytest.mark.parametrize("how", _FORMS)
def test_a_followed_log_loses_no_line_however_often_it_is_rotated(tmp_path: Path, logrotate: Callable[[str], Rotation], how: str) -> None:
    log, store = tmp_path / "fw.log", Store(tmp_path / "store")
    log.touch()
    rotation = logrotate(f"{log} {{\n rotate 99\n {how}\n}}\n")
    follower = Follower(importer(store), str(log))
    for number in range(LINES):
        with log.open("ab") as file:
            file.write(firewall_line(number))
        if number % 7 == 0:
            follower.poll()
        if number in ROTATED:
            rotation.run()
    while follower.poll():
        pass
    follower.close()
    assert sorted(stored(store)["dst_port"].to_list()) == sorted(number + 1 for number in range(LINES))


def _rule_of_service(prefix: Path) -> str:
    done = CliRunner().invoke(app, ["service", "install", "--prefix", str(prefix)])
    assert done.exit_code == 0, done.output
    return (prefix / "etc" / "logrotate.d" / "varde").read_text()


def test_the_rule_that_is_installed_turns_over_what_a_sink_writes(tmp_path: Path, logrotate: Callable[[str], Rotation]) -> None:
    """Its paths and its user are those of a whole machine, here of this folder and of who runs this."""
    import getpass
    import grp

    rule = _rule_of_service(tmp_path).replace("/var/log/varde", str(tmp_path / "log")).replace("create 0640 varde adm", f"create 0640 {getpass.getuser()} {grp.getgrgid(os.getegid()).gr_name}")
    log = tmp_path / "log" / "warnings.log"
    log.parent.mkdir(mode=0o755)
    rotation = logrotate(rule)
    sink = sink_of(SinkSettings(name="kept", kind="file", path=log))
    for number in range(4):
        sink.send([_warning(number)])
        rotation.run()
    sink.send([_warning(4)])
    sink.close()
    names = sorted(path.name for path in log.parent.iterdir())
    assert names == ["warnings.log", "warnings.log.1", "warnings.log.2.gz", "warnings.log.3.gz", "warnings.log.4.gz"]
    assert log.read_text() == "line 4\n" and (log.parent / "warnings.log.1").read_text() == "line 3\n"


def _warning(number: int) -> dict[str, Any]:
    return {"line": f"line {number}"}
