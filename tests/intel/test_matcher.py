"""The matcher answers what asking every list about every address would, for both families, any nesting and any guard."""

import ipaddress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indicators import Address, frame, indicator, octets

from varde.intel import Guards, Matcher, build
from varde.intel.intervals import Network

PLAIN = Guards({})
_EDGES_4 = st.sampled_from([0, 1, 255, 256, (1 << 32) - 1, (1 << 32) - 256, 0xCB007105, 0xCB007100, 0x7FFFFFFF, 1 << 31])
_EDGES_6 = st.sampled_from([0, 1, (1 << 128) - 1, 0x20010DB8 << 96, (0x20010DB8 << 96) + (1 << 64) - 1, 0xFFFF << 32, (1 << 64) - 1, 1 << 64])
_NETWORKS_4 = st.builds(lambda at, bits: ipaddress.ip_network((at, bits), strict=False), st.one_of(_EDGES_4, st.integers(0, (1 << 32) - 1)), st.integers(10, 32))
# IPv4 addresses travel in ::ffff:0:0/96: decoders make IPv4 of what is listed there
_NETWORKS_6 = st.builds(lambda at, bits: ipaddress.IPv6Network((at, bits), strict=False), st.one_of(_EDGES_6, st.integers(0, (1 << 128) - 1)), st.integers(0, 128)).filter(
    lambda network: int(network.network_address) >> 32 != 0xFFFF
)
_NETWORKS = st.lists(st.one_of(_NETWORKS_4, _NETWORKS_6), max_size=25)


def _matcher(*rows: dict[str, Any], guards: Guards = PLAIN, now: int = 0) -> Matcher:
    return build(frame(rows), guards, now=now)


def _sources(matcher: Matcher, *addresses: Address | str) -> list[set[str]]:
    return [{row["source"] for row in matcher.rows(number)} for number in matcher.lookup(octets(*addresses)).tolist()]


def _corners(networks: list[Network]) -> list[Address]:
    """First and last address of each network, and their neighbours."""
    found: list[Address] = []
    for network in networks:
        last = (1 << network.max_prefixlen) - 1
        near = (int(end) + step for end in (network[0], network[-1]) for step in (-1, 0, 1))
        kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
        found += [kind(number) for number in near if 0 <= number <= last]
    return [address for address in found if address.version == 4 or int(address) >> 32 != 0xFFFF]


@settings(max_examples=100)
@given(_NETWORKS, st.lists(st.integers(0, 24), max_size=12), st.lists(st.integers(0, 24), max_size=4))
def test_every_address_gets_exactly_the_lists_that_hold_it(networks: list[Network], again: list[int], walls: list[int]) -> None:
    listed = [(network, "first") for network in networks] + [(networks[at], "second") for at in again if at < len(networks)]
    guarded = [networks[at] for at in walls if at < len(networks)]
    matcher = _matcher(*(indicator(str(network), source) for network, source in listed), guards=Guards(dict.fromkeys(guarded, "mine")))
    asked = _corners(networks)
    if not asked:
        return
    for address, found in zip(asked, _sources(matcher, *asked), strict=True):
        is_guarded = any(address in wall for wall in guarded)
        assert found == (set() if is_guarded else {source for network, source in listed if address in network}), address


@settings(max_examples=60)
@given(st.lists(_NETWORKS_4, min_size=1, max_size=25))
def test_equal_sets_have_one_number_and_different_ones_have_not(networks: list[Network]) -> None:
    matcher = _matcher(*(indicator(str(network), f"list {at % 3}", id=str(at % 4)) for at, network in enumerate(networks)))
    numbers = set(matcher.lookup(octets(*_corners(networks))).tolist()) - {-1}
    told = {number: tuple(sorted((row["source"], row["id"]) for row in matcher.rows(number))) for number in numbers}
    by_path = {number: _path(matcher, number) for number in numbers}
    assert len(set(by_path.values())) == len(numbers)
    assert all(told.values())


def _path(matcher: Matcher, number: int) -> tuple[int, ...]:
    """The groups that a set is made of: two sets with one path would be one set twice."""
    path: list[int] = []
    while number >= 0:
        path.append(int(matcher.sets.group[number]))
        number = int(matcher.sets.around[number])
    return tuple(path)


