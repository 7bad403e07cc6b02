"""MISP feeds, TAXII 2.1 servers and CrowdSec's local API, each against a server on loopback that answers as theirs do."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stand_in import Answer, Asked, standing_in

from varde.collect import pages
from varde.collect.feed_terms import Limits
from varde.collect.list_source import ListSource
from varde.collect.lists import Lists
from varde.collect.pages import Pages
from varde.decode.intel import SCHEMA, ListRead
from varde.intel import Guards
from varde.model import VardeError

concat = pl.concat
NOW = 1_795_300_000.0
Server = Callable[[Asked], Answer]


class Desk:
    """Lists with one list, and a clock."""

    def __init__(self, folder: Path, url: str, form: str, key: str | None = None, **about: Any) -> None:
        if key is not None:
            (folder / "key").write_text(key)
        self.now = NOW
        source = ListSource("it", url, form, key_file=str(folder / "key") if key is not None else None, **about)
        self.lists = Lists(folder / "facts", [source], Guards.of(), clock=lambda: self.now, limits=Limits(silence=2.0, seconds=5.0))
        self.lists._stop.wait = lambda timeout=None: False  # type: ignore[method-assign]

    def run(self) -> dict[str, Any]:
        self.lists.update()
        self.now += 7200
        return dict(self.lists.status()["lists"][0])

    def values(self) -> list[str]:
        rows = self.lists.indicators(["it"]).rows
        return [] if rows is None else sorted(rows["value"].to_list())


# MISP feeds -------------------------------------------------------------------------------------------------------------------------

FIRST, SECOND = "57c6ac4c-c60c-4f79-a38f-b666950d210f", "57c6ac4c-c60c-4f79-a38f-b666950d2100"


def _event(uuid: str, *values: str, stamp: str = "1472646424") -> dict[str, Any]:
    attributes = [{"type": "ip-dst", "category": "Network activity", "to_ids": True, "value": value} for value in values]
    return {"Event": {"uuid": uuid, "info": f"event of {stamp}", "date": "2016-08-31", "timestamp": stamp, "Attribute": attributes}}


class Misp:
    """A feed: a manifest, events, and the sums of their values."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = {event["Event"]["uuid"]: event for event in events}
        self.sums: str | None = None

    def files(self) -> dict[str, Any]:
        manifest = {uuid: {"timestamp": event["Event"]["timestamp"], "info": "x", "Orgc": {"name": "SYNTHETIC"}} for uuid, event in self.events.items()}
        named = {f"{uuid}.json": event for uuid, event in self.events.items()}
        sums = {} if self.sums is None else {"hashes.csv": self.sums.encode()}
        return {"manifest.json": manifest, **named, **sums}

    def __call__(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix("/feed/")
        return Answer(self.files()[name]) if name in self.files() else Answer(b"no", 404)


def test_a_misp_feed_gives_new_and_changed_events_and_forgets_those_that_are_gone(tmp_path: Path) -> None:
    misp = Misp(_event(FIRST, "203.0.113.1", "203.0.113.2"), _event(SECOND, "203.0.113.3"))
    with standing_in(misp) as server:
        desk = Desk(tmp_path, f"{server.url}/feed", "misp-feed")
        assert (desk.run()["error"], desk.values()) == (None, ["203.0.113.1", "203.0.113.2", "203.0.113.3"])
        server.asked.clear()
        desk.run()
        assert server.paths() == ["/feed/manifest.json"], "nothing changed"
        misp.events = {FIRST: _event(FIRST, "203.0.113.9", stamp="1472646999")}
        server.asked.clear()
        desk.run()
        assert (desk.values(), [path for path in server.paths() if path.endswith("f.json")]) == (["203.0.113.9"], [f"/feed/{FIRST}.json"])


def test_a_misp_feed_that_breaks_off_goes_on_with_the_events_that_are_lacking(tmp_path: Path) -> None:
    misp = Misp(_event(FIRST, "203.0.113.1"), _event(SECOND, "203.0.113.3"))
    with standing_in(lambda asked: Answer(b"{", 200) if SECOND in asked.path else misp(asked)) as server:
        desk = Desk(tmp_path, f"{server.url}/feed", "misp-feed")
        assert "is no JSON" in desk.run()["error"] and desk.values() == []
        server.answer = misp
        server.asked.clear()
        desk.run()
        assert not any(FIRST in path for path in server.paths()) and desk.values() == ["203.0.113.1", "203.0.113.3"]


def test_a_misp_feed_whose_last_run_ended_before_it_was_put_together_is_put_together_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misp = Misp(_event(FIRST, "203.0.113.1"), _event(SECOND, "203.0.113.3"))
    with standing_in(misp) as server:
        desk = Desk(tmp_path, f"{server.url}/feed", "misp-feed")
        with monkeypatch.context() as broken:
            broken.setattr(Pages, "merged", _no_room)
            assert "no room" in desk.run()["error"] and desk.values() == []
        server.asked.clear()
        desk.run()
        assert desk.values() == ["203.0.113.1", "203.0.113.3"] and len(server.asked) == 1  # the manifest


def _no_room(*_: object) -> ListRead:
    raise VardeError("no room")


def _work(folder: Path, monkeypatch: pytest.MonkeyPatch, events: int) -> tuple[int, int]:
    """Octets written for a feed of so many events, and rows laid together."""
    folder.mkdir()
    misp = Misp(*(_event(f"57c6ac4c-c60c-4f79-a38f-{number:012x}", f"203.0.113.{number}") for number in range(events)))
    (folder / "feed").mkdir()
    for name, content in misp.files().items():
        (folder / "feed" / name).write_text(json.dumps(content))
    written, rows = [], []
    with monkeypatch.context() as counting:
        counting.setattr(pages, "write_atomically", lambda path, content: (written.append(len(content)), path.write_bytes(content)))
        counting.setattr(pages.pl, "concat", lambda frames, **about: rows.append(len(laid := concat(frames, **about))) or laid)
        desk = Desk(folder, str(folder / "feed"), "misp-feed")
        assert desk.run()["indicators"] == events
    return sum(written), sum(rows)


def test_a_misp_feed_of_four_times_the_events_is_four_times_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (written, rows), (more_written, more_rows) = (_work(tmp_path / str(events), monkeypatch, events) for events in (30, 120))
    assert more_written < 4.2 * written  # cursors of 120 stamps each would be ten times as much
    assert more_rows <= 4 * rows


def test_pages_are_laid_over_each_other_in_their_order(tmp_path: Path) -> None:
    def read(*entries: tuple[str, str]) -> ListRead:
        told = [{"id": entry, "type": "ipv4", "value": value} for entry, value in entries]
        return ListRead("misp", pl.DataFrame(told, schema=SCHEMA))

    kept = Pages(tmp_path / "pages")
    kept.add(read(("a", "1"), ("b", "2")), ["a", "b"], {}, noted={"a": "x", "b": "x"})
    kept.add(read(("c", "3")), ["c", "a"], {}, noted={"a": "y"})
    base = read(("b", "9"), ("old", "4"), ("gone", "5"), ("c", "6")).indicators.vstack(pl.DataFrame([{"value": "7"}], schema=SCHEMA))
    assert kept.merged(base, ["gone", "b"]).indicators["value"].to_list() == ["4", "7", "2", "3"]
    assert kept.noted == {"a": "y", "b": "x"}


def test_a_misp_feed_in_a_folder_is_read_when_its_manifest_changes(tmp_path: Path) -> None:
    misp, folder = Misp(_event(FIRST, "203.0.113.1")), tmp_path / "feed"
    folder.mkdir()
    for name, content in misp.files().items():
        (folder / name).write_text(json.dumps(content))
    desk = Desk(tmp_path, str(folder), "misp-feed")
    assert desk.lists.poll() and desk.values() == ["203.0.113.1"]
    assert not desk.lists.poll()
    misp.events = {FIRST: _event(FIRST, "203.0.113.2", stamp="2")}
    for name, content in misp.files().items():
        (folder / f"{name}.new").write_text(json.dumps(content))
        (folder / f"{name}.new").replace(folder / name)
    assert desk.lists.poll() and desk.values() == ["203.0.113.2"]


def test_values_that_the_sums_name_and_the_event_lacks_are_counted(tmp_path: Path) -> None:
    misp = Misp(_event(FIRST, "203.0.113.1"))
    sums = [hashlib.md5(value.encode(), usedforsecurity=False).hexdigest() for value in ("203.0.113.1", "203.0.113.250")]
    misp.sums = "".join(f"{one},{FIRST}\n" for one in sums)
    with standing_in(misp) as server:
        state = Desk(tmp_path, f"{server.url}/feed", "misp-feed").run()
        assert (state["error"], state["reasons"]) == (None, {"missing": 1})


@pytest.mark.parametrize("manifest", [[], {"../../etc/passwd": {"timestamp": "1"}}, {FIRST: 7}, b"{", b"[" * 100_000])
def test_a_manifest_that_is_none_leads_nowhere(tmp_path: Path, manifest: object) -> None:
    with standing_in(lambda asked: Answer(manifest)) as server:
        assert "manifest" in Desk(tmp_path, f"{server.url}/feed", "misp-feed").run()["error"]
        assert server.paths() == ["/feed/manifest.json"]


# TAXII ------------------------------------------------------------------------------------------------------------------------------

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
MEDIA = "application/taxii+json;version=2.1"


def _indicator(number: int, pattern: str, **about: Any) -> dict[str, Any]:
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{number:04d}", "pattern_type": "stix", "pattern": pattern,
            "modified": f"2026-11-01T00:00:{number % 60:02d}.000Z", "valid_from": "2026-11-01T00:00:00Z", **about}  # fmt: skip


