"""varde home: facts that are added, ended, removed and learnt; what they do to records that are read and to questions."""

import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cli_run import Up, refused, varde
from material import NOON, firewall_line, probe_batch, stored, wait_until, write_old

from varde.app.config import parse
from varde.app.context import Context
from varde.app.homes import FACTS_MAX, Book, Kept, Own, add, end, guarded, homes_in_force, remove
from varde.app.learning import Learning
from varde.app.station import Station
from varde.live.outside import SAMPLES, SLOT
from varde.model import VardeError
from varde.store import Facts, Store

OURS, OTHER = "80.1.2.3", "80.9.9.9"
STEP = timedelta(microseconds=SLOT)


def told(home: Path, *words: str) -> dict[str, Any]:
    done = varde(home, "home", "--json", *words)
    assert done.status == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    return document


def probed(dst: str, *moments: datetime) -> bytes:
    return b"".join(firewall_line(number, when=moment, source="45.1.2.3").replace(b"198.51.100.2", dst.encode()) for number, moment in enumerate(moments))


DAY = timedelta(days=1)


def test_records_of_yesterday_are_matched_with_the_home_of_yesterday(tmp_path: Path) -> None:
    assert varde(tmp_path, "home", "add", OURS, "--until", "2026-11-20", "--name", "the old line", "--tz", "UTC").status == 0
    assert varde(tmp_path, "home", "add", OTHER, "--from", "2026-11-20", "--tz", "UTC").status == 0
    write_old(tmp_path / "fw.log", probed(OURS, NOON - DAY, NOON) + probed(OTHER, NOON - DAY, NOON))
    assert varde(tmp_path, "read", "fw.log", "--tz", "UTC").status == 0
    rows = stored(Store(tmp_path / "store")).sort("offset")
    assert rows["dst_cc"].to_list() == ["--", rows["dst_cc"][1], rows["dst_cc"][2], "--"] and "--" not in rows["dst_cc"][1:3].to_list()
    done = varde(tmp_path, "cut", "--table", "probes", "dst home", "--fields", "dip", "--no-titles", "--delimited")
    assert sorted(done.out.split()) == [OURS, OTHER]


