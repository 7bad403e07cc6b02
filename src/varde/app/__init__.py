"""Command line, configuration, HTTP: chooses and connects the other rooms, computes nothing itself."""

import sys
from typing import NoReturn

from varde.app.thin import thin_answer

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line; what monitoring asks again and again is answered before its libraries are loaded."""
    status = thin_answer(sys.argv[1:])
    if status is not None:
        sys.exit(status)
    from varde.app.cli import main as whole

    whole()
