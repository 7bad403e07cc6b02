"""Scans in words: what a sentence, a caption, a reason and an advice say, and that the command in them is one. All campaigns here are synthetic."""

import json
import shlex
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from varde.decode.addresses import octets_of
from varde.detect import Campaign
from varde.detect.campaign import PORTS_MAX, SOURCES_MAX
from varde.intel.ipset_file import read_set
from varde.model.findings import KINDS
from varde.query.filters import understood
from varde.views.campaigns import (
    CAPTION_MAX,
    COLUMNS,
    advice,
    block,
    caption,
    document,
    evidence,
    identity,
    link,
    name_of,
    ranked,
    reason,
    row_of,
    sentence,
    table_row,
    words,
    words_of_rest,
)
from varde.views.origins import Origin
from varde.views.pace import every, every_short, lasting

UTC = ZoneInfo("UTC")
FIRST = int(datetime(2026, 11, 20, 1, 40, tzinfo=timezone.utc).timestamp()) * 1_000_000
HOUR = 3_600_000_000


def octets(text: str) -> bytes:
    found = octets_of(text)
    assert found is not None
    return found


SOURCE, TARGET, SIX = octets("198.51.100.7"), octets("192.0.2.10"), octets("2001:db8:1234:5678::9")
DOWN = tuple(51_000 - round(step * 50_970 / 419) for step in range(420))
MANY = tuple(octets(f"203.0.113.{number}") for number in range(20))
ORIGINS = {SOURCE: Origin("NL", "the Netherlands", 64_500, "Example")} | {source: Origin(*(("CN", "China") if number < 12 else ("US", "the United States"))) for number, source in enumerate(MANY)}

SLOW = Campaign("diagonal", "tcp4", FIRST, FIRST + 19 * HOUR, 425, (SOURCE,), 1, DOWN, 420, (TARGET,), 1, log_p=-92.2, confidence="high", order="down", tau=-0.98)
SHARED = Campaign("coordinated", "tcp4", FIRST, FIRST + 6 * HOUR, 400, MANY, 20, tuple(range(1, 401)), 400, (TARGET,), 1, log_p=-80.0, order="up", tau=0.9)
SWEEP = Campaign("horizontal", "tcp4", FIRST, FIRST + 60_000_000, 254, (SOURCE,), 1, (23,), 1, (TARGET,) * 100, 254, log_p=-20.0)
ALL = {
    "vertical": replace(SLOW, kind="vertical", last=FIRST + 360_000_000, order="", tau=0.0), "horizontal": SWEEP, "block": replace(SWEEP, kind="block", ports=(22, 23), port_count=2, events=5_000),
    "diagonal": SLOW, "random": replace(SLOW, kind="random", order="", tau=0.0), "coordinated": SHARED, "flags": replace(SWEEP, kind="flags", flags="xmas"),
    "tool": replace(SHARED, kind="tool", tools={"zmap": 1.0}), "new": replace(SHARED, kind="new", ports=(37_777,), port_count=1, order="", tau=0.0), "art": replace(SHARED, kind="art"),
}  # fmt: skip


def test_a_slow_scan_is_told_so_that_anybody_understands_it() -> None:
    assert sentence(SLOW, UTC, ORIGINS) == (
        "One source in the Netherlands (198.51.100.7, AS64500) went down 420 ports from 51,000 to 30 in 19 hours from 2026-11-20 01:40 on, "
        "one every 2.7 minutes; no limit by the minute sees that."
    )  # fmt: skip
    assert caption(SLOW, UTC) == "Slow scan down: 198.51.100.7, 420 ports, 1 in 2.7 min"
    assert name_of(SLOW) == "Slow scan in order, down, by 198.51.100.7"
    assert sentence(replace(SLOW, order="up", tau=0.98), ZoneInfo("Europe/Oslo")).startswith("One source (198.51.100.7) went up 420 ports from 30 to 51,000 in 19 hours from 2026-11-20 02:40 on")


