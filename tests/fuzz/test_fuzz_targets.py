"""Every decoder of octets from strangers has a target; its corpus holds, and so does what is made of it in a moment."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pytest
from fuzz import run
from fuzz.account import Account
from fuzz.campaign import campaign, tried
from fuzz.file_seeds import KEPT
from fuzz.files import CHECKS
from fuzz.mutate import mutated
from fuzz.run import Budget, at_random, is_guided
from fuzz.scenes import arrivals, scene
from fuzz.seeds import LAB, seeds
from fuzz.targets import TARGETS, Target

from varde.collect.capture import READERS, kind_of_capture
from varde.decode.flow import PROTOCOLS, _columns, _read_templated
from varde.decode.intel import FORMATS
from varde.decode.reader import DIALECTS

ROOT = Path(__file__).parents[2]
RUNS = 50
"""Inputs of each target that a run of the tests tries: a second or two."""

LINE_RUNS = 10
"""The same of log lines, each of which takes as long as a block of them."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_holds_and_so_does_what_a_moment_makes_of_it(name: str) -> None:
    target, runs = TARGETS[name], LINE_RUNS if name.startswith("lines-") else RUNS
    assert at_random(target, Budget(runs=len(target.seeds()) + runs)) == len(target.seeds()) + runs


def test_every_decoder_has_a_target_whose_corpus_reaches_it() -> None:
    assert {f"list-{name}" for name in FORMATS} == {name for name in TARGETS if name.startswith("list-")}
    assert {f"lines-{name}" for name in DIALECTS} == {name for name in TARGETS if name.startswith("lines-")}
    assert set(CHECKS) <= set(TARGETS)
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
        same = {seed: data for seed, data in kept.items() if (LAB.is_dir() or not seed.startswith("lab-")) and not seed.startswith(KEPT)}
        assert same == {seed: data for seed, data in made.items() if not seed.startswith(KEPT)}, "run: python -m fuzz.seeds"


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


def test_a_search_of_all_targets_adds_up_what_it_tried_and_keeps_what_a_broken_one_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(command: list[str], *, stdout: BinaryIO, **_: object) -> subprocess.CompletedProcess[bytes]:
        stdout.write(b"Done 20 runs in 1 second(s)" if command[3] == "nagios" else b"Traceback: of the broken one")
        return subprocess.CompletedProcess(command, 0 if command[3] == "nagios" else 77)

    monkeypatch.setattr("fuzz.campaign.TARGETS", {"nagios": TARGETS["nagios"], "broken": TARGETS["nagios"]})
    monkeypatch.setattr("fuzz.campaign.subprocess.run", ended)
    for times in (1, 2):
        assert campaign(Budget(runs=20, luck=times, kept=tmp_path), 1) == 1
        tally = json.loads((tmp_path / "tally.json").read_text())
        assert (tally["nagios"]["inputs"], tally["nagios"]["broken"], tally["broken"]["inputs"], tally["broken"]["broken"]) == (20 * times, 0, 0, times)
        assert "of the broken one" in (tmp_path / f"broken-broken-{times}.log").read_text()


def test_both_kinds_of_search_say_how_many_inputs_they_tried() -> None:
    assert tried("Done 150 runs in 3 second(s)\n") == 150 and tried("fuzz drop: 20 inputs in 0 s, all held\n") == 20 and tried("Traceback\n") == 0
