"""What is new in a honeypot's period, and the sentence about it."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from material import cowrie, cowrie_login, import_file, write_old

from varde.query import Engine, Window
from varde.query.novelty import KINDS, Fresh, novelty
from varde.store import Store
from varde.views.honeypot_sentences import honeypot_headline, honeypot_totals

DAY = Window(datetime(2026, 11, 20, tzinfo=timezone.utc), datetime(2026, 11, 21, tzinfo=timezone.utc), action="all")
NEXT = Window(DAY.last, DAY.last + timedelta(days=1), action="all")
LATER = 86_400
HERE = "198.18.200.1"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(Store(tmp_path / "store"))


def put(engine: Engine, folder: Path, *lines: bytes) -> None:
    assert import_file(engine.store, write_old(folder / "pot.json", b"".join(lines)), "pot").rejected == 0


def test_an_empty_store_has_nothing_new_and_says_so(engine: Engine) -> None:
    found = novelty(engine, DAY)
    assert found.fresh == {kind.name: Fresh(0, 0) for kind in KINDS}
    assert honeypot_headline(found) == "Nobody visited a honeypot in this period."
    assert honeypot_headline(found, filtered=True) == "Nothing in this period matches the filters."


def test_the_first_day_has_none_to_compare_with(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie_login(0), cowrie_login(1, password="x", success=True, src_ip="198.18.0.1"))
    found = novelty(engine, DAY)
    assert found.days == 0
    assert honeypot_headline(found) == "There is no earlier day to compare this one with; 1 login was let in from 198.18.0.1."
    assert honeypot_totals(found) == "2 login attempts from 1 address; 0 tunnel requests to 0 targets; 0 payloads; 0 files."


def test_what_was_never_seen_before_is_counted_once_each(engine: Engine, tmp_path: Path) -> None:
    put(
        engine, tmp_path, cowrie_login(0, "root", "old", src_ip=HERE), cowrie_login(LATER, "root", "old", src_ip=HERE),
        cowrie_login(LATER + 1, "root", "a", src_ip=HERE), cowrie_login(LATER + 2, "root", "a", src_ip=HERE), cowrie_login(LATER + 3, "admin", "b"),
        cowrie("direct-tcpip.request", LATER + 4, dst_ip="mail.example", dst_port=25),
    )  # fmt: skip
    found = novelty(engine, NEXT)
    assert {name: (fresh.total, fresh.new) for name, fresh in found.fresh.items() if fresh.total} == {
        "passwords": (3, 2), "users": (2, 1), "sources": (2, 1), "targets": (1, 1),
    }  # fmt: skip
    assert honeypot_headline(found) == "2 passwords and 1 user name never seen before; no login was let in."
    assert honeypot_totals(found) == "4 login attempts from 2 addresses (1 new); 1 tunnel request to 1 target (1 new); 0 payloads; 0 files."


def test_nothing_new_and_logins_against_the_day_before(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, *(cowrie_login(n, "root", "x", success=True, src_ip=HERE) for n in (0, LATER, LATER + 5)))
    assert honeypot_headline(novelty(engine, NEXT)) == f"Nothing was tried that is new; 2 logins were let in from {HERE}, against 1 on the day before."


def test_of_several_sources_the_one_with_the_most_is_named(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie_login(0), *(cowrie_login(LATER + n, "root", "y", success=True, src_ip=HERE) for n in range(2)), cowrie_login(LATER + 9, success=True))
    sentence = honeypot_headline(novelty(engine, NEXT))
    assert sentence == f"1 password never seen before; 3 logins were let in from 2 addresses, most from {HERE}, none on the day before."


def test_a_source_that_only_the_session_names_counts(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie("session.connect", 0, session="a", src_ip=HERE), cowrie_login(1, session="a", src_ip=None, success=True))
    assert novelty(engine, DAY).fresh["sources"] == Fresh(1, 1)
    assert honeypot_headline(novelty(engine, DAY)).endswith(f"1 login was let in from {HERE}.")


def test_of_one_source_new_is_what_nobody_tried_before(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie_login(0, "root", "old"), cowrie_login(LATER, "root", "old", src_ip=HERE), cowrie_login(LATER + 1, "root", "mine", src_ip=HERE),
        cowrie_login(LATER + 2, "root", "other"))  # fmt: skip
    found = novelty(engine, replace(NEXT, src=HERE))
    assert (found.days, found.fresh["passwords"], found.counts["logins"]) == (1, Fresh(2, 1), 2)
    assert honeypot_headline(found) == "1 password never seen before; no login was let in."
