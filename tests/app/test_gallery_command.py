"""varde gallery, and varde fireplot with findings: what is written, what is said, the exit status, and the page's gallery."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cli_run import refused, varde
from fastapi.testclient import TestClient
from material import NOON, probe_batch
from tests.app.test_web import DAY, HERE, ask, station_in
from tests.query.test_drawings import art

from varde.app import finding
from varde.app.web.serve import application
from varde.query import drawings
from varde.query.campaigns import Found
from varde.query.engine import microseconds
from varde.store import Store

SCANNER = "198.51.100.7"
PERIOD = ("--store", "s", "--tz", "UTC", "--day", "2026-11-20")


def probes() -> list[dict[str, Any]]:
    """A slow scan in order, among 300 sources of the same day that each want one port."""
    begin = NOON - timedelta(hours=6)
    found: list[dict[str, Any]] = [{"time": begin + timedelta(minutes=2 * n), "port": 9000 - 20 * n, "src": SCANNER} for n in range(200)]
    found += [{"time": begin + timedelta(minutes=n), "port": (22, 23, 80, 445)[n % 4], "src": f"198.18.{n % 200}.{n // 200}"} for n in range(300)]
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("gallery")
    Store(home / "s").append("probes", probe_batch(probes()))
    return home


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scanner's packets are taken for a drawing: what is tested is how one is shown, not what is one."""
    campaign = art(microseconds(NOON - timedelta(hours=6)), 400 * 60, tuple(range(5020, 9001, 20)), SCANNER)
    monkeypatch.setattr(drawings, "campaigns", lambda engine, window, ports=(): Found(window, [campaign], 500, 301, 0))


def texts(svg: str) -> str:
    return " ".join(re.findall(r">([^<>]+)</text>", svg))


def test_a_fireplot_outlines_what_was_found_unless_it_is_not_wanted(home: Path) -> None:
    done = varde(home, "fireplot", *PERIOD, "-o", "with.svg")
    assert done.status == 0, done.err
    assert re.search(rf"Slow scan down: {SCANNER}, [0-9]+ ports", texts((home / "with.svg").read_text()))
    varde(home, "fireplot", *PERIOD, "--no-findings", "-o", "without.svg")
    assert "Slow scan" not in texts((home / "without.svg").read_text())
    varde(home, "fireplot", *PERIOD, "-o", "again.svg")
    assert (home / "again.svg").read_bytes() == (home / "with.svg").read_bytes()


def test_an_hour_of_a_fireplot_outlines_what_the_day_shows(home: Path) -> None:
    varde(home, "fireplot", "--store", "s", "--tz", "UTC", "--since", "2026-11-20T08:00:00Z", "--until", "2026-11-20T08:30:00Z", "-o", "hour.svg")
    words = re.compile(r"Slow scan down: [0-9.]+, [0-9]+ ports")
    varde(home, "fireplot", *PERIOD, "-o", "day.svg")
    assert words.findall(texts((home / "hour.svg").read_text())) == words.findall(texts((home / "day.svg").read_text())) != []


def test_findings_are_in_json_where_they_are_asked_for(home: Path) -> None:
    assert "findings" not in json.loads(varde(home, "fireplot", *PERIOD, "--json").out)
    found = json.loads(varde(home, "fireplot", *PERIOD, "--json", "--findings").out)["findings"]
    assert "diagonal" in [one["kind"] for one in found if one["source"] == SCANNER]


def test_a_long_or_full_period_is_drawn_without_and_it_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    year = ("--store", "s", "--tz", "UTC", "--since", "2026-01-01", "--until", "2026-12-31")
    done = varde(home, "fireplot", *year, "-o", "year.svg")
    assert "scans and surges are not outlined, because 365 days are more than 31; --findings looks for them anyway" in done.err
    assert "not outlined" not in varde(home, "fireplot", *year, "-q", "-o", "year.svg").err
    monkeypatch.setattr(finding, "EVENTS_MAX", 100)
    assert "because 500 packets are more than 100" in varde(home, "fireplot", *PERIOD, "-o", "full.svg").err
    assert "Slow scan" not in texts((home / "full.svg").read_text())
    assert varde(home, "fireplot", *PERIOD, "--findings", "-o", "full.svg").err == "full.svg: 500 refused probes from 301 addresses\n"
    assert "Slow scan" in texts((home / "full.svg").read_text())


