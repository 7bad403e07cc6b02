"""The lines of the how-tos, which the tests run."""

import re

from tests.peers.running import ROOT

COLLECTOR = "192.0.2.10"
"""Stands for the machine that Varde runs on."""


def lines(heading: str, page_name: str = "flows") -> list[str]:
    """The indented lines under a heading of the page."""
    page = (ROOT / "docs" / "how-to" / f"{page_name}.md").read_text(encoding="utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall("(?m)^    (.+)$", section)
    assert found, f"nothing under {heading}"
    return found


def ours(text: str, places: dict[str, str]) -> str:
    """A text with our own in the places of what the page says, each of which must be there."""
    for said, own in places.items():
        assert said in text, f"{said} is not in {text}"
        text = text.replace(said, own)
    return text
