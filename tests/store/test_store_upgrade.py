"""Stores that earlier versions wrote are opened, asked, read on, tidied, exported: nobody has to begin anew."""

import io
import json
import tarfile
from datetime import datetime, timezone
from pathlib import Path

import pytest
from material import firewall_lines, import_file, importer, stored, write_old

from varde.model import FLOWS, LOGINS, VardeError
from varde.query import Engine, Window
from varde.store import STORE_VERSION, Store
from varde.store.archive import export_store, import_store

STORES = sorted((Path(__file__).parents[1] / "data" / "stores").glob("*.tar.xz"))
WHOLE = Window(datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2030, 1, 1, tzinfo=timezone.utc), action="all")
ROWS = {"probes": 40, "logins": 6, "tunnels": 5, "payloads": 3, "sessions": 8, "commands": 4, "downloads": 2}
FLOW_ROWS = {"flows": 535, "losses": 1}


@pytest.fixture(params=STORES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A copy of a store as an earlier version left it."""
    with tarfile.open(request.param) as tar:
        tar.extractall(tmp_path / "store", filter="data")
    return Store(tmp_path / "store")


def _rows(store: Store) -> dict[str, int]:
    return {size.name: size.rows for size in store.sizes() if size.name != "counters"}


def test_there_are_stores_of_earlier_versions() -> None:
    assert len(STORES) >= 3


def test_all_of_it_is_there(old: Store) -> None:
    expected = ROWS | (FLOW_ROWS if old.files("flows") else {})
    assert _rows(old) == expected


def test_it_is_asked_as_any_other(old: Store) -> None:
    engine = Engine(old)
    assert engine.ask(WHOLE, lambda table: engine.execute(table.aggregate(n=table.count())))[0]["n"] == 40
    assert engine.ask(WHOLE, lambda table: engine.execute(table.aggregate(n=table.count())), LOGINS.name)[0]["n"] == 6
    if old.files(FLOWS.name):
        flows = engine.ask(WHOLE, lambda table: engine.execute(table.aggregate(n=table.count(), nets=table.src_net.nunique(), bytes=table.octets.sum())), FLOWS.name)[0]
        assert flows["n"] == 535 and flows["nets"] > 0 and flows["bytes"] > 0


def test_what_was_read_is_not_read_again_and_new_lines_are_added(old: Store, tmp_path: Path) -> None:
    lines = list(stored(old)["raw"])
    log = write_old(tmp_path / "fw.log", "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).encode())
    assert importer(old, "fw").read(str(log)).records == 0
    assert import_file(old, write_old(tmp_path / "more.log", firewall_lines(0, 7)), "more").records == 7
    assert old.sizes()[0].rows == 47


def test_it_is_tidied_and_summed_up(old: Store) -> None:
    before = _rows(old)
    old.compact(keep_hours=0)
    old.roll_up(datetime.now(timezone.utc).date(), smallest=1)
    assert _rows(old) == before
    test_it_is_asked_as_any_other(old)


def test_it_goes_through_an_archive(old: Store, tmp_path: Path) -> None:
    out = io.BytesIO()
    export_store(old, out)
    new = Store(tmp_path / "new")
    import_store(new, io.BytesIO(out.getvalue()))
    assert _rows(new) == _rows(old)
    test_it_is_asked_as_any_other(new)


def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text(json.dumps({"version": STORE_VERSION + 1}))
    with pytest.raises(VardeError, match="newer Varde"):
        Store(tmp_path)
