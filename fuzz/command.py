"""What is asked for on the command line."""

import argparse
from pathlib import Path
from typing import NamedTuple

from fuzz.run import FOUND, Budget
from fuzz.targets import TARGETS

SECONDS = 60
ALL = "all"
"""The name that stands for every target in turn."""


class Asked(NamedTuple):
    """Names a target, or all; how long to search; how often all are taken in turn."""

    name: str
    budget: Budget
    rounds: int


def parsed(arguments: list[str]) -> Asked:
    """A minute for each target where nothing else is named."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Search for octets that break a decoder of Varde.")
    titles = "; ".join(f"{one.name}: {one.title}" for one in TARGETS.values())
    parser.add_argument("name", metavar="NAME", choices=[ALL, *TARGETS], help=f"{ALL}: every target in turn; {titles}")
    parser.add_argument("--runs", type=int, default=0, help="try so many inputs")
    parser.add_argument("--seconds", type=int, default=0, help=f"search for so long (default: {SECONDS}, without --runs)")
    parser.add_argument("--rounds", type=int, default=1, help=f"with {ALL}: how often every target has its turn")
    parser.add_argument("--luck", type=int, default=1, help="another number searches other ways")
    parser.add_argument("--kept", type=Path, default=FOUND, help="folder for inputs that reach something new or break something (default: .varde-build/fuzz)")
    asked = parser.parse_args(arguments)
    seconds = asked.seconds or (0 if asked.runs else SECONDS)
    return Asked(asked.name, Budget(asked.runs, seconds, asked.luck, asked.kept), asked.rounds)
