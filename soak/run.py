"""Which part of the soak is run."""

import sys
from importlib import import_module

PARTS = {"power": "soak.power", "kill": "soak.kill", "load": "soak.load", "faults": "soak.faults"}


def main(arguments: list[str]) -> int:
    """Run one part, by its name. Raises SystemExit with a sentence for another."""
    if not arguments or arguments[0] not in PARTS:
        sys.exit(f"python -m soak {{{', '.join(PARTS)}}} [--help]")
    return int(import_module(PARTS[arguments[0]]).main(arguments[1:]))
