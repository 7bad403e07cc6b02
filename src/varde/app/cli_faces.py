"""The commands of what monitoring asks, and of running for good: munin, service."""

from pathlib import Path
from typing import Annotated

import typer

munin_app = typer.Typer(no_args_is_help=True, help="Graphs in Munin: the plugin, and what it answers to a node.")
service_app = typer.Typer(no_args_is_help=True, help="Run Varde for good: units, timers, rotation of its files.")

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
Graph = Annotated[str, typer.Argument(metavar="GRAPH", help="logins, probes ... (`varde munin suggest`), or all for all in one call.")]


def _ask(asked: str, graph: str, store: Path | None) -> None:
    from varde.app.munin import answer

    answer([asked, *([graph] if graph else []), *(["--store", str(store)] if store else [])])


@munin_app.command("config")
def munin_config(graph: Graph = "", store: StoreOption = None) -> None:
    """Describe a graph: titles, labels, limits. With MUNIN_CAP_DIRTYCONFIG=1 the values too.

    \b
    Example:
      varde munin config logins
    """
    _ask("config", graph, store)


@munin_app.command("fetch")
def munin_fetch(graph: Graph = "", store: StoreOption = None) -> None:
    """Tell the values of a graph, one every ten seconds since they were told last; U where nothing is known.

    \b
    Example:
      varde munin fetch logins --store /var/lib/varde
    """
    _ask("fetch", graph, store)


@munin_app.command("autoconf")
def munin_autoconf(store: StoreOption = None) -> None:
    """Say yes where a station has written something to draw, else no and why.

    \b
    Example:
      varde munin autoconf
    """
    _ask("autoconf", "", store)


@munin_app.command("suggest")
def munin_suggest(store: StoreOption = None) -> None:
    """List the graphs that have something to show.

    \b
    Example:
      varde munin suggest
    """
    _ask("suggest", "", store)


@munin_app.command("install")
def munin_install(
    graphs: Annotated[list[str] | None, typer.Argument(metavar="GRAPHS", help="Graphs to link one by one.", show_default="all, in one call")] = None,
    folder: Annotated[Path, typer.Option("--dir", help="Where the plugin goes.")] = Path("/usr/share/munin/plugins"),
    conf: Annotated[Path, typer.Option("--conf-dir", help="The node's folder: the links go into its plugins, the settings into its plugin-conf.d.")] = Path("/etc/munin"),
    prefix: Annotated[Path | None, typer.Option("--prefix", help="Put all folders under this one, as for a package.", show_default=False)] = None,
    user: Annotated[str | None, typer.Option("--user", help="Who the node runs the plugin as.", show_default="nobody in the group of the store, else the owner of the store")] = None,
    store: StoreOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
) -> None:  # fmt: skip
    """Put the plugin into a Munin node: the file, its links, its settings. What is another's is left alone.

    \b
    Examples:
      varde munin install --store /var/lib/varde
      varde munin install logins probes ports
      varde munin install --dry-run
    """
    from varde.app.commands.munin import Places, munin_install_command

    munin_install_command(Places.under(prefix, folder, conf), graphs or [], user, store, is_dry=dry_run)


@service_app.command("install")
def service_install(
    user: Annotated[str, typer.Option("--user", help="Who Varde runs as.")] = "varde",
    prefix: Annotated[Path | None, typer.Option("--prefix", help="Put all files under this folder, as for a package.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")] = False,
) -> None:
    """Write a hardened unit of systemd, timers, a job of cron and a rule of logrotate. What is another's is left alone.

    Nothing is started and no user is made: what to do next is said.

    \b
    Examples:
      varde service install --dry-run
      sudo varde service install
    """
    from varde.app.commands.service import service_install_command

    service_install_command(user, prefix, is_dry=dry_run)
