"""What is stored of an address is deleted with the files it stood in; what is like it stays."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import firewall_line, import_file, stored, write_old

from varde.decode import schema_of
from varde.model import PROBES, TABLES, VardeError
from varde.store import Forgotten, Store


def _filled(folder: Path) -> Store:
    """Probes of many sources, and one line that nobody could read, with an address in it."""
    store = Store(folder / "store")
    lines = [firewall_line(number) for number in range(300)]
    broken = firewall_line(900, source="198.18.0.7").replace(b"PROTO=TCP", b"PROTO=")
    import_file(store, write_old(folder / "fw.log", b"".join([*lines, broken])))
    return store


def test_an_address_goes_from_records_and_from_lines_that_could_not_be_read(tmp_path: Path) -> None:
    store = _filled(tmp_path)
    assert any("198.18.0.7" in text for text in stored(store, "rejects")["sample"])
    removed = store.forget_address(Forgotten.of("198.18.0.7"))
    assert (removed["probes"], removed["rejects"]) == (1, 1)
    left = "\n".join(stored(store)["raw"])
    assert len(stored(store)) == 299 and "198.18.0.7 " not in left and "198.18.0.70 " in left


def test_no_file_of_the_store_has_it_any_more(tmp_path: Path) -> None:
    store = _filled(tmp_path)
    needles = (b"198.18.0.7 ", bytes(10) + b"\xff\xff" + bytes([198, 18, 0, 7]))
    store.forget_address(Forgotten.of("198.18.0.7"))
    for path in (store.path / "probes").rglob("*.parquet"):
        if path.parent.name.startswith("day="):
            frame = pl.read_parquet(path, hive_partitioning=False)
            assert not frame["src_addr"].is_in([needles[1]]).any() and not frame["raw"].str.contains("198.18.0.7 ", literal=True).any()
    assert {str(path) for path in (store.path / "probes").glob("day=*/*.parquet")} == set(store.files("probes"))


def test_a_network_goes_by_its_addresses(tmp_path: Path) -> None:
    store = _filled(tmp_path)
    assert store.forget_address(Forgotten.of("198.18.1.0/24"))["probes"] == 300 - 256
    assert len(stored(store)) == 256


def test_a_store_without_it_is_left_as_it_is(tmp_path: Path) -> None:
    store = _filled(tmp_path)
    before = stored(store)
    assert set(store.forget_address(Forgotten.of("2001:db8::1")).values()) == {0}
    assert stored(store).equals(before)


@pytest.mark.parametrize("table", list(TABLES))
def test_the_condition_is_one_that_every_table_understands(tmp_path: Path, table: str) -> None:
    store = Store(tmp_path / "store")
    row = dict.fromkeys(schema_of(TABLES[table])) | {"day": 20_000}
    row |= {name: 1_728_000_000_000_000 for name in ("time",) if name in row}
    store.append(table, pl.DataFrame([row], schema=schema_of(TABLES[table])))
    for text in ("203.0.113.7", "2001:db8::1", "203.0.113.0/24"):
        assert not any(store.forget_address(Forgotten.of(text)).values())


@pytest.mark.parametrize(("text", "stands"), [
    ("from 203.0.113.7 port 22", True), ("from 203.0.113.7.", True), ("203.0.113.7:22", True), ("x=203.0.113.7,y", True),
    ("203.0.113.70", False), ("1203.0.113.7", False), ("203.0.113.7.example.org", True), ("203.0.113.7.8", False), ("203.0.113.6", False),
])  # fmt: skip
def test_an_address_in_words_is_a_word_of_its_own(text: str, stands: bool) -> None:
    assert Forgotten.of("203.0.113.7").stands_in(text) is stands


@given(st.ip_addresses())
def test_every_address_is_found_in_words_as_it_is_written(address: object) -> None:
    forgotten = Forgotten.of(str(address))
    assert forgotten.addresses == 1 and forgotten.stands_in(f"a visitor, {address}, came") and not forgotten.stands_in("nobody came")


@pytest.mark.parametrize("text", ["", "nobody", "203.0.113.0/33", "203.0.113.7; drop", "'"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(VardeError, match="no address or network"):
        Forgotten.of(text)


def test_conditions_name_no_column_that_varde_writes_itself() -> None:
    rows = Forgotten.of("203.0.113.7").rows(PROBES)
    assert "raw ~*" in rows and "dst_addr >=" in rows and "sensor" not in rows and "src_cc" not in rows
