"""The commands about places: home, geo."""

from pathlib import Path
from typing import Annotated

import typer

home_app = typer.Typer(invoke_without_command=True)
geo_app = typer.Typer(no_args_is_help=True, help="The tables that say where addresses are: what they are, and newer ones.")

Network = Annotated[str, typer.Argument(metavar="NETWORK", help="An address or a network.")]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
TzOption = Annotated[str | None, typer.Option("--tz", help="Zone of moments that name none.", show_default="the machine's")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@home_app.callback(invoke_without_command=True)
def home(asked: typer.Context, json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Your own networks: what is home, from when until when, and who said so.

    The configuration says it ([[home]], [[override]]), `varde home add` does, and a running `varde up` learns outside addresses: the
    one to which probes from everywhere go, or to which a router translates, in the logs of sensors that the configuration names and of this
    machine. Many records over half an hour must agree; when they agree on another, the old address ends where the new one begins. Nothing
    private is learnt. Where the configuration names a network, it counts, and not what else is known of it.

    \b
    Examples:
      varde home
      varde home add 203.0.113.17 --name office --from 2026-03-01
      varde home add 2001:db8:470::/48 --kind tunnel
      varde home end 203.0.113.17 --at '2026-11-20 03:00'
    """
    if asked.invoked_subcommand is None:
        from varde.app.commands.home import home_command
        from varde.app.context import Context

        home_command(Context(store, config), as_json=json_)


@home_app.command("add")
def home_add(
    network: Network,
    name: Annotated[str, typer.Option("--name", help="What you call it.")] = "",
    first: Annotated[str | None, typer.Option("--from", help="The first moment at which it is home.", show_default="always")] = None,
    last: Annotated[str | None, typer.Option("--until", help="The first moment at which it is not.", show_default="never")] = None,
    kind: Annotated[str, typer.Option("--kind", help="own, outside (a router's address), tunnel (of a broker) or cgnat (a carrier's, shared).")] = "own",
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Say that a network is yours, and when. What comes from now on, and what is imported, is placed by it.

    \b
    Examples:
      varde home add 203.0.113.17
      varde home add 198.51.100.4 --until 2026-03-01 --name 'the old line'
      varde home add 100.64.0.0/10 --kind cgnat
    """
    from varde.app.commands.home import Added, home_add_command
    from varde.app.context import Context

    home_add_command(Context(store, config, tz), network, Added(name, kind, first, last))


@home_app.command("end")
def home_end(
    network: Network, at: Annotated[str | None, typer.Option("--at", help="The first moment at which it is home no more.", show_default="now")] = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Say that a network is yours no more. It stays home in records of before.

    \b
    Example:
      varde home end 203.0.113.17 --at yesterday
    """
    from varde.app.commands.home import home_end_command
    from varde.app.context import Context

    home_end_command(Context(store, config, tz), network, at)


@home_app.command("remove")
def home_remove(network: Network, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Forget a network, as if it had never been home. One that was learnt is not learnt again.

    \b
    Example:
      varde home remove 203.0.113.17
    """
    from varde.app.commands.home import home_remove_command
    from varde.app.context import Context

    home_remove_command(Context(store, config), network)


@geo_app.command("show")
def geo_show(json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Say which tables are in force, how old they are, what their licences ask for, and what goes before them.

    \b
    Example:
      varde geo show
    """
    from varde.app.commands.geo import geo_show_command
    from varde.app.context import Context

    geo_show_command(Context(store, config), as_json=json_)


@geo_app.command("update")
def geo_update(
    country: Annotated[str | None, typer.Option("--country", metavar="SOURCE", help="Take countries from this URL, file or npm:PACKAGE.", show_default="[geo] country_from")] = None,
    system: Annotated[str | None, typer.Option("--as", metavar="SOURCE", help="Take systems from this.", show_default="[geo] as_from")] = None,
    check: Annotated[bool, typer.Option("--check", help="Fetch and prove, and change nothing.")] = False,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Fetch newer tables of countries and systems, prove them by addresses that everybody knows, and put them in place.

    Where no source is named, the packages are looked at from which the built-in tables are made. Files in MaxMind's format and in CSV are read,
    compressed or not. {month} in a URL is this month, else the last. What is in force stays where a new table cannot be had, is wrong about known
    addresses, or knows much less. The one before is kept: `varde geo back`.

    \b
    Examples:
      varde geo update --check
      varde geo update --country https://download.db-ip.com/free/dbip-country-lite-{month}.mmdb.gz
      varde geo update --as GeoLite2-ASN.mmdb
    """
    from varde.app.commands.geo import geo_update_command
    from varde.app.context import Context

    geo_update_command(Context(store, config), {"country": country, "as": system}, check=check, as_json=json_)


@geo_app.command("back")
def geo_back(store: StoreOption = None, config: ConfigOption = None) -> None:
    """Take the last update back: the tables before it, else the built-in ones, are in force again.

    \b
    Example:
      varde geo back
    """
    from varde.app.commands.geo import geo_back_command
    from varde.app.context import Context

    geo_back_command(Context(store, config))
