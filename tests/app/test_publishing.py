"""Publishing by itself: when, how often, what a failure and a way back change; and a station that does it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_run import Up, varde
from material import wait_until

from varde.app.commands.intel_publish import publish_now, roll_back
from varde.app.context import Context
from varde.app.publishing import RETRY_FIRST, RETRY_LAST, SETTLE_MAX, Publishing
from varde.model import VardeError

CONFIG = """
[publishing]
automatic = true
settle_seconds = 30
every_minutes = 60
[[list]]
name = "bad"
url = "{home}/bad.txt"
[[publish]]
name = "wall"
format = "pf"
path = "{home}/wall.txt"
reload = ["sh", "-c", "echo told >> {home}/told; test ! -e {home}/broken"]
"""


class Desk:
    """Publishing with a clock that is turned by hand; `step` is what its thread does."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        self.folder, self.now, self.said, self.tries = folder, 1000.0, [], 0
        (folder / "bad.txt").write_text("203.0.113.5\n")
        (folder / "varde.toml").write_text(config.replace("{home}", str(folder)))
        self.context = Context(folder / "store", folder / "varde.toml")
        self.refuse: str | None = None
        self.it = Publishing(lambda: self.context, self.said.append, self.publish, lambda: self.now)

    def publish(self, context: Context, dry: bool) -> Any:
        self.tries += not dry
        if self.refuse:
            raise VardeError(self.refuse)
        return publish_now(context, dry=dry, force=False)

    def after(self, seconds: float) -> float:
        self.now += seconds
        return self.it.step()

    @property
    def wall(self) -> str:
        return (self.folder / "wall.txt").read_text() if (self.folder / "wall.txt").exists() else ""


