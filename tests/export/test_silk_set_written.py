"""Sets that are written are read again as they were, and are SiLK's to the octet where SiLK's are at hand."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.export.intel.silk_set import encoded
from varde.intel.ipset import IPSet
from varde.intel.ipset_file import read_set
from varde.model import VardeError

V4 = st.lists(st.tuples(st.integers(0, 2**32 - 70_000), st.integers(0, 66_000)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=5)
V6 = st.lists(st.tuples(st.integers(2**64, 2**128 - 2**70), st.integers(0, 2**70 - 1)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=5)


@given(V4, V6)
def test_what_is_written_is_read(v4: list[tuple[int, int]], v6: list[tuple[int, int]]) -> None:
    members = IPSet.of(v4, v6)
    assert read_set("x.set", encoded(members)) == members
    assert read_set("x.set", encoded(IPSet.of(v4), 4)) == IPSet.of(v4)


def test_a_set_of_both_families_is_no_version_2() -> None:
    with pytest.raises(VardeError, match="IPv4 only"):
        encoded(IPSet.of([(1, 1)], [(2**100, 2**100)]), 2)


@pytest.mark.parametrize("name", ["blk", "set1-v4"])
def test_the_data_are_silks_octets(shared: Path, name: str) -> None:
    folder = shared / "data" / "silk"
    theirs = (folder / f"{name}.set").read_bytes()
    ours = encoded(read_set(str(folder / f"{name}.txt")))
    assert theirs.endswith(ours[24:])  # behind our header, which has no entry for a command
