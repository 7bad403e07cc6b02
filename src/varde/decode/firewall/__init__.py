"""Firewall dialects: one file each; a block of lines in, a batch of probes and the rejects out.

To add one: write `NAME.py` with a `Dialect`, add it to DIALECTS below, put `NAME.log` and `NAME.jsonl` into
`tests/data/firewall/`. The family tests find it by its name.
"""

from varde.decode.firewall._dialect import Dialect, Form
from varde.decode.firewall._reader import FirewallReader
from varde.decode.firewall.linux import LINUX
from varde.decode.firewall.mikrotik import MIKROTIK

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (MIKROTIK, LINUX)}
"""In the order in which they are asked."""

__all__ = ["DIALECTS", "Dialect", "FirewallReader", "Form"]
