"""Synthetic days read back with expressions of the test's own: what was promised is in the text."""

import ipaddress
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from varde.simulate import HOME_TOML, SyntheticLog, synthetic_day

OSLO = ZoneInfo("Europe/Oslo")
FRIDAY = date(2026, 11, 20)
STAMP = r"(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}[+-][0-9]{2}:[0-9]{2})"

PATTERNS = {
    "fw1": re.compile(
        STAMP + r" fw1 firewall,info (?P<verdict>BLOCK|ACCEPT) input: in:ether1 out:\(unknown 0\), "
        r"connection-state:new src-mac 00:00:5e:00:53:01, proto (?P<proto>TCP|UDP|ICMP|[0-9]+)"
        r"(?: \((?P<detail>[^)]+)\))?, \[?(?P<src>[0-9a-f.]+|[0-9a-f:]+::[0-9a-f]*)\]?(?::(?P<spt>[0-9]+))?"
        r"->\[?(?P<dst>[0-9.]+|[0-9a-f:]+::[0-9a-f]*)\]?(?::(?P<dpt>[0-9]+))?, len (?P<len>[0-9]+)"
    ),
    "fw2": re.compile(
        STAMP + r" fw2 kernel: \[ *[0-9]+\.[0-9]{6}\] \[UFW (?P<verdict>BLOCK|ALLOW)\] "
        r"IN=eth0 OUT= MAC=[0-9a-f:]{41} "
        r"SRC=(?P<src>\S+) DST=(?P<dst>\S+) LEN=(?P<len>[0-9]+) "
        r"(?:TOS=0x00 PREC=0x00 TTL=(?P<ttl>[0-9]+) ID=(?P<id>[0-9]+) (?:DF )?|"
        r"TC=0 HOPLIMIT=[0-9]+ FLOWLBL=[0-9]+ )PROTO=(?P<proto>TCP|UDP|ICMP|ICMPv6|[0-9]+) "
        r"(?:SPT=(?P<spt>[0-9]+) DPT=(?P<dpt>[0-9]+) |TYPE=(?P<type>[0-9]+) CODE=0 ID=[0-9]+ SEQ=[0-9]+ )?"
        r"(?:SEQ=(?P<seq>[0-9]+) ACK=0 )?"
        r"(?:WINDOW=(?P<win>[0-9]+) RES=0x00 (?P<detail>(?:[A-Z]+ )*)URGP=0 |LEN=[0-9]+ )?"
    ),
    "fw3": re.compile(
        r"<134>1 " + STAMP + r" fw3\.example\.net filterlog [0-9]+ - - [0-9]+,,,[0-9]+,igb0,match,"
        r"(?P<verdict>block|pass),in,(?:4,0x0,,(?P<ttl>[0-9]+),(?P<id>[0-9]+),0,(?:DF|none),[0-9]+,(?P<proto4>[a-z]+)|"
        r"6,0x00,0x[0-9a-f]{5},[0-9]+,(?P<proto6>TCP|UDP|ICMPv6),[0-9]+),(?P<len>[0-9]+),"
        r"(?P<src>[0-9a-f.:]+),(?P<dst>[0-9a-f.:]+),"
        r"(?:(?P<spt>[0-9]+),(?P<dpt>[0-9]+),[0-9]+(?:,(?P<detail>[A-Z]*),(?P<seq>[0-9]+),,(?P<win>[0-9]+),,[A-Za-z;]*)?"
        r"|request,[0-9]+,[0-9]+|datalength=[0-9]+|)"
    ),
}
REFUSALS = {"BLOCK", "block"}
SYN = {"SYN", "SYN ", "S"}


@dataclass(frozen=True)
class Probe:
    """A line as the test reads it."""

    time: datetime
    sensor: str
    refused: bool
    proto: str
    src: str
    dst: str
    dport: int | None
    fields: dict[str, str | None]

    @property
    def plane(self) -> str:
        """The plane that the line belongs to."""
        if self.proto.startswith("icmp"):
            return "icmp"
        return f"{self.proto}{6 if ':' in self.src else 4}" if self.proto in ("tcp", "udp") else "other"


