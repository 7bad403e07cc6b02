"""Reading mail filters at a pace: what grew is summed and kept, silence and a full disk are said once, processes of a silent one are unknown."""

from collections.abc import Mapping, Sequence

import polars as pl

from varde.app.mailfilters import MESSAGES, PROCESSES, UP, mail_metrics
from varde.collect.mailfilters import (
    COMMIT_SECONDS,
    GROWN_MOST,
    VALUE_MOST,
    WAITING_MAX,
    MailFilters,
    read,
)
from varde.collect.snmp import Agent, Value
from varde.decode.amavis import BASE, KEPT, NAMED, UPTIME, Reading
from varde.decode.batch import schema_of
from varde.model import READINGS, VardeError

MX = Agent("mx")
ALL = dict.fromkeys((name for name in KEPT if not name.startswith("mta")), 0)


class Played:
    """Answers in their order, and what was kept and said."""

    def __init__(self, *answers: Reading | VardeError, full: int = 0) -> None:
        self.answers, self.full = list(answers), full
        self.frames: list[pl.DataFrame] = []
        self.said: list[str] = []
        self.mail = MailFilters([MX], 60, self.keep, self.said.append, read=self.read)

    def read(self, agents: Sequence[Agent]) -> Mapping[Agent, Reading | VardeError]:
        return {agents[0]: self.answers.pop(0)}

    def keep(self, frame: pl.DataFrame) -> None:
        if self.full:
            self.full -= 1
            raise VardeError("no room")
        self.frames.append(frame)

    def metrics(self) -> dict[str, Mapping[tuple[str, ...], float]]:
        return {family.name: samples for family, samples in mail_metrics(self.mail)}


def reading(at: float, **values: int) -> Reading:
    return Reading(at, {**ALL, UPTIME: int(at * 100), **values})


def test_what_grew_is_summed_and_kept() -> None:
    played = Played(reading(100, inMsgs=40, contentSpamMsgs=7, procIdle=2), reading(160, inMsgs=50, contentSpamMsgs=9, procIdle=1))
    played.mail.round()
    assert set(played.metrics()[MESSAGES.name].values()) == {0}, "what came before the start is not ours"
    played.mail.round()
    played.mail.commit()
    found = played.metrics()
    assert found[MESSAGES.name]["mx", "spam"] == 2 and found[PROCESSES.name]["mx", "idle"] == 1 and found[UP.name] == {("mx",): 1}
    kept = pl.concat(played.frames)
    assert kept.schema == schema_of(READINGS)
    spam = kept.filter(pl.col("name") == "contentSpamMsgs").select("time", "value", "grown", "kind").rows()
    assert spam == [(100_000_000, 7, None, "counter"), (160_000_000, 9, 2, "counter")]
    assert kept.filter(pl.col("kind") == "gauge")["grown"].null_count() == len(kept.filter(pl.col("kind") == "gauge"))
    assert len(kept) == 2 * len(ALL), "of all that is told, what pictures are made of"


def test_silence_is_said_once_and_gauges_are_unknown() -> None:
    gone = VardeError("no SNMP answer from mx")
    played = Played(reading(100, inMsgs=4, procIdle=2), gone, gone, reading(280, inMsgs=9, procIdle=2))
    for _ in range(3):
        played.mail.round()
    assert played.said == ["no SNMP answer from mx"] and played.mail.problems() == ["no SNMP answer from mx"]
    found = played.metrics()
    assert (found[UP.name], found[PROCESSES.name]) == ({("mx",): 0}, {})
    assert found["varde_amavis_received_total"] == {("mx",): 0}
    played.mail.round()
    assert played.metrics()["varde_amavis_received_total"] == {("mx",): 5}, "what came meanwhile is not lost"
    assert played.mail.problems() == []


def test_a_full_disk_is_said_and_what_waits_is_kept_later() -> None:
    played = Played(*(reading(100 + 60 * n) for n in range(2)), full=2)
    played.mail.round()
    played.mail.round()
    assert COMMIT_SECONDS > 1 and "not kept: no room" in played.said[0]
    played.mail.commit()
    played.mail.commit()
    assert len(pl.concat(played.frames)) == 2 * len(ALL)


def test_without_any_nothing_runs_and_nothing_is_told() -> None:
    mail = MailFilters([], 60, lambda frame: None, lambda text: None)
    mail.start()
    mail.stop()
    assert all(not samples for _, samples in mail_metrics(mail))


def test_an_agent_without_amavisd_is_told_so() -> None:
    told: dict[Agent, dict[str, Value] | VardeError] = {MX: {}, Agent("mx2"): {NAMED["inMsgs"].oid: 3}}
    found = read(list(told), walk=lambda agents, base: told if base == BASE else {}, clock=lambda: 5.0)
    assert "has no numbers of amavisd" in str(found[MX])
    other = found[Agent("mx2")]
    assert isinstance(other, Reading) and other.values == {"inMsgs": 3} and len(other.missing) > 100


def test_the_page_is_told_of_each() -> None:
    played = Played(reading(100, inMsgs=8, contentSpamMsgs=2, procAll=4, procBusy=1))
    assert played.mail.documents()[0] | {"values": {}, "ratios": {}} == {
        "host": "mx", "error": None, "time": None, "uptime_seconds": None, "description": None, "values": {}, "ratios": {},
    }  # fmt: skip
    played.mail.round()
    told = played.mail.documents()[0]
    assert (told["time"], told["uptime_seconds"], told["values"]["inMsgs"], told["ratios"]["spam"], told["ratios"]["busy"]) == ("1970-01-01T00:01:40Z", 100, 8, 0.25, 0.25)


def test_an_agent_that_jumps_by_more_than_a_column_holds_is_read_on() -> None:
    played = Played(reading(100), reading(160, inMsgsSize=2**64 - 1), reading(220, inMsgsSize=2**64 - 1))
    for _ in range(3):
        played.mail.round()
    played.mail.commit()
    kept = pl.concat(played.frames).filter(pl.col("name") == "inMsgsSize")
    assert kept.select("value", "grown").rows() == [(0, None), (VALUE_MOST, GROWN_MOST), (VALUE_MOST, 0)]
    assert GROWN_MOST * WAITING_MAX < 2**63, "their sum is asked for too"
