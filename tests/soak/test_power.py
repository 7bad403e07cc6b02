"""Loss of power: the disk in memory forgets what was not synced, and a store holds what it said it had."""

import random
from pathlib import Path

import pytest
from soak.disk import PAGE, Disk, variants
from soak.power import run


def test_what_was_not_synced_may_be_gone_and_what_was_is_there() -> None:
    disk = Disk()
    file = disk.create("kept")
    file.write(0, b"a" * 2 * PAGE)
    file.sync()
    disk.root.sync()
    file.write(2 * PAGE, b"b")
    fresh = disk.create("fresh")
    fresh.write(0, b"c" * PAGE)
    left = variants(disk, random.Random(1))
    assert left["nothing unsynced"] == {"kept": b"a" * 2 * PAGE}
    assert left["everything"] == {"kept": b"a" * 2 * PAGE + b"b", "fresh": b"c" * PAGE}
    assert left["names without contents"] == {"kept": b"a" * 2 * PAGE, "fresh": b""}
    assert left["names with zeros"]["fresh"] == bytes(PAGE)


def test_a_name_that_was_taken_over_has_the_old_file_or_the_new_one() -> None:
    disk = Disk()
    for name, text in (("old", b"old"), (".new", b"new")):
        file = disk.create(name)
        file.write(0, text)
        file.sync()
    disk.root.sync()
    disk.rename(".new", "old")
    seen = {tuple(sorted(tree.items())) for seed in range(20) for tree in variants(disk, random.Random(seed)).values()}
    assert seen == {((".new", b"new"), ("old", b"old")), (("old", b"new"),)}


@pytest.mark.peer("strace")
def test_after_a_loss_of_power_at_any_moment_everything_acknowledged_is_there_once(tmp_path: Path) -> None:
    tally = run(tmp_path, short=True, seed=20261122, most=36)
    assert tally.failures == []
    assert tally.states >= 20 and tally.cut and tally.read_again


@pytest.mark.peer("strace")
def test_a_store_that_syncs_no_commit_is_found_out(tmp_path: Path) -> None:
    tally = run(tmp_path, short=True, seed=1, most=12, careless=True)
    assert any("lost" in failure for failure in tally.failures) or len(tally.failures) > 3