class Links(HTMLParser):
    """Targets of captions, and the lists they lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "a":
            self.links.add(str(given["href"]))
        if tag == "details":
            self.names.add(f"#{given['id']}")


def test_every_caption_of_the_html_leads_to_what_is_known_of_it(home: Path) -> None:
    varde(home, "fireplot", *PERIOD, "-o", "plot.html")
    text = (home / "plot.html").read_text()
    found = Links(text)
    assert found.links and found.links <= found.names
    assert "varde filter" in text and "What to do" in text
    varde(home, "fireplot", *PERIOD, "--no-findings", "-o", "plain.html")
    assert not Links((home / "plain.html").read_text()).links


def test_nobody_drew_is_status_1_and_says_among_how_many(home: Path) -> None:
    done = varde(home, "gallery", *PERIOD)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("varde: nobody drew a picture with 500 packets")
    assert varde(home, "gallery", *PERIOD, "-q").err == ""
    assert "has no packets that a firewall met. Fill it with `varde read FILES`" in varde(home, "gallery", "--store", "none").err


def test_a_period_without_drawings_is_a_picture_that_says_so(home: Path) -> None:
    done = varde(home, "gallery", *PERIOD, "-o", "none.html")
    assert done.status == 1 and "nobody drew a picture with 500 packets" in (home / "none.html").read_text()
    assert varde(home, "gallery", *PERIOD, "-o", "none.png").status == 1
    assert (home / "none.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("drawn")
def test_drawings_are_told_drawn_and_listed(home: Path) -> None:
    done = varde(home, "gallery", *PERIOD)
    assert done.status == 0 and SCANNER in done.out and "drew a picture into the Fireplot" in done.out and "evidence: varde filter" in done.out
    document = json.loads(varde(home, "gallery", *PERIOD, "--json").out)
    assert (document["left_out"], [one["kind"] for one in document["drawings"]]) == (0, ["art"])
    for kind in ("html", "png"):
        done = varde(home, "gallery", *PERIOD, "-o", f"wall.{kind}")
        assert (done.status, done.err) == (0, f"wall.{kind}: 1 drawing among 500 packets\n")
    first = (home / "wall.png").read_bytes()
    varde(home, "gallery", *PERIOD, "-o", "wall.png")
    assert (home / "wall.png").read_bytes() == first
    page = (home / "wall.html").read_text()
    assert page.count('src="data:image/png;base64,') == 1 and "http" not in page


def test_what_a_gallery_cannot_be_is_refused(home: Path) -> None:
    assert "use a suffix of .png, .html, .json" in refused(home, "gallery", *PERIOD, "-o", "wall.gif")
    assert "no such scheme: pink" in refused(home, "gallery", *PERIOD, "--scheme", "pink")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    station = station_in(tmp_path, monkeypatch)
    station.context.store.append("probes", probe_batch(probes()))
    return TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


@pytest.mark.usefixtures("drawn")
def test_the_page_gets_drawings_and_their_pictures(page: TestClient) -> None:
    answer = ask(page, "gallery", **DAY)
    assert (answer["ready"], answer["note"], answer["events"], answer["left_out"]) == (True, None, 500, 0)
    (drawing,) = answer["drawings"]
    assert drawing["kind"] == "art" and drawing["sentence"] and not {"port_list", "outline"} & set(drawing)
    picture = page.get("/api/drawing.png", params=drawing["picture"])
    assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
    other = page.get("/api/drawing.png", params=drawing["picture"] | {"source": ["203.0.113.99"]})
    assert other.content != picture.content


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"source": "me"}, "is no address"), ({"source": []}, "source"), ({"source": ["192.0.2.1"] * 101}, "source"),
     ({"source": "192.0.2.1", "scheme": "pink"}, "no such scheme"), ({"source": "192.0.2.1", "port_min": 9, "port_max": 9}, "below")],
)  # fmt: skip
def test_a_picture_of_nothing_is_refused_in_words(page: TestClient, bad: dict[str, Any], words: str) -> None:
    answer = page.get("/api/drawing.png", params=DAY | bad)
    assert answer.status_code in (400, 422) and words in answer.json()["detail"]


def test_a_year_of_drawings_is_left_to_the_command(page: TestClient) -> None:
    answer = ask(page, "gallery", **{"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"})
    assert answer["ready"] and "`varde gallery`, has them" in answer["note"] and answer["drawings"] == []
