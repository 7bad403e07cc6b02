"""Checks of a station: what they say of synthetic boards, of stations that ended, and of clocks that are wrong."""

from pathlib import Path
from typing import Any

import pytest
from tests.checked_boards import NOW, PAGE, sample, write

from varde.app.check import answer
from varde.faces.checks import CHECKS, Asked, Surged
from varde.faces.checks.loss import grown
from varde.faces.nagios import Deadline, Result, State, printed
from varde.model import VardeError


def asked(store: Path, name: str, *words: str, now: float = NOW, **more: Any) -> Result:
    check = CHECKS[name]
    given = Asked(check.read(words), store, now, **more)
    return Deadline(20).result(lambda: check.run(given))


def line(name: str, result: Result) -> str:
    return printed(name, result)


def feeds(up: float = 1, age: float = 3600, indicators: float = 1000, damaged: float = 0) -> dict[str, dict[Any, float]]:
    one = sample(list="spamhaus")
    return {"varde_list_damaged": {one: damaged}, "varde_list_up": {one: up}, "varde_list_age_seconds": {one: age}, "varde_list_indicators": {one: indicators}}


def heard(**ago: float) -> dict[str, dict[Any, float]]:
    return {"varde_flow_last_heard_timestamp_seconds": {sample(sensor="s", exporter=name, domain="0", protocol="ipfix"): NOW - seconds for name, seconds in ago.items()}}


def test_a_station_that_writes_and_hears_is_well(tmp_path: Path) -> None:
    write(tmp_path, heard(fw1=5, fw2=700), {"flows.dropped": [3.0] * 60})
    result = asked(tmp_path, "collector", now=NOW + 7)
    assert line("collector", result) == (
        "COLLECTOR OK - Varde 0.0 wrote 7 s ago; the last exporter was heard 12 s ago; the kernel dropped 0 datagrams in 9.8 min"
        " | age=7s;60;60;0 heard=12s;600;3600;0 dropped=0;0;;0\n"
    )
    assert len(result.evidence) == 2


@pytest.mark.parametrize(("words", "state", "says"), [
    (["--exporter", "fw2"], State.WARNING, "exporter fw2 was heard 20 min ago"), (["--exporter", "fw1", "--exporter", "fw3"], State.CRITICAL, "fw3 was never heard"),
    (["--exporter", "fw2", "-c", "15m"], State.CRITICAL, "fw2"), (["--exporter", "fw2", "-w", "1h"], State.OK, "20 min"), ([], State.OK, "the last exporter was heard 5 s ago"),
])  # fmt: skip
def test_exporters_that_fall_silent(tmp_path: Path, words: list[str], state: State, says: str) -> None:
    write(tmp_path, heard(fw1=5, fw2=1200))
    result = asked(tmp_path, "collector", *words)
    assert result.state is state and says in result.text


def test_what_the_kernel_drops_is_told_with_the_page(tmp_path: Path) -> None:
    write(tmp_path, {}, {"flows.dropped": [0.0] * 30 + [float(n) for n in range(30)]})
    result = asked(tmp_path, "collector", "--over", "5m")
    assert result.state is State.WARNING and "dropped 29 datagrams" in result.text
    assert f"{PAGE}/?view=flows |" in line("collector", result)
    assert asked(tmp_path, "collector", "--over", "5m", "--drops", "30").state is State.OK


def test_a_station_without_exporters_is_well_when_it_writes(tmp_path: Path) -> None:
    write(tmp_path, {})
    result = asked(tmp_path, "collector", now=NOW + 3)
    assert result.state is State.OK and result.text == "Varde 0.0 wrote 3 s ago"



@pytest.mark.parametrize(("later", "says", "why"), [(61.0, "61 s ago", "has ended or hangs"), (7200.0, "2 h ago", "has ended"), (-7200.0, "2 h ahead of this machine's clock", "set back")])
def test_a_station_that_ended_and_a_clock_that_was_set_back(tmp_path: Path, later: float, says: str, why: str) -> None:
    write(tmp_path, feeds())
    collector, feed = (asked(tmp_path, name, now=NOW + later) for name in ("collector", "feed"))
    assert (collector.state, feed.state) == (State.CRITICAL, State.UNKNOWN)
    assert says in collector.text and why in collector.text and collector.text == feed.text


