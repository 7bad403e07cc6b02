"""What is deleted when, and that a full disk is made room on first."""

from datetime import timedelta
from pathlib import Path

import pytest
from material import NOON, probe_batch

from varde.app.commands.store import expire
from varde.app.context import Context
from varde.model import VardeError
from varde.store import Store

DAYS = 4


@pytest.fixture
def context(tmp_path: Path) -> Context:
    made = Context(tmp_path / "store", quiet=True)
    for day in range(DAYS):
        made.store.append("probes", probe_batch([{"time": NOON + timedelta(days=day), "offset": 100 * day + n} for n in range(50)]))
    return made


def test_room_is_made_before_anything_that_needs_room(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    used = sum(table.octets for table in context.store.sizes())
    monkeypatch.setattr(Store, "disk", lambda _: (int(used * 0.6 / context.config.store.disk_share), 0))  # 60 % of the store may stay

    def full(*_: object) -> int:
        raise VardeError("the disk is full")

    monkeypatch.setattr(Store, "drop_raw", full)
    said: list[str] = []
    with pytest.raises(VardeError, match="the disk is full"):
        said.extend(expire(context))
    assert [line.split(" deleted")[0] for line in said] == ["2026-11-20", "2026-11-21"]
    assert len(context.store.days("probes")) == DAYS - 2
    files = {Path(file) for file in context.store.files("probes")}
    assert set(context.store.path.glob("probes/day=*/*.parquet")) == files  # what was deleted takes no room


def test_the_last_day_is_never_deleted_for_room(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "disk", lambda _: (1, 0))
    assert len(list(expire(context))) == DAYS - 1
    assert len(context.store.days("probes")) == 1


def test_with_room_enough_nothing_is_deleted(context: Context) -> None:
    assert list(expire(context)) == []
    assert len(context.store.days("probes")) == DAYS
