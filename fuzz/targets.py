"""The targets: what is called with an input, what of Varde is watched for coverage, and how long an input may be."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Target:
    """`load` imports what is tried, so that it can be instrumented, and gives the function that raises where something does not hold."""

    name: str
    title: str
    load: Callable[[], Callable[[bytes], None]]
    watched: tuple[str, ...]
    "Packages whose branches guide the search."
    octets_max: int = 4096

    @property
    def corpus(self) -> Path:
        return CORPUS / self.name

    def seeds(self) -> list[bytes]:
        """The corpus in the order of its names."""
        return [path.read_bytes() for path in sorted(self.corpus.iterdir())]


def _flows() -> Callable[[bytes], None]:
    # here and not above: what is imported before the search begins is not instrumented
    from fuzz.flows import check_flows

    return check_flows


def _sflow() -> Callable[[bytes], None]:
    from fuzz.flows import check_sflow

    return check_sflow


def _stream() -> Callable[[bytes], None]:
    from fuzz.streams import check_stream

    return check_stream


def _capture() -> Callable[[bytes], None]:
    from fuzz.captures import check_capture

    return check_capture


def _list(name: str) -> Callable[[], Callable[[bytes], None]]:
    def load() -> Callable[[bytes], None]:
        from fuzz.lists import check_of

        return check_of(name)

    return load


def _lines(name: str) -> Callable[[], Callable[[bytes], None]]:
    def load() -> Callable[[bytes], None]:
        from fuzz.texts import check_of

        return check_of(name)

    return load


def _file(name: str) -> Callable[[], Callable[[bytes], None]]:
    def load() -> Callable[[bytes], None]:
        from fuzz.files import CHECKS

        return CHECKS[name]

    return load


_FLOW = ("varde.decode.flow",)
_TEXT = ("varde.decode.reader", "varde.decode.lines", "varde.decode.honeypot", "varde.decode.sightings", "varde.decode.flowtext", "varde.decode.firewall", "varde.decode.stamps")
_LIST = ("varde.decode.intel", "varde.decode.addresses", "varde.decode.lines")

TARGETS = {target.name: target for target in (
    Target("fixed", "NetFlow v1, v5 and v7 datagrams", _flows, _FLOW),
    Target("netflow9", "NetFlow v9 datagrams", _flows, _FLOW),
    Target("ipfix", "IPFIX messages in datagrams", _flows, _FLOW),
    Target("ipfix-stream", "IPFIX messages of a TCP connection", _stream, ("varde.collect.ipfix_stream", *_FLOW)),
    Target("sflow", "sFlow version 5 datagrams", _sflow, _FLOW),
    Target("capture", "pcap and pcapng files, files of messages and of datagrams", _capture, ("varde.collect.capture", "varde.collect.exports", "varde.collect.foreign", "varde.collect.packets", *_FLOW)),
    *(Target(f"list-{name}", f"lists of the format {name}", _list(name), _LIST) for name in (
        "abusech", "crowdsec", "csv", "drop", "drop-json", "dshield", "entries", "ipsum", "misp", "otx", "plain", "stix", "warninglist", "zeek",
    )),
    *(Target(f"lines-{name}", f"lines of {name}", _lines(name), _TEXT, 8192) for name in (
        "cowrie-json", "cowrie-cef", "cowrie-ocsf", "cowrie-remotesyslog", "cowrie-text", "cowrie-textlog", "inetsim", "opencanary", "dionaea", "endlessh", "sshd",
        "bind-rpz", "zeek-intel", "suricata-alert", "silk-rwcut", "nfdump-csv", "nfdump-json",
        "mikrotik", "linux", "filterlog", "pf", "asa", "fortigate", "junos", "panos", "sonicwall", "sophos", "checkpoint", "meraki", "cef",
    )),
    *(Target(name, title, _file(name), watched, 20_480 if name == "archive" else 4096) for name, title, watched in (
        ("silk", "SiLK's flow files", ("varde.decode.silk",)),
        ("set", "sets of addresses: SiLK's .set of every version, and text", ("varde.intel.ipset_file", "varde.intel.ipset", "varde.intel.space")),
        ("pmap", "prefix maps", ("varde.query.traffic.labels",)),
        ("properties", "AfterGlow's property files", ("varde.export.afterglow",)),
        ("filter", "the filter language, and what it offers while one writes", ("varde.query.filters",)),
        ("config", "the configuration", ("varde.app.config",)),
        ("dialects", "firewall dialects of one's own", ("varde.decode.firewall._custom",)),
        ("ttylog", "recordings of terminals", ("varde.decode.ttylog",)),
        ("archive", "archives of a store", ("varde.store.archive",)),
        ("payload", "payloads", ("varde.decode.payload",)),
        ("zone", "zone files for the prover", ("varde.intel.zonefile", "varde.intel.proof")),
        ("status-page", "XML pages that tell of signatures", ("varde.faces.checks.status_page",)),
        ("signatures", "heads of ClamAV's databases", ("varde.faces.checks.signatures",)),
        ("port-history", "DShield's answers about a port", ("varde.decode.port_history",)),
        ("snmp-pass", "what snmpd asks", ("varde.faces.snmp",)),
        ("nagios", "thresholds and lines of checks", ("varde.faces.nagios",)),
        ("amavis", "what a mail filter's agent tells", ("varde.decode.amavis",)),
        ("syslog-frames", "syslog over TCP", ("varde.collect.syslog",)),
        ("text-file", "files of text, packed or not", ("varde.collect.text",)),
    )),
)}  # fmt: skip
"""By name. Exporters may send any protocol to the port of any other: the targets of flows differ in where they begin."""
