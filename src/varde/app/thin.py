"""Calls that monitoring makes every few seconds: answered with the standard library alone, past the command line and its libraries.

To add one: a module of this room with `answer(words) -> int | None`, and its first word in THIN. None means that the
call is not one of the quick ones (`--help`, say); the whole command line takes it.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from varde.model.errors import VardeError
from varde.model.place import configured_store, default_location

THIN = {"check": "varde.app.check", "metrics": "varde.app.commands.metrics", "munin": "varde.app.munin", "snmp": "varde.app.snmp"}
"""By the first word of a command: the module that answers it."""


def thin_answer(arguments: Sequence[str]) -> int | None:
    """The exit status of a quick call; None where it is not one."""
    module = THIN.get(arguments[0]) if arguments else None
    if module is None or sys.stdout is None or sys.stderr is None:  # closed by whoever started us
        return None
    try:
        status: int | None = import_module(module).answer(arguments[1:])
        sys.stdout.flush()
    except VardeError as error:
        sys.stderr.write(f"varde: {error}\n")
        return error.status
    except OSError as error:
        return _unwritten(error)
    return status


def _unwritten(error: OSError) -> int:
    """Where who asked has gone, nothing is wrong; a full disk is said."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python must not try again at its end
    if isinstance(error, BrokenPipeError):
        return 0
    sys.stderr.write(f"varde: cannot go on: {(error.strerror or str(error)).lower()}\n")
    return 2


def store_of(named: str | None) -> Path:
    """Where the store is: as named, else as the configuration says, else VARDE_STORE, else in the usual place.

    Only `[store] path` of the configuration is looked at. Raises VardeError where it cannot be read."""
    return Path(named) if named else configured_store() or default_location()