class Taxii:
    """A server with one API root and two collections, which gives three objects a page."""

    def __init__(self, *objects: dict[str, Any], by_next: bool = True) -> None:
        self.objects, self.by_next, self.url, self.fails = list(objects), by_next, "", False

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(b"user:secret").decode():
            return Answer({"title": "Unauthorized"}, 401)
        if asked.headers.get("accept") != MEDIA:
            return Answer({"title": "Not acceptable"}, 406)
        known = {"/taxii2/": {"title": "synthetic", "api_roots": [f"{self.url}/api1/"], "default": f"{self.url}/api1/"},
                 "/api1/": {"title": "root", "versions": [MEDIA], "max_content_length": 10_000},
                 "/api1/collections/": {"collections": [{"id": COLLECTION, "title": "Indicators", "alias": "ind", "can_read": True}, {"id": "2", "title": "Other", "can_read": False}]},
                 f"/api1/collections/{COLLECTION}/": {"id": COLLECTION, "title": "Indicators", "can_read": True}}  # fmt: skip
        if asked.path in known:
            return Answer(known[asked.path], headers={"Content-Type": MEDIA})
        return self._objects(asked) if asked.path == f"/api1/collections/{COLLECTION}/objects/" else Answer({"title": "?"}, 404)

    def _objects(self, asked: Asked) -> Answer:
        added = {one["id"]: f"2026-11-01T00:00:{at:02d}.000000Z" for at, one in enumerate(self.objects)}
        late = [one for one in self.objects if added[one["id"]] > asked.params.get("added_after", "")]
        at = int(asked.params.get("next", 0))
        if self.fails and (at or asked.params.get("added_after")):
            return Answer(b"", 500)
        some, more = late[at : at + 3], len(late) > at + 3
        envelope = {"more": more, "objects": some, **({"next": str(at + 3)} if more and self.by_next else {})}
        return Answer(envelope if some else {}, headers={"Content-Type": MEDIA, **({"X-TAXII-Date-Added-Last": added[some[-1]["id"]]} if some else {})})