def test_all_facts_are_listed_with_where_they_came_from_and_the_configuration_wins(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text(
        f'[[home]]\nnetwork = "{OURS}"\nname = "DSL"\nkind = "outside"\nfrom = 2026-03-01\n'
        '[[override]]\nnetwork = "2001:470::/32"\ncountry = "--"\nname = "tunnel"\nto = 2026-09-01\n'
    )
    config = ("--config", "varde.toml")
    done = varde(tmp_path, "home", "add", OURS, "--from", "2020-01-01", *config)
    assert done.status == 0 and "what that says counts" in done.err
    assert varde(tmp_path, "home", "add", "2a02:fe0:c410::/48", "--kind", "tunnel", *config).status == 0
    document = told(tmp_path, *config)
    assert [(row["network"], row["name"], row["kind"], row["origin"], row["in_force"]) for row in document["homes"]] == [
        (OURS, "DSL", "outside", "configuration", True), (OURS, "", "own", "added", False), ("2a02:fe0:c410::/48", "", "tunnel", "added", True),
    ]  # fmt: skip
    assert document["homes"][1]["overruled"] and document["overrides"][0]["until"] == "2026-09-01T00:00:00Z" and not document["overrides"][0]["in_force"]
    lines = varde(tmp_path, "home", *config).out.splitlines()
    assert lines[0].startswith(f"{OURS} (DSL): outside, from 2026-03-01T00:00Z; varde.toml says so") and len(lines) == 4
    assert "2001:470::/32 (tunnel): override: at home, until 2026-09-01T00:00Z" in lines[3]
    context = Context(tmp_path / "store", tmp_path / "varde.toml")
    assert [(str(home.network), home.first and home.first.year) for home in context.geography.homes] == [(f"{OURS}/32", 2026), ("2a02:fe0:c410::/48", None)]


def test_an_end_is_not_the_beginning_of_another_past(tmp_path: Path) -> None:
    varde(tmp_path, "home", "add", OURS, "--tz", "UTC")
    assert "is home already always" in varde(tmp_path, "home", "add", OURS).err
    assert varde(tmp_path, "home", "end", OURS, "--at", "2026-05-01", "--tz", "UTC").status == 0
    assert "from" not in varde(tmp_path, "home").out and "until 2026-05-01T00:00Z; added by hand; not now" in varde(tmp_path, "home").out
    done = varde(tmp_path, "home", "end", OURS)
    assert done.status == 1 and "it is home until 2026-05-01T00:00Z" in done.err
    assert varde(tmp_path, "home", "add", OURS, "--from", "2026-05-01", "--tz", "UTC").status == 0  # and had again from then on
    assert varde(tmp_path, "home", "remove", OURS).status == 0
    assert told(tmp_path) == {"homes": [], "overrides": [], "refused": []}
    assert varde(tmp_path, "home", "remove", OURS).status == 1


def test_what_stands_in_the_configuration_is_changed_there(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text(f'# mine\n[[home]]\nnetwork = "{OURS}"\n')
    for words in (("end", OURS), ("remove", OURS)):
        done = varde(tmp_path, "home", *words, "--config", "varde.toml")
        assert done.status == 1 and "stands in varde.toml" in done.err
    assert (tmp_path / "varde.toml").read_text() == f'# mine\n[[home]]\nnetwork = "{OURS}"\n'


@pytest.mark.parametrize(("words", "said"), [
    (("add", "0.0.0.0/0"), "larger than a /8"), (("add", "::/12"), "larger than a /16"), (("add", "home.example"), "is no network"),
    (("add", OURS, "--kind", "mine"), "There are own, outside, tunnel, cgnat"), (("add", OURS, "--name", "x" * 81), "at most 80"),
    (("add", OURS, "--from", "2026-05-02", "--until", "2026-05-01"), "would never be home"), (("end", OURS, "--at", "soon"), "is no moment"),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refused(tmp_path, "home", *words)


def test_a_tunnel_at_home_is_home_at_import_and_in_questions_and_never_listed(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text('[[override]]\nnetwork = "80.1.2.0/24"\ncountry = "--"\nto = 2026-11-20\n[[override]]\nnetwork = "80.9.9.0/24"\ncountry = "--"\n')
    write_old(tmp_path / "fw.log", probed(OURS, NOON - DAY, NOON) + probed(OTHER, NOON - DAY, NOON))
    assert varde(tmp_path, "read", "fw.log", "--tz", "UTC", "--config", "varde.toml").status == 0
    rows = stored(Store(tmp_path / "store")).sort("offset")
    assert [country == "--" for country in rows["dst_cc"]] == [True, False, True, True]
    assert varde(tmp_path, "cut", "--table", "probes", "dst home", "--fields", "dip", "--no-titles").out.count("80.") == 3
    context = Context(tmp_path / "store", tmp_path / "varde.toml")
    assert list(map(str, context.own())) == ["80.9.9.0/24"]


def test_two_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    books = [Book(Facts(tmp_path)) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda book, at: [book.change(lambda kept, n=n: add(kept, own(f"80.{at}.{n}.0/24"))) for n in range(10)], args=(book, at))
        for at, book in enumerate(books)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(books[0].read().facts) == 40


def test_a_file_that_somebody_damaged_tells_what_is_whole_in_it(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.put("home", {"homes": [own(OURS).document(), {"network": "x"}, 5, {**own(OTHER).document(), "evidence": {"odd": 1}}], "refused": 3})
    assert [str(each.network) for each in Book(facts).read().facts] == [f"{OURS}/32"]
    (tmp_path / "home.json").write_text("[")
    assert Book(facts).read() == Kept()


def own(network: str, **more: Any) -> Own:
    import ipaddress

    return Own(ipaddress.ip_network(network), **more)


def test_facts_are_bounded() -> None:
    full = Kept(tuple(own(f"80.{n >> 8}.{n & 255}.0/24") for n in range(FACTS_MAX)))
    with pytest.raises(VardeError, match="kept already"):
        add(full, own(OURS))


# learning ------------------------------------------------------------------------------------------------------------------------------


def lesson(dst: str, begin: datetime = NOON, sensor: str = "fw1", count: int = SAMPLES + 2) -> list[Any]:
    return [probe_batch([{"time": begin + number * STEP, "src": f"45.{number % 200}.0.1", "dst": dst, "sensor": sensor, "source": "syslog:192.168.1.1"}]) for number in range(count)]


def learning(folder: Path, config: str = '[[sensor]]\nname = "fw1"\n') -> tuple[Learning, list[str]]:
    said: list[str] = []
    return Learning(Book(Facts(folder)), parse(config, "varde.toml"), said.append), said


def test_an_address_that_changes_ends_the_old_fact_and_begins_the_new(tmp_path: Path) -> None:
    learner, said = learning(tmp_path)
    for batch in lesson(OURS):
        learner.outside.watch("probes", batch)
    learner.tell()
    then = NOON + DAY
    for batch in lesson(OTHER, then):
        learner.outside.watch("probes", batch)
    learner.tell()
    old, new = learner.book.read().facts
    assert (str(old.network), old.first, old.last) == (f"{OURS}/32", NOON, then)
    assert (str(new.network), new.first, new.last, new.origin, new.kind) == (f"{OTHER}/32", then, None, "learnt", "outside")
    assert new.evidence is not None and (new.evidence.records, new.evidence.first, new.evidence.sensor) == (SAMPLES + 1, "2026-11-21T12:00:00Z", "fw1")
    assert [OURS in said[0], f"{OURS} is its outside address no more" in said[1], OTHER in said[2]] == [True] * 3
    homes = homes_in_force(learner.config, learner.book.read())
    assert [home.learnt for home in homes] == [True, True]
    assert guarded(learner.config, learner.book.read(), then) == []  # strangers cannot take themselves off the lists


def test_evidence_grows_over_restarts(tmp_path: Path) -> None:
    for begin in (NOON, NOON + DAY):
        learner, said = learning(tmp_path)
        for batch in lesson(OURS, begin):
            learner.outside.watch("probes", batch)
        learner.tell()
    (fact,) = learner.book.read().facts
    assert fact.evidence is not None and (fact.evidence.records, fact.evidence.first, fact.first) == (2 * (SAMPLES + 1), "2026-11-20T12:00:00Z", NOON)
    assert said == []


@pytest.mark.parametrize(("config", "kept"), [
    ("", Kept()), ('[[sensor]]\nname = "fw1"\n[geo]\nlearn = false\n', Kept()), ('[[sensor]]\nname = "fw1"\n[[home]]\nnetwork = "80.1.0.0/16"\n', Kept()),
    ('[[sensor]]\nname = "fw1"\n[[override]]\nnetwork = "80.1.0.0/16"\ncountry = "NO"\n', Kept()), ('[[sensor]]\nname = "fw1"\n', Kept((), (OURS,))),
])  # fmt: skip
def test_nothing_is_learnt_against_the_owner_or_from_anybody(tmp_path: Path, config: str, kept: Kept) -> None:
    learner, said = learning(tmp_path, config)
    learner.book.change(lambda _: kept)
    for batch in lesson(OURS):
        learner.outside.watch("probes", batch)
    learner.tell()
    assert learner.book.read() == kept and said == []


def test_what_was_learnt_and_removed_is_not_learnt_again_and_adding_takes_that_back() -> None:
    kept = remove(Kept((own(OURS, origin="learnt", first=NOON),)), own(OURS).network)
    assert kept == Kept((), (OURS,))
    assert add(kept, own(OURS)) == Kept((own(OURS),))
    assert add(Kept((own(OURS, origin="learnt", first=NOON),)), own(OURS)).facts == (own(OURS),)
    assert end(Kept((own(OURS),)), own(OURS).network, NOON).facts[0].last == NOON


def test_which_senders_are_trusted(tmp_path: Path) -> None:
    learner, _ = learning(tmp_path)
    told = {pair: learner._is_trusted(*pair) for pair in [
        ("fw1", "syslog:203.0.113.9"), ("203.0.113.9", "syslog:203.0.113.9"), ("gw", "a1b2c3"), ("127.0.0.1", "syslog:127.0.0.1"), ("192.0.2.1", "flows"),
        ("::1", "flows"),
    ]}  # fmt: skip
    assert list(told.values()) == [True, False, True, True, False, True]


def test_a_station_learns_from_its_sensor_and_places_what_comes_next_by_it(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text('[[sensor]]\nname = "fw1"\naddress = "192.168.1.1"\n')
    station = Station(Context(tmp_path / "store", tmp_path / "varde.toml", "UTC"))
    for watcher in station._watchers():
        for batch in lesson(OURS, datetime(2026, 11, 20, tzinfo=timezone.utc)) if watcher is station.learning.outside else ():
            watcher.watch("probes", batch)
    station._look_home()
    assert any(OURS in note for note in station.notes)
    station._decode({"192.168.1.1": probed(OURS, NOON)})
    station._commit_if_due(force=True)
    assert stored(station.context.store)["dst_cc"].to_list() == ["--"]
    assert station.flows.geography is station.context.geography


def test_a_running_station_takes_what_is_added(tmp_path: Path) -> None:
    (tmp_path / "fw.log").write_bytes(probed(OURS, NOON))
    with Up(tmp_path, "fw.log", "--listen", "udp://127.0.0.1:0", "--web", "", "--tz", "UTC") as up:
        up.port("syslog on udp")
        assert varde(tmp_path, "home", "add", OURS).status == 0
        number = 0

        def placed() -> bool:
            nonlocal number
            number += 1
            with (tmp_path / "fw.log").open("ab") as file:
                file.write(probed(OURS, NOON + number * timedelta(seconds=1)))
            return "--" in stored(Store(tmp_path / "store"))["dst_cc"].to_list()

        wait_until(placed, seconds=40)
        assert up.stop() == 0
