"""Print the reference page of the dialects: `python -m varde.decode.firewall > docs/reference/dialects.md`."""

import sys

from varde.decode.firewall._page import dialect_page

sys.stdout.write(dialect_page())
