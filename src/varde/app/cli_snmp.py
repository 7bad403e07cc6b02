"""The commands about Varde's own counters over SNMP: snmp."""

from pathlib import Path
from typing import Annotated

import typer

from varde.faces.snmp import PLAYPEN

snmp_app = typer.Typer(no_args_is_help=True, help="Varde's own counters over SNMP, served by the snmpd of this machine.")

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
BaseOption = Annotated[str, typer.Option("--base", metavar="OID", help="Where the tree lies: below your enterprise's number, if you have one.")]


@snmp_app.command("pass")
def snmp_pass(base: BaseOption = PLAYPEN, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Answer snmpd's questions on standard input, as its pass_persist asks them. snmpd starts it; `varde snmp config` has the line.

    Reads only faces.db of the store, which a running `varde up` writes every ten seconds, and ends when snmpd does.

    \b
    Examples:
      varde snmp pass --store /var/lib/varde
      printf 'getnext\\n.1.3.6.1\\n' | varde snmp pass
    """
    from varde.app.commands.snmp import pass_command

    pass_command(store, config, base)


@snmp_app.command("mib")
def snmp_mib(base: BaseOption = PLAYPEN) -> None:
    """Print VARDE-MIB, by which tools say names instead of numbers.

    \b
    Example:
      varde snmp mib > /usr/share/snmp/mibs/VARDE-MIB.txt
    """
    from varde.app.commands.snmp import mib_command

    mib_command(base)


@snmp_app.command("config")
def snmp_config(base: BaseOption = PLAYPEN, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Print the lines for snmpd.conf.

    \b
    Example:
      varde snmp config --store /var/lib/varde | sudo tee /etc/snmp/snmpd.conf.d/varde.conf
    """
    from varde.app.commands.snmp import config_command

    config_command(store, config, base)
