"""A store as one file: all of it arrives once, and what is torn, damaged or hostile changes nothing."""

import io
import json
import tarfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from material import NOON, firewall_line, firewall_lines, import_file, stored, write_old

from varde.decode import schema_of
from varde.model import READINGS, TABLES, VardeError
from varde.store import Store
from varde.store.archive import CONTENTS, export_store, import_store


def _filled(folder: Path) -> tuple[Store, Path]:
    store = Store(folder / "store")
    log = write_old(folder / "fw.log", firewall_lines(0, 400) + b"no line of a firewall\n")
    import_file(store, log)
    reading = dict.fromkeys(schema_of(READINGS)) | {"time": 1_795_000_000_000_000, "day": 20_775, "name": "inMsgs", "value": 7}
    store.append("readings", pl.DataFrame([reading], schema=schema_of(READINGS)))
    return store, log


def _archive(store: Store, first: date | None = None, last: date | None = None) -> bytes:
    out = io.BytesIO()
    export_store(store, out, first, last)
    return out.getvalue()


def _rows(store: Store) -> dict[str, int]:
    return {size.name: size.rows for size in store.sizes()}


def test_all_of_it_arrives_once_however_often(tmp_path: Path) -> None:
    store, _ = _filled(tmp_path)
    archive, other = _archive(store), Store(tmp_path / "other")
    moved = import_store(other, io.BytesIO(archive))
    assert moved.rows == _rows(store) == _rows(other) and moved.rows["readings"] == 1
    for table in moved.rows:
        both = [stored(one, table).select(sorted(stored(store, table).columns)) for one in (store, other)]
        assert both[0].sort(both[0].columns).equals(both[1].sort(both[1].columns))
    again = import_store(other, io.BytesIO(archive))
    assert (again.total, again.known) == (0, moved.total) and _rows(other) == _rows(store)


def test_a_log_is_read_on_where_the_first_store_stood(tmp_path: Path) -> None:
    store, log = _filled(tmp_path)
    other = Store(tmp_path / "other")
    import_store(other, io.BytesIO(_archive(store)))
    assert import_file(other, log).records == 0
    write_old(log, log.read_bytes() + firewall_lines(400, 3))
    assert import_file(other, log).records == 3
    assert len(stored(other)) == 403


def test_what_the_store_has_read_itself_is_left_out(tmp_path: Path) -> None:
    store, log = _filled(tmp_path)
    other = Store(tmp_path / "other")
    import_file(other, log)
    moved = import_store(other, io.BytesIO(_archive(store)))
    assert moved.rows == {"readings": 1} and len(stored(other)) == 400


def test_days_are_chosen(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    lines = [firewall_line(number, when=NOON + timedelta(days=number)) for number in range(5)]
    import_file(store, write_old(tmp_path / "fw.log", b"".join(lines)))
    other = Store(tmp_path / "other")
    import_store(other, io.BytesIO(_archive(store, date(2026, 11, 21), date(2026, 11, 22))))
    assert sorted(stored(other)["time"].dt.date().unique()) == [date(2026, 11, 21), date(2026, 11, 22)]


def test_it_is_plain_tar_of_parquet(tmp_path: Path) -> None:
    store, _ = _filled(tmp_path)
    with tarfile.open(fileobj=io.BytesIO(_archive(store))) as tar:
        names = tar.getnames()
        file = tar.extractfile(next(name for name in names if name.startswith("tables/probes/")))
        assert file is not None and len(pl.read_parquet(io.BytesIO(file.read()))) == 400
    assert names[-1] == CONTENTS


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.97])
def test_a_torn_archive_adds_nothing(tmp_path: Path, share: float) -> None:
    store, _ = _filled(tmp_path)
    archive, other = _archive(store), Store(tmp_path / "other")
    end = archive.rindex(b'"files"')
    with pytest.raises(VardeError, match="archive"):
        import_store(other, io.BytesIO(archive[: int(share * end)]))
    assert _rows(other) == {} and not list(tmp_path.glob(".archive-*"))


