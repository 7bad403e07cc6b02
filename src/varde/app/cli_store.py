"""The commands about what is kept and who may see it: store export, store import, audit."""

from pathlib import Path
from typing import Annotated

import typer

store_app = typer.Typer(no_args_is_help=True, help="Move a store, keep a copy, put two together.")

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]


@store_app.command("export")
def store_export(
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where to write, or - for standard output.")],
    first: Annotated[str | None, typer.Option("--since", help="From this UTC day on.", show_default="the first")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Up to and with this UTC day.", show_default="the last")] = None,
    store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Write the store's records, and how far each text was read, as one file: a tar of Parquet.

    A running station may go on; what it stores meanwhile is not in the file. Lists, sinks and the configuration are not in it.

    \b
    Examples:
      varde store export varde.tar
      varde store export - | ssh other varde store import -
      varde store export november.tar --since 2026-11-01 --until 2026-11-30
    """
    from varde.app.commands.moving import export_command
    from varde.app.context import Context

    export_command(Context(store, config, quiet=quiet), path, first, last)


@store_app.command("import")
def store_import(
    path: Annotated[str, typer.Argument(metavar="FILE", help="An archive of `varde store export`, or - for standard input.")],
    store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Add the records of an archive, each once however often it is imported.

    The archive is looked at whole before anything is added. What came from a text that this store has read itself is left out. Texts of the archive are
    read on where the other store stood.

    \b
    Examples:
      varde store import varde.tar
      varde store import varde.tar --store /var/lib/varde
    """
    from varde.app.commands.moving import import_command
    from varde.app.context import Context

    import_command(Context(store, config, quiet=quiet), path)


def audit(
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Say what listens, as whom it runs, where data lies and who may read it, and what leaves the machine.

    Nothing is changed and nothing is sent. What is to be mended is marked !! and makes the exit status 1.

    \b
    Examples:
      varde audit
      sudo -u varde varde audit --config /etc/varde/varde.toml
    """
    from varde.app.commands.audit import audit_command
    from varde.app.context import Context

    raise typer.Exit(audit_command(Context(store, config), as_json=json_))


def add(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(store_app, name="store")
    app.command("audit")(audit)