def test_no_station_at_all_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    collector, feed = (asked(tmp_path / "none", name) for name in ("collector", "feed"))
    assert (collector.state, feed.state) == (State.CRITICAL, State.UNKNOWN)
    assert "does not run" in collector.text and "Does it run" in feed.text
    (tmp_path / "faces.db").write_bytes(b"damaged" * 1000)
    damaged = asked(tmp_path, "collector")
    assert damaged.state is State.UNKNOWN and "cannot be read" in damaged.text
    (tmp_path / "faces.db").unlink()
    (tmp_path / "faces.db").mkdir()
    folder = asked(tmp_path, "collector")
    assert folder.state is State.UNKNOWN and folder.text.endswith("writes a file of that name: remove it.")


@pytest.mark.parametrize(("told", "state", "says"), [
    ({}, State.OK, "list spamhaus is 60 min old, 1,000 indicators"), ({"up": 0}, State.WARNING, "last try"), ({"age": 2 * 86400}, State.WARNING, "2 d old"),
    ({"age": 5 * 86400}, State.CRITICAL, "5 d old"), ({"indicators": 0}, State.WARNING, "nothing is matched"), ({"up": 0, "age": 5 * 86400}, State.CRITICAL, "last try"),
    ({"up": 0, "indicators": 0, "damaged": 1}, State.CRITICAL, "what is stored of list spamhaus is damaged, and nothing of it is matched"),
])  # fmt: skip
def test_a_list(tmp_path: Path, told: dict[str, float], state: State, says: str) -> None:
    write(tmp_path, feeds(**told))
    for words in (["spamhaus"], []):
        result = asked(tmp_path, "feed", *words)
        assert result.state is state and says in result.text
        assert [number.label for number in result.numbers] == ["spamhaus"]


def test_lists_that_are_not_there_or_never_came(tmp_path: Path) -> None:
    samples = feeds()
    write(tmp_path, samples)
    wrong = asked(tmp_path, "feed", "spamhous")
    assert wrong.state is State.UNKNOWN and "spamhaus" in wrong.text
    samples["varde_list_up"][sample(list="new")] = 0
    write(tmp_path, samples)
    never = asked(tmp_path, "feed")
    assert never.state is State.CRITICAL and "new was never read" in never.text and "new_" not in str(never.numbers[0])
    assert str(never.numbers[0]) == "new=U;129600;345600;0"
    write(tmp_path, {})
    assert asked(tmp_path, "feed").state is State.UNKNOWN


def test_the_share_that_is_lost(tmp_path: Path) -> None:
    received, lost = [1000.0 * n for n in range(61)], [5.0 * n for n in range(61)]
    write(tmp_path, {}, {"flows.received": received, "flows.lost": lost})
    result = asked(tmp_path, "loss", "--over", "5m")
    assert result.state is State.OK and result.text == "0.5 % of flows lost in 5 min: 30000 came, 150 did not"
    assert str(result.numbers[0]) == "loss=0.4975%;1;5;0;100"
    assert asked(tmp_path, "loss", "-w", "0.4%").state is State.WARNING
    assert asked(tmp_path, "loss", "-w", "0.4", "-c", "0.45").state is State.CRITICAL


def test_what_comes_late_is_not_lost_and_a_restart_is_none(tmp_path: Path) -> None:
    clock = [(at, float(at)) for at in range(5)]
    assert grown([(0, 10.0), (1, 30.0), (2, 12.0)], clock) == 2
    assert grown([(0, 10.0), (1, 5.0)], clock) == 0
    again = [(0, 500.0), (1, 510.0), (2, 4.0), (3, 20.0)]
    assert grown(again, again) == 10 + 4 + 16
    assert grown([(0, 90.0), (1, 95.0), (2, 1.0), (3, 2.0)], again) == 5 + 1 + 1


