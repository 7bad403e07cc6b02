"""What is exported: nothing allowed in it, networks cut to the address, names covered to the last wildcard."""

import ipaddress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listed import expected, row, rows, selection, text, written

from varde.export.intel import select
from varde.export.intel.names import marks
from varde.intel import Guards
from varde.intel.proof import prove
from varde.intel.space import fewest_v6, merged, networks, without
from varde.intel.special import SPECIAL
from varde.intel.zonefile import read_zone

NAMES = [".".join([*labels, "evil", "example"]) for depth in range(4) for labels in product("ab", repeat=depth)]
ANY_NAMES = st.sets(st.sampled_from(NAMES), max_size=4)
NETS = st.builds(lambda first, length: str(ipaddress.ip_network((first, length), strict=False)), st.integers(0xCB007100, 0xCB0071FF), st.integers(24, 32))
NETS6 = st.builds(lambda first, length: str(ipaddress.ip_network((0x20010DB8 << 96 | first, length), strict=False)), st.integers(0, 255), st.integers(120, 128))


def _addresses(texts: list[str]) -> set[int]:
    return {int(address) for value in texts for address in ipaddress.ip_network(value)}


@given(st.lists(NETS, max_size=8), st.lists(NETS, max_size=3))
def test_exported_addresses_are_those_listed_but_not_those_allowed_and_no_network_is_too_many(listed: list[str], allowed: list[str]) -> None:
    found = selection(listed, allowed).v4.texts
    assert _addresses(found) == _addresses(listed) - _addresses(allowed)
    assert found == [str(net).removesuffix("/32") for net in ipaddress.collapse_addresses(map(ipaddress.ip_network, found))]


@given(st.lists(NETS6, max_size=8), st.lists(NETS6, max_size=3))
def test_ipv6_is_the_same(listed: list[str], allowed: list[str]) -> None:
    found = selection(listed, allowed).v6.texts
    assert _addresses(found) == _addresses(listed) - _addresses(allowed)
    assert found == [str(net).removesuffix("/128") for net in ipaddress.collapse_addresses(map(ipaddress.ip_network, found))]


def test_no_special_address_is_exported_of_any_network_around_it() -> None:
    found = [ipaddress.ip_network(value) for value in selection(["192.0.0.0/8", "172.0.0.0/8", "100.0.0.0/8", "198.0.0.0/8"]).v4.texts]
    guarded = [ipaddress.ip_network(value) for value, name in SPECIAL.items() if name != "documentation" and ":" not in value]
    assert not [(one, wall) for one in found for wall in guarded if one.overlaps(wall)]
    left = sum(net.num_addresses for net in found)
    inside = [wall for wall in guarded if int(str(wall).partition(".")[0]) in (192, 172, 100, 198)]
    assert left == 4 * (1 << 24) - sum(wall.num_addresses for wall in inside)


def test_the_ends_of_address_space_are_reached() -> None:
    assert list(networks((0, (1 << 32) - 1), 32)) == [(0, 0)]
    assert list(networks(((1 << 32) - 3, (1 << 32) - 1), 32)) == [((1 << 32) - 3, 32), ((1 << 32) - 2, 31)]
    assert list(fewest_v6([(0, 1), (1 << 127, 1)]).length) == [0]
    assert list(without((0, 9), [(0, 0), (3, 4), (9, 20)])) == [(1, 2), (5, 8)]
    assert merged([(5, 9), (1, 4), (20, 20)]) == [(1, 9), (20, 20)]


def test_remarks_name_the_entries_behind_each_network() -> None:
    values = [row("203.0.113.0/25", id="5f0c", source="otx"), row("203.0.113.128/25", source="drop"), *(row("203.0.113.9", source=f"l{n}") for n in range(3)), row("198.51.100.1", source="drop")]
    found = selection(values)
    assert dict(zip(found.v4.texts, found.v4.remarks, strict=True)) == {"198.51.100.1": "drop", "203.0.113.0/24": "otx:5f0c, drop, l0 and 2 more"}


def test_expired_rows_and_values_that_their_type_does_not_allow_are_not_exported() -> None:
    values = rows(row("198.51.100.1", expires=5), row("198.51.100.2", expires=50), row("a b.example", "domain"), row("x" * 64 + ".example", "domain"), row("http://a b/", "url"))
    found = select(values, Guards.of(), now=10)
    assert found.rows["value"].to_list() == ["198.51.100.2"]
    assert sorted(one.rule for one in found.suppressed) == ["no domain", "no domain", "no url"]


@given(ANY_NAMES, ANY_NAMES, ANY_NAMES)
def test_every_zone_that_is_written_is_proved(listed: set[str], allowed: set[str], alone: set[str]) -> None:
    allow = [*allowed, *(f"={name}" for name in alone)]
    zone = read_zone(text("rpz", listed, allow).encode(), "rpz.varde")
    found = prove(zone, expected(listed, allow))
    assert found.holds, found.leaks


