"""What to put into the configuration of Icinga 2, NRPE or Nagios, made of the table of checks."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from varde.faces.checks.terms import Check, Option
from varde.model.errors import VardeError

_HEAD = "made by `varde check --definitions {}`"
_FIRST_PLACE = -100
"""Words without a name stand before options, in their order."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where things are on the machine that runs the checks."""

    program: str
    store: str


def program() -> str:
    """The whole path of the `varde` that is asked: as it was called, on the path, or beside its sources."""
    asked, beside = Path(sys.argv[0]), Path(__file__).resolve().parents[3] / "varde"
    own = str(asked.absolute()) if asked.name == "varde" and asked.exists() else shutil.which("varde")
    return own or (str(beside) if os.access(beside, os.X_OK) and beside.is_file() else "/usr/local/bin/varde")


def icinga2(checks: Sequence[Check], machine: Machine) -> str:
    """CheckCommands with every option, and services for hosts that have `vars.varde`."""
    _require_lines(machine)
    lines = [f"/* {_HEAD.format('icinga2')} */", "", *_constant("VardeCommand", machine.program), *_constant("VardeStore", machine.store.replace("$", "$$")), ""]
    for check in checks:
        lines += [f"/* {check.about} */", f"object CheckCommand {_quoted(_name(check))} {{", f"  command = [ VardeCommand, \"check\", {_quoted(check.name)} ]", "  arguments = {"]
        for place, option in enumerate(check.all_options):
            lines += _argument(check, option, place)
        lines += ["  }", f"  timeout = {_ends_at(check)}s", "}", ""]
    for check in filter(_runs_by_itself, checks):
        lines += [f"apply Service {_quoted(_name(check))} {{", f"  check_command = {_quoted(_name(check))}", "  vars.varde_store = VardeStore", *_vars(check),
                  f"  check_interval = {check.minutes}m", "  retry_interval = 30s", "  if (host.vars.agent_endpoint) { command_endpoint = host.vars.agent_endpoint }",
                  "  assign where host.vars.varde", "}", ""]  # fmt: skip
    return "\n".join(lines)


def _constant(name: str, text: str) -> list[str]:
    """One that may have been set before."""
    return [f'if (!globals.contains("{name}")) {{', f"  const {name} = {_quoted(text)}", "}"]


ICINGA_TIMEOUT = 30
"""Seconds after which Icinga ends a check that did not end itself; at least ENDS_WITHIN more than the check has."""

ENDS_WITHIN = 10


def _ends_at(check: Check) -> int:
    return max(ICINGA_TIMEOUT, int(check.read(check.example)["timeout"]) + ENDS_WITHIN)


def _argument(check: Check, option: Option, place: int) -> list[str]:
    key = option.name if option.placed else f"--{option.name}"
    lines = [f"    {_quoted(key)} = {{", f"      {'set_if' if option.kind == 'flag' else 'value'} = {_quoted(f'${_variable(check, option)}$')}", f"      description = {_quoted(option.about)}"]
    lines += ["      skip_key = true", f"      order = {_FIRST_PLACE + place}"] if option.placed else []
    lines += ["      required = true"] if option.required else []
    lines += ["      repeat_key = true"] if option.repeated else []
    return [*lines, "    }"]


def _vars(check: Check) -> list[str]:
    """What the example of a check says, as variables."""
    placed = iter(option for option in check.options if option.placed)
    lines, words = [], list(check.example)
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            lines.append((next(placed), word))
            continue
        option = next(one for one in check.all_options if word in (f"--{one.name}", f"-{one.short}"))
        lines.append((option, words.pop(0)))
    return [f"  vars.{_variable(check, option)} = {_quoted(text)}" for option, text in lines]


def nrpe(checks: Sequence[Check], machine: Machine) -> str:
    """Commands that take nothing from outside, as NRPE has it unless it is told otherwise."""
    _require_lines(machine)
    lines = [f"# {_HEAD.format('nrpe')}; for /etc/nagios/nrpe.d/varde.cfg, then restart nagios-nrpe-server", ""]
    for check in checks:
        late = [f"# takes longer: check_nrpe -t {_ends_at(check)}"] if _ends_at(check) > ICINGA_TIMEOUT else []
        lines += [f"# {check.about}", *late, f"command[{_word(check)}]={shlex.join([machine.program, 'check', check.name, *_words(check, machine)])}", ""]
    return "\n".join(lines)


def nagios(checks: Sequence[Check], machine: Machine) -> str:
    """Commands, and services of the host `localhost`; for another machine, the same through check_nrpe."""
    _require_lines(machine)
    lines = [f"# {_HEAD.format('nagios')}; for Nagios 4 and Icinga 1", ""]
    for check in checks:
        lines += [f"# {check.about}", "define command {", f"    command_name  check_{_word(check)}", f"    command_line  {_of_nagios(shlex.quote(machine.program))} check {check.name} $ARG1$", "}", ""]
    lines += ["# For a machine with NRPE: check_command check_nrpe!varde_NAME", ""]
    for check in filter(_runs_by_itself, checks):
        lines += ["define service {", "    use                  generic-service", "    host_name            localhost", f"    service_description  varde {check.name}",
                  f"    check_command        check_{_word(check)}!{_of_nagios(shlex.join(_words(check, machine))).replace('!', _NO_ARGUMENT)}",
                  f"    check_interval       {check.minutes}", "}", ""]  # fmt: skip
    return "\n".join(lines)


def _runs_by_itself(check: Check) -> bool:
    """Whether it asks nothing of the machine but a station: those for scanners are for whoever has one."""
    return check.reads_board and check.is_usual


def _words(check: Check, machine: Machine) -> list[str]:
    """Of its command line: its example, and whose store."""
    return [*check.example, *(["--store", machine.store] if check.reads_board else [])]


def _name(check: Check) -> str:
    return f"varde-{check.name}"


def _word(check: Check) -> str:
    return f"varde_{check.name}"


def _variable(check: Check, option: Option) -> str:
    return f"varde_{check.name}_{option.name.replace('-', '_')}" if option.name != "store" else "varde_store"


def _require_lines(machine: Machine) -> None:
    """Raises VardeError for a path that would begin a line of its own."""
    for path in (machine.program, machine.store):
        if not path.isprintable():
            raise VardeError(f"{path!r} cannot be named in definitions: it has control characters.")


def _of_nagios(text: str) -> str:
    """A line of Nagios: `$` begins a macro and `;` a comment."""
    return text.replace("$", "$$").replace(";", "\\;")


_NO_ARGUMENT = "\\!"
"""A `!` of a check_command that does not begin another argument."""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


DEFINITIONS: dict[str, Callable[[Sequence[Check], Machine], str]] = {"icinga2": icinga2, "nrpe": nrpe, "nagios": nagios}
"""By what they are for."""
