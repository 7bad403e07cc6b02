"""What is asked for on the command line."""

import argparse
from pathlib import Path

from fuzz.run import FOUND, Budget
from fuzz.targets import TARGETS, Target

SECONDS = 60


def parsed(arguments: list[str]) -> tuple[Target, Budget]:
    """Target and budget; a minute where none is named."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Search for octets that break a decoder of Varde.")
    parser.add_argument("name", metavar="NAME", choices=TARGETS, help="; ".join(f"{one.name}: {one.title}" for one in TARGETS.values()))
    parser.add_argument("--runs", type=int, default=0, help="try so many inputs")
    parser.add_argument("--seconds", type=int, default=0, help=f"search for so long (default: {SECONDS}, without --runs)")
    parser.add_argument("--luck", type=int, default=1, help="another number searches other ways")
    parser.add_argument("--kept", type=Path, default=FOUND, help="folder for inputs that reach something new or break something (default: .varde-build/fuzz)")
    asked = parser.parse_args(arguments)
    seconds = asked.seconds or (0 if asked.runs else SECONDS)
    return TARGETS[asked.name], Budget(asked.runs, seconds, asked.luck, asked.kept)
