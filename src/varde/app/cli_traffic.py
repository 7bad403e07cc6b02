"""The commands of the rear-view mirror: filter, cut, stats, uniq, count, set and sql. Their switches are SiLK's."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from varde.app.tables import Output
from varde.app.traffic import Asked, Switches, asking, context_of

if TYPE_CHECKING:
    from varde.views.silk import Style

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
TzOption = Annotated[str | None, typer.Option("--tz", help="Zone of --day, --since and --until.", show_default="the machine's")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="CSV with a header.")]
ParquetOption = Annotated[bool, typer.Option("--parquet", help="Parquet, for a file or a pipe.")]
OutputOption = Annotated[str | None, typer.Option("-o", "--output", help="Where to write; the suffix says the format: .json .jsonl .csv .parquet.")]
FieldsOption = Annotated[str | None, typer.Option("-f", "--fields", help="Names or numbers, as sip,dport or 1-5,scc.")]
ValuesOption = Annotated[str, typer.Option("--values", help="What is counted: records, packets, bytes, sip-distinct, dip-distinct, distinct:dport.")]
NoTitlesOption = Annotated[bool, typer.Option("--no-titles", help="Without the lines above the table.")]
DelimitedOption = Annotated[str | None, typer.Option("--delimited", metavar="[CHAR]", help="Without blanks, with this between columns and none behind the last; | where it is left out.")]
SeparatorOption = Annotated[str, typer.Option("--column-separator", help="What stands between columns.")]
NoColumnsOption = Annotated[bool, typer.Option("--no-columns", help="Without blanks.")]
NoFinalOption = Annotated[bool, typer.Option("--no-final-delimiter", help="Nothing behind the last column.")]


def _style(asked: Asked, no_titles: bool, delimited: str | None, separator: str = "|", no_columns: bool = False, no_final: bool = False) -> "Style":
    from varde.model import VardeError
    from varde.views.silk import Style

    char = separator if delimited is None else delimited
    if len(char) != 1 or (not char.isprintable() and char != "\t"):
        raise VardeError(f"the separator {char!r} must be one character")
    return Style(not no_titles, delimited is None and not no_columns, char, delimited is None and not no_final, asked.ipv6)


@asking
def filter_(
    asked: Asked,
    passed: Annotated[str | None, typer.Option("--pass-destination", "--pass", metavar="stdout|FILE", help="Where records go that match, for the other commands.")] = None,
    failed: Annotated[str | None, typer.Option("--fail-destination", "--fail", metavar="stdout|FILE", help="Where the others go.")] = None,
    max_pass: Annotated[int | None, typer.Option("--max-pass-records", "--max-pass", min=0, help="At most so many that match.")] = None,
    max_fail: Annotated[int | None, typer.Option("--max-fail-records", "--max-fail", min=0, help="At most so many of the others.")] = None,
    print_statistics: Annotated[str | None, typer.Option("--print-statistics", metavar="[stdout|FILE]", help="How many were read, match and do not; stderr where no place is named.")] = None,
    print_volume_statistics: Annotated[str | None, typer.Option("--print-volume-statistics", metavar="[stdout|FILE]", help="The same with packets and octets.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say in words what is asked for.")] = False,
    json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False, output: OutputOption = None,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Choose stored records, by switches as rwfilter has them or in words.

    Records that match go by a pipe to cut, stats, uniq, count and set, which also take the same switches and words themselves:
    that is quicker. On a terminal the first of them are shown. All of the period or, where none is named, of the store are looked at.

    \b
    Examples:
      varde filter 'src in DE and dport 22 and octets > 1M since yesterday'
      varde filter --scc=ch --day yesterday --pass=stdout | varde stats --fields=sip,sport --values=bytes --count=5
      varde filter --proto=6 --dport=22,23 --print-volume-statistics=stdout
      varde filter --table logins 'user root and src not in NO' --csv
      varde filter --sipset=hosts.set --start-date=2026/11/20 --pass=found.arrow
    """
    from varde.app.commands.traffic import FilterOptions, filter_command

    options = FilterOptions(passed, failed, max_pass, max_fail, print_statistics, print_volume_statistics, explain)
    filter_command(context_of(store, config, tz), asked, options, Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet))


