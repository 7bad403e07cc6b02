"""snmp: Varde's own counters for snmpd, its MIB, and the lines that connect the two."""

import shlex
import sys
from pathlib import Path

from varde.app.snmp import answer_all
from varde.faces.definitions import program
from varde.faces.snmp import PLAYPEN, checked_base, mib


def pass_command(store: Path | None, config: Path | None, base: str) -> None:
    """Answer until standard input ends."""
    answer_all(str(_store(store, config)), base)


def _store(store: Path | None, config: Path | None) -> Path:
    """As named; else what the configuration says, which takes a second to load."""
    if store is not None:
        return store
    from varde.app.context import Context

    return Context(None, config).location


def mib_command(base: str) -> None:
    sys.stdout.write(mib(checked_base(base)))


_LINES = """\
# Varde's own counters: they lie at .{base}
pass_persist .{base} {command}
# whoever may see the view systemonly, as Debian's `rocommunity public`, sees them too
view systemonly included .{base}
# snmpd runs as {user}: it needs the group of the user that runs `varde up` (usermod -aG GROUP {user}), then a restart
"""
_USER = "Debian-snmp"


def config_command(store: Path | None, config: Path | None, base: str) -> None:
    """Lines for snmpd.conf, with whole paths: snmpd has no PATH of ours."""
    place = checked_base(base)
    words = [program(), "snmp", "pass", "--store", str(_store(store, config).absolute()), *(["--base", place] if place != PLAYPEN else [])]
    sys.stdout.write(_LINES.format(base=place, command=shlex.join(words), user=_USER))