@given(st.sets(st.sampled_from(NAMES), max_size=6))
def test_no_name_stands_below_one_with_an_asterisk(listed: set[str]) -> None:
    owners = [line.split()[0] for line in text("rpz", listed).splitlines()[4:]]
    assert sorted(owners) == sorted({*owners})
    tops = {name for name in listed if not any(name.endswith(f".{other}") for other in listed)}
    assert set(owners) == tops | {f"*.{name}" for name in tops}


@given(ANY_NAMES, ANY_NAMES, ANY_NAMES)
def test_where_the_nearest_name_decides_nothing_allowed_is_blocked(listed: set[str], allowed: set[str], alone: set[str]) -> None:
    found = marks(listed, allowed, alone)
    said = dict.fromkeys(found.blocked, True) | dict.fromkeys(found.passed, False)
    for name in NAMES:
        parts = [".".join(name.split(".")[at:]) for at in range(len(name.split(".")))]
        is_blocked = next((said[part] for part in parts if part in said), False)
        if set(parts) & allowed or name in alone:
            assert not is_blocked
        elif set(parts) & listed and not set(parts) & alone:
            assert is_blocked
        elif not set(parts) & listed:
            assert not is_blocked


@pytest.mark.parametrize(("name", "rule"), [("co.uk", "public suffix"), ("github.io", "public suffix"), ("com", "no domain"), ("localhost", "no domain")])
def test_names_under_which_everybody_registers_are_refused_and_told(name: str, rule: str) -> None:
    found = selection([name, "evil.example"])
    assert found.names == ["evil.example"]
    assert [(one.indicator, one.rule) for one in found.suppressed] == [(name, rule)]


def test_names_that_do_not_fit_into_a_zone_are_left_out_and_counted() -> None:
    long = ".".join(["a" * 60] * 3 + ["b" * 50]) + ".example"
    triggers = ["32.5.0.0.10.rpz-client-ip", "24.0.113.0.203.rpz-ip", "ns.evil.rpz-nsdname"]
    made = written("rpz", [long, *triggers, "evil.example"], origin="rpz.example.org")
    assert made.left_out == {"too long for the zone": 1, "the name of another rule": 3}
    assert [line.split()[0] for line in made.parts[0].content().decode().splitlines()[4:]] == ["evil.example", "*.evil.example"]


def test_what_has_an_exception_that_does_not_fit_is_not_blocked_at_all() -> None:
    long = ".".join(["a" * 60] * 3 + ["b" * 50]) + ".evil.example"
    made = written("rpz", ["evil.example", "bad.example"], [long])
    assert made.left_out == {"an allowed name under it is too long for the zone": 1}
    assert "evil.example" not in made.parts[0].content().decode()


def test_an_allowed_name_passes_where_answers_are_looked_at_too() -> None:
    assert "good.example CNAME rpz-passthru." not in text("rpz", ["evil.example"], ["good.example"])
    assert "\ngood.example CNAME rpz-passthru.\n*.good.example CNAME rpz-passthru.\n" in text("rpz", ["203.0.113.5"], ["good.example", "=one.example"])
    assert "\none.example CNAME rpz-passthru.\n" in text("rpz", ["203.0.113.5"], ["good.example", "=one.example"])


def test_signs_in_allowed_names_are_escaped() -> None:
    made = text("rpz", ["evil.example"], ['we"i;rd$.evil.example'])
    assert "we\\034i\\059rd\\036.evil.example CNAME rpz-passthru.\n" in made
    assert prove(read_zone(made.encode(), "rpz.varde"), expected(["evil.example"], ['we"i;rd$.evil.example'])).holds


@pytest.mark.parametrize(("url", "rule"), [
    ("http://good.example/x", "allowed good.example"), ("https://www.good.example:8443/x", "allowed good.example"), ("good.example/x", "allowed good.example"),
    ("http://user@GOOD.example./x", "allowed good.example"), ("http://only.example/", "allowed only.example"), ("http://203.0.113.7/x", "allowed 203.0.113.7/32"),
    ("http://[2001:db8::7]:80/x", "allowed 2001:db8::7/128"), ("http://192.168.1.1/admin", "private 192.168.0.0/16"), ("http://[::1/", "no host"), ("http:///x", "no host"),
    ("http://notgood.example/x", ""), ("http://a.only.example/", ""), ("http://203.0.113.8/good.example", ""), ("http://evil.example/?u=good.example", ""),
])  # fmt: skip
def test_urls_at_allowed_hosts_are_not_exported(url: str, rule: str) -> None:
    found = selection([row(url, "url")], ["good.example", "=only.example", "203.0.113.7", "2001:db8::7"])
    assert [(one.indicator, one.rule) for one in found.suppressed] == ([(url, rule)] if rule else [])
    assert found.values("url") == ([] if rule else [url])
