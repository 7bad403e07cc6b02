#!/usr/bin/env python3
"""Make the site of the documents: `python setup/site_of_documents.py [FOLDER]`, by default .varde-build/site.

Sphinx comes with `./test peers`. A link that leads nowhere, or an anchor that a page does not have, is an error; addresses elsewhere are
listed in external-links.tsv, and never fetched.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPHINX = ROOT / ".varde-build" / "peers" / "sphinx" / "bin" / "sphinx-build"


def command(out: Path, source: Path = ROOT, sphinx: Path = SPHINX) -> list[str | Path]:
    """What makes the site of the project in `source`. All that is wrong is told, not the first alone."""
    return [sphinx, "-q", "-W", "--keep-going", "-E", "-c", source / "docs" / "site", source, out]


def main() -> int:
    if not SPHINX.exists():
        print("site: Sphinx is not here: ./test peers", file=sys.stderr)
        return 2
    out = Path(sys.argv[1] if sys.argv[1:] else ROOT / ".varde-build" / "site")
    status = subprocess.run(command(out), check=False).returncode
    if status == 0:
        print(out / "index.html")
    return status


if __name__ == "__main__":
    sys.exit(main())
