"""What was tried most, by whom, and what is new."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from material import NOON, UTC, cowrie, cowrie_login, import_file, write_old

from varde.model import VardeError
from varde.query import Engine, Window
from varde.query.honeypot import RANKINGS, Asked, also_tunnelled, curve, login_records, ranked
from varde.query.replay import replay
from varde.query.sessions import sessions, storyboard
from varde.query.tunnels import triples
from varde.store import Store

DAY = Window(datetime(2026, 11, 20, tzinfo=timezone.utc), datetime(2026, 11, 21, tzinfo=timezone.utc), action="all")
NEXT = Window(DAY.last, DAY.last + timedelta(days=1), action="all")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(Store(tmp_path / "store"))


def put(engine: Engine, folder: Path, *lines: bytes, name: str = "pot.json") -> None:
    summary = import_file(engine.store, write_old(folder / name, b"".join(lines)), "pot")
    assert summary.rejected == 0


def test_passwords_by_frequency_and_by_rarity(engine: Engine, tmp_path: Path) -> None:
    tried = ["123456"] * 3 + ["admin"] * 2 + ["7ujMko0admin", "x"]
    put(engine, tmp_path, *(cowrie_login(n, password=word, success=word == "x") for n, word in enumerate(tried)))
    found = ranked(engine, DAY, "passwords")
    assert [(row["password"], row["attempts"], row["accepted"]) for row in found.rows] == [
        ("123456", 3, 0), ("admin", 2, 0), ("7ujMko0admin", 1, 0), ("x", 1, 1),
    ]  # fmt: skip
    assert (found.groups, found.records) == (4, 7)
    assert [row["password"] for row in ranked(engine, DAY, "passwords", Asked(order="rarity")).rows][:2] == ["7ujMko0admin", "x"]
    assert found.rows[0]["new"] is None  # there is no day before to compare with


def test_only_for_a_user(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie_login(0, "root", "a"), cowrie_login(1, "root", "a"), cowrie_login(2, "pi", "raspberry"))
    assert [row["password"] for row in ranked(engine, DAY, "passwords", Asked(user="pi")).rows] == ["raspberry"]
    with pytest.raises(VardeError, match="leave out --user"):
        ranked(engine, DAY, "tunnels", Asked(user="pi"))


def test_new_is_what_was_never_seen_before(engine: Engine, tmp_path: Path) -> None:
    day = 86_400
    put(engine, tmp_path, cowrie_login(0, password="old"), cowrie_login(day, password="old"), cowrie_login(day + 1, password="fresh"))
    assert {row["password"]: row["new"] for row in ranked(engine, NEXT, "passwords").rows} == {"old": False, "fresh": True}


def test_a_null_password_is_a_group_of_its_own(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie("login.failed", 0, username="root"), cowrie_login(1, password=""))
    assert sorted((row["password"] is None, row["attempts"]) for row in ranked(engine, DAY, "passwords").rows) == [(False, 1), (True, 1)]


def test_the_daily_curve_is_of_local_days(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie_login(0), cowrie_login(13 * 3600), cowrie_login(13 * 3600 + 1))
    both = Window(DAY.first, NEXT.last, action="all")
    rows = ranked(engine, both, "passwords").rows
    assert curve(engine, both, "passwords", rows, UTC) == {("123456",): {"2026-11-20": 1, "2026-11-21": 2}}
    pairs = ranked(engine, both, "pairs").rows
    assert curve(engine, both, "pairs", pairs, UTC) == {("root", "123456"): {"2026-11-20": 1, "2026-11-21": 2}}
    assert curve(engine, both, "passwords", rows, UTC, user="admin") == {}


def test_sources_that_also_tunnel(engine: Engine, tmp_path: Path) -> None:
    request = {"dst_ip": "mail.example", "dst_port": 25, "orig_ip": "localhost", "orig_port": 5}
    put(engine, tmp_path, cowrie_login(0), cowrie("direct-tcpip.request", 0, **request), cowrie("direct-tcpip.request", 0, **request), cowrie_login(1))
    rows = ranked(engine, DAY, "sources").rows
    assert also_tunnelled(engine, DAY, rows) == {"198.18.0.1": 2}


def test_tunnels_keep_target_and_claim_apart(engine: Engine, tmp_path: Path) -> None:
    new = {"dst_ip": "2001:db8::25", "dst_port": 25, "orig_ip": "10.0.0.9", "orig_port": 5}
    old = {"dst_ip": "mail.example", "dst_port": 25, "src_port": 5556, "message": "direct-tcp connection request to mail.example:25 from ::1:5556"}
    put(engine, tmp_path, cowrie("direct-tcpip.request", 0, **new), cowrie("direct-tcpip.request", 1, **old))
    frame = triples(engine, DAY).sort("target")
    assert frame.select("port", "target", "count").rows() == [(25, "2001:db8::25", 1), (25, "mail.example", 1)]
    rows = engine.ask(DAY, lambda t: engine.execute(t.order_by("time").select("dst_addr", "src_port", "claimed_src", "claimed_src_port")), "tunnels")
    assert [tuple(row.values()) for row in rows] == [(None, 40000, "10.0.0.9", 5), (None, None, "::1", 5556)]


def test_a_session_is_put_together_from_all_tables(engine: Engine, tmp_path: Path) -> None:
    one = {"session": "abc", "src_ip": "198.18.0.7"}
    put(
        engine, tmp_path, cowrie("session.connect", 0, **one), cowrie("client.version", 1, version="SSH-2.0-Go", **one),
        cowrie_login(2, success=True, **one), cowrie("command.input", 3, input="uname -a", **one),
        cowrie("direct-tcpip.request", 4, **one, dst_port=25), cowrie("session.closed", 5, duration="5.5", **one), cowrie_login(9),
    )  # fmt: skip
    other, whole = sessions(engine, DAY)
    assert (whole["session"], whole["version"], whole["duration"], whole["src_addr"]) == ("abc", "SSH-2.0-Go", 5.5, "198.18.0.7")
    assert [whole[name] for name in ("logins", "accepted", "commands", "tunnels", "downloads")] == [1, 1, 1, 1, 0]
    assert other["logins"] == 1
    story = storyboard(engine, DAY, "abc")
    assert [row["kind"] for row in story] == ["connect", "version", "login", "command", "tunnel", "close"]
    assert story[3]["text"] == "uname -a" and story[-1]["text"] == "5.5 s"


def test_a_story_tells_an_ipv6_target_from_its_port(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie("direct-tcpip.request", 0, session="abc", dst_ip="2001:db8::25", dst_port=25))
    assert [row["text"] for row in storyboard(engine, DAY, "abc")] == ["[2001:db8::25]:25"]


def test_newest_logins_first(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, *(cowrie_login(n, password=str(n), success=n == 1) for n in range(3)))
    assert [row["password"] for row in login_records(engine, DAY, limit=2)] == ["2", "1"]
    assert [row["password"] for row in login_records(engine, DAY, limit=9, accepted=True)] == ["1"]


def test_every_ranking_answers_an_empty_store(engine: Engine) -> None:
    for name in RANKINGS:
        assert ranked(engine, DAY, name).rows == []
    assert sessions(engine, DAY) == [] and triples(engine, DAY).is_empty() and list(replay(engine, DAY)) == []


def test_a_replay_is_in_order_of_time_and_only_of_what_was_asked(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, *(cowrie_login(n) for n in (7300, 0, 3700)))
    slices = list(replay(engine, DAY))
    assert [len(part) for part in slices] == [1, 1, 1]
    assert [part["time"][0] for part in slices] == [NOON + timedelta(seconds=n) for n in (0, 3700, 7300)]
    assert list(replay(engine, DAY, ("firewall",))) == []
    with pytest.raises(VardeError, match="no such kind"):
        list(replay(engine, DAY, ("flows",)))


def test_sessions_that_tried_a_name(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path, cowrie_login(0, "root", session="a"), cowrie_login(1, "pi", session="a"), cowrie_login(2, "root", session="b", success=True))
    assert [row["session"] for row in sessions(engine, DAY, user="pi")] == ["a"]
    assert [row["session"] for row in sessions(engine, DAY, accepted=True)] == ["b"]
    assert [row["session"] for row in sessions(engine, DAY)] == ["b", "a"]


def test_payloads_of_one_form(engine: Engine, tmp_path: Path) -> None:
    about = {"dst_ip": "mail.example", "dst_port": 25, "id": 0}
    put(engine, tmp_path, cowrie("direct-tcpip.data", 0, data="b'EHLO a.example\\r\\n'", **about), cowrie("direct-tcpip.data", 1, data="b'\\xff'", **about))
    assert [row["ehlo"] for row in ranked(engine, DAY, "payloads", Asked(form="smtp")).rows] == ["a.example"]
    assert len(ranked(engine, DAY, "payloads").rows) == 2
    with pytest.raises(VardeError, match="no such form"):
        Asked(form="gopher")
    with pytest.raises(VardeError, match="leave out --form"):
        ranked(engine, DAY, "passwords", Asked(form="http"))
