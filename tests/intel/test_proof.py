"""The prover says of every name what a resolver would do; here it is held against the rules of RFC 4592, asked name by name."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from varde.intel.proof import Expected, Leak, Proof, prove
from varde.intel.zonefile import Zone, read_zone

HEAD = "$TTL 300\n@ IN SOA localhost. root.localhost. ( 7 3600 600 604800 300 )\n@ IN NS localhost.\n"
LABELS = ("a", "b")
NAMES = [".".join([*labels, "evil", "example"]) for depth in range(4) for labels in product(LABELS, repeat=depth)]
QUESTIONS = [".".join([*labels, "evil", "example"]) for depth in range(5) for labels in product((*LABELS, "fresh"), repeat=depth)]


def zone(*lines: str) -> Zone:
    return read_zone((HEAD + "".join(f"{line}\n" for line in lines)).encode(), "rpz.varde")


def proved(lines: list[str], names: list[str] = [], networks: list[str] = [], allow: list[str] = []) -> Proof:  # noqa: B006 - never changed
    return prove(zone(*lines), Expected.of(names, networks, allow))


def _resolver(rules: dict[str, str], question: str) -> str:
    """What a policy zone does to a question: RFC 4592 section 3.3.1, word by word."""
    nodes = {".".join(owner.split(".")[at:]) for owner in rules for at in range(len(owner.split(".")))}
    if question in nodes:
        return rules.get(question, "pass")
    above = question
    while above and above not in nodes:
        above = above.partition(".")[2]
    return rules.get(f"*.{above}" if above else "*", "pass")


def _meant(question: str, listed: set[str], allowed: set[str], alone: set[str]) -> str:
    parts = {".".join(question.split(".")[at:]) for at in range(len(question.split(".")))}
    return "block" if parts & listed and not parts & allowed and question not in alone else "pass"


ANY_NAMES = st.sets(st.sampled_from(NAMES), max_size=4)
ANY_RULES = st.dictionaries(st.sampled_from([*NAMES, *(f"*.{name}" for name in NAMES)]), st.sampled_from(["block", "pass"]), max_size=8)


@given(ANY_RULES, ANY_NAMES, ANY_NAMES, ANY_NAMES)
def test_a_proof_holds_exactly_where_every_name_gets_what_is_meant(rules: dict[str, str], listed: set[str], allowed: set[str], alone: set[str]) -> None:
    lines = [f"{owner} CNAME {'.' if action == 'block' else 'rpz-passthru.'}" for owner, action in rules.items()]
    found = proved(lines, list(listed), [], [*allowed, *(f"={name}" for name in alone)])
    wrong = {question for question in QUESTIONS if _resolver(rules, question) != _meant(question, listed, allowed, alone)}
    assert found.holds == (not wrong), (found.leaks, wrong)
    told = {leak.what for leak in found.leaks if not leak.what.startswith("*.")}
    assert told <= wrong
    # what is told with an asterisk is a fresh name there
    fresh = {leak.what.replace("*.", "fresh.", 1) for leak in found.leaks if leak.what.startswith("*.")}
    assert fresh & set(QUESTIONS) <= wrong


def test_an_empty_name_between_two_others_leaks_and_the_reason_is_told() -> None:
    lines = ["evil.example CNAME .", "*.evil.example CNAME .", "good.deep.evil.example CNAME rpz-passthru.", "*.good.deep.evil.example CNAME rpz-passthru."]
    found = proved(lines, ["evil.example"], [], ["good.deep.evil.example"])
    assert [(leak.kind, leak.what) for leak in found.leaks] in (
        [("leak", "deep.evil.example"), ("leak", "*.deep.evil.example")], [("leak", "*.deep.evil.example"), ("leak", "deep.evil.example")],
    )  # fmt: skip
    assert any("lies between two names" in leak.why for leak in found.leaks)
    assert (found.names, found.allowed) == (0, 1)
    assert proved([*lines, "deep.evil.example CNAME .", "*.deep.evil.example CNAME ."], ["evil.example"], [], ["good.deep.evil.example"]).holds


@pytest.mark.parametrize(("lines", "names", "allow", "leak"), [
    (["evil.example CNAME ."], ["evil.example"], [], ("leak", "*.evil.example")),
    (["*.evil.example CNAME ."], ["evil.example"], [], ("leak", "evil.example")),
    (["evil.example CNAME .", "*.evil.example CNAME ."], ["evil.example", "bad.example"], [], ("leak", "bad.example")),
    (["evil.example CNAME .", "*.evil.example CNAME ."], ["evil.example"], ["good.evil.example"], ("allowed", "good.evil.example")),
    (["evil.example CNAME .", "*.evil.example CNAME ."], ["evil.example"], ["=evil.example"], ("allowed", "evil.example")),
    (["evil.example CNAME rpz-tcp-only.", "*.evil.example CNAME ."], ["evil.example"], [], ("leak", "evil.example")),
    (["evil.example CNAME evil.example.", "*.evil.example CNAME ."], ["evil.example"], [], ("leak", "evil.example")),
    (["*.co.uk CNAME ."], ["co.uk"], [], ("too_much", "*.co.uk")),
    (["other.example A 192.0.2.1"], [], [], ("too_much", "other.example")),
])  # fmt: skip
def test_what_does_not_hold_is_named(lines: list[str], names: list[str], allow: list[str], leak: tuple[str, str]) -> None:
    found = proved(lines, names, [], allow)
    assert leak in [(one.kind, one.what) for one in found.leaks]
    assert not found.holds


@pytest.mark.parametrize("target", [".", "*.", "rpz-drop.", "walled.example."])
def test_every_action_that_blocks_counts(target: str) -> None:
    assert proved([f"evil.example CNAME {target}", f"*.evil.example 300 IN CNAME {target}"], ["evil.example"]).holds
    assert proved(["evil.example A 192.0.2.1", "*.evil.example AAAA 2001:db8::1", "evil.example AAAA 2001:db8::1"], ["evil.example"]).holds


@pytest.mark.parametrize(("lines", "networks", "allow", "leaks"), [
    (["32.5.113.0.203.rpz-ip CNAME ."], ["203.0.113.5"], [], []),
    (["24.0.113.0.203.rpz-ip CNAME ."], ["203.0.113.0/24"], ["203.0.113.7"], [("allowed", "203.0.113.7")]),
    (["24.0.113.0.203.rpz-ip CNAME .", "32.7.113.0.203.rpz-ip CNAME rpz-passthru."], ["203.0.113.0/24"], ["203.0.113.7"], []),
    (["25.0.113.0.203.rpz-ip CNAME ."], ["203.0.113.0/24"], [], [("leak", "203.0.113.128 to 203.0.113.255")]),
    (["48.zz.1.db8.2001.rpz-ip CNAME *."], ["2001:db8:1::/48"], [], []),
    (["32.5.0.0.10.rpz-ip CNAME ."], ["10.0.0.5"], [], [("allowed", "10.0.0.5")]),
    ([], ["0.0.0.0/0", "10.0.0.0/8"], [], []),
    (["32.6.113.0.203.rpz-ip CNAME ."], [], [], [("too_much", "203.0.113.6")]),
])  # fmt: skip
def test_addresses_are_held_against_lists_and_what_is_allowed(lines: list[str], networks: list[str], allow: list[str], leaks: list[tuple[str, str]]) -> None:
    found = proved(lines, [], networks, allow)
    assert [(leak.kind, leak.what) for leak in found.leaks] == leaks


def test_addresses_of_which_nothing_may_be_blocked_are_not_counted_as_blocked() -> None:
    found = proved(["25.128.113.0.203.rpz-ip CNAME ."], [], ["203.0.113.0/24", "8.8.8.8", "10.1.2.3", "0.0.0.0/0"], ["8.8.8.0/24", "203.0.113.0/25"])
    assert (found.holds, found.addresses, found.allowed) == (True, 1, 2)
    assert found.refused == {"special or allowed space": 2, "prefix too short": 1}


@pytest.mark.parametrize(("owner", "why"), [
    ("24.5.113.0.203", "bits behind the prefix"), ("33.5.113.0.203", "no network"), ("32.5.113.0", "no network"), ("32.1.2.3.4.5", "no network"),
    ("64.zz.0.1.db8.2001", "not written as servers look it up"), ("32.zz.0db8.2001", "not written"), ("x.5.113.0.203", "length of a prefix"),
    ("032.5.113.0.203", "length of a prefix"), ("128.1.zz.zz.2001", "no network"),
])  # fmt: skip
def test_rules_that_servers_load_and_that_do_nothing_are_found(owner: str, why: str) -> None:
    (leak,) = proved([f"{owner}.rpz-ip CNAME ."]).leaks
    assert (leak.kind, why in leak.why) == ("malformed", True), leak


def test_two_answers_at_one_name_are_found_and_the_same_twice_is_one() -> None:
    assert proved(["evil.example CNAME .", "evil.example CNAME .", "*.evil.example CNAME ."], ["evil.example"]).holds
    for second in ("CNAME rpz-drop.", "A 192.0.2.1"):
        found = proved(["evil.example CNAME .", f"evil.example {second}", "*.evil.example CNAME ."], ["evil.example"])
        assert found.leaks == [Leak("malformed", "evil.example", "a CNAME beside other records")]


def test_names_that_no_zone_can_hold_or_that_nobody_should_block_are_counted_and_not_asked_for() -> None:
    long = ".".join(["a" * 60] * 4) + ".example"
    found = proved([], ["co.uk", "example", long, "32.5.0.0.10.rpz-client-ip"])
    assert found.holds and found.refused == {"public suffix": 2, "too long for the zone": 1, "the name of another rule": 1}


def test_rules_by_client_are_counted_and_not_looked_at() -> None:
    found = proved(["32.1.0.0.10.rpz-client-ip CNAME rpz-drop."])
    assert found.holds and found.notes == ["1 rules by client or by name server were not looked at"]


@pytest.mark.parametrize(("text", "problem"), [
    ("$INCLUDE other.db\n", "$INCLUDE is not followed"), ("$GENERATE 1-9 a$ CNAME .\n", "$GENERATE is not followed"),
    (f"{'a' * 64}.example CNAME .\n", "a label of more than 63 octets"), ("a..example CNAME .\n", "an empty label"), ("evil.example. CNAME .\n", "not in the zone"),
    ("evil.example NAPTR x\n", "is no record"), ("evil.example CNAME ( .\n", "parenthesis"), (".".join(["a" * 60] * 5) + " CNAME .\n", "more than 255 octets"),
    ("@ IN SOA a. b. 1 2 3 4 5\n", "a second SOA"),
])  # fmt: skip
def test_what_no_server_loads_is_a_problem(text: str, problem: str) -> None:
    made = read_zone((HEAD + text).encode(), "rpz.varde")
    assert any(problem in one for one in made.problems), made.problems


def test_zone_files_are_read_in_every_spelling() -> None:
    text = (
        "$ORIGIN rpz.example.\n$TTL 1h ; a remark\n@ 3600 IN SOA ns.rpz.example. root (\n  2026112200 ; serial\n  1h 600 1w 300 )\n   IN NS localhost.\n"
        'Evil.Example.rpz.example. 300 IN CNAME .\n\tIN TXT "not; a (remark)"\n*.evil.example IN 300 CNAME\t.\n\\097b\\.c.x CNAME .\n$ORIGIN sub.rpz.example.\ndeep CNAME .\n'
    )  # fmt: skip
    made = read_zone(text.encode())
    assert (made.serial, made.origin, made.problems) == (2026112200, "rpz.example", [])
    assert list(made.records) == ["", "evil.example", "*.evil.example", "ab\\.c.x", "deep.sub"]
    assert made.records["evil.example"] == (("CNAME", "."), ("TXT", '"not; a (remark)"'))


@given(st.binary(max_size=300))
def test_any_octets_are_a_zone_or_a_problem_and_nothing_else(data: bytes) -> None:
    made = read_zone(HEAD.encode() + data, "rpz.varde")
    prove(made, Expected.of(["evil.example"], ["203.0.113.5"]))


LINES = st.lists(st.sampled_from([
    "evil.example CNAME .", "*.evil.example CNAME rpz-passthru.", "a.b A 192.0.2.1", "x CNAME . ; remark", "y ( CNAME", ".)", "\tA 192.0.2.2", "$ORIGIN a", "@ A 192.0.2.3",
    "A CNAME .", "a CNAME . .", "a  CNAME .", "a CNAME", "b. CNAME .", "c A 300 . ", "in A 192.0.2.4",
]), max_size=8)  # fmt: skip


@given(LINES)
def test_plain_lines_are_read_as_all_others_are(lines: list[str]) -> None:
    text = HEAD + "".join(f"{line}\n" for line in lines)
    fast = read_zone(text.encode(), "rpz.varde")
    slow = read_zone(text.replace("\n", " ;\n").encode(), "rpz.varde")  # a remark makes no line plain
    assert fast.records == slow.records
    assert len(fast.problems) == len(slow.problems)


def test_public_suffixes_are_those_of_the_library() -> None:
    """Each rule of the list, what lies under it, and both as they are asked for on the wire."""
    suffixes = PublicSuffixList()
    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    rules = {line.split()[0].lstrip("!").removeprefix("*.") for line in lines if line.strip() and not line.startswith("//")}
    wired = {rule.encode("idna").decode() for rule in rules}
    names = [f"{under}{rule}" for rule in rules | wired for under in ("", "a.", "b.a.")]
    public = {name for name in names if "." not in name or suffixes.is_public(name)}
    proof = proved([], names)
    assert len(public) > 9000 and proof.refused["public suffix"] == len(public)
    assert {leak.what.removeprefix("*.") for leak in proof.leaks}.isdisjoint(public)
