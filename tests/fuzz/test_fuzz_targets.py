"""Every decoder of octets from strangers has a target; its corpus holds, and so does what is made of it in a moment."""

import os
import random
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from fuzz import run
from fuzz.account import Account
from fuzz.mutate import mutated
from fuzz.run import Budget, at_random, is_guided
from fuzz.scenes import arrivals, scene
from fuzz.seeds import LAB, seeds
from fuzz.targets import TARGETS, Target

from varde.collect.capture import READERS, kind_of_capture
from varde.decode.flow import PROTOCOLS, _columns, _read_templated
from varde.decode.intel import FORMATS

ROOT = Path(__file__).parents[2]
RUNS = 50
"""Inputs of each target that a run of the tests tries: a second or two."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_holds_and_so_does_what_a_moment_makes_of_it(name: str) -> None:
    target = TARGETS[name]
    assert at_random(target, Budget(runs=len(target.seeds()) + RUNS)) == len(target.seeds()) + RUNS


def test_every_decoder_has_a_target_whose_corpus_reaches_it() -> None:
    assert {f"list-{name}" for name in FORMATS} == {name for name in TARGETS if name.startswith("list-")}
    assert {kind_of_capture(data[1:]) for data in TARGETS["capture"].seeds()} >= set(READERS)
    account = Account()
    for name in ("fixed", "netflow9", "ipfix", "sflow"):
        for data in TARGETS[name].seeds():
            for one in arrivals(data):
                account.feed(*one)
    assert {protocol for (protocol, outcome), count in account.found.items() if outcome == "records" and count} == set(PROTOCOLS) - {""}


def test_the_corpus_is_what_its_maker_makes() -> None:
    for name, made in seeds():
        kept = {path.name: path.read_bytes() for path in TARGETS[name].corpus.iterdir()}
        assert {seed: data for seed, data in kept.items() if LAB.is_dir() or not seed.startswith("lab-")} == made, "run: python -m fuzz.seeds"


def test_an_input_is_its_datagrams_with_sender_and_time() -> None:
    one, two = arrivals(scene(b"first", b"", heads=b"\x03\x06"))
    assert (one.payload, two.payload) == (b"first", b"")
    assert (one.exporter != two.exporter, two.received - one.received) == (True, 20_000)


def test_the_same_luck_makes_the_same_inputs() -> None:
    first, again, other = (list(mutated([b"abcdefgh", b"01234567"], 50, 20, random.Random(luck))) for luck in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) > 40 and max(map(len, first)) <= 20


def _broken(data: bytes) -> None:
    assert b"\x00" not in data


def test_an_input_that_breaks_a_target_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    target = Target("some", "a target that breaks", lambda: _broken, ())
    monkeypatch.setattr(Target, "seeds", lambda self: [b"without"])
    with pytest.raises(AssertionError):
        at_random(target, Budget(runs=10_000, kept=tmp_path))
    assert b"\x00" in (tmp_path / "some-broken").read_bytes()
    assert str(tmp_path / "some-broken") in capsys.readouterr().err


@pytest.mark.parametrize(("target", "seed", "what", "instead"), [
    ("netflow9", "data-first", (_read_templated, "_hold"), lambda *_: None),
    ("ipfix", "texts-cut", (_read_templated, "read_group"), lambda work, group: _without_rejects(work, group)),
    ("fixed", "v5", (_columns, "_or_null"), lambda octets, v4: octets if octets is None else _invented(len(octets))),
])  # fmt: skip
def test_a_decoder_that_loses_or_invents_something_is_found_out(
    target: str, seed: str, what: tuple[object, str], instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, data = TARGETS[target].load(), (TARGETS[target].corpus / seed).read_bytes()
    check(data)
    monkeypatch.setattr(*what, instead)
    with pytest.raises(AssertionError):
        check(data)


def _without_rejects(work: object, group: object) -> object:
    """Sets that cannot be read are passed over in silence."""
    before = work.rejects.counts.copy()  # type: ignore[attr-defined]
    found = _READ_GROUP(work, group)  # type: ignore[arg-type]
    work.rejects.counts = before  # type: ignore[attr-defined]
    return found


_READ_GROUP = _read_templated.read_group


def _invented(count: int) -> pl.Series:
    return pl.Series([bytes(10) + b"\xff\xff" + bytes([203, 0, 113, 200])] * count, dtype=pl.Binary)


@pytest.mark.skipif(not is_guided(), reason="atheris is not installed: it has wheels for some Pythons on Linux of x86-64")
@pytest.mark.parametrize("name", ["netflow9", "capture"])
def test_a_guided_search_tries_as_many_inputs_as_it_is_told(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", name, "--runs", "150", "--kept", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=100,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sys.path))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Done 150 runs" in done.stderr and "guided by coverage" in done.stderr
    assert any((tmp_path / name).iterdir())


def test_the_command_says_what_it_tried(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "is_guided", lambda: False)
    assert run.main(["list-drop", "--runs", "20"]) == 0
    assert "20 inputs" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run.main(["no-such-target"])
