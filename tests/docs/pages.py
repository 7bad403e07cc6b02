"""The command lines of README, tutorials and how-tos in which Varde is called, and what they are made of."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.main import get_command

from varde.app.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "index.md", *sorted((ROOT / "docs" / "tutorials").glob("*.md")), *sorted((ROOT / "docs" / "how-to").glob("*.md"))]

_CRON = re.compile(r"^(?:[\d*/,-]+\s+){5}[a-z]+\s+")
_BEFORE = re.compile(r"^(?:\$ |ExecStart=|command\[\w+\]=)")
_PROGRAMS = {"varde", "./varde", "/opt/varde/varde", "../varde/varde"}
OPERATORS = ("|", "&&", ";", ">", ">>", "<")
_NAMES = "|".join(sorted(get_command(app).commands))  # type: ignore[attr-defined]
_CALL = re.compile(rf"(?:^|[|;&] ?|&& |xvfb-run |sudo -u nagios |ssh \S+ )(?:\./|/opt/varde/)?varde\s+(?:--\w+|(?:{_NAMES})\b)|^(?:\./)?varde$")
"""A program's place, our name, and one of our commands."""

_DATE = re.compile(r"\$\(date[^)]*\)")


@dataclass(frozen=True)
class Line:
    """A line of a page, as a shell would get it."""

    page: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.page}: {self.text}"

    @property
    def stages(self) -> list[list[str]]:
        """Words by program, in order; operators begin the stage that they lead to."""
        lexer = shlex.shlex(_DATE.sub("2026-11-20", self.text), posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        stages: list[list[str]] = [[]]
        for word in lexer:
            if word in OPERATORS:
                stages.append([word])
            else:
                stages[-1].append(word)
        return stages

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call of Varde."""
        return [words[at + 1 :] for words in self.stages for at, word in enumerate(words) if word in _PROGRAMS and words[:at] in ([], ["|"], ["&&"], [";"], ["xvfb-run"], ["|", "sudo"], ["sudo", "-u", "nagios"])]


def lines() -> list[Line]:
    """Each once, in the order of the pages."""
    found = (Line(page.stem, text) for page in PAGES for text in _commands(page.read_text(encoding="utf-8")))
    return list(dict.fromkeys(found))


def _commands(page: str) -> Iterator[str]:
    for block in _blocks(page):
        for line in re.sub(r"\\\n\s*", " ", re.sub(r"\|\n\s*", "| ", block)).splitlines():
            text = _BEFORE.sub("", _CRON.sub("", line.strip())).replace("\\%", "%")
            if _CALL.search(text.partition("  #")[0]):
                yield text


def _blocks(page: str) -> list[str]:
    """Indented lines and what stands between fences."""
    return re.findall(r"(?m)(?:^ {4,}.*\n?)+", page) + re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```", page)
