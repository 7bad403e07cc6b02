"""Definitions for Icinga 2, NRPE and Nagios: each check has the time it takes, services are for what any station has, paths stay paths."""

import re
import shlex

import pytest

from varde.faces.checks import CHECKS
from varde.faces.definitions import DEFINITIONS, Machine
from varde.model import VardeError

HERE = Machine("/opt/varde/varde", "/var/lib/varde")
ALL = list(CHECKS.values())


def test_icinga_lets_every_check_end_by_itself() -> None:
    text = DEFINITIONS["icinga2"](ALL, HERE)
    ends = {name: int(seconds) for name, seconds in re.findall(r'object CheckCommand "varde-(\w+)" .*?\n  timeout = (\d+)s', text, re.DOTALL)}
    assert ends.keys() == CHECKS.keys()
    for name, check in CHECKS.items():
        assert check.read(check.example)["timeout"] + 10 <= ends[name] <= 60, f"{name}: Nagios and NRPE end it after 60 s"
    assert "check_nrpe -t 60" in DEFINITIONS["nrpe"](ALL, HERE)


def test_services_are_of_what_any_station_has() -> None:
    icinga = re.findall(r'apply Service "varde-(\w+)"', DEFINITIONS["icinga2"](ALL, HERE))
    nagios = re.findall(r"service_description  varde (\w+)", DEFINITIONS["nagios"](ALL, HERE))
    assert icinga == nagios == ["collector", "loss", "feed", "warnings", "logins", "surge", "metric"]


def test_paths_with_signs_stay_one_word() -> None:
    odd = Machine("/opt/my varde/varde", "/srv/a b$c;d!e")
    (line,) = [line for line in DEFINITIONS["nrpe"](ALL, odd).splitlines() if line.startswith("command[varde_loss]")]
    assert shlex.split(line.partition("=")[2]) == ["/opt/my varde/varde", "check", "loss", "--store", "/srv/a b$c;d!e"]
    nagios = DEFINITIONS["nagios"](ALL, odd)
    assert "command_line  '/opt/my varde/varde' check loss $ARG1$" in nagios
    assert "check_varde_loss!--store '/srv/a b$$c\\;d\\!e'" in nagios
    assert 'const VardeStore = "/srv/a b$$c;d!e"' in DEFINITIONS["icinga2"](ALL, odd)


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_a_path_with_a_line_feed_is_refused(kind: str) -> None:
    with pytest.raises(VardeError, match="control characters"):
        DEFINITIONS[kind](ALL, Machine("/opt/varde/varde", "/srv/a\ncommand[x]=/bin/sh"))


def test_icinga_gives_a_switch_no_value() -> None:
    """Behind `--deep` a value is one word too many, and the check UNKNOWN."""
    (deep,) = re.findall(r'"--deep" = \{\n(.*?)\n    \}', DEFINITIONS["icinga2"](ALL, HERE), re.DOTALL)
    assert "set_if = " in deep and not re.search(r"^\s*value = ", deep, re.MULTILINE)
