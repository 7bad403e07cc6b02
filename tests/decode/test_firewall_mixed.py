"""Lines of all dialects in one file: each keeps its dialect, whatever came before."""

import random

import pytest
from firewall_family import NAMES, REFERENCE, ZONE, fixture, golden_lines, read

from varde.decode import Lines, Origin
from varde.decode.firewall import DIALECTS, FirewallReader


@pytest.mark.parametrize("seed", range(5))
def test_each_line_keeps_its_dialect_in_a_mixed_file(seed: int) -> None:
    rng = random.Random(seed)
    order = list(golden_lines())
    rng.shuffle(order)
    dialects = list(DIALECTS.values())
    rng.shuffle(dialects)  # the dialect of the last block is asked first, so any order happens
    decoded = read(b"\n".join(line for _, line in order), dialects)
    assert decoded.batch["dialect"].to_list() == [name for name, _ in order]


@pytest.mark.parametrize("name", NAMES)
def test_no_dialect_claims_the_lines_of_another(name: str) -> None:
    others = [dialect for other, dialect in DIALECTS.items() if other != name]
    decoded = read(fixture(name), others)
    assert not len(decoded.batch)
    assert not len(decoded.rejects)


def test_a_reader_asks_the_dialect_of_the_last_block_first() -> None:
    reader = FirewallReader(DIALECTS.values())
    origin = Origin("sensor", "source", "file", REFERENCE, ZONE, REFERENCE)
    reader.read(Lines.of(fixture("cef")), origin)
    assert reader._dialects[0].name == "cef"
