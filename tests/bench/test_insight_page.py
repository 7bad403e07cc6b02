"""The page says what the rows say: worst cells by name, missed goals, no rounding up; and a run is final only with what was frozen."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from bench.insight import frozen, page
from bench.insight.grid import GRID
from bench.insight.outcome import CAMPAIGNS, FALSE, MONTHS, VARDE, Outcome
from bench.insight.packets import HOME, OFFICE

SLOW = [place for place, cell in enumerate(GRID) if cell.kind == "diagonal"]


@pytest.fixture
def outcome() -> Outcome:
    """Twenty seeds, of which one slow scan of one cell was not told."""
    rows = [(seed, VARDE, place, not (seed == 3 and place == SLOW[0]), True, "diagonal", 2.0, 1.0, -30.0, 5.0 - 10.0 * (place == SLOW[1])) for seed in range(20) for place in range(len(GRID))]
    months = [(seed, VARDE, site.name, clean, site.days, int(seed == 1 and not clean), 0, 0, 1_000_000, 1.0, 2.0, 5_000) for seed in range(20) for site in (HOME, OFFICE) for clean in (False, True)]
    false = [(1, HOME.name, "random", -12.0, 1), (1, OFFICE.name, "block", -15.0, 1)]
    return Outcome(pl.DataFrame(rows, CAMPAIGNS, orient="row"), pl.DataFrame(months, MONTHS, orient="row"), pl.DataFrame(false, FALSE, orient="row"))


def row_of(lines: list[str], begin: str) -> list[str]:
    return [cell.strip() for cell in next(line for line in lines if line.startswith(f"| {begin} |")).strip("|").split("|")]


def test_one_missed_slow_scan_of_one_source_misses_the_goal_and_its_cell_is_named(outcome: Outcome) -> None:
    lines = page.by_kind(outcome)
    assert row_of(lines, "diagonal")[-2:] == [f"{GRID[SLOW[0]].label()}: 95 %", "**no**"]
    assert row_of(lines, "diagonal")[2] != "100 %", "one of thousands is not rounded away"
    assert row_of(lines, "vertical")[-1] == "yes"


def test_cells_below_the_goal_are_listed(outcome: Outcome) -> None:
    assert page.missed(outcome) == ["Of all cells that count 95 % and more were told.", ""]
    worse = outcome.campaigns.with_columns(told=pl.col("told") & ~((pl.col("cell") == SLOW[1]) & (pl.col("seed") < 4)))
    assert row_of(page.missed(replace(outcome, campaigns=worse)), GRID[SLOW[1]].label())[1] == "16 of 20"


def test_what_nobody_could_tell_is_counted_beside_what_is_told_of_the_rest(outcome: Outcome) -> None:
    counted = len([place for place in SLOW if GRID[place].counts])
    said = row_of(page.bounds(outcome), "diagonal")
    assert said[2:5] == [str(counted), "1", page.percent((counted - 1) / counted)]
    assert said[5] == page.percent(1 - 1 / (20 * (counted - 1))), "the one that was missed could be told"


def test_false_alarms_are_by_the_day_of_their_site(outcome: Outcome) -> None:
    assert page.false_by_site(outcome, VARDE) == [f"{1 / (20 * HOME.days):.3g}", f"{1 / (20 * OFFICE.days):.3g}"]
    assert page.false_by_site(outcome, VARDE, clean=True) == ["0", "0"]


@pytest.mark.parametrize(("share", "said"), [(1.0, "100 %"), (0.9999, "99.9 %"), (0.95, "95 %"), (0.9496, "94.9 %"), (None, "")])
def test_shares_are_rounded_down(share: float | None, said: str) -> None:
    assert page.percent(share) == said


def test_each_cell_is_on_the_page_once_and_what_counts_for_no_goal_is_in_brackets(outcome: Outcome) -> None:
    numbers = [cell for kind in page.KINDS for line in page.cells_of(outcome, kind)[2:] for cell in line.strip("| ").split(" | ")[3:] if cell.strip()]
    assert len(numbers) == len(GRID)
    assert sum(number.startswith("(") for number in numbers) == sum(not cell.counts for cell in GRID)


def test_what_the_detectors_do_is_in_the_digest_and_what_they_say_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "varde" / "detect"
    folder.mkdir(parents=True)
    monkeypatch.setattr(frozen, "SOURCE", tmp_path)
    (folder / "campaigns.py").write_text('"""Words."""\nfrom varde.detect.other import LOG_P\n')
    (folder / "other.py").write_text("LOG_P = -20.0  # why\n")
    before = frozen.digest()
    assert frozen.modules() == ["varde.detect.campaigns", "varde.detect.other"]
    (folder / "other.py").write_text('LOG_P = -20.0  # another reason\n"""And words."""\n')
    assert frozen.digest() == before
    (folder / "other.py").write_text("LOG_P = -21.0\n")
    assert frozen.digest() != before


def test_a_run_with_other_detectors_than_were_frozen_is_not_final(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "committed", lambda: True)
    monkeypatch.setattr(frozen, "recorded", lambda: "0" * 64)
    assert not frozen.is_final()
    monkeypatch.setattr(frozen, "recorded", frozen.digest)
    assert frozen.is_final()
    monkeypatch.setattr(frozen, "committed", lambda: False)
    assert not frozen.is_final(), "a freeze that nobody can see is none"


def test_final_seeds_are_of_the_digest_and_none_of_development() -> None:
    seeds = frozen.final_seeds("a")
    assert len(set(seeds)) == frozen.FINAL == 30
    assert min(seeds) >= frozen.TUNING
    assert not set(seeds) & set(frozen.final_seeds("b"))
