"""amavis doctor: each step of setting up amavisd for SNMP, right or with the lines that are missing."""

from dataclasses import asdict
from pathlib import Path

from varde.app.commands.amavis import HERE
from varde.app.context import Context
from varde.app.mailfilters import agents_of
from varde.app.output import print_json
from varde.collect.mailfilter_setup import OK, UNKNOWN, WRONG, Finding, Machine, command_lines, look
from varde.collect.mailfilters import read
from varde.model import VardeError, counted, visible

_SHOWN = {OK: "OK     ", WRONG: "WRONG  ", "note": "note   ", UNKNOWN: "?      "}


def doctor_command(context: Context, root: Path, *, as_json: bool) -> None:
    """Look at everything, and ask this machine's agent where it is this machine. Exit status 1 where something is wrong."""
    here = root == Path("/")
    if not root.is_dir():
        raise VardeError(f"{root} is no folder: name the one where the other machine's root is mounted")
    found = look(Machine(root, command_lines if here else None))
    if here:
        found.append(_answer(context))
    if as_json:
        print_json({"steps": [asdict(one) for one in found]})
    else:
        for one in found:
            _print(one)
    if wrong := [one for one in found if one.state == WRONG]:
        raise VardeError(f"{counted(len(wrong), 'step')} of {len(found)} {'is' if len(wrong) == 1 else 'are'} missing: {', '.join(one.step for one in wrong)}", status=1)


def _answer(context: Context) -> Finding:
    """Whether the agent of this machine tells what amavisd counts."""
    section = context.config.amavis.model_copy(update={"hosts": [HERE], "timeout": min(context.config.amavis.timeout, 3.0)})
    try:
        agents = agents_of(section)
    except VardeError as error:
        return Finding("answer", WRONG, str(error))
    answer = read(agents)[agents[0]]
    if isinstance(answer, VardeError):
        return Finding("answer", WRONG, str(answer))
    return Finding("answer", OK, f"{len(answer.values)} values are told, {answer.number('inMsgs') or 0:,} messages were received")


def _print(one: Finding) -> None:
    print(f"{_SHOWN[one.state]}{one.step}: {visible(one.said)}")
    for file, lines in one.add.items():
        print(f"         add to {file}:")
        for line in lines:
            print(f"             {visible(line)}")
    for command in one.run:
        print(f"         then: {command}" if one.add else f"         do: {command}")
