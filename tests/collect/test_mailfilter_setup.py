"""`varde amavis doctor`: every step of the set-up is found missing, and found right once the lines it names are there."""

from pathlib import Path

from varde.collect.mailfilter_setup import NOTE, OK, UNKNOWN, WRONG, Machine, look

DPKG = "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n\n" for name in ("bash", "amavisd-new", "snmpd", "libsnmp-perl"))
DEBIAN = """\
# of Debian 12
agentaddress  127.0.0.1,[::1]
view   systemonly  included   .1.3.6.1.2.1.1
rocommunity  public default -V systemonly
rouser authPrivUser authpriv -V systemonly
includeDir /etc/snmp/snmpd.conf.d
"""
RUNNING = ["/usr/sbin/snmpd -LOw", "/usr/sbin/amavisd (master)", "/usr/bin/perl -T /usr/sbin/amavisd-snmp-subagent -f"]


def put(root: Path, path: str, text: str, *, add: bool = False) -> None:
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((file.read_text() if add and file.exists() else "") + text)


def states(root: Path, running: list[str] | None = None) -> dict[str, str]:
    return {one.step: one.state for one in look(Machine(root, None if running is None else lambda: running))}


def test_a_machine_with_nothing(tmp_path: Path) -> None:
    found = states(tmp_path, [])
    assert found == {
        "packages": WRONG, "amavisd counts": UNKNOWN, "AgentX": WRONG, "AgentX socket": WRONG, "view": WRONG, "subagent enabled": WRONG, "running": WRONG, "reach": OK, "names": NOTE,
    }  # fmt: skip
    packages = look(Machine(tmp_path))[0]
    assert packages.run == ("apt-get install amavisd-new snmpd",), "without dpkg nobody knows of libraries"


def test_the_lines_it_names_are_the_cure(tmp_path: Path) -> None:
    put(tmp_path, "var/lib/dpkg/status", DPKG)
    put(tmp_path, "etc/snmp/snmpd.conf", DEBIAN)
    put(tmp_path, "etc/amavis/conf.d/20-debian_defaults", "$enable_db = 1;   # counters\n")
    put(tmp_path, "etc/amavis/conf.d/50-user", "# $enable_db = 1;\n$enable_db = 0;\n")
    wrong = [one for one in look(Machine(tmp_path, lambda: RUNNING)) if one.state == WRONG]
    assert [one.step for one in wrong] == ["amavisd counts", "AgentX", "AgentX socket", "view", "subagent enabled"]
    for one in wrong:
        for file, lines in one.add.items():
            put(tmp_path, file, "".join(f"{line}\n" for line in lines), add=True)
    (tmp_path / "etc/systemd/system/multi-user.target.wants").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/multi-user.target.wants/amavisd-snmp-subagent.service").symlink_to("/nowhere")
    after = states(tmp_path, RUNNING)
    assert {step for step, state in after.items() if state == OK} == {"packages", "amavisd counts", "AgentX", "AgentX socket", "view", "subagent enabled", "running"}


def test_older_machines_have_a_switch_of_their_own(tmp_path: Path) -> None:
    put(tmp_path, "etc/default/amavisd-snmp-subagent", '# ENABLED="yes"\nENABLED="no"\n')
    assert states(tmp_path)["subagent enabled"] == WRONG
    put(tmp_path, "etc/default/amavisd-snmp-subagent", 'ENABLED="yes"\n', add=True)
    assert states(tmp_path)["subagent enabled"] == OK


def test_who_may_see_what(tmp_path: Path) -> None:
    cases = {
        "rocommunity public": OK, "rocommunity public 10.0.0.0/8": OK, "rocommunity public default .1.3.6.1.2.1": WRONG, "rocommunity public default .1.3.6.1.4": OK,
        "view all included .1\nrouser me authpriv -V all": OK, "view all included .1.3.6.1.4.1.15312.2.11\nrouser me authpriv -V all": WRONG,
        "view all excluded .1.3.6.1.4.1.15312.2.1\nrocommunity x default -V all": WRONG, "": WRONG,
    }  # fmt: skip
    for text, state in cases.items():
        put(tmp_path, "etc/snmp/snmpd.conf", text + "\n")
        assert states(tmp_path)["view"] == state, text


def test_both_ends_must_meet(tmp_path: Path) -> None:
    put(tmp_path, "etc/snmp/snmpd.conf.d/agentx.conf", "AgentXSocket tcp:127.0.0.1:1705\n")
    missing = next(one for one in look(Machine(tmp_path)) if one.step == "AgentX socket")
    assert missing.state == WRONG and missing.add == {"/etc/snmp/amavis-agentx.conf": ("agentXSocket tcp:127.0.0.1:1705",)}
    put(tmp_path, "etc/snmp/amavis-agentx.conf", "agentxsocket tcp:localhost:705\n")
    assert states(tmp_path)["AgentX socket"] == WRONG, "another port"
    put(tmp_path, "etc/snmp/amavis-agentx.conf", "agentxsocket tcp:localhost:1705\n")
    assert states(tmp_path)["AgentX socket"] == OK


def test_odd_files_are_no_end(tmp_path: Path) -> None:
    put(tmp_path, "etc/snmp/snmpd.conf", "view\nrouser\nagentXSocket\n\x00\x1b[31m\nrocommunity public default -V\nview a included\n" + "x " * 200_000)
    put(tmp_path, "etc/default/amavisd-snmp-subagent", "ENABLED=\n")
    (tmp_path / "etc/amavis/conf.d/sub").mkdir(parents=True)
    found = states(tmp_path, ["", "(snmpd)"])
    assert found["view"] == OK and found["running"] == WRONG  # a -V with nothing behind it restricts nothing that we could name
