"""The commands for Prometheus and Grafana, for pictures of single values, and of whether it works at all."""

from pathlib import Path
from typing import Annotated

import typer

from varde.model.errors import VardeError

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(metrics)
    app.command()(badge)
    app.command()(selftest)


def metrics(
    textfile: Annotated[Path | None, typer.Option("--textfile", metavar="FILE.prom", help="Write this file of node_exporter's textfile collector, whole or not at all.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="With --textfile: write it every ten seconds until Ctrl-C.")] = False,
    grafana: Annotated[bool, typer.Option("--grafana", help="Print a dashboard for Grafana instead.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Print alert rules for Prometheus instead.")] = False,
    store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """What a running station tells Prometheus, as /metrics of the page has it, without the page's port.

    It is read from faces.db, which `varde up` writes every ten seconds. Where that is older than a minute, varde_up is 0, nothing else is told
    but its age, and the exit status is 1.

    \b
    Examples:
      varde metrics
      varde metrics --textfile /var/lib/prometheus/node-exporter/varde.prom
      varde metrics --textfile /var/lib/prometheus/node-exporter/varde.prom --watch
      varde metrics --grafana > dashboard.json
      varde metrics --rules > /etc/prometheus/varde-rules.yml
    """
    from varde.app.commands.metrics import MetricsOptions, metrics_command

    asked = [name for name, wanted in (("--textfile", textfile), ("--grafana", grafana), ("--rules", rules)) if wanted]
    if len(asked) > 1:
        raise VardeError(f"{asked[0]} and {asked[1]} are two things; ask for one of them.")
    metrics_command(MetricsOptions(textfile, watch, grafana, rules), store, config)


def badge(
    name: Annotated[str, typer.Argument(metavar="PANEL", help="A panel such as logins, or a line of one such as flows.lost.")],
    output: Annotated[str, typer.Option("-o", "--output", help="Where to write; the suffix says .svg or .png, - is SVG on standard output.")] = "-",
    scheme: Annotated[str, typer.Option(help="dark or light.")] = "dark",
    scale: Annotated[int, typer.Option(help="Size of a PNG, in times of 240 x 48.", min=1, max=4)] = 1,
    store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """A small picture of one value for wikis and alerts: its name, what comes a minute now, the last six hours, and how old it is.

    Panels: logins, tunnels, probes, ports, warnings, flows, feeds, mails, amavis, amavis_processes, postfix_queues, waiting. The page has
    the same at /badge/PANEL.svg and .png.

    \b
    Examples:
      varde badge logins -o logins.png
      varde badge flows.lost --scheme light --scale 2 -o lost.png
      varde badge probes > probes.svg
    """
    from varde.app.commands.badge import badge_command

    badge_command(name, output, scheme, scale, store, config)


def selftest(
    seconds: Annotated[float, typer.Option(help="Wait so long for all of it.", min=5, max=600)] = 60,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Is it working? Send real flows and log lines to the running station, and look for them at every other end.

    NetFlow v5, v9 and IPFIX go to its ports for flows, lines of a firewall to those for syslog, over the loopback, with addresses that are nobody's
    (192.0.2.0/24, 2001:db8::/32) and as sensor selftest. They must be in the store, one marked warning must leave through every sink, and
    faces.db and /metrics must count them. Takes about 20 seconds. The records are taken back; counters since the start keep them. Exit status 1
    where a check failed.

    \b
    Examples:
      varde selftest
      varde selftest --json
      varde selftest --store /var/lib/varde --seconds 120
    """
    from varde.app.commands.selftest import selftest_command
    from varde.app.context import Context

    selftest_command(Context(store, config), seconds, as_json=json_)
