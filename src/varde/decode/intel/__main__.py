"""Print the reference page of the list formats."""

import sys

from varde.decode.intel._page import list_page

sys.stdout.write(list_page())