def test_what_a_limit_by_the_minute_does_see_is_not_said_to_be_hidden() -> None:
    assert "no limit" not in sentence(replace(SLOW, last=FIRST + HOUR), UTC)


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("vertical", "tried 420 ports of 192.0.2.10 in 6 minutes from 2026-11-20 01:40 on, 1.2 a second."),
        ("horizontal", "tried tcp/23 (telnet) at 254 addresses in 60 seconds from 2026-11-20 01:40 on, 4.2 a second."),
        ("block", "tried 2 ports at 254 addresses in 60 seconds from 2026-11-20 01:40 on, 83 a second."),
        ("random", "tried 420 ports that hardly anybody tries, in no order, in 19 hours from 2026-11-20 01:40 on, one every 2.7 minutes."),
        ("coordinated", "20 sources in 2 countries (12 in China) shared out 400 ports between 1 and 400 among them, about 20 each, in 6 hours from 2026-11-20 01:40 on, one every 54 seconds."),
        ("flags", "sent 254 packets with FIN, PSH and URG (Xmas), as no connection begins, to tcp/23 (telnet) of 254 addresses in 60 seconds from 2026-11-20 01:40 on."),
        ("tool", "sent 400 packets that bear the mark of ZMap (identification 54321), to 400 ports of 192.0.2.10 in 6 hours from 2026-11-20 01:40 on."),
        ("new", "tried tcp/37777 (dahua-dvr), where nobody had come in the month before, with 400 packets in 6 hours from 2026-11-20 01:40 on."),
        ("art", "drew a picture into the Fireplot, with 400 packets on ports 1 to 400 in 6 hours from 2026-11-20 01:40 on."),
    ],
)  # fmt: skip
def test_each_kind_says_what_was_done(kind: str, ending: str) -> None:
    assert sentence(ALL[kind], UTC, ORIGINS).endswith(ending)


def test_sources_that_shared_addresses_are_told_by_these() -> None:
    shared = replace(SHARED, ports=(23,), port_count=1, targets=(TARGET,) * 100, target_count=254)
    assert "20 sources shared out 254 addresses among them, about 13 each, and tried tcp/23 (telnet) there in 6 hours" in sentence(shared, UTC)


def test_no_kind_is_without_words() -> None:
    assert list(ALL) == [kind.name for kind in KINDS]


def test_the_manual_names_every_kind_with_its_meaning() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "explanation" / "insight.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"| `{kind.name}` | {kind.title}: {kind.meaning[0].lower()}{kind.meaning[1:]} | {'yes' if kind.is_alert else 'no'} |" in manual


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("change", [{}, {"sources": (SIX,), "source_count": 1}, {"ports": (), "port_count": 0, "plane": "icmp"}, {"last": FIRST}, {"plane": "udp6", "sources": (), "source_count": 1_000_000, "port_count": 65_535, "target_count": 999_999}])  # fmt: skip
def test_whatever_a_campaign_has_its_words_are_whole_and_its_caption_is_short(kind: str, change: dict[str, object]) -> None:
    campaign = replace(ALL[kind], **change)  # type: ignore[arg-type]
    assert 0 < len(caption(campaign, UTC)) <= CAPTION_MAX
    said = json.dumps(document(campaign, UTC, ORIGINS))
    assert "None" not in said and "  " not in said and ", ," not in said and ",." not in said
    assert row_of(campaign, UTC).keys() == set(COLUMNS) and all("None" not in str(cell) for cell in table_row(campaign, UTC, ORIGINS).values())


def test_a_source_of_ipv6_is_its_64() -> None:
    campaign = replace(SLOW, plane="tcp6", sources=(SIX,))
    assert sentence(campaign, UTC).startswith("One source (2001:db8:1234:5678::/64) went down 420 TCP ports over IPv6 from")


def test_a_reason_has_the_numbers_and_what_nobody_knows() -> None:
    assert reason(SLOW) == (
        "confidence high; by chance once in 10^40, with all sources counted that were looked at; tau -0.98, where 0 is no order and -1 is strictly down; "
        "what was refused proves no sender: an address can be invented"
    )  # fmt: skip
    assert "by chance once in 3,000," in reason(replace(SLOW, log_p=-8.0))
    assert "only 3 packets of each source" in reason(replace(SHARED, events=60))
    assert "senders of UDP can be invented" in reason(replace(SWEEP, plane="udp4"))
    assert "chance" not in reason(ALL["flags"] if not ALL["flags"].log_p else replace(ALL["flags"], log_p=0.0))
    assert "45% of its sources bear the mark of ZMap" in reason(replace(SHARED, tools={"zmap": 0.45}))


def test_words_of_a_message_are_sentence_reason_and_advice() -> None:
    said = words(SLOW, UTC, ORIGINS)
    assert said.startswith("One source in the Netherlands (198.51.100.7, AS64500) went down 420 ports") and said.endswith(" Nothing to do: all of it was refused already.")
    assert " no limit by the minute sees that. Confidence high; by chance once in 10^40," in said
    assert words_of_rest({"vertical": 2, "diagonal": 11}, 1_000, FIRST, UTC) == "13 scans more in the hour before, by 1,000 sources: 11 diagonal, 2 vertical. `varde scans --since '2026-11-20 01:40'` tells them."


def test_mostly_there_is_nothing_to_do() -> None:
    assert advice(SLOW) == "nothing to do: all of it was refused already" and block(SLOW) == ()


LOUD = replace(SLOW, allowed=40)


