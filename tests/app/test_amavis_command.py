"""amavis and snmp on the command line and in the configuration: switches over settings, sentences for mistakes, no secrets in output."""

import json
from pathlib import Path

from tests.app.cli_run import refused, varde

SECRET = "very-secret-word"


def test_settings_that_cannot_be_are_said(tmp_path: Path) -> None:
    config = tmp_path / "varde.toml"
    (tmp_path / "secret").write_text(SECRET)
    cases = {
        'hosts = ["mx:0"]': "no SNMP agent", f'auth_file = "{tmp_path}/secret"': "needs `user`",
        f'user = "me"\npriv_file = "{tmp_path}/secret"': "needs auth_file", 'hosts = ["mx"]\ncommunity_file = "/nowhere/at-all"': "cannot read the secret of SNMP in /nowhere/at-all",
        'community_file = "here"': "no whole path", 'community = "public"': "no such setting", "every_seconds = 1": "greater than or equal to 5",
    }  # fmt: skip
    for text, words in cases.items():
        config.write_text(f"[amavis]\n{text}\n")
        said = refused(tmp_path, "config", "check", "--config", str(config))
        assert words in said and SECRET not in said, said


def test_switches_that_cannot_be_are_said(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    assert "cannot read the secret of SNMP" in refused(tmp_path, "amavis", "--user", "me", "--auth-file", "nowhere")
    assert "fewer than 8" in refused(tmp_path, "amavis", "--user", "me", "--auth-file", "short")
    assert "--auth:" in refused(tmp_path, "amavis", "--user", "me", "--auth", "ROT13")
    assert "HOST" in refused(tmp_path, "amavis", "mx:99999")
    assert "no SNMP answer from 127.0.0.1:9" in refused(tmp_path, "amavis", "127.0.0.1:9", "--timeout", "0.5")


def test_names_are_looked_up(tmp_path: Path) -> None:
    found = json.loads(varde(tmp_path, "amavis", "names", "queue", "--json").out)["names"]
    assert [one["name"] for one in found] == [f"mtaQueueEntries{queue}" for queue in ("Maildrop", "Incoming", "Active", "Deferred")]
    assert varde(tmp_path, "amavis", "names", "nothing has this").status == 1


def test_the_doctor_looks_at_a_mounted_machine(tmp_path: Path) -> None:
    done = varde(tmp_path, "amavis", "doctor", "--root", str(tmp_path))
    assert done.status == 1 and "view   systemonly" not in done.out and "master agentx" in done.out
    steps = {one["step"]: one for one in json.loads(varde(tmp_path, "amavis", "doctor", "--root", str(tmp_path), "--json").out)["steps"]}
    assert steps["AgentX"]["add"] == {"/etc/snmp/snmpd.conf": ["master agentx"]} and "answer" not in steps
    assert "is no folder" in refused(tmp_path, "amavis", "doctor", "--root", str(tmp_path / "absent"))


def test_lines_for_snmpd(tmp_path: Path) -> None:
    done = varde(tmp_path, "snmp", "config", "--store", "store", "--base", ".1.3.6.1.4.1.32473.1")
    assert "pass_persist .1.3.6.1.4.1.32473.1 " in done.out and f"snmp pass --store {tmp_path}/store --base 1.3.6.1.4.1.32473.1" in done.out
    assert varde(tmp_path, "snmp", "mib").out.startswith("VARDE-MIB DEFINITIONS ::= BEGIN")
    assert "no number for a tree" in refused(tmp_path, "snmp", "mib", "--base", "1.3.6.1.2")


def test_snmp_pass_answers_on_standard_input(tmp_path: Path) -> None:
    done = varde(tmp_path, "snmp", "pass", "--store", str(tmp_path), stdin=b"PING\ngetnext\n.1.3.6.1\n")
    assert (done.status, done.out.splitlines()) == (0, ["PONG", ".1.3.6.1.4.1.8072.9999.9999.86.1.1.0", "integer", "3"])
