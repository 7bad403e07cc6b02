"""Manual pages say what `--help` says now, and roff has nothing against them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from varde.app.manual import completions, manual_pages

SHARE = Path(__file__).resolve().parents[2] / "share"
STALE = "run: python -m varde.app.manual share"
NO_DATE = "WARNING: missing date, using"
"""The one thing mandoc may say: a date would change each page with every release, though it says the same."""


def test_the_pages_in_share_are_what_the_code_makes() -> None:
    made = manual_pages()
    assert {path.name for path in (SHARE / "man" / "man1").iterdir()} == made.keys(), STALE
    assert [name for name, text in made.items() if (SHARE / "man" / "man1" / name).read_text(encoding="utf-8") != text] == [], STALE


def test_the_completions_in_share_are_what_the_code_makes() -> None:
    assert {place: (SHARE / place).read_text(encoding="utf-8") for place in completions()} == completions(), STALE


def test_each_command_has_a_page_that_names_its_switches() -> None:
    pages = manual_pages()
    assert {"varde.1", "varde-fireplot.1", "varde-intel.1", "varde-intel-export.1", "varde-check-loss.1"} <= pages.keys()
    plot = pages["varde-fireplot.1"]
    assert "\\-\\-port\\-min" in plot and ".SH EXAMPLES" in plot and "varde(1)" in plot
    assert "\\-\\-on\\-timeout" in pages["varde-check-loss.1"] and "UNKNOWN" in pages["varde-check-loss.1"]


@pytest.mark.peer("mandoc")
def test_mandoc_finds_nothing_wrong(peer: Callable[[str], Path]) -> None:
    pages = sorted((SHARE / "man" / "man1").iterdir())
    done = subprocess.run([peer("mandoc"), "-T", "lint", "-W", "warning", *pages], capture_output=True, text=True, timeout=60, check=False)
    assert [line for line in (done.stdout + done.stderr).splitlines() if NO_DATE not in line] == []


@pytest.mark.peer("mandoc")
def test_a_page_reads_as_the_help_does(peer: Callable[[str], Path]) -> None:
    done = subprocess.run([peer("mandoc"), "-T", "ascii", SHARE / "man" / "man1" / "varde-forget.1"], capture_output=True, text=True, timeout=60, check=True)
    words = " ".join(done.stdout.replace("\b", "").split())
    assert "varde forget 203.0.113.7" in words
    assert "Lists that name it stay." in words
