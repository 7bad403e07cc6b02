"""Policy zones in a real named: it answers as the prover says, of good zones and of damaged ones."""

import random
import subprocess
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.listed import expected, text
from tests.peers.nameserver import ANSWER, ZONE, dig, named, passes
from varde.intel import proof
from varde.intel.proof import prove
from varde.intel.zonefile import read_zone

pytestmark = pytest.mark.peer("named", "dig", "named-checkzone")

LABELS = ("a", "b", "c")
CASES = 40
FRESH = "fresh-0"


def test_named_answers_from_a_zone_of_lists(tmp_path: Path) -> None:
    listed = ["evil.example", "sub.evil.example", "under_score.example", "xn--bcher-kva.example", "198.51.100.0/24", "203.0.113.5", "2001:db8:bad::/48"]
    zone = tmp_path / "rpz.db"
    zone.write_text(text("rpz", listed, ["good.deep.evil.example", "198.51.100.7"], serial=2026112200))
    assert subprocess.run([find_peer("named-checkzone"), "-q", ZONE, zone], check=False).returncode == 0
    addresses = {"in.one": "198.51.100.6", "out.one": "198.51.100.7", "single.one": "203.0.113.5", "beside.one": "203.0.113.6"}
    more = "".join(f"{name}. IN A {address}\n" for name, address in addresses.items()) + "six.one. IN AAAA 2001:db8:bad::7\nfree.one. IN AAAA 2001:db8:bae::7\n"
    with named(tmp_path, zone, more_names=more) as port:
        blocked = ["evil.example", "x.evil.example", "a.b.evil.example", "deep.evil.example", "x.deep.evil.example", "under_score.example", "xn--bcher-kva.example"]
        free = ["good.deep.evil.example", "x.good.deep.evil.example", "example", "notevil.example", "a.b.c.test"]
        answers = dig(port, [*blocked, *free, *addresses])
        assert {name: answers[name][0] for name in blocked} == dict.fromkeys(blocked, "NXDOMAIN")
        assert {name: passes(answers[name]) for name in free} == dict.fromkeys(free, True)
        assert {name: answers[name][0] for name in addresses} == {"in.one": "NXDOMAIN", "out.one": "NOERROR", "single.one": "NXDOMAIN", "beside.one": "NOERROR"}
        assert {name: status for name, (status, _) in dig(port, ["six.one", "free.one"], "AAAA").items()} == {"six.one": "NXDOMAIN", "free.one": "NOERROR"}
        (answer,) = dig(port, [ZONE], "SOA").values()
        assert answer[0] == "NOERROR"


@pytest.mark.parametrize(("action", "status", "answer"), [
    ("nxdomain", "NXDOMAIN", ()), ("nodata", "NOERROR", ()), ("203.0.113.99", "NOERROR", ("203.0.113.99",)), ("walled.example", "NOERROR", ("walled.example.", ANSWER)),
])  # fmt: skip
def test_every_action_does_what_it_says(tmp_path: Path, action: str, status: str, answer: tuple[str, ...]) -> None:
    zone = tmp_path / "rpz.db"
    zone.write_text(text("rpz", ["evil.example"], action=action))
    with named(tmp_path, zone) as port:
        assert dig(port, ["evil.example", "x.evil.example"]) == dict.fromkeys(["evil.example", "x.evil.example"], (status, answer))


def _random_lists(chance: random.Random) -> tuple[list[str], list[str]]:
    """Names of few labels, each case under a name of its own: they nest in every way."""
    listed, allowed = [], []
    for case in range(CASES):
        listed += [".".join([*chance.choices(LABELS, k=chance.randint(0, 4)), f"case{case}", "example"]) for _ in range(chance.randint(1, 4))]
        for _ in range(chance.randint(0, 3)):
            sign = chance.choice(["", "="])
            allowed.append(sign + ".".join([*chance.choices(LABELS, k=chance.randint(0, 4)), f"case{case}", "example"]))
    return listed, allowed


def _tree(owners: list[str]) -> set[str]:
    parts = [owner.removeprefix("*.").split(".") for owner in owners]
    return {".".join(labels[at:]) for labels in parts for at in range(len(labels))}


@pytest.mark.parametrize(("seed", "lost"), [(1, 0.0), (2, 0.0), (3, 0.15), (4, 0.5)])
def test_named_agrees_with_every_verdict_on_random_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, lost: float) -> None:
    monkeypatch.setattr(proof, "SAMPLES_MAX", 100_000)
    chance = random.Random(seed)
    listed, allowed = _random_lists(chance)
    lines = text("rpz", listed, allowed).splitlines(keepends=True)
    body = [line for line in lines[4:] if chance.random() >= lost]
    zone = tmp_path / "rpz.db"
    zone.write_text("".join([*lines[:4], *body]))
    made = read_zone(zone.read_bytes(), ZONE)
    wanted = expected(listed, allowed)
    found = prove(made, wanted)
    wrong = {leak.what for leak in found.leaks}
    assert found.holds == (lost == 0.0), wrong
    tree = {name for name in _tree([owner for owner in made.records if owner]) if name != "example"}
    outside = (wanted.names | wanted.allowed | wanted.alone) - tree
    asked = {name: name for name in tree | outside} | {f"{FRESH}.{name}": f"*.{name}" for name in tree}
    with named(tmp_path, zone) as port:
        answers = dig(port, asked)
    assert answers.keys() == asked.keys()
    really = {verdict for question, verdict in asked.items() if passes(answers[question]) == _must_be_blocked(question, listed, allowed)}
    assert really == wrong


def _must_be_blocked(question: str, listed: list[str], allowed: list[str]) -> bool:
    """By the meaning of lists alone."""
    labels = question.split(".")
    above = {".".join(labels[at:]) for at in range(len(labels))}
    is_allowed = f"={question}" in allowed or bool(above & {name for name in allowed if not name.startswith("=")})
    return bool(above & set(listed)) and not is_allowed
