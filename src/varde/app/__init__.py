"""Command line, configuration, HTTP: chooses and connects the other rooms, computes nothing itself."""

import sys
from typing import NoReturn

from varde.app.thin import thin_answer

__all__ = ["main", "program"]


def program() -> NoReturn:
    """A process that runs the command line and nothing else."""
    try:
        main()
    except SystemExit as ended:
        if "varde.app.cli" not in sys.modules:  # what monitoring asks has no threads, and loads nothing more
            raise
        from varde.app.leaving import leave

        leave(ended.code)


def main() -> NoReturn:
    """Run the command line; what monitoring asks again and again is answered before its libraries are loaded."""
    status = thin_answer(sys.argv[1:])
    if status is not None:
        sys.exit(status)
    from varde.app.cli import main as whole

    whole()