def _taxii(*patterns: str, **about: Any) -> Taxii:
    return Taxii(*(_indicator(number, pattern) for number, pattern in enumerate(patterns)), **about)


def _patterns(count: int) -> list[str]:
    return [f"[ipv4-addr:value = '203.0.113.{number}']" for number in range(count)]


@pytest.mark.parametrize("path", ["/taxii2/", "/api1", f"/api1/collections/{COLLECTION}/"])
@pytest.mark.parametrize("by_next", [True, False])
def test_a_collection_is_found_and_its_pages_come_in(tmp_path: Path, path: str, by_next: bool) -> None:
    taxii = _taxii(*_patterns(8), by_next=by_next)
    with standing_in(taxii) as server:
        taxii.url = server.url
        desk = Desk(tmp_path, server.url + path, "taxii", "user:secret", collection="Indicators")
        assert desk.run()["error"] is None
        assert len(desk.values()) == 8


def test_the_next_run_asks_only_for_what_was_added_and_takes_what_was_revoked_away(tmp_path: Path) -> None:
    taxii = _taxii(*_patterns(4))
    with standing_in(taxii) as server:
        taxii.url = server.url
        desk = Desk(tmp_path, f"{server.url}/api1/collections/{COLLECTION}", "taxii", "user:secret")
        desk.run()
        taxii.objects += [_indicator(1, _patterns(2)[1], revoked=True) | {"id": "indicator--0001", "modified": "2026-11-02T00:00:00.000Z"}]
        taxii.objects += [_indicator(9, "[domain-name:value = 'evil.example']")]
        server.asked.clear()
        desk.run()
        assert server.asked[-1].params["added_after"] == "2026-11-01T00:00:03.000000Z"
        assert desk.values() == ["203.0.113.0", "203.0.113.2", "203.0.113.3", "evil.example"]
        desk.run()
        assert len(desk.values()) == 4 and desk.run()["error"] is None


