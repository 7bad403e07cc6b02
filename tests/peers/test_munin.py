"""A real munin-node runs the plugin, and a real Munin master makes curves of ten seconds and pictures of what it says."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.boards import Samples, board_at, labelled
from tests.peers.munin import HOST, Munin, munin, node
from varde.model.panels import PANELS

pytestmark = pytest.mark.peer("munin-node", "munin-update", "rrdtool")

BURST = 17
"""Attempts of one minute, as the article saw them: one every three to four seconds."""
_MINUTE = 60
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_KNOWN = re.compile(rf"{_NAME}\.value \d+:\d")


def _samples(now: int) -> Callable[[int], Samples]:
    """Synthetic: a quiet hour, and in it one minute with a burst, ten minutes ago."""
    begin = int(now) // 10 * 10 - 600

    def samples(second: int) -> Samples:
        attempts = sum(second >= begin + at * _MINUTE / BURST for at in range(BURST))
        return {
            "varde_logins_total": {labelled(outcome="failed"): 1000.0 + attempts, labelled(outcome="accepted"): 2.0},
            "varde_records_total": {labelled(table="tunnels"): float(attempts)},
            "varde_port_probes_total": {labelled(port="tcp/23"): 5.0 + second % 7, labelled(port="udp/53"): 1.0},
            "varde_refused_probes_total": {labelled(plane="tcp4"): (second - now + 4000) * 0.4, labelled(plane="udp4"): (second - now + 4000) * 0.1},
            "varde_list_age_seconds": {labelled(list="<b>evil</b>\nfailed.critical 0"): 60.5},
        }

    return samples


@pytest.fixture
def one() -> Iterator[Munin]:
    with munin() as made:
        yield made


def test_a_node_tells_every_graph_and_each_second_once(one: Munin, tmp_path: Path) -> None:
    board_at(tmp_path / "store", time.time(), _samples(int(time.time())))
    one.install(tmp_path / "store")
    with node(one):
        assert one.say("cap multigraph")[1:] == []
        assert one.say("cap multigraph dirtyconfig", "list")[1] == "varde_all"
        described = one.say("cap multigraph", "config varde_all")[1:]
        assert [line.split()[1] for line in described if line.startswith("multigraph ")] == [f"varde_{panel.id}" for panel in PANELS]
        assert all(re.fullmatch(rf"{_NAME} .+|{_NAME}\.{_NAME} .+|\.", line) for line in described)
        assert ".critical" not in "".join(line.split()[0] for line in described)
        assert not any(".value" in line for line in described)
        first, second = (one.say("cap multigraph", "fetch varde_all")[1:] for _ in range(2))
    told = [line for line in first if _KNOWN.match(line)]
    assert len(told) > 3000
    assert len(set(told)) == len(told)
    assert not [line for line in second if _KNOWN.match(line)]


def test_a_master_draws_and_keeps_the_peak_of_ten_seconds(one: Munin, tmp_path: Path) -> None:
    now = int(time.time())
    board_at(tmp_path / "store", time.time(), _samples(now))
    one.install(tmp_path / "store")
    with node(one):
        assert one.update() == []
    begin = now // 10 * 10 - 600
    curve = one.curve("logins", "failed", begin - 120, begin + 180)
    # a counter's rate between two points ten seconds apart, in attempts a minute
    peaks = {second: round(rate * 60, 3) for second, rate in curve.items()}
    assert sum(peaks.values()) / 6 == pytest.approx(BURST)
    assert max(peaks.values()) == pytest.approx(18)
    assert min(peaks.values()) == 0
    minute = [peaks[second] for second in range(begin + 10, begin + 61, 10)]
    assert all(rate > 10 for rate in minute)
    one.draw()
    pictures = sorted((one.folder / "html").rglob("varde_*-day.png"))
    assert {path.name for path in pictures} >= {f"varde_{name}-day.png" for name in ("logins", "tunnels", "probes", "ports", "feeds")}
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000 for path in pictures)
    page = next((one.folder / "html").rglob("varde_feeds.html")).read_text()
    assert "<b>evil" not in page
    if keep := os.environ.get("VARDE_KEEP_PICTURES"):
        for path in pictures:
            Path(keep, path.name).write_bytes(path.read_bytes())
    assert HOST in page


def test_config_carries_the_values_where_the_master_takes_both(one: Munin, tmp_path: Path) -> None:
    board_at(tmp_path / "store", time.time(), _samples(int(time.time())))
    one.install(tmp_path / "store", "logins", "flows")
    (one.etc / "plugin-conf.d" / "zz-own").write_text("[varde_logins]\nenv.failed_warning 0.5\nenv.critical 2:5\nenv.accepted_warning soon\n")
    with node(one):
        both = one.say("cap multigraph dirtyconfig", "config varde_logins")[1:]
        assert one.say("cap multigraph", "list")[1].split() == ["varde_flows", "varde_logins"]
        flows = one.say("fetch varde_flows")
    assert {"failed.warning 0.5", "failed.critical 2:5", "accepted.critical 2:5"} <= set(both)
    assert "# warning of accepted is no range such as 10 or 5:10: soon" in both
    assert sum(line.startswith("failed.value ") for line in both) > 300
    assert [line.partition(".value ")[::2][0] for line in flows if re.search(r"\.value \d+:U$", line)] == ["received", "lost", "lost_datagrams", "dropped"]


def test_without_a_store_a_node_and_a_master_go_on(one: Munin, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    one.install(tmp_path / "store", "logins", "ports")
    with node(one):
        assert one.say("fetch varde_logins") == ["failed.value U", "accepted.value U", "."]
        assert one.say("fetch varde_ports") == ["."]
        assert "Nothing is known now" in "\n".join(one.say("config varde_logins"))
        assert one.update() == []
