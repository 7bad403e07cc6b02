"""Private, reserved, own and allowed space never matches; what is cut out of larger networks is exact, and told."""

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indicators import frame, indicator, octets
from publicsuffixlist import PSLFILE, PublicSuffixList, encode_idn

from varde.intel import Guards, Matcher, Suppressed, build
from varde.intel.guards import TOLD_MAX
from varde.intel.special import SPECIAL
from varde.model import VardeError

NET = ipaddress.ip_network
OWN = Guards.of(own=[NET("198.51.100.0/28"), NET("2001:db8:77::/48")], allowed=["203.0.113.53", "203.0.113.128/26", "good.example", "=only.example"])


def _judge(*values: str, guards: Guards = OWN) -> tuple[list[str], list[Suppressed]]:
    judged = guards.judge(frame(indicator(value) for value in values))
    return judged.kept["value"].to_list(), judged.suppressed


def _matcher(*values: str, guards: Guards = OWN) -> Matcher:
    return build(guards.judge(frame(indicator(value) for value in values)).kept, guards, now=0)


@pytest.mark.parametrize("network", [text for text, name in SPECIAL.items() if name != "documentation"])
def test_special_space_is_suppressed_with_its_name(network: str) -> None:
    inside = str(NET(network)[0])
    kept, (told,) = _judge(inside)
    assert kept == []
    assert (told.indicator, told.cut) == (inside, None)
    assert SPECIAL[told.rule.rpartition(" ")[2]] == told.rule.rpartition(" ")[0]


def test_documentation_space_may_be_listed_for_drills_and_examples() -> None:
    assert _judge("203.0.113.5", "2001:db8::5") == (["203.0.113.5", "2001:db8::5"], [])


def test_own_and_allowed_addresses_are_suppressed_and_their_neighbours_are_not() -> None:
    kept, told = _judge("198.51.100.15", "198.51.100.16", "2001:db8:77::1", "203.0.113.53", "203.0.113.54", "203.0.113.191/32")
    assert kept == ["198.51.100.16", "203.0.113.54"]
    assert [(one.indicator, one.rule) for one in told] == [
        ("198.51.100.15", "own network 198.51.100.0/28"), ("2001:db8:77::1", "own network 2001:db8:77::/48"),
        ("203.0.113.53", "allowed 203.0.113.53/32"), ("203.0.113.191", "allowed 203.0.113.128/26"),
    ]  # fmt: skip


def test_networks_are_cut_and_every_cut_is_told() -> None:
    kept, told = _judge("203.0.113.0/24")
    assert kept == ["203.0.113.0/24"]
    assert [(one.cut, one.rule) for one in told] == [("203.0.113.53/32", "allowed 203.0.113.53/32"), ("203.0.113.128/26", "allowed 203.0.113.128/26")]
    matched = _matcher("203.0.113.0/24").lookup(octets(*NET("203.0.113.0/24"))) >= 0
    assert [at for at in range(256) if not matched[at]] == [53, *range(128, 192)]


def test_an_ipv4_address_that_is_allowed_as_an_ipv6_one_is_allowed() -> None:
    assert _judge("203.0.113.7", "203.0.113.8", guards=Guards.of(allowed=["::ffff:203.0.113.7"]))[0] == ["203.0.113.8"]


def test_a_guard_inside_a_guard_is_one_wall() -> None:
    guards = Guards.of(own=[NET("10.1.0.0/16")])
    kept, told = _judge("10.1.2.3", "10.0.0.0/8", guards=guards)
    assert kept == []
    assert {one.rule for one in told} == {"private 10.0.0.0/8"}


@settings(max_examples=100)
@given(st.integers(0, (1 << 32) - 1), st.integers(8, 32))
def test_what_is_judged_and_what_is_matched_agree(at: int, bits: int) -> None:
    network = ipaddress.ip_network((at, bits), strict=False)
    kept, told = _judge(str(network), guards=Guards.of())
    found = _matcher(str(network), guards=Guards.of()).lookup(octets(network[0], network[-1])) >= 0
    walls = [NET(text) for text, name in SPECIAL.items() if name != "documentation" and ":" not in text]
    assert found.tolist() == [not any(end in wall for wall in walls) for end in (network[0], network[-1])]
    assert bool(kept) == (not any(network.subnet_of(wall) for wall in walls))
    assert {one.cut for one in told if one.cut} == {str(wall) for wall in walls if wall != network and wall.subnet_of(network)} - (set() if kept else {*map(str, walls)})


