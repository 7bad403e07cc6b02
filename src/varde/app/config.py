"""Configuration: one TOML file, every setting optional, errors that name the setting.

Looked for in this order: --config, VARDE_CONFIG, varde.toml in the XDG configuration directory, /etc/varde/varde.toml.
"""

import difflib
import hashlib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from varde.collect.feed_terms import check_url
from varde.collect.list_source import CLIENT_FORMATS, EXPIRE_DAYS, KEY_NEEDED, TAXII, ListSource
from varde.collect.syslog import Address, flow_address
from varde.decode.intel import COLUMNS, FORMATS, PATH
from varde.deliver import SINK_NAME, SinkSettings
from varde.intel import Guards, Override
from varde.intel.intervals import Network
from varde.model import VardeError
from varde.model.engine import EMBEDDED, engine_address
from varde.model.findings import KINDS
from varde.model.place import configuration_file

if TYPE_CHECKING:
    from varde.collect.dnsbl import Zone
    from varde.export.intel import ExportOptions


def _network(value: object) -> Network:
    return ipaddress.ip_network(str(value), strict=False)


def _zone(value: object) -> str:
    if str(value) not in available_timezones():
        raise ValueError(f"{value!r} is no time zone; write one such as Europe/Oslo or UTC")
    return str(value)


