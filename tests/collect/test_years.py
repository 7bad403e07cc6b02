"""Files whose stamps have no year and that cover several: the order of the lines tells."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from varde.collect import Importer
from varde.collect.years import Years
from varde.decode.firewall import DIALECTS
from varde.intel.geography import load
from varde.query import Engine, Window, records
from varde.store import Store

END = datetime(2026, 1, 20, 12, tzinfo=timezone.utc)


def _log(folder: Path, days: int, lines_a_day: int = 2, *, end: datetime = END) -> tuple[Path, list[datetime]]:
    """Lines up to `end`, evenly spaced, as a machine without years writes them."""
    step = timedelta(days=1) / lines_a_day
    moments = [(end - step * number).replace(microsecond=0) for number in range(days * lines_a_day)][::-1]
    rest = "gw firewall,info BLOCK input: in:ether1 out:(none), proto UDP, 198.51.100.9:53->192.0.2.1:7, len 60"
    path = folder / "fw.log"
    path.write_text("".join(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {rest}\n" for moment in moments))
    os.utime(path, (end.timestamp() + 3600,) * 2)
    return path, moments


def _read(path: Path) -> list[str]:
    store = Store(path.parent / "store")
    Importer(store, load(Path("nowhere")), tuple(DIALECTS.values()), ZoneInfo("UTC")).read(str(path))
    window = Window(datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))
    engine, out, after = Engine(store), [], None
    while True:
        page = records(engine, window, limit=1000, after=after)
        out += [str(record["time"]) for record in page.records]
        after = page.next
        if after is None:
            return out


@pytest.mark.parametrize("days", [20, 300, 360])
def test_a_file_within_a_year_crosses_new_year_right(tmp_path: Path, days: int) -> None:
    path, moments = _log(tmp_path, days)
    assert Years.of(str(path), int(path.stat().st_mtime * 1e6)).most == 0
    assert _read(path) == [moment.isoformat().replace("+00:00", "Z") for moment in moments]


@pytest.mark.parametrize("days", [500, 800, 1500])
def test_a_file_of_several_years_is_dated_by_the_order_of_its_lines(tmp_path: Path, days: int) -> None:
    path, moments = _log(tmp_path, days)
    found = _read(path)
    assert len(found) == len(moments)
    right = sum(a == b.isoformat().replace("+00:00", "Z") for a, b in zip(found, moments, strict=True))
    assert right >= len(moments) - 8  # around 29 February and the file's own date a day may be a year off


def test_a_last_line_newer_than_its_file_is_not_a_year(tmp_path: Path) -> None:
    path, _ = _log(tmp_path, 30)
    os.utime(path, ((END - timedelta(hours=20)).timestamp(),) * 2)
    assert Years.of(str(path), int(path.stat().st_mtime * 1e6)).most == 0