def read(log: SyntheticLog) -> list[Probe]:
    """Every line of a log that the sensor's expression takes whole."""
    matches = map(PATTERNS[log.sensor].fullmatch, log.text.decode("ascii").removesuffix("\n").split("\n"))
    return [_probe(log.sensor, match.groupdict()) for match in matches if match]


@cache
def _short(address: str) -> str:
    return str(ipaddress.ip_address(address))


def _probe(sensor: str, fields: dict[str, str | None]) -> Probe:
    proto = fields.get("proto") or fields.get("proto4") or fields.get("proto6") or ""
    src, dst = _short(fields["src"] or ""), _short(fields["dst"] or "")
    dport = None if fields["dpt"] is None else int(fields["dpt"])
    time = datetime.fromisoformat(fields["stamp"] or "")
    return Probe(time, sensor, fields["verdict"] in REFUSALS, proto.lower(), src, dst, dport, fields)


@cache
def logs() -> list[SyntheticLog]:
    """The demo's day."""
    return synthetic_day(FRIDAY, zone=OSLO)


@cache
def refused() -> list[Probe]:
    """All refused probes of the demo's day."""
    return [probe for log in logs() for probe in read(log) if probe.refused]


def test_same_arguments_give_the_same_bytes() -> None:
    again = synthetic_day(FRIDAY, zone=OSLO)
    assert [log.text for log in again] == [log.text for log in logs()]
    assert again == logs()


def test_seeds_and_days_differ_but_look_alike() -> None:
    days = [synthetic_day(FRIDAY + timedelta(days=shift), zone=OSLO, campaigns=False) for shift in (0, 1)]
    other = synthetic_day(FRIDAY, zone=OSLO, seed=2, campaigns=False)
    assert len({log.text for day in (*days, other) for log in day}) == 9
    ports = [Counter(p.dport for log in day for p in read(log) if p.refused) for day in days]
    for port in (22, 23, 80, 443, 445, 1433, 3389, 5060, 53, 123):
        assert 0.5 < ports[0][port] / ports[1][port] < 2, port
    sources = [{p.src for log in day for p in read(log) if p.refused} for day in days]
    assert 0.3 < len(sources[0] & sources[1]) / len(sources[0]) < 0.8


def test_names_sensors_and_line_ends() -> None:
    assert [(log.name, log.sensor) for log in logs()] == [
        ("fw1-mikrotik.log", "fw1"),
        ("fw2-linux.log", "fw2"),
        ("fw3-pfsense.log", "fw3"),
    ]
    for log in logs():
        assert log.text.endswith(b"\n")
        assert b"\r" not in log.text
        assert b"\n\n" not in log.text


def test_every_line_is_a_record_or_an_ignored_line() -> None:
    for log in logs():
        assert log.text.count(b"\n") == log.records + log.ignored
        assert len(read(log)) == log.records
        assert log.ignored >= 3


def test_planes_equal_a_count_of_the_lines() -> None:
    for log in logs():
        counted = Counter(probe.plane for probe in read(log) if probe.refused)
        assert log.planes == {
            plane: counted[plane] for plane in ("tcp4", "udp4", "tcp6", "udp6", "icmp", "other")
        }
    assert min(sum(log.planes[plane] for log in logs()) for plane in logs()[0].planes) > 20


def test_some_lines_of_the_linux_and_pfsense_sensors_are_let_through() -> None:
    allowed = [log.records - sum(log.planes.values()) for log in logs()]
    assert allowed[0] == 0
    assert allowed[1] > 100
    assert allowed[2] > 50


@pytest.mark.parametrize("probes", [0, 1, 7, 39, 500, 3000])
def test_background_has_exactly_the_refused_probes_asked_for(probes: int) -> None:
    day = synthetic_day(FRIDAY, zone=OSLO, probes=probes, campaigns=False)
    assert sum(sum(log.planes.values()) for log in day) == probes


