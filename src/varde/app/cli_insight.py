"""The commands of insight: what changed, found by the program and told with its reasons."""

from pathlib import Path
from typing import Annotated

import typer

from varde.app.tables import Output

Paths = Annotated[list[str] | None, typer.Argument(metavar="FILES", help="Files (.gz .xz .zst .bz2 too), or - for standard input.", show_default=False)]
DayOption = Annotated[str | None, typer.Option("--day", help="today, yesterday or a date.", show_default=False)]
SinceOption = Annotated[str | None, typer.Option("--since", help="From then on: a date, '2026-11-20 14:30', or an age such as 6h.", show_default="the last 24 hours")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Up to then; a date includes that day.", show_default="now")]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
TzOption = Annotated[str | None, typer.Option("--tz", help="Zone of what is printed, and of --day, --since and --until.", show_default="the machine's")]


def surges(
    paths: Paths = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    country: Annotated[str | None, typer.Option("--country", metavar="CC", help="Only sources of this country, as in BR.")] = None,
    action: Annotated[str, typer.Option(help="refused, all, block, reject, allow, audit or unknown.")] = "refused",
    sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV with a header.")] = False,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Where to write; the suffix says the format: .json .jsonl .csv .parquet.")] = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:  # fmt: skip
    """Find ports that suddenly many strangers wanted.

    Different networks of each hour and of six hours are held against what is usual for that port at that hour of the week, from up to
    five weeks before the period. Each surge is told with its start, its growth, its countries, what is new of it, and how sure that
    is. Ports in `[insight] open_ports` never count. Without FILES the store is asked; with FILES they are read and nothing is stored
    (their whole period, unless one is given). Exit status 1 is that there was none.

    \b
    Examples:
      varde surges
      varde surges --day yesterday
      varde surges --since 2026-11-20 --until 2026-11-22 --json
      varde surges /var/log/ufw.log* --tz Europe/Oslo
    """
    from varde.app.commands.surges import SurgesOptions, surges_command
    from varde.app.traffic import context_of

    options = SurgesOptions(day, since, until, country, action, sensor)
    raise typer.Exit(surges_command(context_of(store, config, tz, quiet=quiet), paths or [], options, Output.of(output, json=json_, jsonl=jsonl, csv=csv)))


def add(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command("surges")(surges)
