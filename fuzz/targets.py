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


_FLOW = ("varde.decode.flow",)
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
)}  # fmt: skip
"""By name. Exporters may send any protocol to the port of any other: the targets of flows differ in where they begin."""
