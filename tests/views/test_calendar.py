"""A year as thumbnails, a page, a table: each day where it belongs, and the same counts in each."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from material import NOON, probe_batch
from matplotlib.image import imread

from varde.query import Engine
from varde.store import Store
from varde.views import Style
from varde.views.calendar import (
    CALENDAR_FORMATS,
    THUMB,
    ask_calendar,
    calendar_totals,
    draw_calendar,
    render_calendar,
    thumbnail,
)

UTC = Style().zone
HOSTILE = "</footer><script>alert(1)</script>\"'<&>${title}"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """200 probes of one day from one address, one of another day on a port of its own, one that was let through."""
    store = Store(tmp_path_factory.mktemp("store"))
    probes: list[dict[str, object]] = [{"time": NOON + timedelta(minutes=n), "port": 1 + n * 37} for n in range(200)]
    probes += [{"time": datetime(2026, 2, 3, tzinfo=timezone.utc), "port": 60000, "src": "198.18.0.9", "proto": 17}, {"time": NOON, "action": "allow"}]
    store.append("probes", probe_batch(probes))
    return Engine(store)


def pixels(png: bytes) -> np.ndarray:
    return (imread(io.BytesIO(png), format="png")[:, :, :3] * 255).round().astype(int)


def written(engine: Engine, kind: str, style: Style = Style(), year: int = 2026, **filters: object) -> bytes:  # noqa: B008 - a style is a value
    return render_calendar(engine, ask_calendar(engine, year, style.zone, **filters), kind, style)


def test_a_year_is_a_picture_with_a_thumbnail_on_each_day_that_has_probes(engine: Engine) -> None:
    drawn, other = pixels(draw_calendar(engine, 2026, Style())), pixels(written(engine, "png", planes=("udp4",)))
    assert drawn.shape == other.shape
    rows, columns = np.nonzero((drawn != other).any(axis=2)[64:, 44:])
    day = (columns // (THUMB[0] + 4) + 1, rows // (THUMB[1] + 4) + 1)
    assert set(zip(day[0].tolist(), day[1].tolist(), strict=True)) == {(20, 11)}


def test_each_format_is_what_it_says(engine: Engine) -> None:
    magic = {"png": b"\x89PNG", "svg": b"<?xml", "html": b"<!doctype html>", "json": b"{", "csv": b"day,"}
    assert set(magic) == set(CALENDAR_FORMATS)
    for kind, begin in magic.items():
        assert written(engine, kind).startswith(begin)
        assert written(engine, kind) == written(engine, kind)


def test_json_and_csv_count_each_day(engine: Engine) -> None:
    document = json.loads(written(engine, "json"))
    days = [{"day": "2026-02-03", "events": 1, "sources": 1, "planes": {"udp4": 1}}, {"day": "2026-11-20", "events": 200, "sources": 1, "planes": {"tcp4": 200}}]
    assert document == {"year": 2026, "tz": "UTC", "events": 201, "days": days}
    rows = list(csv.DictReader(io.StringIO(written(engine, "csv").decode())))
    assert [(row["day"], int(row["events"]), int(row["sources"]), int(row["tcp4"]), int(row["udp4"])) for row in rows] == [("2026-02-03", 1, 1, 0, 1), ("2026-11-20", 200, 1, 200, 0)]


@pytest.mark.parametrize(
    ("filters", "events"),
    [({"planes": ("udp4",)}, 1), ({"src": "198.18.0.9"}, 1), ({"action": "all"}, 202), ({"action": "allow"}, 1), ({"port_min": 50000, "port_max": 65535}, 1), ({"sensor": "nobody"}, 0)],
)  # fmt: skip
def test_filters_leave_what_they_say(engine: Engine, filters: dict[str, object], events: int) -> None:
    assert json.loads(written(engine, "json", **filters))["events"] == events


def test_totals_are_a_sentence(engine: Engine) -> None:
    assert calendar_totals(ask_calendar(engine, 2026, UTC)) == "201 refused probes on 2 days of 2026"
    assert calendar_totals(ask_calendar(engine, 2026, UTC, action="allow")) == "1 probe (allow) on 1 day of 2026"


def test_an_svg_has_its_words_as_text_and_the_year_as_one_image(engine: Engine) -> None:
    tree = ET.fromstring(written(engine, "svg", Style(note=HOSTILE), port_min=1, port_max=100))
    words = {element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"2026 (UTC), only ports 1 to 100", "3 refused probes on 1 day of 2026", "Jan", "Dec", "31", HOSTILE} <= words
    images = list(tree.iter("{http://www.w3.org/2000/svg}image"))
    assert len(images) == 1
    assert not [e for e in tree.iter() if e.tag.endswith("}script")]


def test_the_page_has_a_picture_for_each_day_with_probes_and_all_days_of_the_year(engine: Engine) -> None:
    text = written(engine, "html", Style(note=HOSTILE)).decode()
    assert re.findall(r'title="(.*?)"', text) == ["2026-02-03: 1 refused probe from 1 address", "2026-11-20: 200 refused probes from 1 address"]
    assert len(re.findall(r"<span[ >]", text)) == 365
    assert text.count('src="data:image/png;base64,') == text.count("src=") == 2
    assert "<tr><td>2026-11-20</td><td>200</td><td>1</td></tr>" in text
    assert "<script" not in text
    assert re.findall(r'grid-column: (\d)"', text)[0] == str(date(2026, 1, 1).isoweekday())


def test_an_empty_year_says_why(engine: Engine, tmp_path: Path) -> None:
    words = "no refused packets from 2025-01-01 to 2025-12-31; the records are from 2026-02-03 to 2026-11-20"
    assert words in written(engine, "html", year=2025).decode()
    drawn = [e.text or "" for e in ET.fromstring(written(engine, "svg", year=2025)).iter("{http://www.w3.org/2000/svg}text")]
    assert words in " ".join(drawn)
    assert (pixels(written(engine, "png", year=2025)) != pixels(written(Engine(Store(tmp_path)), "png", year=2025))).any()


def test_a_thumbnail_has_the_size_that_was_asked_for(engine: Engine) -> None:
    assert pixels(thumbnail(engine, date(2026, 11, 20), Style(), 260, 104)).shape == (104, 260, 3)
    assert pixels(thumbnail(engine, date(2026, 11, 19), Style(), 16, 16)).shape == (16, 16, 3)
