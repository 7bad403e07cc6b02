"""Findings as pictures need them: corners, words, and the document behind each."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from varde.detect import Campaign
from varde.model import counted
from varde.model.planes import PLANES
from varde.query.engine import microseconds
from varde.query.surges import Finding
from varde.views import campaigns, surges
from varde.views.campaigns import CAPTION_MAX
from varde.views.origins import Origins
from varde.views.outlines import Mark

SURGE = "surge"
"""The kind of what is no Campaign."""

_PORTED = frozenset(plane.key for plane in PLANES if plane.has_ports)
_NOWHERE: Origins = {}


def marks_of(found: Iterable[Campaign], surging: Iterable[Finding], zone: ZoneInfo, origins: Origins = _NOWHERE) -> list[Mark]:
    """What has a place in the picture, in the order in which it is outlined: what is rare and what is seen best first, known researchers last."""
    told = [(campaign, mark_of(campaign, zone, origins)) for campaign in found if campaign.plane in _PORTED and _corners(campaign)]
    order = sorted(range(len(told)), key=lambda at: (_rank(told[at][0]), at))
    return [*(surge_mark(each, zone) for each in surging), *(told[at][1] for at in order)]


def _rank(campaign: Campaign) -> int:
    """Drawings are made to be seen; a researcher is there every day, and what a tool left its mark in is said of other findings too."""
    if campaign.kind == "art":
        return 0
    return 2 if campaign.researcher or campaign.kind == "tool" else 1


def mark_of(campaign: Campaign, zone: ZoneInfo, origins: Origins = _NOWHERE) -> Mark:
    said = campaigns.document(campaign, zone, origins)
    return Mark(campaigns.identity(campaign), campaign.kind, said["title"], campaigns.caption(campaign, zone), _corners(campaign), (campaign.plane,), campaign.events, said)


def _corners(campaign: Campaign) -> tuple[tuple[int, int], ...]:
    """Its outline, or the rectangle of its time and ports."""
    low, high = campaign.port_min, campaign.port_max
    if campaign.outline or low is None or high is None:
        return campaign.outline
    return _rectangle(campaign.first, campaign.last, low, high)


def _rectangle(first: int, last: int, low: int, high: int) -> tuple[tuple[int, int], ...]:
    return (first, low), (first, high), (last, high), (last, low)


def surge_mark(finding: Finding, zone: ZoneInfo) -> Mark:
    """A surge: one port from its first minute to its last packet."""
    surge, first, last = finding.surge, microseconds(finding.first), microseconds(finding.last)
    said = surges.finding_document(finding)
    name = f"{SURGE}-{surge.plane}-{surge.port}-{finding.first:%Y%m%d%H}"
    words = surge_caption(finding)
    extra = {"id": name, "kind": SURGE, "title": "Surge", "name": f"Surge on {surges.name_of(surge)}", "caption": words, "sentence": surge_sentence(finding, zone)}
    return Mark(name, SURGE, "Surge", words, _rectangle(first, last, surge.port, surge.port), (surge.plane,), finding.events, extra | said)


def surge_caption(finding: Finding) -> str:
    """`Surge: tcp/7547 (cwmp), 1,043 addresses in 9 hours`, in at most CAPTION_MAX characters."""
    hours = max(1, round((finding.last - finding.first).total_seconds() / 3600))
    return f"Surge: {surges.name_of(finding.surge)}, {counted(finding.addresses, 'address', 'addresses')} in {counted(hours, 'hour')}"[:CAPTION_MAX]


def surge_sentence(finding: Finding, zone: ZoneInfo) -> str:
    """What happened, against what is usual."""
    surge, since = finding.surge, finding.first.astimezone(zone)
    usual = f"usually {surge.expected:,.0f} in {counted(surge.window, 'hour')}" if surge.expected >= 1 else f"usually fewer than one in {counted(surge.window, 'hour')}"
    return (f"{counted(finding.addresses, 'address', 'addresses')} of {counted(finding.networks, 'network')} tried {surges.name_of(surge)} "
            f"since {since:%Y-%m-%d %H:%M}; it is {usual}.")  # fmt: skip


def within(marks: Sequence[Mark], planes: Sequence[str]) -> list[Mark]:
    """Those of planes that are shown; all where none is named."""
    return [mark for mark in marks if not planes or set(mark.planes) & set(planes)]