def test_campaigns_come_on_top_of_an_unchanged_background() -> None:
    def keys(day: list[SyntheticLog]) -> Counter[tuple[object, ...]]:
        return Counter((p.time, p.sensor, p.src, p.dst, p.dport) for log in day for p in read(log))

    quiet = keys(synthetic_day(FRIDAY, zone=OSLO, campaigns=False))
    assert not quiet - keys(logs())
    assert sum(quiet[key] for key in quiet if key[-1] == 7547) < 40


def test_negative_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        synthetic_day(FRIDAY, zone=OSLO, probes=-1)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (FRIDAY, 24)],
    ids=["short", "long", "plain"],
)
def test_stamps_are_in_order_inside_the_day_and_fill_it(day: date, hours: int) -> None:
    start = datetime.combine(day, datetime.min.time(), OSLO).timestamp()
    for log in synthetic_day(day, zone=OSLO):
        texts = re.findall(STAMP, log.text.decode("ascii"))
        times = [datetime.fromisoformat(text).timestamp() for text in texts]
        assert len(times) == log.records + log.ignored
        assert times == sorted(times)
        assert 0 <= times[0] - start < 600
        assert hours * 3600 - 600 < times[-1] - start < hours * 3600
        assert all(text.startswith(day.isoformat()) for text in texts)
        offsets = {text[-6:] for text in texts}
        assert offsets == ({"+01:00"} if hours == 24 else {"+01:00", "+02:00"})


ALLOWED_SPACE = [
    ipaddress.ip_network(text)
    for text in ("198.18.0.0/15", "2001:db8::/32", "192.0.2.0/24", "203.0.113.0/24")  # RFC 2544, 3849, 5737
]


@pytest.mark.parametrize("campaigns", [True, False])
def test_no_line_carries_an_address_that_somebody_has(campaigns: bool) -> None:
    for log in synthetic_day(FRIDAY, zone=OSLO, seed=5, probes=8000, campaigns=campaigns):
        text = log.text.decode("ascii")
        found = set(re.findall(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])", text))
        found |= set(re.findall(r"(?<![0-9a-f:])2[0-9a-f]{3}(?::[0-9a-f]{0,4}){2,7}(?![0-9a-f])", text))
        assert len(found) > 100
        for address in map(ipaddress.ip_address, found):
            assert any(address in space for space in ALLOWED_SPACE), address


def test_targets_are_home_and_sources_are_overridden() -> None:
    facts = tomllib.loads(HOME_TOML)
    home = [ipaddress.ip_network(entry["network"]) for entry in facts["home"]]
    places = [ipaddress.ip_network(entry["network"]) for entry in facts["override"]]
    for text in {probe.dst for probe in refused()}:
        assert any(ipaddress.ip_address(text) in network for network in home), text
    for text in {probe.src for probe in refused()}:
        assert sum(ipaddress.ip_address(text) in network for network in places) == 1, text


def test_home_configuration_names_private_numbers_and_disjoint_prefixes() -> None:
    overrides = tomllib.loads(HOME_TOML)["override"]
    networks = [ipaddress.ip_network(entry["network"]) for entry in overrides]
    assert len({str(network) for network in networks}) == len(networks) == 64
    assert {network.prefixlen for network in networks} == {20, 40}
    for entry in overrides:
        assert 64512 <= entry["as"] <= 65534
        assert re.fullmatch("[A-Z]{2}", entry["country"])
        assert entry["as_name"]


@cache
def _places() -> list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]]:
    overrides = tomllib.loads(HOME_TOML)["override"]
    return [(ipaddress.ip_network(entry["network"]), entry["country"]) for entry in overrides]


def _country(address: str) -> str:
    return next(country for network, country in _places() if ipaddress.ip_address(address) in network)