def test_a_block_is_suggested_where_much_was_let_through() -> None:
    assert block(LOUD) == ("198.51.100.7",) and "40 packets were let through: close what they reached" in advice(LOUD) and "to block 198.51.100.7 for a day" in advice(LOUD)
    assert block(replace(LOUD, plane="tcp6", sources=(SIX,))) == ("2001:db8:1234:5678::/64",)


@pytest.mark.parametrize("change", [{"plane": "udp4"}, {"events": 99}, {"allowed": 9}, {"researcher": "Censys"}, {"source_count": 21}, {"source_count": 5, "sources": MANY[:5]}, {"kind": "tool"}])  # fmt: skip
def test_nobody_is_accused_by_what_proves_nothing(change: dict[str, object]) -> None:
    campaign = replace(LOUD, **change)  # type: ignore[arg-type]
    assert block(campaign) == () and "to block" not in advice(campaign)


def test_a_researcher_is_told_how_to_leave_one_alone() -> None:
    assert sentence(replace(SLOW, researcher="Censys"), UTC).startswith("One source of Censys (198.51.100.7)")
    assert advice(replace(LOUD, researcher="Censys")).startswith("block nobody: Censys measures the Internet and says who it is; who wants to be left alone says so at https://docs.censys.com/docs/opt-out-of-data-collection")
    assert advice(replace(LOUD, researcher="A University")).endswith("its own pages say how to be left alone")


@pytest.mark.parametrize("campaign", [*ALL.values(), replace(SWEEP, plane="icmp", ports=(), port_count=0), replace(SLOW, plane="tcp6", sources=(SIX,)), replace(SHARED, source_count=400)])  # fmt: skip
def test_the_evidence_is_a_command_that_is_understood(campaign: Campaign) -> None:
    command = shlex.split(evidence(campaign, ZoneInfo("Europe/Oslo")))
    assert command[:2] == ["varde", "filter"] and command[-6:-4] == ["--table", "probes"]
    since, until = (datetime.fromisoformat(command[place]) for place in (-3, -1))
    assert since <= datetime.fromtimestamp(campaign.first / 1e6, timezone.utc) and datetime.fromtimestamp(campaign.last / 1e6, timezone.utc) < until
    assert understood(command[2], read_set).node is not None


def test_evidence_names_what_can_be_named() -> None:
    assert evidence(SLOW, UTC) == "varde filter 'src in 198.51.100.7 and proto tcp and dport 30-51000' --table probes --since 2026-11-20T01:40:00+00:00 --until 2026-11-20T20:41:00+00:00"
    assert "dport" not in evidence(replace(SLOW, port_count=PORTS_MAX + 420), UTC), "of ports of which only some are known no range is told"
    many = replace(SHARED, sources=tuple(octets(f"2001:db8:1234:{number:x}::") for number in range(SOURCES_MAX)), source_count=5_000)
    assert evidence(many, UTC).count("/64") == SOURCES_MAX and understood(shlex.split(evidence(many, UTC))[2], read_set).node is not None, "the busiest of them"


def test_a_link_leads_to_its_source_and_ports_and_names_it() -> None:
    assert link(SLOW) == (
        "/?from=2026-11-20T01:40:00Z&to=2026-11-20T20:41:00Z&src=198.51.100.7&evidence=2026-11-20T01:40:00Z/2026-11-20T20:41:00Z/30/51000/tcp4&finding=diagonal-tcp4-2026112001-198.51.100.7"
    )  # fmt: skip
    assert "&action=all&" in link(LOUD) and "src=" not in link(SHARED)


def test_a_campaign_that_grows_stays_the_same_one() -> None:
    assert identity(SLOW) == identity(replace(SLOW, last=FIRST + 40 * HOUR, events=900, port_count=800)) != identity(replace(SLOW, first=FIRST + HOUR))


def test_the_least_likely_is_told_first() -> None:
    assert ranked([ALL["flags"], SLOW, SHARED, SWEEP])[:2] == [SLOW, SHARED]


@pytest.mark.parametrize(("seconds", "said"), [(0, "less than a second"), (1, "1 second"), (60, "60 seconds"), (360, "6 minutes"), (5_400, "1.5 hours"), (19 * 3_600, "19 hours"), (30 * 3_600, "30 hours"), (60 * 3_600, "2.5 days"), (9.97, "10 seconds")])  # fmt: skip
def test_how_long(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


@pytest.mark.parametrize(("count", "seconds", "said", "short"), [(420, 68_400, "one every 2.7 minutes", "1 in 2.7 min"), (10_000, 60, "167 a second", "167/s"), (60, 60, "1 a second", "1/s"), (2, 172_800, "one every 2 days", "1 in 2 d"), (1, 60, "", ""), (5, 0, "", "")])  # fmt: skip
def test_how_fast(count: int, seconds: float, said: str, short: str) -> None:
    assert (every(count, seconds), every_short(count, seconds)) == (said, short)
