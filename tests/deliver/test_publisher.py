"""Publishing: all files or none, generations, guards, reloads; and the question for a serial."""

import contextlib
import resource
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.deliver import publisher as publishing
from varde.deliver.generations import Generations
from varde.deliver.publisher import Output, Publisher
from varde.deliver.soa import parse_serial, serial_at
from varde.model import VardeError

MADE = "2026-11-22T12:00:00Z"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path / "published", 3)


def output(path: Path, content: bytes = b"one\n", name: str = "dns", entries: int = 100, **more: object) -> Output:
    return Output(name, "pf", ((path, content),), entries, digest=content.hex(), **more)  # type: ignore[arg-type]


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_put_in_place_and_a_generation_remembers_them(publisher: Publisher, out: Path) -> None:
    done = publisher.publish([output(out / "a"), output(out / "b", b"two\n", "fw")], MADE)
    assert (done.changed, done.failures) == (["dns", "fw"], [])
    assert ((out / "a").read_bytes(), (out / "b").read_bytes()) == (b"one\n", b"two\n")
    generation = publisher.generations.newest()
    assert generation is not None and (generation.number, generation.of, generation.made) == (1, 1, MADE)
    assert [generation.content(one) for one in generation.outputs] == [[b"one\n"], [b"two\n"]]
    assert _left(out) == ["a", "b"]