def _by_source(least: int) -> dict[str, list[Probe]]:
    """Probes of each source that asked for at least so many ports, in time order."""
    found: dict[str, list[Probe]] = {}
    for probe in sorted(refused(), key=lambda probe: probe.time):
        found.setdefault(probe.src, []).append(probe)
    return {src: probes for src, probes in found.items() if len({p.dport for p in probes}) >= least}


def test_slow_scan_falls_for_nineteen_hours() -> None:
    probes = next(
        probes
        for probes in _by_source(380).values()
        if probes[-1].time - probes[0].time > timedelta(hours=18)
    )
    ports = [probe.dport or 0 for probe in probes]
    down = sum(after < before for before, after in pairwise(ports)) / (len(ports) - 1)
    assert 380 <= len(ports) <= 420
    assert 0.92 < down < 0.96
    assert ports[0] > 40000
    assert ports[-1] < 50


def test_fast_scan_takes_a_thousand_ports_in_six_minutes_and_looks_like_masscan() -> None:
    (probes,) = _by_source(1000).values()
    assert sorted(probe.dport or 0 for probe in probes) == list(range(1, 1001))
    assert probes[-1].time - probes[0].time <= timedelta(minutes=6)
    assert {probe.fields["win"] for probe in probes} == {"1024"}
    assert {probe.fields["len"] for probe in probes} == {"40"}
    assert len({probe.fields["spt"] for probe in probes}) == 1


def test_surge_wakes_in_the_afternoon_grows_and_is_half_brazilian() -> None:
    probes = sorted((p for p in refused() if p.dport == 7547), key=lambda p: p.time)
    first: dict[str, datetime] = {}
    for probe in probes:
        first.setdefault(probe.src, probe.time)
    begin = datetime(2026, 11, 20, 14, 52, tzinfo=OSLO)
    new = [time for time in first.values() if time >= begin]
    assert 1030 <= len(new) <= 1060
    assert len(first) - len(new) < 10
    middle = begin + (datetime(2026, 11, 21, tzinfo=OSLO) - begin) / 2
    assert sum(time < middle for time in new) < 0.4 * len(new)
    assert 0.48 < sum(_country(src) == "BR" for src in first) / len(first) < 0.58


def test_sweep_meets_every_host_of_the_network() -> None:
    hosts = Counter((p.src, p.dport) for p in {(p.src, p.dst, p.dport): p for p in refused()}.values())
    (_, port), most = hosts.most_common(1)[0]
    assert (port, most) == (5901, 254)


def test_coordinated_sources_split_one_range_without_overlap() -> None:
    sources = {src: {p.dport for p in probes} for src, probes in _by_source(60).items() if len(probes) == 60}
    shares = [ports for ports in sources.values() if max(p or 0 for p in ports) < 2400]
    assert len(shares) == 12
    assert sum(map(len, shares)) == len(set().union(*shares)) == 720
    assert set().union(*shares) == set(range(1600, 2320))


def test_christmas_scan_lights_all_its_flags() -> None:
    lit = [p for p in refused() if p.fields["detail"] in ("URG PSH FIN ", "FIN,PSH,URG", "FPU")]
    assert len(lit) == 200
    assert len({p.src for p in lit}) == 1


def test_a_block_of_ports_and_hosts_is_tried_by_one_source_in_minutes() -> None:
    (probes,) = (probes for probes in _by_source(20).values() if len({p.dst for p in probes}) == 24)
    assert len({p.dport for p in probes}) == 20
    assert len({(p.dst, p.dport) for p in probes}) == len(probes) == 480
    assert probes[-1].time - probes[0].time <= timedelta(minutes=8)


def test_a_shuffled_scan_takes_a_day_over_ports_that_nobody_else_wants() -> None:
    wanted = Counter(p.dport for p in refused())
    (probes,) = (
        probes
        for probes in _by_source(72).values()
        if len(probes) == 72 and probes[-1].time - probes[0].time > timedelta(hours=20)
    )
    ports = [p.dport or 0 for p in probes]
    assert 0.35 < sum(after > before for before, after in pairwise(ports)) / (len(ports) - 1) < 0.65
    assert sum(wanted[port] for port in ports) < 2 * len(ports)


