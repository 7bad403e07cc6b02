"""The site of the documents: it is made without a warning, and a link that leads nowhere is one."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import site_of_documents as site

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.peer("sphinx")
PAGES = ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY", "docs/index", "docs/trust")


def make(source: Path, out: Path, sphinx: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(site.command(out, source, sphinx), capture_output=True, text=True, timeout=110, check=False)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of six pages that say nothing, and the real settings."""
    (tmp_path / "docs" / "site").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "site" / "conf.py", tmp_path / "docs" / "site")
    for page in PAGES:
        (tmp_path / f"{page}.md").write_text(f"# {page}\n\n## A part\n\nWords.\n")
    return tmp_path


def test_the_site_is_made_and_each_link_and_anchor_leads_somewhere(peer: Callable[[str], Path], tmp_path: Path) -> None:
    done = make(ROOT, tmp_path / "out", peer("sphinx"))
    assert (done.returncode, done.stderr) == (0, "")
    made = {str(path.relative_to(tmp_path / "out").with_suffix("")) for path in (tmp_path / "out").rglob("*.html")}
    written = {str(path.relative_to(ROOT).with_suffix("")) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]}
    assert written <= made
    assert (tmp_path / "out" / "external-links.tsv").read_text().count("\thttps://") == 0
    assert "https://db-ip.com\t" in (tmp_path / "out" / "external-links.tsv").read_text()


@pytest.mark.parametrize("link", ["[a](trust.md#no-such-part)", "[a](no-such-page.md)", "[a](#nowhere)", "![a](no-such.png)", "[a](../src)"])
def test_a_link_that_leads_nowhere_is_an_error(peer: Callable[[str], Path], small: Path, link: str) -> None:
    page = small / "docs" / "index.md"
    page.write_text(f"# Index\n\n[good](trust.md#a-part)\n\n{link}\n")
    done = make(small, small / "out", peer("sphinx"))
    assert done.returncode == 1
    assert done.stderr.count("WARNING") == 1 and "docs/index.md" in done.stderr
