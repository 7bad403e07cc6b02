"""`python -m soak WHAT`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT)]

from soak.run import main  # noqa: E402 - Varde is found from a checkout that is not installed

sys.exit(main(sys.argv[1:]))
