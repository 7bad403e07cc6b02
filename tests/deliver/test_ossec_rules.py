"""The decoders and rules that are shipped for OSSEC and Wazuh, evaluated over every kind of line in all three forms."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from ossec import Decoders, Event, Rules, json_decoded, match, predecoded, search, translated
from warned import PULSE, StandIn, entry, warning

import varde
from varde.deliver import SinkSettings
from varde.deliver.syslog import _rfc3164
from varde.export.warning import FORMATS
from varde.views.warning import line_of

SHIPPED = Path(varde.__file__).parent / "data" / "ossec"
GOLDEN = Path(__file__).parents[1] / "data" / "warnings" / "lines.log"
DECODERS = Decoders(SHIPPED / "decoders.xml")
RULES = Rules(SHIPPED / "rules.xml", SHIPPED / "wazuh.xml")
SYSLOG = _rfc3164(SinkSettings(name="siem", kind="syslog", hostname="gw"))

TOLD = entry() | {"first_seen": "2016-06-01T00:00:00Z"}
OTHER = {"time": "2026-11-20T12:00:00Z", "sensor": "pot1", "lists": [TOLD], "src_addr": "203.0.113.5", "src_port": 40000}
FLOW = {"srcip": "10.0.0.5", "srcport": "443", "dstip": "203.0.113.5", "dstport": "51022", "protocol": "TCP", "url": PULSE}
SIX = {"src": "2001:db8::5", "dst": "2001:db8:bad::1"}


def other(**columns: Any) -> dict[str, Any]:
    row = {name: value for name, value in (OTHER | columns).items() if value is not None}
    return row | {"line": line_of(row)}


def flow(columns: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
    row = warning(**how) | (columns or {})
    return row | {"line": line_of(row)}


CASES: list[tuple[dict[str, Any], dict[str, str], str]] = [
    (flow(), FLOW, "01"),
    (flow({"direction": "outbound", "one_way": 0}), FLOW, "03"),
    (flow({"direction": "outbound", "one_way": 1}), FLOW, "01"),
    (flow({"direction": "inbound", "one_way": 1}), FLOW, "04"),
    (flow({"direction": "inbound", "one_way": 0, "count": 7}), FLOW, "01"),
    (flow({"test": 1}), FLOW, "05"),
    (flow(proto=17, **SIX), {"srcip": "2001:db8::5", "srcport": "443", "dstip": "2001:db8:bad::1", "dstport": "51022", "protocol": "UDP", "url": "-"}, "01"),
    (flow(proto=1, sport=None, dport=None), {"srcip": "10.0.0.5", "dstip": "203.0.113.5", "protocol": "ICMP", "url": PULSE}, "01"),
    (flow(proto=58, sport=None, dport=None, **SIX), {"srcip": "2001:db8::5", "dstip": "2001:db8:bad::1", "protocol": "IPV6-ICMP", "url": "-"}, "01"),
    (flow(proto=200, sport=None, dport=None), {"srcip": "10.0.0.5", "dstip": "203.0.113.5", "protocol": "200", "url": PULSE}, "01"),
    (other(kind="dns", name="evil.example"), {"srcip": "203.0.113.5", "extra_data": "evil.example", "url": PULSE}, "06"),
    (other(kind="dns", name="evil.example", src_addr="2001:db8::5"), {"srcip": "2001:db8::5", "extra_data": "evil.example", "url": PULSE}, "06"),
    (other(kind="login", name="root"), {"srcip": "203.0.113.5", "user": "root", "extra_data": "pot1", "url": PULSE}, "07"),
    (other(kind="login", name="a@b c", src_port=None, src_addr="2001:db8::5"),
     {"srcip": "2001:db8::5", "user": "a%40b%20c", "extra_data": "pot1", "url": PULSE}, "07"),
    (other(kind="scan", name="vertical", dst_port=23, proto=6),
     {"srcip": "203.0.113.5", "dstport": "23", "protocol": "tcp", "extra_data": "vertical", "url": PULSE}, "08"),
    (other(kind="scan", name="slow", proto=17, src_addr="2001:db8::5"),
     {"srcip": "2001:db8::5", "dstport": "-", "protocol": "udp", "extra_data": "slow", "url": PULSE}, "08"),
    (other(kind="scan", name="coordinated", proto=6, src_addr=None, src_port=None, level="found"), {"dstport": "-", "protocol": "tcp", "extra_data": "coordinated", "url": PULSE}, "08"),
    (other(kind="scan", name="more", src_addr=None, src_port=None, level="more", count=5), {"dstport": "-", "protocol": "-", "extra_data": "more", "url": PULSE}, "08"),
    (other(kind="surge", dst_port=7547, proto=6, src_addr=None), {"dstport": "7547", "protocol": "tcp", "url": PULSE}, "09"),
]  # fmt: skip
"""A warning, the fields that OSSEC takes from its line, and the end of the number of the rule that fires."""

NAMES = [f"{number}-{row['kind']}" for number, (row, _, _) in enumerate(CASES)]


def test_the_lines_are_the_golden_ones() -> None:
    made = "".join(row["line"] + "\n" for row, _, _ in CASES)
    assert made == GOLDEN.read_text(), "write them anew and look at what changed"


@pytest.mark.parametrize(("row", "fields", "rule"), CASES, ids=NAMES)
def test_a_line_in_a_file_is_decoded_and_fires_its_rule(row: dict[str, Any], fields: dict[str, str], rule: str) -> None:
    event = DECODERS.decode(predecoded(FORMATS["line"].render(row)))
    assert (event.decoder, event.fields) == ("varde-line", fields)
    assert RULES.fire(event)[0] == f"1008{rule}"


@pytest.mark.parametrize(("row", "fields", "rule"), CASES, ids=NAMES)
def test_a_line_in_syslog_is_decoded_and_fires_the_same_rule(row: dict[str, Any], fields: dict[str, str], rule: str) -> None:
    event = DECODERS.decode(predecoded(SYSLOG(row)))
    assert (event.decoder, event.program, event.fields) == ("varde", "varde", fields)
    assert RULES.fire(event)[0] == f"1008{rule}"


@pytest.mark.parametrize(("row", "fields", "rule"), CASES, ids=NAMES)
def test_json_needs_no_decoder_and_fires_the_rule_beside_it(row: dict[str, Any], fields: dict[str, str], rule: str) -> None:
    event = json_decoded(FORMATS["json"].render(row))
    assert RULES.fire(event)[0] == f"1008{int(rule) + 50}"


def test_levels_are_the_same_for_lines_and_for_json() -> None:
    levels = {rule.get("id"): rule.get("level") for rule in RULES.all}
    for number in range(100801, 100810):
        assert levels[str(number)] == levels[str(number + 50)]


def test_repeats_of_one_host_fire_after_six_in_ten_minutes() -> None:
    (lines, of_bind, as_json) = [rule for rule in RULES.all if rule.get("frequency")]
    assert (of_bind.findtext("if_matched_group"), of_bind.find("same_source_ip") is not None) == ("varde_rpz", True)
    for rule, group, same in ((lines, "varde_flow", "same_source_ip"), (as_json, "varde_flow_json", "same_field")):
        assert (rule.get("frequency"), rule.get("timeframe"), rule.findtext("if_matched_group")) == ("6", "600", group)
        assert rule.find(same) is not None
        assert sum(f"{group}," == each.findtext("group") for each in RULES.all) == 3


@pytest.mark.parametrize("line", [
    "Nov 21 17:00:00 gw sshd[1]: FLOWHIT 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) - side=dst", "2016-06-07 13:51:34 something else",
    "Nov 21 17:00:00 gw vardeless: hello", '{"kind": "flow"}',
])  # fmt: skip
def test_lines_of_others_fire_nothing(line: str) -> None:
    event = json_decoded(line) if line.startswith("{") else DECODERS.decode(predecoded(line))
    assert RULES.fire(event)[1] == 0


BIND = (Path(__file__).parents[1] / "data" / "sightings" / "bind-rpz.log").read_text().splitlines()


def test_lines_of_bind_are_decoded_and_fire_their_rule() -> None:
    """Those of the channel that the how-to sets up: the first are from a real named."""
    for line in BIND[:14]:
        event = DECODERS.decode(predecoded(line))
        assert event.decoder == "varde-bind"
        asked = line.partition("rewrite ")[2].partition("/")[0]
        client = line.partition(" client @")[2].split(" ")[1].partition("#")[0]
        assert (event.fields["srcip"], event.fields["extra_data"], RULES.fire(event)[0]) == (client, asked, "100821")
    passed = DECODERS.decode(predecoded(BIND[-2]))
    assert (passed.fields["action"], RULES.fire(passed)[0]) == ("PASSTHRU", "100822")
    assert RULES.fire(DECODERS.decode(predecoded(BIND[-1])))[1] == 0


HOSTILE = st.text(st.characters(codec=None) | st.sampled_from(" ()=|\\@/>-\n\x1b"), max_size=40) | st.sampled_from(
    (") side=dst direction=outbound one-way=0", "x (DNS) -", "root@pot1 (LOGIN)", "1.2.3.4:5 -> 6.7.8.9:10 (TCP) http://x")
)


@settings_of(max_examples=80)
@given(HOSTILE, HOSTILE)
def test_nothing_that_others_wrote_makes_another_event_of_it(name: str, own: str) -> None:
    login = other(kind="login", name=name, sensor=own, lists=[entry(own, name, name, "https://x/" + name) | {"first_seen": None}])
    event = DECODERS.decode(predecoded(SYSLOG(login)))
    assert (RULES.fire(event)[0], event.fields["srcip"]) == ("100807", "203.0.113.5")
    lists = StandIn({"203.0.113.0/24": [entry(own, name, own, "https://x/" + name)]})
    event = DECODERS.decode(predecoded(flow(lists=lists, sensor=name)["line"]))
    assert RULES.fire(event)[0] == "100801"
    assert {key: event.fields[key] for key in FLOW if key != "url"} == {key: FLOW[key] for key in FLOW if key != "url"}


def test_the_shipped_files_are_whole() -> None:
    for path in SHIPPED.glob("*.xml"):
        text = path.read_text()
        ElementTree.fromstring(f"<all>{text}</all>")
        comments = [part.partition("-->")[0] for part in text.split("<!--")[1:]]
        assert not any("--" in comment or ">" in comment for comment in comments), "OSSEC's reader ends a comment early"


def test_the_dialect_is_ossecs() -> None:
    assert search(r"^(\d+.\d+):(\w+) x", "1.2:a-b x") == ("1.2", "a-b")
    assert search(r"^a|b$", "xb") == () and search(r"^a", "ba") is None
    assert match("^var", "varde") and not match("var$", "varde") and match("x|de$", "varde")
    with pytest.raises(AssertionError, match="unknown to OSSEC"):
        translated(r"\[", greedy=True)
    assert translated("a+", greedy=True) == r"a\+", "a plus means nothing after a plain character"
    with pytest.raises(AssertionError, match="two ways"):
        search(r"^(\S+):(\d+)", "[2001:db8::1]:443")
    assert predecoded("plain") == Event("plain")
    assert json.loads(json_decoded('{"a": 1}').log) == {"a": 1}