def test_numbers_and_octets_give_the_same_answer_and_the_input_is_left_alone() -> None:
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 1 << 32, 50_000, dtype=np.uint32)
    rows = [indicator(str(ipaddress.IPv4Address(int(number)))) for number in numbers[:2_000]]
    matcher = _matcher(*rows, indicator("203.0.112.0/20", "wide"))
    table = np.zeros((len(numbers), 16), dtype=np.uint8)
    table[:, 10:12] = 255
    table[:, 12:] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    before = numbers.copy(), table.copy()
    found = matcher.lookup_v4(numbers)
    assert (found == matcher.lookup(table)).all()
    assert (found[:2_000] >= 0).all()
    assert (numbers == before[0]).all() and (table == before[1]).all()


def test_a_batch_of_both_families_and_one_of_none() -> None:
    matcher = _matcher(indicator("203.0.113.5", "four"), indicator("2001:db8:1::/48", "six"), indicator("2001:db8:2::/127", "small"))
    asked = ("203.0.113.5", "2001:db8:1:ffff::1", "203.0.113.6", "2001:db8:2::1", "2001:db8:2::2", "::cb00:7105")
    assert _sources(matcher, *asked) == [{"four"}, {"six"}, set(), {"small"}, set(), set()]
    assert len(matcher.lookup(np.zeros((0, 16), dtype=np.uint8))) == 0


def test_without_indicators_nothing_matches() -> None:
    matcher = _matcher()
    assert matcher.lookup(octets("203.0.113.5", "2001:db8::1", "0.0.0.0", "255.255.255.255")).tolist() == [-1] * 4
    assert matcher.lookup_names(["evil.example"]).tolist() == [-1]
    assert (matcher.rows(-1), len(matcher)) == ([], 0)


def test_rows_say_which_list_and_entry_since_when_the_nearest_first() -> None:
    matcher = _matcher(
        indicator("203.0.113.0/24", "wide", first_seen=5),
        indicator("203.0.113.5", "otx", id="5f0c", name="Mirai \N{SNOWMAN}", url="https://otx.example/5f0c", first_seen=7),
    )  # fmt: skip
    (number,) = matcher.lookup(octets("203.0.113.5")).tolist()
    assert matcher.rows(number) == [
        {"source": "otx", "id": "5f0c", "name": "Mirai \N{SNOWMAN}", "url": "https://otx.example/5f0c", "first_seen": 7},
        {"source": "wide", "id": None, "name": None, "url": None, "first_seen": 5},
    ]


def test_an_address_of_thousands_of_pulses_inside_a_network_of_thousands_costs_their_sum() -> None:
    pulses = [indicator("203.0.113.5", "otx", id=f"p{n}") for n in range(3_000)] + [indicator("203.0.0.0/16", "otx", id=f"w{n}") for n in range(3_000)]
    others = [indicator(f"203.0.{n >> 8}.{n & 255}", "plain") for n in range(2_000)]
    matcher = _matcher(*pulses, *others)
    busy, plain = matcher.lookup(octets("203.0.113.5", "203.0.0.77")).tolist()
    assert len(matcher.rows(busy)) == 6_000
    assert len(matcher.rows(plain)) == 3_001
    assert len(matcher.sets.members) <= 6_001


def test_what_expired_is_not_matched_and_the_next_expiry_is_known() -> None:
    rows = indicator("203.0.113.5", expires=100), indicator("203.0.113.6", expires=200), indicator("203.0.113.7")
    matcher = _matcher(*rows, now=100)
    assert (matcher.lookup(octets("203.0.113.5", "203.0.113.6", "203.0.113.7")) >= 0).tolist() == [False, True, True]
    assert (matcher.expires, matcher.indicators) == (200, 2)


@pytest.mark.parametrize(("listed", "inside", "outside"), [
    ("0.0.0.0/0", "255.255.255.255", "::1"), ("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "203.0.113.5"),
    ("255.255.255.255/32", "255.255.255.255", "255.255.255.254"), ("ffff::/16", "ffff:ffff::1", "fffe:ffff::"),
    ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"), ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::"),
])  # fmt: skip
def test_prefixes_at_the_ends_of_the_families_and_of_their_halves(listed: str, inside: str, outside: str) -> None:
    assert _sources(_matcher(indicator(listed)), inside, outside) == [{"list"}, set()]


def test_so_many_wide_prefixes_that_their_bits_are_not_written_out_match_all_the_same() -> None:
    wide = [ipaddress.IPv6Network(((0x2000 << 112) + (at << 109), 19)) for at in range(600)]
    matcher = _matcher(*(indicator(str(network)) for network in wide), indicator("fd00::5", "single"))
    assert (matcher.lookup(octets(*(network[12345] for network in wide))) >= 0).all()
    assert _sources(matcher, "fd00::5", "fd00::6") == [{"single"}, set()]