def _moment(value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value if value is None or value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        return datetime.combine(value, time(), timezone.utc)
    return _moment(datetime.fromisoformat(str(value)))


def _listener(value: str) -> str:
    return _said(lambda: str(Address.parse(value)) and value)


def _flow_listener(value: str) -> str:
    return _said(lambda: str(flow_address(value)) and value)


def _page_address(value: str) -> str:
    return _said(lambda: split_address(value) and value)


def _said(check: Callable[[], str]) -> str:
    """Our own sentence in the form in which pydantic takes errors."""
    try:
        return check()
    except VardeError as error:
        raise ValueError(str(error)) from None


def split_address(text: str) -> tuple[str, int]:
    """`127.0.0.1:8420` or `[::1]:8420`. Raises VardeError for anything else."""
    host, _, port = text.rpartition(":")
    if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise VardeError(f"{text!r} is no address for the page. Write 127.0.0.1:8420 or [::1]:8420.")
    return host.strip("[]"), int(port)


def _list_address(value: str) -> str:
    return _said(lambda: value if ListSource("", value).path else check_url(value))


def _list_format(value: str | None) -> str | None:
    known = (*FORMATS, *CLIENT_FORMATS)
    if value is not None and value not in known:
        raise ValueError(f"no such list format: {value}; there are {', '.join(known)}")
    return value


def _allowed(value: str | None) -> str | None:
    return None if value is None else _said(lambda: str(Guards.of(allowed=[value])) and value)


def _columns(value: dict[str, str]) -> dict[str, str]:
    if value and "value" not in value:
        raise ValueError("a mapping names the column of the indicators: columns = {value = \"ip\"}")
    if strange := sorted(set(value) - set(COLUMNS)):
        raise ValueError(f"{strange[0]!r} is nothing that a list says; there are {', '.join(COLUMNS)}")
    if wrong := next((path for path in value.values() if not path or ("[" in path and not re.match(PATH, path))), None):
        raise ValueError(f"{wrong!r} is no column and no path; write a column's name, its number, or a path such as data[].ip")
    return value


def _days(value: dict[str, int]) -> dict[str, int]:
    if strange := sorted(set(value) - set(EXPIRE_DAYS)):
        raise ValueError(f"{strange[0]!r} is no type of indicators; there are {', '.join(EXPIRE_DAYS)}")
    if wrong := [days for days in value.values() if not 1 <= days <= DAYS_MAX]:
        raise ValueError(f"{wrong[0]} days are none from 1 to {DAYS_MAX:,}")
    return value


def _absolute(value: Path | None) -> Path | None:
    if value is not None and not value.is_absolute():
        raise ValueError(f"{str(value)!r} is no whole path; write one such as /home/cowrie/cowrie")
    return value


_Network = Annotated[Network, BeforeValidator(_network)]
_Moment = Annotated[datetime | None, BeforeValidator(_moment)]


_UTC_NAMES = ("Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Etc/Universal", "Universal")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


NAME_MAX = 80
"""Characters of what people call a network: more do not fit a line."""

DAYS_MAX = 36_500
"""A century: more overflows the calendar and means for ever."""


class StoreSection(_Section):
    path: Path | None = None
    "Where records are kept."
    keep_flows_days: int = Field(30, ge=1, le=DAYS_MAX)
    "How long flows and translations are kept, counted from when they were received."
    keep_days: int = Field(400, ge=1, le=DAYS_MAX)
    "How long records are kept, counted from when they were received."
    raw_days: int = Field(30, ge=1, le=DAYS_MAX)
    "How long the original lines of probes and samples of rejects are kept."
    disk_share: float = Field(0.2, gt=0, le=1)
    "Share of the disk that the store may take; the oldest day goes first."
    disk_free_gb: float = Field(2.0, ge=0)
    "What must stay free on the disk, in GB."


def _engine_url(value: str) -> str:
    return _said(lambda: (engine_address(value), value)[1])


class EngineSection(_Section):
    url: Annotated[str, AfterValidator(_engine_url)] = EMBEDDED
    "Who answers questions: DuckDB in this process, or a Spark Connect server, sc://host:15002."
    reader: Literal["files", "delta"] = "files"
    "How a server reads tables: the files that this machine sees, under the same path there, or with its own reader of Delta tables."
    token_file: Annotated[Path | None, AfterValidator(_absolute)] = None
    "The file with the server's token; also SPARK_CONNECT_AUTHENTICATE_TOKEN."
    memory_mb: int | None = Field(None, ge=128, le=1_000_000)
    """What a question may take at most in this process, beside about 200 MB of the program; what it needs beyond goes to TMPDIR or /var/tmp.
    Without, 640, and half of the machine's memory for the few questions that this is not enough for."""


class SyslogSection(_Section):
    listen: list[Annotated[str, AfterValidator(_listener)]] = ["udp://[::]:5514", "tcp://[::]:5514"]
    "Where to listen: udp://, tcp:// or tls://, an address and a port."
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    "For tls://: PEM files; with client_ca senders must show a certificate it signed."
    accept: list[_Network] = []
    "Senders beside private and link-local ones."


class FlowsSection(_Section):
    listen: list[Annotated[str, AfterValidator(_flow_listener)]] = ["udp://[::]:2055"]
    "Where to listen for NetFlow, IPFIX and sFlow: udp://, or tcp:// for IPFIX."
    accept: list[_Network] = []
    "Exporters beside private and link-local ones."


class WebSection(_Section):
    listen: Annotated[str, AfterValidator(_page_address)] = "127.0.0.1:8420"
    token: str | None = None
    "Needed to see the page when it does not listen on loopback."
    base_path: str = ""
    hosts: list[str] = []
    "Names by which a reverse proxy passes requests on; otherwise only loopback names are served on loopback."
    write: bool = True
    "Whether the page may acknowledge and mute warnings; else it only says the command."


class SensorSection(_Section):
    name: str
    address: _Network | None = None
    "Lines from this address or network are this sensor's."
    file: str | None = None
    "Lines of files that match this pattern are this sensor's."
    zone: Annotated[str | None, BeforeValidator(lambda v: None if v is None else _zone(v))] = None
    "Zone of its stamps that name none."
    sampling: int | None = Field(None, ge=1, le=2**31)
    "Its flows count one packet of so many, whatever it says itself."
    home: Annotated[Path | None, AfterValidator(_absolute)] = None
    "Folder of a honeypot on this machine, in which the paths of its log begin: recorded terminals are read below it."


class _DatedSection(_Section):
    """What is true of a network from a moment, to another."""

    network: _Network
    name: str = Field("", max_length=NAME_MAX)
    "What you call it."
    first: _Moment = Field(None, alias="from")
    "The first moment at which it is so; without one it always was."
    last: _Moment = Field(None, alias="to")
    "The first moment at which it is so no more; without one it goes on."

    @model_validator(mode="after")
    def _in_order(self) -> "_DatedSection":
        if self.first and self.last and self.last <= self.first:
            raise ValueError(f"`to` ({self.last.date()}) is not after `from` ({self.first.date()}), so that would never hold for {self.network}")
        return self


class HomeSection(_DatedSection):
    kind: Literal["own", "outside", "tunnel", "cgnat"] = "own"
    "Yours, a router's outside address, the prefix of a tunnel broker, or a carrier's that you share with others."


class OverrideSection(_DatedSection):
    country: Annotated[str, Field(pattern=r"^([A-Z]{2}|--)$")] | None = None
    asn: int | None = Field(None, alias="as", ge=0, le=4294967295)
    as_name: str = ""


def _geo_source(value: str | None) -> str | None:
    from varde.collect.geo_source import check_source  # only those who name one need it

    return None if value is None else _said(lambda: check_source(value))


class GeoSection(_Section):
    country: Path | None = None
    asn: Path | None = Field(None, alias="as")
    "MaxMind-format files that replace the built-in tables."
    country_from: Annotated[str | None, AfterValidator(_geo_source)] = None
    as_from: Annotated[str | None, AfterValidator(_geo_source)] = None
    "Where `varde geo update` takes tables from: a URL, the whole path of a file, or npm:PACKAGE; else the packages of the build."
    learn: bool = True
    "Whether a running station learns outside addresses from the sensors named here and from this machine's own logs."


LIST_NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""Names of lists become names of files."""


class ListSection(_Section):
    name: str = Field(pattern=LIST_NAME)
    url: Annotated[str, AfterValidator(_list_address)]
    "Where it is: https://, or the whole path of a file."
    format: Annotated[str | None, AfterValidator(_list_format)] = None
    "Recognised by its first lines where it is not named."
    every_minutes: int = Field(60, ge=5)
    "Between fetches; files are read when they change."
    expire_days: int | None = Field(None, ge=1, le=DAYS_MAX)
    "How long indicators are matched after they were last listed, whatever their type; else as [indicators] says."
    role: Literal["block", "allow"] = "block"
    "What it names is bad, or harmless: then it is never matched, whatever other lists say."
    columns: Annotated[dict[str, str], AfterValidator(_columns)] = {}
    "Which column or path of a CSV or JSON is what."
    key_file: Annotated[Path | None, AfterValidator(_absolute)] = None
    "The file with the key, or with user:password, for what asks for one."
    key_header: str = Field("", pattern="^[A-Za-z0-9-]{0,40}$")
    "The header by which the key of a list that is one file is sent."
    collection: str | None = None
    "Of a TAXII server: id, alias or title of the collection, where there are several."
    confidence: int | None = Field(None, ge=0, le=100)
    "Of its indicators, where the list itself says none."
    licence: str = Field("", max_length=200)
    redistribute: bool | None = None
    "Whether its licence lets others have it from you; where it does not, it is left out of what others fetch."

    def source(self, days: dict[str, int]) -> ListSource:
        """`days` are those of [indicators], for all types."""
        mine = dict.fromkeys(EXPIRE_DAYS, self.expire_days) if self.expire_days is not None else days
        given = self.model_dump(exclude={"every_minutes", "expire_days"})
        given["key_file"] = str(self.key_file) if self.key_file else None
        return ListSource(**given, every=self.every_minutes * 60.0, expire_days=mine)

    @model_validator(mode="after")
    def _one_way_to_read(self) -> "ListSection":
        if self.columns and self.format:
            raise ValueError(f"list {self.name}: it has a format and columns, and only one of them can be so")
        if (self.format in KEY_NEEDED or self.key_header) and self.key_file is None:
            raise ValueError(f"list {self.name}: it needs key_file, the whole path of a file that holds the key")
        if self.collection is not None and self.format != TAXII:
            raise ValueError(f"list {self.name}: only format = \"{TAXII}\" has a collection")
        return self


class IndicatorsSection(_Section):
    expire_days: Annotated[dict[str, int], AfterValidator(_days)] = {}
    "How long indicators are matched after they were last listed, by type, where their list gives them no end."


def _resolver(value: str | None) -> str | None:
    from varde.collect.dnsbl import resolver_address  # its library is for those who ask

    return None if value is None else _said(lambda: resolver_address(value) and value)


class DnsblSection(_Section):
    name: str = Field(pattern=LIST_NAME)
    zone: str = Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\.?$", max_length=180)
    "The DNS block list: addresses that a warning names are asked for under it."
    resolver: Annotated[str | None, AfterValidator(_resolver)] = None
    "An address, with a port where it is not 53; else the machine's own. Many zones do not answer public ones."
    per_minute: int = Field(60, ge=1, le=6_000)
    "Questions at most."
    codes: dict[str, str] = {}
    "What its answers mean, such as 127.0.0.2."

    def made(self) -> "Zone":
        from varde.collect.dnsbl import Zone

        return Zone(**self.model_dump())


def _agent(value: str) -> str:
    from varde.collect.snmp import agent_address  # only those who read mail filters need it

    return _said(lambda: str(agent_address(value)) and value)


class AmavisSection(_Section):
    hosts: list[Annotated[str, AfterValidator(_agent)]] = Field([], max_length=50)
    "SNMP agents of mail filters, which `varde up` reads and keeps: a name or an address, with a port where it is not 161."
    every_seconds: int = Field(60, ge=5, le=86_400)
    "How often they are read."
    timeout: float = Field(10.0, ge=0.5, le=60)
    "Seconds that all of an agent's answers may take."
    community_file: Annotated[Path | None, AfterValidator(_absolute)] = None
    "The file with the community of SNMP v2c; without one it is `public`. With a user it is not read."
    user: str = Field("", max_length=32, pattern="^[!-~]*$")
    "The user of SNMP v3; without one v2c is spoken."
    auth: Literal["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"] = "SHA"
    auth_file: Annotated[Path | None, AfterValidator(_absolute)] = None
    "The file with the passphrase by which the user proves to be it."
    priv: Literal["DES", "AES", "AES192", "AES256"] = "AES"
    priv_file: Annotated[Path | None, AfterValidator(_absolute)] = None
    "The file with the passphrase that what is said is encrypted with."

    @model_validator(mode="after")
    def _one_version(self) -> "AmavisSection":
        if (self.auth_file or self.priv_file) and not self.user:
            raise ValueError("auth_file and priv_file are SNMP v3's, which needs `user` too")
        if self.priv_file and not self.auth_file:
            raise ValueError("priv_file needs auth_file: SNMP v3 encrypts only what is authenticated too")
        return self


class AllowSection(_Section):
    entry: Annotated[str | None, AfterValidator(_allowed)] = None
    "An address, a network, a name with all under it, or =name for it alone: never matched, whatever a list says."
    file: Annotated[Path | None, AfterValidator(_absolute)] = None
    "A file of such entries: one of MISP's warning lists, or one entry a line."
    until: _Moment = None
    reason: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> "AllowSection":
        if (self.entry is None) == (self.file is None):
            raise ValueError("it needs `entry` or `file`, and only one of them")
        return self

    def source(self) -> ListSource | None:
        """The list that its file is."""
        if self.file is None:
            return None
        stem = re.sub("[^A-Za-z0-9_-]+", "-", self.file.stem)[:40]
        mark = hashlib.sha256(str(self.file).encode()).hexdigest()[:6]  # two files may have one name
        return ListSource(f"allow-{stem}-{mark}", str(self.file), role="allow")


class WarnSection(_Section):
    repeat_seconds: int = Field(300, ge=1, le=86_400)
    "How often repeats of one host and list are told; the first is told at once."
    per: Literal["list", "address"] = "list"
    "What a repeat is: of the same host and list, or of the same host and listed address."
    retro_days: int = Field(30, ge=0, le=DAYS_MAX)
    "How far back what is new on the lists is looked for in the store; 0: not at all."
    spool_mb: int = Field(64, ge=1, le=100_000)
    "How much may wait on disk for sinks that are down; the oldest is dropped, and counted."


def _export_format(value: str) -> str:
    from varde.export.intel import FORMATS as EXPORTS  # only those who publish need it

    if value not in EXPORTS:
        raise ValueError(f"no such export format: {value}; there are {', '.join(EXPORTS)}")
    return value


class PublishSection(_Section):
    name: str = Field(pattern=SINK_NAME)
    format: Annotated[str, AfterValidator(_export_format)]
    path: Annotated[Path, AfterValidator(_absolute)]
    "Where the file is put; formats of several files put the others beside it."
    lists: list[str] = []
    "Only these lists; all where none is named."
    set_: str = Field("varde", alias="set")
    "Name of the set, table or list in the other program."
    origin: str = "rpz.varde"
    "Name of the zone, for rpz."
    action: str = "nxdomain"
    timeout: int | None = Field(None, ge=0, le=2_000_000)
    shared: bool = False
    "Others fetch it: lists with redistribute = false are left out."
    check: list[str] = []
    "A command that says whether the new file is good; {} is its path."
    reload: list[str] = []
    "A command that makes the program read it."
    ask: Annotated[str | None, AfterValidator(lambda value: value if value is None else _page_address(value))] = None
    "A name server that must have the new serial afterwards, for rpz."
    shrink: float = Field(0.5, ge=0, le=1)
    "Share of its entries that it may lose from one generation to the next."
    hosts_max: int | None = Field(None, ge=0)
    "Own hosts that talked with what is listed, from which on nothing is published."

    @model_validator(mode="after")
    def _can_be_made(self) -> "PublishSection":
        from varde.export.intel import FORMATS as EXPORTS

        if self.ask and self.format != "rpz":
            raise ValueError(f"publish {self.name}: only zones have a serial to ask for; {self.format} is none")
        _said(lambda: EXPORTS[self.format].check(self.options(), self.format))
        return self

    @property
    def for_others(self) -> bool:
        """Whether it is made for others, by its format or because it is said."""
        from varde.export.intel import FORMATS as EXPORTS

        return self.shared or EXPORTS[self.format].shared

    def options(self, serial: int = 1, made: str = "") -> "ExportOptions":
        from varde.export.intel import ExportOptions

        return ExportOptions(self.set_, self.origin, self.action, self.timeout, serial, made)


class PublishingSection(_Section):
    keep: int = Field(5, ge=2, le=1000)
    "Generations of all outputs that are kept, to roll back to."
    rehearse_days: int = Field(30, ge=1, le=10_000)
    "Days of stored flows that hosts_max looks at."
    automatic: bool = False
    "Whether `varde up` publishes by itself, when lists changed."
    settle_seconds: int = Field(30, ge=1, le=86_400)
    "How long lists must be unchanged before it does; those that go on changing wait ten times as long at most."
    every_minutes: int = Field(60, ge=1, le=100_000)
    "How often it publishes though no list changed: indicators end, and somebody else's file may be in place."


def _open_port(value: str) -> str:
    proto, _, port = value.partition("/")
    if proto not in ("tcp", "udp") or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError(f"{value!r} is no port; write tcp/443 or udp/53")
    return value


def _kind_of_scan(value: str) -> str:
    names = [kind.name for kind in KINDS]
    if value not in names:
        raise ValueError(f"{value!r} is no kind of scan; there are {', '.join(names)}")
    return value


class InsightSection(_Section):
    open_ports: list[Annotated[str, AfterValidator(_open_port)]] = []
    "Services that are open to everybody, such as tcp/443: many visitors are no news of them."
    surges: bool = True
    "Whether `varde up` looks for surges in what arrives; a change needs a restart."
    tell: Literal["notice", "alarm"] = "alarm"
    "From which level on a surge is a warning: by chance alone there is a notice in every hundredth hour, and an alarm in every ten thousandth."
    scans: bool = True
    "Whether `varde up` looks for scans in what arrives; a change needs a restart."
    tell_scans: list[Annotated[str, AfterValidator(_kind_of_scan)]] = [kind.name for kind in KINDS if kind.is_alert]
    "Kinds of scans that are warnings: vertical, horizontal, block, diagonal, random, coordinated, flags, tool, new, art. Those of known research scanners are none."
    scans_an_hour: int = Field(5, ge=1, le=1_000)
    "Warnings of scans in an hour, the least likely first; the rest are counted and summed in one."
    contact: str = Field("", max_length=200, pattern=r"^([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,130})?$")
    "An e-mail address that DShield is told where `--compare dshield` asks it, because it wishes one; without, none is."


class ViewSection(_Section):
    scheme: Literal["dark", "light", "classic"] = "dark"
    note: str = Field("", max_length=80)
    "Small print in every picture."
    place: Annotated[str | None, Field(max_length=40, pattern=r"^(-?[0-9.]+\s*[, ]\s*-?[0-9.]+|[A-Za-z]{2})$")] = None
    "Where home is on the map, for its arcs: degrees north and east such as 59.91, 10.75, or the code of a country."


class Config(_Section):
    """The whole configuration. Section and field names are those of the file."""

    zone: Annotated[str | None, BeforeValidator(lambda v: None if v is None else _zone(v))] = None
    "Zone of views and of stamps that name none; default is the machine's."
    files: list[str] = []
    "What `varde up` reads and follows when it is given no files."
    dialects: Path | None = None
    "A TOML file with dialects of your own."
    store: StoreSection = StoreSection()
    engine: EngineSection = EngineSection()
    syslog: SyslogSection = SyslogSection()
    flows: FlowsSection = FlowsSection()
    web: WebSection = WebSection()
    sensor: list[SensorSection] = []
    home: list[HomeSection] = []
    override: list[OverrideSection] = []
    geo: GeoSection = GeoSection()
    view: ViewSection = ViewSection()
    insight: InsightSection = InsightSection()
    list_: list[ListSection] = Field([], alias="list")
    "Block lists and threat intelligence."
    indicators: IndicatorsSection = IndicatorsSection()
    allow: list[AllowSection] = []
    dnsbl: list[DnsblSection] = []
    "DNS block lists that are asked about addresses that a warning names; none unless they stand here."
    amavis: AmavisSection = AmavisSection()
    "Mail filters that are read over SNMP."
    warn: WarnSection = WarnSection()
    sink: list[SinkSettings] = []
    "Where warnings go."
    publishing: PublishingSection = PublishingSection()
    publish: list[PublishSection] = []
    "Files that `varde intel publish` makes of the lists for other programs."

    @model_validator(mode="after")
    def _names_differ(self) -> "Config":
        named = (("lists", self.list_), ("sinks", self.sink), ("outputs", self.publish), ("DNS block lists", self.dnsbl))
        for what, sections in named:
            names = [section.name for section in sections]
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise ValueError(f"two {what} are called {twice}; give one of them another name")
        return self

    @property
    def zone_info(self) -> ZoneInfo:
        name = self.zone or machine_zone()
        return ZoneInfo("UTC" if name in _UTC_NAMES else name)

    def overrides(self) -> list[Override]:
        return [Override(o.network, o.country, o.asn, o.as_name, o.first, o.last) for o in self.override]

    def list_sources(self, now: datetime) -> list[ListSource]:
        """The lists, and the files of what is allowed until later than `now`."""
        days = {**EXPIRE_DAYS, **self.indicators.expire_days}
        allowed = [source for section in self.allow if (section.until is None or section.until > now) and (source := section.source())]
        return [*(section.source(days) for section in self.list_), *allowed]

    def allowed(self, now: datetime) -> list[str]:
        """Entries of [[allow]] that have not ended at `now`."""
        return [section.entry for section in self.allow if section.entry and (section.until is None or section.until > now)]


def machine_zone() -> str:
    """The zone of this machine: TZ, /etc/timezone or /etc/localtime; UTC where none is set."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named in available_timezones():
        return named
    link = Path("/etc/localtime")
    text = str(link.resolve()) if link.exists() else ""
    name = text.partition("zoneinfo/")[2]
    if name in available_timezones():
        return name
    try:
        name = Path("/etc/timezone").read_text().strip()
    except OSError:
        name = ""
    return name if name in available_timezones() else "UTC"


def find(path: Path | None) -> Path | None:
    """The configuration file in force, or None."""
    return configuration_file(path)


def load(path: Path | None) -> Config:
    """Read the configuration. Raises VardeError that names file and setting; without a file all is default."""
    found = find(path)
    return parse(_read(found), str(found)) if found else Config()


def parse(text: str, name: str) -> Config:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise VardeError(f"{name}: {error}") from error
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        said = [_sentence(problem) for problem in error.errors()]
        more = [f"and {len(said) - MISTAKES_MAX} more"] if len(said) > MISTAKES_MAX else []
        raise VardeError(f"{name}: " + "; ".join(said[:MISTAKES_MAX] + more)) from error


MISTAKES_MAX = 5
"""Mistakes named at once: one wrong line can be the cause of many."""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VardeError(f"cannot read the configuration {path}: {str(getattr(error, 'strerror', None) or error).lower()}") from error


def _sentence(problem: "Any") -> str:
    where = ".".join(str(part) for part in problem["loc"]) or "file"
    if problem["type"] == "extra_forbidden":
        return f"{where}: there is no such setting; {_meant(problem['loc'])}"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _meant(place: tuple[str | int, ...]) -> str:
    """What somebody who wrote an unknown name probably meant: one much like it there, or the same elsewhere."""
    *above, name = (part for part in place if isinstance(part, str))
    section: type[BaseModel] = Config
    for part in above:
        section = _SECTIONS[part]
    known = _names(section)
    if near := difflib.get_close_matches(name.lower(), known, n=1):
        return f"did you mean {near[0]}?"
    if others := [f"[{other}]" for other, model in _SECTIONS.items() if name in _names(model)]:
        return f"it belongs into section {' or '.join(others)}"
    return f"{f'section {above[-1]}' if above else 'the file'} may have {', '.join(known)}"


def _names(section: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]


def _section(annotation: Any) -> Any:
    """The model of `StoreSection` and of `list[SensorSection]`, None of anything else."""
    inner = next(iter(get_args(annotation)), annotation)
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


_SECTIONS: dict[str, type[BaseModel]] = {field.alias or name: model for name, field in Config.model_fields.items() if (model := _section(field.annotation))}


EXAMPLE = """\
# Varde's configuration. Every setting is optional; what stands here behind a # is the default or an example.

# zone = "Europe/Oslo"            # zone of pictures, and of stamps that name none
# files = ["/var/log/ufw.log"]    # what `varde up` follows when it is given no files
# dialects = "/etc/varde/dialects.toml"

[store]
# path = "/var/lib/varde"
# keep_days = 400                 # counted from when a record was received
# keep_flows_days = 30
# raw_days = 30                   # original lines, and samples of rejected ones
# disk_share = 0.2                # of the disk; the oldest day goes first
# disk_free_gb = 2.0

[engine]
# url = "sc://localhost:15002"    # a Spark Connect server that sees the store under the same path; default is this machine
# reader = "files"                # delta: its own reader of Delta tables, such as Sail has
# token_file = "/etc/varde/spark.token"
# memory_mb = 640                 # at most, of a question on this machine; what needs more uses the disk, or is refused

[syslog]
# listen = ["udp://[::]:5514", "tcp://[::]:5514"]      # also tls://[::]:6514
# certificate = "/etc/varde/cert.pem"
# key = "/etc/varde/key.pem"
# client_ca = "/etc/varde/senders.pem"
# accept = ["198.51.100.7"]       # senders beside private and link-local ones

[flows]
# listen = ["udp://[::]:2055"]    # NetFlow, IPFIX, sFlow; also tcp://[::]:4739 for IPFIX
# accept = ["198.51.100.7"]       # exporters beside private and link-local ones

[web]
# listen = "127.0.0.1:8420"
# token = "at-least-16-characters"  # needed when it does not listen on loopback
# base_path = "/varde"            # behind a reverse proxy
# hosts = ["varde.example.net"]   # names that the proxy passes on
# write = true                    # whoever sees the page may acknowledge and mute warnings; false: it says the command

[view]
# scheme = "dark"                 # dark, light or classic
# note = "edge of example.net"    # small print in every picture
# place = "59.91, 10.75"          # where home is on the map, degrees north and east, or "NO": arcs begin there

[insight]
# open_ports = ["tcp/443"]        # services that are open to everybody: many visitors are no news of them
# surges = true                   # `varde up` looks for surges in what arrives; a change needs a restart
# tell = "alarm"                  # surges that are warnings; "notice": also the less sure ones, one in four days by chance alone
# scans = true                    # `varde up` looks for scans in what arrives; a change needs a restart
# tell_scans = ["diagonal", "coordinated"]  # kinds of scans that are warnings; all but tool and art where it is left out
# scans_an_hour = 5               # warnings of scans in an hour; the rest are summed in one
# contact = "you@example.net"     # who DShield may write to where `--compare dshield` asks it; without, it is told nobody

[warn]
# repeat_seconds = 300            # repeats of one host and list are summed and told that often
# per = "list"                    # or "address": each listed address of a list by itself
# retro_days = 30                 # how far back what is new on the lists is looked for in the store; 0: not at all
# spool_mb = 64                   # what may wait on disk for sinks that are down

# Where warnings go, any number at once. format: line, json, ecs, cef, eve; for webhooks also ntfy, slack, teams.
# `varde warn --test` sends one marked warning to each.
# [[sink]]
# name = "ossec"
# kind = "file"
# path = "/var/log/varde/warnings.log"
# [[sink]]
# name = "siem"
# kind = "syslog"
# address = "tls://siem.example.net:6514"              # or udp://, tcp://
# rfc = 5424                      # or 3164, the default, which OSSEC and rsyslog expect
# framing = "octets"              # or "lf", of tcp:// and tls://
# facility = "local0"
# severity = "warning"
# hostname = "gw"                 # the machine's own name where it is not set
# sd_id = "varde@32473"           # with rfc = 5424: your own enterprise number
# ca = "/etc/varde/ca.pem"        # of the other end; certificate and key are what we show
# format = "cef"
# [[sink]]
# name = "chat"
# kind = "webhook"
# url_file = "/etc/varde/chat.url"                     # or url; whoever has it may post, so a file of its own is better
# secret_file = "/etc/varde/hook.secret"               # signs each request
# token_file = "/etc/varde/hook.token"                 # sent as a bearer token
# format = "slack"
# [[sink]]
# name = "mail"
# kind = "mail"
# server = "mail.example.net:587"
# security = "starttls"           # or "tls", or "none"
# user = "varde"
# password_file = "/etc/varde/mail.password"
# sender = "varde@example.net"
# recipients = ["ops@example.net"]
# period_minutes = 15             # one mail of all that came in that time
# threshold = 1                   # records of one host and list that are worth a mail
# timeout = 10                    # seconds; of syslog and webhook too
# [[sink]]
# name = "screen"
# kind = "stdout"

# Names for who observes. Lines from an address, or of files, belong to the sensor named here.
# [[sensor]]
# name = "fw1"
# address = "192.168.88.1"
# zone = "Europe/Oslo"
# sampling = 1000                 # of an exporter of flows that does not say it, or says it wrong
# [[sensor]]
# name = "fw2"
# file = "/var/log/ufw.log*"
# [[sensor]]
# name = "pot1"
# file = "/home/cowrie/*"
# home = "/home/cowrie/cowrie"    # a honeypot on this machine: its recorded terminals are read from here

# Your own networks, dated where they change: an outside address of last year stays yours in last year's records.
# `varde home` lists them, with those that it was told (`varde home add`) and those it learnt from your router's log.
# [[home]]
# network = "203.0.113.17"
# name = "DSL of the office"
# kind = "outside"                # or "own", "tunnel" (of a broker), "cgnat" (a carrier's, shared with others)
# from = 2026-03-01
# to = 2026-09-01

# What you know better than the tables: a tunnel broker's prefix that is really at home.
# [[override]]
# network = "2001:db8:470::/48"
# country = "--"
# as = 64500
# as_name = "My tunnel"
# from = 2026-03-01               # dated as homes are

# Block lists and threat intelligence: flows to and from what they name become warnings.
# [[list]]
# name = "drop"
# url = "https://www.spamhaus.org/drop/drop_v4.json"
# every_minutes = 720
# [[list]]
# name = "mine"
# url = "/etc/varde/mine.txt"     # a file; it is read when it changes
# format = "plain"                # recognised where it is not named
# expire_days = 90                # how long an indicator is matched after it was last listed, whatever its type
# [[list]]
# name = "partner"
# url = "https://threat.example/api/export.json"
# columns = { value = "data[].ip", first_seen = "data[].date" }   # of a JSON or CSV that is of no known format
# confidence = 60                 # of its indicators, where the list says none
# licence = "CC BY 4.0"
# redistribute = false            # its licence lets nobody have it from you: left out of what others fetch
# [[list]]
# name = "otx"
# url = "https://otx.alienvault.com"
# format = "otx-direct"           # also "taxii", "misp-feed", "crowdsec-lapi": asked by a client of their own
# key_file = "/etc/varde/otx.key" # only Varde needs to read it
# [[list]]
# name = "stix"
# url = "https://taxii.example.net/taxii2/"
# format = "taxii"
# collection = "Indicators"       # id, alias or title, where there are several
# key_file = "/etc/varde/taxii.key"                    # user:password
# [[list]]
# name = "resolvers"
# url = "https://raw.githubusercontent.com/MISP/misp-warninglists/main/lists/public-dns-v4/list.json"
# role = "allow"                  # what it names is never matched

# How long indicators are matched after they were last listed, where their list gives them no end. Days.
[indicators]
# expire_days = { ipv4 = 90, ipv6 = 90, cidr = 90, domain = 90, url = 90, hash = 365 }

# What is never matched, whatever a list says. Private and reserved space and [[home]] never are.
# [[allow]]
# entry = "198.51.100.53"         # an address, a network, a name with all under it, or =name for it alone
# until = 2027-01-01
# reason = "our resolver"
# [[allow]]
# file = "/etc/varde/harmless.json"                    # a warning list of MISP, or one entry a line

# DNS block lists: asked about addresses that a warning names, and no others. Whoever runs the zone learns which these are.
# [[dnsbl]]
# name = "zen"
# zone = "zen.spamhaus.org"
# resolver = "192.0.2.53"         # the machine's own where it is not set; many zones do not answer public ones
# per_minute = 60                 # questions at most
# codes = { "127.0.0.2" = "SBL", "127.0.0.4" = "XBL" }

# Mail filters whose counters are read over SNMP, kept, and shown with one's own: amavisd with its SNMP subagent.
# `varde amavis doctor` says on that machine what is not set up; `varde amavis HOST` reads one.
[amavis]
# hosts = ["mx1.example.net", "192.0.2.5:1161"]
# every_seconds = 60
# timeout = 10                    # seconds that all answers of one may take
# community_file = "/etc/varde/amavis.community"       # of SNMP v2c; without one it is "public"
# user = "varde"                  # SNMP v3 instead: the community is not read then
# auth = "SHA256"                 # or MD5, SHA (the default), SHA224, SHA384, SHA512
# auth_file = "/etc/varde/amavis.auth"
# priv = "AES"                    # or DES, AES192, AES256
# priv_file = "/etc/varde/amavis.priv"

# Files for other programs, made of the lists by `varde intel publish`, all together; `varde intel rollback` takes them back.
# With automatic = true a running `varde up` does it too.
# format: rpz, unbound, dnsmasq, hosts, silk, silk-set, silk-set4, ipset, nft, pf, routeros, zeek, suricata, cdb, stix, csv, edl.
[publishing]
# keep = 5                        # generations to roll back to
# rehearse_days = 30              # of stored flows that hosts_max looks at
# automatic = true                # `varde up` publishes by itself: when lists changed and came to rest, and
# settle_seconds = 30             # after so long without another change,
# every_minutes = 60              # every so often, because indicators end
# [[publish]]
# name = "dns"
# format = "rpz"
# path = "/var/lib/bind/rpz.varde"
# lists = ["drop", "mine"]        # all where none is named
# origin = "rpz.varde"            # the zone's name
# action = "nxdomain"             # or nodata, drop, an address, a host
# check = ["named-checkzone", "-q", "rpz.varde", "{}"]
# reload = ["rndc", "reload", "rpz.varde"]
# ask = "127.0.0.1:53"            # which serial does it have then?
# shrink = 0.5                    # share of its entries that it may lose at once
# hosts_max = 3                   # own hosts that talked with what is listed, from which on nothing is published
# [[publish]]
# name = "firewall"
# format = "nft"
# path = "/etc/nftables.d/varde.nft"
# set = "varde"                   # name of the set, table or list there
# timeout = 86400                 # seconds after which entries go by themselves, where the program has that
# shared = false                  # true: others fetch it, so lists with redistribute = false are left out
# check = ["nft", "-c", "-f", "{}"]
# reload = ["nft", "-f", "/etc/nftables.d/varde.nft"]

[geo]
# country = "/var/lib/GeoIP/GeoLite2-Country.mmdb"     # any MaxMind-format file
# as = "/var/lib/GeoIP/GeoLite2-ASN.mmdb"
# country_from = "https://download.db-ip.com/free/dbip-country-lite-{month}.mmdb.gz"   # what `varde geo update` fetches; also a file
# as_from = "https://download.db-ip.com/free/dbip-asn-lite-{month}.mmdb.gz"
# learn = true                    # outside addresses are learnt from named sensors and this machine's own logs
"""
