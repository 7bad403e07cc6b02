"""munin install: the plugin, its links and its settings in the folders of a Munin node."""

import grp
import pwd
import shlex
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import varde
from varde.app.munin import ALL
from varde.app.output import say
from varde.app.placing import Placed, place, under
from varde.app.thin import store_of
from varde.model import VardeError
from varde.model.panels import BY_ID

PLUGIN = "varde_"
MARK = "# made by `varde munin install`"

_PLUGIN = """\
#!/bin/sh
{mark}; what is changed here is overwritten.
# Graphs of Varde: who is knocking on the edge of the network. varde_all has all graphs in one call, varde_logins and so on one each.
#%# family=auto
#%# capabilities=autoconf suggest
python={python}
if [ ! -x "$python" ]; then
    # Munin wants a word and status 0, whatever happened to Varde
    [ "$1" = autoconf ] && echo "no (Varde is gone from $python, or may not be run by $(id -un))"
    exit 0
fi
PYTHONPATH={source} exec "$python" -P -m varde munin "${{1:-fetch}}" "${{0##*/varde_}}" ${{VARDE_STORE:+--store "$VARDE_STORE"}}
"""

_SETTINGS = """\
{mark}; what is changed here is overwritten. Limits and the like go into a file of your own beside this one,
# under the name of a link:
#   [varde_all]
#   env.logins_failed_critical 1.5
[varde_*]
{who}
env.VARDE_STORE {store}
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are put, and what the files themselves say of it: the same, but for a prefix."""

    plugins: Path
    conf: Path
    prefix: Path | None = None

    @classmethod
    def under(cls, prefix: Path | None, plugins: Path, conf: Path) -> "Places":
        return cls(plugins.absolute(), conf.absolute(), prefix.absolute() if prefix else None)

    def put(self, path: Path) -> Path:
        return under(self.prefix, path)


def munin_install_command(places: Places, graphs: Sequence[str], user: str | None, store: Path | None, *, is_dry: bool) -> None:
    """Put plugin, links and settings in place; say what was done and what is to be done."""
    if unknown := [graph for graph in graphs if graph not in (*BY_ID, ALL)]:
        raise VardeError(f"there is no graph {unknown[0]!r}. Known: {', '.join(BY_ID)}, and {ALL} for all in one call.")
    if ALL in graphs and len(graphs) > 1:
        raise VardeError(f"{ALL} has the others too, and Munin takes each graph once: name {ALL} or some of the others.")
    where = store_of(str(store) if store else None).absolute()
    if user and not places.prefix:
        _require_user(user)
    who = f"user {user}" if user else _who(where)
    links = [places.put(places.conf / "plugins" / f"{PLUGIN}{graph}") for graph in graphs or (ALL,)]
    plugin = places.plugins / PLUGIN
    wanted = [
        Placed(places.put(plugin), _plugin(), 0o755, MARK),
        *(Placed(link, target=plugin) for link in links),
        Placed(places.put(places.conf / "plugin-conf.d" / "varde"), _SETTINGS.format(mark=MARK, who=who, store=_one_line(where)), 0o644, MARK),
    ]
    place(wanted, _ours_besides(links, plugin), "varde munin install", is_dry=is_dry)
    for line in _said(who, links[0].name):
        say(line)


def _plugin() -> str:
    source = Path(varde.__file__).parents[1]
    return _PLUGIN.format(mark=MARK, python=shlex.quote(_one_line(Path(sys.executable))), source=shlex.quote(_one_line(source)))


def _require_user(user: str) -> None:
    """Raises VardeError for one that is not there: munin-node would run nothing and say it in its own log only. A package is for other machines."""
    try:
        pwd.getpwnam(user)
    except (KeyError, ValueError):
        raise VardeError(f"there is no user {user!r} on this machine: make it first, or name another with --user.") from None


def _one_line(path: Path) -> str:
    if not str(path).isprintable():
        raise VardeError(f"{str(path)!r} cannot be named in a file of Munin: it has control characters.")
    return str(path)


def _who(store: Path) -> str:
    """Munin's own nobody in the group of the store where that group may look into it, else the owner."""
    try:
        found = store.stat()
        if found.st_mode & stat.S_IXGRP and all(parent.stat().st_mode & stat.S_IXOTH for parent in store.parents):
            return f"group {grp.getgrgid(found.st_gid).gr_name}"
        return f"user {pwd.getpwuid(found.st_uid).pw_name}"
    except (OSError, KeyError):
        raise VardeError(f"there is no store at {store} to ask who may read it. Start `varde up` first, name another with --store, or say who "
                         "the plugin runs as with --user.") from None  # fmt: skip


def _ours_besides(links: Sequence[Path], plugin: Path) -> list[Path]:
    """Links of an earlier call that are not wanted now: Munin takes a graph once."""
    found = links[0].parent.glob(f"{PLUGIN}*")
    return sorted(path for path in found if path not in links and path.is_symlink() and path.readlink() == plugin)


def _said(who: str, link: str) -> Iterator[str]:
    user = who.partition(" ")[2] if who.startswith("user ") else "nobody"
    closed = [path for path in (Path(sys.executable), Path(sys.executable).resolve(), Path(varde.__file__)) if not _is_open(path)]
    if user != "root" and closed:
        yield (f"note: {user} may not be able to reach {closed[0]}: Munin would get nothing. Put Varde where all may read it, such as /opt/varde, "
               "or name --user root.")  # fmt: skip
    yield f"see that it answers: munin-run {link}"
    yield "then: systemctl restart munin-node (or service munin-node restart); the master draws from its next round on"


def _is_open(path: Path) -> bool:
    """Whether everybody may come to it."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
