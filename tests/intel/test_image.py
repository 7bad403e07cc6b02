"""A matcher outlives its process in a file, and a file that is not whole is never used."""

import random
from pathlib import Path

import polars as pl
import pytest
from indicators import frame, indicator, octets

from varde.intel import Guards, Matcher, build, dump, load
from varde.intel.image import MAGIC
from varde.model import VardeError

ASKED = octets("203.0.113.5", "203.0.113.77", "203.0.114.1", "2001:db8::5", "2001:db8:5::1", "8.8.8.8")
NAMES = ["evil.example", "a.evil.example", "example"]


def _matcher() -> Matcher:
    rows = [indicator(f"203.0.113.{n}", "plain", id=str(n % 7), name="\N{SNOWMAN}", first_seen=n) for n in range(200)]
    more = [indicator("203.0.112.0/22", "wide"), indicator("2001:db8::/40", "six", expires=10**15), indicator("evil.example", "names")]
    return build(frame([*rows, *more]), Guards.of(), now=1, key="guards:lists")


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "matcher.bin"
    path.write_bytes(content)
    return path


def test_a_matcher_from_its_file_answers_as_before(tmp_path: Path) -> None:
    made = _matcher()
    kept = load(_write(tmp_path, dump(made)))
    assert (kept.key, kept.expires, kept.indicators, len(kept)) == ("guards:lists", 10**15, 203, len(made))
    assert kept.lookup(ASKED).tolist() == made.lookup(ASKED).tolist()
    assert kept.lookup_names(NAMES).tolist() == made.lookup_names(NAMES).tolist()
    assert [kept.rows(number) for number in range(len(kept))] == [made.rows(number) for number in range(len(made))]
    assert dump(kept) == dump(made)


def test_an_empty_matcher_has_a_file_too(tmp_path: Path) -> None:
    kept = load(_write(tmp_path, dump(build(frame([]), Guards.of(), now=0))))
    assert (kept.lookup(ASKED) == -1).all()
    assert kept.lookup_names(NAMES).tolist() == [-1, -1, -1]


def test_a_matcher_goes_on_when_its_file_is_replaced(tmp_path: Path) -> None:
    path = _write(tmp_path, dump(_matcher()))
    kept = load(path)
    before = kept.lookup(ASKED).tolist()
    beside = tmp_path / "beside"
    beside.write_bytes(dump(build(frame([]), Guards.of(), now=0)))
    beside.replace(path)
    assert kept.lookup(ASKED).tolist() == before
    assert (load(path).lookup(ASKED) == -1).all()


def test_any_damage_is_noticed(tmp_path: Path) -> None:
    whole, luck = dump(_matcher()), random.Random(1)
    cuts = [0, 1, len(MAGIC), len(MAGIC) + 8, 200, len(whole) // 2, len(whole) - 1]
    for length in cuts:
        with pytest.raises(VardeError, match="cannot be used"):
            load(_write(tmp_path, whole[:length]))
    padding = range(whole.index(b"}", whole.rindex(b'"indicators"')) + 1, -(-whole.rindex(b'"indicators"') // 64) * 64 + 64)
    for place in [*range(0, 1500, 13), *(luck.randrange(2000, len(whole)) for _ in range(10))]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << luck.randrange(8)
        if place not in padding:
            with pytest.raises(VardeError, match="cannot be used"):
                load(_write(tmp_path, bytes(flipped)))


def test_another_version_and_an_absent_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="of another version"):
        load(_write(tmp_path, b"VardeMatcher\x00\x00\x00\x02" + dump(_matcher())[len(MAGIC) :]))
    with pytest.raises(VardeError, match="no such file"):
        load(tmp_path / "none")


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_a_matcher_of_parts_is_that_of_the_whole(size: int) -> None:
    names = [f"{n}.evil.example" for n in range(40)]
    rows = [indicator(value, f"list {n % 3}", id=f"pulse {n % 5}" if n % 4 else None, first_seen=n % 6 or None) for n, value in enumerate([*names, *names[::3]])]
    rows += [indicator(f"198.51.100.{n % 90}", f"list {n % 2}", url=f"https://{n % 11}.example", expires=10 + n) for n in range(130)]
    rows += [indicator("198.51.100.0/24", "wide"), indicator("2001:db8::/33", "six"), indicator("evil.example", "names")]
    guards = Guards.of(allowed=["198.51.100.64/28", "5.evil.example", "=7.evil.example", "=evil.example"])
    whole = frame(rows)
    made, of_parts = build(whole, guards, now=20), build((whole[at : at + size] for at in range(0, len(whole), size)), guards, now=20)
    assert (made.expires, made.indicators, len(made)) == (21, len(whole.filter(pl.col("expires").is_null() | (pl.col("expires") > 20))), len(of_parts))
    assert dump(of_parts) == dump(made)