def test_lost_datagrams_count_as_the_flows_that_are_in_one(tmp_path: Path) -> None:
    families = {"varde_flow_flows_total": {sample(sensor="s"): 3000.0}, "varde_flow_datagrams_total": {sample(sensor="s"): 100.0}}
    write(tmp_path, families, {"flows.received": [0.0, 970.0], "flows.lost": [0.0, 0.0], "flows.lost_datagrams": [0.0, 1.0]})
    result = asked(tmp_path, "loss")
    assert result.state is State.WARNING and "about 30 did not" in result.text


def test_no_flows_are_none_lost_and_no_receiver_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, {}, {"flows.received": [7.0] * 60})
    assert asked(tmp_path, "loss").state is State.OK
    write(tmp_path, {}, {"flows.received": [7.0]})
    assert "moment ago" in asked(tmp_path, "loss").text
    write(tmp_path, {})
    result = asked(tmp_path, "loss")
    assert result.state is State.UNKNOWN and "takes no flows" in result.text
    write(tmp_path, {}, {"flows.dropped": [0.0] * 60})
    assert "no flow has come yet" in asked(tmp_path, "loss").text, "it listens, and its exporters are silent"


def test_logins_and_those_let_in(tmp_path: Path) -> None:
    write(tmp_path, {}, {"logins.failed": [float(2 * n) for n in range(61)], "logins.accepted": [0.0] * 60 + [1.0]})
    result = asked(tmp_path, "logins", "-w", "20", "-c", "100")
    assert result.state is State.OK and result.text == "12.2 login attempts a minute, 0.2 let in, over 5 min"
    assert asked(tmp_path, "logins", "-w", "10").state is State.WARNING
    assert asked(tmp_path, "logins", "--accepted-critical", "0").state is State.CRITICAL
    write(tmp_path, {}, {"logins.failed": [1.0], "logins.accepted": [1.0]})
    assert asked(tmp_path, "logins").state is State.UNKNOWN


def test_any_line_of_a_panel(tmp_path: Path) -> None:
    samples = feeds() | {"varde_logins_total": {sample(outcome="failed"): 5.0}}
    write(tmp_path, samples, {"logins.failed": [0.0, 1.0, 2.0]})
    rate = asked(tmp_path, "metric", "logins.failed", "-w", "5")
    assert rate.state is State.WARNING and str(rate.numbers[0]) == "logins.failed=6;5;;0"
    value = asked(tmp_path, "metric", "feeds.spamhaus", "-w", "2h")
    assert value.state is State.OK and str(value.numbers[0]) == "feeds.spamhaus=3600s;7200;;0"
    for wrong, says in (("nope.x", "logins, tunnels"), ("logins.x", "logins.failed, logins.accepted"), ("feeds", "feeds.spamhaus"), ("logins.accepted", "not known now")):
        result = asked(tmp_path, "metric", wrong)
        assert result.state is State.UNKNOWN and says in result.text
    assert asked(tmp_path, "metric", "ports.tcp_23", "--absent", "ok").state is State.OK


def test_records_that_touched_something_listed(tmp_path: Path) -> None:
    family = {"varde_alerts_total": {sample(feed="spamhaus", severity="x"): 9.0, sample(feed="new", severity="x"): 1.0}}
    write(tmp_path, family, {"warnings.spamhaus": [2.0] * 100 + [9.0] * 30, "warnings.new": [1.0] * 10})
    result = asked(tmp_path, "warnings")
    assert result.state is State.WARNING and result.text == "8 records touched something listed in 10 min: spamhaus 7, new 1; what is on several lists counts for each"
    new = asked(tmp_path, "warnings", "--list", "new", "-w", "1")
    assert new.state is State.OK and new.text == "1 record touched list new in 10 min: new 1"
    assert asked(tmp_path, "warnings", "-c", "7").state is State.CRITICAL
    write(tmp_path, family, {"warnings.spamhaus": [9.0] * 2160}, started=str(NOW - 86_400))
    quiet = asked(tmp_path, "warnings")
    assert quiet.state is State.OK and quiet.text.startswith("0 records")
    long = asked(tmp_path, "warnings", "--over", "2d")
    assert long.state is State.OK and long.text == "0 records touched something listed in 6 h", "more is not known"