@asking
def cut(
    asked: Asked, fields: FieldsOption = None,
    most: Annotated[int | None, typer.Option("--num-recs", "-n", min=0, help="At most so many records.")] = None,
    no_titles: NoTitlesOption = False, delimited: DelimitedOption = None, separator: SeparatorOption = "|", no_columns: NoColumnsOption = False,
    no_final: NoFinalOption = False, json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False,
    output: OutputOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Print fields of records, one record a line, as rwcut does.

    \b
    Examples:
      varde cut 'dport 22 since 1h' -f 1-9,scc
      varde filter --sipset=hosts.set | varde cut --ipv6-policy=ignore -f 1-5 --num-recs=10
    """
    from varde.app.commands.traffic import cut_command

    style = _style(asked, no_titles, delimited, separator, no_columns, no_final)
    cut_command(context_of(store, config, tz), asked, fields, most, style, Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet))


@asking
def stats(
    asked: Asked, fields: FieldsOption = "sip", values: ValuesOption = "records",
    count: Annotated[int | None, typer.Option("--count", "-N", min=1, help="So many groups.", show_default="10")] = None,
    threshold: Annotated[int | None, typer.Option("--threshold", min=0, help="Groups whose first value is at least this (--bottom: at most).")] = None,
    percentage: Annotated[float | None, typer.Option("--percentage", min=0, max=100, help="Groups that have at least this share of the whole.")] = None,
    top: Annotated[bool, typer.Option("--top", help="The largest, which is the default.")] = False,
    bottom: Annotated[bool, typer.Option("--bottom", help="The smallest.")] = False,
    no_titles: NoTitlesOption = False, delimited: DelimitedOption = None, separator: SeparatorOption = "|", no_columns: NoColumnsOption = False,
    no_final: NoFinalOption = False, json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False,
    output: OutputOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """The groups with most records, packets or octets, and their share of the whole, as rwstats does.

    \b
    Examples:
      varde stats --fields=sip,sport --values=bytes --count=5 --scc=ch --day yesterday
      varde stats --fields=dport --values=records --percentage=1
      varde stats 'direction inbound since 24h' --fields=scc --values=dip-distinct,bytes --json
    """
    from varde.app.commands.traffic_sums import TOP, stats_command
    from varde.model import VardeError
    from varde.query.traffic import Limit

    if top and bottom:
        raise VardeError("--top and --bottom are two ends; name one of them")
    unsaid = count is None and threshold is None and percentage is None
    limit = Limit(TOP if unsaid else count, threshold, percentage, bottom)
    style = _style(asked, no_titles, delimited, separator, no_columns, no_final)
    stats_command(context_of(store, config, tz), asked, fields or "sip", values, limit, style, Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet))


@asking
def uniq(
    asked: Asked, fields: FieldsOption = "sip", values: ValuesOption = "records",
    sort: Annotated[bool, typer.Option("--sort-output", help="In order of the keys, which is always so.")] = False,
    no_titles: NoTitlesOption = False, delimited: DelimitedOption = None, separator: SeparatorOption = "|", no_columns: NoColumnsOption = False,
    no_final: NoFinalOption = False, json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False,
    output: OutputOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """All groups and their sums, as rwuniq does.

    \b
    Examples:
      varde uniq --fields=proto --values=records,packets,bytes,sip-distinct
      varde uniq 'dport 22 since 7d' --fields=scc --values=sip-distinct --csv
    """
    from varde.app.commands.traffic_sums import uniq_command

    style = _style(asked, no_titles, delimited, separator, no_columns, no_final)
    uniq_command(context_of(store, config, tz), asked, fields or "sip", values, style, Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet))


@asking
def count(
    asked: Asked,
    seconds: Annotated[float, typer.Option("--bin-size", help="Seconds of a bin.")] = 30,
    scheme: Annotated[int, typer.Option("--load-scheme", help="What goes into a bin: 0 the same share in each, 1 all where it begins, 2 where it ends, 3 in its middle, 4 by time.")] = 4,
    skip: Annotated[bool, typer.Option("--skip-zeroes", help="Leave out bins without records.")] = False,
    no_titles: NoTitlesOption = False, delimited: DelimitedOption = None, separator: SeparatorOption = "|", no_columns: NoColumnsOption = False,
    no_final: NoFinalOption = False, json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False,
    output: OutputOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Records, octets and packets over time, as rwcount does.

    \b
    Examples:
      varde count --bin-size=3600 --load-scheme=1
      varde count 'dst 192.0.2.7 on 2026-11-20' --bin-size=300 --csv
    """
    from varde.app.commands.traffic_sums import count_command

    style = _style(asked, no_titles, delimited, separator, no_columns, no_final)
    count_command(context_of(store, config, tz), asked, seconds, scheme, style, Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet), skip_empty=skip)


set_app = typer.Typer(no_args_is_help=True, help="Sets of addresses: SiLK's .set, and text of addresses, networks and ranges.")