def _tar(*members: tuple[tarfile.TarInfo | str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, data in members:
            entry = tarfile.TarInfo(member) if isinstance(member, str) else member
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _link(name: str, to: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, to
    return entry


@pytest.mark.parametrize("archive", [
    _tar(("../../etc/passwd", b"x")), _tar(("/etc/passwd", b"x")), _tar((_link("tables/probes/day=2026-11-20/0.parquet", "/etc/passwd"), b"")),
    _tar(("tables/probes/day=2026-11-20/0.parquet", b"x"), ("tables/probes/day=2026-11-20/0.parquet", b"y")), _tar((CONTENTS, b"[]")), _tar((CONTENTS, b"{")),
    _tar((CONTENTS, b'{"version": 1, "files": [{"name": "tables/probes/day=2026-11-20/0.parquet"}], "progress": {}}')),
    _tar((CONTENTS, b'{"version": 99, "files": [], "progress": {}}')), _tar(), b"", b"\x00" * 4096, b"no archive" * 1000, _tar(("facts/sources/../../x.json", b"{}")),
])  # fmt: skip
def test_a_hostile_archive_is_refused_and_writes_nothing(tmp_path: Path, archive: bytes) -> None:
    store = Store(tmp_path / "store")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(VardeError):
        import_store(store, io.BytesIO(archive))
    assert sorted(tmp_path.rglob("*")) == before


def test_an_octet_that_changed_on_the_way_is_found(tmp_path: Path) -> None:
    store, _ = _filled(tmp_path)
    archive = bytearray(_archive(store))
    archive[2000] ^= 1
    other = Store(tmp_path / "other")
    with pytest.raises(VardeError, match="damaged"):
        import_store(other, io.BytesIO(archive))
    assert _rows(other) == {}


def test_a_table_that_is_no_parquet_is_one_sentence(tmp_path: Path) -> None:
    import hashlib

    name, data = "tables/probes/day=2026-11-20/0.parquet", b"PAR1 is all it has"
    said = {"version": 1, "files": [{"name": name, "sha256": hashlib.sha256(data).hexdigest()}], "progress": {}}
    with pytest.raises(VardeError, match="cannot be read"):
        import_store(Store(tmp_path / "store"), io.BytesIO(_tar((name, data), (CONTENTS, json.dumps(said).encode()))))


_NOTE = "facts/{}/" + "ab" * 16 + ".json"


@pytest.mark.parametrize(("name", "data"), [
    (_NOTE.format("heads"), b"{"), (_NOTE.format("heads"), b'{"sources": []}'), (_NOTE.format("heads"), b'{"sources": {"a": 1}}'), (_NOTE.format("heads"), b"\xff"), (_NOTE.format("heads"), b"[]"),
    (_NOTE.format("sources"), b'{"chain": {"links": [], "length": "far", "rest": ""}}'), (_NOTE.format("sources"), b'{"chain": {}}'), (_NOTE.format("sources"), b'{"path": 7}'),
    (_NOTE.format("sources"), b'{"chain": {"links": [1], "length": 1, "rest": ""}}'), (_NOTE.format("sources"), b"[" * 100_000), ("tables/probes/day=2026-13-40/0.parquet", b"PAR1"),
])  # fmt: skip
def test_a_note_that_would_be_believed_later_is_looked_at_before_anything_is_added(tmp_path: Path, name: str, data: bytes) -> None:
    import hashlib

    said = {"version": 1, "files": [{"name": name, "sha256": hashlib.sha256(data).hexdigest()}], "progress": {}}
    store = Store(tmp_path / "store")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(VardeError, match=r"damaged|holds"):
        import_store(store, io.BytesIO(_tar((name, data), (CONTENTS, json.dumps(said).encode()))))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("offset", [-1, 2**70])
def test_no_text_is_read_as_far_as_a_number_can_say(tmp_path: Path, offset: int) -> None:
    said = {"version": 1, "files": [], "progress": {"probes": {"ab" * 16: offset}}}
    with pytest.raises(VardeError, match="damaged"):
        import_store(Store(tmp_path / "store"), io.BytesIO(_tar((CONTENTS, json.dumps(said).encode()))))


def test_every_table_goes_along(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for table in TABLES.values():
        row = dict.fromkeys(schema_of(table)) | {"time": 1_795_000_000_000_000, "day": 20_775}
        store.append(table.name, pl.DataFrame([row], schema=schema_of(table)))
    other = Store(tmp_path / "other")
    assert import_store(other, io.BytesIO(_archive(store))).rows == dict.fromkeys(TABLES, 1)
