"""Print the reference page of the dialects: `python -m varde.decode.honeypot > docs/reference/honeypots.md`."""

import sys

from varde.decode.honeypot._page import dialect_page

sys.stdout.write(dialect_page())