def test_what_did_not_change_is_left_alone_and_not_told(publisher: Publisher, out: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    both = [output(out / "a", reload=("sh", "-c", f"echo a >> {told}")), output(out / "b", b"two\n", "fw", reload=("sh", "-c", f"echo b >> {told}"))]
    publisher.publish(both, MADE)
    before = (out / "a").stat().st_ino
    assert publisher.publish(both, MADE).changed == []
    assert publisher.publish([both[0], output(out / "b", b"three\n", "fw", reload=both[1].reload)], MADE).changed == ["fw"]
    assert (out / "a").stat().st_ino == before
    assert told.read_text() == "a\nb\nb\n"
    newest = publisher.generations.newest()
    assert newest is not None and [newest.content(one)[0] for one in newest.outputs] == [b"one\n", b"three\n"]


def test_what_somebody_else_wrote_is_put_right_again(publisher: Publisher, out: Path) -> None:
    publisher.publish([output(out / "a")], MADE)
    (out / "a").write_bytes(b"by hand\n")
    assert publisher.publish([output(out / "a")], MADE).changed == ["dns"]
    (out / "a").unlink()
    assert publisher.publish([output(out / "a")], MADE).changed == ["dns"]
    assert (out / "a").read_bytes() == b"one\n"


def test_a_check_that_refuses_one_file_leaves_all_as_they_were(publisher: Publisher, out: Path) -> None:
    publisher.publish([output(out / "a"), output(out / "b", b"two\n", "fw")], MADE)
    bad = output(out / "b", b"bad\n", "fw", check=("sh", "-c", "grep -q good {} || { echo no good; exit 3; }"))
    with pytest.raises(VardeError, match=r"status 3: no good.*everything is as it was"):
        publisher.publish([output(out / "a", b"new\n"), bad], MADE)
    assert ((out / "a").read_bytes(), (out / "b").read_bytes()) == (b"one\n", b"two\n")
    assert [one.number for one in publisher.generations.all()] == [1]
    assert _left(out) == ["a", "b"]


def test_a_check_sees_the_whole_new_file_before_it_is_in_place(publisher: Publisher, out: Path) -> None:
    publisher.publish([output(out / "a", b"good\n", check=("grep", "-q", "good", "{}"))], MADE)
    with pytest.raises(VardeError, match="cannot run no-such-program"):
        publisher.publish([output(out / "a", b"x\n", check=("no-such-program", "{}"))], MADE)
    assert (out / "a").read_bytes() == b"good\n"


@contextlib.contextmanager
def _full_after(octets: int) -> Iterator[None]:
    """No file may grow over so many octets: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_for_the_generation_leaves_the_old_one(publisher: Publisher, out: Path) -> None:
    publisher.publish([output(out / "a")], MADE)
    with _full_after(4096), pytest.raises(VardeError):
        publisher.publish([output(out / "a", b"x" * 10_000)], MADE)
    assert (out / "a").read_bytes() == b"one\n"
    assert _left(out) == ["a"]
    assert _left(publisher.generations.folder) == ["000001", "lock"]
    assert publisher.publish([output(out / "a", b"x" * 10_000)], MADE).changed == ["dns"]


def test_a_place_without_room_leaves_all_files_as_they_were(publisher: Publisher, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher.publish([output(out / "a"), output(out / "b", b"two\n", "fw")], MADE)
    really = publishing.write_through

    def full(path: Path, data: bytes) -> None:
        if path.name.startswith(".b."):
            path.write_bytes(data[:2])
            raise OSError(28, "No space left on device")
        really(path, data)

    monkeypatch.setattr(publishing, "write_through", full)
    with pytest.raises(VardeError, match=r"fw: cannot write beside .*/b: no space left on device\. Everything is as it was\."):
        publisher.publish([output(out / "a", b"new\n"), output(out / "b", b"newer\n", "fw")], MADE)
    assert ((out / "a").read_bytes(), (out / "b").read_bytes()) == (b"one\n", b"two\n")
    assert (_left(out), [one.number for one in publisher.generations.all()]) == (["a", "b"], [1])


@pytest.mark.parametrize("dry", [False, True])
def test_a_folder_that_is_not_there_is_said(publisher: Publisher, out: Path, dry: bool) -> None:
    with pytest.raises(VardeError, match=r"dns: cannot write .*/none/a: there is no folder .*/none\. Make it, or mend the path"):
        publisher.publish([output(out / "none" / "a")], MADE, dry=dry)
    assert publisher.generations.all() == []


def test_losing_more_than_the_share_is_refused_unless_it_is_forced(publisher: Publisher, out: Path) -> None:
    publisher.publish([output(out / "a", entries=100, shrink=0.5)], MADE)
    with pytest.raises(VardeError, match="dns would go from 100 entries to 49"):
        publisher.publish([output(out / "a", b"less\n", entries=49, shrink=0.5)], MADE)
    with pytest.raises(VardeError, match="to 0"):
        publisher.publish([output(out / "a", b"", entries=0, shrink=0.99)], MADE)
    assert (out / "a").read_bytes() == b"one\n"
    assert publisher.publish([output(out / "a", b"half\n", entries=50, shrink=0.5)], MADE).changed == ["dns"]
    assert publisher.publish([output(out / "a", b"none\n", entries=0, shrink=0.5)], MADE, force=True).changed == ["dns"]


def test_a_dry_run_writes_nothing(publisher: Publisher, out: Path) -> None:
    done = publisher.publish([output(out / "a", check=("false",), reload=("false",))], MADE, dry=True)
    assert (done.changed, done.generation, _left(out), publisher.generations.folder.exists()) == (["dns"], None, [], False)


def test_so_many_generations_are_kept_and_the_one_rolled_back_to(publisher: Publisher, out: Path) -> None:
    for number in range(5):
        publisher.publish([output(out / "a", b"%d\n" % number)], MADE)
    assert [one.number for one in publisher.generations.all()] == [3, 4, 5]
    publisher.publish([output(out / "a", b"2\n")], MADE, of=3)
    publisher.generations.prune(1)
    assert [(one.number, one.of) for one in publisher.generations.all()] == [(3, 3), (6, 3)]


def test_unfinished_and_damaged_generations_are_none(publisher: Publisher, out: Path) -> None:
    publisher.publish([output(out / "a")], MADE)
    folder = publisher.generations.folder
    (folder / ".new-1234").mkdir()
    (folder / "000009").mkdir()
    (folder / "000009" / "manifest.json").write_text('{"made": 1}')
    assert [one.number for one in Generations(folder).all()] == [1]
    publisher.publish([output(out / "a", b"two\n")], MADE)
    assert not (folder / ".new-1234").exists()
    (folder / "000001" / "dns.0").write_bytes(b"other")
    first = Generations(folder).all()[0]
    with pytest.raises(VardeError, match="damaged"):
        first.content(first.outputs[0])


def test_a_reload_that_fails_is_said_and_tried_again_next_time(publisher: Publisher, out: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    one = output(out / "a", reload=("sh", "-c", f"test -e {ready} || {{ echo not ready >&2; exit 1; }}"))
    done = publisher.publish([one], MADE)
    assert (done.changed, (out / "a").read_bytes()) == (["dns"], b"one\n")
    assert "status 1: not ready" in done.failures[0]
    ready.touch()
    assert (publisher.publish([one], MADE).failures, publisher.publish([one], MADE).changed) == ([], [])


def test_tries_to_reload_push_out_no_generation_to_roll_back_to(publisher: Publisher, out: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    failing = ("sh", "-c", f"echo dns >> {told}; test -e {tmp_path}/ready")
    publisher.publish([output(out / "a", b"first")], MADE)
    one, other = output(out / "a", reload=failing), output(out / "b", b"2", "fw", reload=("sh", "-c", f"echo fw >> {told}"))
    publisher.publish([one, other], MADE)
    for _ in range(5):
        done = publisher.publish([one, other], MADE)
        assert (done.retold, done.changed, len(done.failures), done.generation and done.generation.number) == (True, [], 1, 2)
    assert [generation.number for generation in publisher.generations.all()] == [1, 2]
    (tmp_path / "ready").touch()
    told.unlink()
    changed = output(out / "b", b"3", "fw", reload=other.reload)
    assert publisher.publish([one, changed], MADE).changed == ["fw"]  # and the other, which had not taken it, is told with it
    assert sorted(told.read_text().split()) == ["dns", "fw"]
    assert not publisher.publish([one, changed], MADE).retold


def test_a_zone_that_did_not_change_is_asked_for_the_serial_that_it_has(tmp_path: Path, out: Path) -> None:
    asked: list[int] = []
    clock = iter(range(0, 10_000, 100))
    publisher = Publisher(tmp_path / "published", 3, serial=lambda *_: asked.append(1) or 7, clock=lambda: float(next(clock)))  # type: ignore[func-returns-value]
    zone = output(out / "a", ask=("127.0.0.1", 53, "rpz"), serial=7, reload=("test", "-e", f"{tmp_path}/ready"))
    assert len(publisher.publish([zone], MADE).failures) == 1
    (tmp_path / "ready").touch()
    done = publisher.publish([replace(zone, serial=8)], MADE)
    assert (done.retold, done.failures, len(asked)) == (True, [], 2)


def test_a_command_is_run_once_for_all_that_have_it_and_without_a_shell(publisher: Publisher, out: Path, tmp_path: Path) -> None:
    words = ("touch", f"{tmp_path}/a; touch {tmp_path}/b")
    done = publisher.publish([output(out / "a", reload=words), output(out / "b", b"2", "fw", reload=words)], MADE)
    assert len(done.failures) == 1 and not (tmp_path / "b").exists()


def test_modes_and_links_of_what_is_replaced_are_kept(publisher: Publisher, out: Path) -> None:
    (out / "real").write_bytes(b"old")
    (out / "real").chmod(0o640)
    (out / "a").symlink_to("real")
    publisher.publish([output(out / "a")], MADE)
    assert ((out / "a").is_symlink(), (out / "real").read_bytes(), (out / "real").stat().st_mode & 0o777) == (True, b"one\n", 0o640)


def test_two_at_once_do_not_mix_their_files(publisher: Publisher, out: Path, tmp_path: Path) -> None:
    go, there = threading.Event(), threading.Event()

    def wait(host: str, port: int, zone: str) -> int:
        there.set()
        go.wait(20)
        return 7

    slow = Publisher(publisher.generations.folder, 3, serial=wait)
    thread = threading.Thread(target=slow.publish, args=([output(out / "a", serial=7, ask=("127.0.0.1", 53, "rpz.varde"))], MADE))
    thread.start()
    assert there.wait(20)
    with pytest.raises(VardeError, match="another `varde intel publish` is at work"):
        publisher.publish([output(out / "a", b"two")], MADE)
    go.set()
    thread.join(20)
    assert publisher.publish([output(out / "a", b"two")], MADE).changed == ["dns"]


@pytest.mark.parametrize(("answers", "said"), [([6, 6, 7], ""), ([6], "still has serial 6 of rpz.varde, not 7"), ([None], "no such zone")])
def test_the_name_server_must_have_the_new_serial(tmp_path: Path, out: Path, answers: Sequence[int | None], said: str) -> None:
    given_ = iter([*answers, *[answers[-1]] * 9])
    clock = iter(range(0, 1000, 5))

    def serial(host: str, port: int, zone: str) -> int:
        answer = next(given_)
        if answer is None:
            raise VardeError("the server has no such zone")
        return answer

    mine = Publisher(tmp_path / "published", 3, serial=serial, clock=lambda: float(next(clock)))
    failures = mine.publish([output(out / "a", serial=7, ask=("127.0.0.1", 53, "rpz.varde"))], MADE).failures
    assert [said in one for one in failures] == ([True] if said else [])


def _answer(number: bytes, *, status: int = 0, kind: int = 6) -> bytes:
    head = number + struct.pack(">HHHHH", 0x8400 | status, 1, 1, 0, 0)
    question = b"\x03rpz\x05varde\x00\x00\x06\x00\x01"
    data = b"\x09localhost\x00" + b"\x04root\xc0\x0c" + struct.pack(">IIIII", 2026112203, 1, 2, 3, 4)
    return head + question + b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[bytes], list[bytes]]], int]]:
    """A name server that answers each question with what a function makes of it."""
    sockets: list[socket.socket] = []

    def start(answer: Callable[[bytes], list[bytes]]) -> int:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(20)
        sockets.append(sock)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    data, address = sock.recvfrom(4096)
                    for one in answer(data):
                        sock.sendto(one, address)

        threading.Thread(target=serve, daemon=True).start()
        return int(sock.getsockname()[1])

    yield start
    for sock in sockets:
        sock.close()


def test_a_serial_is_asked_for_and_answers_to_others_are_passed_over(server: Callable[[Callable[[bytes], list[bytes]]], int]) -> None:
    asked: list[bytes] = []

    def answer(data: bytes) -> list[bytes]:
        asked.append(data)
        return [_answer(bytes(2) if data[:2] != bytes(2) else b"\x00\x01"), _answer(data[:2])]

    assert serial_at("127.0.0.1", server(answer), "rpz.varde") == 2026112203
    assert asked[0][2:] == struct.pack(">HHHHH", 0, 1, 0, 0, 0) + b"\x03rpz\x05varde\x00\x00\x06\x00\x01"


def test_a_server_that_refuses_or_is_not_there_is_said(server: Callable[[Callable[[bytes], list[bytes]]], int]) -> None:
    with pytest.raises(VardeError, match="allow-query"):
        serial_at("127.0.0.1", server(lambda data: [_answer(data[:2], status=5)]), "rpz.varde")
    with pytest.raises(VardeError, match="no such zone"):
        serial_at("127.0.0.1", server(lambda data: [_answer(data[:2], kind=2)]), "rpz.varde")
    with pytest.raises(VardeError, match=r"does not say which serial of rpz\.varde"):
        serial_at("127.0.0.1", server(lambda data: []), "rpz.varde", seconds=0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(VardeError, match="connection refused"):
        serial_at("127.0.0.1", port, "rpz.varde", seconds=0.2)


@given(st.binary(max_size=200))
def test_any_octets_are_a_serial_or_an_error_and_nothing_else(data: bytes) -> None:
    for answer in (data, _answer(b"ab")[: len(data)], _answer(b"ab")[:12] + data):
        with contextlib.suppress(VardeError):
            assert 0 <= parse_serial(answer) < 1 << 32


def test_a_name_without_an_end_is_refused() -> None:
    with pytest.raises(VardeError):
        parse_serial(struct.pack(">HHHHHH", 1, 0x8000, 0, 1, 0, 0) + b"\x01a" * 2000)
