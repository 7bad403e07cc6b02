"""The live view as frames: nothing is lost, who is let in is seen, names cannot do anything."""

from datetime import datetime, timedelta, timezone

import numpy as np
import polars as pl
import pytest

from varde.decode.addresses import octets_of
from varde.decode.events import SCHEMA
from varde.views.live import Ball, Film, Flight, Shot, balls_of, fold, frames, palette_image, spot_of
from varde.views.live.flight import BACK, MOST, OUT, TICK, Court
from varde.views.live.lanes import Ends, Lanes, bands_of, wish_of_path, wish_of_source
from varde.views.palette import SCHEMES

FIRST = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
ACCEPTED = (0xFF, 0xE1, 0x4D)
SMALL = Film(640, 360, 10, 60.0)


def events(*rows: tuple[float, str, str, str, bool]) -> pl.DataFrame:
    """(second, kind, source, user or port, accepted)"""
    made = [
        {"time": FIRST + timedelta(seconds=second), "kind": kind, "sensor": "s", "src_addr": octets_of(source), "proto": 6 if kind == "firewall" else None,
         "dst_port": int(name) if kind == "firewall" else None, "icmp_type": None, "icmp_code": None, "user": None if kind == "firewall" else name,
         "password": None, "success": None if kind == "firewall" else int(accepted)}
        for second, kind, source, name, accepted in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema=SCHEMA)


def ball(number: int = 0, *, kind: str = "firewall", path: str = "TCP:23", accepted: bool = False, count: int = 1) -> Ball:
    return Ball(kind, f"198.18.{number >> 8 & 255}.{number & 255}", path, accepted, count)


def pictures(frame: pl.DataFrame, film: Film = SMALL, seconds: float = 120) -> list[np.ndarray]:
    return [np.asarray(picture) for picture in frames(iter([frame]), FIRST, FIRST + timedelta(seconds=seconds), film)]


def coloured(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(picture.astype(int) - colour).sum(axis=2) < 30).sum())


def test_a_film_is_as_long_as_its_period_and_goes_on_until_all_has_landed() -> None:
    made = pictures(events((0, "firewall", "192.0.2.1", "23", False)))
    assert len(made) == SMALL.count(timedelta(seconds=120)) > 20
    assert {picture.shape for picture in made} == {(360, 640, 3)}


def test_who_is_let_in_passes_the_paddle_and_a_failed_login_does_not() -> None:
    wall = int(SMALL.court.wall)
    for accepted in (True, False):
        made = pictures(events((1, "logins", "192.0.2.1", "root", accepted)))
        beyond = max(coloured(picture[:, wall + 8 :], ACCEPTED) for picture in made)
        assert (beyond > 100) is accepted


def test_the_same_events_make_the_same_film_and_none_an_empty_court() -> None:
    rows = events(*[(n / 3, "firewall", f"198.18.0.{n % 50}", str(20 + n % 9), False) for n in range(200)])
    assert all(np.array_equal(a, b) for a, b in zip(pictures(rows), pictures(rows), strict=True))
    nothing = pictures(events())
    assert np.array_equal(nothing[0][80:], nothing[-1][80:])


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_every_scheme_has_its_colours_and_a_picture_of_256_keeps_them(scheme: str) -> None:
    film = Film(640, 360, 10, 60.0, SCHEMES[scheme])
    rows = events(*[(1 + n / 100, "firewall", f"198.18.0.{n}", "443", False) for n in range(100)])
    picture = list(frames(iter([rows]), FIRST, FIRST + timedelta(seconds=60), film))[12]
    few = np.asarray(picture.quantize(palette=palette_image(film), dither=0).convert("RGB"))
    assert tuple(few[-2, -2]) == tuple(int(film.scheme.ground[at : at + 2], 16) for at in (1, 3, 5))
    assert len(np.unique(few.reshape(-1, 3), axis=0)) > 5


