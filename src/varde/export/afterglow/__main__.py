"""Print the reference page of property files: `python -m varde.export.afterglow > docs/reference/color-properties.md`."""

import sys

from varde.export.afterglow._page import properties_page

sys.stdout.write(properties_page())