def test_three_neighbours_send_flags_that_no_connection_begins_with() -> None:
    odd = [p for p in refused() if p.sensor == "fw3" and p.proto == "tcp" and p.fields["detail"] in ("", "F", "FS")]
    sources = {detail: {p.src for p in odd if p.fields["detail"] == detail} for detail in ("", "F", "FS")}
    assert all(len(found) == 1 for found in sources.values())
    assert len(set().union(*sources.values())) == 3
    assert len(odd) == 240


def test_a_port_that_nobody_wanted_is_found_by_fourteen_countries() -> None:
    day_before = [p for log in synthetic_day(FRIDAY - timedelta(days=1), zone=OSLO, seed=2, campaigns=False) for p in read(log)]
    assert not [p for p in day_before if p.dport == 52869]
    probes = [p for p in refused() if p.dport == 52869]
    assert len({p.src for p in probes}) == len({_country(p.src) for p in probes}) == 14
    assert timedelta(hours=4) < max(p.time for p in probes) - min(p.time for p in probes) <= timedelta(hours=5)


def test_mirai_sends_the_destination_as_sequence_number() -> None:
    numbered = [p for p in refused() if p.sensor == "fw2" and p.fields["seq"] and ":" not in p.src]
    mirai = [p for p in numbered if int(p.fields["seq"] or 0) == int(ipaddress.ip_address(p.dst))]
    assert {p.dport for p in numbered} == {23, 2323, 5555, 7547}
    assert 0.4 < len(mirai) / len(numbered) < 0.95


def test_masscan_writes_its_identification() -> None:
    syns = [
        p for p in refused() if p.sensor == "fw3" and p.fields["win"] == "1024" and p.fields["detail"] in SYN
    ]
    marked = [p for p in syns if p.fields["len"] == "40" and ":" not in p.src]
    assert len(marked) > 50
    for p in marked:
        expected = int(ipaddress.ip_address(p.dst)) ^ (p.dport or 0) ^ int(p.fields["seq"] or 0)
        assert int(p.fields["id"] or 0) == expected & 0xFFFF


def test_zmap_is_recognisable() -> None:
    assert sum(p.fields["id"] == "54321" for p in refused() if p.sensor == "fw2") > 1000


def test_echo_port_is_probed_all_day_like_clockwork() -> None:
    times = sorted(
        p.time for p in refused() if p.dport == 7 and p.proto == "udp" and p.fields["spt"] == "39999"
    )
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert len(times) == 288
    assert all(297 < gap < 303 for gap in gaps)


def test_port_zero_and_protocols_without_ports_occur() -> None:
    assert any(p.dport == 0 for p in refused())
    assert {"47", "2"} <= {p.proto for p in refused()}


def test_drawing_is_by_two_friends_in_two_colours_above_the_surge() -> None:
    friends = {src: probes for src, probes in _by_source(100).items() if _country(src) == "NO"}
    assert sorted(probes[0].proto for probes in friends.values()) == ["tcp", "udp"]
    for probes in friends.values():
        assert len(probes) > 300
        assert min(p.dport or 0 for p in probes) > 10000
        assert timedelta(hours=3) < probes[-1].time - probes[0].time <= timedelta(hours=6)


def test_background_alone_holds_no_scan_of_one_host() -> None:
    quiet = synthetic_day(FRIDAY, zone=OSLO, campaigns=False)
    windows: dict[tuple[str, str, int], set[int | None]] = {}
    for log in quiet:
        for probe in read(log):
            half_hour = int(probe.time.timestamp()) // 1800
            windows.setdefault((probe.src, probe.dst, half_hour), set()).add(probe.dport)
    assert max(map(len, windows.values())) < 8
