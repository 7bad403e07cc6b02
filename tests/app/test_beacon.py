"""The beacon: flows that arrive become lines in every sink, rows in the store and messages on the page."""

import contextlib
import json
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_run import varde
from material import environment, nowhere, stored, wait_until
from warned import StandIn, entry, flow, flows

from varde.app import beacon as beacon_module
from varde.app.beacon import ACKNOWLEDGED, Beacon, beacon_of, live_path, sinks_of
from varde.app.context import Context
from varde.decode import Decoded
from varde.live import Hub, Writer
from varde.model import ACK, MUTE, VardeError


class Kept(StandIn):
    """Lists that a station would start and stop."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


OTX = Kept({"203.0.113.0/24": [entry()]})


def context_of(home: Path, more: str = "") -> Context:
    config = home / "varde.toml"
    config.write_text(f'[[sink]]\nname = "ossec"\nkind = "file"\npath = "{home}/w.log"\n{more}')
    return Context(home / "store", config)


@contextlib.contextmanager
def lit(context: Context, note: Callable[[str], None] = pytest.fail, hub: Hub | None = None) -> Iterator[tuple[Beacon, Callable[..., None]]]:
    """A beacon at work, and a function that takes in flows as a station does."""
    writer = Writer(context.store, nowhere())
    beacon = beacon_of(context, OTX, writer, hub or Hub(), note)
    writer.watchers.append(beacon)
    beacon.delivery.start()
    try:
        yield beacon, lambda *rows: writer.add_all(Decoded(others={"flows": flows(*rows)}), {})
    finally:
        beacon.end()
        writer.commit()
        beacon.delivery.stop()


def lines(home: Path) -> list[str]:
    path = home / "w.log"
    return path.read_text().splitlines() if path.exists() else []


def test_a_flow_to_a_listed_address_is_a_line_and_a_row_in_the_store(tmp_path: Path) -> None:
    context, hub = context_of(tmp_path), Hub()
    mine = hub.subscribe()
    with lit(context, hub=hub) as (beacon, take):
        take(flow(), flow(dst="192.0.2.1"))
        wait_until(lambda: lines(tmp_path))
        wait_until(lambda: beacon.delivery.status()[0].sent == 1)
        assert beacon.counters.told() == {("otx", "low"): 1}
    assert lines(tmp_path)[0].startswith("2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) https://otx.")
    assert stored(context.store, "warnings")["line"].to_list() == lines(tmp_path)
    event, data = mine.get_nowait()
    assert event == "warnings" and data["rows"][0]["line"] == lines(tmp_path)[0]  # type: ignore[index]
    (shown,) = [json.loads(line) for line in live_path(context.store.path).read_bytes().splitlines()]
    assert shown["dst_addr"] == "203.0.113.5"


def test_repeats_are_told_when_they_are_due_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_module, "DUE_SECONDS", 0.05)
    context = context_of(tmp_path, "[warn]\nrepeat_seconds = 1\n")
    with lit(context) as (beacon, take):
        for second in range(4):
            take(flow(at=second))
        wait_until(lambda: beacon.beat() or len(lines(tmp_path)) == 2)  # type: ignore[func-returns-value]
        take(flow(at=9))
    assert [word for line in lines(tmp_path) for word in line.split() if word.startswith("count=")] == ["count=1", "count=3", "count=1"]
    assert stored(context.store, "warnings")["count"].sum() == 5


def test_what_is_muted_is_stored_and_told_nobody_and_told_again_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_module, "DUE_SECONDS", 0.0)
    context, hub = context_of(tmp_path), Hub()
    mine = hub.subscribe()

    def say(kind: str, what: str) -> None:
        made = {"kind": kind, "what": what, "made": "2000-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z", "why": ""}
        context.store.facts.put(ACKNOWLEDGED, {"entries": [made, "damaged", {"kind": "mute"}]})

    say(MUTE, "203.0.113.0/24")
    with lit(context, hub=hub) as (beacon, take):
        take(flow())
        say(ACK, "all")
        beacon.beat()
        take(flow(src="10.0.0.6"))
        assert (beacon.told, beacon.muted) == (2, 1)
    assert [line.split()[3] for line in lines(tmp_path)] == ["10.0.0.6:443"]
    assert len(stored(context.store, "warnings")) == 2
    assert mine.qsize() == 1, "of the one that is not muted"


def test_what_one_process_could_not_deliver_the_next_one_does(tmp_path: Path) -> None:
    context, said = context_of(tmp_path), list[str]()
    (tmp_path / "w.log").mkdir()
    with lit(context, said.append) as (beacon, take):
        take(flow(), flow(src="10.0.0.6"))
        wait_until(lambda: beacon.delivery.status()[0].error)
    (tmp_path / "w.log").rmdir()
    with lit(context, said.append):
        wait_until(lambda: len(lines(tmp_path)) == 2)
    assert "is a directory" in said[0] and str(context.store.path / "facts" / "sinks") in said[0]


def test_without_sinks_warnings_are_printed(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")
    assert [kind for kind, _ in sinks_of(Context(tmp_path / "store", tmp_path / "empty.toml")).values()] == ["stdout"]
    assert list(sinks_of(context_of(tmp_path))) == ["ossec"]


def test_a_sink_that_cannot_work_is_said_before_anything_starts(tmp_path: Path) -> None:
    context = context_of(tmp_path, '[[sink]]\nname = "x"\nkind = "syslog"\n')
    with pytest.raises(VardeError, match="needs address"):
        beacon_of(context, OTX, Writer(context.store, nowhere()), Hub(), print)


def test_netflow_to_a_running_varde_is_a_line_on_its_output_and_in_a_file_and_can_be_followed_and_counted(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("203.0.113.5\n")
    assert varde(tmp_path, "intel", "import", "bad.txt").status == 0
    context_of(tmp_path, '[[sink]]\nname = "screen"\nkind = "stdout"\n')
    command = [sys.executable, "-m", "varde", "listen", "--flows", "udp://127.0.0.1:0", "--config", "varde.toml"]
    up = subprocess.Popen(command, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert up.stdout is not None and up.stderr is not None
    port = next(int(found[1]) for line in up.stderr if (found := re.search(r"flows on udp://127\.0\.0\.1:([0-9]+)", line)))
    follower = subprocess.Popen([sys.executable, "-m", "varde", "warn"], env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert follower.stderr is not None and b"following" in follower.stderr.readline()
    now = int(time.time())
    head = struct.pack(">HHIIIIBBH", 5, 1, 3_600_000, now, 0, 1, 0, 0, 0)
    record = struct.pack(">IIIHHIIIIHHBBBBHHBBH", 0x0A000005, 0xCB007105, 0, 1, 2, 10, 1000, 3_599_000, 3_600_000, 443, 51022, 0, 27, 6, 0, 0, 0, 24, 24, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(head + record, ("127.0.0.1", port))
        wait_until(lambda: lines(tmp_path))
    assert follower.stdout is not None and follower.stdout.readline().decode().rstrip() == lines(tmp_path)[0]
    for process in (follower, up):
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
    assert up.stdout.read().splitlines() == lines(tmp_path)
    assert re.match(r"[0-9-]{10} [0-9:]{8} : 10\.0\.0\.5:443 -> 203\.0\.113\.5:51022 \(TCP\) - side=dst list=bad ", lines(tmp_path)[0])
    document = json.loads(varde(tmp_path, "warn", "--stats", "--by", "host", "--json").out)
    assert [(row["host"], row["count"]) for row in document["rows"]] == [("10.0.0.5", 1)]
    assert varde(tmp_path, "warn", "--since", "1h").out.splitlines() == lines(tmp_path)
    (again,) = varde(tmp_path, "warn", "--replay", "--since", "1h").out.splitlines()
    assert again.partition(" (TCP)")[0] == lines(tmp_path)[0].partition(" (TCP)")[0] and " retro=1 " in again


def test_a_name_that_bind_refused_comes_back_as_a_warning_by_syslog_and_from_a_file_that_grows(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("domain,url\nevil.example,https://otx.example/pulse/5f0c\n")
    assert varde(tmp_path, "intel", "import", "bad.csv").status == 0
    context_of(tmp_path)
    growing = tmp_path / "rpz.log"
    growing.write_text(_refused("old.evil.example", time.time() - 10 * 86_400))
    command = [sys.executable, "-m", "varde", "up", str(growing), "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0", "--flows", "udp://127.0.0.1:0", "--config", "varde.toml"]
    up = subprocess.Popen(command, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert up.stderr is not None
    port = next(int(found[1]) for line in up.stderr if (found := re.search(r"syslog on udp://127\.0\.0\.1:([0-9]+)", line)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(_refused("www.evil.example", time.time()).encode(), ("127.0.0.1", port))
    wait_until(lambda: _live(tmp_path))
    with growing.open("a") as file:
        file.write(_refused("mail.evil.example", time.time()))
    wait_until(lambda: len(_live(tmp_path)) == 2)
    up.send_signal(signal.SIGINT)
    assert up.wait(60) in (0, 130)
    by_syslog, from_file = _live(tmp_path)
    assert " : 192.0.2.7:47733 -> www.evil.example (DNS) https://otx.example/pulse/5f0c list=bad " in by_syslog
    assert "-> mail.evil.example (DNS) https://otx.example/pulse/5f0c" in from_file
    assert sorted(stored(Context(tmp_path / "store", tmp_path / "varde.toml").store, "dns")["name"]) == ["mail.evil.example", "old.evil.example", "www.evil.example"]


def _live(home: Path) -> list[str]:
    """What was told as it came: the list is new, so what is stored is looked through too, and told as `retro`."""
    return [line for line in lines(home) if " retro=1" not in line]


def _refused(name: str, at: float) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
    return f"{stamp}.387Z rpz: info: client @0x7fc016d08098 192.0.2.7#47733 ({name}): rpz QNAME NXDOMAIN rewrite {name}/A/IN via {name}.drop.rpz\n"