def test_lists_are_published_when_they_have_come_to_rest(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.it.changed()
    desk.after(29)
    assert desk.wall == ""
    desk.it.changed()  # another list
    desk.after(29)
    assert desk.wall == ""
    desk.after(1)
    assert "203.0.113.5" in desk.wall and desk.said == ["published wall: generation 1"]
    assert (desk.it.document() or {})["generation"] == 1


def test_lists_that_never_rest_are_published_all_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for _ in range(SETTLE_MAX + 1):
        desk.it.changed()
        desk.after(29.9)
    assert desk.tries == 1


def test_nothing_is_made_anew_while_nothing_changes_and_somebody_elses_file_is_put_right(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.it.changed()
    desk.after(30)
    assert desk.after(3599) <= 1 and desk.tries == 1
    desk.after(1)
    assert (desk.tries, desk.it.published, len(desk.said)) == (2, 1, 1)
    (tmp_path / "wall.txt").write_text("")
    desk.after(3600)
    assert "203.0.113.5" in desk.wall and desk.it.published == 2


def test_a_reload_that_fails_is_said_once_and_tried_again_after_pauses_that_grow(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "broken").touch()
    desk.it.changed()
    desk.after(30)
    pauses = []
    for _ in range(12):
        pause, before = 0.0, desk.tries
        while desk.tries == before:
            desk.after(1.0)
            pause += 1
        pauses.append(pause)
    assert pauses == [min(RETRY_LAST, RETRY_FIRST * 2**n) for n in range(12)]
    assert len(desk.said) == 1 and "the files are in place, but" in desk.said[0] and len(desk.it.problems()) == 1
    assert [one.number for one in _generations(desk)] == [1]
    (tmp_path / "broken").unlink()
    desk.after(RETRY_LAST)
    assert desk.said[-1] == "publishing works again" and desk.it.problems() == []
    assert (desk.it.document() or {})["failures"] == 13


def _generations(desk: Desk) -> list[Any]:
    from varde.app.commands.intel_publish import publisher_of

    return publisher_of(desk.context).generations.all()


def test_what_a_guard_refuses_is_published_when_the_lists_are_well_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "bad.txt").write_text("".join(f"203.0.113.{4 * number + 1}\n" for number in range(20)))
    desk.it.changed()
    desk.after(30)
    full = desk.wall
    (tmp_path / "bad.txt").write_text("".join(f"203.0.113.{4 * number + 1}\n" for number in range(5)))
    desk.it.changed()
    desk.after(30)
    assert desk.wall == full and "would go from 20 entries to 5" in desk.said[-1]
    (tmp_path / "bad.txt").write_text("".join(f"203.0.113.{4 * number + 1}\n" for number in range(30)))
    desk.it.changed()
    desk.after(30)
    assert "203.0.113.117" in desk.wall and desk.said[-2] == "publishing works again"


def test_a_change_while_publishing_is_not_forgotten(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    true = desk.it.publish

    def slow(context: Context, dry: bool) -> Any:
        done = true(context, dry)
        if desk.tries == 1:
            (tmp_path / "bad.txt").write_text("203.0.113.6\n203.0.113.5\n")
            desk.it.changed()
        return done

    desk.it.publish = slow
    desk.it.changed()
    desk.after(30)
    desk.after(30)
    assert desk.tries == 2 and "203.0.113.6" in desk.wall


def test_what_a_person_rolled_back_stays_until_a_person_publishes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for text in ("203.0.113.5\n", "203.0.113.5\n203.0.113.6\n"):
        (tmp_path / "bad.txt").write_text(text)
        desk.it.changed()
        desk.after(30)
    roll_back(desk.context, None)
    desk.it.changed()
    desk.after(30)
    assert "203.0.113.6" not in desk.wall and "rolled back to generation 1" in desk.it.problems()[0]
    publish_now(desk.context, dry=False, force=False)
    (tmp_path / "bad.txt").write_text("203.0.113.5\n203.0.113.6\n203.0.113.9\n")
    desk.it.changed()
    desk.after(30)
    assert "203.0.113.9" in desk.wall and desk.it.problems() == []


def test_a_way_back_that_the_lists_agree_with_holds_nothing_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for text in ("203.0.113.5\n", "203.0.113.5\n203.0.113.6\n", "203.0.113.5\n"):
        (tmp_path / "bad.txt").write_text(text)
        if text == "203.0.113.5\n" and desk.tries:
            roll_back(desk.context, None)
        desk.it.changed()
        desk.after(30)
    assert desk.it.problems() == []
    (tmp_path / "bad.txt").write_text("203.0.113.5\n203.0.113.8\n")
    desk.it.changed()
    desk.after(30)
    assert "203.0.113.8" in desk.wall


@pytest.mark.parametrize("config", [CONFIG.replace("automatic = true", ""), CONFIG.partition("[[publish]]")[0]])
def test_nothing_is_published_that_was_not_asked_for(tmp_path: Path, config: str) -> None:
    desk = Desk(tmp_path, config)
    desk.it.changed()
    desk.after(10_000)
    assert (desk.tries, desk.it.document(), desk.it.problems()) == (0, None, [])


def test_a_station_publishes_what_its_lists_say_and_tells_how_that_goes(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("203.0.113.5\n")
    (tmp_path / "varde.toml").write_text(CONFIG.replace("{home}", str(tmp_path)).replace("settle_seconds = 30", "settle_seconds = 1"))
    wall = tmp_path / "wall.txt"
    with Up(tmp_path, "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0", "--config", "varde.toml") as up:
        page = up.port("page at")
        up.wait_for("published wall: generation 1", 60)
        assert "203.0.113.5" in wall.read_text()
        (tmp_path / "broken").touch()
        (tmp_path / "bad.txt").write_text("203.0.113.5\n203.0.113.6\n")
        up.wait_for("publishing: the files are in place, but", 60)
        told = httpx.get(f"http://127.0.0.1:{page}/api/lists", timeout=20).json()["publishing"]
        assert (told["generation"], told["published"], told["failures"] >= 1, "ended with status 1" in told["error"]) == (2, 2, True, True)
        metrics = httpx.get(f"http://127.0.0.1:{page}/metrics", timeout=20).text
        assert "varde_publish_up 0" in metrics and "varde_published_total 2" in metrics
        (tmp_path / "broken").unlink()
        up.wait_for("publishing works again", 60)
        wait_until(lambda: _status(tmp_path)["error"] is None, 20)
        assert "generation 2 is in place" in varde(tmp_path, "status", "--config", "varde.toml").out
        assert up.stop() == 0
    assert "Traceback" not in up.said


def _status(home: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(varde(home, "status", "--json", "--config", "varde.toml").out)["stations"][0]["publishing"]
    return told