@pytest.mark.parametrize(("value", "rule"), [("0.0.0.0/0", "prefix shorter than /8"), ("64.0.0.0/7", "prefix shorter than /8"), ("2000::/3", "prefix shorter than /19"), ("2400::/18", "prefix shorter than /19")])
def test_networks_that_nobody_has_are_refused(value: str, rule: str) -> None:
    assert _judge(value) == ([], [Suppressed(value, rule)])


def test_the_largest_networks_that_somebody_has_are_taken() -> None:
    assert _judge("38.0.0.0/8", "2400::/19")[0] == ["38.0.0.0/8", "2400::/19"]


def test_allowed_names_hold_what_is_under_them_and_exact_ones_do_not() -> None:
    kept, told = _judge("good.example", "a.good.example", "notgood.example", "only.example", "a.only.example", "com")
    assert kept == ["notgood.example", "only.example", "a.only.example"]
    assert [(one.indicator, one.rule) for one in told] == [("good.example", "allowed good.example"), ("a.good.example", "allowed good.example"), ("com", "public suffix")]
    matcher = _matcher("only.example", "example.org", guards=Guards.of(allowed=["=only.example", "good.example.org"]))
    found = matcher.lookup_names(["only.example", "b.only.example", "example.org", "x.good.example.org", "good.example.org", "bad.example.org"]) >= 0
    assert found.tolist() == [False, True, True, False, False, True]


@pytest.mark.parametrize(("name", "is_suffix"), [("co.uk", True), ("example.co.uk", False), ("com", True), ("github.io", True), ("evil.github.io", False)])
def test_a_name_under_which_everybody_may_register_is_no_indicator(name: str, is_suffix: bool) -> None:
    assert Guards({}).is_public_suffix(name) == is_suffix


def test_whether_a_name_is_a_public_suffix_is_asked_of_who_knows() -> None:
    guards = Guards({}, is_public_suffix=lambda name: name in ("co.uk", "uk"))
    assert _judge("co.uk", "evil.co.uk", guards=guards) == (["evil.co.uk"], [Suppressed("co.uk", "public suffix")])


def test_a_list_of_nothing_but_private_space_is_counted_whole_and_told_in_part() -> None:
    judged = Guards.of().judge(frame(indicator(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}") for n in range(TOLD_MAX + 50)))
    assert (judged.count, len(judged.suppressed), len(judged.kept)) == (TOLD_MAX + 50, TOLD_MAX, 0)


@pytest.mark.parametrize("entry", ["", "=", "http://x/", "two words", "203.0.113.0/33"])
def test_what_cannot_be_allowed_is_refused_with_a_sentence(entry: str) -> None:
    with pytest.raises(VardeError, match="cannot be allowed"):
        Guards.of(allowed=[entry])


def test_guards_that_differ_have_another_signature() -> None:
    made = [Guards.of(), OWN, Guards.of(allowed=["a.example"]), Guards.of(allowed=["=a.example"]), Guards.of(own=[NET("203.0.113.0/24")])]
    assert len({guards.signature() for guards in made}) == len(made)


def test_public_suffixes_are_those_of_the_library_at_every_rule_and_around_it() -> None:
    library = PublicSuffixList()
    rules = [line.split()[0].lstrip("!*.") for line in Path(PSLFILE).read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("//")]
    names = {part for rule in map(encode_idn, rules) for part in (rule, f"a.{rule}", f"a.b.{rule}", rule.partition(".")[2])} - {""}
    ask = Guards({}).is_public_suffix
    assert {name for name in names if ask(name) != library.is_public(name)} == set()
    assert len(names) > 20_000
