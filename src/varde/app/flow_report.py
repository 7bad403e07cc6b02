"""The doctor on captured flow exports: protocols, exporters, templates, what was lost and what could not be read."""

from collections.abc import Iterator
from typing import Any

from varde.collect import CaptureFacts, Summary
from varde.decode.flow import REASONS
from varde.model import counted

TITLES = {
    "netflow1": "NetFlow v1", "netflow5": "NetFlow v5", "netflow7": "NetFlow v7", "netflow9": "NetFlow v9", "ipfix": "IPFIX", "sflow5": "sFlow v5",
    "silk": "SiLK",
}  # fmt: skip
"""Protocols as people call them."""

_MORE_REASONS = {"record": "records whose time or counts cannot be"}

EXPORTERS_MAX = 20
"""Exporters that are told one by one: more is a table, not a summary."""

SKEW_SECONDS = 120
"""A clock that is further off than this was not set: flow records come within a minute or so of their export."""

LEFT_OUT = {
    "fragment": ("fragment of an IP packet, which is not put together", "fragments of IP packets, which are not put together"),
    "cut": ("packet of which the capture kept only the beginning", "packets of which the capture kept only the beginning"),
    "stream": ("TCP connection that stopped making sense", "TCP connections that stopped making sense"),
    "lost_segment": ("gap in a TCP connection", "gaps in TCP connections"),
    "no_time": ("packet without a time", "packets without a time"), "no_interface": ("packet of an unknown interface", "packets of unknown interfaces"),
}  # fmt: skip
"""Packets that may have been exports and could not be read."""

_FIXES = {
    "cut": "capture whole packets: `tcpdump -s 0`",
    "fragment": "let the exporter send datagrams that fit its network: most have a setting for their size",
    "unknown_template": "let the exporter announce its templates more often (once a minute), or capture for longer than it takes until it does",
}  # fmt: skip


def kind_of_exports(summary: Summary) -> str:
    """What a capture holds, and in what."""
    assert summary.capture is not None
    if summary.capture.title:
        return summary.capture.title
    spoken = sorted({exporter["protocol"] for exporter in summary.capture.exporters}, key=list(TITLES).index)
    container = summary.capture.kind.removeprefix("a ")
    if not spoken:
        return f"{summary.capture.kind} without flow exports"
    names = ", ".join(TITLES[name] for name in spoken)
    return names if container in ("IPFIX messages", "NetFlow v5 datagrams") else f"{names} in a {container}"


def findings_of_exports(summary: Summary) -> Iterator[str]:
    """Sentences, the most telling first."""
    facts = summary.capture
    assert facts is not None
    for exporter in facts.exporters[:EXPORTERS_MAX]:
        yield _exporter(exporter)
        yield from _particulars(exporter)
    if len(facts.exporters) > EXPORTERS_MAX:
        yield f"and {counted(len(facts.exporters) - EXPORTERS_MAX, 'observation domain')} more"
    for (protocol, outcome), count in sorted(summary.counts.items()):
        reason = outcome.removeprefix("reject:")
        if reason != outcome and count:
            yield f"{TITLES.get(protocol, 'unknown')}: {count:,} rejected: {REASONS.get(reason) or _MORE_REASONS.get(reason, reason)}"
    yield from (counted(facts.left_out[name], *words) for name, words in LEFT_OUT.items() if name in facts.left_out)


def fixes_of_exports(summary: Summary) -> list[str]:
    """What would help, where something was missed."""
    facts = summary.capture
    assert facts is not None
    missed = {*facts.left_out, *(outcome.removeprefix("reject:") for (_, outcome), count in summary.counts.items() if count)}
    return [fix for name, fix in _FIXES.items() if name in missed]


def advice_on_exports(facts: CaptureFacts) -> str:
    """What to do with a capture that holds none."""
    if facts.exporters or facts.title:
        return ""
    return "It holds no NetFlow, IPFIX or sFlow. What a firewall logged to pflog can be printed: `tcpdump -n -e -tttt -r FILE | varde read -`."


def _exporter(exporter: dict[str, Any]) -> str:
    who = exporter["exporter"] or "an exporter that the file does not name"
    told = [counted(exporter["totals"].get("datagrams", 0), "datagram"), counted(exporter["totals"].get("flows", 0), "flow")]
    if exporter["templates"]:
        told.append(counted(len(exporter["templates"]), "template"))
    return f"{TITLES[exporter['protocol']]} from {who}, domain {exporter['domain']}: {', '.join(told)}; {_losses(exporter)}"


def _losses(exporter: dict[str, Any]) -> str:
    unit = exporter["unit"]
    if unit == "none":
        return "it numbers nothing, so nobody can say what was lost"
    names = {"lost": f"{unit} lost", "reordered": f"{unit} out of order", "duplicated": f"{unit} twice", "restarts": "restarts"}
    happened = [f"{exporter['totals'][name]:,} {words}" for name, words in names.items() if exporter["totals"].get(name)]
    return ", ".join(happened) or f"no {unit} lost"


def _particulars(exporter: dict[str, Any]) -> Iterator[str]:
    rate = exporter["sampling"]["rate"]
    if rate and rate > 1:
        yield f"it looked at one packet in {rate:,}, as its {exporter['sampling']['source']} say"
    if exporter["skew"] is not None and abs(exporter["skew"]) > SKEW_SECONDS * 1_000_000:
        seconds = exporter["skew"] / 1_000_000
        yield f"its clock is {abs(seconds) / 3600:,.1f} h {'behind' if seconds > 0 else 'ahead of'} the clock of who captured it"
    if wrong := exporter["totals"].get("times"):
        yield f"{counted(wrong, 'record says', 'records say')} impossible times: given the time of receipt"
    if exporter["totals"].get("late"):
        late = exporter["totals"]["late"]
        yield f"{counted(late, 'flow came before the template it needs, and was', 'flows came before the template they need, and were')} read when that came"
