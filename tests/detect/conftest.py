"""Tests run from a checkout that is not installed, and share `tests/material.py`."""

import sys
from pathlib import Path

for folder in (Path(__file__).parents[2] / "src", Path(__file__).parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