def test_the_first_record_of_a_list_after_a_restart_counts(tmp_path: Path) -> None:
    unknown = float("nan")
    family = {"varde_alerts_total": {sample(feed="spamhaus", severity="x"): 2.0}}
    write(tmp_path, family, {"warnings.spamhaus": [2.0] * 100 + [unknown] * 100 + [2.0] * 10}, started=str(NOW - 1000))
    result = asked(tmp_path, "warnings")
    assert result.state is State.WARNING and result.text.startswith("2 records")


def test_a_list_of_another_name_is_not_a_quiet_one(tmp_path: Path) -> None:
    write(tmp_path, feeds() | {"varde_alerts_total": {sample(feed="drop", severity="x"): 2.0}})
    assert asked(tmp_path, "warnings", "--list", "spamhaus").state is State.OK, "nothing touched it yet"
    wrong = asked(tmp_path, "warnings", "--list", "spamhous")
    assert wrong.state is State.UNKNOWN and "drop, spamhaus" in wrong.text
    write(tmp_path, feeds() | {"varde_alerts_total": {sample(feed="other", severity="x"): 2.0}})
    assert asked(tmp_path, "warnings", "--list", "spamhaus").state is State.UNKNOWN, "it may be among the others"


WRONG = [
    ("loss", ["-w", "x"], "--warning"), ("loss", ["--nope"], "--nope"), ("loss", ["extra"], "extra"), ("metric", [], "PANEL.LINE"), ("sophos", [], "--dir"),
    ("signatures", ["avast"], "clamav, dir"), ("loss", ["--timeout", "0"], "--timeout"), ("loss", ["--on-timeout", "ok"], "--on-timeout"), ("sophos", ["--dir", "/", "--unreachable", "ok"], "--unreachable"),
    ("loss", ["-w"], "-w"), ("loss", ["--over", "0"], "--over"), ("signatures", ["dir", "--least", "-1"], "--least"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "says"), WRONG)
def test_a_wrong_command_line_says_where(name: str, words: list[str], says: str) -> None:
    with pytest.raises(VardeError, match=says):
        CHECKS[name].read(words)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_every_check_tells_its_states_and_has_an_example_that_is_right(check: Any) -> None:
    assert [state for state, _ in check.states] == [state.name for state in State]
    assert check.read(check.example) if check.example else check.numbers
    assert len({option.name for option in check.all_options}) == len(check.all_options)


@pytest.mark.parametrize(("found", "state", "says", "number"), [
    ([("syslog", "ok", "seen"), ("sink mail", "skipped", "")], State.OK, "1 part from the ports to the sinks, tried just now, works", "failed=0;;0;0;1"),
    ([("syslog", "ok", "seen"), ("warning", "failed", "sink mail took none: look at it")], State.CRITICAL, "warning: sink mail took none: look at it", "failed=1;;0;0;2"),
])  # fmt: skip
def test_a_deep_look_is_what_a_trial_found(tmp_path: Path, found: list[tuple[str, str, str]], state: State, says: str, number: str) -> None:
    write(tmp_path, heard(fw1=5))
    given: list[tuple[Path, float]] = []

    def trial(store: Path, seconds: float) -> list[tuple[str, str, str]]:
        given.append((store, seconds))
        return found

    result = asked(tmp_path, "collector", "--deep", "-t", "90", trial=trial)
    assert (result.state, given) == (state, [(tmp_path, 87.0)])
    assert says in result.text and number in line("collector", result)
    assert asked(tmp_path, "collector", trial=trial).state is State.OK
    short = asked(tmp_path, "collector", "--deep", trial=trial)
    assert short.state is State.UNKNOWN and "-t 90" in short.text, "ten seconds are no reason to call it broken"
    assert len(given) == 1


