"""A replay's pace, by a clock that only sleeping moves; and templates that are sent again."""

import socket
from collections.abc import Iterator

import polars as pl
import pytest
from tests.export.test_flow_export import frame
from tests.flow_family import SECOND, address

from varde.deliver.replay import REPEAT_MESSAGES, REPEAT_SECONDS, Pace, Replay, Target
from varde.model import VardeError

BEGIN = 1_795_300_000 * SECOND


class Clock:
    """Seconds that pass by sleeping alone."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1, "a long wait is cut, so that it can be interrupted"
        self.now += seconds


@pytest.fixture
def inlet() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        taken.bind(("127.0.0.1", 0))
        taken.settimeout(5)
        yield taken


def flows(count: int, apart: float) -> pl.DataFrame:
    """Flows that began so many seconds one after the other."""
    return frame(*({"time": BEGIN + int(n * apart * SECOND), "src_addr": address("192.0.2.7"), "packets": n} for n in range(count)))


def replayed(inlet: socket.socket, pace: Pace, *batches: pl.DataFrame, mtu: int = 576) -> tuple[Replay, float]:
    """The replay, and how many seconds it took by its clock."""
    clock = Clock()
    replay = Replay(Target("udp", "127.0.0.1", inlet.getsockname()[1], mtu), pace, clock=clock, sleep=clock.sleep)
    assert replay.run(batches) == 0
    return replay, clock.now - 1000


def test_a_rate_is_kept(inlet: socket.socket) -> None:
    replay, seconds = replayed(inlet, Pace(rate=100), flows(1000, 0))
    assert replay.sent.flows == 1000 and seconds == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize(("speed", "expected"), [(1, 99), (10, 9.9), (1000, 0.099)])
def test_the_flows_own_times_are_kept_times_the_speed(inlet: socket.socket, speed: float, expected: float) -> None:
    replay, seconds = replayed(inlet, Pace(speed=speed), flows(50, 1), flows(100, 1).tail(50))
    assert replay.sent.flows == 100 and seconds == pytest.approx(expected, abs=0.2)


def test_without_a_pace_nothing_waits(inlet: socket.socket) -> None:
    assert replayed(inlet, Pace(), flows(1000, 60))[1] == 0


def test_templates_are_sent_again_after_a_while(inlet: socket.socket) -> None:
    replayed(inlet, Pace(speed=1), flows(60, 1))
    inlet.settimeout(0.5)
    numbers = []
    try:
        while True:
            numbers.append(int.from_bytes(inlet.recv(2048)[16:18], "big"))
    except TimeoutError:
        pass
    assert numbers.count(2) == 1 + int(60 // REPEAT_SECONDS) - (60 % REPEAT_SECONDS == 0)
    assert numbers[0] == 2


def test_templates_are_sent_again_after_many_messages(inlet: socket.socket) -> None:
    replay, _ = replayed(inlet, Pace(), flows(50_000, 0))
    data = -(-50_000 // ((576 - 28 - 16 - 4 - 3) // 20))
    assert replay.sent.messages == data + 1 + (data + 1) // (REPEAT_MESSAGES + 1)


@pytest.mark.parametrize(("text", "scheme", "host", "port"), [
    ("192.0.2.9:2055", "udp", "192.0.2.9", 2055), ("tcp://[2001:db8::9]:4739", "tcp", "2001:db8::9", 4739), ("udp://collector.example:9995", "udp", "collector.example", 9995),
])  # fmt: skip
def test_targets_are_read(text: str, scheme: str, host: str, port: int) -> None:
    found = Target.of(text)
    assert (found.scheme, found.host, found.port) == (scheme, host, port)
    assert Target.of(str(found)) == found


@pytest.mark.parametrize("text", ["", ":", "udp://", "192.0.2.9", "http://192.0.2.9:1", "a b:1", "192.0.2.9:-1", "[::1:1", "x/y:1"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(VardeError):
        Target.of(text)
