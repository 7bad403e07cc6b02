"""What other programs found becomes warnings, told once and with what our own lists know."""

import json
import time
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from warned import PULSE, StandIn, entry

from varde.decode import schema_of
from varde.live import Sighted, warnings_of_sightings
from varde.model import DNS
from varde.views.warning import rows_of


class Named(StandIn):
    """Lists that have one name, too."""

    def lookup_names(self, names: list[str]) -> NDArray[np.int32]:
        return np.array([0 if name.endswith("evil.example") else -1 for name in names], dtype=np.int32)


LISTS = Named({"203.0.113.0/24": [entry()]})
NOW = 1_795_283_334_000_000


def sighting(**said: Any) -> pl.DataFrame:
    address = b"\x00" * 10 + b"\xff\xff" + bytes((192, 0, 2, 7))
    row = {"time": NOW, "sensor": "ns", "src_addr": address, "src_port": 4711, "seen": "QNAME", "outcome": "nxdomain", "lists": "drop.rpz", **said}
    return pl.DataFrame([row], schema=schema_of(DNS))


def told(frame: pl.DataFrame) -> list[str]:
    return [row["line"] for row in rows_of(warnings_of_sightings(frame, LISTS))]


def test_a_name_of_ours_is_told_with_its_pulse_and_where_it_was_seen() -> None:
    (line,) = told(sighting(name="www.evil.example", indicator="www.evil.example"))
    assert line.startswith(f"2026-11-21 17:48:54 : 192.0.2.7:4711 -> www.evil.example (DNS) {PULSE} list=otx:")
    assert " seen=QNAME " in line


def test_what_no_list_of_ours_has_is_told_with_the_name_of_theirs() -> None:
    (line,) = told(sighting(name="other.example", indicator="other.example", lists="zone.one,zone.two"))
    assert "-> other.example (DNS) - list=zone.one,zone.two seen=QNAME" in line


def test_what_was_let_pass_is_told_only_where_we_list_it() -> None:
    assert told(sighting(name="good.example", indicator="good.example", outcome="passthru")) == []
    assert len(told(sighting(name="evil.example", indicator="evil.example", outcome="passthru"))) == 1


def test_an_alert_about_a_flow_is_a_warning_of_a_flow() -> None:
    far = b"\x00" * 10 + b"\xff\xff" + bytes((203, 0, 113, 5))
    (line,) = told(sighting(dst_addr=far, dst_port=443, proto=6, seen="alert", outcome="allowed", lists="a signature"))
    assert "192.0.2.7:4711 -> 203.0.113.5:443 (TCP)" in line
    assert "list=a%20signature" in line


def test_an_address_is_looked_up_in_our_lists() -> None:
    (row,) = rows_of(warnings_of_sightings(sighting(indicator="203.0.113.5", seen="Conn::IN_RESP", outcome="seen"), LISTS))
    assert row["lists"][0]["url"] == PULSE
    assert row["lists"][0]["seen"] == "Conn::IN_RESP"
    assert row["name"] == "203.0.113.5"


def test_hostile_names_stay_one_word() -> None:
    (line,) = told(sighting(name='x"; rm\x1b[2J\u202e list=none', indicator="x", lists="z\n\x00z"))
    assert line.isascii()
    assert line.isprintable()
    assert "list=none" not in line.split()


def test_old_sightings_are_not_told() -> None:
    watcher = Sighted()
    watcher.watch("dns", sighting(name="a.example", time=NOW - 30 * 86_400_000_000))
    fresh = sighting(name="b.example", time=time.time_ns() // 1000)
    watcher.watch("dns", fresh)
    watcher.watch("probes", fresh)
    assert [batch["name"].to_list() for batch in watcher.take()] == [["b.example"]]
    assert list(watcher.take()) == []


def test_nothing_gives_nothing() -> None:
    assert warnings_of_sightings(sighting().clear(), LISTS).is_empty()
    assert json.loads(warnings_of_sightings(sighting(lists=None), LISTS)["lists"][0]) == []
