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
CompareOption = Annotated[str | None, typer.Option("--compare", metavar="dshield", help="Put what others saw of the same ports beside it. Asks them: the numbers of ports leave this machine.", show_default=False)]


def surges(
    paths: Paths = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    country: Annotated[str | None, typer.Option("--country", metavar="CC", help="Only sources of this country, as in BR.")] = None,
    action: Annotated[str, typer.Option(help="refused, all, block, reject, allow, audit or unknown.")] = "refused",
    sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV with a header.")] = False,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Where to write; the suffix says the format: .json .jsonl .csv .parquet.")] = None,
    compare: CompareOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
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
      varde surges --compare dshield
    """
    from varde.app.commands.surges import SurgesOptions, surges_command
    from varde.app.traffic import context_of

    options = SurgesOptions(day, since, until, country, action, sensor, compare)
    raise typer.Exit(surges_command(context_of(store, config, tz, quiet=quiet), paths or [], options, Output.of(output, json=json_, jsonl=jsonl, csv=csv)))


def brief(
    day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    action: Annotated[str, typer.Option(help="Of probes: refused, all, block, reject, allow, audit or unknown.")] = "refused",
    url: Annotated[str, typer.Option("--url", help="Address of the page, for the links.")] = "http://127.0.0.1:8420",
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown on standard output.")] = False,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Where to write; the suffix says the format: .txt .md .html .json.")] = None,
    mail: Annotated[list[str] | None, typer.Option("--mail", metavar="ADDRESS", help="Send it there, by the server of the [[sink]] of kind mail. May be given several times.", show_default=False)] = None,
    compare: CompareOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:  # fmt: skip
    """Tell in one page what is new, and what is not as it was.

    A sentence for each thing that stands out, with its number, the number of the day before and what is usual on such a day, and the place
    in the page that shows it: surges, loud addresses and countries that never came before, records that touched lists, logins that the
    honeypot let in and names it never heard, flows that were lost, sensors that fell silent, lists that grew old. A quiet day is one
    line. What the store knows nothing of is not mentioned. Exit status 1 is that the period has no records.

    \b
    Examples:
      varde brief
      varde brief --day yesterday --mail you@example.net
      varde brief --day yesterday -o /srv/www/brief.html --url https://varde.example.net
      varde brief --since 7d --markdown
    """
    from varde.app.commands.brief import BriefOptions, brief_command
    from varde.app.traffic import context_of

    options = BriefOptions(day, since, until, action, url, as_json=json_, as_markdown=markdown, output=output, mail=tuple(mail or ()), compare=compare)
    raise typer.Exit(brief_command(context_of(store, config, tz, quiet=quiet), options))


def gallery(
    paths: Paths = None, day: DayOption = None,
    since: Annotated[str | None, typer.Option("--since", help="From then on: a date, '2026-11-20 14:30', or an age such as 6h.", show_default="31 days ago")] = None,
    until: UntilOption = None,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Where to draw it; the suffix says the format: .png .html .json.", show_default="in words")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    scheme: Annotated[str | None, typer.Option(help="dark, light or classic.", show_default="dark")] = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:  # fmt: skip
    """Show the pictures that somebody drew into your Fireplot.

    Few do: they choose ports and moments so that the plot of your firewall's log shows a picture. Each is drawn again from the packets of
    its own sources alone, so that nothing else is in it. Without FILES the store is asked; with FILES they are read, all of them, and
    nothing is stored. Exit status 1 is that nobody drew.

    \b
    Examples:
      varde gallery
      varde gallery --since 2026-01-01 -o gallery.html
      varde gallery /var/log/ufw.log* -o gallery.png --scheme classic
    """
    from varde.app.commands.gallery import GalleryOptions, gallery_command
    from varde.app.traffic import context_of

    options = GalleryOptions(day, since, until, scheme)
    raise typer.Exit(gallery_command(context_of(store, config, tz, quiet=quiet), paths or [], options, output, as_json=json_))


def add(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command("surges")(surges)
    app.command("brief")(brief)
    app.command("gallery")(gallery)
