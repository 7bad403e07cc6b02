"""The command line. Heavy rooms are imported inside the commands that need them, so that `--help` is quick."""

import gc
import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer

from varde import __version__
from varde.app.cli_amavis import amavis_app
from varde.app.cli_check import check_app
from varde.app.cli_faces import munin_app, service_app
from varde.app.cli_home import geo_app, home_app
from varde.app.cli_insight import add as add_insight
from varde.app.cli_metrics import add as add_metrics
from varde.app.cli_snmp import snmp_app
from varde.app.cli_store import add as add_store
from varde.app.cli_traffic import add as add_traffic
from varde.model import VardeError

app = typer.Typer(
    name="varde", no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    help=(
        "Who is knocking on the edge of your network.\n\nStart with `varde demo`, or `varde fireplot /var/log/ufw.log -o today.png`. "
        "`varde COMMAND --help` has examples.\n\n\b\nExit status:\n  0  done\n  1  nothing matched, or a check failed\n"
        "  2  wrong usage, input that cannot be read, or no port that can be opened; a sentence says which"
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
config_app = typer.Typer(no_args_is_help=True, help="Write, check and show the configuration.")
app.add_typer(config_app, name="config")
flow_app = typer.Typer(no_args_is_help=True, help="Flows: who exports them, how much was seen, how they are read.")
app.add_typer(flow_app, name="flow")
intel_app = typer.Typer(no_args_is_help=True, help="Block lists and threat intelligence: read, fetch, look after them.")
app.add_typer(intel_app, name="intel")
warn_app = typer.Typer(invoke_without_command=True)
app.add_typer(warn_app, name="warn")
app.add_typer(amavis_app, name="amavis")
app.add_typer(snmp_app, name="snmp")
app.add_typer(home_app, name="home")
app.add_typer(geo_app, name="geo")
app.add_typer(munin_app, name="munin")
app.add_typer(service_app, name="service")
app.add_typer(check_app, name="check")

Paths = Annotated[list[str] | None, typer.Argument(metavar="FILES", help="Files (.gz .xz .zst .bz2 too), or - for standard input.", show_default=False)]
FlowsOption = Annotated[list[str] | None, typer.Option("--flows", metavar="ADDRESS", help="Listen here for flows instead, as in udp://[::]:2055.")]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
TzOption = Annotated[str | None, typer.Option("--tz", help="Zone of the picture, and of stamps that name none.", show_default="the machine's")]
AsOption = Annotated[str | None, typer.Option("--as", help="Read as this dialect and no other.", show_default="detected")]
YearOption = Annotated[int | None, typer.Option("--year", help="Year of stamps that have none.", min=1970, max=2200, show_default="from the file's date")]
SensorOption = Annotated[str | None, typer.Option("--sensor", help="Name of who observed.", show_default="from the file's name")]
DayOption = Annotated[str | None, typer.Option("--day", help="today, yesterday or a date.", show_default=False)]
SinceOption = Annotated[str | None, typer.Option("--since", help="From then on: a date, '2026-11-20 14:30', or an age such as 6h.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Up to then; a date includes that day.", show_default="now")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
OutputOption = Annotated[str | None, typer.Option("-o", "--output", help="Where to write; the suffix says the format, - is standard output.")]


def _version(wanted: bool) -> None:
    if wanted:
        from varde.app.commands.store import version_text

        typer.echo(version_text(__version__))
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Version, and dates of the databases.")] = False) -> None:
    pass


@app.command()
def fireplot(
    paths: Paths = None, output: OutputOption = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    calendar: Annotated[int | None, typer.Option(help="A year of thumbnails instead of one plot; in --json and CSV its days with their counts.", min=1970, max=2199)] = None,
    scheme: Annotated[str | None, typer.Option(help="dark, light or classic.")] = None,
    width: Annotated[int, typer.Option(help="Width of the plot area in pixels.", min=64, max=16384)] = 1040,
    height: Annotated[int, typer.Option(help="Height of the plot area in pixels.", min=64, max=8192)] = 417,
    port_min: Annotated[int, typer.Option(help="Lowest port that is drawn and counted.", min=1, max=65534)] = 1,
    port_max: Annotated[int, typer.Option(help="Highest port that is drawn and counted.", min=2, max=65535)] = 65535,
    src: Annotated[str | None, typer.Option(help="Only from this address or network.")] = None,
    dst: Annotated[str | None, typer.Option(help="Only to this address or network.")] = None,
    plane: Annotated[list[str] | None, typer.Option(help="Only these of tcp4 udp4 tcp6 udp6 icmp other.")] = None,
    action: Annotated[str, typer.Option(help="refused, all, block, reject, allow, audit or unknown.")] = "refused",
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    top: Annotated[int, typer.Option(help="Ports to list in --json and HTML.", min=0, max=65536)] = 20,
    findings: Annotated[bool | None, typer.Option("--findings/--no-findings", help="Outline scans, surges and drawings, or list them in --json.", show_default="in PNG, SVG and HTML of up to 31 days")] = None,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    year: YearOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Draw refused probes over time and port.

    Without FILES the store is asked (today, unless a period is given); with FILES they are read and nothing is stored
    (their whole period, unless one is given).

    \b
    Examples:
      varde fireplot /var/log/ufw.log -o plot.png
      varde fireplot fw1.log.*.gz --day yesterday -o plot.svg
      varde fireplot --day 2026-11-20 --scheme classic -o plot.png
      varde fireplot --since 6h --json
      ssh fw cat /var/log/kern.log | varde fireplot - -o plot.html
    """
    from varde.app.commands.fireplot import FireplotOptions, fireplot_command

    context = _context(store, config, tz, dialect, year, sensor, quiet)
    fireplot_command(
        context, paths or [], output, json_, FireplotOptions(
            day, since, until, calendar, scheme, width, height, port_min, port_max, src, dst, tuple(plane or ()), action, only_sensor, top, findings,
        )
    )  # fmt: skip


@app.command()
def up(
    paths: Paths = None, listen: Annotated[list[str] | None, typer.Option(help="Listen here for syslog instead, as in udp://[::]:5514.")] = None,
    flows: FlowsOption = None,
    web: Annotated[str | None, typer.Option(help="Serve the page here.", show_default="127.0.0.1:8420")] = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None, year: YearOption = None,
    sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Import and follow files, listen for syslog and flows, serve the page.

    Runs until it is stopped. Without FILES it takes those of the configuration, or looks around for firewall logs that it may
    read. Where --listen or --flows is given, only what is named is listened on. A port that is taken is said and tried again;
    when none can be had it ends. SIGHUP reads the configuration again.

    \b
    Examples:
      varde up
      varde up /var/log/ufw.log /var/log/mikrotik/*.log
      varde up --listen udp://[::]:514 --web 127.0.0.1:8421
      varde up --flows udp://[::]:2055 --flows tcp://[::]:4739
    """
    from varde.app.station import run

    run(_context(store, config, tz, dialect, year, sensor, quiet), paths or [], listen=listen, flows=flows, web=web)


@app.command()
def listen(
    address: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS", help="Where to listen: udp://, tcp:// or tls://.", show_default="[syslog] listen")] = None,
    flows: FlowsOption = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Listen for syslog and for flows (NetFlow, IPFIX, sFlow) and store them, without the page.

    Where addresses for one of them are given, only those are listened on.

    \b
    Examples:
      varde listen
      varde listen udp://[::]:5514 tcp://[::]:5514
      varde listen --flows 127.0.0.1:2055
    """
    from varde.app.station import run

    run(_context(store, config, tz, dialect, None, None, quiet), None, listen=address or None, flows=flows, web="")


@app.command()
def catch(
    ports: Annotated[list[str], typer.Argument(help="Ports such as 7547, 53/udp or 8000-8010.")],
    tls: Annotated[bool, typer.Option("--tls", help="Answer TLS with a certificate made on the spot, and take what is said inside.")] = False,
    banner: Annotated[Path | None, typer.Option("--banner", help="Send this file first; inside TLS with --tls.", show_default=False)] = None,
    bind: Annotated[str, typer.Option("--bind", help="Listen on this address of the machine; :: is all of them, IPv4 too.")] = "::",
    user: Annotated[str | None, typer.Option("--user", help="Run on as this user when started as root.", show_default="the store's owner, or nobody")] = None,
    stay_root: Annotated[bool, typer.Option("--stay-root", help="Keep root's rights. Not advised: what is caught is written by attackers.")] = False,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Listen on ports without answering, and store what strangers send to them, until stopped.

    TCP is silent unless --tls or --banner is given; UDP never answers. Everything is bounded: 64 KiB a connection, 10 s of
    silence, 60 s in all, 1,000 connections at once and 20 of one source, 200 captures an hour of one source, 256 MiB a day.
    What is over a bound is counted. `varde captures` shows what was caught.

    \b
    Examples:
      varde catch 7547
      varde catch 7547 37777 5060/udp 8000-8010
      varde catch 443 8443 --tls
      varde catch 23 2323 --banner login.txt --user varde
    """
    from varde.app.commands.catch import CatchOptions, catch_command

    catch_command(_context(store, config, tz, None, None, sensor, quiet), CatchOptions(tuple(ports), bind, tls, banner, user, stay_root))


@app.command()
def captures(
    day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    port: Annotated[int | None, typer.Option(help="Only what was sent to this port.", min=1, max=65535)] = None,
    src: Annotated[str | None, typer.Option(help="Only from this address or network.")] = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1, max=10_000)] = 100,
    show: Annotated[str | None, typer.Option("--show", help="One capture by its id, or last: octets, strings, URLs, commands.", show_default=False)] = None,
    json_: JsonOption = False, csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output.")] = False,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """List what `varde catch` caught, or show one capture and what its payload is known as. URLs are printed defanged.

    \b
    Examples:
      varde captures --day today
      varde captures --port 7547 --src 198.51.100.0/24 --csv
      varde captures --show last
      varde captures --show 6441b6ee5a3c0 --json
    """
    from varde.app.commands.captures import CapturesOptions, captures_command

    captures_command(_context(store, config, tz, quiet=quiet), CapturesOptions(day, since, until, port, src, limit, show, csv), as_json=json_)


@app.command()
def demo(
    web: Annotated[str | None, typer.Option(help="Serve the page here.", show_default="127.0.0.1:8420 or a free port")] = None,
    quiet: QuietOption = False,
) -> None:
    """Show Varde on synthetic days.

    They have a store of their own: nothing of yours is read or changed, and nothing is left behind.

    \b
    Examples:
      varde demo
      varde demo --web 127.0.0.1:8500
    """
    from varde.app.station import run_demo

    run_demo(web, quiet=quiet)


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write the logs.")] = Path("synthetic"),
    day: Annotated[str, typer.Option(help="today, yesterday or a date.")] = "yesterday",
    probes: Annotated[int, typer.Option(help="Background probes; the campaigns come on top.", min=100, max=10_000_000)] = 40_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 1,
    background_only: Annotated[bool, typer.Option("--background-only", help="No scans, surge or drawing.")] = False,
    tz: TzOption = None,
) -> None:
    """Write the logs of a synthetic day.

    Three firewalls, a scan of each kind, a surge, a new port, a drawing: all of it is made up.

    \b
    Example:
      varde simulate /tmp/synthetic --day 2026-11-20 && varde fireplot /tmp/synthetic/*.log -o day.png
    """
    from varde.app.commands.simulate import simulate_command

    simulate_command(_context(None, None, tz), folder, day, probes, seed, campaigns=not background_only)


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(metavar="FILES", help="Files (.gz .xz .zst .bz2 too), or - for standard input.")],
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    year: YearOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
    country_map: Annotated[Path | None, typer.Option("--country-map", metavar="FILE", help="Ranges and their countries as CSV, for this import.")] = None,
) -> None:  # fmt: skip
    """Import files into the store, each line once: logs, captured exports of flows, and flows that rwcut or nfdump printed.

    It does not matter how often a file is read, or whether it was renamed or compressed in between. NetFlow v1, v5, v7, v9, IPFIX
    and sFlow v5 are read from packet captures (pcap, pcapng), IPFIX also from files of messages, NetFlow v5 from files of datagrams.
    What `rwcut` prints is read with its header, and what `nfdump -o csv` and `nfdump -o json` print.

    \b
    Examples:
      varde read /var/log/ufw.log*
      ssh fw cat /var/log/kern.log | varde read - --sensor fw
      varde read exports.pcap yaf.ipfix
      rwfilter --proto=0-255 --pass=stdout data.rw | rwcut --delimited | varde read - --country-map countries.csv
    """
    from varde.app.commands.files import read_command

    read_command(_context(store, config, tz, dialect, year, sensor, quiet, country_map), paths, as_json=json_)


@app.command()
def forget(
    what: Annotated[str, typer.Argument(metavar="FILE|ADDRESS", help="A file that was read, by the path it had or has; or an address or network.")],
    yes: Annotated[bool, typer.Option("--yes", help="Needed for networks of more than 65,536 addresses.")] = False,
    store: StoreOption = None, config: ConfigOption = None, sensor: SensorOption = None,
) -> None:  # fmt: skip
    """Take the import of a file back, or delete all that is stored of an address.

    Of an address every record goes in which it stands: as source, destination, target or translation, in a logged line, in a line that could
    not be read, in warnings; also the files they stood in, so that nothing can be brought back. Lists that name it stay.

    \b
    Examples:
      varde forget /var/log/ufw.log
      varde forget 203.0.113.7
      varde forget 2001:db8:1:2::/64
    """
    from varde.app.commands.store import forget_command

    forget_command(_context(store, config, sensor=sensor), what, yes=yes)


@app.command()
def decode(
    paths: Annotated[list[str], typer.Argument(metavar="FILES", help="Files, or - for standard input.")],
    config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None, year: YearOption = None, sensor: SensorOption = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line, which is the default.")] = True,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Print the records in files as JSON lines; stores nothing.

    `line` is the number of the line, or of the packet in a capture of flow exports.

    \b
    Example:
      varde decode fw1.log | jq -r .src_addr | sort | uniq -c | sort -rn | head
      varde decode exports.pcap | jq -c '[.time, .src_addr, .dst_addr, .dst_port, .octets]'
    """
    from varde.app.commands.files import decode_command

    decode_command(_context(None, config, tz, dialect, year, sensor, quiet), paths)


@app.command()
def doctor(
    paths: Annotated[list[str], typer.Argument(metavar="FILES", help="Files, or - for standard input.")],
    json_: JsonOption = False, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None, year: YearOption = None,
    sensor: SensorOption = None,
) -> None:  # fmt: skip
    """Say what files are and how much of them Varde reads.

    Also the first lines that it does not read, and what to change so that it does. Stores nothing.

    \b
    Examples:
      varde doctor /var/log/syslog
      ssh fw cat /var/log/kern.log | varde doctor -
    """
    from varde.app.commands.files import doctor_command

    doctor_command(_context(None, config, tz, dialect, year, sensor), paths, as_json=json_)


@app.command()
def status(store: StoreOption = None, config: ConfigOption = None, json_: JsonOption = False) -> None:
    """Say what the store holds.

    From which sensors, how much of it was understood, and how long it is kept.

    \b
    Examples:
      varde status
      varde status --store /var/lib/varde --json
    """
    from varde.app.commands.store import status_command

    status_command(_context(store, config), as_json=json_)


@app.command()
def why(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="An address, network, name, port (7547, tcp/23), AS (AS64500) or country (NO).")],
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Say everything that is known about an address, name, port, AS or country.

    Which lists have it and since when, why it is not matched, what is published with it, where the store has seen it, and the line that lets
    it through. Exit status 1 where nothing is known.

    \b
    Examples:
      varde why 203.0.113.5
      varde why evil.example --json
      varde why tcp/7547
    """
    from varde.app.commands.why import why_command

    why_command(_context(store, config), what, as_json=json_)


@app.command()
def tidy(store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False) -> None:
    """Merge small files and delete what is too old.

    What is too old says section [store] of the configuration. `varde up` does this by itself, once an hour.

    \b
    Example:
      varde tidy --store /var/lib/varde
    """
    from varde.app.commands.store import tidy_command

    tidy_command(_context(store, config, quiet=quiet))


@app.command()
def honeypot(
    table: Annotated[str | None, typer.Argument(show_default="a list of them", help="passwords, users, pairs, logins, sources, tunnels, ports, payloads, commands, sessions, mails or downloads.")] = None,
    paths: Paths = None, output: OutputOption = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    top: Annotated[int, typer.Option(help="How many rows.", min=1, max=100_000)] = 20,
    order: Annotated[str, typer.Option(help="frequency, rarity (the rarest and longest first) or first (the newest first).")] = "frequency",
    user: Annotated[str | None, typer.Option(help="Only attempts with this user name; with sessions, those that tried it.")] = None,
    src: Annotated[str | None, typer.Option(help="Only from this address or network.")] = None,
    session: Annotated[str | None, typer.Option(help="With sessions: tell this one, in order of time.")] = None,
    accepted: Annotated[bool, typer.Option("--accepted", help="With logins and sessions: only those that were let in.")] = False,
    form: Annotated[str | None, typer.Option(help="With payloads: only those that are http, tls, smtp, ssh or unknown.")] = None,
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    json_: JsonOption = False, csv_: Annotated[bool, typer.Option("--csv", help="CSV on standard output.")] = False,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    year: YearOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """What honeypots saw: top passwords, users and pairs, sources, where they wanted to go on to, what they typed and sent.

    Without FILES the store is asked, with FILES they are read and nothing is stored; the whole of it, unless a period is
    given. `new` marks what was never seen before the period. Times are local (--tz), and UTC in JSON and CSV. A table that is
    wider than the terminal leaves out the columns that say least, and says which.

    \b
    Examples:
      varde honeypot
      varde honeypot passwords cowrie.json*
      varde honeypot pairs --user root --order rarity --day yesterday
      varde honeypot sources --since 7d --json
      varde honeypot sessions --session 89f9df1f812e
      ssh honeypot cat /home/cowrie/var/log/cowrie/cowrie.json | varde honeypot tunnels -
    """
    from varde.app.commands.honeypot import HoneypotOptions, honeypot_command, list_tables

    if table is None:
        list_tables()
        return
    honeypot_command(
        _context(store, config, tz, dialect, year, sensor, quiet), table, paths or [], output,
        HoneypotOptions(day, since, until, only_sensor, src, user, top, order, session, accepted, json_, csv_, form),
    )  # fmt: skip


@app.command()
def logstalgia(
    paths: Paths = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    kind: Annotated[list[str] | None, typer.Option(help="firewall (refused probes) or logins (attempts in honeypots).", show_default="both")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Live: what is new in FILES (- is what a program pipes in), or what arrives by syslog.")] = False,
    listen: Annotated[list[str] | None, typer.Option(help="Live: listen here for syslog, as in udp://[::]:5514.")] = None,
    preset: Annotated[str | None, typer.Option(help="Print the logstalgia command for firewall or logins, and end.")] = None,
    article: Annotated[bool, typer.Option("--article", help="Five and six fields, as in the articles; the default has seven.")] = False,
    video: Annotated[str | None, typer.Option(help="Draw into this file, such as hour.webm (needs logstalgia and ffmpeg).")] = None,
    size: Annotated[str, typer.Option(help="Size of the film in pixels.")] = "1280x720",
    speed: Annotated[int, typer.Option(help="How many times as fast as it happened, for the film.", min=1, max=30)] = 1,
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    year: YearOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """A feed that Logstalgia draws: refused probes and login attempts as balls that the paddle blocks.

    From FILES, from the store, or live with --follow; live lines carry the time of receipt and leave as they come.

    \b
    Examples:
      varde logstalgia /var/log/ufw.log | logstalgia -
      varde logstalgia --follow --listen udp://[::]:5514 | sh -c "$(varde logstalgia --preset firewall)"
      varde logstalgia cowrie.json --kind logins | logstalgia -600x200 -g "Login,URI=^.,100" -x -
      xvfb-run varde logstalgia --since 1h --video hour.webm --speed 10
    """
    from varde.app.commands.logstalgia import LogstalgiaOptions, logstalgia_command, preset_command
    from varde.decode.events import KINDS

    if preset is not None:
        preset_command(preset, article=article)
        return
    logstalgia_command(
        _context(store, config, tz, dialect, year, sensor, quiet), paths or [],
        LogstalgiaOptions(day, since, until, tuple(kind or KINDS), only_sensor, follow, tuple(listen or ()), article, video, size, speed),
    )  # fmt: skip


@app.command("replay")
def film(
    paths: Paths = None, output: OutputOption = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    kind: Annotated[list[str] | None, typer.Option(help="firewall (refused probes) or logins (attempts in honeypots).", show_default="both")] = None,
    speed: Annotated[int, typer.Option(help="How many times as fast as it happened; 1440 makes a minute of a day.", min=1, max=86_400)] = 1440,
    size: Annotated[str, typer.Option(help="Width and height in pixels.", show_default="1280x720, .gif 800x450")] = "",
    scheme: Annotated[str | None, typer.Option(help="dark, light or classic.")] = None,
    src: Annotated[str | None, typer.Option(help="Only from this address or network.")] = None,
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None, year: YearOption = None,
    sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """The page's live view as a film: refused probes and failed logins bounce off the paddle, who is let in passes it.

    .gif needs nothing else; .webm, .mp4 and .mkv need the program ffmpeg. For the film that the real Logstalgia draws see
    `varde logstalgia --video`.

    \b
    Examples:
      varde replay --day yesterday -o day.webm
      varde replay cowrie.json --kind logins --speed 600 -o logins.gif
    """
    from varde.app.commands.replay import ReplayOptions, replay_command
    from varde.decode.events import KINDS

    context = _context(store, config, tz, dialect, year, sensor, quiet)
    options = ReplayOptions(day, since, until, tuple(kind or KINDS), only_sensor, src, speed, size, scheme or context.config.view.scheme)
    replay_command(context, paths or [], output, options)


@app.command()
def linkgraph(
    paths: Paths = None, output: OutputOption = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    compare: Annotated[str | None, typer.Option(help="Mark what is new since: yesterday, a date, or before (as much time right before).")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only port=25, cc=CN, as=64512, an address, a network or *.example.")] = None,
    except_: Annotated[list[str] | None, typer.Option("--except", help="Leave these out; written as for --only.")] = None,
    group_sources: Annotated[str, typer.Option(help="Fold sources by alike, prefix, as or country.", show_default="where room runs out")] = "",
    group_targets: Annotated[str, typer.Option(help="Fold targets by alike, domain, prefix, as or country.", show_default="where room runs out")] = "",
    unfolded: Annotated[bool, typer.Option("--unfolded", help="Every node of its own, for .dot, .gdf, .graphml and .graphson.")] = False,
    properties: Annotated[str | None, typer.Option(help="An AfterGlow property file for colours, sizes, labels and thresholds.")] = None,
    scheme: Annotated[str | None, typer.Option(help="dark, light or classic.")] = None,
    width: Annotated[int, typer.Option(help="Width in pixels.", min=400, max=16384)] = 1600,
    height: Annotated[int, typer.Option(help="Height in pixels.", min=300, max=16384)] = 1000,
    src: Annotated[str | None, typer.Option(help="Only from this address or network.")] = None,
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    year: YearOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Draw where visitors of a honeypot wanted to go on to: source, port, target. Nothing covers anything.

    From honeypot logs, from the store, or from AfterGlow CSV files (names that end in .csv). What finds no room is folded into
    counted nodes; in HTML a click unfolds them.

    \b
    Examples:
      varde linkgraph cowrie.json -o tunnels.png
      varde linkgraph --day yesterday --compare yesterday -o new.html
      varde linkgraph --since 14d --group-targets domain --only port=25 -o mail.svg
      varde linkgraph requests.csv --properties color.properties -o requests.png
      ssh honeypot cat cowrie.json | varde linkgraph - -o tunnels.html
    """
    from varde.app.commands.linkgraph import LinkgraphOptions
    from varde.app.commands.tunnels import Asked, linkgraph_command

    context = _context(store, config, tz, dialect, year, sensor, quiet)
    options = LinkgraphOptions(
        width, height, scheme or context.config.view.scheme, "", "", group_sources, group_targets, properties, unfolded, quiet,
    )  # fmt: skip
    asked = Asked(day, since, until, only_sensor, src, tuple(only or ()), tuple(except_ or ()), compare)
    linkgraph_command(context, paths or [], output, asked, options, json_=json_)


@app.command("map")
def world_map(
    paths: Paths = None, output: OutputOption = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    table: Annotated[str | None, typer.Option(help="flows, probes, logins or tunnels.", show_default="flows where the period has some, else probes")] = None,
    by: Annotated[str | None, typer.Option(help="octets, packets, flows or events.", show_default="octets of flows, else events")] = None,
    direction: Annotated[str, typer.Option(help="Which end is located: in (who sends), out (who is sent to) or both.")] = "in",
    style: Annotated[str, typer.Option(help="bubbles, choropleth or both.")] = "bubbles",
    arcs: Annotated[bool, typer.Option("--arcs", help="Draw arcs from home, which [view] place names, to the countries.")] = False,
    top: Annotated[int, typer.Option(help="Countries at most.", min=1, max=300)] = 250,
    width: Annotated[int, typer.Option(help="Width of the picture in pixels.", min=640, max=8192)] = 1200,
    scheme: Annotated[str | None, typer.Option(help="dark, light or classic.")] = None,
    src: Annotated[str | None, typer.Option(help="Only from this address or network.")] = None,
    dst: Annotated[str | None, typer.Option(help="Only to this address or network.")] = None,
    action: Annotated[str, typer.Option(help="Of probes: refused, all, block, reject, allow, audit or unknown.")] = "refused",
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, dialect: AsOption = None,
    year: YearOption = None, sensor: SensorOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Draw where traffic comes from and goes to, on a map of the world.

    Own networks are never a place; what has no known place is counted and said. Without FILES the store is asked, with FILES they are read and
    nothing is stored. A table that SiLK's rwstats or rwuniq printed by country is drawn as it is.

    \b
    Examples:
      varde map --day yesterday -o map.png
      varde map --direction out --by octets --style choropleth -o map.svg
      varde map --since 7d --arcs -o map.html
      varde map /var/log/ufw.log -o map.html
      varde map --table logins --since 7d --json
      rwstats --fields=dcc --bytes --count=20 flows.rw | varde map - -o map.png
    """
    from varde.app.commands.worldmap import MapOptions, map_command

    context = _context(store, config, tz, dialect, year, sensor, quiet)
    options = MapOptions(table, by, direction, style, top, width, scheme, day, since, until, only_sensor, src, dst, action, arcs)
    map_command(context, paths or [], output, options, as_json=json_)


@app.command()
def afterglow(
    words: Annotated[list[str] | None, typer.Argument(help="`csv` and honeypot logs; or CSV files (standard input without).", show_default=False)] = None,
    properties: Annotated[str | None, typer.Option("-c", "--config-file", help="color.properties; with it DOT is printed.")] = None,
    two: Annotated[bool, typer.Option("-t", "--two-node", help="The CSV has two columns: source and target.")] = False,
    graphson: Annotated[bool, typer.Option("-j", "--graphson", help="Print GraphSON instead of DOT.")] = False,
    output: OutputOption = None, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    only: Annotated[list[str] | None, typer.Option(help="As for linkgraph.")] = None,
    except_: Annotated[list[str] | None, typer.Option("--except", help="As for linkgraph.")] = None,
    only_sensor: Annotated[str | None, typer.Option("--only-sensor", help="Only what this sensor observed.")] = None,
    store: StoreOption = None, tz: TzOption = None, dialect: AsOption = None, year: YearOption = None, sensor: SensorOption = None,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """AfterGlow's input from honeypot logs, and AfterGlow's DOT from its input, without Perl.

    `varde afterglow csv FILES` writes a line source,port,target for each request; without FILES it asks the store.
    `varde afterglow -c color.properties < x.csv` prints DOT that Graphviz draws.

    \b
    Examples:
      varde afterglow csv cowrie.json > requests.csv
      varde afterglow -c color.properties < requests.csv | neato -Tpng -o requests.png
      ssh honeypot "cat cowrie.json" | varde afterglow csv - | varde afterglow | neato -Tsvg -o requests.svg
    """
    from varde.app.commands.tunnels import Asked, afterglow_csv_command, afterglow_drawn_command

    if words and words[0] == "csv" and properties is None and not graphson:
        asked = Asked(day, since, until, only_sensor, None, tuple(only or ()), tuple(except_ or ()))
        afterglow_csv_command(_context(store, None, tz, dialect, year, sensor, quiet), words[1:], output, asked)
        return
    afterglow_drawn_command(words or [], properties, output, two=two, graphson=graphson)


@flow_app.command("exporters")
def flow_exporters(json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Say who sends flows here, and how much of what each exported was seen.

    Lost, out of order and twice are told by sequence numbers: of flows, datagrams or records, as the protocol counts. Exit status 1
    where nobody ever sent any.

    \b
    Examples:
      varde flow exporters
      varde flow exporters --json
    """
    from varde.app.commands.flows import exporters_command

    raise typer.Exit(exporters_command(_context(store, config), as_json=json_))


@flow_app.command("templates")
def flow_templates(json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None) -> None:
    """List the templates that exporters have announced: element:octets of each field, * where the length varies.

    \b
    Example:
      varde flow templates
    """
    from varde.app.commands.flows import templates_command

    raise typer.Exit(templates_command(_context(store, config), as_json=json_))


@flow_app.command("nat")
def flow_nat(
    at: Annotated[str | None, typer.Option("--at", help="Those that there were at this moment: '2026-11-20 14:30:05', or an age such as 6h.", show_default=False)] = None,
    since: SinceOption = None, until: UntilOption = None,
    address: Annotated[str | None, typer.Option("--address", help="Only of this address or network, outside or inside.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Only of this port, or of the block that it lies in.", min=0, max=65535)] = None,
    proto: Annotated[str | None, typer.Option("--proto", help="Only of this protocol: tcp, udp, icmp or a number.")] = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1, max=500_000)] = 100,
    json_: JsonOption = False, csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output.")] = False,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Say who had an outside address and port at a time, from what routers and firewalls tell of translations.

    Events (NetFlow's and IPFIX's NAT events, ASA's NSEL) say when a translation or a block of ports began and ended; of routers that
    only export flows with both addresses it is known that there was one while a flow lasted. Without a period: the last 24 hours.
    Exit status 1 where there is none; what to set on the router is said where none ever told of any.

    \b
    Examples:
      varde flow nat --at "2026-11-20 14:30:05" --address 198.51.100.7 --port 40123 --proto tcp
      varde flow nat --at 2026-11-20T13:30:05Z --address 198.51.100.7 --json
      varde flow nat --since 6h --address 192.168.88.5 --csv > outside.csv
    """
    from varde.app.commands.translations import NatOptions, nat_command

    options = NatOptions(at, since, until, address, port, proto, limit, json_, csv)
    raise typer.Exit(nat_command(_context(store, config, tz, quiet=quiet), options))


@intel_app.command("import")
def intel_import(
    path: Annotated[str, typer.Argument(metavar="FILE", help="The list (.gz .xz .zst .bz2 too), or - for standard input.")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the list; one of that name is replaced.", show_default="from the file's name")] = None,
    form: Annotated[str | None, typer.Option("--as", help="Read as this format: plain, csv, zeek, otx, stix, misp and others.", show_default="recognised")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the list although what came is empty or a tenth of it.")] = False,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Read a list into the store: what it names is matched from then on, by a running `varde up` too.

    Says what was read, which lines were not and why, and what is suppressed: private and reserved space, your own networks
    ([[home]]), what you allow ([[allow]]), networks that are too large, public suffixes. A list of that name stays as it was where
    nothing in the file is an indicator, or where it lost nine tenths: mostly a download failed.

    \b
    Examples:
      varde intel import drop.txt
      varde intel import pulses.json --name otx --json
      zcat intel.dat.gz | varde intel import - --name zeek --as zeek
    """
    from varde.app.commands.intel import import_command

    import_command(_context(store, config, quiet=quiet), path, name, form, force=force, as_json=json_)


@intel_app.command("update")
def intel_update(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Which lists.", show_default="all that are configured")] = None,
    force: Annotated[bool, typer.Option("--force", help="Take what is held back because it emptied or shrank.")] = False,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Fetch and read the configured lists now; `varde up` does it by itself when each is due.

    A list that cannot be fetched, is empty or lost nine tenths of what it had leaves the last good set in force.

    \b
    Examples:
      varde intel update
      varde intel update drop --force
    """
    from varde.app.commands.intel import update_command

    update_command(_context(store, config, quiet=quiet), names or [], force=force, as_json=json_)


@intel_app.command("status")
def intel_status(json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Say what the lists hold, how old they are, and what is wrong with them.

    \b
    Example:
      varde intel status --json
    """
    from varde.app.commands.intel import status_command

    status_command(_context(store, config), as_json=json_)


@intel_app.command("catalogue")
def intel_catalogue(json_: JsonOption = False) -> None:
    """Well-known public lists: where they are, how often to ask, licence, whether they may be passed on, whether they need a key.

    \b
    Example:
      varde intel catalogue
    """
    from varde.app.commands.catalogue import catalogue_command

    catalogue_command(as_json=json_)


@intel_app.command("add")
def intel_add(
    name: Annotated[str, typer.Argument(help="A list of `varde intel catalogue`.")],
    write: Annotated[bool, typer.Option("--write", help="Write it at the end of the configuration instead of printing it.")] = False,
    config: ConfigOption = None,
) -> None:  # fmt: skip
    """Print the [[list]] of a well-known list for the configuration, or write it there.

    \b
    Examples:
      varde intel add spamhaus-drop
      varde intel add feodo --write
    """
    from varde.app.commands.catalogue import add_command

    add_command(_context(None, config), name, write=write)


@intel_app.command("ask")
def intel_ask(
    addresses: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS", help="Addresses to ask about.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Ask whether the zones work instead: each lists 127.0.0.2 and none 127.0.0.1.")] = False,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Ask the configured DNS block lists ([[dnsbl]]) about addresses; answers are kept for as long as they say.

    Whoever runs a zone learns which addresses you ask about: ask about suspects. Exit status 1 where none is listed.

    \b
    Examples:
      varde intel ask 198.51.100.7
      varde intel ask --test
    """
    from varde.app.commands.dnsbl import ask_command, test_command

    context = _context(store, config)
    test_command(context, as_json=json_) if test else ask_command(context, addresses or [], as_json=json_)


@intel_app.command("forget")
def intel_forget(
    name: Annotated[str, typer.Argument(help="The list's name, as `varde intel status` has it.")],
    store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Take an imported list back; configured ones leave with their [[list]].

    \b
    Example:
      varde intel forget drop
    """
    from varde.app.commands.intel import forget_command

    forget_command(_context(store, config), name)


ListsOption = Annotated[list[str] | None, typer.Option("--lists", metavar="LIST", help="Only these lists; may be given more than once.", show_default="all")]


@intel_app.command("export")
def intel_export(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="rpz, unbound, dnsmasq, hosts, silk, silk-set, silk-set4, ipset, nft, pf, routeros, zeek, suricata, cdb, stix, csv or edl.")],
    output: Annotated[str | None, typer.Option("-o", "--output", help="Where to write; formats of several files put the others beside it.", show_default="standard output")] = None,
    lists: ListsOption = None,
    name: Annotated[str, typer.Option("--name", help="Name of the set, table or list in the other program.")] = "varde",
    origin: Annotated[str, typer.Option("--origin", help="Name of the zone, for rpz.")] = "rpz.varde",
    action: Annotated[str, typer.Option("--action", help="What a blocked name gets: nxdomain, nodata, drop, an address or a host.")] = "nxdomain",
    timeout: Annotated[int | None, typer.Option("--timeout", help="Seconds after which entries go by themselves: ipset, nft, routeros.", min=0, max=2_000_000, show_default="none; a day for routeros")] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Others fetch it: leave out lists with redistribute = false.")] = False,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Write the lists as another program's file, whole or not at all.

    What may not be listed is taken out last, whatever the format: private and reserved space, your own networks ([[home]]), what
    you allow ([[allow]]), networks that are too large, public suffixes; networks are cut exactly. What the format cannot say is
    left out, counted and told. The serial of a policy zone is always later than that of the file it replaces.

    \b
    Examples:
      varde intel export rpz -o /var/lib/bind/rpz.varde
      varde intel export nft -o /etc/nftables.d/varde.nft --lists drop
      varde intel export suricata -o /var/lib/suricata/varde.list
      varde intel export csv
    """
    from varde.app.commands.intel_export import ExportSwitches, export_command

    switches = ExportSwitches(tuple(lists or ()), name, origin, action, timeout, shared)
    export_command(_context(store, config, quiet=quiet), form, output, switches, as_json=json_)


@intel_app.command("prove")
def intel_prove(
    zone: Annotated[str, typer.Argument(metavar="ZONE", help="A policy zone's file, whoever wrote it.")],
    origin: Annotated[str | None, typer.Option("--origin", help="The zone's name, where the file does not say it.")] = None,
    lists: Annotated[list[str] | None, typer.Option("--lists", metavar="LIST", help="A list's file, or the name of a list of the store.", show_default="all of the store")] = None,
    allow: Annotated[list[str] | None, typer.Option("--allow", metavar="ENTRY", help="An address, a network, a name, =name, or a file of them.", show_default="[[allow]]")] = None,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Prove that a policy zone blocks every listed name and address, and nothing that is allowed or on no list.

    Reads the zone by itself and applies the rules of wildcards: a name that only lies between two others silences the wildcard
    above it. Says what leaks and why. Exit status 1 where the proof fails.

    \b
    Examples:
      varde intel prove /var/lib/bind/rpz.varde
      varde intel prove rpz.db --origin rpz.example --lists names.txt --allow good.example --allow allowed.txt
    """
    from varde.app.commands.intel_export import prove_command

    prove_command(_context(store, config, quiet=quiet), zone, origin, lists or [], allow or [], as_json=json_)


@intel_app.command("publish")
def intel_publish(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Which outputs of [[publish]].", show_default="all")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make, prove and rehearse everything; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Publish although much less is listed than before, or hosts of yours would be cut off.")] = False,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Publish what [[publish]] names: all files made, proved and checked first, then put in place together.

    Whatever refuses (a guard, a full disk, a check) leaves every file as it was. Files that did not change stay, and nothing is
    reloaded for them. Generations are kept in the store for `varde intel rollback`.

    \b
    Examples:
      varde intel publish --dry-run
      varde intel publish
      varde intel publish dns --json
    """
    from varde.app.commands.intel_publish import publish_command

    publish_command(_context(store, config, tz, quiet=quiet), names or [], dry=dry_run, force=force, as_json=json_)


@intel_app.command("rollback")
def intel_rollback(
    number: Annotated[int | None, typer.Argument(metavar="GENERATION", help="Which one.", show_default="the one before")] = None,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Put all files of an earlier generation back, together, and tell the programs. Serials of zones rise all the same.

    \b
    Examples:
      varde intel rollback
      varde intel rollback 41
    """
    from varde.app.commands.intel_publish import rollback_command

    rollback_command(_context(store, config, quiet=quiet), number, as_json=json_)


@intel_app.command("rehearse")
def intel_rehearse(
    lists: ListsOption = None, since: SinceOption = None, until: UntilOption = None,
    sites: Annotated[str | None, typer.Option("--top-sites", metavar="FILE", help="Names that should not be listed: rank,name or a name a line.")] = None,
    hosts_max: Annotated[int | None, typer.Option("--hosts-max", help="Exit status 1 where more hosts of yours would have been cut off.", min=0, show_default=False)] = None,
    json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Say what the lists would have blocked in the stored flows of the last 30 days: flows, hosts of yours, busy sites.

    A host counts where it talked with a listed address and there was an answer: a scan that nobody answered is no loss.

    \b
    Examples:
      varde intel rehearse
      varde intel rehearse --lists drop --since 7d --json
      varde intel rehearse --top-sites top-1m.csv --hosts-max 0
    """
    from varde.app.commands.intel_publish import rehearse_command

    rehearse_command(_context(store, config, tz, quiet=quiet), lists or [], since, until, sites, hosts_max, as_json=json_)


@warn_app.callback()
def warn(
    call: typer.Context, day: DayOption = None, since: SinceOption = None, until: UntilOption = None,
    replay: Annotated[bool, typer.Option("--replay", help="Run today's lists over the stored flows of the period.")] = False,
    per: Annotated[str, typer.Option(help="With --replay: a row for each host and list, or for each host and listed address.", metavar="list|address")] = "list",
    stats: Annotated[bool, typer.Option("--stats", help="How many there were in the period.")] = False,
    by: Annotated[str, typer.Option(help="With --stats: by day, list, country or host.")] = "day",
    test: Annotated[bool, typer.Option("--test", help="Send one marked warning to every sink, and say what each answered.")] = False,
    about: Annotated[str | None, typer.Option("--about", help="Only of this address, network, list, entry of a list, or name.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Only those that nobody has acknowledged or muted.")] = False,
    json_: JsonOption = False, jsonl: JsonlOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Warnings: something on a list was touched. Follow them, list those of a period, count them, test where they go.

    Without a period, or with --jsonl alone, follows until Ctrl-C. Each is one line: time (UTC), who -> whom (protocol), links,
    and what is known: which side is listed, by what list and since when, direction, packets, octets, whether it was sampled,
    whether no answer was seen (one-way), whether it waited for its template (late), and how many records it stands for.
    Warnings are made while `varde up` runs; where they go says [[sink]] in the configuration.

    \b
    Examples:
      varde warn
      varde warn --since 24h --open
      varde warn --day yesterday --about otx --jsonl
      varde warn --stats --by list --since 7d
      varde warn --replay --since 30d --json
      varde warn --test
      varde warn ack 203.0.113.0/24 --why "our own scanner"
      varde warn mute otx:5f0c --until 7d
      varde warn rules --wazuh
    """
    if call.invoked_subcommand is not None:
        return
    from varde.app.commands.warn import WarnOptions, warn_command

    if per not in ("list", "address"):
        raise VardeError(f"--per {per}: write list or address.")
    options = WarnOptions(day, since, until, replay, per, stats, by, test, about, open_, json_, jsonl)
    warn_command(_context(store, config, tz, quiet=quiet), options)


WhatArgument = Annotated[str | None, typer.Argument(metavar="WHAT", help="An address, a network, a list, an entry of one, a name, or all.", show_default="list them")]
WhyOption = Annotated[str, typer.Option("--why", help="A note for those who come after you.")]
UndoOption = Annotated[bool, typer.Option("--undo", help="Take it back.")]


@warn_app.command("ack")
def warn_ack(
    what: WhatArgument = None,
    until: Annotated[str | None, typer.Option("--until", help="Also what comes up to then: 2h, 7d, or a date.", show_default="now")] = None,
    why: WhyOption = "", undo: UndoOption = False, json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Acknowledge warnings: the beacon no longer counts them. They are still told and kept.

    \b
    Examples:
      varde warn ack all
      varde warn ack 10.0.0.5 --why "reinstalled"
      varde warn ack otx --until 2h
      varde warn ack
    """
    from varde.app.commands.warn import say_command

    say_command(_context(store, config, tz), "ack", what, until, why, undo=undo, as_json=json_)


@warn_app.command("mute")
def warn_mute(
    what: WhatArgument = None, until: Annotated[str | None, typer.Option("--until", help="Until then: 2h, 7d, or a date.", show_default="24h")] = None,
    why: WhyOption = "", undo: UndoOption = False, json_: JsonOption = False, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Mute warnings: they are stored, and no sink and nobody is told, until a moment. A running `varde up` knows within a second.

    \b
    Examples:
      varde warn mute 198.51.100.7 --until 7d --why "backscatter"
      varde warn mute spamhaus
      varde warn mute
      varde warn mute spamhaus --undo
    """
    from varde.app.commands.warn import say_command

    say_command(_context(store, config, tz), "mute", what, until, why, undo=undo, as_json=json_)


@warn_app.command("rules")
def warn_rules(
    ossec: Annotated[bool, typer.Option("--ossec", help="For OSSEC, which is the default.")] = False,
    wazuh: Annotated[bool, typer.Option("--wazuh", help="For Wazuh: those for JSON too.")] = False,
) -> None:
    """Print decoders and rules for OSSEC or Wazuh, which read warnings from a file, from syslog, or as JSON.

    \b
    Examples:
      varde warn rules --ossec
      varde warn rules --wazuh
    """
    from varde.app.commands.warn import rules_command

    if ossec and wazuh:
        raise VardeError("--ossec and --wazuh are two systems; name one of them.")
    rules_command("wazuh" if wazuh else "ossec")


@config_app.command("init")
def config_init(
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where to write, - for standard output.", show_default="~/.config/varde/varde.toml")] = "",
) -> None:
    """Write a configuration in which every setting is explained.

    An existing file is left alone.

    \b
    Examples:
      varde config init
      varde config init - | less
    """
    from varde.app.commands.config import config_init_command

    config_init_command(path)


@config_app.command("check")
def config_check(config: ConfigOption = None) -> None:
    """Say what is wrong with the configuration, and where.

    These are the checks that `varde up` makes before it starts: names of settings, certificates, dialects, databases, the
    store, the page's token. Nothing is opened or changed.

    \b
    Example:
      varde config check --config /etc/varde/varde.toml
    """
    from varde.app.commands.config import config_check_command

    config_check_command(config)


@config_app.command("show")
def config_show(config: ConfigOption = None) -> None:
    """Print what is in force, defaults included, as JSON.

    The page's token is not shown.

    \b
    Example:
      varde config show | jq .syslog
    """
    from varde.app.commands.config import config_show_command

    config_show_command(config)


add_traffic(app, flow_app)
add_metrics(app)
add_insight(app)
add_store(app)


def _context(
    store: Path | None = None, config: Path | None = None, tz: str | None = None, dialect: str | None = None, year: int | None = None,
    sensor: str | None = None, quiet: bool = False, country_map: Path | None = None,
) -> Any:  # fmt: skip
    from varde.app.context import Context

    return Context(store, config, tz, dialect, year, sensor, quiet, country_map)


GARBAGE_AFTER = 50_000
"""Objects made before garbage is looked for, not 700: loading libraries makes hundreds of thousands and no garbage, and looking
takes a tenth of the time."""


def main() -> NoReturn:
    """Run the command line. Exit status: 0 done, 1 nothing matched or a check failed, 2 usage or unreadable input."""
    gc.set_threshold(GARBAGE_AFTER)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - a stream for as long as we run
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stopped)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    output = sys.stdout
    if isinstance(output, TextIOWrapper):
        output.reconfigure(errors="backslashreplace")  # a terminal of another character set gets escapes
    try:
        status = _run(output)
    except Exception as error:  # noqa: BLE001 - what is not ours is raised again
        # what a library makes of a signal is no error of anybody's
        status = 128 + _stops[-1] if _stops else _status_of(error, output)
    sys.exit(status)


def _status_of(error: Exception, output: TextIO) -> int:
    """What the program ends with, after a sentence where one is due. Raises what nobody foresaw."""
    if isinstance(error, VardeError):
        return _fail(str(error), error.status)
    if not isinstance(error, OSError):
        raise error
    _drop(output)
    if isinstance(error, BrokenPipeError):
        return 0  # the reader of our output has gone; nothing is wrong
    return _fail(f"cannot go on: {(error.strerror or str(error)).lower()}" + (f": {error.filename}" if error.filename else ""), 2)


def _stopped(number: int, frame: object) -> NoReturn:
    """End as an interrupted program does, so that copies of logs and halves of files are taken away."""
    _end_questions(number)
    sys.exit(128 + number)


def _interrupted(number: int, frame: object) -> NoReturn:
    """As Python does it, and the store's engine is told too."""
    _end_questions(number)
    raise KeyboardInterrupt


def _end_questions(number: int) -> None:
    _stops.append(number)
    if hold := sys.modules.get("varde.query.hold"):
        hold.end_all()


_stops: list[int] = []
"""Signals that came and end the program."""


def _run(output: TextIO) -> int | str | None:
    """The command's exit status, when all it wrote has been written."""
    status: int | str | None = 0
    try:
        app(prog_name="varde", standalone_mode=True)
    except SystemExit as asked:
        status = asked.code
    if sys.stdout is not output:  # the library met a broken pipe and put a quiet stream in its place
        raise BrokenPipeError
    output.flush()
    return status


def _fail(message: str, status: int) -> int:
    from varde.app.output import say

    say(f"varde: {message}")
    return status


def _drop(output: TextIO) -> None:
    """What is left to be written goes nowhere: Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
