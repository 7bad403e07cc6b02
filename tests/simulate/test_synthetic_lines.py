"""Lines by the million: whole, in order, readable, repeatable."""

import re
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from varde.simulate import synthetic_lines

START = datetime(2026, 11, 20, tzinfo=ZoneInfo("Europe/Oslo"))
COUNT = 20_000
DAY = rb"2026-11-2\S+"
SHAPES = {
    "mikrotik": DAY
    + rb" fw1 firewall,info BLOCK input: .*, proto [A-Z0-9]+(?: \([^)]+\))?, \S+->\S+, len [0-9]+",
    "linux": DAY
    + rb" fw2 kernel: \[ *[0-9.]+\] \[UFW (?:BLOCK|ALLOW)\] IN=eth0 .*SRC=\S+ DST=\S+ .*PROTO=.* ",
    "filterlog": rb"<134>1 "
    + DAY
    + rb" fw3\.example\.net filterlog 92653 - - .*,match,(?:block|pass),in,[46],.*",
}
SOURCE = re.compile(rb"198\.1[89]\.[0-9.]+|2001:0?db8:[12][0-9a-f:]+")


def lines(form: str, count: int = COUNT, seed: int = 3) -> list[bytes]:
    text = b"".join(synthetic_lines(form, count, seed=seed, start=START))
    assert text.endswith(b"\n") or not count
    return text.splitlines()


@pytest.mark.parametrize("form", SHAPES)
def test_as_many_lines_as_asked_for_and_every_one_of_the_form(form: str) -> None:
    found = lines(form)
    assert len(found) == COUNT
    pattern = re.compile(SHAPES[form])
    assert [line for line in found if not pattern.fullmatch(line)] == []
    assert [line for line in found if not SOURCE.search(line) or b"\0" in line] == []


@pytest.mark.parametrize("form", SHAPES)
def test_lines_repeat_for_a_seed_and_differ_between_seeds(form: str) -> None:
    assert lines(form, 500) == lines(form, 500)
    assert lines(form, 500) != lines(form, 500, seed=4)


def test_time_runs_forward_through_one_day() -> None:
    stamps = [datetime.fromisoformat(line.split()[0].decode()) for line in lines("mikrotik")]
    assert stamps == sorted(stamps)
    assert 0 <= (stamps[0] - START).total_seconds() < 60
    assert 86_300 < (stamps[-1] - START).total_seconds() < 86_400


def test_blocks_are_about_a_mebibyte_and_end_with_a_line() -> None:
    blocks = list(synthetic_lines("linux", COUNT, seed=1, start=START))
    assert len(blocks) > 3
    assert all(block.endswith(b"\n") for block in blocks)
    assert all(0.9 < len(block) / 2**20 < 1.1 for block in blocks[:-1])


def test_sources_repeat_as_attackers_do() -> None:
    counts = Counter(match[0] for line in lines("mikrotik") if (match := SOURCE.search(line)))
    assert 2_000 < len(counts) < 15_000
    assert counts.most_common(1)[0][1] > 0.03 * COUNT


def test_kernel_uptime_and_stamp_share_their_microseconds() -> None:
    for line in lines("linux", 200):
        match = re.match(rb"\S+\.([0-9]{6})\+01:00 fw2 kernel: \[ *[0-9]+\.([0-9]{6})\]", line)
        assert match
        assert match[1] == match[2]


def test_no_lines_asked_for_none_given() -> None:
    assert list(synthetic_lines("linux", 0, seed=1, start=START)) == []


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(KeyError):
        next(synthetic_lines("carrier-pigeon", 1, seed=1, start=START))
    with pytest.raises(ValueError, match="time zone"):
        next(synthetic_lines("linux", 1, seed=1, start=datetime(2026, 11, 20)))
    assert next(synthetic_lines("linux", 1, seed=1, start=datetime(2026, 11, 20, tzinfo=UTC)))