def test_a_harvest_that_breaks_off_goes_on(tmp_path: Path) -> None:
    taxii = _taxii(*_patterns(8))
    taxii.fails = True
    with standing_in(taxii) as server:
        taxii.url = server.url
        desk = Desk(tmp_path, f"{server.url}/taxii2/", "taxii", "user:secret", collection=COLLECTION)
        assert "500" in desk.run()["error"] and desk.values() == []
        taxii.fails = False
        server.asked.clear()
        desk.run()
        assert [one.params.get("next") for one in server.asked] == ["3", "6"] and len(desk.values()) == 8


@pytest.mark.parametrize(
    ("about", "key", "said"),
    [({"collection": None}, "user:secret", "name one collection"), ({"collection": "Other"}, "user:secret", "may not read"),
     ({"collection": "x"}, "user:secret", "There are 91a7"), ({"collection": "ind"}, "user:wrong", "key_file is wrong")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path: Path, about: dict[str, Any], key: str, said: str) -> None:
    taxii = _taxii(*_patterns(1))
    with standing_in(taxii) as server:
        taxii.url = server.url
        assert said in Desk(tmp_path, f"{server.url}/taxii2/", "taxii", key, **about).run()["error"]


def test_an_api_root_on_another_host_gets_no_password(tmp_path: Path) -> None:
    with standing_in(lambda asked: Answer({"api_roots": ["https://evil.example/"]})) as server:
        error = Desk(tmp_path, f"{server.url}/taxii2/", "taxii", "user:secret").run()["error"]
        assert "another host" in error and "secret" not in error


@pytest.mark.parametrize("envelope", [{"more": True}, {"more": True, "next": 7, "objects": []}, {"more": True, "next": "same"}])
def test_more_without_a_place_or_with_the_same_is_an_end(tmp_path: Path, envelope: dict[str, Any]) -> None:
    with standing_in(lambda asked: Answer({"can_read": True} if not asked.path.endswith("objects/") else envelope)) as server:
        assert "and not where" in Desk(tmp_path, f"{server.url}/c/", "taxii", "user:secret").run()["error"]
        assert len(server.asked) <= 3


# CrowdSec ---------------------------------------------------------------------------------------------------------------------------


def _lapi(asked: Asked) -> Answer:
    if asked.headers.get("x-api-key") != "secret":
        return Answer({"message": "access forbidden"}, 403)
    if (asked.path, asked.params) != ("/v1/decisions/stream", {"startup": "true"}):
        return Answer(b"", 404)
    decision = {"id": 1, "origin": "CAPI", "scenario": "crowdsecurity/ssh-bf", "scope": "Ip", "type": "ban"}
    return Answer({"deleted": None, "new": [{**decision, "duration": "3h", "value": "203.0.113.91"}, {**decision, "duration": "1m", "value": "203.0.113.92"}]})


def test_decisions_in_force_are_matched_until_they_end(tmp_path: Path) -> None:
    with standing_in(_lapi) as server:
        desk = Desk(tmp_path, server.url, "crowdsec-lapi", "secret")
        assert (desk.run()["error"], desk.values()) == (None, ["203.0.113.91", "203.0.113.92"])
        assert desk.lists.matcher.indicators == 2
        rows = desk.lists.indicators(["it"]).rows
        assert rows is not None and rows["expires"].to_list() == [int((NOW + 3 * 3600) * 1e6), int((NOW + 60) * 1e6)]
        server.answer = lambda asked: Answer(b"", 404)
        desk.lists.poll()  # two hours later, and the server does not answer
        assert desk.lists.matcher.indicators == 1


@pytest.mark.parametrize(("key", "answer", "said"), [("wrong", _lapi, "key_file is wrong"), ("secret", lambda asked: Answer({}), "no stream")])
def test_what_is_no_stream_of_decisions_is_said(tmp_path: Path, key: str, answer: Server, said: str) -> None:
    with standing_in(answer) as server:
        assert said in Desk(tmp_path, server.url, "crowdsec-lapi", key).run()["error"]


# Lists that are one file ------------------------------------------------------------------------------------------------------------


def test_a_list_that_wants_a_key_gets_it_in_the_header_that_it_names(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(b"203.0.113.5\n", headers={"Content-Type": "text/plain"}) if asked.headers.get("auth-key") == "secret" else Answer(b"", 403)

    with standing_in(answer) as server:
        desk = Desk(tmp_path, f"{server.url}/list.txt", "plain", "secret", key_header="Auth-Key")
        assert (desk.run()["error"], desk.values()) == (None, ["203.0.113.5"])