def filters(*up: float, **queues: float) -> dict[str, dict[Any, float]]:
    answers = {sample(host=f"mx{number}"): value for number, value in enumerate(up)}
    return {"varde_amavis_up": answers, "varde_amavis_queue_files": {sample(host="mx0", queue=name): value for name, value in queues.items()}}


def test_a_mail_filter_by_messages_shares_and_queues(tmp_path: Path) -> None:
    growing = {"amavis.spam": [float(3 * n) for n in range(60)], "amavis.clean": [float(n) for n in range(60)]}
    messages = {"varde_amavis_messages_total": {sample(host="mx0", content=name): 0.0 for name in ("spam", "clean")}}
    write(tmp_path, filters(1, 1, deferred=250) | messages, growing)
    assert line("amavis", asked(tmp_path, "amavis", "spam-share", "-w", "70")).startswith("AMAVIS WARNING - 75.0 % of the messages of 9.8 min: spam")
    spam = asked(tmp_path, "amavis", "spam", "-c", "10")
    assert (spam.state, spam.numbers[0].value) == (State.CRITICAL, pytest.approx(18))
    queue = asked(tmp_path, "amavis", "queue-deferred", "-w", "200", "-c", "500")
    assert line("amavis", queue).startswith("AMAVIS WARNING - 250 messages: deferred") and "queue-deferred=250;200;500;0" in line("amavis", queue)
    assert asked(tmp_path, "amavis", "processes-idle").state is State.UNKNOWN


def test_a_mail_filter_that_does_not_answer_or_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, filters(1, 0, deferred=1))
    silent = asked(tmp_path, "amavis", "queue-deferred")
    assert silent.state is State.CRITICAL and "the SNMP agent of mx1 does not answer" in silent.text
    write(tmp_path, {})
    assert asked(tmp_path, "amavis", "spam").state is State.UNKNOWN


def test_surges_by_how_sure_they_are(tmp_path: Path) -> None:
    known = (("alarm", "tcp/7547 (cwmp) since 14:52"), ("notice", "tcp/37777 since 16:00"))
    asked_for: list[tuple[float, float]] = []

    def surges(store: Path, over: float, seconds: float) -> Surged:
        asked_for.append((over, seconds))
        return Surged(known, "against 28 days", is_judged=True)

    result = asked(tmp_path, "surge", "-t", "60", "--over", "6h", surges=surges)
    assert (result.state, asked_for) == (State.CRITICAL, [(21600.0, 59.0)])
    assert line("surge", result) == "SURGE CRITICAL - tcp/7547 (cwmp) since 14:52; tcp/37777 since 16:00 | alarms=1;;;0 notices=1;;;0\n"
    assert asked(tmp_path, "surge", "--alarm", "warning", "--notice", "ok", surges=surges).state is State.WARNING
    known = ()
    assert asked(tmp_path, "surge", surges=surges).text == "no port was wanted by more strangers than usual in 2 h"
    young = asked(tmp_path, "surge", surges=lambda *_: Surged((), "nothing is judged yet: 3 hours were seen", is_judged=False))
    assert (young.state, young.text) == (State.UNKNOWN, "nothing is judged yet: 3 hours were seen")


def test_no_surge_in_a_store_that_nobody_fills_is_unknown(tmp_path: Path) -> None:
    nothing = Surged((), "against 28 days", is_judged=True, is_fed=False)
    dead = asked(tmp_path, "surge", surges=lambda *_: nothing)
    assert dead.state is State.UNKNOWN and "nothing of the last 2 h is stored" in dead.text
    write(tmp_path, {})
    assert asked(tmp_path, "surge", surges=lambda *_: nothing).state is State.OK, "a station runs, and nobody knocked"


def test_a_configuration_that_cannot_be_read_is_unknown_and_no_other_store_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write(tmp_path, heard(fw1=5))
    (tmp_path / "varde.toml").write_text("[store\n")
    monkeypatch.setenv("VARDE_CONFIG", str(tmp_path / "varde.toml"))
    monkeypatch.setenv("VARDE_STORE", str(tmp_path))
    assert answer(["collector"]) == 3
    assert "COLLECTOR UNKNOWN - cannot read" in capsys.readouterr().out