@pytest.mark.parametrize("name", ["", "\u202e\x07evil|\n", "x" * 100_000, "</script>", "\u0645\u0631"])
def test_any_user_name_can_be_drawn(name: str) -> None:
    made = pictures(events((0, "logins", "2001:db8::1", name, True)), seconds=30)
    assert any(coloured(picture, ACCEPTED) > 20 for picture in made)


def test_folding_loses_no_event_mixes_no_outcome_and_stays_within_its_bound() -> None:
    balls = [ball(n, path=f"TCP:{n % 40}") if n % 5 else ball(n, kind="logins", path=f"u{n}", accepted=n % 97 == 0, count=2) for n in range(900)]
    for most in (1000, 300, 60, 20, 9, 1):
        folded = fold(balls, most)
        for accepted in (True, False):
            assert sum(one.count for one in folded if one.accepted is accepted) == sum(one.count for one in balls if one.accepted is accepted)
        assert len(folded) <= max(most, 8)


def test_ten_thousand_events_a_second_all_fly_and_never_too_many_at_once() -> None:
    flight, sent, flown = Flight(), 0, 0
    for tick in range(200):
        if tick < 20:
            flight.add([ball(n + tick, path=f"TCP:{n % 300}") for n in range(1000)])
            sent += 1000
        flown += sum(shot.ball.count for shot in flight.step(tick * TICK, lambda one, now: (0.0, 10.0)))
        assert len(flight.shots) <= MOST
    assert (flown, flight.pending, flight.shots) == (sent, [], [])


def test_a_place_follows_from_the_time_alone() -> None:
    court = Court(100, 900, 1000)
    refused, passed = (Shot(ball(accepted=accepted), 0.0, 0.0, 200.0, 0.0) for accepted in (False, True))
    middle = spot_of(refused, court, OUT / 2)
    assert middle and (middle.x, middle.y, middle.phase) == (500, 100, "out")
    bounced = spot_of(refused, court, OUT + BACK / 2)
    assert bounced and bounced.phase == "back" and bounced.x < 900
    assert spot_of(refused, court, -1) is None and spot_of(refused, court, refused.life) is None
    beyond = spot_of(passed, court, OUT + 0.1)
    assert beyond and beyond.x > 900 and passed.radius > refused.radius


def test_names_keep_their_rows_give_them_up_when_idle_and_the_accepted_always_have_one() -> None:
    lanes = Lanes(4)
    rows = [lanes.place(ball(), name, 0.5, 0.0) for name in "abc"]
    assert sorted(rows) == [0, 1, 2]
    assert lanes.place(ball(), "a", 0.9, 0.1) == rows[0]
    assert lanes.place(ball(), "d", 0.5, 0.1) == 3
    assert lanes.place(ball(accepted=True), "e", 0.5, 0.1) < 3
    assert lanes.place(ball(), "f", 0.5, 60.0) < 3
    assert lanes.place(ball(), None, 0.5, 60.0) == 3


def test_every_group_has_rows_and_low_ports_stand_low() -> None:
    for rows in (16, 25, 60):
        bands = bands_of(rows)
        assert bands[-1].first + bands[-1].size <= rows
        assert all(band.size >= 2 for band in bands)
    assert wish_of_path(ball(path="TCP:22")) > wish_of_path(ball(path="TCP:8080"))
    assert wish_of_source("198.18.0.1") < wish_of_source("198.19.0.1") <= 0.75 <= wish_of_source("2001:db8::1")
    assert Ends(30, ("logins",)).aim(ball(kind="logins", path="root"), 0.0)[1] < 30


def test_events_that_are_alike_are_one_ball() -> None:
    rows = [(n, "firewall", "192.0.2.1", "23", False) for n in range(5)] + [(1, "logins", "192.0.2.1", "root", True)]
    assert [(one.path, one.count, one.accepted) for one in balls_of(events(*rows))] == [("TCP:23", 5, False), ("root", 1, True)]
