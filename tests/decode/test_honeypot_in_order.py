"""Where blocks come in order, what one says completes the next: a live batch may end between any two lines."""

from typing import Any

import pytest
from honeypot_family import LAB, REFERENCE, ZONE, fixture, of_table, read, records

from varde.decode import Decoded, Lines, Origin
from varde.decode.honeypot._memory import KEPT_MAX, Memory
from varde.decode.reader import DIALECTS, WHOLE_MIN, Reader, Readers

FIREWALL = LAB.parents[1] / "firewall"
ORIGIN = Origin("sensor", "source", "file", REFERENCE, ZONE, REFERENCE)
LINE = "Dec 10 06:55:{:02} host sshd[{}]: {} from 198.51.100.7 port {}{}\n"


def pieces(data: bytes, size: int, reader: Reader | Readers) -> list[dict[str, Any]]:
    """Records of a text that is read a few lines at a time."""
    lines, found = data.splitlines(keepends=True), []
    for at in range(0, len(lines), size):
        found += records(reader.read(Lines.of(b"".join(lines[at : at + size])), ORIGIN))
    return found


def sshd(*said: tuple[int, str]) -> bytes:
    ends = {"Invalid": ""}
    return "".join(LINE.format(n, pid, words, 38926, ends.get(words.split()[0], " ssh2")) for n, (pid, words) in enumerate(said)).encode()


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_session_by_session_text_keeps_its_ends(size: int) -> None:
    whole = records(read(fixture("cowrie-textlog")))
    assert pieces(fixture("cowrie-textlog"), size, Reader(DIALECTS.values())) == whole


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_request_of_inetsim_is_whole(size: int) -> None:
    for data in (fixture("inetsim"), (LAB / "inetsim" / "service.log").read_bytes()):
        whole, parts = records(read(data)), pieces(data, size, Reader(DIALECTS.values()))
        ones, others = ([row for row in rows if row["table"] == "payloads"] for rows in (whole, parts))
        assert len(ones) > 0 and others == ones


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_name_that_is_told_before_it_is_refused_counts_once(size: int) -> None:
    data = sshd(
        (7, "Invalid user oracle"), (8, "Invalid user git"), (7, "Failed password for invalid user oracle"), (9, "Failed password for root"),
        (7, "Failed password for invalid user oracle"), (9, "Accepted password for root"), (7, "Invalid user x"),
    )  # fmt: skip
    rows = pieces(data, size, Reader(DIALECTS.values()))
    users = sorted(row["user"] for row in rows)
    assert users in (["git", "oracle", "oracle", "root", "root"], ["git", "oracle", "oracle", "root", "root", "x"])
    assert size > 1 or users[-1] == "x"  # alone in its block, it is told


def test_of_a_repeated_refusal_one_is_told() -> None:
    again = "Dec 10 06:55:50 host sshd[7]: message repeated 3 times: [ Failed password for invalid user a from 198.51.100.7 port 38926 ssh2]\n"
    rows = pieces(sshd((7, "Invalid user a")) + again.encode(), 1, Reader(DIALECTS.values()))
    assert len(rows) == 3


def test_every_line_is_counted_though_it_was_told_before() -> None:
    reader, told = Reader(DIALECTS.values()), Decoded()
    for line in sshd((7, "Invalid user a"), (7, "Failed password for invalid user a")).splitlines():
        told.counts.update(reader.read(Lines.of(line), ORIGIN).counts)
    assert (told.counts["", "lines"], told.counts["sshd", "records"], told.counts["", "ignored"]) == (2, 1, 1)


def test_threads_that_take_blocks_as_they_come_remember_nothing() -> None:
    rows = pieces(fixture("cowrie-textlog"), 1, Readers(DIALECTS.values()))
    assert not any("src_addr" in row for row in rows if row["table"] == "tunnels")
    assert any("src_addr" in row for row in of_table(read(fixture("cowrie-textlog")), "tunnels"))


def test_whose_the_last_block_was_changes_nothing_in_the_next() -> None:
    packets = b"".join((FIREWALL / f"{name}.log").read_bytes() for name in ("linux", "cef")) * 4
    blocks = {"json": fixture("cowrie-json"), "text": fixture("cowrie-text"), "packets": packets, "both": packets + fixture("cowrie-text")}
    assert packets.count(b"\n") > WHOLE_MIN
    alone, reader = {name: read(data) for name, data in blocks.items()}, Reader(DIALECTS.values())
    for name in ("packets", "json", "packets", "both", "packets", "text", "text", "both", "packets"):
        found = reader.read(Lines.of(blocks[name]), ORIGIN)
        assert found.counts == alone[name].counts and records(found) == records(alone[name])


def test_memory_is_bounded() -> None:
    memory = Memory[int]()
    for number in range(KEPT_MAX + 5):
        memory.keep((str(number),), number)
    assert len(memory) == KEPT_MAX and memory.get(("4",)) is None and memory.pop(("5",)) == 5