SetsArgument = Annotated[list[str], typer.Argument(metavar="SETS", help="Files: .set or text; - is standard input.")]
SetOutputOption = Annotated[str | None, typer.Option("-o", "--output", "--output-path", help="Where to write: .txt is text, everything else .set.", show_default="standard output")]
VersionOption = Annotated[int | None, typer.Option("--record-version", help="2 (every SiLK, IPv4 only) or 4 (SiLK 3.7 and later).", show_default="2 for IPv4, 4 for IPv6")]


@asking
def set_build(
    asked: Asked,
    sip: Annotated[str | None, typer.Option("--sip-file", metavar="FILE|stdout", help="Make a set of the sources of flows.")] = None,
    dip: Annotated[str | None, typer.Option("--dip-file", metavar="FILE|stdout", help="Make a set of their destinations.")] = None,
    any_: Annotated[str | None, typer.Option("--any-file", metavar="FILE|stdout", help="Make a set of both ends.")] = None,
    nhip: Annotated[str | None, typer.Option("--nhip-file", metavar="FILE|stdout", help="Make a set of next routers.")] = None,
    output: SetOutputOption = None, version: VersionOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Make a set of files, as rwsetbuild does, or of the ends of flows, as rwset does.

    Without --sip-file and its kin the words are files: addresses, networks, ranges a-b, wildcards 10.x.1-2.4, one a line. With them
    they are the filter language.

    \b
    Examples:
      varde set build hosts.txt -o hosts.set
      varde set build --sip-file=scanners.set 'dport 23 since 24h'
      varde filter --scc=ch | varde set build - --any-file=stdout | varde set cat --count-ips
    """
    from varde.app.commands.ipset import build_command

    files = {end: path for end, path in (("sip", sip), ("dip", dip), ("any", any_), ("nhip", nhip)) if path}
    build_command(context_of(store, config, tz), asked, files, output, version)


def set_cat(
    paths: Annotated[list[str] | None, typer.Argument(metavar="SETS", help="Files: .set or text.", show_default="standard input")] = None,
    cidr: Annotated[str, typer.Option("--cidr-blocks", metavar="[0|1]", help="Networks instead of addresses.")] = "0",
    ranges: Annotated[bool, typer.Option("--ip-ranges", help="First and last address of each range, and how many.")] = False,
    count: Annotated[bool, typer.Option("--count-ips", help="How many addresses.")] = False,
) -> None:  # fmt: skip
    """Print what is in sets, as rwsetcat does.

    \b
    Examples:
      varde set cat hosts.set --cidr-blocks
      varde set cat hosts.set --count-ips
    """
    from varde.app.commands.ipset import cat_command

    cat_command(paths or [], cidr=cidr != "0", ranges=ranges, count=count)


def set_member(
    what: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, a network, or a file of a set.")], paths: SetsArgument,
    count: Annotated[bool, typer.Option("--count", help="And how many addresses they share.")] = False,
) -> None:  # fmt: skip
    """Name the sets that hold an address, or any of a network or another set; exit status 1 where none does.

    \b
    Examples:
      varde set member 203.0.113.5 lists/*.set
      varde set member seen.set lists/*.set --count
    """
    from varde.app.commands.ipset import member_command

    member_command(what, paths, count=count)


def set_union(paths: SetsArgument, output: SetOutputOption = None, version: VersionOption = None) -> None:
    """Make a set of the addresses that are in any of the sets.

    \b
    Example:
      varde set union monday.set tuesday.set -o week.set
    """
    from varde.app.commands.ipset import join_command

    join_command("union", paths, output, version)


def set_intersect(paths: SetsArgument, output: SetOutputOption = None, version: VersionOption = None) -> None:
    """Make a set of the addresses that are in all of the sets.

    \b
    Example:
      varde set intersect seen.set listed.txt -o hits.set
    """
    from varde.app.commands.ipset import join_command

    join_command("intersect", paths, output, version)


def set_difference(paths: SetsArgument, output: SetOutputOption = None, version: VersionOption = None) -> None:
    """Make a set of the addresses of the first set that are in none of the others.

    \b
    Example:
      varde set difference today.set yesterday.set -o new.txt
    """
    from varde.app.commands.ipset import join_command

    join_command("difference", paths, output, version)


def set_sample(
    paths: SetsArgument, size: Annotated[int, typer.Option("--size", min=1, max=10_000_000, help="How many addresses.")] = 10,
    seed: Annotated[int | None, typer.Option("--seed", help="The same seed draws the same addresses.", show_default="another each time")] = None,
    output: SetOutputOption = None, version: VersionOption = None,
) -> None:  # fmt: skip
    """Make a set of some addresses of sets, drawn evenly.

    \b
    Example:
      varde set sample --size 100 --seed 7 hosts.set -o some.txt
    """
    from varde.app.commands.ipset import sample_command

    sample_command(paths, size, seed, output, version)


SET_COMMANDS: dict[str, Callable[..., None]] = {"build": set_build, "cat": set_cat, "member": set_member, "union": set_union, "intersect": set_intersect, "difference": set_difference, "sample": set_sample}


def sql(
    question: Annotated[str, typer.Argument(metavar="SELECT", help="One SELECT; - reads it from standard input.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000, help="At most so many rows.")] = 10_000,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, max=3600, help="How long it may take.")] = 60,
    json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False, output: OutputOption = None,
    store: StoreOption = None, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Ask in SQL, as DuckDB has it: a view for each table, with addresses as text and names of protocols and services.

    It can read what is stored and nothing else: no files, no other databases, no settings. Name days (`where day = '2026-11-20'`)
    and only those are read. `docs/reference/columns.md` has the tables.

    \b
    Examples:
      varde sql "select src_addr, src_cc, sum(octets) as octets from flows where day = '2026-11-20' group by all order by octets desc limit 10"
      varde sql "select dst_service, count(*) from probes group by 1 order by 2 desc" --csv
    """
    from varde.app.commands.sql import sql_command

    sql_command(context_of(store, config), question, rows, seconds, Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet))


@asking
def scans(
    asked: Asked,
    kind: Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="Only these: vertical, horizontal, block, diagonal, random, coordinated, flags, tool, new or art.")] = None,
    rwscan: Annotated[bool, typer.Option("--rwscan-format", help="Print as SiLK's rwscan does.")] = False,
    model: Annotated[str | None, typer.Option("--scan-model", metavar="hybrid|trw|blr", help="The random walk and then the regression, or one of them; 0, 1 and 2 say the same.", show_default="hybrid with --trw-internal-set, else blr")] = None,
    internal: Annotated[str | None, typer.Option("--trw-internal-set", metavar="SET", help="The addresses that exist inside, as a .set or text: the random walk needs them.")] = None,
    theta0: Annotated[float, typer.Option("--trw-theta0", help="How likely a connection of somebody harmless succeeds.")] = 0.8,
    theta1: Annotated[float, typer.Option("--trw-theta1", help="How likely one of somebody who scans does.")] = 0.2,
    scandb: Annotated[bool, typer.Option("--scandb", help="For rwscanquery's database: --rwscan-format --no-titles --no-columns --integer-ips.")] = False,
    model_fields: Annotated[bool, typer.Option("--model-fields/--no-model-fields", help="With the model and its probability, which rwscan leaves out unless asked.")] = True,
    integers: Annotated[bool, typer.Option("--integer-ips", help="Addresses as numbers.")] = False,
    no_titles: NoTitlesOption = False, delimited: DelimitedOption = None, separator: SeparatorOption = "|", no_columns: NoColumnsOption = False,
    no_final: NoFinalOption = False, json_: JsonOption = False, jsonl: JsonlOption = False, csv: CsvOption = False, parquet: ParquetOption = False,
    output: OutputOption = None, store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:  # fmt: skip
    """Find who scanned, and tell it in sentences: fast and slow, alone and shared out among several sources.

    Packets that firewalls met are looked at, of the last 24 hours of the store; FILES are read instead, all of them, and nothing is stored.
    Each scan is told with its source, its ports, how fast it went, how sure that is, what to do (mostly nothing) and where its
    records are. Ports in `[insight] open_ports` never count. Exit status 1 is that there was none.

    With a filter, --from, --table or a switch of rwscan two models judge flows instead (--table probes: packets): a logistic regression
    over all that a source began by TCP, UDP or ICMP (at least 32 flows), and for TCP a random walk over addresses that do not exist.
    Answers, backscatter and retries are no scans: they are left out first. Without a period all of the store is looked at then.

    \b
    Examples:
      varde scans
      varde scans --day yesterday --kind diagonal --kind coordinated --json
      varde scans /var/log/ufw.log* --tz Europe/Oslo
      varde scans --table flows --since 24h
      varde scans 'direction inbound' --trw-internal-set=hosts.set --rwscan-format
      varde scans --from flows.rw --scandb > scans.txt
    """
    context, written = context_of(store, config, tz, quiet=quiet), Output.of(output, json=json_, jsonl=jsonl, csv=csv, parquet=parquet)
    by_models = any((rwscan, scandb, model, internal, integers, not model_fields, no_titles, delimited, no_columns, no_final)) or (theta0, theta1, separator) != (0.8, 0.2, "|")
    if not by_models and not asked.chooses and _are_paths(asked.words):
        from varde.app.commands.campaigns import CampaignOptions, campaigns_command

        raise typer.Exit(campaigns_command(context, list(asked.words), CampaignOptions(tuple(kind or ()), asked.day, asked.since, asked.until), written))
    _refuse_kinds(kind)
    from varde.app.commands.scans import ScanOptions, scans_command

    style = _style(asked, no_titles or scandb, delimited, separator, no_columns or scandb, no_final)
    options = ScanOptions(model, internal, theta0, theta1, rwscan or scandb, model_fields, integers or scandb)
    raise typer.Exit(scans_command(context, asked, options, style, written))


def _are_paths(words: tuple[str, ...]) -> bool:
    """Whether no word is of the filter language; - is what another filter passes on."""
    return all(word != "-" and (Path(word).exists() or _PATH.fullmatch(word)) for word in words)


_PATH = re.compile(r"[^\s=<>!~(),]*[/.][^\s=<>!~(),]*")
"""What is a path even where no file is: keys of the filter language have neither a dot nor a slash."""


def _refuse_kinds(kinds: list[str] | None) -> None:
    if kinds:
        from varde.model import VardeError

        raise VardeError("--kind is about scans in what firewalls met: leave out the filter and the switches of rwscan")


@asking
def flow_replay(
    asked: Asked,
    to: Annotated[str, typer.Option("--to", metavar="HOST:PORT", help="The collector: 192.0.2.9:2055, udp://[2001:db8::9]:4739 or tcp://collector:4739.")],
    rate: Annotated[float | None, typer.Option("--rate", min=0, help="Flows a second; 0: as fast as it goes.", show_default="10000 over UDP, 0 over TCP")] = None,
    speed: Annotated[float | None, typer.Option("--speed", min=0.001, max=86_400, help="By the flows' own times, so many times as fast: 1 takes as long as they did.")] = None,
    version: Annotated[int, typer.Option("--version", help="10 is IPFIX, 9 NetFlow v9.")] = 10,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many flows, the oldest.")] = None,
    now: Annotated[bool, typer.Option("--now", help="Move their times, so that the first flow begins as it is sent.")] = False,
    domain: Annotated[int, typer.Option("--domain", min=0, max=2**32 - 1, help="Observation domain, or source id of NetFlow v9.")] = 1,
    mtu: Annotated[int | None, typer.Option("--mtu", min=576, max=65_535, help="Octets of a packet at most, over UDP.", show_default="the path's, 1500 at most")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    store: StoreOption = None, config: ConfigOption = None, tz: TzOption = None,
) -> None:  # fmt: skip
    """Send flows to any collector, as an exporter does: stored ones, those of files, or what another filter passes on.

    Templates go first, and over UDP again every 20 seconds. What a flow does not have is not in its record. Names of interfaces and
    VRFs, labels, and who exported first are not sent. UDP has no receipts: what the collector took it says itself. Collectors may take
    times for damage that are long past (Varde: 50 days); --now moves them.

    
    Examples:
      varde flow replay --to 192.0.2.9:2055 'dport 22 since yesterday'
      varde flow replay --to tcp://[2001:db8::9]:4739 --from exports.pcap
      varde flow replay --to 127.0.0.1:9995 --from found.parquet --speed 60 --now
      varde filter --scc=ch --day yesterday | varde flow replay - --to 127.0.0.1:9995 --version 9
    """
    from varde.app.commands.flow_replay import replay_command
    from varde.deliver.replay import Pace, Target
    from varde.model import VardeError

    if version not in (9, 10):
        raise VardeError(f"--version {version}: 10 is IPFIX, 9 NetFlow v9")
    if rate is not None and speed is not None:
        raise VardeError("--rate and --speed are two paces; name one of them")
    pace = Pace(speed=speed) if speed else None if rate is None else Pace(rate=rate)
    raise typer.Exit(replay_command(context_of(store, config, tz, quiet=quiet), asked, Target.of(to, mtu), pace, version, domain, limit, shift=now))


COMMANDS: dict[str, Callable[..., None]] = {"filter": filter_, "cut": cut, "stats": stats, "uniq": uniq, "count": count, "sql": sql, "scans": scans}


def add(app: typer.Typer, flow_app: typer.Typer) -> None:
    """Give the command line these commands."""
    flow_app.command("replay", cls=Switches)(flow_replay)
    for name, command in COMMANDS.items():
        app.command(name, cls=Switches)(command)
    for name, command in SET_COMMANDS.items():
        set_app.command(name, cls=Switches)(command)
    app.add_typer(set_app, name="set")
